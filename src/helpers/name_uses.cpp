#include "helpers/name_uses.h"

#include "core/error.h"

#include <set>

namespace espresso {

namespace {

class Uses {
 public:
  Uses(std::string_view name, const Storage* storage, ContentCache& contents,
       const std::function<void(const Span&, const Mentions&)>& found)
      : name_(name), storage_(storage), contents_(contents), found_(found) {}

  template <typename Text>
  void look_at(const Text& text) {
    Mentions mentions;
    text.collect(name_, mentions);
    tell(text.span(), mentions);
  }

  // Mistakes are told when the template is rendered.
  void look_at_template(const std::string& file, const Span& span) {
    Mentions mentions;
    std::set<std::string> seen;
    collect_in(file, seen, mentions);
    tell(span, mentions);
  }

 private:
  void collect_in(const std::string& file, std::set<std::string>& seen, Mentions& into) {
    if (file.empty() || !seen.insert(file).second) return;
    try {
      const Template& text = contents_.template_of(*find_item(storage_, file, {}), {});
      text.collect(name_, into);
      for (const auto& included : text.includes()) collect_in(included, seen, into);
    } catch (const Mistakes&) {
    } catch (const Error&) {
    }
  }

  void tell(const Span& span, const Mentions& mentions) {
    if (mentions.whole || !mentions.keys.empty()) found_(span, mentions);
  }

  std::string_view name_;
  const Storage* storage_;
  ContentCache& contents_;
  const std::function<void(const Span&, const Mentions&)>& found_;
};

}  // namespace

void find_uses(std::string_view name, const PreparedCall& prepared, const Storage* storage, ContentCache& contents,
               const std::function<void(const Span&, const Mentions&)>& found) {
  Uses uses(name, storage, contents, found);
  const Call& call = *prepared.call;
  if (call.title) uses.look_at(*call.title);
  if (call.when) uses.look_at(*call.when);
  if (call.for_each) uses.look_at(*call.for_each);
  if (call.as) uses.look_at(*call.as);
  if (call.delegate) uses.look_at(*call.delegate);
  if (call.retry && call.retry->until) uses.look_at(*call.retry->until);
  for (const auto& argument : prepared.arguments) {
    const Computed& value = argument.argument->value;
    uses.look_at(value);
    for (const auto& condition : argument.conditions) uses.look_at(condition);
    if (argument.parameter->type == ParameterType::template_ && value.is_constant())
      uses.look_at_template(value.text(), argument.span());
  }
}

void collect_facts(const PreparedCall& prepared, const Storage* storage, ContentCache& contents, Mentions& into) {
  find_uses("facts", prepared, storage, contents, [&into](const Span&, const Mentions& mentions) {
    into.whole = into.whole || mentions.whole;
    into.keys.insert(mentions.keys.begin(), mentions.keys.end());
    into.parts.insert(into.parts.end(), mentions.parts.begin(), mentions.parts.end());
  });
}

}  // namespace espresso
