#pragma once

#include "model/stage.h"
#include "model/value.h"

#include <optional>
#include <string>
#include <vector>

namespace espresso {

/// How stages follow each other: what each requires, and which signals lead from one to another.
struct StageGraph {
  /// What a stage raises, and who listens.
  struct Raised {
    std::string signal;
    std::vector<std::string> listeners;
  };
  struct Node {
    std::string name;
    std::string doc = {};                                ///< its first line
    std::string pattern = {};                            ///< of hosts
    std::optional<std::vector<std::string>> hosts = {};  ///< of those that are selected; nothing: none are
    std::vector<std::string> requires_ = {};
    std::vector<std::string> listens = {};
    std::vector<Raised> raises = {};  ///< as far as anyone in the graph listens
  };
  std::vector<Node> stages;  ///< in their order
};

/// Of the stages of an order, all others left out.
StageGraph graph_of(const std::vector<StageTurn>& order);

/// A tree: below each stage what it requires, then whom its signals reach. What stands above is not repeated.
std::string graph_text(const StageGraph& graph);
/// For Graphviz: arrows lead from what comes first; those of signals are dashed.
std::string graph_dot(const StageGraph& graph);
Value graph_value(const StageGraph& graph);

}  // namespace espresso
