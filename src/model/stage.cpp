#include "model/stage.h"

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

namespace espresso {

namespace {

// Walks the requirements depth first and tells each circle once, beginning with its stage that was defined first.
class CircleFinder {
 public:
  CircleFinder(const Stages& stages, Diagnostics& diagnostics) : diagnostics_(diagnostics) {
    for (const auto& stage : stages.all()) nodes_[stage->name()] = {.stage = stage.get(), .rank = nodes_.size()};
    for (const auto& stage : stages.all()) visit(nodes_.at(stage->name()));
  }

 private:
  struct Node {
    const Stage* stage = nullptr;
    std::size_t rank = 0;
    enum class State { unseen, under_way, done } state = State::unseen;
  };
  struct Edge {
    const Node* from;
    std::size_t requirement;
    std::string to;
  };

  void visit(Node& node) {
    if (node.state != Node::State::unseen) return;
    node.state = Node::State::under_way;
    const auto required = node.stage->required();
    for (std::size_t i = 0; i < required.size(); ++i) {
      const auto next = nodes_.find(required[i]);
      if (next == nodes_.end()) continue;
      path_.push_back({&node, i, required[i]});
      if (next->second.state == Node::State::under_way) report(next->second);
      visit(next->second);
      path_.pop_back();
    }
    node.state = Node::State::done;
  }

  // The path's end, from the edge that leaves `start` on, is a circle.
  void report(const Node& start) {
    auto first = path_.begin();
    while (first->from != &start) ++first;
    std::vector<Edge> circle(first, path_.end());
    const auto by_rank = [](const Edge& a, const Edge& b) { return a.from->rank < b.from->rank; };
    std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end(), by_rank), circle.end());
    const auto span = [](const Edge& edge) { return edge.from->stage->required_span(edge.requirement); };
    if (circle.size() == 1) {
      diagnostics_.add(span(circle[0]), fmt::format("stage '{}' requires itself", circle[0].to));
      return;
    }
    std::string names = circle[0].from->stage->name();
    std::vector<Diagnostic::Note> notes;
    for (const auto& edge : circle) {
      names += " -> " + edge.to;
      if (&edge != &circle.front()) {
        notes.push_back({span(edge), fmt::format("'{}' requires '{}'", edge.from->stage->name(), edge.to)});
      }
    }
    diagnostics_.add({.span = span(circle[0]),
                      .message = "stages require each other in a circle: " + names,
                      .hint = "remove one of these requirements",
                      .notes = std::move(notes)});
  }

  Diagnostics& diagnostics_;
  std::map<std::string, Node> nodes_;
  std::vector<Edge> path_;
};

}  // namespace

void Stages::add(std::shared_ptr<const Stage> stage, Diagnostics& diagnostics) {
  if (const auto first = find(stage->name())) {
    const Span place = first->span();
    diagnostics.add({.span = stage->span(),
                     .message = fmt::format("stage '{}' is defined twice", stage->name()),
                     .notes = {{place, place.source ? "first defined here" : "first defined by the program"}}});
    return;
  }
  stages_.push_back(std::move(stage));
}

std::shared_ptr<const Stage> Stages::find(std::string_view name) const {
  const auto found = std::find_if(stages_.begin(), stages_.end(), [&](const auto& s) { return s->name() == name; });
  return found == stages_.end() ? nullptr : *found;
}

std::vector<std::string> Stages::names() const {
  std::vector<std::string> names;
  for (const auto& stage : stages_) names.push_back(stage->name());
  return names;
}

void Stages::check(Diagnostics& diagnostics) const {
  for (const auto& stage : stages_) {
    const auto required = stage->required();
    for (std::size_t i = 0; i < required.size(); ++i) {
      if (find(required[i])) continue;
      diagnostics.add(stage->required_span(i),
                      fmt::format("stage '{}' requires '{}', which does not exist", stage->name(), required[i]),
                      did_you_mean(required[i], names()));
    }
  }
  CircleFinder(*this, diagnostics);
}

std::vector<std::shared_ptr<const Stage>> Stages::order(const std::vector<std::string>& targets,
                                                        std::string_view option) const {
  // What was written on the command line, so that the message can point into it.
  const auto words = std::make_shared<Source>(Source{std::string(option), join(targets, " ")});
  Diagnostics diagnostics;
  std::vector<std::shared_ptr<const Stage>> ordered;
  std::unordered_set<std::string> seen;
  const auto visit = [&](const auto& self, const std::shared_ptr<const Stage>& stage) -> void {
    if (!seen.insert(stage->name()).second) return;
    for (const auto& name : stage->required()) {
      if (const auto required = find(name)) self(self, required);
    }
    ordered.push_back(stage);
  };
  std::size_t offset = 0;
  for (const auto& target : targets) {
    if (const auto stage = find(target)) {
      visit(visit, stage);
    } else {
      diagnostics.add(span_at(words, offset, target.size()), fmt::format("there is no stage '{}'", target),
                      did_you_mean(target, names()));
    }
    offset += target.size() + 1;
  }
  diagnostics.throw_if_any();
  return ordered;
}

}  // namespace espresso
