// A build tool: writes the typed C++ wrappers of all built-in helpers to the file named by its argument.
#include "helpers/catalog.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fstream>

namespace espresso {

namespace {

constexpr std::string_view opening =
    R"(// Generated from the headers of the helpers. Members stand in the order of the helper's parameters.
#pragma once

#include "helpers/typed_call.h"

)";

// Keywords, and `assert`, which is a macro once anything includes <cassert>, get an underscore.
std::string identifier(const std::string& name) {
  static const std::vector<std::string_view> keywords = {
      "assert",   "and",      "asm",      "auto",     "bool",    "break",     "case",    "catch",
      "char",     "class",    "const",    "continue", "default", "delete",    "do",      "double",
      "else",     "enum",     "explicit", "export",   "extern",  "false",     "float",   "for",
      "friend",   "goto",     "if",       "inline",   "int",     "long",      "mutable", "namespace",
      "new",      "not",      "operator", "or",       "private", "protected", "public",  "register",
      "requires", "return",   "short",    "signed",   "sizeof",  "static",    "struct",  "switch",
      "template", "this",     "throw",    "true",     "try",     "typedef",   "typeid",  "typename",
      "union",    "unsigned", "using",    "virtual",  "void",    "volatile",  "while",   "xor"};
  const bool is_keyword = std::find(keywords.begin(), keywords.end(), name) != keywords.end();
  return is_keyword ? name + "_" : name;
}

// "ensure_file" is the struct EnsureFile.
std::string struct_name(const std::string& function) {
  std::string name;
  for (const auto& part : split(function, '_')) {
    if (part.empty()) continue;
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(part[0])));
    name += part.substr(1);
  }
  return name;
}

std::string member_type(const Parameter& parameter) {
  switch (parameter.type) {
    case ParameterType::list:
    case ParameterType::conditions:
      return "std::vector<std::string>";
    case ParameterType::map:
      return "std::map<std::string, std::string>";
    case ParameterType::boolean:
      return "std::optional<bool>";
    case ParameterType::integer:
    case ParameterType::size:
      return "std::optional<std::int64_t>";
    case ParameterType::duration:
      return "std::optional<std::chrono::seconds>";
    default:
      return parameter.required ? "std::string" : "std::optional<std::string>";
  }
}

std::string wrapper(const Helper& helper) {
  const auto dot = helper.name.find('.');
  std::string function = identifier(helper.name.substr(dot + 1));
  const std::string type = struct_name(helper.name.substr(dot + 1));
  std::string text = fmt::format("namespace espresso::{} {{\n\n/// {}\nstruct {} {{\n",
                                 identifier(helper.name.substr(0, dot)), join(split(helper.summary, '\n'), " "), type);
  std::string gives;
  for (const auto& parameter : helper.parameters) {
    const std::string member = identifier(parameter.name);
    const std::string doc = join(split(parameter.doc, '\n'), " ");
    text += fmt::format("  {} {} = {{}};  ///< {}{}\n", member_type(parameter), member,
                        parameter.required ? "Required. " : "", doc);
    const bool is_list = parameter.type == ParameterType::list || parameter.type == ParameterType::conditions;
    gives += fmt::format("  call.{}(\"{}\", arguments.{});\n", is_list && parameter.required ? "give_list" : "give",
                         parameter.name, member);
  }
  text += fmt::format(
      "}};\n\ninline void {}(Plan& plan, {}const {}& arguments = {{}}, const CallOptions& options = {{}},\n"
      "    const std::source_location& place = std::source_location::current()) {{\n"
      "  TypedCall call(\"{}\", place);\n{}  call.add_to(plan, options);\n}}\n\n}}  // namespace\n\n",
      function, helper.parameters.empty() ? "[[maybe_unused]] " : "", type, helper.name, gives);
  return text;
}

}  // namespace

int generate(const char* path) {
  std::string text(opening);
  for (const auto& helper : Catalog().all()) text += wrapper(*helper);
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return 0;
  std::fprintf(stderr, "generate_wrappers: cannot write '%s'\n", path);
  return 1;
}

}  // namespace espresso

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: generate_wrappers FILE\n", stderr);
    return 2;
  }
  try {
    return espresso::generate(argv[1]);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    return 1;
  }
}
