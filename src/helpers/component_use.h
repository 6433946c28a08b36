#pragma once

#include "helpers/operation.h"
#include "helpers/prepared_call.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

// What binding calls of helpers and of components share, and what is special to components.

/// The first line of a text, shortened: what titles are made of.
std::string in_one_line(std::string_view text);
/// The title that the call's `name` gives it.
std::string own_title(const Call& call, const Scope& scope, Evaluator& evaluator);
/// The user that its `as` names; empty when it has none.
std::string user_of(const Call& call, const Scope& scope, Evaluator& evaluator);
/// The host that its `delegate` names; empty when it has none.
std::string delegate_of(const Call& call, const Scope& scope, Evaluator& evaluator);
/// The items of its `for_each`.
List items_of(const Call& call, const Scope& scope, Evaluator& evaluator);

/// The component's calls as this call makes them: it hands its timeout, retries, `sensitive`, `ignore_errors` and tags
/// down (and its user and host: ComponentUse).
std::vector<std::shared_ptr<const Call>> calls_within(const Call& call, const Helper& component);

/// Binds a call of a component. `outer`: the component it is part of, if it is.
Binding use_component(const PreparedCall& prepared, const Scope& scope, const ComponentUse* outer,
                      Evaluator& evaluator);

}  // namespace espresso
