#include "core/text.h"
#include "run/protocol.h"

#include <algorithm>

namespace espresso {

namespace {

constexpr char unit_separator = '\x1f';
constexpr std::string_view record_end = "\x1f\n";
// What the runner sends stays far below: fields of 4 KB, four of them.
constexpr std::size_t longest_record = 64 * 1024;
constexpr std::size_t longest_kind = 32;

bool is_of_a_kind(char c) { return (c >= 'a' && c <= 'z') || c == '-'; }

// What a token in the stream turned out to begin.
struct Parsed {
  enum class State { record, incomplete, output } state = State::output;
  Record record = {};
  std::size_t length = 0;  // from the token's start
};

Parsed parse_record(std::string_view text, std::string_view token) {
  constexpr Parsed::State incomplete = Parsed::State::incomplete;
  const std::string_view rest = text.substr(token.size());
  if (rest.empty()) return {.state = incomplete};
  if (rest.front() != ' ') return {};
  std::size_t at = 1;
  while (at < rest.size() && is_of_a_kind(rest[at])) ++at;
  if (at - 1 > longest_kind) return {};
  if (at == rest.size()) return {.state = incomplete};
  if (rest[at] != unit_separator || at == 1) return {};
  const std::size_t end = rest.find(record_end, at);
  const std::string_view body = rest.substr(at, end == std::string_view::npos ? end : end - at);
  if (body.size() > longest_record || body.find(token) != std::string_view::npos) return {};
  if (end == std::string_view::npos) return {.state = incomplete};
  Parsed parsed{.state = Parsed::State::record, .record = {.kind = std::string(rest.substr(1, at - 1)), .fields = {}}};
  if (!body.empty()) parsed.record.fields = split(body.substr(1), unit_separator);
  parsed.length = token.size() + end + record_end.size();
  return parsed;
}

// Length of the longest end of `text` that may be the beginning of "\nTOKEN".
std::size_t possible_start(std::string_view text, std::string_view token) {
  for (std::size_t length = std::min(text.size(), token.size() - 1); length > 0; --length) {
    if (token.substr(0, length) != text.substr(text.size() - length)) continue;
    return length + (text.size() > length && text[text.size() - length - 1] == '\n');
  }
  return !text.empty() && text.back() == '\n';
}

}  // namespace

// The token is looked for anywhere: bash writes the newline before it on its own, and a process left in the background
// may write in between.
std::vector<FrameReader::Piece> FrameReader::feed(std::string_view data) {
  pending_ += data;
  std::vector<Piece> pieces;
  std::string output;
  const auto flush_output = [&] {
    if (!output.empty()) pieces.push_back({.record = std::nullopt, .output = std::move(output)});
    output.clear();
  };
  std::string_view left = pending_;
  while (!left.empty()) {
    const std::size_t at = left.find(token_);
    if (at == std::string_view::npos) {
      const std::size_t kept = possible_start(left, token_);
      output += left.substr(0, left.size() - kept);
      left = left.substr(left.size() - kept);
      break;
    }
    Parsed parsed = parse_record(left.substr(at), token_);
    const std::size_t before = at - (at > 0 && left[at - 1] == '\n' && parsed.state != Parsed::State::output);
    if (parsed.state == Parsed::State::output) {
      output += left.substr(0, at + token_.size());
      left = left.substr(at + token_.size());
      continue;
    }
    output += left.substr(0, before);
    if (parsed.state == Parsed::State::incomplete) {
      left = left.substr(before);
      break;
    }
    flush_output();
    pieces.push_back({.record = std::move(parsed.record), .output = {}});
    left = left.substr(at + parsed.length);
  }
  flush_output();
  pending_ = std::string(left);
  return pieces;
}

}  // namespace espresso
