#include "model/template_translator.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>

// What stands between the tags, and where they begin and end.

namespace espresso {

namespace {

// A file of many mistakes is none of a person's, and telling each takes a look at all of it.
constexpr std::size_t most_mistakes = 100;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

TemplateTranslator::TemplateTranslator(LuaChunk& chunk, Diagnostics& diagnostics)
    : chunk_(chunk), text_(chunk.text), diagnostics_(diagnostics), writer_(chunk) {}

void TemplateTranslator::translate() {
  read_header();
  find_macros();
  // As Jinja, without the file's last newline; Evaluator::render puts it back when there is no other.
  if (text_.ends_with('\n')) text_.remove_suffix(text_.ends_with("\r\n") ? 2 : 1);
  writer_.raw("__espresso_enter(...) ");
  const std::size_t already = diagnostics_.size();
  while (at_ < text_.size()) {
    if (diagnostics_.size() - already > most_mistakes) return;
    const std::size_t opening = find_opening();
    write_text(opening);
    if (at_ < text_.size()) translate_tag();
  }
  writer_.raw("return __espresso_leave()");
  for (const auto& block : blocks_)
    add(block.offset, block.length, fmt::format("this '{}' is never closed", block.tag),
        fmt::format("add '{{% end{} %}}'", block.tag));
}

void TemplateTranslator::add(std::size_t offset, std::size_t length, std::string message, std::string hint) {
  diagnostics_.add(chunk_.place({.offset = offset, .length = length}), std::move(message), std::move(hint));
}

// "#jinja2: trim_blocks: False, lstrip_blocks: True" as the first line, as Ansible reads it.
void TemplateTranslator::read_header() {
  constexpr std::string_view mark = "#jinja2:";
  if (!text_.starts_with(mark)) return;
  const std::size_t end = std::min(text_.find('\n'), text_.size());
  std::size_t offset = mark.size();
  for (const auto& pair : split(text_.substr(offset, end - offset), ',')) {
    const auto parts = split(pair, ':');
    const std::string key(trim(parts[0])), value(parts.size() == 2 ? trim(parts[1]) : "");
    if (value != "True" && value != "False" && value != "true" && value != "false")
      add(offset, pair.size(), "a setting of '#jinja2:' is 'name: True' or 'name: False'");
    else if (key == "trim_blocks")
      trim_blocks_ = value == "True" || value == "true";
    else if (key == "lstrip_blocks")
      lstrip_blocks_ = value == "True" || value == "true";
    else
      add(offset, pair.size(), fmt::format("no setting '{}' of '#jinja2:'", key), "use trim_blocks or lstrip_blocks");
    offset += pair.size() + 1;
  }
  at_ = std::min(end + 1, text_.size());
}

// Macros may be called before the text comes to where they are defined.
void TemplateTranslator::find_macros() {
  macros_.insert("caller");
  for (std::size_t tag = 0; (tag = text_.find("{%", tag)) != std::string_view::npos; tag += 2) {
    const std::size_t end = std::min(text_.find("%}", tag), text_.size());
    std::vector<std::string> words = {""};
    for (const char c : text_.substr(tag + 2, end - tag - 2)) {
      if (is_name(c))
        words.back() += c;
      else if (!words.back().empty())
        words.emplace_back();
    }
    if (words.size() > 1 && words[0] == "macro") macros_.insert(words[1]);
    const auto import = std::find(words.begin(), words.end(), "import");
    if (words[0] == "from") macros_.insert(import, words.end());
  }
}

std::size_t TemplateTranslator::find_opening() const {
  for (std::size_t at = at_; (at = text_.find('{', at)) != std::string_view::npos; ++at) {
    if (at + 1 < text_.size() && std::string_view("{%#").find(text_[at + 1]) != std::string_view::npos) return at;
  }
  return text_.size();
}

void TemplateTranslator::write_text(std::size_t end) {
  std::string_view text = text_.substr(at_, end - at_);
  const bool begins_line = at_ == 0 || (at_ > 0 && text_[at_ - 1] == '\n');
  at_ = end;
  if (strip_next_) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  } else if (trim_next_) {
    if (text.starts_with("\r\n"))
      text.remove_prefix(2);
    else if (text.starts_with('\n'))
      text.remove_prefix(1);
  }
  const bool was_trimmed = trim_next_;
  strip_next_ = trim_next_ = false;
  const char sign = text_.substr(end).size() > 2 ? text_[end + 2] : '\0';
  if (sign == '-') {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  } else if (lstrip_blocks_ && sign != '+' && end < text_.size() && text_[end + 1] != '{') {
    const std::size_t line = text.find_last_of('\n') + 1;  // 0: the line began before this text
    const bool whole_line =
        line > 0 || begins_line || (was_trimmed && end > text.size() && text_[end - text.size() - 1] == '\n');
    if (whole_line && text.find_first_not_of(" \t", line) == std::string_view::npos) text = text.substr(0, line);
  }
  if (!text.empty()) writer_.raw("__espresso_out(" + lua_string(text) + ") ");
}

// at_ is on "{{", "{%" or "{#".
void TemplateTranslator::translate_tag() {
  const std::size_t opening = at_;
  const char kind = text_[at_ + 1];
  if (kind == '#') return skip_comment();
  at_ += 2;
  if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) ++at_;
  const std::string_view closer = kind == '%' ? "%}" : "}}";
  try {
    LuaParser parser(text_, at_, kind == '%' ? Lexer::Closer::template_tag : Lexer::Closer::template_braces);
    parser.allow(&macros_);
    if (kind == '%')
      translate_statement(parser, opening);
    else
      translate_output(parser, opening);
    finish(parser, kind == '%');
  } catch (const SyntaxMistake& mistake) {
    const std::size_t end = text_.find(closer, opening);
    if (end == std::string_view::npos) {
      add(opening, 2, fmt::format("this '{}' is never closed", text_.substr(opening, 2)),
          fmt::format("add '{}'", closer));
      at_ = text_.size();
      return;
    }
    add(mistake.offset, mistake.length, mistake.message, mistake.hint);
    const std::size_t resume = text_.find(closer, std::min(mistake.offset, text_.size()));
    at_ = std::max(resume == std::string_view::npos ? end : resume, opening) + 2;
    trim_next_ = kind == '%';
  }
}

void TemplateTranslator::finish(const LuaParser& parser, bool trim) {
  if (skipped_) {
    skipped_ = false;
    return;
  }
  at_ = parser.token().offset + parser.token().length;
  strip_next_ = parser.token().text.starts_with('-');
  trim_next_ = trim && trim_blocks_ && !parser.token().text.starts_with('+');
}

void TemplateTranslator::skip_comment() {
  const std::size_t end = text_.find("#}", at_ + 2);
  if (end == std::string_view::npos) {
    add(at_, 2, "this '{#' is never closed", "add '#}'");
    at_ = text_.size();
    return;
  }
  const char sign = end > at_ + 2 ? text_[end - 1] : '\0';
  strip_next_ = sign == '-';
  trim_next_ = trim_blocks_ && sign != '+';
  at_ = end + 2;
}

void TemplateTranslator::translate_output(LuaParser& parser, std::size_t opening) {
  const std::size_t first = parser.token().offset;
  if (parser.token().kind == Token::Kind::end) {
    throw SyntaxMistake{opening, 2, "there is no expression between '{{' and '}}'"};
  }
  const auto syntax = parser.parse_expression();
  parser.expect_end();
  writer_.at({.offset = first, .length = trim(text_.substr(first, parser.token().offset - first)).size()});
  writer_.raw("__espresso_out(");
  writer_.write(*syntax);
  writer_.raw(") ");
}

}  // namespace espresso
