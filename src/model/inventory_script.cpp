#include "model/inventory_script.h"

#include "core/error.h"
#include "core/local_command.h"
#include "core/text.h"
#include "model/inventory_value.h"
#include "model/json_nodes.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace espresso {

namespace {

using Clock = std::chrono::steady_clock;

class Reader {
 public:
  Reader(const std::string& path, const ProgramBounds& bounds, InventoryBuilder& builder, Diagnostics& diagnostics)
      : path_(path), bounds_(bounds), builder_(builder), diagnostics_(diagnostics) {}

  void read() {
    const std::size_t before = diagnostics_.size();
    const auto source = ask({"--list"}, bounds_.deadline);
    if (trim(source->text).empty())
      throw Mistakes(Diagnostic{.span = program_, .message = "'--list' answers nothing", .hint = "let it write JSON"});
    const Node answer = parse_json_nodes(source, diagnostics_);
    if (!answer.is_map()) {
      diagnostics_.add(answer.span, fmt::format("the answer is an object of groups, but this is {}", answer.describe()),
                       "see 'ansible-inventory --list' for its shape");
      return;
    }
    const Node* variables = nullptr;
    for (const auto& [name, value] : answer.entries) {
      if (name.text == "_meta")
        variables = value.find("hostvars");
      else
        read_group(name, value);
    }
    if (variables && !variables->is_null())
      read_host_variables(*variables);
    else if (diagnostics_.size() == before)
      ask_for_hosts();
  }

 private:
  // As a source: its places are those of the answer.
  std::shared_ptr<const Source> ask(const std::vector<std::string>& arguments, std::chrono::milliseconds deadline) {
    std::vector<std::string> words = {path_.find('/') == std::string::npos ? "./" + path_ : path_};
    words.insert(words.end(), arguments.begin(), arguments.end());
    CommandOutcome outcome;
    try {
      outcome = run_local_command(words, deadline, bounds_.most_output);
    } catch (const Error& error) {
      throw Mistakes(Diagnostic{.span = program_, .message = error.what(), .hint = error.hint()});
    }
    const std::string command = join(arguments, " ");
    if (outcome.status != 0) {
      const std::string_view words_of_program = trim(outcome.error_output);
      throw Mistakes(Diagnostic{.span = program_,
                                .message = fmt::format("'{}' ended with status {}{}{}", command, outcome.status,
                                                       words_of_program.empty() ? "" : ": ", words_of_program),
                                .hint = fmt::format("run it: {} {}", words.front(), command)});
    }
    const std::string_view said = trim(outcome.error_output);
    if (bounds_.heard && !said.empty()) bounds_.heard(path_ + " " + command, said);
    return std::make_shared<Source>(Source{path_ + " " + command, std::move(outcome.output)});
  }

  void read_group(const Node& name, const Node& value) {
    const auto group = builder_.group(name.text, program_);
    if (!value.is_map()) {
      read_hosts(group, name, value);
      return;
    }
    const Node *hosts = value.find("hosts"), *variables = value.find("vars"), *children = value.find("children");
    // The oldest shape: a host by itself, with its variables.
    if (!hosts && !variables && !children) {
      add_host(group, name);
      variables = &value;
    }
    if (hosts) read_hosts(group, name, *hosts);
    if (variables) read_variables(group, name, *variables);
    if (children) read_children(group, name, *children);
  }

  void read_hosts(InventoryBuilder::Id group, const Node& name, const Node& hosts) {
    if (!is_list(hosts, fmt::format("the hosts of '{}' are", name.text))) return;
    for (const auto& host : hosts.items)
      if (is_name(host, "a host")) add_host(group, host);
  }

  void add_host(InventoryBuilder::Id group, const Node& name) {
    const auto host = builder_.host(name.text);
    builder_.add_host(group, host);
    hosts_.push_back(name);
  }

  void read_variables(InventoryBuilder::Id group, const Node& name, const Node& variables) {
    if (!is_object(variables, fmt::format("the variables of '{}' are", name.text))) return;
    for (const auto& [variable, value] : variables.entries)
      builder_.set_group_variable(group, variable.text, inventory_value(value, diagnostics_), program_);
  }

  void read_children(InventoryBuilder::Id group, const Node& name, const Node& children) {
    if (!is_list(children, fmt::format("the children of '{}' are", name.text))) return;
    for (const auto& child : children.items)
      if (is_name(child, "a group")) builder_.add_child(group, builder_.group(child.text, program_), child.span);
  }

  void read_host_variables(const Node& all) {
    if (!is_object(all, "'hostvars' is")) return;
    for (const auto& [name, variables] : all.entries)
      // Ansible passes over those of hosts that are in no group, too.
      if (const auto host = builder_.find_host(name.text)) set_variables(*host, name.text, variables);
  }

  void set_variables(InventoryBuilder::Id host, const std::string& name, const Node& variables) {
    if (!is_object(variables, fmt::format("the variables of '{}' are", name))) return;
    for (const auto& [variable, value] : variables.entries)
      builder_.set_host_variable(host, variable.text, inventory_value(value, diagnostics_), program_);
  }

  void ask_for_hosts() {
    const auto end = Clock::now() + bounds_.deadline;
    for (const auto& name : hosts_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
      if (left.count() <= 0)
        throw Mistakes(Diagnostic{.span = program_,
                                  .message = fmt::format("'--host' for {} hosts took longer than {}", hosts_.size(),
                                                         render_duration(bounds_.deadline)),
                                  .hint = "let '--list' answer with '_meta', which holds the variables of all hosts"});
      const auto source = ask({"--host", name.text}, left);
      if (!trim(source->text).empty())
        set_variables(builder_.host(name.text), name.text, parse_json_nodes(source, diagnostics_));
    }
  }

  bool is_name(const Node& node, std::string_view what) {
    if (node.is_scalar() && node.quoted && !trim(node.text).empty()) return true;
    diagnostics_.add(node.span, fmt::format("{} is named by a text, but this is {}", what,
                                            node.is_scalar() && node.quoted ? "empty" : node.describe()));
    return false;
  }

  bool is_list(const Node& node, const std::string& who) {
    if (!node.is_list()) diagnostics_.add(node.span, fmt::format("{} a list, but this is {}", who, node.describe()));
    return node.is_list();
  }

  bool is_object(const Node& node, const std::string& who) {
    if (!node.is_map()) diagnostics_.add(node.span, fmt::format("{} an object, but this is {}", who, node.describe()));
    return node.is_map();
  }

  const std::string& path_;
  const ProgramBounds& bounds_;
  InventoryBuilder& builder_;
  Diagnostics& diagnostics_;
  Span program_ = {.source = std::make_shared<Source>(Source{path_, {}})};
  std::vector<Node> hosts_;
};

}  // namespace

void read_program_inventory(const std::string& path, const ProgramBounds& bounds, InventoryBuilder& builder,
                            Diagnostics& diagnostics) {
  Reader(path, bounds, builder, diagnostics).read();
}

}  // namespace espresso
