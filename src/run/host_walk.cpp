#include "core/text.h"
#include "run/host_run.h"

#include <fmt/format.h>

// The half of HostRun that binds calls and sends operations, as far ahead of the answers as it can.

namespace espresso {

namespace {

// Operations sent ahead of their answers: enough to hide any latency, few enough to keep memory small.
constexpr std::size_t most_outstanding = 256;

}  // namespace

HostRun::Block HostRun::advance() {
  if (failed_ || context_.interrupts > 0) return Block::finished;
  if (!again_.empty()) {
    if (!outstanding_.empty()) return Block::answers;
    send_again();
  }
  Block block = Block::none;
  while (block == Block::none && outstanding_.size() + next_.size() < most_outstanding) block = bind_next();
  send_next();
  return block == Block::none ? Block::answers : block;
}

HostRun::Block HostRun::bind_next() {
  if (walk_ended_ || stage_ == plan_.stages.size()) return Block::finished;
  if (!stage_begun_) return begin_stage();
  if (call_ < plan_.stages[stage_].calls.size()) return begin_call();
  ++stage_;
  call_ = 0;
  stage_begun_ = false;
  return Block::none;
}

void HostRun::send_next() {
  std::vector<std::string> paths;
  std::vector<LookedInto> files;
  for (const auto& pending : next_) {
    if (!pending.operation) continue;
    for (const auto& path : pending.operation->paths) {
      paths.push_back(path);
      if (pending.operation->content) files.push_back({.path = path, .size = pending.operation->content->size});
    }
  }
  // One alone is looked at as cheaply by its own check.
  if (paths.size() > 1) runner_->look_ahead(files, paths);
  for (; !next_.empty(); next_.pop_front()) send(std::move(next_.front()));
}

// Whether the stage may begin; it is left out when what it requires on other hosts failed there.
HostRun::Block HostRun::begin_stage() {
  const Stage& stage = *plan_.stages[stage_].stage;
  for (const auto& required : stage.required()) {
    bool is_own = false;
    std::string why;
    for (std::size_t i = 0; i < plan_.stages.size(); ++i) {
      if (plan_.stages[i].stage->name() != required) continue;
      is_own = true;
      if (stage_skipped_[i]) why = fmt::format("requires '{}', which was skipped", required);
    }
    if (!is_own && context_.board.knows(required)) {
      if (!context_.board.is_finished(required)) return Block::other_hosts;
      if (const auto& hosts = context_.board.failed_on(required); !hosts.empty())
        why = fmt::format("requires '{}', which did not succeed on {}", required, fold_names(hosts));
    }
    if (why.empty()) continue;
    if (!is_idle()) return Block::answers;  // told in its turn
    finish_stages();
    stage_skipped_[stage_] = true;
    finish_stage(stage_, false, why);
    ++stage_;
    return Block::none;
  }
  stage_begun_ = true;
  return Block::none;
}

HostRun::Block HostRun::begin_call() {
  const auto& call = plan_.stages[stage_].calls[call_];
  auto run = std::make_shared<CallRun>();
  run->call = call;
  run->stage = stage_;
  Binding binding;
  try {
    binding = context_.binder.bind(call, scope_);
  } catch (const Mistakes& mistakes) {
    const Diagnostic& first = mistakes.diagnostics().front();
    add_known(run, Outcome::failed, first.message + (first.hint.empty() ? "" : "; " + first.hint));
    ++call_;
    return Block::none;
  }
  if (binding.deferred) {
    const Deferred& deferred = *binding.deferred;
    if (deferred.name == "facts" && !facts_known_) {
      if (!facts_asked_) runner_->ask_for_facts();
      facts_asked_ = true;
      return Block::facts;
    }
    const bool never = never_known_.contains(deferred.name);
    if (!never && !is_idle()) return Block::answers;
    if (never)
      add_known(run, Outcome::unknown, fmt::format("depends on '{}', which check mode does not run", deferred.name));
    else
      add_known(run, Outcome::failed, fmt::format("depends on {}, which is not known", deferred.reason));
  } else if (binding.skipped) {
    add_known(run, Outcome::skipped, "when: " + binding.skip_reason);
  } else if (binding.operations.empty()) {
    add_known(run, Outcome::skipped, "for_each has no items");
  } else {
    run->unanswered = binding.operations.size();
    for (auto& operation : binding.operations) next_.push_back({.call = run, .operation = std::move(operation)});
  }
  ++call_;
  return Block::none;
}

void HostRun::add_known(const std::shared_ptr<CallRun>& call, Outcome outcome, std::string message) {
  call->unanswered = 1;
  Result result = result_without_answer(*call->call, call->call->name, outcome, std::move(message));
  result.ignored = outcome == Outcome::failed && call->call->ignore_errors;
  walk_ended_ = walk_ended_ || (outcome == Outcome::failed && !result.ignored);
  next_.push_back({.call = call, .operation = nullptr, .result = std::move(result)});
}

void HostRun::send(Pending pending) {
  if (pending.operation) {
    const Call& call = *pending.call->call;
    const OperationFlags flags{.check = context_.options.check,
                               .diff = context_.options.diff && !call.sensitive,
                               .ignore_errors = call.ignore_errors};
    if (!pending.lacks_content && pending.operation->tree) pending.content = pending.operation->tree->manifest();
    runner_->submit(pending.operation, flags, pending.content);
  }
  outstanding_.push_back(std::move(pending));
  if (outstanding_.size() == 1) head_changed();
}

void HostRun::send_again() {
  runner_->resume();
  std::deque<Pending> pending = std::move(again_);
  again_.clear();
  for (auto& one : pending) send(std::move(one));
}

}  // namespace espresso
