#include "cli/stage_graph.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace espresso {

namespace {

using GraphNode = StageGraph::Node;

std::string hosts_of(const GraphNode& node) {
  if (!node.hosts) return node.pattern.empty() ? "" : "hosts: " + node.pattern;
  return node.hosts->empty() ? "no selected host" : fold_names(*node.hosts);
}

// Who listens, and to which signals.
std::map<std::string, std::vector<std::string>> signals_by_listener(const GraphNode& node) {
  std::map<std::string, std::vector<std::string>> signals;
  for (const auto& raised : node.raises)
    for (const auto& listener : raised.listeners) signals[listener].push_back(raised.signal);
  return signals;
}

class Tree {
 public:
  explicit Tree(const StageGraph& graph) {
    for (const auto& node : graph.stages) {
      nodes_.emplace(node.name, &node);
      for (const auto& name : node.requires_) below_.insert(name);
      for (const auto& [listener, signals] : signals_by_listener(node)) below_.insert(listener);
    }
    for (const auto& node : graph.stages) {
      if (!below_.contains(node.name)) draw(node.name, "", "", "");
    }
  }
  std::string take() { return std::move(text_); }

 private:
  struct Branch {
    std::string name;
    std::string by;  ///< "SIGNAL → "
  };

  // `begin` stands before this line, `indent` before those below it.
  void draw(const std::string& name, const std::string& begin, const std::string& by, const std::string& indent) {
    const GraphNode& node = *nodes_.at(name);
    const std::string hosts = hosts_of(node);
    std::vector<Branch> branches;
    for (const auto& required : node.requires_) branches.push_back({required, ""});
    for (const auto& [listener, signals] : signals_by_listener(node))
      branches.push_back({listener, join(signals, ", ") + " → "});
    const bool is_above = !branches.empty() && !drawn_.insert(name).second;
    text_ += begin + by + name + (hosts.empty() ? "" : fmt::format(" ({})", hosts)) + (is_above ? " …" : "") + "\n";
    if (is_above) return;
    for (std::size_t i = 0; i < branches.size(); ++i) {
      const bool is_last = i + 1 == branches.size();
      draw(branches[i].name, indent + (is_last ? "└── " : "├── "), branches[i].by,
           indent + (is_last ? "    " : "│   "));
    }
  }

  std::map<std::string, const GraphNode*> nodes_;
  std::set<std::string> below_;  ///< what stands below another
  std::set<std::string> drawn_;
  std::string text_;
};

std::string in_quotes(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\n') {
      quoted += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

List names(const std::vector<std::string>& words) { return {words.begin(), words.end()}; }

}  // namespace

StageGraph graph_of(const std::vector<StageTurn>& order) {
  StageGraph graph;
  for (const auto& turn : order) {
    const Stage& stage = *turn.stage;
    const std::string doc = stage.doc();
    GraphNode node{.name = stage.name(),
                   .doc = doc.substr(0, doc.find('\n')),
                   .pattern = stage.hosts(),
                   .requires_ = stage.required()};
    for (const auto& signal : stage.listens()) node.listens.push_back(signal.name);
    std::map<std::string, std::vector<std::string>> heard;
    for (const auto& other : order) {
      for (const auto& signal : other.stage->listens())
        if (can_raise(stage, signal.name)) heard[signal.name].push_back(other.stage->name());
    }
    for (auto& [signal, listeners] : heard)
      node.raises.push_back({.signal = signal, .listeners = std::move(listeners)});
    graph.stages.push_back(std::move(node));
  }
  return graph;
}

std::string graph_text(const StageGraph& graph) { return Tree(graph).take(); }

std::string graph_dot(const StageGraph& graph) {
  std::string text = "digraph stages {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const auto& node : graph.stages) {
    const std::string hosts = hosts_of(node);
    text += fmt::format("  {} [label={}, tooltip={}];\n", in_quotes(node.name),
                        in_quotes(node.name + (hosts.empty() ? "" : "\n" + hosts)), in_quotes(node.doc));
  }
  for (const auto& node : graph.stages)
    for (const auto& required : node.requires_)
      text += fmt::format("  {} -> {};\n", in_quotes(required), in_quotes(node.name));
  for (const auto& node : graph.stages)
    for (const auto& [listener, signals] : signals_by_listener(node))
      text += fmt::format("  {} -> {} [label={}, style=dashed];\n", in_quotes(node.name), in_quotes(listener),
                          in_quotes(join(signals, ", ")));
  return text + "}\n";
}

Value graph_value(const StageGraph& graph) {
  List stages;
  for (const auto& node : graph.stages) {
    Map stage;
    stage.set("name", node.name);
    stage.set("doc", node.doc);
    if (!node.pattern.empty()) stage.set("pattern", node.pattern);
    if (node.hosts) stage.set("hosts", names(*node.hosts));
    stage.set("requires", names(node.requires_));
    stage.set("on", names(node.listens));
    List raises;
    for (const auto& raised : node.raises) {
      Map signal;
      signal.set("signal", raised.signal);
      signal.set("heard_by", names(raised.listeners));
      raises.emplace_back(std::move(signal));
    }
    stage.set("raises", std::move(raises));
    stages.emplace_back(std::move(stage));
  }
  Map answer;
  answer.set("stages", std::move(stages));
  return answer;
}

}  // namespace espresso
