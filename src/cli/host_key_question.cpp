#include "cli/host_key_question.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace espresso {

namespace {

using Row = std::array<std::string, 4>;

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

/// "[192.0.2.7]:2222" to "192.0.2.7".
std::string_view without_port(std::string_view address) {
  if (!address.starts_with('[')) return address;
  const auto end = address.find(']');
  return end == std::string_view::npos ? address : address.substr(1, end - 1);
}

bool means(const std::string& word, const UnknownHostKey& key) {
  if (word == key.fingerprint || "SHA256:" + word == key.fingerprint) return true;
  const auto pattern = lower(word);
  // Brackets are of addresses before they are of globs.
  return pattern == key.address || matches_glob(pattern, lower(key.name)) || matches_glob(pattern, key.address) ||
         matches_glob(pattern, without_port(key.address));
}

std::string count_of(std::size_t keys) { return keys == 1 ? "1 host key is" : fmt::format("{} host keys are", keys); }

class TerminalQuestion : public HostKeyJudge {
 public:
  TerminalQuestion(PausableReporter& reporter, std::unique_ptr<Terminal> terminal)
      : reporter_(reporter), terminal_(std::move(terminal)) {}

  std::vector<bool> ask(const std::vector<UnknownHostKey>& keys) override {
    reporter_.pause(count_of(keys.size()) + " unknown");
    auto accepted = answer(keys);
    reporter_.resume();
    return accepted;
  }

  void interrupt() noexcept override { terminal_->interrupt(); }

 private:
  std::vector<bool> answer(const std::vector<UnknownHostKey>& keys) {
    terminal_->forget_typed();
    terminal_->write(count_of(keys.size()) + " unknown:\n" + render_host_keys(keys));
    const auto prompt = keys.size() == 1 ? std::string("accept it? [yes/no] ")
                                         : fmt::format("accept these {} keys? [yes/no/names] ", keys.size());
    while (true) {
      terminal_->write(prompt);
      const auto line = terminal_->read_line();
      if (!line) {
        terminal_->write("\n");
        return std::vector<bool>(keys.size(), false);
      }
      auto said = parse_host_key_answer(*line, keys);
      if (said.complaint.empty()) return said.accepted;
      terminal_->write(said.complaint + "\n");
    }
  }

  PausableReporter& reporter_;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace

std::string render_host_keys(const std::vector<UnknownHostKey>& keys) {
  std::vector<Row> rows = {{"host", "address", "type", "fingerprint"}};
  for (const auto& key : keys) rows.push_back({printable(key.name), printable(key.address), key.type, key.fingerprint});
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += "  " + row[i];
      if (i + 1 < row.size()) text += std::string(widths[i] - display_width(row[i]), ' ');
    }
    text += "\n";
  }
  for (const auto& key : keys) {
    if (!key.remark.empty()) text += printable(key.name) + " " + printable(key.remark) + "\n";
  }
  return text;
}

HostKeyAnswer parse_host_key_answer(std::string_view text, const std::vector<UnknownHostKey>& keys) {
  std::string line(trim(text));
  const auto whole = lower(line);
  if (whole == "yes" || whole == "no") return {.accepted = std::vector<bool>(keys.size(), whole == "yes")};
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == ',' || c == '\t'; }, ' ');
  HostKeyAnswer answer{.accepted = std::vector<bool>(keys.size(), false)};
  std::vector<std::string> strangers;
  bool has_words = false;
  for (const auto& word : split(line, ' ')) {
    if (word.empty()) continue;
    has_words = true;
    bool is_known = false;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!means(word, keys[i])) continue;
      answer.accepted[i] = true;
      is_known = true;
    }
    if (!is_known) strangers.push_back("'" + printable(word) + "'");
  }
  if (!has_words) answer.complaint = "type yes, no, or names, addresses or fingerprints of those to accept";
  if (!strangers.empty())
    answer.complaint = enumerate(strangers) + (strangers.size() == 1 ? " is" : " are") +
                       " none of these: type yes, no, or names, addresses or fingerprints";
  return answer;
}

std::shared_ptr<HostKeyJudge> make_host_key_question(PausableReporter& reporter, std::unique_ptr<Terminal> terminal) {
  return terminal ? std::make_shared<TerminalQuestion>(reporter, std::move(terminal)) : nullptr;
}

}  // namespace espresso
