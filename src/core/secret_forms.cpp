#include "core/secret_forms.h"

#include "core/hash.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

std::string replace_all(std::string_view text, char what, std::string_view by) {
  std::string out;
  for (const char c : text) {
    if (c == what)
      out += by;
    else
      out += c;
  }
  return out;
}

std::string hexadecimal(std::string_view text, bool upper) {
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    out += upper ? fmt::format("{:02X}", code) : fmt::format("{:02x}", code);
  }
  return out;
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string percent_encoded(std::string_view text, std::string_view kept, bool upper, bool is_form) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(c) || kept.find(c) != std::string_view::npos)
      out += c;
    else if (c == ' ' && is_form)
      out += '+';
    else
      out += "%" + hexadecimal({&c, 1}, upper);
  }
  return out;
}

// As `printf %q` writes words: a backslash before what is special.
std::string with_backslashes(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_alphanumeric(c) && static_cast<unsigned char>(c) < 0x80 &&
        std::string_view("_-./:,+@%=").find(c) == std::string_view::npos)
      out += '\\';
    out += c;
  }
  return out;
}

// What is between the quotes of $'…', and of strings of C, with octal escapes as bash writes them.
std::string c_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (code < 0x20 || code >= 0x7f)
      out += fmt::format("\\{:03o}", code);
    else
      out += c;
  }
  return out;
}

// Between the quotes of a string of JSON (RFC 8259, 7); `slashes`: PHP and others escape these, too.
std::string json_escaped(std::string_view text, bool slashes) {
  std::string out;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\' || (slashes && c == '/'))
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\b')
      out += "\\b";
    else if (c == '\f')
      out += "\\f";
    else if (code < 0x20)
      out += fmt::format("\\u{:04x}", code);
    else
      out += c;
  }
  return out;
}

// The code point that begins at text[at], which is moved past it; the text is valid UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  char32_t point = first & (0x3fU >> more);
  for (int i = 0; i < more && at < text.size(); ++i)
    point = (point << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3fU);
  return point;
}

// As json_escaped, and all but ASCII as \uXXXX, which is what Python writes.
std::string json_in_ascii(std::string_view text) {
  if (!is_valid_utf8(text)) return {};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const char32_t point = next_code_point(text, at);
    if (point < 0x80) {
      out += json_escaped({&c, 1}, false);
    } else if (point < 0x10000) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(point));
    } else {
      const auto pair = static_cast<unsigned>(point) - 0x10000U;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xd800U + (pair >> 10U), 0xdc00U + (pair & 0x3ffU));
    }
  }
  return out;
}

std::string for_urls(std::string text) {
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

// At each alignment: the characters that the secret alone decides, and these with what ends a text.
void add_base64(std::vector<std::string>& forms, std::string_view secret) {
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string whole = base64(std::string(before, 'x') + std::string(secret));
    const std::size_t start = (8 * before + 5) / 6;
    const std::size_t decided = 8 * (before + secret.size()) / 6;
    const std::string unpadded = whole.substr(0, whole.find('='));
    for (const auto& form : {whole.substr(start, decided - start), unpadded.substr(start), whole.substr(start)}) {
      forms.push_back(form);
      forms.push_back(for_urls(form));
      // Tools break it into lines: what is left of it after a break within its first characters is found, too.
      for (std::size_t cut = 1; cut < 4 && form.size() > 16; ++cut) forms.push_back(form.substr(cut));
    }
  }
}

void add_plain_forms(std::vector<std::string>& forms, std::string_view secret) {
  for (auto form : {std::string(secret), replace_all(secret, '\'', "'\\''"), replace_all(secret, '\'', "'\"'\"'"),
                    with_backslashes(secret), c_escaped(secret)})
    forms.push_back(std::move(form));
  const std::string quoted = quote(secret);
  forms.push_back(quoted.substr(1, quoted.size() - 2));
  std::string in_double_quotes;
  for (const char c : secret) {
    if (std::string_view("\\\"$`").find(c) != std::string_view::npos) in_double_quotes += '\\';
    in_double_quotes += c;
  }
  forms.push_back(in_double_quotes);
}

void add_forms(std::vector<std::string>& forms, std::string_view secret) {
  std::vector<std::string> plain;
  add_plain_forms(plain, secret);
  for (const auto& form : plain) {
    forms.push_back(form);
    forms.push_back(printable(form));
    for (const bool slashes : {false, true}) forms.push_back(json_escaped(form, slashes));
    forms.push_back(json_in_ascii(form));
    forms.push_back(json_escaped(json_escaped(form, false), false));
  }
  for (const bool upper : {false, true}) {
    forms.push_back(hexadecimal(secret, upper));
    for (const bool is_form : {false, true}) {
      forms.push_back(percent_encoded(secret, "-._~", upper, is_form));
      forms.push_back(percent_encoded(secret, "-._~/", upper, is_form));
    }
  }
  add_base64(forms, secret);
}

}  // namespace

std::vector<std::string> forms_of_secret(std::string_view secret) {
  std::vector<std::string> forms;
  const std::size_t end = secret.find_last_not_of("\r\n");
  secret = secret.substr(0, end == std::string_view::npos ? 0 : end + 1);
  if (secret.size() >= shortest_masked_form) add_forms(forms, secret);
  if (secret.find('\n') != std::string_view::npos) {
    for (const auto& line : split(secret, '\n')) {
      const std::string_view text = trim(line);
      if (text.size() >= shortest_masked_form) add_forms(forms, text);
    }
  }
  std::sort(forms.begin(), forms.end());
  forms.erase(std::unique(forms.begin(), forms.end()), forms.end());
  forms.erase(std::remove_if(forms.begin(), forms.end(),
                             [](const auto& form) {
                               return form.size() < shortest_masked_form || form.find('\n') != std::string::npos;
                             }),
              forms.end());
  return forms;
}

}  // namespace espresso
