#include "model/stage.h"

#include "core/text.h"
#include "model/circles.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace espresso {

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
  std::vector<Linked> things;
  for (const auto& stage : stages_) {
    things.push_back({.name = stage->name(), .links = {}});
    const auto required = stage->required();
    for (std::size_t i = 0; i < required.size(); ++i)
      things.back().links.push_back({.from = stage->name(), .to = required[i], .span = stage->required_span(i)});
  }
  for (const auto& circle : find_circles(things)) {
    if (circle.size() == 1)
      diagnostics.add(circle[0].span, fmt::format("stage '{}' requires itself", circle[0].to));
    else
      diagnostics.add(
          tell_circle(circle, "stages require each other in a circle", "requires", "remove one of these requirements"));
  }
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
