#pragma once

#include "run/stage_board.h"
#include "run/workspace.h"

#include <vector>

namespace espresso {

/// What raises signal_of_lost_host, in the place of a stage: a host's end.
inline const std::string end_of_host;

/// Tells the board who will go through which stage, which listeners belong to the batches of a stage, and who listens
/// to what of which hosts. Hosts have the numbers of their plans.
void set_up(StageBoard& board, const std::vector<HostPlan>& plans);

/// The stages right behind this one on the host that do nothing but listen to its signals, or to theirs, and wait for
/// no other host: they belong to its batches.
std::vector<std::string> followers(const HostPlan& plan, std::size_t stage, const StageBoard& board);

}  // namespace espresso
