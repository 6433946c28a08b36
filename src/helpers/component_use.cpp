#include "helpers/component_use.h"

#include "core/secrets.h"
#include "core/text.h"
#include "helpers/parameter.h"
#include "model/call_file.h"
#include "model/component.h"
#include "model/described.h"
#include "model/tags.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace espresso {

namespace {

constexpr std::size_t title_width = 80;

// What `params` holds of a value that `convert` accepted: of the type that was promised, so that conditions and
// arithmetic need not care how it was written.
Value typed(const Parameter& parameter, const Value& value, const ShellValue& converted) {
  switch (parameter.type) {
    case ParameterType::integer: {
      std::int64_t number = 0;
      std::from_chars(converted.text.data(), converted.text.data() + converted.text.size(), number);
      return number;
    }
    case ParameterType::boolean:
      return converted.text == "true";
    case ParameterType::list:
      return List(converted.words.begin(), converted.words.end());
    case ParameterType::map:
      return value;
    default:
      return value.is_item() ? value : Value(value.to_text());
  }
}

class Use {
 public:
  Use(const PreparedCall& prepared, Evaluator& evaluator, Binding& binding)
      : prepared_(prepared), call_(*prepared.call), evaluator_(evaluator), binding_(binding) {}

  void fill(ComponentUse& use, const ComponentUse* outer) {
    use.calls = prepared_.calls;
    use.title = (outer ? outer->title : "") + title(use.outside);
    use.user = known(user_of, use.outside);
    if (use.user.empty() && outer) use.user = outer->user;
    use.delegate = known(delegate_of, use.outside);
    if (use.delegate.empty() && outer) use.delegate = outer->delegate;
    use.scope.set("params", params(use.outside));
  }

 private:
  std::string title(const Scope& scope) {
    if (!call_.title) return {};
    try {
      return own_title(call_, scope, evaluator_) + ": ";
    } catch (const Deferred& deferred) {
      binding_.awaits.push_back(deferred);
      return in_one_line(call_.name) + ": ";
    }
  }

  // Never as another user, or on another host, than was meant.
  std::string known(std::string (*of)(const Call&, const Scope&, Evaluator&), const Scope& scope) {
    try {
      return of(call_, scope, evaluator_);
    } catch (const Deferred& deferred) {
      if (!binding_.deferred) binding_.deferred = deferred;
      return {};
    }
  }

  // Every parameter has an entry, so that reading one that was not given is no mistake, and misspelling one is.
  Value params(const Scope& scope) {
    Diagnostics diagnostics;
    Map params;
    for (const auto& parameter : prepared_.helper->parameters) {
      Value value;
      if (parameter.default_value)
        value = typed(parameter, *parameter.default_value,
                      convert(parameter, *parameter.default_value, {}, diagnostics).value_or(ShellValue{}));
      params.set(parameter.name, std::move(value));
    }
    for (const auto& argument : prepared_.arguments) {
      try {
        const Value value = evaluator_.evaluate(argument.argument->value, scope);
        set(params, argument, value, diagnostics);
      } catch (const Mistakes& mistakes) {
        diagnostics.add(mistakes);
      } catch (const Deferred& deferred) {
        params.set(argument.parameter->name, Value(deferred));
        binding_.awaits.push_back(deferred);
      }
    }
    diagnostics.throw_if_any();
    return params;
  }

  void set(Map& params, const PreparedArgument& argument, const Value& value, Diagnostics& diagnostics) {
    const Parameter& parameter = *argument.parameter;
    if (!value.is_null()) {
      if (const auto converted = convert(parameter, value, argument.span(), diagnostics))
        params.set(parameter.name, typed(parameter, value, *converted));
    } else if (parameter.required) {
      diagnostics.add(argument.span(), fmt::format("component '{}' needs the parameter '{}', and this is null",
                                                   prepared_.helper->name, parameter.name));
    }
  }

  const PreparedCall& prepared_;
  const Call& call_;
  Evaluator& evaluator_;
  Binding& binding_;
};

}  // namespace

std::string in_one_line(std::string_view text) {
  // Half a secret at the end is recognized nowhere else.
  const std::string masked = known_secrets().mask(text);
  text = trim(masked);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return clip(text, title_width);
  return clip(std::string(trim(text.substr(0, end))) + "…", title_width);
}

std::string own_title(const Call& call, const Scope& scope, Evaluator& evaluator) {
  // The name may be computed of what must not be shown: then it stands as it was written.
  if (call.sensitive && !call.title->is_constant()) return in_one_line(call.name);
  return in_one_line(evaluator.evaluate(*call.title, scope).to_text());
}

std::string user_of(const Call& call, const Scope& scope, Evaluator& evaluator) {
  if (!call.as) return {};
  const Value value = evaluator.evaluate(*call.as, scope);
  if (value.is_null()) return {};
  const bool is_text = value.is_string() || value.is_number();
  if (is_text && is_user_name(value.to_text())) return value.to_text();
  const std::string what = is_text ? fmt::format("'{}'", printable(value.to_text())) : described(value);
  throw Mistakes({.span = call.as->span(), .message = "'as' takes the name of a user, and this is " + what});
}

std::string delegate_of(const Call& call, const Scope& scope, Evaluator& evaluator) {
  if (!call.delegate) return {};
  const Value value = evaluator.evaluate(*call.delegate, scope);
  if (value.is_null()) return {};
  if (value.is_string() && !value.as_string().empty()) return value.as_string();
  throw Mistakes({.span = call.delegate->span(),
                  .message = "'delegate' takes the name of a host, and this is " + described(value),
                  .hint = {}});
}

List items_of(const Call& call, const Scope& scope, Evaluator& evaluator) {
  const Value items = evaluator.evaluate(*call.for_each, scope);
  if (items.is_list()) return items.as_list();
  throw Mistakes({.span = call.for_each->span(),
                  .message = fmt::format("'for_each' takes a list, and this is {}", described(items))});
}

std::vector<std::shared_ptr<const Call>> calls_within(const Call& call, const Helper& component) {
  std::vector<std::shared_ptr<const Call>> calls;
  for (const auto& inner : component.component->calls) {
    auto own = std::make_shared<Call>(*inner);
    if (!own->timeout) own->timeout = call.timeout;
    if (!own->retry) own->retry = call.retry;
    own->sensitive = own->sensitive || call.sensitive;
    own->ignore_errors = own->ignore_errors || call.ignore_errors;
    add_tags(call.tags, own->tags);
    own->called_from = {call.span};
    own->called_from.insert(own->called_from.end(), call.called_from.begin(), call.called_from.end());
    calls.push_back(std::move(own));
  }
  return calls;
}

Binding use_component(const PreparedCall& prepared, const Scope& scope, const ComponentUse* outer,
                      Evaluator& evaluator) {
  const Call& call = *prepared.call;
  Binding binding;
  const auto use = [&](auto&& set_item) {
    auto one = std::make_shared<ComponentUse>(&scope);
    set_item(one->outside);
    Use(prepared, evaluator, binding).fill(*one, outer);
    binding.uses.push_back(std::move(one));
  };
  try {
    if (call.when && !evaluator.is_true(*call.when, scope)) {
      binding.skipped = true;
      binding.skip_reason = call.when->text();
      return binding;
    }
  } catch (const Deferred& deferred) {
    binding.deferred = deferred;
  }
  try {
    std::optional<List> items;
    if (call.for_each) {
      try {
        items = items_of(call, scope, evaluator);
      } catch (const Deferred& deferred) {
        if (!binding.deferred) binding.deferred = deferred;
        use([&](Scope& outside) { outside.defer("item", deferred.reason); });
      }
    } else {
      use([](Scope&) {});
    }
    Diagnostics diagnostics;
    for (const auto& item : items.value_or(List())) {
      try {
        use([&](Scope& outside) { outside.set("item", item); });
      } catch (const Mistakes& mistakes) {
        diagnostics.add(mistakes);
      }
    }
    diagnostics.throw_if_any();
  } catch (const Mistakes&) {
    // What is not known yet to be called at all may well rely on the condition.
    if (!binding.deferred) throw;
    binding.uses.clear();
  }
  return binding;
}

}  // namespace espresso
