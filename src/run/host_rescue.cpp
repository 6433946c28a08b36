#include "run/host_run.h"

#include <fmt/format.h>

// The part of HostRun that goes on with a stage's `rescue` and `always`. What follows the operations of such a stage is
// bound and sent when all of them are answered: what comes next depends on them.

namespace espresso {

namespace {

constexpr const char* failed_operation = "failed_operation";

// What `rescue` and `always` see of it.
Value told_of(const Result& result, const std::string& stage) {
  Value value = registered_value({result}, false);
  Map& about = value.edit_map();
  about.set("title", result.title);
  about.set("helper", result.helper);
  about.set("message", result.message);
  about.set("stage", stage);
  return value;
}

}  // namespace

std::size_t HostRun::end_of_section() const {
  const StagePlan& plan = plan_.stages[stage_];
  switch (section_) {
    case Section::run:
      return plan.end_of_run();
    case Section::rescue:
      return plan.end_of_rescue();
    case Section::always:
      break;
  }
  return plan.calls.size();
}

// What the walk is past has nothing left that could follow it.
bool HostRun::can_recover(std::size_t stage) const {
  if (stage != stage_ || stage_ == plan_.stages.size() || section_ == Section::always) return false;
  const StagePlan& plan = plan_.stages[stage_];
  return plan.last > 0 || (section_ == Section::run && plan.rescuing > 0);
}

// The host skips what it was sent after the operation that failed; then follows what is done about it.
void HostRun::recover(const Result& failed) {
  drop_all();
  components_.clear();
  walk_ended_ = false;
  forgo(0, end_of_section());
  if (section_ == Section::run) {
    scope_.set(failed_operation, told_of(failed, plan_.stages[stage_].stage->name()));
    recovery_ = Recovery{.title = failed.title, .may_be_rescued = plan_.stages[stage_].rescuing > 0};
    begin_section(recovery_->may_be_rescued ? Section::rescue : Section::always);
  } else {
    give_up_rescue();
    begin_section(Section::always);
  }
  runner_->resume();
}

// Neither told nor sent: their keys are free again, so that what follows is known by the same in every run.
void HostRun::drop_all() {
  const auto take_back = [this](const Pending& pending) {
    if (pending.key.empty()) return;
    if (const auto given = keys_.find(pending.key.substr(0, pending.key.find('-'))); given != keys_.end())
      --given->second;
  };
  for (auto* line : {&again_, &next_}) {
    for (const auto& pending : *line) take_back(pending);
    line->clear();
  }
  for (auto& pending : outstanding_) {
    if (pending.dropped) continue;
    take_back(pending);
    pending.dropped = true;
    pending.call = std::make_shared<CallRun>(CallRun{.call = {}, .stage = pending.call->stage});
  }
}

// Calls that are not carried out: what they would register is as if a condition had left them out.
void HostRun::forgo(std::size_t first, std::size_t end) {
  for (std::size_t i = first; i < end; ++i) {
    context_.binder.visit(plan_.stages[stage_].calls[i], [this](const auto& call) {
      if (call->register_as.empty() || never_known_.contains(call->register_as)) return;
      try {
        scope_.find(call->register_as);
      } catch (const Deferred&) {
        const Result skipped = result_without_answer(*call, {}, Outcome::skipped, {});
        scope_.set(call->register_as, registered_value({skipped}, call->for_each.has_value()));
      }
    });
  }
}

// Nothing when the stage is at its end.
std::optional<HostRun::Block> HostRun::end_section() {
  if (section_ != Section::always || recovery_) {
    if (!is_idle()) return Block::answers;
  }
  if (section_ == Section::always) {
    if (!recovery_) return std::nullopt;
    recovery_.reset();
    fail_in(stage_);
    return Block::finished;
  }
  if (section_ == Section::run) {
    forgo(plan_.stages[stage_].end_of_run(), plan_.stages[stage_].end_of_rescue());
    scope_.set(failed_operation, Value());
  } else {
    stage_remarks_[stage_] = fmt::format("rescued after '{}' failed", recovery_->title);
    stage_outcomes_[stage_] = stronger(stage_outcomes_[stage_], Outcome::ok);
    outcome_ = stronger(outcome_, Outcome::ok);
    ++rescued_;
    recovery_.reset();
  }
  begin_section(Section::always);
  return Block::none;
}

void HostRun::begin_section(Section section) {
  const StagePlan& plan = plan_.stages[stage_];
  section_ = section;
  call_ = section == Section::rescue ? plan.end_of_run() : plan.end_of_rescue();
}

// The operation that failed has failed for good.
void HostRun::give_up_rescue() {
  if (!recovery_->may_be_rescued) return;
  recovery_->may_be_rescued = false;
  ++counts_[Outcome::failed];
  stage_outcomes_[stage_] = Outcome::failed;
  if (outcome_ != Outcome::unreachable) outcome_ = Outcome::failed;
}

}  // namespace espresso
