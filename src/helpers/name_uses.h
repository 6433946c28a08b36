#pragma once

#include "helpers/content_cache.h"
#include "helpers/prepared_call.h"
#include "model/mentions.h"
#include "model/storage.h"

#include <functional>
#include <string_view>

namespace espresso {

// What a call uses, as far as it can be told before it is bound: in its expressions, in the templates that it names,
// and in those that they include. A call of a component: what it gives to it.

/// Calls `found` for each of its texts that uses the name.
void find_uses(std::string_view name, const PreparedCall& prepared, const Storage* storage, ContentCache& contents,
               const std::function<void(const Span&, const Mentions&)>& found);

/// Adds which facts it uses. Others are asked for when they are read.
void collect_facts(const PreparedCall& prepared, const Storage* storage, ContentCache& contents, Mentions& into);

}  // namespace espresso
