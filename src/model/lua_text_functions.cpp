#include "model/lua_functions.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace espresso {

namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Value lower(const Arguments& a) {
  std::string text = a.text(0);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

Value upper(const Arguments& a) {
  std::string text = a.text(0);
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return text;
}

Value capitalize(const Arguments& a) {
  std::string text = lower(a).as_string();
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  return text;
}

// As Jinja: a word begins after white space, a dash or an opening bracket.
Value title(const Arguments& a) {
  std::string text = lower(a).as_string();
  bool begins = true;
  for (char& c : text) {
    if (begins && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    begins = is_space(c) || std::string_view("-({[<").find(c) != std::string_view::npos;
  }
  return text;
}

Value trim_text(const Arguments& a) {
  const std::string text = a.text(0), unwanted = a.text(1, " \t\n\v\f\r");
  const std::size_t first = text.find_first_not_of(unwanted);
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(unwanted) + 1 - first);
}

Value ends_with(const Arguments& a) { return a.text(0).ends_with(a.text(1)); }

Value starts_with(const Arguments& a) { return a.text(0).starts_with(a.text(1)); }

Value string_of(const Arguments& a) { return a.any(0).to_text(); }

Value lines(const Arguments& a) {
  std::string text = a.text(0);
  if (text.empty()) return List();
  if (text.ends_with('\n')) text.pop_back();
  List lines;
  for (auto& line : split(text, '\n')) {
    if (line.ends_with('\r')) line.pop_back();
    lines.emplace_back(std::move(line));
  }
  return lines;
}

Value quote_word(const Arguments& a) {
  const std::string text = a.text(0);
  if (text.find('\0') != std::string::npos) throw Complaint{"quote: a shell word cannot hold a NUL byte"};
  return quote_for_any_shell(text);
}

Value dirname(const Arguments& a) {
  const std::string path = a.text(0);
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : slash == 0 ? "/" : path.substr(0, slash);
}

Value basename(const Arguments& a) {
  const std::string path = a.text(0);
  return path.substr(path.rfind('/') + 1);
}

// The name's ending, with its dot; a name that begins with the dot has none.
std::size_t ending_of(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1, dot = path.rfind('.');
  return dot == std::string::npos || path.find_first_not_of('.', name) >= dot ? path.size() : dot;
}
Value splitext(const Arguments& a) {
  const std::string path = a.text(0);
  return List{path.substr(0, ending_of(path)), path.substr(ending_of(path))};
}

Value path_join(const Arguments& a) {
  std::string path;
  const List parts = a.any(0).is_list() ? a.list(0) : List{a.text(0)};
  for (const auto& part : parts) {
    const std::string name = part.to_text();
    if (name.starts_with('/'))
      path.clear();
    else if (!path.empty() && !path.ends_with('/'))
      path += '/';
    path += name;
  }
  return path;
}

Value indent(const Arguments& a) {
  const std::string space = a.any(1).is_string() ? a.text(1)
                                                 : std::string(
                                                       [&] {
                                                         const std::int64_t width = a.integer(1, 4);
                                                         if (width < 0 || width > 1000)
                                                           throw Complaint{"indent: the width must be from 0 to 1000"};
                                                         return static_cast<std::size_t>(width);
                                                       }(),
                                                       ' ');
  const bool also_first = a.is_set(2), also_blank = a.is_set(3);
  const std::string text = a.text(0);
  check_size(text.size() + static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n') + 1) * space.size());
  std::string out;
  bool first_line = true;
  for (const auto& line : split(text, '\n')) {
    if (!first_line) out += '\n';
    if (first_line ? also_first : also_blank || !line.empty()) out += space;
    out += line;
    first_line = false;
  }
  return out;
}

Value replace(const Arguments& a) {
  const std::string text = a.text(0), from = a.text(1), to = a.text(2);
  if (from.empty()) throw Complaint{"replace: the text to replace is empty"};
  std::int64_t left = a.integer(3, -1);
  std::string out;
  std::size_t at = 0;
  for (std::size_t found; left != 0 && (found = text.find(from, at)) != std::string::npos; at = found + from.size()) {
    out.append(text, at, found - at) += to;
    check_size(out.size());
    --left;
  }
  return out.append(text, at);
}

Value split_text(const Arguments& a) {
  const std::string text = a.text(0);
  std::int64_t left = a.integer(2, -1);
  List parts;
  if (!a.has(1)) {  // words between white space
    constexpr std::string_view spaces = " \t\r\n\f\v";
    std::size_t at = 0;
    while ((at = text.find_first_not_of(spaces, at)) != std::string::npos) {
      const std::size_t end = left-- == 0 ? text.size() : std::min(text.size(), text.find_first_of(spaces, at));
      parts.emplace_back(text.substr(at, end - at));
      at = end;
    }
    return parts;
  }
  const std::string separator = a.text(1);
  if (separator.empty()) throw Complaint{"split: the separator is empty"};
  std::size_t at = 0;
  for (std::size_t found; left-- != 0 && (found = text.find(separator, at)) != std::string::npos;
       at = found + separator.size()) {
    parts.emplace_back(text.substr(at, found - at));
  }
  parts.emplace_back(text.substr(at));
  return parts;
}

Value wordcount(const Arguments& a) {
  std::int64_t words = 0;
  bool inside = false;
  for (const char c : a.text(0)) {
    if (!is_space(c) && !inside) ++words;
    inside = !is_space(c);
  }
  return words;
}

std::string padded(const Arguments& a, int side) {
  const std::string text = a.text(0);
  const std::int64_t width = a.integer(1, 80);
  if (width > 100'000) throw Complaint{"the width must be at most 100000"};
  const auto size = static_cast<std::int64_t>(characters_of(text).size());
  const std::int64_t space = std::max<std::int64_t>(0, width - size);
  // As Python does: of an odd rest, the left gets more only when the width is odd.
  const std::int64_t left = side < 0 ? 0 : side > 0 ? space : space / 2 + (space & width & 1);
  return std::string(static_cast<std::size_t>(left), ' ') + text +
         std::string(static_cast<std::size_t>(space - left), ' ');
}
Value center(const Arguments& a) { return padded(a, 0); }
Value left(const Arguments& a) { return padded(a, -1); }
Value right(const Arguments& a) { return padded(a, 1); }

Value comment(const Arguments& a) {
  const std::string style = a.text(1, "plain");
  const std::string mark = style == "plain" ? "# " : style == "c" ? "// " : style == "erlang" ? "% " : "";
  if (mark.empty()) throw Complaint{fmt::format("comment: no style '{}'", style), "use plain, c or erlang"};
  const std::string border(espresso::trim(mark));
  std::string out = border + "\n";
  for (const auto& line : split(a.text(0), '\n')) {
    out += (line.empty() ? border : mark + line) + "\n";
    check_size(out.size());
  }
  return out + border;
}

Value truncate(const Arguments& a) {
  const std::string text = a.text(0), end = a.text(3, "...");
  const std::int64_t length = a.integer(1, 255), leeway = a.integer(4, 5);
  const auto characters = characters_of(text);
  if (static_cast<std::int64_t>(characters.size()) <= length + leeway) return text;
  const auto kept = length - static_cast<std::int64_t>(characters_of(end).size());
  if (kept < 0) throw Complaint{"truncate: the length is less than that of the ending"};
  std::string out;
  for (std::int64_t i = 0; i < kept; ++i) out += characters[static_cast<std::size_t>(i)];
  if (!a.is_set(2)) out.resize(std::min(out.size(), out.rfind(' ')));
  return out + end;
}

// "%s-%03d": the conversions of Python's that make sense here.
Value format_text(const Arguments& a) {
  const std::string text = a.text(0);
  std::string out;
  std::size_t next = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (text.substr(i, 2) == "%%") {
      out += text[i++];
      continue;
    }
    const std::size_t end = text.find_first_not_of("-+ #0123456789.", i + 1);
    const char kind = end == std::string::npos ? '\0' : text[end];
    std::string flags = text.substr(i + 1, end == std::string::npos ? end : end - i - 1);
    if (flags.size() > 8) throw Complaint{"format: a width is too large"};
    if (std::string_view("sdifxXo").find(kind) == std::string_view::npos || kind == '\0')
      throw Complaint{"format: after '%' one of s, d, f, x, o or % is needed"};
    if (next >= a.size()) throw Complaint{"format: there are fewer values than '%'"};
    std::string spec = flags.starts_with('-') ? "<" + flags.substr(1) : kind == 's' ? ">" + flags : flags;
    if (kind == 's')
      out += fmt::format(fmt::runtime("{:" + spec + "}"), a.any(next).to_text());
    else if (kind == 'f')
      out += fmt::format(fmt::runtime("{:" + spec + "f}"), a.number(next).as_number());
    else
      out +=
          fmt::format(fmt::runtime("{:" + spec + (kind == 'i' ? 'd' : kind) + "}"), whole(a.number(next).as_number()));
    check_size(out.size());
    ++next;
    i = end;
  }
  return out;
}

}  // namespace

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
    for (std::size_t i = 1; i < size; ++i)
      if (at + i >= text.size() || (static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) size = 1;
    characters.push_back(text.substr(at, size));
    at += size;
  }
  return characters;
}

FunctionEntries text_functions() {
  return {
      {"basename", "basename(path)", "What follows the last slash.", "'/etc/hosts' | basename", R"("hosts")", basename},
      {"capitalize", "capitalize(text)", "The first letter in upper case, the rest in lower case.",
       "'hELLO you' | capitalize", R"("Hello you")", capitalize},
      {"center", "center(text [, width = 80])", "Spaces on both sides, to fill the width.", "'ab' | center(6)",
       R"("  ab  ")", center},
      {"comment", "comment(text [, style = 'plain'])", "As a comment: plain (#), c (//) or erlang (%).",
       "'a' | comment", R"("#\n# a\n#")", comment},
      {"dirname", "dirname(path)", "What precedes the last slash.", "'/etc/hosts' | dirname", R"("/etc")", dirname},
      {"ends_with", "ends_with(text, end)", "Whether the text ends so.", "ends_with('a.conf', '.conf')", "true",
       ends_with},
      {"format", "format(text, value, …)", "Each %s, %d, %05.1f, %x of the text becomes the next value.",
       "'%s-%03d' | format('web', 7)", R"("web-007")", format_text},
      {"indent", "indent(text [, width = 4 [, first [, blank]]])",
       "Spaces, or the text given as width, before each line that is not empty; with `first` also before the first, "
       "with `blank` also before empty ones.",
       "'a\\nb' | indent(2)", R"("a\n  b")", indent},
      {"left", "left(text, width)", "Spaces after the text, to fill the width.", "left('ab', 4)", R"("ab  ")", left},
      {"lines", "lines(text)", "The lines without their ends.", "'a\\nb\\n' | lines", R"(["a","b"])", lines},
      {"lower", "lower(text)", "In lower case (ASCII).", "'WEB' | lower", R"("web")", lower},
      {"path_join", "path_join(list)",
       "The parts of a path with slashes between them; one that begins with a slash starts anew.",
       "['/etc', 'ssh', 'sshd_config'] | path_join", R"("/etc/ssh/sshd_config")", path_join},
      {"quote", "quote(text)", "The text as one word of a shell.", "'it is' | quote", R"("'it is'")", quote_word},
      {"replace", "replace(text, old, new [, count])",
       "Each `old` becomes `new`, or the first `count`; literally, no patterns.", "'a.b.c' | replace('.', '-')",
       R"("a-b-c")", replace},
      {"right", "right(text, width)", "Spaces before the text, to fill the width.", "right('ab', 4)", R"("  ab")",
       right},
      {"split", "split(text [, separator [, maximum]])",
       "The parts between the separators; without one, the words. At most `maximum` cuts.", "'a,b,c' | split(',')",
       R"(["a","b","c"])", split_text},
      {"splitext", "splitext(path)", "The path without its ending, and the ending.", "'site.conf' | splitext",
       R"(["site",".conf"])", splitext},
      {"starts_with", "starts_with(text, start)", "Whether the text starts so.", "starts_with('web1', 'web')", "true",
       starts_with},
      {"string", "string(x)", "As text: lists and mappings as JSON, null as nothing.", "8080 | string", R"("8080")",
       string_of},
      {"title", "title(text)", "The first letter of each word in upper case.", "'the two-fold way' | title",
       R"("The Two-Fold Way")", title},
      {"trim", "trim(text [, characters])", "Without white space, or those characters, at both ends.", "'  x ' | trim",
       R"("x")", trim_text},
      {"truncate", "truncate(text [, length = 255 [, killwords [, end = '...' [, leeway = 5]]]])",
       "At most that long, cut at a space or with `killwords` anywhere; up to `leeway` more is left.",
       "'one two three four' | truncate(11, leeway=0)", R"("one two...")", truncate},
      {"upper", "upper(text)", "In upper case (ASCII).", "'web' | upper", R"("WEB")", upper},
      {"wordcount", "wordcount(text)", "The number of words.", "'one two' | wordcount", "2", wordcount},
  };
}

}  // namespace espresso
