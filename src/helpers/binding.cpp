#include "helpers/operation.h"

#include "core/error.h"
#include "core/text.h"
#include "helpers/content_cache.h"
#include "helpers/parameter.h"
#include "helpers/prepared_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace espresso {

namespace {

constexpr std::size_t title_width = 80;

/// The first line of a text, shortened.
std::string in_one_line(std::string_view text) {
  text = trim(text);
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return clip(text, title_width);
  return clip(std::string(trim(text.substr(0, end))) + "…", title_width);
}

/// Makes one operation of a call in one scope.
class OperationBinder {
 public:
  OperationBinder(const PreparedCall& prepared, const Scope& scope, Evaluator& evaluator, ContentCache& contents)
      : prepared_(prepared),
        helper_(*prepared.helper),
        call_(*prepared.call),
        scope_(scope),
        evaluator_(evaluator),
        contents_(contents) {}

  /// Throws Mistakes and Deferred.
  std::shared_ptr<const Operation> bind() {
    Diagnostics diagnostics;
    for (const auto& argument : prepared_.arguments) bind_argument(argument, diagnostics);
    diagnostics.throw_if_any();
    if (deferred_) throw *deferred_;
    auto operation = std::make_shared<Operation>();
    operation->helper = prepared_.helper;
    operation->call = prepared_.call;
    operation->title = title();
    operation->line = line();
    operation->content = delivery_.content;
    operation->inline_text = delivery_.inline_text;
    operation->tree = tree_;
    for (const auto& [parameter, value] : values_) {
      if (parameter->type == ParameterType::path) operation->paths.push_back(value.text);
    }
    return operation;
  }

 private:
  void bind_argument(const PreparedArgument& argument, Diagnostics& diagnostics) {
    const Parameter& parameter = *argument.parameter;
    try {
      if (parameter.type == ParameterType::conditions) {
        values_[&parameter] = bind_conditions(argument);
        return;
      }
      const Value value = evaluator_.evaluate(argument.argument->value, scope_);
      if (value.is_null()) {  // as if it were not given
        if (parameter.required) {
          diagnostics.add(argument.span(), fmt::format("helper '{}' needs the parameter '{}', and this is null",
                                                       helper_.name, parameter.name));
        }
        return;
      }
      auto converted = convert(parameter, value, argument.span(), diagnostics);
      if (!converted) return;
      if (parameter.type == ParameterType::tree)
        tree_ = find_tree(value, argument.span());
      else if (is_content(parameter.type))
        delivery_ = deliver(parameter.type, value, argument.span());
      has_content_ |= is_content(parameter.type);
      values_[&parameter] = std::move(*converted);
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    } catch (const Error& error) {
      diagnostics.add(argument.span(), error.what(), error.hint());
    } catch (const Deferred& deferred) {
      if (!deferred_) deferred_ = deferred;  // mistakes in other arguments are told all the same
    }
  }

  Delivery deliver(ParameterType type, const Value& value, const Span& span) {
    if (type == ParameterType::content && !value.is_item()) return contents_.of_text(value.to_text());
    const auto item = value.is_item() ? value.as_item() : find_item(scope_.storage(), value.as_string(), span);
    if (type != ParameterType::template_) return contents_.of_item(*item, span);
    return contents_.of_text(evaluator_.render(contents_.template_of(*item, span), scope_));
  }

  std::shared_ptr<const Tree> find_tree(const Value& value, const Span& span) {
    const auto item = value.is_item() ? value.as_item() : find_item(scope_.storage(), value.as_string(), span);
    return contents_.tree_of(*item, words_of_argument("exclude"), span);
  }

  // Of a list parameter, which may not be bound yet.
  std::vector<std::string> words_of_argument(std::string_view name) {
    for (const auto& argument : prepared_.arguments) {
      if (argument.parameter->name != name) continue;
      Diagnostics told_elsewhere;
      const auto value = convert(*argument.parameter, evaluator_.evaluate(argument.argument->value, scope_),
                                 argument.span(), told_elsewhere);
      if (value) return value->words;
    }
    return {};
  }

  ShellValue bind_conditions(const PreparedArgument& argument) {
    std::vector<std::string> failing;
    for (const auto& condition : argument.conditions) {
      if (!evaluator_.is_true(condition, scope_)) failing.push_back(condition.text());
    }
    if (!argument.argument->value.is_constant()) {
      const Value value = evaluator_.evaluate(argument.argument->value, scope_);
      for (const auto& item : value.is_list() ? value.as_list() : List{value}) {
        if (!item.is_bool()) {
          throw Mistakes({.span = argument.span(),
                          .message = fmt::format("'{}' takes what is true or false, and this is {} {}",
                                                 argument.parameter->name, item.is_null() ? "" : "a", item.kind()),
                          .hint = "write a bare expression, without {{ }}"});
        }
        if (!item.as_bool()) failing.push_back(argument.argument->value.text());
      }
    }
    return {.text = quote_words(failing), .title = argument.argument->value.text(), .words = failing};
  }

  std::string title() {
    if (call_.title) {
      // The name may be computed of what must not be shown: then it stands as it was written.
      if (call_.sensitive && !call_.title->is_constant()) return in_one_line(call_.name);
      return in_one_line(evaluator_.evaluate(*call_.title, scope_).to_text());
    }
    if (call_.sensitive) return helper_.name;
    auto shown = values_.find(helper_.find(helper_.title));
    if (shown == values_.end()) shown = values_.find(helper_.find(helper_.positional));
    return shown == values_.end() ? helper_.name
                                  : std::string(trim(helper_.name + " " + in_one_line(shown->second.title)));
  }

  std::string line() {
    std::string text, given;
    for (const auto& parameter : helper_.parameters) {
      const auto value = values_.find(&parameter);
      std::string assigned;
      if (value != values_.end()) {
        given += parameter.name + " ";
        assigned = value->second.text;
      } else if (parameter.default_value) {
        Diagnostics none;  // the default was checked when the header was read
        if (const auto converted = convert(parameter, *parameter.default_value, {}, none)) assigned = converted->text;
      }
      text += parameter.name + "=" + quote(assigned) + " ";
    }
    text += "given=" + quote(given.empty() ? "" : " " + given);
    if (call_.sensitive) text += " sensitive=1";
    text += content_variables();
    return text + "; " + helper_.function() + "; run_operation" + positional_words();
  }

  std::string content_variables() const {
    if (!has_content_) return " content_kind=none";
    if (tree_) return fmt::format(" content_kind=tree manifest_size={}", tree_->manifest()->size);
    if (delivery_.inline_text) return " content_kind=inline content_text=" + quote(*delivery_.inline_text);
    return fmt::format(" content_kind=blob content_sha256={} content_size={}", delivery_.content->sha256,
                       delivery_.content->size);
  }

  std::string positional_words() const {
    if (helper_.positional.empty()) return {};
    const Parameter* parameter = helper_.find(helper_.positional);
    std::vector<std::string> words;
    if (const auto value = values_.find(parameter); value != values_.end()) {
      words = value->second.words;
    } else if (parameter->default_value) {
      Diagnostics none;
      if (const auto converted = convert(*parameter, *parameter->default_value, {}, none)) words = converted->words;
    }
    return words.empty() ? std::string() : " " + quote_words(words);
  }

  const PreparedCall& prepared_;
  const Helper& helper_;
  const Call& call_;
  const Scope& scope_;
  Evaluator& evaluator_;
  ContentCache& contents_;
  std::unordered_map<const Parameter*, ShellValue> values_;
  Delivery delivery_;
  std::shared_ptr<const Tree> tree_;
  std::optional<Deferred> deferred_;
  bool has_content_ = false;
};

}  // namespace

struct Binder::State {
  const Catalog& catalog;
  Evaluator& evaluator;
  ContentCache contents = {};
  std::unordered_map<const Call*, PreparedCall> calls = {};

  PreparedCall& prepared(const std::shared_ptr<const Call>& call) {
    if (const auto known = calls.find(call.get()); known != calls.end()) return known->second;
    Diagnostics diagnostics;
    PreparedCall prepared = prepare(*call, catalog, evaluator, diagnostics);
    diagnostics.throw_if_any();
    prepared.call = call;
    return calls.emplace(call.get(), std::move(prepared)).first->second;
  }

  void bind_each(const PreparedCall& prepared, const Scope& scope, Binding& binding) {
    const Value items = evaluator.evaluate(*prepared.call->for_each, scope);
    if (!items.is_list()) {
      const std::string what = items.is_null() ? "null" : fmt::format("a {}", items.kind());
      throw Mistakes({.span = prepared.call->for_each->span(),
                      .message = fmt::format("'for_each' takes a list, and this is {}", what)});
    }
    Diagnostics diagnostics;
    for (const auto& item : items.as_list()) {
      Scope own(&scope);
      own.set("item", item);
      try {
        binding.operations.push_back(OperationBinder(prepared, own, evaluator, contents).bind());
      } catch (const Mistakes& mistakes) {
        diagnostics.add(mistakes);
      }
    }
    diagnostics.throw_if_any();
  }
};

Binder::Binder(const Catalog& catalog, Evaluator& evaluator)
    : state_(std::make_unique<State>(State{.catalog = catalog, .evaluator = evaluator})) {}

Binder::~Binder() = default;

void Binder::check(const Call& call, Diagnostics& diagnostics) {
  prepare(call, state_->catalog, state_->evaluator, diagnostics);
}

Binding Binder::bind(const std::shared_ptr<const Call>& call, const Scope& scope) {
  Binding binding;
  PreparedCall& prepared = state_->prepared(call);
  if (prepared.shared) {
    binding.operations.push_back(prepared.shared);
    return binding;
  }
  try {
    if (call->when && !state_->evaluator.is_true(*call->when, scope)) {
      binding.skipped = true;
      binding.skip_reason = call->when->text();
    } else if (call->for_each) {
      state_->bind_each(prepared, scope, binding);
    } else {
      binding.operations.push_back(OperationBinder(prepared, scope, state_->evaluator, state_->contents).bind());
      if (prepared.is_constant) prepared.shared = binding.operations.front();
    }
  } catch (const Deferred& deferred) {
    binding.operations.clear();
    binding.deferred = deferred;
  }
  return binding;
}

}  // namespace espresso
