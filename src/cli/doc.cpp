#include "cli/command.h"
#include "cli/doc_entries.h"
#include "cli/manual.h"
#include "core/text.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <iterator>
#include <ostream>

namespace espresso {

namespace {

using Entries = std::vector<DocEntry>;

struct Heading {
  const char* kind;
  const char* title;
  const char* key;  ///< in JSON
  bool is_listed;   ///< by `espresso doc`; the others are told by topics
};

// In the order of doc_entries().
constexpr std::array<Heading, 10> headings{{{"stage", "Stages", "stages", true},
                                            {"component", "Components", "components", true},
                                            {"helper", "Helpers", "helpers", true},
                                            {"configuration", "Configuration", "configuration", true},
                                            {"topic", "Topics", "topics", true},
                                            {"command", "Commands", "commands", false},
                                            {"environment", "Environment", "environment", false},
                                            {"variable", "Variables of hosts", "variables", false},
                                            {"function", "Functions of expressions", "functions", false},
                                            {"fact", "Facts", "facts", false}}};

// " (requires base)", of a stage.
std::string requirements(const DocEntry& entry) {
  const Value* required = entry.details.as_map().find("requires");
  if (!required || required->as_list().empty()) return {};
  std::vector<std::string> names;
  for (const auto& name : required->as_list()) names.push_back(name.as_string());
  return fmt::format(" (requires {})", join(names, ", "));
}

Page lists(const Entries& entries, bool all_kinds) {
  Page page;
  for (const auto& heading : headings) {
    std::vector<std::pair<std::string, std::string>> rows;
    for (const auto& entry : entries) {
      if (entry.kind == heading.kind) rows.emplace_back(entry.name, entry.summary + requirements(entry));
    }
    if (rows.empty() || (!all_kinds && !heading.is_listed)) continue;
    page.heading(heading.title).table({heading.kind, "what it is"}, rows);
  }
  return page;
}

Value json_of(const DocEntry& entry) {
  Map map;
  map.set("kind", entry.kind);
  map.set("name", entry.name);
  map.set("summary", entry.summary);
  for (const auto& [key, value] : entry.details.as_map()) map.set(key, value);
  if (entry.kind == "topic") map.set("text", entry.page.markdown());
  return map;
}

Value json_of_all(const Entries& entries) {
  Map map;
  for (const auto& heading : headings) {
    List list;
    for (const auto& entry : entries) {
      if (entry.kind == heading.kind) list.push_back(json_of(entry));
    }
    map.set(heading.key, list);
  }
  return map;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool holds(const DocEntry& entry, const std::string& word) {
  return lower(entry.name + "\n" + entry.summary + "\n" + entry.page.markdown()).find(lower(word)) != std::string::npos;
}

Entries found(const Entries& all, const std::function<bool(const DocEntry&)>& is_wanted) {
  Entries some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), is_wanted);
  return some;
}

class Teller {
 public:
  explicit Teller(const Context& context) : context_(context) {}

  void show(const Page& page) const {
    if (context_.settings.format == "markdown")
      context_.output.out << page.markdown();
    else
      context_.output.out << page.text(context_.output.width,
                                       wants_color(context_.settings, context_.output.is_terminal));
  }

  void list(const Entries& entries, bool all_kinds) const {
    if (is_json())
      tell(json_of_all(entries));
    else
      show(lists(entries, all_kinds));
  }

  // Several of one name: a stage may be named like a topic.
  void explain(const Entries& entries) const {
    if (is_json()) return tell(json_of(entries.front()));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (i > 0) context_.output.out << "\n";
      show(entries[i].page);
    }
  }

  bool is_json() const { return context_.settings.format == "json"; }

 private:
  void tell(const Value& value) const { context_.output.out << to_json(value, 2) << "\n"; }

  const Context& context_;
};

[[noreturn]] void refuse(const std::string& topic, const Entries& all, Diagnostics diagnostics) {
  std::vector<std::string> names;
  for (const auto& entry : all) names.push_back(entry.name);
  std::string hint = did_you_mean(topic, names);
  const bool is_mentioned = std::any_of(all.begin(), all.end(), [&](const auto& entry) { return holds(entry, topic); });
  if (hint.empty() && is_mentioned) hint = fmt::format("see espresso doc --search {} for where it is mentioned", topic);
  if (hint.empty()) hint = "see espresso doc for all there are";
  diagnostics.add({}, fmt::format("nothing is named '{}'", topic), hint);
  throw Mistakes(diagnostics.all());
}

void search(const Teller& teller, const Entries& all, const std::string& word) {
  const Entries some = found(all, [&](const DocEntry& entry) { return holds(entry, word); });
  if (!some.empty()) return teller.list(some, true);
  throw Mistakes(Diagnostic{
      .span = {}, .message = fmt::format("nothing mentions '{}'", word), .hint = "try another word, or part of it"});
}

void look_up(const Teller& teller, const Entries& all, const std::string& topic, const Diagnostics& kept) {
  // What headings call them is a topic under another name.
  if (topic == "functions") return look_up(teller, all, "expressions", kept);
  if (const Entries named = found(all, [&](const DocEntry& entry) { return entry.name == topic; }); !named.empty())
    return teller.explain(named);
  const Entries within = found(all, [&](const DocEntry& entry) { return entry.name.starts_with(topic + "."); });
  if (within.empty()) refuse(topic, all, kept);
  if (teller.is_json()) return teller.list(within, true);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& entry : within) rows.emplace_back(entry.name, entry.summary);
  teller.show(Page().table({topic, "what it is"}, rows));
}

ExitStatus tell(const Context& context, const CLI::App& program, const std::string& topic, const std::string& word) {
  if (!topic.empty() && !word.empty())
    throw Mistakes(
        Diagnostic{.span = {}, .message = "a TOPIC and '--search' do not go together", .hint = "leave out one"});
  if (context.settings.format == "man") {
    if (!topic.empty() || !word.empty())
      throw Mistakes(
          Diagnostic{.span = {}, .message = "'--format man' is of all, not of a TOPIC", .hint = "leave it out"});
    context.output.out << manual(program);
    return ExitStatus::ok;
  }
  const auto project =
      load_project(context.settings, {.inventory = false, .stages = StageNeeds::what_is_right}, context.own_stages);
  const Entries all = doc_entries({.project = *project, .program = program});
  const Teller teller(context);
  if (!word.empty()) {
    search(teller, all, word);
  } else if (!topic.empty()) {
    look_up(teller, all, topic, project->kept);
  } else {
    teller.list(all, false);
    if (context.settings.format == "text") context.output.out << "\nMore: espresso doc NAME of any of these\n";
  }
  if (topic.empty() && !project->kept.empty())
    context.output.err << "note: the stage files have mistakes, 'espresso plan' tells them\n";
  return ExitStatus::ok;
}

}  // namespace

Command add_doc(CLI::App& program) {
  const auto topic = std::make_shared<std::string>();
  const auto word = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand("doc", "Explain stages, components, helpers, expressions, facts and all else");
  app->footer(
      "espresso doc fs.ensure_file  # a helper, with its parameters and examples\n"
      "espresso doc main            # a stage of yours\n"
      "espresso doc --search nginx\n"
      "espresso doc exit-status\n"
      "espresso doc --format man > espresso.1  # the manual page");
  app->add_option("topic", *topic,
                  "What to explain: a stage, component, helper, function, fact or topic, or a namespace such as fs; "
                  "without it, all is listed")
      ->type_name("TOPIC");
  app->add_option("--search", *word, "List what mentions this word")->type_name("WORD");
  return {
      .app = app,
      .carry_out = [topic, word, &program](const Context& context) { return tell(context, program, *topic, *word); },
      .connects = false,
      .formats = {"text", "json", "markdown", "man"},
      .opens_secrets = false};
}

}  // namespace espresso
