#include "ssh/config_condition.h"

#include "ssh/config_exec.h"
#include "ssh/config_tokens.h"

#include <algorithm>

namespace espresso {

namespace {

using Kind = MatchCriterion::Kind;

constexpr ConfigChoice<Kind> kinds[] = {
    {"host", Kind::host}, {"originalhost", Kind::original_host}, {"user", Kind::user}, {"localuser", Kind::local_user},
    {"exec", Kind::exec}, {"final", Kind::final_pass},           {"all", Kind::all},   {"canonical", Kind::final_pass}};

// The host as far as it is known: what Hostname says comes in force at once.
std::string host_of(const ConfigPass& pass, const ConfigDraft& draft) {
  if (pass.is_final || !draft.host_name) return pass.host;
  return expand_host_name(*draft.host_name, pass.host);
}

bool exec_holds(const Written& command, const ConfigPass& pass, const ConfigDraft& draft, ExecAnswers& answers) {
  const std::string host = host_of(pass, draft);
  const auto& options = draft.options;
  const ConfigTokens tokens({.user = pass.user,
                             .host = host,
                             .original = pass.original,
                             .key_alias = draft.host_key_alias ? draft.host_key_alias->text : host,
                             .remote_user = options.user.value_or(pass.user.name),
                             .port = options.port.value_or(22)});
  return answers.ask(tokens.expand(command, all_client_tokens), command.place);
}

bool criterion_holds(const MatchCriterion& criterion, const ConfigPass& pass, const ConfigDraft& draft,
                     ExecAnswers& answers) {
  const std::string& list = criterion.argument.text;
  switch (criterion.kind) {
    case Kind::all:
      return true;
    case Kind::final_pass:
      return pass.is_final;
    case Kind::host:
      return match_ssh_patterns(to_lower(host_of(pass, draft)), list, true) == ListMatch::positive;
    case Kind::original_host:
      return match_ssh_patterns(to_lower(pass.original), list, true) == ListMatch::positive;
    case Kind::user:
      return match_ssh_patterns(draft.options.user.value_or(pass.user.name), list) == ListMatch::positive;
    case Kind::local_user:
      return match_ssh_patterns(pass.user.name, list) == ListMatch::positive;
    case Kind::exec:
      return exec_holds(criterion.argument, pass, draft, answers);
  }
  return false;
}

bool host_holds(const std::vector<HostPattern>& patterns, const std::string& host) {
  bool holds = false;
  for (const auto& pattern : patterns) {
    if (!matches_ssh_pattern(host, pattern.text)) continue;
    if (pattern.is_negated) return false;
    holds = true;
  }
  return holds;
}

}  // namespace

bool ExecAnswers::ask(const std::string& command, const Span& place) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = known_.find(command); found != known_.end()) return found->second;
  }
  const bool answer = run_in_shell(command, place) == 0;
  const std::lock_guard lock(mutex_);
  return known_.emplace(command, answer).first->second;
}

std::vector<HostPattern> read_host_patterns(ConfigLine& line) {
  std::vector<HostPattern> patterns;
  while (const ConfigWord* word = line.take_if_any()) {
    if (word->text.empty()) line.fail(*word, "'Host' has an empty value", "remove it");
    const bool is_negated = word->text.starts_with('!');
    patterns.push_back({.text = word->text.substr(is_negated ? 1 : 0), .is_negated = is_negated});
  }
  return patterns;
}

std::vector<MatchCriterion> read_match_criteria(ConfigLine& line) {
  constexpr std::string_view known =
      "write 'host', 'originalhost', 'user', 'localuser', 'exec', 'canonical', 'final' or 'all'";
  std::vector<MatchCriterion> criteria;
  DelimitedWords words(line.text, line.value_offset);
  bool has_comment = false;
  auto next = [&]() -> std::optional<ConfigWord> {
    auto word = has_comment ? std::nullopt : words.next();
    if (words.has_open_quote())
      line.fail(line.keyword, "a quote is not closed", "close it; 'Match' takes double quotes and no backslashes");
    has_comment |= word && word->text.starts_with('#');
    return word && !has_comment && !word->text.empty() ? word : std::nullopt;
  };
  while (const auto name = next()) {
    const bool is_negated = name->text.starts_with('!');
    const auto kind = std::find_if(std::begin(kinds), std::end(kinds), [&](const auto& choice) {
      return equal_but_for_case(choice.word, std::string_view(name->text).substr(is_negated ? 1 : 0));
    });
    if (kind == std::end(kinds))
      line.fail(*name, fmt::format("'{}' is nothing 'Match' can look at", name->text), std::string(known));
    MatchCriterion criterion{.kind = kind->value, .is_negated = is_negated};
    if (criterion.kind == Kind::all) {
      // ssh lets one criterion stand in front, and none behind.
      if (criteria.size() > 1 || next()) line.fail(*name, "'all' stands with other criteria", "let it stand alone");
      criteria.push_back(std::move(criterion));
      break;
    }
    if (criterion.kind == Kind::final_pass) {
      criterion.argument.text = kind->word;
    } else {
      const auto argument = next();
      if (!argument) line.fail(*name, fmt::format("'{}' has no value", name->text), "write one behind it");
      criterion.argument = {.text = argument->text, .place = line.place(*argument)};
    }
    criteria.push_back(std::move(criterion));
  }
  if (criteria.empty()) line.fail(line.keyword, "'Match' has no criteria", std::string(known));
  if (!has_comment && !words.at_end())
    line.fail({.text = {}, .offset = words.offset(), .length = line.text.size() - words.offset()},
              "this is more than 'Match' takes", "remove it");
  line.taken = line.values.size();
  return criteria;
}

bool holds(const ConfigBlock& block, const ConfigPass& pass, const ConfigDraft& draft, ExecAnswers& answers) {
  switch (block.kind) {
    case ConfigBlock::Kind::always:
      return true;
    case ConfigBlock::Kind::host:
      return host_holds(block.patterns, pass.host);
    case ConfigBlock::Kind::match:
      // In order: `exec` is run only when what stands before it holds.
      return std::all_of(block.criteria.begin(), block.criteria.end(), [&](const MatchCriterion& criterion) {
        return criterion_holds(criterion, pass, draft, answers) != criterion.is_negated;
      });
  }
  return false;
}

}  // namespace espresso
