#pragma once

#include "helpers/content_cache.h"
#include "helpers/prepared_call.h"
#include "model/mentions.h"
#include "model/storage.h"

namespace espresso {

/// Adds which facts a call uses, as far as it can be told before it is bound: in its expressions, in the templates that
/// it names, and in those that they include. Others are asked for when they are read.
void collect_facts(const PreparedCall& prepared, const Storage* storage, ContentCache& contents, Mentions& into);

}  // namespace espresso
