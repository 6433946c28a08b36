#include "model/lua_functions.h"

#include "core/text.h"
#include "core/digest.h"
#include "core/hash.h"
#include "model/yaml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace espresso {

namespace {

Value base64_of(const Arguments& a) { return base64(a.text(0)); }

Value base64_decoded(const Arguments& a) {
  if (auto bytes = bytes_of_base64(a.text(0))) return std::move(*bytes);
  throw Complaint{"b64decode: the text is no Base64"};
}

Value hash(const Arguments& a) {
  const std::string algorithm = a.text(1, "sha1");
  if (auto hex = digest(algorithm, a.text(0))) return std::move(*hex);
  throw Complaint{fmt::format("hash: no algorithm '{}'", algorithm),
                  "use one of md5, sha1, sha224, sha256, sha384, sha512"};
}
Value md5(const Arguments& a) { return *digest("md5", a.text(0)); }
Value sha1(const Arguments& a) { return *digest("sha1", a.text(0)); }
Value sha256_of(const Arguments& a) { return sha256(a.text(0)); }

// Python's json.dumps writes what is not ASCII as escapes, and a space after commas and colons of one line.
class PythonJson {
 public:
  PythonJson(std::int64_t indent, bool sorted) : indent_(indent), sorted_(sorted) {}

  void write(const Value& value, int depth = 0) {
    if (depth > 100) throw Complaint{"the value is nested too deeply"};
    if (value.is_list())
      write_list(value.as_list(), depth);
    else if (value.is_map())
      write_map(value.as_map(), depth);
    else if (value.is_string() || value.is_item())
      write_text(value.to_text());
    else
      text += to_json(value);
    check_size(text.size());
  }

  std::string text;

 private:
  void begin_line(int depth) {
    if (indent_ >= 0) text += '\n' + std::string(static_cast<std::size_t>(indent_ * depth), ' ');
  }
  void separate(bool first, int depth) {
    if (!first) text += indent_ < 0 ? ", " : ",";
    begin_line(depth);
  }
  void write_list(const List& list, int depth) {
    text += '[';
    for (const auto& item : list) {
      separate(&item == list.data(), depth + 1);
      write(item, depth + 1);
    }
    if (!list.empty()) begin_line(depth);
    text += ']';
  }
  void write_map(const Map& map, int depth) {
    std::vector<const Map::Entry*> entries;
    for (const auto& entry : map) entries.push_back(&entry);
    if (sorted_)
      std::sort(entries.begin(), entries.end(), [](const auto* x, const auto* y) { return x->first < y->first; });
    text += '{';
    for (const auto* entry : entries) {
      separate(entry == entries.front(), depth + 1);
      write_text(entry->first);
      text += ": ";
      write(entry->second, depth + 1);
    }
    if (!entries.empty()) begin_line(depth);
    text += '}';
  }
  void write_text(const std::string& string) {
    const std::string quoted = to_json(Value(string));  // whole UTF-8, control characters escaped
    for (const auto character : characters_of(quoted)) {
      if (character.size() == 1) {
        text += character == "\x7f" ? "\x7f" : std::string(character);
        continue;
      }
      unsigned code = static_cast<unsigned char>(character[0]) & (0xFFU >> (character.size() + 1));
      for (const char c : character.substr(1)) code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
      if (code < 0x10000)
        text += fmt::format("\\u{:04x}", code);
      else
        text += fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((code - 0x10000) >> 10U), 0xDC00 + (code & 0x3FFU));
    }
  }

  std::int64_t indent_;
  bool sorted_;
};

std::string python_json(const Arguments& a, std::int64_t indent, bool sorted) {
  indent = a.integer(1, indent);
  if (indent > 100) throw Complaint{"json: the indent must be at most 100"};
  PythonJson json(indent, a.has(2) ? a.is_set(2) : sorted);
  json.write(a.any(0));
  return std::move(json.text);
}
Value json_of(const Arguments& a) { return python_json(a, -1, false); }
Value nice_json(const Arguments& a) { return python_json(a, 4, true); }

Value json(const Arguments& a) {
  const std::int64_t indent = a.integer(1, -1);
  if (indent > 100) throw Complaint{"json: the indent must be at most 100"};
  return to_json(a.any(0), static_cast<int>(std::max<std::int64_t>(-1, indent)));
}

Value from_json(const Arguments& a) {
  try {
    return parse_json(a.text(0));
  } catch (const std::runtime_error& error) {
    throw Complaint{fmt::format("from_json: {}", error.what())};
  }
}

Value from_yaml(const Arguments& a) {
  Diagnostics diagnostics;
  try {
    const Value value = value_of(
        parse_yaml(std::make_shared<Source>(Source{.name = "from_yaml", .text = a.text(0)}), diagnostics), diagnostics);
    diagnostics.throw_if_any();
    return value;
  } catch (const Mistakes& mistakes) {
    const Diagnostic& first = mistakes.diagnostics().at(0);
    throw Complaint{fmt::format("from_yaml: line {}: {}", first.span.line, first.message)};
  }
}

Value yaml(const Arguments& a) { return render_yaml(a.any(0)); }

std::string percent_encoded(std::string_view text, std::string_view safe) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("_.-~").find(c) != std::string_view::npos ||
                       safe.find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  check_size(out.size());
  return out;
}

// As forms are: a space is a plus.
std::string form_encoded(std::string_view text) {
  std::string out = percent_encoded(text, " ");
  std::replace(out.begin(), out.end(), ' ', '+');
  return out;
}

Value urlencode(const Arguments& a) {
  if (!a.any(0).is_map()) return percent_encoded(a.text(0), "/");
  std::vector<std::string> pairs;
  for (const auto& [key, value] : a.map(0)) pairs.push_back(form_encoded(key) + "=" + form_encoded(value.to_text()));
  return join(pairs, "&");
}

Value escape(const Arguments& a) {
  std::string out;
  for (const char c : a.text(0)) {
    const std::string_view entity = c == '&'    ? "&amp;"
                                    : c == '<'  ? "&lt;"
                                    : c == '>'  ? "&gt;"
                                    : c == '"'  ? "&#34;"
                                    : c == '\'' ? "&#39;"
                                                : "";
    out += entity.empty() ? std::string(1, c) : std::string(entity);
  }
  check_size(out.size());
  return out;
}

}  // namespace

FunctionEntries encoding_functions() {
  return {
      {"b64decode", "b64decode(text)", "The bytes that the Base64 stands for.", "'YWJj' | b64decode", R"("abc")",
       base64_decoded},
      {"b64encode", "b64encode(text)", "The same as base64.", "'abc' | b64encode", R"("YWJj")", base64_of},
      {"base64", "base64(text)", "The text's bytes in Base64.", "base64('abc')", R"("YWJj")", base64_of},
      {"escape", "escape(text)", "With HTML's marks as entities.", "'a < b' | escape", R"("a &lt; b")", escape},
      {"from_json", "from_json(text)", "The value that the JSON stands for.", R"('{"a": [1]}' | from_json)",
       R"({"a":[1]})", from_json},
      {"from_yaml", "from_yaml(text)", "The value that the YAML stands for.", "'a: [1, x]' | from_yaml",
       R"({"a":[1,"x"]})", from_yaml},
      {"hash", "hash(text [, hashtype = 'sha1'])",
       "The digest of the text's bytes in hexadecimal: md5, sha1, sha224, sha256, sha384 or sha512.",
       "'abc' | hash('md5')", R"("900150983cd24fb0d6963f7d28e17f72")", hash},
      {"json", "json(x [, indent])", "The value as JSON, on one line unless an indent is given.", "json({'a': 1})",
       R"("{\"a\":1}")", json},
      {"md5", "md5(text)", "The MD5 of the text's bytes in hexadecimal.", "'abc' | md5",
       R"("900150983cd24fb0d6963f7d28e17f72")", md5},
      {"sha1", "sha1(text)", "The SHA-1 of the text's bytes in hexadecimal.", "'abc' | sha1",
       R"("a9993e364706816aba3e25717850c26c9cd0d89d")", sha1},
      {"sha256", "sha256(text)", "The SHA-256 of the text's bytes in hexadecimal.", "'abc' | sha256",
       R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")", sha256_of},
      {"to_json", "to_json(x [, indent [, sort_keys]])", "The value as JSON, spaced and escaped as Python does.",
       "{'a': [1, 2]} | to_json", R"("{\"a\": [1, 2]}")", json_of},
      {"to_nice_json", "to_nice_json(x [, indent = 4 [, sort_keys = true]])", "The value as JSON on several lines.",
       "{'a': 1} | to_nice_json(indent=2)", R"("{\n  \"a\": 1\n}")", nice_json},
      {"to_nice_yaml", "to_nice_yaml(x)", "The same as yaml.", "{'a': 1} | to_nice_yaml", R"("a: 1\n")", yaml},
      {"to_yaml", "to_yaml(x)", "The same as yaml.", "{'a': 1} | to_yaml", R"("a: 1\n")", yaml},
      {"tojson", "tojson(x [, indent])", "The same as to_json, in the order of the keys.", "{'b': 1, 'a': 2} | tojson",
       R"("{\"a\": 2, \"b\": 1}")", [](const Arguments& a) -> Value { return python_json(a, -1, true); }},
      {"urlencode", "urlencode(text)", "With what has a meaning in an address as %XX; a mapping becomes `key=value&…`.",
       "'a b&c' | urlencode", R"("a%20b%26c")", urlencode},
      {"yaml", "yaml(x)", "The value as YAML.", "yaml([1])", R"("- 1\n")", yaml},
  };
}

}  // namespace espresso
