#include "model/stage.h"

#include "core/text.h"
#include "model/built_in_signals.h"
#include "model/circles.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <unordered_set>

namespace espresso {

bool can_raise(const Stage& stage, std::string_view signal) {
  if (signal == signal_of_change(stage) || signal == signal_of_failure(stage)) return true;
  const auto all = stage.all_raised();
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.name == signal; });
}

std::vector<std::string> own_signals(const Stage& stage) {
  std::vector<std::string> names;
  for (const auto& signal : stage.listens())
    if (signal.from.empty()) names.push_back(signal.name);
  return names;
}

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
  check_signals(diagnostics);
  check_circles(diagnostics);
}

namespace {

// A stage that listens to lost hosts is in every run, and its last one. What comes after it would wait for the end.
void check_last(const Stage& stage, const std::vector<std::shared_ptr<const Stage>>& stages, Diagnostics& diagnostics) {
  const std::string name = stage.name();
  for (const auto& signal : stage.listens()) {
    if (signal.name == signal_of_lost_host && signal.from.empty())
      diagnostics.add(signal.span,
                      fmt::format("'{}' is heard on other hosts: a host that is lost runs nothing", signal.name),
                      fmt::format("name the hosts: {{signal: {}, from: all}}", signal.name));
  }
  if (!stage.required().empty())
    diagnostics.add(stage.required_span(0),
                    fmt::format("'{}' listens to '{}' and is in every run, and so would be what it requires", name,
                                signal_of_lost_host),
                    "do all of it in one stage");
  for (const auto& other : stages) {
    const auto required = other->required();
    for (std::size_t i = 0; i < required.size(); ++i) {
      if (required[i] == name)
        diagnostics.add(
            other->required_span(i),
            fmt::format("'{}' listens to '{}' and runs last: nothing can require it", name, signal_of_lost_host));
    }
    for (const auto& signal : other->listens()) {
      if (can_raise(stage, signal.name))
        diagnostics.add(signal.span, fmt::format("'{}' listens to '{}' and runs last: nothing can listen to it", name,
                                                 signal_of_lost_host));
    }
  }
}

}  // namespace

void Stages::check_signals(Diagnostics& diagnostics) const {
  std::vector<std::string> raised, heard;
  for (const auto& stage : stages_) {
    for (const auto& signal : stage->all_raised()) raised.push_back(signal.name);
    for (const auto& signal : stage->listens()) heard.push_back(signal.name);
  }
  for (const auto& stage : stages_) {
    if (listens_to_lost_hosts(*stage)) check_last(*stage, stages_, diagnostics);
    for (const auto& signal : stage->listens()) {
      if (signal.name == signal_of_lost_host) continue;
      const auto raises_it = [&](const auto& other) { return can_raise(*other, signal.name); };
      if (std::any_of(stages_.begin(), stages_.end(), raises_it)) continue;
      auto nearest = did_you_mean(signal.name, raised);
      diagnostics.add(signal.span, fmt::format("no operation raises the signal '{}'", signal.name),
                      nearest.empty() ? fmt::format("raise it with 'signal: {}'", signal.name) : std::move(nearest));
    }
    for (const auto& signal : stage->all_raised()) {
      if (std::find(heard.begin(), heard.end(), signal.name) != heard.end()) continue;
      auto nearest = did_you_mean(signal.name, heard);
      diagnostics.add(signal.span, fmt::format("no stage listens to the signal '{}'", signal.name),
                      nearest.empty() ? fmt::format("let one listen with 'on: {}'", signal.name) : std::move(nearest));
    }
  }
}

void Stages::check_circles(Diagnostics& diagnostics) const {
  std::vector<Linked> required, all;
  for (const auto& stage : stages_) {
    Linked links{.name = stage->name(), .links = {}};
    const auto names = stage->required();
    for (std::size_t i = 0; i < names.size(); ++i)
      links.links.push_back({.from = stage->name(), .to = names[i], .span = stage->required_span(i)});
    required.push_back(links);
    for (const auto& signal : stage->listens()) {
      for (const auto& other : stages_) {
        if (can_raise(*other, signal.name))
          links.links.push_back({.from = stage->name(), .to = other->name(), .span = signal.span});
      }
    }
    all.push_back(std::move(links));
  }
  const auto circles = find_circles(required);
  for (const auto& circle : circles) {
    if (circle.size() == 1)
      diagnostics.add(circle[0].span, fmt::format("stage '{}' requires itself", circle[0].to));
    else
      diagnostics.add(
          tell_circle(circle, "stages require each other in a circle", "requires", "remove one of these requirements"));
  }
  if (!circles.empty()) return;
  for (const auto& circle : find_circles(all)) {
    if (circle.size() == 1)
      diagnostics.add(circle[0].span, fmt::format("stage '{}' listens to a signal that it raises", circle[0].to));
    else
      diagnostics.add(tell_circle(circle, "stages wait for each other in a circle of requirements and signals",
                                  "comes after", "remove one of these"));
  }
}

bool Stages::listens_to(const Stage& listener, const Stage& raiser) const {
  const auto signals = listener.listens();
  return std::any_of(signals.begin(), signals.end(), [&](const auto& one) { return can_raise(raiser, one.name); });
}

std::vector<std::shared_ptr<const Stage>> Stages::listeners() const {
  std::vector<std::shared_ptr<const Stage>> found;
  for (const auto& stage : stages_)
    if (!stage->listens().empty()) found.push_back(stage);
  return found;
}

std::vector<std::string> Stages::signals_of(const Stage& stage) const {
  std::vector<std::string> signals;
  for (const auto& signal : stage.raises()) signals.push_back(signal.name);
  const std::string changed = signal_of_change(stage);
  for (const auto& listener : stages_) {
    for (const auto& signal : listener->listens()) {
      if (signal.name != changed) continue;
      signals.push_back(changed);
      return signals;
    }
  }
  return signals;
}

namespace {

// Finds the order of a run: first which stages there are, then which follows which.
class Ordering {
 public:
  using Pointer = std::shared_ptr<const Stage>;
  using Hears = std::function<bool(const Stage& listener, const Stage& raiser)>;
  Ordering(const Stages& stages, Hears hears) : stages_(stages), hears_(std::move(hears)) {
    listeners_ = stages.listeners();
  }

  void ask_for(const Pointer& stage) { need(stage, false); }
  std::vector<StageTurn> take() {
    for (const auto& listener : listeners_)
      if (listens_to_lost_hosts(*listener)) need(listener, true);
    for (const auto& stage : needed_)
      if (!listens_to_lost_hosts(*stage)) place(stage);
    for (const auto& stage : needed_)
      if (listens_to_lost_hosts(*stage)) place(stage);
    return std::move(turns_);
  }

 private:
  void need(const Pointer& stage, bool only_on_signal) {
    const auto [known, is_new] = only_on_signal_.emplace(stage->name(), only_on_signal);
    if (!is_new && (only_on_signal || !known->second)) return;
    known->second = only_on_signal;
    for (const auto& name : stage->required())
      if (const auto required = stages_.find(name)) need(required, false);
    if (!is_new) return;
    needed_.push_back(stage);
    for (const auto& listener : listeners_)
      if (hears_(*listener, *stage)) need(listener, true);
  }

  void place(const Pointer& stage) {
    if (!placed_.insert(stage->name()).second) return;
    for (const auto& name : stage->required())
      if (const auto required = stages_.find(name)) place(required);
    if (!stage->listens().empty()) {
      for (const auto& raiser : needed_)
        if (hears_(*stage, *raiser)) place(raiser);
    }
    turns_.push_back({.stage = stage, .only_on_signal = only_on_signal_.at(stage->name())});
    ended_.insert(stage->name());
    for (const auto& listener : listeners_)
      if (hears_(*listener, *stage) && !listens_to_lost_hosts(*listener) && has_heard_all(*listener)) place(listener);
  }

  bool has_heard_all(const Stage& listener) const {
    return std::all_of(needed_.begin(), needed_.end(), [&](const Pointer& raiser) {
      return !hears_(listener, *raiser) || ended_.contains(raiser->name());
    });
  }

  const Stages& stages_;
  Hears hears_;
  std::vector<Pointer> listeners_;
  std::map<std::string, bool> only_on_signal_;
  std::vector<Pointer> needed_;
  std::unordered_set<std::string> placed_, ended_;
  std::vector<StageTurn> turns_;
};

}  // namespace

std::vector<StageTurn> Stages::order(const std::vector<std::string>& targets, std::string_view option) const {
  // What was written on the command line, so that the message can point into it.
  const auto words = std::make_shared<Source>(Source{std::string(option), join(targets, " ")});
  Diagnostics diagnostics;
  Ordering ordering(*this, [this](const Stage& listener, const Stage& raiser) { return listens_to(listener, raiser); });
  std::size_t offset = 0;
  for (const auto& target : targets) {
    if (const auto stage = find(target)) {
      ordering.ask_for(stage);
    } else {
      diagnostics.add(span_at(words, offset, target.size()), fmt::format("there is no stage '{}'", target),
                      did_you_mean(target, names()));
    }
    offset += target.size() + 1;
  }
  diagnostics.throw_if_any();
  return ordering.take();
}

}  // namespace espresso
