#include "run/host_run.h"

// The part of HostRun that waits for its turn before the host is touched: who has not begun holds no session.

namespace espresso {

namespace {

// Whether hosts take turns in the stage without any of them having to be there first, as one that does it for all must.
bool takes_turns(const StageTerms& terms) {
  return (!terms.rolling.empty() || terms.throttle > 0) && !terms.run_once && !terms.barrier;
}

}  // namespace

// Whether the walk begins with a stage in which hosts take turns.
bool HostRun::begins_in_turn() const {
  if (context_.steps || context_.options.left_signals || asks_for_facts() || stage_ == plan_.stages.size())
    return false;
  const StagePlan& first = plan_.stages[stage_];
  return takes_turns(first.stage->terms()) && !first.only_on_signal;
}

// What listens to nothing but what this host raises has nothing to hear when all before it was left out.
void HostRun::pass_by_listeners() {
  while (stage_ > 0 && stage_ < plan_.stages.size()) {
    const StagePlan& stage = plan_.stages[stage_];
    if (!stage.only_on_signal || own_signals(*stage.stage).size() < stage.stage->listens().size()) return;
    stage_quiet_[stage_] = true;
    finish_stage(stage_, StageEnd::through);
    go_to_next_stage();
  }
}

// Whether anything is left to do once its turn has come, or never will.
awaitable<bool> HostRun::come_to_turn() {
  while (begins_in_turn() && context_.interrupts == 0) {
    const StagePlan& stage = plan_.stages[stage_];
    Ruling ruling = ask_others(stage);
    if (ruling.kind == Ruling::Kind::yes) ruling = context_.board.gate(stage.stage->name())->may_begin(number_);
    if (ruling.kind == Ruling::Kind::yes) break;
    if (ruling.kind == Ruling::Kind::wait) {
      co_await wait_for_others();
      continue;
    }
    stage_skipped_[stage_] = true;
    finish_stage(stage_, StageEnd::skipped, ruling.why);
    go_to_next_stage();
    pass_by_listeners();
  }
  co_return stage_ == 0 || stage_ < plan_.stages.size();
}

}  // namespace espresso
