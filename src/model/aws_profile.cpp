#include "model/aws_profile.h"

#include "core/error.h"
#include "core/local_command.h"
#include "core/text.h"
#include "model/value.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

namespace espresso {

namespace {

using namespace std::chrono_literals;

constexpr auto process_deadline = 60s;

using Section = std::map<std::string, std::string, std::less<>>;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string first_of(std::initializer_list<std::string> texts) {
  for (const auto& text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

std::filesystem::path file_of(const char* variable, const char* name) {
  const std::string named = environment(variable);
  if (named.starts_with("~/")) return std::filesystem::path(environment("HOME")) / named.substr(2);
  return named.empty() ? std::filesystem::path(environment("HOME")) / ".aws" / name : std::filesystem::path(named);
}

// "[name]" and "key = value"; lines that are indented belong to settings of tools that are not for us.
std::optional<Section> read_section(const std::filesystem::path& file, const std::vector<std::string>& names) {
  std::ifstream stream(file);
  std::optional<Section> found;
  bool is_inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line[0] == '#' || line[0] == ';' || line[0] == ' ' || line[0] == '\t') continue;
    if (line[0] == '[') {
      const std::string name(trim(std::string_view(line).substr(1, line.find(']') - 1)));
      is_inside = std::find(names.begin(), names.end(), name) != names.end();
      if (is_inside && !found) found.emplace();
      continue;
    }
    const std::size_t equals = line.find('=');
    if (!is_inside || equals == std::string::npos) continue;
    found->insert_or_assign(std::string(trim(std::string_view(line).substr(0, equals))),
                            std::string(trim(std::string_view(line).substr(equals + 1))));
  }
  return found;
}

std::string in(const Section& section, std::string_view key) {
  const auto found = section.find(key);
  return found == section.end() ? std::string() : found->second;
}

AwsCredentials keys_in(const Section& section, std::string origin) {
  return {.access_key = in(section, "aws_access_key_id"),
          .secret_key = in(section, "aws_secret_access_key"),
          .session_token = in(section, "aws_session_token"),
          .origin = std::move(origin)};
}

bool is_whole(const AwsCredentials& keys) { return !keys.access_key.empty() && !keys.secret_key.empty(); }

// "Sourcing credentials with an external process" of the AWS CLI.
AwsCredentials ask_process(const std::string& command, const std::string& profile) {
  const auto fail = [&](const std::string& why) {
    return Error(fmt::format("the 'credential_process' of the profile '{}' {}", profile, why),
                 "try the command by hand: it must write JSON with AccessKeyId and SecretAccessKey");
  };
  const CommandOutcome outcome = run_local_command({"/bin/sh", "-c", command}, process_deadline);
  if (outcome.status != 0) throw fail(fmt::format("ended with status {}", outcome.status));
  AwsCredentials keys{.origin = fmt::format("the 'credential_process' of the profile '{}'", profile)};
  try {
    const Value answer = parse_json(outcome.output);
    const auto text = [&](std::string_view key) {
      const Value* value = answer.is_map() ? answer.as_map().find(key) : nullptr;
      return value && value->is_string() ? value->as_string() : std::string();
    };
    keys.access_key = text("AccessKeyId");
    keys.secret_key = text("SecretAccessKey");
    keys.session_token = text("SessionToken");
  } catch (const std::exception&) {
    throw fail("wrote no JSON");
  }
  if (!is_whole(keys)) throw fail("told no keys");
  return keys;
}

// Ways to keys that would need services of AWS.
void refuse_other_ways(const Section& section, const std::string& profile) {
  for (const char* way : {"sso_session", "sso_start_url", "role_arn", "web_identity_token_file"}) {
    if (!section.contains(way)) continue;
    throw Error(fmt::format("the profile '{}' gets its keys through '{}', which is not supported", profile, way),
                fmt::format("run: eval \"$(aws configure export-credentials --profile {} --format env)\"", profile));
  }
}

}  // namespace

AwsProfile load_aws_profile(const std::string& name) {
  AwsProfile found;
  if (name.empty()) {
    found.credentials = {.access_key = environment("AWS_ACCESS_KEY_ID"),
                         .secret_key = environment("AWS_SECRET_ACCESS_KEY"),
                         .session_token = environment("AWS_SESSION_TOKEN"),
                         .origin = "the environment"};
  }
  const std::string named = first_of({name, environment("AWS_PROFILE"), environment("AWS_DEFAULT_PROFILE")});
  const std::string profile = first_of({named, "default"});
  const auto secret_file = file_of("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const auto other_file = file_of("AWS_CONFIG_FILE", "config");
  const auto secret = read_section(secret_file, {profile});
  std::vector<std::string> names = {"profile " + profile};
  if (profile == "default") names.push_back(profile);
  const auto other = read_section(other_file, names);
  if (!named.empty() && !secret && !other)
    throw Error(
        fmt::format("there is no profile '{}' in '{}' or '{}'", named, secret_file.string(), other_file.string()),
        "'aws configure list-profiles' shows those there are");
  const Section settings = other.value_or(Section());
  found.region = first_of({environment("AWS_REGION"), environment("AWS_DEFAULT_REGION"), in(settings, "region")});
  found.endpoint =
      first_of({environment("AWS_ENDPOINT_URL_S3"), environment("AWS_ENDPOINT_URL"), in(settings, "endpoint_url")});
  if (is_whole(found.credentials)) return found;
  const auto origin = [&](const std::filesystem::path& file) {
    return fmt::format("the profile '{}' in '{}'", profile, file.string());
  };
  found.credentials = keys_in(secret.value_or(Section()), origin(secret_file));
  if (is_whole(found.credentials)) return found;
  found.credentials = keys_in(settings, origin(other_file));
  if (is_whole(found.credentials)) return found;
  found.credentials = {};
  if (const std::string command = in(settings, "credential_process"); !command.empty())
    found.credentials = ask_process(command, profile);
  else
    refuse_other_ways(settings, profile);
  return found;
}

}  // namespace espresso
