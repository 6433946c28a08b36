#include "model/circles.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace espresso {

namespace {

// Walks depth first; a link back to what is under way closes a circle.
class CircleFinder {
 public:
  explicit CircleFinder(const std::vector<Linked>& things) {
    for (const auto& thing : things) nodes_[thing.name] = {.thing = &thing, .rank = nodes_.size()};
    for (const auto& thing : things) visit(nodes_.at(thing.name));
  }
  std::vector<std::vector<Reference>> take() { return std::move(circles_); }

 private:
  struct Node {
    const Linked* thing = nullptr;
    std::size_t rank = 0;
    enum class State { unseen, under_way, done } state = State::unseen;
  };

  void visit(Node& node) {
    if (node.state != Node::State::unseen) return;
    node.state = Node::State::under_way;
    for (const auto& link : node.thing->links) {
      const auto next = nodes_.find(link.to);
      if (next == nodes_.end()) continue;
      path_.push_back(&link);
      if (next->second.state == Node::State::under_way) keep_circle(link.to);
      visit(next->second);
      path_.pop_back();
    }
    node.state = Node::State::done;
  }

  // The path's end, from the link that leaves `start` on, is a circle.
  void keep_circle(const std::string& start) {
    auto first = path_.begin();
    while ((*first)->from != start) ++first;
    std::vector<Reference> circle;
    for (; first != path_.end(); ++first) circle.push_back(**first);
    const auto by_rank = [&](const Reference& a, const Reference& b) {
      return nodes_.at(a.from).rank < nodes_.at(b.from).rank;
    };
    std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end(), by_rank), circle.end());
    circles_.push_back(std::move(circle));
  }

  std::map<std::string, Node> nodes_;
  std::vector<const Reference*> path_;
  std::vector<std::vector<Reference>> circles_;
};

}  // namespace

std::vector<std::vector<Reference>> find_circles(const std::vector<Linked>& things) {
  return CircleFinder(things).take();
}

Diagnostic tell_circle(const std::vector<Reference>& circle, const std::string& message, const std::string& verb,
                       const std::string& hint) {
  std::string names = circle.front().from;
  std::vector<Diagnostic::Note> notes;
  for (const auto& link : circle) {
    names += " -> " + link.to;
    if (&link != &circle.front()) notes.push_back({link.span, fmt::format("'{}' {} '{}'", link.from, verb, link.to)});
  }
  return {.span = circle.front().span,
          .message = fmt::format("{}: {}", message, names),
          .hint = hint,
          .notes = std::move(notes)};
}

}  // namespace espresso
