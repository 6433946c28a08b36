#include "cli/command.h"
#include "cli/plan_batches.h"
#include "cli/plan_file.h"
#include "core/secrets.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace espresso {

namespace {

constexpr std::size_t title_width = 100;

/// One line of a plan: an operation, or a call as far as it is known without the host.
struct Line {
  std::string title;
  std::string note;  ///< why it may look different when it runs

  void add(std::string_view when) { note = fmt::format("{}{}{}", when, note.empty() ? "" : ", ", note); }
  std::string text() const { return note.empty() ? title : fmt::format("{} ({})", title, note); }
};

struct StageLines {
  std::string stage;
  std::vector<Line> lines;
};

/// What the plan of one host looks like.
class HostView {
 public:
  HostView(const Catalog& catalog, Evaluator& evaluator, Binder& binder, Scope scope)
      : catalog_(catalog), evaluator_(evaluator), binder_(binder), scope_(std::move(scope)) {}

  std::vector<StageLines> lines(const HostPlan& plan) {
    std::vector<StageLines> stages;
    for (const auto& stage : plan.stages) {
      stages.push_back({stage.stage->name(), {}});
      for (std::size_t i = 0; i < stage.calls.size(); ++i) {
        if (i == stage.end_of_run()) scope_.defer("failed_operation", "the operation that failed");
        std::vector<Line> lines;
        add(stage.calls[i], nullptr, {}, lines);
        for (auto& line : lines) {
          if (i >= stage.end_of_run()) line.add(i < stage.end_of_rescue() ? "where one of these fails" : "always");
          stages.back().lines.push_back(std::move(line));
        }
      }
    }
    return stages;
  }

 private:
  // `note` is what a component is waiting for, of which the call is part.
  void add(const std::shared_ptr<const Call>& call, const ComponentUse* use, const std::string& note,
           std::vector<Line>& lines) {
    const Binding binding = use ? binder_.bind(call, *use) : binder_.bind(call, scope_);
    const std::string depends = binding.deferred ? "depends on " + binding.deferred->reason : note;
    for (const auto& operation : binding.operations) {
      const std::string user = operation->user.empty() ? "" : "as " + operation->user;
      lines.push_back({operation->title, user + (user.empty() || note.empty() ? "" : ", ") + note});
    }
    for (const auto& inner : binding.uses)
      for (const auto& one : inner->calls) add(one, inner.get(), depends, lines);
    if (binding.skipped) lines.push_back({title(*call, use), "skipped, when: " + binding.skip_reason});
    if (binding.deferred && binding.uses.empty()) lines.push_back({title(*call, use), depends});
    binder_.visit(call, [this](const auto& known) {
      if (!known->register_as.empty()) scope_.defer(known->register_as, "the result of '" + known->helper + "'");
    });
  }

  // The title it will have, as far as that can be told now.
  std::string title(const Call& call, const ComponentUse* use) {
    const Scope& scope = use ? use->scope : scope_;
    const std::string begin = use ? use->title : "";
    if (call.title && !call.sensitive) return begin + evaluated(*call.title, scope).value_or(call.name);
    if (!call.name.empty()) return begin + call.name;
    const Argument* shown = call.sensitive ? nullptr : titled_argument(call);
    if (!shown) return begin + call.helper;
    // Before it is cut: half a secret is recognized nowhere else.
    const std::string text = known_secrets().mask(evaluated(shown->value, scope).value_or(shown->value.text()));
    const std::size_t end = text.find('\n');
    return begin + clip(fmt::format("{} {}{}", call.helper, text.substr(0, end), end == std::string::npos ? "" : "…"),
                        title_width);
  }

  const Argument* titled_argument(const Call& call) const {
    const auto helper = catalog_.find(call.helper);
    if (!helper) return nullptr;
    for (const auto& argument : call.arguments) {
      const std::string& name = argument.name.empty() ? helper->main : argument.name;
      const Parameter* parameter = helper->find(name);
      if (parameter && name == helper->title && !is_content(parameter->type)) return &argument;
    }
    return nullptr;
  }

  std::optional<std::string> evaluated(const Computed& computed, const Scope& scope) {
    try {
      return evaluator_.evaluate(computed, scope).to_text();
    } catch (const Deferred&) {
      return std::nullopt;
    } catch (const Mistakes&) {
      return std::nullopt;  // of a call that is not carried out, or of `item`
    }
  }

  const Catalog& catalog_;
  Evaluator& evaluator_;
  Binder& binder_;
  Scope scope_;
};

Value as_value(const std::vector<StageLines>& stages) {
  List list;
  for (const auto& stage : stages) {
    List operations;
    for (const auto& line : stage.lines) {
      Map operation;
      operation.set("title", line.title);
      if (!line.note.empty()) operation.set("note", line.note);
      operations.emplace_back(std::move(operation));
    }
    Map entry;
    entry.set("stage", stage.stage);
    entry.set("operations", std::move(operations));
    list.emplace_back(std::move(entry));
  }
  return list;
}

std::string as_text(const std::vector<StageLines>& stages) {
  std::string text;
  for (const auto& stage : stages) {
    text += fmt::format("  {}\n", stage.stage);
    for (const auto& line : stage.lines) text += fmt::format("    {}\n", printable(line.text()));
  }
  return text;
}

// Hosts that do the same are told together.
std::string folded(const std::vector<std::pair<std::string, std::string>>& plans) {
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  std::map<std::string, std::size_t> known;
  for (const auto& [host, text] : plans) {
    const auto [place, is_new] = known.emplace(text, groups.size());
    if (is_new) groups.push_back({text, {}});
    groups[place->second].second.push_back(host);
  }
  std::string result;
  for (const auto& [text, hosts] : groups) result += fmt::format("\n{}\n{}", fold_names(hosts), text);
  return result;
}

Map as_value(const std::vector<PlanBatches>& stages) {
  Map map;
  for (const auto& stage : stages) {
    List batches;
    for (const auto& batch : stage.batches) batches.emplace_back(List(batch.begin(), batch.end()));
    map.set(stage.stage, std::move(batches));
  }
  return map;
}

// Of what --tags and --start-at leave out, nothing is told.
bool is_left(const Stage& stage, const PlanChoice& choice, const std::vector<HostPlan>& plans) {
  return !choice.is_given() || std::any_of(plans.begin(), plans.end(), [&](const HostPlan& plan) {
    return std::any_of(plan.stages.begin(), plan.stages.end(),
                       [&](const StagePlan& one) { return one.stage.get() == &stage; });
  });
}

ExitStatus plan_stages(const Context& context, const std::vector<std::string>& targets) {
  const auto project =
      load_project(context.settings, {.targets = targets, .command = "espresso plan"}, context.own_stages);
  Evaluator evaluator;
  Binder binder(project->workspace.catalog, evaluator);
  const PreparedRun run = prepare_run(context, *project, binder);

  std::vector<std::string> names;
  for (const auto& turn : project->order)
    if (is_left(*turn.stage, project->choice, run.plans)) names.push_back(turn.stage->name());
  const auto batches = plan_batches(project->order, run.plans);
  const Scope shared = workspace_scope(project->workspace);
  Map hosts;
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& plan : run.plans) {
    HostView view(project->workspace.catalog, evaluator, binder, host_scope(shared, plan));
    const auto stages = view.lines(plan);
    hosts.set(plan.host->name, as_value(stages));
    texts.emplace_back(plan.host->name, as_text(stages));
  }
  if (context.settings.format == "json") {
    Map answer;
    answer.set("stages", List(names.begin(), names.end()));
    if (!batches.empty()) answer.set("batches", as_value(batches));
    answer.set("hosts", std::move(hosts));
    context.output.out << to_json(answer, 2) << "\n";
  } else {
    context.output.out << "stages: " << join(names, ", ") << "\n";
    for (const auto& stage : batches) context.output.out << stage.text() << "\n";
    context.output.out << folded(texts);
  }
  return ExitStatus::ok;
}

}  // namespace

Command add_plan(CLI::App& program) {
  const auto targets = std::make_shared<std::vector<std::string>>();
  const auto file = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand(
      "plan", "Show the order of stages and the operations of each host; connects nowhere, but for --out");
  app->footer(
      "espresso plan main --hosts web1  # what will be done there\n"
      "espresso plan main --format json\n"
      "espresso plan main --out main.plan && espresso apply main.plan");
  app->add_option("stages", *targets, "Stages to plan, after all they require")->required()->type_name("STAGE");
  app->add_option("--out", *file, "Check the hosts, and write what would change to this file, for 'espresso apply'")
      ->type_name("FILE");
  return {.app = app,
          .carry_out =
              [targets, file](const Context& context) {
                if (context.settings.plan) return apply_plan(context, *targets);
                return file->empty() ? plan_stages(context, *targets) : write_plan(context, *targets, *file);
              },
          .takes_stages = true};
}

}  // namespace espresso
