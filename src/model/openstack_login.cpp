#include "model/openstack_login.h"

#include "core/secrets.h"
#include "model/bucket_url.h"
#include "model/object_transfer.h"
#include "model/value.h"

#include <fmt/format.h>

#include <cstdlib>

namespace espresso {

namespace {

void fill(std::string& text, std::initializer_list<const char*> variables) {
  for (const char* variable : variables) {
    const char* value = std::getenv(variable);
    if (text.empty() && value) text = value;
  }
}

[[noreturn]] void refuse(const std::string& url, const HttpAnswer& answer, const std::string& who) {
  if (answer.status == 401 || answer.status == 403)
    throw HttpTrouble(
        fmt::format("cannot log in at '{}' as '{}': the server answered {}", shown_url(url), who, answer.status),
        "check 'user', 'password', 'project' and 'domain' of the storage, or OS_USERNAME, OS_PASSWORD, "
        "OS_PROJECT_NAME and OS_USER_DOMAIN_NAME",
        false);
  throw HttpTrouble(fmt::format("cannot log in at '{}': the server answered {}", shown_url(url), answer.status),
                    may_pass(answer.status) ? "" : "check 'auth_url', or OS_AUTH_URL", may_pass(answer.status));
}

OpenstackAccess checked(const std::string& url, std::string_view token, std::string storage_url) {
  if (token.empty()) throw Error(fmt::format("the login at '{}' gave no token", shown_url(url)), "check 'auth_url'");
  known_secrets().add(token, "the token of a storage");
  return {.token = std::string(token), .storage_url = std::move(storage_url)};
}

OpenstackAccess log_in_version_1(HttpClient& client, const OpenstackLogin& login, const std::string& url) {
  const HttpAnswer answer =
      client.ask({.url = url, .headers = {{"X-Auth-User", login.user}, {"X-Auth-Key", login.password}}});
  if (answer.status != 200 && answer.status != 204) refuse(url, answer, login.user);
  return checked(url, answer.header("x-auth-token"), std::string(answer.header("x-storage-url")));
}

Value map_of(std::initializer_list<std::pair<const char*, Value>> entries) {
  Map map;
  for (const auto& [key, value] : entries) map.set(key, value);
  return map;
}

Value domain_of(const std::string& name) {
  return name.empty() ? map_of({{"id", "default"}}) : map_of({{"name", name}});
}

Value identity_of(const OpenstackLogin& login) {
  if (!login.application_credential.empty()) {
    return map_of(
        {{"methods", List{"application_credential"}},
         {"application_credential", map_of({{"id", login.application_credential}, {"secret", login.password}})}});
  }
  const Value user =
      map_of({{"name", login.user}, {"domain", domain_of(login.user_domain)}, {"password", login.password}});
  return map_of({{"methods", List{"password"}}, {"password", map_of({{"user", user}})}});
}

std::string login_body(const OpenstackLogin& login) {
  Map auth;
  auth.set("identity", identity_of(login));
  // An application credential knows its project.
  if (login.application_credential.empty()) {
    const std::string& domain = login.project_domain.empty() ? login.user_domain : login.project_domain;
    if (!login.project_id.empty())
      auth.set("scope", map_of({{"project", map_of({{"id", login.project_id}})}}));
    else if (!login.project.empty())
      auth.set("scope", map_of({{"project", map_of({{"name", login.project}, {"domain", domain_of(domain)}})}}));
  }
  return to_json(map_of({{"auth", std::move(auth)}}));
}

const Value* in(const Value* value, std::string_view key) {
  return value && value->is_map() ? value->as_map().find(key) : nullptr;
}

bool is(const Value* value, std::string_view text) { return value && value->is_string() && value->as_string() == text; }

const List& items_of(const Value* value) {
  static const List none;
  return value && value->is_list() ? value->as_list() : none;
}

std::string storage_in(const Value& answer, const OpenstackLogin& login) {
  const std::string wanted = login.interface.empty() ? "public" : login.interface;
  for (const auto& service : items_of(in(in(&answer, "token"), "catalog"))) {
    if (!is(in(&service, "type"), "object-store")) continue;
    for (const auto& endpoint : items_of(in(&service, "endpoints"))) {
      const bool is_there = login.region.empty() || is(in(&endpoint, "region"), login.region) ||
                            is(in(&endpoint, "region_id"), login.region);
      const Value* url = in(&endpoint, "url");
      if (is_there && is(in(&endpoint, "interface"), wanted) && url && url->is_string()) return url->as_string();
    }
  }
  return {};
}

OpenstackAccess log_in_version_3(HttpClient& client, const OpenstackLogin& login, const std::string& url) {
  const std::string& who = login.application_credential.empty() ? login.user : login.application_credential;
  const HttpAnswer answer = client.ask({.url = url + "/auth/tokens", .content = login_body(login)});
  if (answer.status != 201 && answer.status != 200) refuse(url, answer, who);
  Value body;
  try {
    body = parse_json(answer.text);
  } catch (const std::exception&) {
    throw Error(fmt::format("the login at '{}' did not answer with JSON", shown_url(url)), "check 'auth_url'");
  }
  return checked(url, answer.header("x-subject-token"), storage_in(body, login));
}

}  // namespace

OpenstackLogin with_environment(OpenstackLogin login) {
  fill(login.auth_url, {"OS_AUTH_URL", "ST_AUTH"});
  // A user that was given is not to be replaced by a credential that was not.
  if (login.user.empty()) fill(login.application_credential, {"OS_APPLICATION_CREDENTIAL_ID"});
  if (!login.application_credential.empty())
    fill(login.password, {"OS_APPLICATION_CREDENTIAL_SECRET"});
  else
    fill(login.password, {"OS_PASSWORD", "ST_KEY"});
  fill(login.user, {"OS_USERNAME", "ST_USER"});
  if (login.project.empty()) fill(login.project_id, {"OS_PROJECT_ID", "OS_TENANT_ID"});
  fill(login.project, {"OS_PROJECT_NAME", "OS_TENANT_NAME"});
  fill(login.user_domain, {"OS_USER_DOMAIN_NAME"});
  fill(login.project_domain, {"OS_PROJECT_DOMAIN_NAME"});
  fill(login.region, {"OS_REGION_NAME"});
  fill(login.interface, {"OS_INTERFACE"});
  if (login.interface.ends_with("URL")) login.interface.resize(login.interface.size() - 3);  // "publicURL" of old
  return login;
}

OpenstackAccess log_in(HttpClient& client, const OpenstackLogin& login) {
  std::string url = server_url(login.auth_url);
  if (url.ends_with("/v1") || url.ends_with("/v1.0")) return log_in_version_1(client, login, url);
  if (url.ends_with("/v2.0"))
    throw Error(fmt::format("'{}' is of version 2 of Keystone, which is no more", shown_url(url)),
                "name its version 3: https://HOST/v3");
  if (!url.ends_with("/v3")) url += "/v3";
  return log_in_version_3(client, login, url);
}

}  // namespace espresso
