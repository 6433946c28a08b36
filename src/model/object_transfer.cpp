#include "model/object_transfer.h"

#include <fmt/format.h>

namespace espresso {

namespace {

struct HasChanged {};

std::string quoted(const std::string& etag) { return etag.find('"') == std::string::npos ? '"' + etag + '"' : etag; }

// Servers that take no notice of If-Match send a part of whatever is there now.
HttpAnswer get_rest(HttpClient& client, HttpClient::Request http, const ObjectSource::Request& request,
                    const ObjectSource::Body& body) {
  http.headers.emplace_back("Range", fmt::format("bytes={}-", request.offset));
  http.headers.emplace_back("If-Match", quoted(request.if_etag));
  return client.ask(http, [&](const HttpAnswer& answer, std::string_view bytes) {
    check_range(http.url, answer, request.offset);
    if (answer.status == 206 && answer.header("etag") != request.if_etag) throw HasChanged();
    body(object_answer(answer), bytes);
  });
}

}  // namespace

ObjectSource::Answer object_answer(const HttpAnswer& answer) {
  using Outcome = ObjectSource::Answer::Outcome;
  const auto outcome = answer.status == 206   ? Outcome::rest
                       : answer.status == 304 ? Outcome::unchanged
                       : answer.status == 200 ? Outcome::whole
                                              : Outcome::missing;
  return {.outcome = outcome,
          .version = {.etag = std::string(answer.header("etag")),
                      .last_modified = std::string(answer.header("last-modified"))}};
}

void check_range(const std::string& url, const HttpAnswer& answer, std::uint64_t offset) {
  if (answer.status != 206) return;
  if (!answer.header("content-range").starts_with(fmt::format("bytes {}-", offset)))
    throw HttpTrouble(fmt::format("cannot fetch '{}': it sent another part than it was asked for", shown_url(url)), "",
                      false);
}

HttpAnswer get_object(HttpClient& client, HttpClient::Request http, const ObjectSource::Request& request,
                      const ObjectSource::Body& body) {
  if (request.offset > 0) {
    try {
      HttpAnswer answer = get_rest(client, http, request, body);
      // It has changed, or what is here already is all of it or more than there is now (RFC 9110, 15.5.13 and 17).
      if (answer.status != 412 && answer.status != 416) return answer;
    } catch (const HasChanged&) {
      return get_object(client, std::move(http), {.name = request.name}, body);
    }
  }
  if (!request.known.etag.empty())
    http.headers.emplace_back("If-None-Match", quoted(request.known.etag));
  else if (!request.known.last_modified.empty())
    http.headers.emplace_back("If-Modified-Since", request.known.last_modified);
  HttpAnswer answer = client.ask(http, [&](const HttpAnswer& now, std::string_view bytes) {
    if (now.status == 200) body(object_answer(now), bytes);
  });
  const bool is_unasked = answer.status == 206 || (answer.status == 304 && request.known.empty());
  if (is_unasked)
    throw HttpTrouble(fmt::format("cannot fetch '{}': the server answered {}", shown_url(http.url), answer.status), "",
                      false);
  return answer;
}

bool may_pass(int status) { return status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

}  // namespace espresso
