#include "model/storage_swift.h"

#include "core/secrets.h"
#include "model/bucket_url.h"
#include "model/object_transfer.h"

#include <fmt/format.h>

namespace espresso {

namespace {

constexpr int names_of_a_page = 5000;
// What many tools leave where a folder is to be shown.
constexpr std::string_view folder_type = "application/directory";

class SwiftSource : public ObjectSource {
 public:
  SwiftSource(BucketUrl place, OpenstackLogin login, std::string endpoint, HttpSettings http)
      : place_(std::move(place)), login_(std::move(login)), endpoint_(std::move(endpoint)), client_(std::move(http)) {}

  Answer fetch(const Request& request, const Body& body) override {
    const HttpAnswer answer = ask("/" + encode_path(place_.prefix + request.name),
                                  [&](const auto& http) { return get_object(client_, http, request, body); });
    if (answer.status == 404) check_container();
    const bool is_folder = answer.header("content-type").starts_with(folder_type);
    return is_folder && answer.header("content-length") == "0" ? Answer() : object_answer(answer);
  }

  bool can_list() const override { return true; }

  std::vector<std::string> list(const std::string& folder, std::size_t most) override {
    std::vector<std::string> names;
    for (std::string marker;;) {
      const Value page = ask_for_page(place_.prefix + folder, marker, names_of_a_page);
      for (const auto& object : page.as_list()) {
        if (!object.is_map() || !object.as_map().find("name")) continue;
        marker = object.as_map().find("name")->to_text();
        if (marker.starts_with(place_.prefix)) names.push_back(marker.substr(place_.prefix.size()) + end_of(object));
      }
      if (page.as_list().size() < names_of_a_page || names.size() > most) return names;
    }
  }

  std::string describe() const override { return place_.text; }

 private:
  static std::string end_of(const Value& object) {
    const Value* type = object.as_map().find("content_type");
    const Value* size = object.as_map().find("bytes");
    const Value* name = object.as_map().find("name");
    const bool is_folder = type && type->is_string() && type->as_string().starts_with(folder_type) && size &&
                           size->is_integer() && size->as_integer() == 0;
    return is_folder && !name->to_text().ends_with('/') ? "/" : "";
  }

  Value ask_for_page(const std::string& prefix, const std::string& marker, int most) {
    const std::string query =
        fmt::format("?format=json&limit={}&prefix={}&marker={}", most, encode_word(prefix), encode_word(marker));
    const HttpAnswer answer = ask(query, [&](const auto& http) { return client_.ask(http); });
    if (answer.status == 404) no_container();
    Value page = parse_page(answer);
    if (!page.is_list())
      throw Error(fmt::format("the answer of '{}' is no list of objects", shown_url(access_.storage_url)),
                  "check 'auth_url' and 'endpoint'");
    return page;
  }

  static Value parse_page(const HttpAnswer& answer) {
    if (answer.status == 204) return List();
    try {
      return parse_json(answer.text);
    } catch (const std::exception&) {
      return {};
    }
  }

  // Of an object that is not there, servers do not tell whether its container is.
  void check_container() {
    if (!has_container_) ask_for_page(place_.prefix, "", 1);
    has_container_ = true;
  }

  [[noreturn]] void no_container() const {
    throw Error(fmt::format("there is no container '{}' at '{}'", place_.bucket, shown_url(access_.storage_url)),
                "check it and 'project'");
  }

  void log_in_if_needed() {
    if (!access_.token.empty()) return;
    OpenstackLogin login = with_environment(login_);
    if (login.auth_url.empty())
      throw Error(fmt::format("nothing says where to log in for '{}'", describe()),
                  "give 'auth_url', 'user' and 'password', or set OS_AUTH_URL, OS_USERNAME and OS_PASSWORD");
    if (!login.password.empty()) known_secrets().add(login.password, "the password of a storage");
    OpenstackAccess access = log_in(client_, login);
    if (endpoint_.empty())
      check_storage(login.auth_url, access.storage_url);
    else
      access.storage_url = endpoint_;
    access_ = std::move(access);
    while (access_.storage_url.ends_with('/')) access_.storage_url.pop_back();
  }

  static void check_storage(const std::string& auth_url, const std::string& storage_url) {
    if (storage_url.empty())
      throw Error(fmt::format("the login at '{}' names no object storage", shown_url(auth_url)),
                  "check 'project' and 'region', or name the storage with 'endpoint'");
    // Else everybody on the way could take the token.
    if (auth_url.starts_with("https:") && !storage_url.starts_with("https:"))
      throw Error(fmt::format("the login at '{}' names the storage '{}', which nothing protects", shown_url(auth_url),
                              shown_url(storage_url)),
                  "name it with 'endpoint' if that is what you want");
  }

  /// 200, 204, 206, 304 or 404. A token ends before a long run does: then once more with another.
  template <typename Asking>
  HttpAnswer ask(const std::string& path, Asking asking) {
    const bool is_new = access_.token.empty();
    log_in_if_needed();
    const std::string url = access_.storage_url + "/" + encode_path(place_.bucket) + path;
    HttpAnswer answer = asking(HttpClient::Request{.url = url, .headers = {{"X-Auth-Token", access_.token}}});
    switch (answer.status) {
      case 200:
      case 204:
      case 206:
      case 304:
      case 404:
        return answer;
      case 401:
        access_.token.clear();
        if (!is_new) return ask(path, asking);
        refuse(url, answer.status, "the server does not take the token of its own login; check 'endpoint'");
      case 403:
        refuse(url, answer.status, "this user may not read it");
      default:
        refuse(url, answer.status, "");
    }
  }

  [[noreturn]] static void refuse(const std::string& url, int status, std::string hint) {
    throw HttpTrouble(fmt::format("cannot fetch '{}': the server answered {}", shown_url(url), status), std::move(hint),
                      may_pass(status));
  }

  BucketUrl place_;
  OpenstackLogin login_;
  std::string endpoint_;
  OpenstackAccess access_;
  bool has_container_ = false;
  HttpClient client_;
};

}  // namespace

std::unique_ptr<Storage> open_swift_storage(const std::string& url, OpenstackLogin login, const std::string& endpoint,
                                            HttpSettings http, RemoteSettings remote) {
  BucketUrl place = take_apart_bucket(url);
  const std::string account = endpoint.empty() ? std::string() : server_url(endpoint);
  if (!login.auth_url.empty()) server_url(login.auth_url);  // tells what is wrong before anything is asked for
  if (!login.password.empty()) known_secrets().add(login.password, "the password of a storage");
  const OpenstackLogin whole = with_environment(login);
  remote.identity = place.text;
  for (const std::string& part : {whole.auth_url, whole.user, whole.application_credential, whole.project,
                                  whole.project_id, whole.user_domain, whole.project_domain, whole.region, account})
    remote.identity += '\n' + part;
  remote.retry_pause = http.retry_pause;
  http.uses_netrc = false;
  http.user = http.password = {};  // requests say who asks
  return open_remote_storage(
      std::make_unique<SwiftSource>(std::move(place), std::move(login), account, std::move(http)), std::move(remote));
}

}  // namespace espresso
