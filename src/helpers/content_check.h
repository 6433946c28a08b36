#pragma once

#include "helpers/content_cache.h"
#include "helpers/prepared_call.h"
#include "model/storage.h"

namespace espresso {

/// What a constant argument names in storage: that it is there, and of a template, that it and those that it includes
/// read well. Nothing is said of arguments that name nothing there.
void check_content(const PreparedArgument& argument, const Storage& storage, ContentCache& contents,
                   Diagnostics& diagnostics);

}  // namespace espresso
