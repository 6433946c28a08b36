#include "helpers/catalog.h"

#include "core/text.h"
#include "helpers/header_parts.h"
#include "helpers/parameter.h"
#include "helpers/parts.h"
#include "model/component.h"
#include "model/fields.h"
#include "model/keys.h"
#include "model/yaml.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

constexpr std::string_view header_prefix = "#:";

// The YAML was read from a text of its own: its places are places of the file.
void point_into(const std::shared_ptr<const Source>& file, Node& node) {
  if (node.span.source) node.span.source = file;
  for (auto& item : node.items) point_into(file, item);
  for (auto& entry : node.entries) {
    point_into(file, entry.key);
    point_into(file, entry.value);
  }
}

void point_into(const std::shared_ptr<const Source>& file, const std::vector<Diagnostic>& found,
                Diagnostics& diagnostics) {
  for (Diagnostic diagnostic : found) {
    diagnostic.span.source = file;
    for (auto& note : diagnostic.notes) note.span.source = file;
    diagnostics.add(std::move(diagnostic));
  }
}

bool is_parameter_name(std::string_view name) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
  return !name.empty() && letters.find(name[0]) != std::string_view::npos && !name.ends_with('_') &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// Variables of the runner and its prelude, and those that change what commands do at the host.
bool is_taken(std::string_view name) {
  static const std::vector<std::string_view> taken = {
      "given",        "sensitive",      "has_secret",   "parent",       "quiet_output", "content_kind",
      "content_text", "content_sha256", "content_size", "content_sent", "local_sha256", "local_size",
      "http_proxy",   "https_proxy",    "ftp_proxy",    "all_proxy",    "no_proxy"};
  const bool has_prefix =
      name.size() > 1 && name[1] == '_' && std::string_view("rsug").find(name[0]) != std::string_view::npos;
  return has_prefix || std::find(taken.begin(), taken.end(), name) != taken.end();
}

class HeaderReader {
 public:
  HeaderReader(Helper& helper, Diagnostics& diagnostics) : helper_(helper), diagnostics_(diagnostics) {}

  void read(const Node& root) {
    static const std::vector<std::string> keys = {"summary", "doc",   "parameters", "main",  "positional", "title",
                                                  "one_of",  "tools", "uses",       "waits", "reboots",    "examples"};
    if (!root.is_map()) {
      diagnostics_.add(helper_.span,
                       fmt::format("the header of helper '{}' is a mapping, not {}", helper_.name, root.describe()));
      return;
    }
    // The keys that name parameters come after those, wherever they stand.
    if (const Node* parameters = root.find("parameters")) read_parameters(*parameters);
    for (const auto& [key, value] : root.entries) {
      if (key.text == "summary")
        helper_.summary = text("summary", value);
      else if (key.text == "doc")
        helper_.doc = text("doc", value);
      else if (key.text == "main")
        helper_.main = parameter_name("main", value);
      else if (key.text == "positional")
        read_positional(value);
      else if (key.text == "title")
        helper_.title = parameter_name("title", value);
      else if (key.text == "one_of")
        read_one_of(value);
      else if (key.text == "tools")
        helper_.tools = texts("tools", value, "names of commands");
      else if (key.text == "uses")
        read_uses(value);
      else if (key.text == "waits")
        read_waits(value);
      else if (key.text == "reboots")
        read_reboots(value);
      else if (key.text == "examples")
        read_examples(value);
      else if (key.text != "parameters")
        unknown_key(key, keys, diagnostics_);
    }
    if (!root.find("summary")) {
      diagnostics_.add(helper_.span, fmt::format("helper '{}' has no summary", helper_.name),
                       "add a line '#: summary: …' that says what is so once it has run");
    }
    if (helper_.title.empty()) choose_title();
  }

  /// The keys of a component that say how it is called; its other keys were read with it.
  void read_component(const Node& declaration) {
    if (const Node* parameters = declaration.find("parameters")) read_parameters(*parameters);
    if (const Node* main = declaration.find("main")) helper_.main = parameter_name("main", *main);
    if (const Node* one_of = declaration.find("one_of")) read_one_of(*one_of);
    choose_title();
  }

 private:
  std::string text(std::string_view key, const Node& node) {
    const auto found = read_text(key, node, "a text", diagnostics_);
    return found ? std::string(trim(found->text)) : std::string();
  }

  std::vector<std::string> texts(std::string_view key, const Node& node, std::string_view takes) {
    std::vector<std::string> found;
    for (auto& item : read_texts(key, node, takes, diagnostics_)) found.push_back(std::move(item.text));
    return found;
  }

  std::string parameter_name(std::string_view key, const Node& node) {
    const auto name = read_text(key, node, "the name of a parameter", diagnostics_);
    return name && exists(*name) ? name->text : std::string();
  }

  bool exists(const Text& name) {
    if (helper_.find(name.text)) return true;
    std::vector<std::string> known;
    for (const auto& parameter : helper_.parameters) known.push_back(parameter.name);
    diagnostics_.add(name.span, fmt::format("{} '{}' has no parameter '{}'", helper_.kind(), helper_.name, name.text),
                     did_you_mean(name.text, known));
    return false;
  }

  void read_parameters(const Node& node) {
    if (!node.is_map()) return wrong_kind("parameters", node, "a mapping of names to parameters", diagnostics_);
    for (const auto& [name, body] : node.entries) {
      if (!is_parameter_name(name.text)) {
        diagnostics_.add(name.span, fmt::format("'{}' cannot be the name of a parameter", name.text),
                         "choose lower-case letters, digits and '_', a letter first and no '_' last");
      } else if (!helper_.component && is_taken(name.text)) {
        diagnostics_.add(name.span, fmt::format("the shell variable '{}' has a meaning of its own", name.text),
                         "choose another name for the parameter");
      }
      if (body.is_map())
        read_parameter(name, body);
      else
        wrong_kind(name.text, body, "a mapping with 'type' and 'doc'", diagnostics_);
    }
  }

  void read_parameter(const Node& name, const Node& body) {
    static const std::vector<std::string> keys = names_of(parameter_keys());
    Parameter parameter{.name = name.text};
    const Node* default_value = nullptr;
    for (const auto& [key, value] : body.entries) {
      if (key.text == "type")
        read_type(value, parameter);
      else if (key.text == "required")
        parameter.required = read_boolean("required", value, diagnostics_);
      else if (key.text == "exposed")
        parameter.exposed = read_boolean("exposed", value, diagnostics_);
      else if (key.text == "default")
        default_value = &value;
      else if (key.text == "one_of")
        parameter.one_of = texts("one_of", value, "the values allowed");
      else if (key.text == "doc")
        parameter.doc = text("doc", value);
      else
        unknown_key(key, keys, diagnostics_);
    }
    if (default_value) read_default(*default_value, parameter);
    helper_.parameters.push_back(std::move(parameter));
  }

  void read_type(const Node& node, Parameter& parameter) {
    const auto name = read_text("type", node, "the name of a type", diagnostics_);
    if (!name) return;
    if (const auto type = parse_parameter_type(name->text)) {
      if (helper_.component && *type == ParameterType::conditions) {
        diagnostics_.add(name->span, "a component has no parameters of type conditions",
                         "make it a boolean and give it '{{ a == b }}'");
      }
      parameter.type = *type;
      return;
    }
    diagnostics_.add(name->span, fmt::format("unknown type '{}'", name->text),
                     did_you_mean(name->text, parameter_type_words()));
  }

  void read_default(const Node& node, Parameter& parameter) {
    if (parameter.required) {
      diagnostics_.add(node.span, fmt::format("'{}' is required and has a default", parameter.name),
                       "leave out one of both");
    } else if (is_content(parameter.type) || parameter.type == ParameterType::conditions) {
      diagnostics_.add(
          node.span, fmt::format("'{}' cannot have a default: it is of type {}", parameter.name, word(parameter.type)));
    } else {
      parameter.default_value = value_of(node, diagnostics_);
      convert(parameter, *parameter.default_value, node.span, diagnostics_);
    }
  }

  void read_positional(const Node& node) {
    helper_.positional = parameter_name("positional", node);
    if (helper_.positional.empty() || helper_.find(helper_.positional)->type == ParameterType::list) return;
    wrong_kind("positional", node, "a parameter of type list", diagnostics_);
  }

  void read_uses(const Node& node) {
    for (const auto& name : read_texts("uses", node, "names of parts", diagnostics_)) {
      if (!find_part(name.text)) {
        diagnostics_.add(name.span, fmt::format("there is no part '{}'", name.text),
                         did_you_mean(name.text, part_names()));
      }
      helper_.uses.push_back(name.text);
    }
  }

  void read_waits(const Node& node) {
    constexpr std::string_view takes = "parameters of type duration";
    for (const auto& name : read_texts("waits", node, takes, diagnostics_)) {
      if (is_duration("waits", name, takes)) helper_.waits.push_back(name.text);
    }
  }

  void read_reboots(const Node& node) {
    constexpr std::string_view takes = "a parameter of type duration";
    const auto name = read_text("reboots", node, takes, diagnostics_);
    if (name && is_duration("reboots", *name, takes)) helper_.reboots = name->text;
  }

  bool is_duration(std::string_view key, const Text& name, std::string_view takes) {
    if (!exists(name)) return false;
    if (helper_.find(name.text)->type == ParameterType::duration) return true;
    diagnostics_.add(name.span, fmt::format("'{}' takes {}, not '{}'", key, takes, name.text));
    return false;
  }

  void read_one_of(const Node& node) {
    constexpr std::string_view takes = "lists of parameters";
    if (!node.is_list()) return wrong_kind("one_of", node, takes, diagnostics_);
    for (const auto& set : node.items) {
      if (!set.is_list()) {
        wrong_kind("one_of", set, takes, diagnostics_);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& name : read_texts("one_of", set, takes, diagnostics_)) {
        if (exists(name)) names.push_back(name.text);
      }
      helper_.one_of.push_back(std::move(names));
    }
  }

  void read_examples(const Node& node) {
    constexpr std::string_view takes = "a list of mappings with 'doc' and 'yaml'";
    if (!node.is_list()) return wrong_kind("examples", node, takes, diagnostics_);
    for (const auto& item : node.items) {
      if (!item.is_map()) {
        wrong_kind("examples", item, takes, diagnostics_);
        continue;
      }
      HelperExample example;
      for (const auto& [key, value] : item.entries) {
        if (key.text == "doc")
          example.doc = text("doc", value);
        else if (key.text == "yaml")
          example.yaml = text("yaml", value);
        else
          unknown_key(key, {"doc", "yaml"}, diagnostics_);
      }
      helper_.examples.push_back(std::move(example));
    }
  }

  void choose_title() {
    helper_.title = helper_.main;
    for (const auto& parameter : helper_.parameters) {
      if (helper_.title.empty() && parameter.required) helper_.title = parameter.name;
    }
  }

  Helper& helper_;
  Diagnostics& diagnostics_;
};

}  // namespace

HeaderParts take_header_apart(const std::string& text) {
  HeaderParts parts;
  bool in_header = true;
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line(text.data() + start, end - start);
    start = end + 1;
    ++number;
    const bool is_header = in_header && line.starts_with(header_prefix);
    if (is_header && parts.header_line == 0) parts.header_line = number;
    const bool may_precede = parts.header_line == 0 && (line.starts_with('#') || trim(line).empty());
    if (is_header)
      parts.yaml.append("  ").append(line.substr(header_prefix.size()));
    else if (!may_precede)
      in_header = false;
    if (in_header)
      parts.yaml += '\n';
    else
      parts.body.append(line).append("\n");
  }
  return parts;
}

Node parse_header(const std::shared_ptr<const Source>& file, std::string yaml, Diagnostics& diagnostics) {
  Diagnostics found;
  try {
    Node root = parse_yaml(std::make_shared<Source>(Source{file->name, std::move(yaml)}), found);
    point_into(file, root);
    point_into(file, found.all(), diagnostics);
    return root;
  } catch (const Mistakes& mistakes) {
    Diagnostics pointed;
    point_into(file, mistakes.diagnostics(), pointed);
    throw Mistakes(pointed.all());
  }
}

Helper parse_component(std::shared_ptr<const Component> component, Diagnostics& diagnostics) {
  Helper helper;
  helper.name = component->name;
  helper.span = component->span;
  const std::size_t end = std::min(component->doc.find('\n'), component->doc.size());
  helper.summary = component->doc.substr(0, end);
  helper.doc = std::string(trim(std::string_view(component->doc).substr(end)));
  helper.component = component;
  HeaderReader(helper, diagnostics).read_component(component->declaration);
  return helper;
}

Helper parse_helper(std::string name, std::shared_ptr<const Source> source, Diagnostics& diagnostics) {
  HeaderParts parts = take_header_apart(source->text);
  Helper helper;
  helper.name = std::move(name);
  helper.body = std::move(parts.body);
  helper.span = {source, parts.header_line, 1, header_prefix.size()};
  if (parts.header_line == 0) {
    diagnostics.add(helper.span, fmt::format("helper '{}' has no header", helper.name),
                    "begin the file with lines such as '#: summary: …'");
    return helper;
  }
  try {
    const Node root = parse_header(source, std::move(parts.yaml), diagnostics);
    HeaderReader(helper, diagnostics).read(root);
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  }
  return helper;
}

}  // namespace espresso
