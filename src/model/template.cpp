#include "model/template.h"

#include "model/template_translator.h"

namespace espresso {

Template Template::parse(std::shared_ptr<const Source> source, Diagnostics& diagnostics) {
  auto chunk = std::make_shared<LuaChunk>();
  chunk->text = source->text;
  chunk->span = {.source = std::move(source), .line = 1, .column = 1};
  TemplateTranslator(*chunk, diagnostics).translate();
  Template result;
  result.compiled_ = std::move(chunk);
  return result;
}

const Source& Template::source() const { return *compiled_->span.source; }

bool Template::mentions(std::string_view name) const { return compiled_->mentions_name(name); }
void Template::collect(std::string_view name, Mentions& into) const { compiled_->collect(name, into); }
const std::vector<std::string>& Template::includes() const { return compiled_->includes; }

}  // namespace espresso
