#include "helpers/prepared_call.h"

#include "core/text.h"
#include "helpers/parameter.h"
#include "model/described.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

class Preparation {
 public:
  Preparation(const Call& call, PreparedCall& prepared, Evaluator& evaluator, Diagnostics& diagnostics)
      : call_(call), prepared_(prepared), helper_(*prepared.helper), evaluator_(evaluator), diagnostics_(diagnostics) {}

  void run() {
    for (const auto& argument : call_.arguments) match(argument);
    for (auto& argument : prepared_.arguments) check_constant(argument);
    for (const auto& set : helper_.one_of) check_one_of(set);
    if (!helper_.component) check_one_content();
    if (!has_bad_name_) check_required();
    check_until();
    prepared_.is_constant = !call_.when && !call_.for_each && (!call_.title || call_.title->is_constant()) &&
                            (!call_.as || call_.as->is_constant()) &&
                            (!call_.delegate || call_.delegate->is_constant()) &&
                            std::all_of(prepared_.arguments.begin(), prepared_.arguments.end(), is_constant);
  }

 private:
  static bool is_constant(const PreparedArgument& prepared) {
    const ParameterType type = prepared.parameter->type;
    return prepared.argument->value.is_constant() && type != ParameterType::conditions &&
           type != ParameterType::source && type != ParameterType::template_ && type != ParameterType::tree &&
           type != ParameterType::destination;
  }

  const PreparedArgument* find(std::string_view parameter) const {
    for (const auto& argument : prepared_.arguments) {
      if (argument.parameter->name == parameter) return &argument;
    }
    return nullptr;
  }

  std::vector<std::string> parameter_names() const {
    std::vector<std::string> names;
    for (const auto& parameter : helper_.parameters) names.push_back(parameter.name);
    return names;
  }

  void match(const Argument& argument) {
    const std::string& name = argument.name.empty() ? helper_.main : argument.name;
    const Parameter* parameter = helper_.find(name);
    if (name.empty()) {
      has_bad_name_ = true;
      diagnostics_.add(
          argument.name_span, fmt::format("{} '{}' takes no value without a name", helper_.kind(), helper_.name),
          helper_.parameters.empty() ? "leave it out" : "name a parameter: " + join(parameter_names(), ", "));
    } else if (!parameter) {
      has_bad_name_ = true;
      diagnostics_.add(argument.name_span,
                       fmt::format("{} '{}' has no parameter '{}'", helper_.kind(), helper_.name, name),
                       did_you_mean(name, parameter_names()));
    } else if (const auto* first = find(name)) {
      diagnostics_.add({.span = argument.name_span,
                        .message = fmt::format("'{}' is given twice", name),
                        .notes = {{first->argument->name_span, "first given here"}}});
    } else {
      prepared_.arguments.push_back({.parameter = parameter, .argument = &argument});
    }
  }

  void check_constant(PreparedArgument& prepared) {
    if (!prepared.argument->value.is_constant()) return;
    const Value value = evaluator_.evaluate(prepared.argument->value, Scope());
    if (prepared.parameter->type == ParameterType::conditions)
      parse_conditions(prepared, value);
    else if (!value.is_null())
      convert(*prepared.parameter, value, prepared.span(), diagnostics_);
  }

  void parse_conditions(PreparedArgument& prepared, const Value& value) {
    const List items = value.is_list() ? value.as_list() : List{value};
    for (const auto& item : items) {
      if (!item.is_string() && !item.is_bool()) {
        diagnostics_.add(
            prepared.span(),
            fmt::format("'{}' takes expressions that are true or false, not {}", prepared.parameter->name,
                        item.is_scalar() && !item.is_null() ? "'" + item.to_text() + "'" : described(item)));
        continue;
      }
      prepared.conditions.push_back(Expression::parse(item.to_text(), prepared.span(), diagnostics_));
    }
  }

  bool is_given_null(const PreparedArgument& prepared) const {
    return prepared.argument->value.is_constant() && evaluator_.evaluate(prepared.argument->value, Scope()).is_null();
  }

  void check_required() {
    for (const auto& parameter : helper_.parameters) {
      if (!parameter.required) continue;
      const auto* given = find(parameter.name);
      if (given && !is_given_null(*given)) continue;
      diagnostics_.add(given ? given->argument->name_span : call_.span,
                       fmt::format("{} '{}' needs the parameter '{}'", helper_.kind(), helper_.name, parameter.name),
                       fmt::format("add '{}'{}", parameter.name, parameter.doc.empty() ? "" : ": " + parameter.doc));
    }
  }

  // Each of its operations has a result, and it has them all only at its end.
  void check_until() {
    if (!helper_.component || !call_.retry || !call_.retry->until) return;
    diagnostics_.add(call_.retry->until->span(),
                     fmt::format("component '{}' cannot be tried until something holds", helper_.name),
                     "write 'until' beside the operation within it");
  }

  void check_one_of(const std::vector<std::string>& set) {
    std::vector<const PreparedArgument*> given;
    for (const auto& argument : prepared_.arguments) {
      if (std::find(set.begin(), set.end(), argument.parameter->name) != set.end()) given.push_back(&argument);
    }
    tell_too_many(given);
  }

  // A file has one content, whichever way it is given.
  void check_one_content() {
    std::vector<const PreparedArgument*> given;
    for (const auto& argument : prepared_.arguments) {
      if (is_content(argument.parameter->type)) given.push_back(&argument);
    }
    const bool is_told = std::any_of(helper_.one_of.begin(), helper_.one_of.end(), [&](const auto& set) {
      return std::count_if(given.begin(), given.end(), [&](const PreparedArgument* argument) {
               return std::find(set.begin(), set.end(), argument->parameter->name) != set.end();
             }) > 1;
    });
    if (!is_told) tell_too_many(given);
  }

  void tell_too_many(const std::vector<const PreparedArgument*>& given) {
    if (given.size() < 2) return;
    std::vector<std::string> names;
    for (const auto* argument : given) names.push_back("'" + argument->parameter->name + "'");
    diagnostics_.add({.span = given[1]->argument->name_span,
                      .message = fmt::format("{} cannot be given together", enumerate(names)),
                      .hint = "give one of them",
                      .notes = {{given[0]->argument->name_span, "the first one"}}});
  }

  const Call& call_;
  PreparedCall& prepared_;
  const Helper& helper_;
  Evaluator& evaluator_;
  Diagnostics& diagnostics_;
  bool has_bad_name_ = false;  // it may have been meant for the one that is missing
};

}  // namespace

PreparedCall prepare(const Call& call, const Catalog& catalog, Evaluator& evaluator, Diagnostics& diagnostics) {
  PreparedCall prepared{.helper = catalog.find(call.helper)};
  if (!prepared.helper) {
    diagnostics.add(call.span, fmt::format("there is no helper '{}'", call.helper),
                    did_you_mean(call.helper, catalog.names()));
    return prepared;
  }
  Preparation(call, prepared, evaluator, diagnostics).run();
  return prepared;
}

}  // namespace espresso
