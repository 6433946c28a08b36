#include "model/http_client.h"

#include "core/text.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <exception>
#include <optional>

namespace espresso {

namespace {

constexpr int most_redirections = 10;
constexpr std::size_t most_text = std::size_t{16} << 20U;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// A URL in its parts; the only user of curl's URL functions.
class Url {
 public:
  explicit Url(const std::string& url) : url_(curl_url(), &curl_url_cleanup) {
    is_right_ = curl_url_set(url_.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK;
  }
  bool is_right() const { return is_right_; }
  std::string part(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), part, &text, flags) != CURLUE_OK) return {};
    const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
    return text;
  }
  void remove(CURLUPart part) { curl_url_set(url_.get(), part, nullptr, 0); }
  std::string whole() const { return part(CURLUPART_URL); }
  std::string scheme() const { return lower(part(CURLUPART_SCHEME)); }
  std::string origin() const {
    return scheme() + "://" + lower(part(CURLUPART_HOST)) + ":" + part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  }

 private:
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url_;
  bool is_right_ = false;
};

// curl begins its messages with a capital letter.
std::string reason_of(CURLcode code, const char* words) {
  std::string reason = *words ? words : curl_easy_strerror(code);
  if (reason.size() > 1 && std::islower(static_cast<unsigned char>(reason[1])))
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
  return std::string(trim(reason));
}

std::string hint_for(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return "check the address and the network; --offline takes what was fetched before";
    case CURLE_PEER_FAILED_VERIFICATION:
      return "if its certificate is signed by an authority of your own, name that with 'ca'";
    case CURLE_SSL_CACERT_BADFILE:
      return "'ca' must name a file of certificates in PEM";
    case CURLE_OPERATION_TIMEDOUT:
      return "the server is slow or says nothing; try again, or give it a longer 'timeout'";
    default:
      return {};
  }
}

bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

std::string encode(std::string_view text, std::string_view kept) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || kept.find(c) != std::string_view::npos)
      encoded += c;
    else
      encoded += fmt::format("%{:02X}", byte);
  }
  return encoded;
}

bool is_redirection(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

std::string_view HttpAnswer::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view() : found->second;
}

struct HttpClient::Handle {
  Handle() {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = ready == CURLE_OK ? curl_easy_init() : nullptr;
    if (!curl) throw Error("libcurl does not start");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }
  CURL* curl;
};

// One request and its answer, filled in by curl's callbacks, which must not throw.
struct HttpClient::Exchange {
  HttpAnswer answer;
  std::string redirection;
  const Body& body;
  std::exception_ptr thrown;

  static std::size_t take_header(const char* data, std::size_t, std::size_t size, void* self) noexcept {
    static_cast<Exchange*>(self)->header(std::string_view(data, size));
    return size;
  }
  static std::size_t take_body(const char* data, std::size_t, std::size_t size, void* self) noexcept {
    auto* exchange = static_cast<Exchange*>(self);
    try {
      exchange->take(std::string_view(data, size));
      return size;
    } catch (...) {
      exchange->thrown = std::current_exception();
      return 0;
    }
  }

  void take(std::string_view bytes) {
    if (body && (answer.status == 200 || answer.status == 206)) return body(answer, bytes);
    answer.text.append(bytes.substr(0, most_text - answer.text.size()));
  }

  void header(std::string_view line) {
    if (line.starts_with("HTTP/")) {  // of the last answer; those of a proxy and "100 Continue" come before
      answer = {};
      const auto words = split(trim(line), ' ');
      if (words.size() > 1) answer.status = std::atoi(words[1].c_str());
      return;
    }
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      answer.headers[lower(trim(line.substr(0, colon)))] = std::string(trim(line.substr(colon + 1)));
  }
};

HttpClient::HttpClient(HttpSettings settings) : settings_(std::move(settings)), handle_(std::make_unique<Handle>()) {}
HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::perform(const Request& request, bool is_first, const Body& body) {
  const std::string& url = request.url;
  CURL* curl = handle_->curl;
  curl_easy_reset(curl);  // connections stay
  Exchange exchange{.answer = {}, .redirection = {}, .body = body, .thrown = {}};
  char words[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "espresso");
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(settings_.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  const auto stall = std::chrono::ceil<std::chrono::seconds>(settings_.stall_timeout);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(stall.count()));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &Exchange::take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Exchange::take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_NETRC,
                   static_cast<long>(settings_.uses_netrc ? CURL_NETRC_OPTIONAL : CURL_NETRC_IGNORED));
  if (!settings_.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY_CAINFO, settings_.ca_file.c_str());
  }
  if (!settings_.proxy.empty()) {
    curl_easy_setopt(curl, CURLOPT_PROXY, settings_.proxy == "none" ? "" : settings_.proxy.c_str());
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "");  // whatever no_proxy says
  }
  if (is_first && !settings_.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.password.c_str());
  }
  curl_slist* lines = nullptr;
  const auto add = [&](const Headers& more) {
    for (const auto& [name, value] : more) lines = curl_slist_append(lines, (name + ": " + value).c_str());
  };
  add(request.headers);
  if (is_first) add(settings_.headers);
  if (request.content) {
    add({{"Content-Type", "application/json"}});
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.content->size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.content->c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> lines_owner(lines, &curl_slist_free_all);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);

  const CURLcode code = curl_easy_perform(curl);
  if (exchange.thrown) std::rethrow_exception(exchange.thrown);
  long tunnel = 0;
  if (code != CURLE_OK && curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &tunnel) == CURLE_OK && tunnel >= 300)
    throw HttpTrouble(fmt::format("cannot fetch '{}': the proxy answered {}", shown_url(url), tunnel),
                      tunnel == 407 ? proxy_login_hint : "", tunnel >= 500);
  if (code != CURLE_OK)
    throw HttpTrouble(fmt::format("cannot fetch '{}': {}", shown_url(url), printable(reason_of(code, words))),
                      hint_for(code), may_pass(code));
  char* next = nullptr;
  if (is_redirection(exchange.answer.status) && curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &next) == CURLE_OK &&
      next)
    exchange.answer.headers["location"] = next;  // absolute
  return std::move(exchange.answer);
}

// curl's own redirections would take our headers along to other servers.
HttpAnswer HttpClient::get(const std::string& url, const Headers& headers, const Body& body) {
  const std::string origin = Url(url).origin();
  std::string at = url;
  for (int count = 0; count <= most_redirections; ++count) {
    HttpAnswer answer = perform({.url = at, .headers = headers}, Url(at).origin() == origin, body);
    if (!is_redirection(answer.status) || answer.header("location").empty()) return answer;
    const std::string next(answer.header("location"));
    const Url there(next);
    if (!there.is_right() || (there.scheme() != "https" && there.scheme() != "http"))
      throw HttpTrouble(fmt::format("cannot fetch '{}': it redirects to '{}'", shown_url(url), printable(next)), "",
                        false);
    if (Url(at).scheme() == "https" && there.scheme() == "http")
      throw HttpTrouble(fmt::format("cannot fetch '{}': it redirects to '{}', which nothing protects", shown_url(url),
                                    printable(shown_url(next))),
                        "name the address behind the redirection if that is what you want", false);
    at = next;
  }
  throw HttpTrouble(
      fmt::format("cannot fetch '{}': it redirects more than {} times", shown_url(url), most_redirections), "", false);
}

HttpAnswer HttpClient::ask(const Request& request, const Body& body) { return perform(request, true, body); }

std::string encode_path(std::string_view path) { return encode(path, "-._~/"); }
std::string encode_word(std::string_view word) { return encode(word, "-._~"); }

std::string decode_word(std::string_view word) {
  std::string decoded;
  for (std::size_t at = 0; at < word.size(); ++at) {
    unsigned byte = 0;
    const char* const digits = word.data() + at + 1;
    if (word[at] == '%' && at + 2 < word.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      decoded += static_cast<char>(byte);
      at += 2;
    } else {
      decoded += word[at] == '+' ? ' ' : word[at];
    }
  }
  return decoded;
}

std::string shown_url(const std::string& url) {
  Url parts(url);
  if (!parts.is_right()) return url.substr(0, url.find_first_of("?#"));
  for (const auto part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) parts.remove(part);
  return parts.whole();
}

UrlParts take_apart(const std::string& url) {
  Url parts(url);
  if (!parts.is_right() || parts.part(CURLUPART_HOST).empty() ||
      (parts.scheme() != "http" && parts.scheme() != "https"))
    throw Error(fmt::format("'{}' is no address of a web server", shown_url(url)), "write https://HOST/PATH");
  UrlParts result{.url = {},
                  .user = parts.part(CURLUPART_USER, CURLU_URLDECODE),
                  .password = parts.part(CURLUPART_PASSWORD, CURLU_URLDECODE)};
  parts.remove(CURLUPART_USER);
  parts.remove(CURLUPART_PASSWORD);
  parts.remove(CURLUPART_FRAGMENT);
  result.url = parts.whole();
  return result;
}

}  // namespace espresso
