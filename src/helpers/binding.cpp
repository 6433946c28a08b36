#include "helpers/operation.h"

#include "core/error.h"
#include "core/secrets.h"
#include "core/text.h"
#include "helpers/component_use.h"
#include "helpers/content_cache.h"
#include "helpers/content_check.h"
#include "helpers/name_uses.h"
#include "helpers/parameter.h"
#include "helpers/prepared_call.h"
#include "model/component.h"
#include "model/described.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

namespace espresso {

namespace {

/// Makes one operation of a call in one scope.
class OperationBinder {
 public:
  OperationBinder(const PreparedCall& prepared, const Scope& scope, const ComponentUse* use, Evaluator& evaluator,
                  ContentCache& contents)
      : prepared_(prepared),
        helper_(*prepared.helper),
        call_(*prepared.call),
        scope_(scope),
        use_(use),
        evaluator_(evaluator),
        contents_(contents) {}

  /// Throws Mistakes and Deferred.
  std::shared_ptr<const Operation> bind() {
    Diagnostics diagnostics;
    for (const auto& argument : prepared_.arguments) bind_argument(argument, diagnostics);
    diagnostics.throw_if_any();
    if (deferred_) throw *deferred_;
    const auto destination = find_destination();
    auto operation = std::make_shared<Operation>();
    operation->helper = prepared_.helper;
    operation->call = prepared_.call;
    operation->title = (use_ ? use_->title : "") + title();
    operation->line = line(destination);
    operation->user = user_of(call_, scope_, evaluator_);
    if (operation->user.empty() && use_) operation->user = use_->user;
    operation->delegate = delegate_of(call_, scope_, evaluator_);
    if (operation->delegate.empty() && use_) operation->delegate = use_->delegate;
    if (!operation->delegate.empty()) operation->title += fmt::format(" (on {})", operation->delegate);
    operation->content = delivery_.content;
    operation->inline_text = delivery_.inline_text;
    operation->tree = tree_;
    operation->destination = destination;
    for (const auto& name : helper_.waits) operation->waits += duration_of(name);
    if (!helper_.reboots.empty()) operation->reboots = duration_of(helper_.reboots);
    if (call_.for_each && call_.retry && call_.retry->until) operation->item = *scope_.find("item");
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
      const bool is_secret = known_secrets().is_in(converted->text);
      has_secret_ = has_secret_ || is_secret;
      if (parameter.exposed && is_secret) {
        diagnostics.add(argument.span(),
                        fmt::format("'{}' holds a secret, and becomes arguments that everybody at the host can read",
                                    parameter.name),
                        exposure_hint());
      }
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

  std::string exposure_hint() const {
    if (helper_.find("stdin") && helper_.find("env")) return "hand it over with 'stdin' or 'env'";
    return "let the host know it in another way";
  }

  Delivery deliver(ParameterType type, const Value& value, const Span& span) {
    if (type == ParameterType::content && !value.is_item()) return of_text(value.to_text());
    const auto item = value.is_item() ? value.as_item() : find_item(scope_.storage(), value.as_string(), span);
    if (type != ParameterType::template_) return contents_.of_item(*item, span);
    return of_text(evaluator_.render(contents_.template_of(*item, span), scope_));
  }

  Delivery of_text(std::string text) {
    has_secret_ = has_secret_ || known_secrets().is_in(text);
    return contents_.of_text(std::move(text));
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

  // What is in its way is a mistake of its own: all other arguments are known by then.
  std::optional<Destination> find_destination() {
    for (const auto& argument : prepared_.arguments) {
      const auto value = values_.find(argument.parameter);
      if (argument.parameter->type != ParameterType::destination || value == values_.end()) continue;
      const std::string written = argument.argument->value.text();
      Destination destination{.path = std::filesystem::absolute(value->second.text).lexically_normal(),
                              .text = value->second.text,
                              .literal = written.substr(0, written.find("{{")),
                              .span = argument.span()};
      destination.limit = std::stoull("0" + text_of("limit"));
      contents_.look_at(destination);
      return destination;
    }
    return std::nullopt;
  }

  // What the fragment sees of a parameter: what is given, or the default.
  std::string text_of(std::string_view name) const {
    const Parameter* parameter = helper_.find(name);
    if (!parameter) return {};
    if (const auto value = values_.find(parameter); value != values_.end()) return value->second.text;
    Diagnostics none;  // the default was checked when the header was read
    if (!parameter->default_value) return {};
    const auto converted = convert(*parameter, *parameter->default_value, {}, none);
    return converted ? converted->text : std::string();
  }

  // Of a duration parameter; 0 when it is neither given nor has a default.
  std::chrono::seconds duration_of(const std::string& name) const {
    const std::string text = text_of(name);
    return std::chrono::seconds(text.empty() ? 0 : std::stoll(text));
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
                          .message = fmt::format("'{}' takes what is true or false, and this is {}",
                                                 argument.parameter->name, described(item)),
                          .hint = "write a bare expression, without {{ }}"});
        }
        if (!item.as_bool()) failing.push_back(argument.argument->value.text());
      }
    }
    return {.text = quote_words(failing), .title = argument.argument->value.text(), .words = failing};
  }

  std::string title() {
    if (call_.title) return own_title(call_, scope_, evaluator_);
    if (call_.sensitive) return helper_.name;
    auto shown = values_.find(helper_.find(helper_.title));
    if (shown == values_.end()) shown = values_.find(helper_.find(helper_.positional));
    return shown == values_.end() ? helper_.name
                                  : std::string(trim(helper_.name + " " + in_one_line(shown->second.title)));
  }

  std::string line(const std::optional<Destination>& destination) {
    std::string text, given;
    for (const auto& parameter : helper_.parameters) {
      if (values_.contains(&parameter)) given += parameter.name + " ";
      text += parameter.name + "=" + quote(text_of(parameter.name)) + " ";
    }
    text += "given=" + quote(given.empty() ? "" : " " + given);
    if (call_.sensitive) text += " sensitive=1";
    if (has_secret_) text += " has_secret=1";
    text += content_variables();
    if (destination) {
      text += " local_sha256=" + quote(destination->sha256);
      if (!destination->sha256.empty()) text += fmt::format(" local_size={}", destination->size);
    }
    return text + "; " + helper_.function() + "; run_operation" + positional_words();
  }

  std::string content_variables() const {
    if (!has_content_) return " content_kind=none";
    if (tree_) return fmt::format(" content_kind=tree manifest_size={}", tree_->manifest()->size);
    if (delivery_.inline_text) return " content_kind=inline content_text=" + quote(*delivery_.inline_text);
    const Content& content = *delivery_.content;
    return fmt::format(" content_kind=blob content_sha256={} content_size={}{}", content.sha256, content.size,
                       content.cksum ? fmt::format(" content_cksum={}", *content.cksum) : "");
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
  const ComponentUse* use_;  ///< null: it is part of no component
  Evaluator& evaluator_;
  ContentCache& contents_;
  std::unordered_map<const Parameter*, ShellValue> values_;
  Delivery delivery_;
  std::shared_ptr<const Tree> tree_;
  std::optional<Deferred> deferred_;
  bool has_content_ = false;
  bool has_secret_ = false;
};

}  // namespace

struct Binder::State {
  const Catalog& catalog;
  Evaluator& evaluator;
  ContentCache contents = {};
  std::unordered_map<const Call*, PreparedCall> calls = {};
  std::unordered_set<const Helper*> checked = {};  ///< components
  std::unordered_map<const Call*, Mentions> facts = {};

  PreparedCall& prepared(const std::shared_ptr<const Call>& call) {
    if (const auto known = calls.find(call.get()); known != calls.end()) return known->second;
    Diagnostics diagnostics;
    PreparedCall prepared = prepare(*call, catalog, evaluator, diagnostics);
    diagnostics.throw_if_any();
    prepared.call = call;
    if (prepared.helper->component) prepared.all_calls = calls_within(*call, *prepared.helper);
    prepared.calls = prepared.all_calls;
    return calls.emplace(call.get(), std::move(prepared)).first->second;
  }

  void bind_operations(PreparedCall& prepared, const Scope& scope, const ComponentUse* use, Binding& binding) {
    const Call& call = *prepared.call;
    const bool is_shareable = !use || (use->title.empty() && use->user.empty() && use->delegate.empty());
    const auto bind_one = [&](const Scope& own) {
      binding.operations.push_back(OperationBinder(prepared, own, use, evaluator, contents).bind());
    };
    if (prepared.shared && is_shareable) {
      binding.operations.push_back(prepared.shared);
    } else if (call.when && !evaluator.is_true(*call.when, scope)) {
      binding.skipped = true;
      binding.skip_reason = call.when->text();
    } else if (call.for_each) {
      Diagnostics diagnostics;
      for (const auto& item : items_of(call, scope, evaluator)) {
        Scope own(&scope);
        own.set("item", item);
        try {
          bind_one(own);
        } catch (const Mistakes& mistakes) {
          diagnostics.add(mistakes);
        }
      }
      diagnostics.throw_if_any();
    } else {
      bind_one(scope);
      if (prepared.is_constant && is_shareable) prepared.shared = binding.operations.front();
    }
  }

  Binding bind(const std::shared_ptr<const Call>& call, const Scope& scope, const ComponentUse* use) {
    PreparedCall& prepared = this->prepared(call);
    if (prepared.helper->component) return use_component(prepared, scope, use, evaluator);
    Binding binding;
    try {
      bind_operations(prepared, scope, use, binding);
    } catch (const Deferred& deferred) {
      binding.operations.clear();
      binding.deferred = deferred;
    }
    return binding;
  }
};

Binder::Binder(const Catalog& catalog, Evaluator& evaluator)
    : state_(std::make_unique<State>(State{.catalog = catalog, .evaluator = evaluator})) {}

Binder::~Binder() = default;

void Binder::check(const Call& call, Diagnostics& diagnostics) {
  const PreparedCall prepared = prepare(call, state_->catalog, state_->evaluator, diagnostics);
  if (prepared.helper) check_component(*prepared.helper, diagnostics);
}

void Binder::check_component(const Helper& helper, Diagnostics& diagnostics) {
  if (!helper.component || !state_->checked.insert(&helper).second) return;
  for (const auto& inner : helper.component->calls) check(*inner, diagnostics);
}

void Binder::check_contents(const std::shared_ptr<const Call>& call, const Storage& storage, Diagnostics& diagnostics) {
  if (call->when || call->for_each) return;
  const PreparedCall* prepared = nullptr;
  try {
    prepared = &state_->prepared(call);
  } catch (const Mistakes&) {
    return;  // of a component, whose mistakes were told where it is
  }
  for (const auto& inner : prepared->calls) check_contents(inner, storage, diagnostics);
  for (const auto& argument : prepared->arguments) check_content(argument, storage, state_->contents, diagnostics);
}

Binding Binder::bind(const std::shared_ptr<const Call>& call, const Scope& scope) {
  return state_->bind(call, scope, nullptr);
}

Binding Binder::bind(const std::shared_ptr<const Call>& call, const ComponentUse& use) {
  try {
    return state_->bind(call, use.scope, &use);
  } catch (const Mistakes& mistakes) {
    std::vector<Diagnostic> diagnostics = mistakes.diagnostics();
    for (auto& diagnostic : diagnostics)
      for (const auto& place : call->called_from) diagnostic.notes.push_back({place, "the component is called here"});
    throw Mistakes(std::move(diagnostics));
  }
}

bool Binder::is_true(const Expression& condition, const Scope& scope) {
  return state_->evaluator.is_true(condition, scope);
}

void Binder::check_until(const Call& call, const Scope& scope) {
  if (!call.retry || !call.retry->until) return;
  Scope own(&scope);
  for (const auto& name : {std::string("item"), std::string("result"), call.register_as})
    if (!name.empty()) own.defer(name, "the result of '" + call.helper + "'");
  try {
    is_true(*call.retry->until, own);
  } catch (const Deferred&) {
    // That is what it is tried for.
  }
}

void Binder::visit(const std::shared_ptr<const Call>& call,
                   const std::function<void(const std::shared_ptr<const Call>&)>& function) {
  function(call);
  for (const auto& inner : state_->prepared(call).calls) visit(inner, function);
}

bool Binder::choose(const std::shared_ptr<const Call>& call, const std::function<bool(const Call&)>& is_wanted,
                    const std::function<void(const std::shared_ptr<const Call>&, bool)>& decided) {
  PreparedCall& prepared = state_->prepared(call);
  bool stays = is_wanted(*call);
  if (!prepared.all_calls.empty()) {
    prepared.calls.clear();
    for (const auto& inner : prepared.all_calls)
      if (choose(inner, is_wanted, decided)) prepared.calls.push_back(inner);
    stays = !prepared.calls.empty();
  }
  decided(call, stays);
  return stays;
}

std::vector<Span> Binder::relies_on(const std::shared_ptr<const Call>& call, std::string_view name,
                                    const Storage* storage) {
  std::vector<Span> places;
  find_uses(name, state_->prepared(call), storage, state_->contents, [&](const Span& span, const Mentions& mentions) {
    if (!mentions.guarded) places.push_back(span);
  });
  return places;
}

const Mentions& Binder::facts_of(const std::shared_ptr<const Call>& call, const Storage* storage) {
  const auto emplaced = state_->facts.try_emplace(call.get());
  Mentions& mentions = emplaced.first->second;
  if (emplaced.second)
    visit(call, [&](const auto& used) { collect_facts(state_->prepared(used), storage, state_->contents, mentions); });
  return mentions;
}

}  // namespace espresso
