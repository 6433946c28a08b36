#pragma once

#include "run/event.h"

#include <chrono>
#include <functional>
#include <iosfwd>
#include <memory>

namespace espresso {

/// For programs: one event a line, as a JSON object in UTF-8 (broken UTF-8 becomes U+FFFD). Keys without a value are
/// left out. `out` is flushed after each line and must outlive the reporter.
///
///   event        run_started, host_connecting, host_connected, stage_started, operation_started, operation_finished,
///                stage_finished, host_finished, taken_back, notice, run_finished
///   time         when it was told, RFC 3339 in UTC with milliseconds: "2026-01-31T09:30:00.250Z"
///   host, stage  where it happened
///   index        operation_*: the operation's number within its host's run, from 0
///   helper       operation_finished: "fs.ensure_file"
///   title        operation_*: "fs.ensure_file /etc/motd", or the name it was given
///   outcome      *_finished: ok, changed, failed, skipped, unreachable, would-change, unknown (of a run: not told)
///   message      why it failed, was skipped or is unknown; the notice
///   hint         what to do about it
///   location     operation_finished: file:line:column of the call, or of the first of `mistakes`
///   called_from  operation_finished: of a call in a component, where that is called, innermost first; with `mistakes`
///                the call itself comes before these
///   mistakes     operation_finished: [{"location", "message", "hint", "text"}], what is wrong in the user's files and
///                shows only with what the host told; `text` is as the text format tells it
///   differences  operation_finished: [{"what", "from", "to"}], what was not as wanted
///   diff         operation_finished: unified diff, when asked for
///   stdout, stderr, exit_status   operation_finished: of the command that ran
///   tries        operation_finished: how often it was tried, of one that is tried again
///   ignored      operation_finished: true when it failed and its errors are ignored
///   rescued      operation_finished: true when it failed and its stage goes on with `rescue`; host_finished: how many
///   of
///                these, not in `counts`, had their stages rescued
///   sensitive    operation_finished: true when arguments, output and diff are withheld
///   counts       host_finished: {"ok": 4, "changed": 2}, operations by outcome
///   duration     host_connected, operation_finished, host_finished, run_finished: seconds
///   operations, files             taken_back: the titles of what had changed something, and the paths that were put
///                                 back
///   hosts, stages, stage_hosts    run_started: names; {stage: [host]}
///   stage_batches                 run_started: {stage: [how many of its hosts are in each batch]}, where it rolls
///   check        run_*: true when nothing is changed
///   interrupted  run_finished: true when the run was interrupted
std::unique_ptr<Reporter> make_json_reporter(
    std::ostream& out, std::function<std::chrono::system_clock::time_point()> now = &std::chrono::system_clock::now);

}  // namespace espresso
