#include "cli/command.h"

#include "model/described.h"
#include "core/secrets.h"
#include "core/text.h"
#include "model/configuration.h"
#include "model/local_settings.h"
#include "model/yaml.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

namespace espresso {

namespace {

using Path = std::vector<std::string>;

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
  throw Mistakes(Diagnostic{.span = {}, .message = std::move(message), .hint = std::move(hint)});
}

Path path_of(const std::string& name) {
  const std::string_view text = name.starts_with("config.") ? std::string_view(name).substr(7) : name;
  const auto source = std::make_shared<Source>(Source{"espresso config", std::string(text)});
  return parse_setting_name(text, span_at(source, 0, text.size()));
}

/// What there is under this name. Mistakes name the nearest.
const Value& find(const Value& settings, const Path& path) {
  const Value* value = &settings;
  for (std::size_t at = 0; at < path.size(); ++at) {
    const Path before(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(at));
    const std::string name = join(Path(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(at) + 1), ".");
    if (!value->is_map())
      refuse(fmt::format("there is no setting '{}': '{}' is {}", name, join(before, "."), described(*value)));
    const Value* inner = value->as_map().find(path[at]);
    if (!inner) {
      const std::string hint = did_you_mean(path[at], value->as_map().keys());
      const std::string what = at == 0 ? "configuration" : "setting";
      refuse(fmt::format("there is no {} '{}'", what, name),
             hint.empty() ? "espresso config list shows what there is" : hint);
    }
    value = inner;
  }
  return *value;
}

/// As one line.
std::string shown(const Value& value) { return value.is_string() ? printable(value.as_string()) : to_json(value); }

std::string level_of(const SettingFound& found) {
  const std::string place = found.span.location();
  switch (found.level) {
    case SettingsLayer::Level::group:
      return fmt::format("group {}, {}", found.owner, place);
    case SettingsLayer::Level::host:
      return fmt::format("host {}, {}", found.owner, place);
    case SettingsLayer::Level::command_line:
      return "-e";
    case SettingsLayer::Level::file:
    case SettingsLayer::Level::local_file:
      break;
  }
  return place;
}

std::string_view word_for(SettingsLayer::Level level) {
  switch (level) {
    case SettingsLayer::Level::file:
      return "file";
    case SettingsLayer::Level::local_file:
      return "local file";
    case SettingsLayer::Level::group:
      return "group";
    case SettingsLayer::Level::host:
      return "host";
    case SettingsLayer::Level::command_line:
      return "command line";
  }
  return "";
}

Map as_value(const SettingFound& found) {
  Map value;
  value.set("value", found.value);
  value.set("level", std::string(word_for(found.level)));
  value.set("owner", found.owner);
  value.set("place", found.span.location());
  return value;
}

/// All that is no mapping, by its full name.
void list_leaves(const Value& value, Path& path, std::vector<Path>& leaves) {
  if (!value.is_map() || (value.as_map().empty() && path.size() > 1)) return leaves.push_back(path);
  for (const auto& [key, inner] : value.as_map()) {
    path.push_back(key);
    list_leaves(inner, path, leaves);
    path.pop_back();
  }
}

/// Settings as one host sees them, or as all see them that lay nothing over them.
class View {
 public:
  View(const Configuration& configuration, const Host* host, Path path)
      : values_(configuration.values(host)), layers_(configuration.layers(host)), path_(std::move(path)) {}

  Value get() const { return find(values_, path_); }
  std::string get_text() const {
    const Value value = get();
    return value.is_map() || value.is_list() ? render_yaml(value) : value.to_text() + "\n";
  }

  Value list() const {
    List all;
    for (const auto& leaf : leaves()) {
      const SettingFound found = find_setting(layers_, leaf).back();
      Map one;
      one.set("name", join(leaf, "."));
      for (auto& [key, value] : as_value(found)) one.append(key, std::move(value));
      all.emplace_back(std::move(one));
    }
    return all;
  }
  std::string list_text() const {
    std::string text;
    for (const auto& leaf : leaves()) {
      const SettingFound found = find_setting(layers_, leaf).back();
      text += fmt::format("{}: {}  # {}\n", join(leaf, "."), shown(found.value), level_of(found));
    }
    return text;
  }

  Value explain() const {
    Map one;
    one.set("name", join(path_, "."));
    one.set("value", get());
    List places;
    for (const auto& found : find_setting(layers_, path_)) places.emplace_back(as_value(found));
    std::reverse(places.begin(), places.end());
    one.set("places", std::move(places));
    return one;
  }
  std::string explain_text() const {
    const Value value = get();
    std::string text = fmt::format("{}: {}\n", join(path_, "."), shown(value));
    auto places = find_setting(layers_, path_);
    std::reverse(places.begin(), places.end());
    for (const auto& found : places) {
      const bool is_over = &found != &places.front();
      const char* fate = value.is_map() ? (places.size() > 1 ? ", merged" : "") : is_over ? ", overridden" : "";
      text += fmt::format("  {}  # {}{}\n", shown(found.value), level_of(found), fate);
    }
    return text;
  }

 private:
  std::vector<Path> leaves() const {
    std::vector<Path> leaves;
    Path path = path_;
    list_leaves(path_.empty() ? values_ : find(values_, path_), path, leaves);
    std::erase_if(leaves, [&](const Path& leaf) { return find_setting(layers_, leaf).empty(); });
    return leaves;
  }

  const Value& values_;
  std::vector<SettingsLayer> layers_;
  Path path_;
};

std::string indented(const std::string& lines) {
  std::string text;
  for (const auto& line : split(lines, '\n')) text += line.empty() ? "" : "  " + line + "\n";
  return text;
}

struct Words {
  std::string what;
  std::string name;
  std::optional<std::string> value;
  bool reveal = false;
};

std::unique_ptr<Project> load(const Context& context) {
  const bool of_hosts = !context.settings.hosts.empty();
  return load_project(context.settings, {.inventory = of_hosts, .stages = StageNeeds::configuration}, {});
}

using Render = std::string (View::*)() const;
using Answer = Value (View::*)() const;

ExitStatus show(const Context& context, const Words& words, const Path& path, Render as_text, Answer as_json) {
  const auto project = load(context);
  if (words.reveal) known_secrets().forget();
  const Configuration& configuration = project->workspace.configuration;
  const bool is_json = context.settings.format == "json";
  if (project->selected.size() <= 1) {
    const View view(configuration, project->selected.empty() ? nullptr : project->selected.front().get(), path);
    context.output.out << (is_json ? to_json((view.*as_json)(), 2) + "\n" : (view.*as_text)());
    return ExitStatus::ok;
  }
  Map answers;
  for (const auto& host : project->selected) {
    const View view(configuration, host.get(), path);
    if (is_json)
      answers.append(host->name, (view.*as_json)());
    else
      context.output.out << host->name << ":\n" << indented((view.*as_text)());
  }
  if (is_json) context.output.out << to_json(answers, 2) << "\n";
  return ExitStatus::ok;
}

bool has_tag(const Node& node) {
  return !node.tag.empty() || std::any_of(node.items.begin(), node.items.end(), has_tag) ||
         std::any_of(node.entries.begin(), node.entries.end(), [](const auto& entry) { return has_tag(entry.value); });
}

Value parse_value(const std::string& text) {
  const auto source = std::make_shared<Source>(Source{"espresso config set", text});
  if (text.empty()) return "";
  Diagnostics diagnostics;
  const Node node = parse_yaml(source, diagnostics);
  // A secret would be written down as what it says.
  if (has_tag(node)) refuse("a value with a tag is not written by 'config set'", "write it into config/NAMESPACE.yaml");
  Value value = value_of(node, diagnostics);
  diagnostics.throw_if_any();
  return value;
}

/// A setting that files have already, or at least its namespace: a new one is told, since it may be a slip.
void look_for(const Value& settings, const Path& path, std::ostream& err) {
  find(settings, {path.front()});
  try {
    find(settings, path);
  } catch (const Mistakes& mistakes) {
    const auto& hint = mistakes.diagnostics().front().hint;
    err << fmt::format("note: '{}' is new{}\n", printable(join(path, ".")),
                       hint.starts_with("did you mean") ? "; " + hint : "");
  }
}

/// What would be a mistake in the next run is not written.
void check_fits(const Project& project, const Path& path, Value value) {
  const auto source = std::make_shared<Source>(Source{"espresso config set", join(path, ".")});
  for (auto part = path.rbegin(); part != path.rend(); ++part) {
    Map outer;
    outer.set(*part, std::move(value));
    value = std::move(outer);
  }
  Configuration changed = project.workspace.configuration;
  changed.override_settings({{.level = SettingsLayer::Level::local_file,
                              .owner = source->name,
                              .settings = std::move(value),
                              .span = span_at(source, 0, source->text.size())}});
  Diagnostics diagnostics;
  changed.check({}, diagnostics);
  diagnostics.throw_if_any();
}

ExitStatus set(const Context& context, const Path& path, const std::string& text) {
  if (path.size() < 2) refuse(fmt::format("'{}' is a whole configuration", path.front()), "name a setting within it");
  Value value = parse_value(text);
  const auto project = load(context);
  const Value& settings = project->workspace.configuration.values();
  look_for(settings, path, context.output.err);
  check_fits(*project, path, value);
  LocalSettings local(project->folder, path.front());
  local.set({path.begin() + 1, path.end()}, std::move(value));
  local.write();
  context.output.out << fmt::format("{} is set in {}\n", join(path, "."), local.file().string());
  return ExitStatus::ok;
}

ExitStatus unset(const Context& context, const Path& path) {
  if (path.size() < 2) refuse(fmt::format("'{}' is a whole configuration", path.front()), "name a setting within it");
  const auto project = load(context);
  find(project->workspace.configuration.values(), {path.front()});
  LocalSettings local(project->folder, path.front());
  const std::string name = join(path, ".");
  if (!local.unset({path.begin() + 1, path.end()}))
    refuse(fmt::format("'{}' is not set in '{}'", name, local.file().string()),
           fmt::format("espresso config explain {} tells where it is", name));
  local.write();
  context.output.out << fmt::format("{} is no longer set in {}\n", name, local.file().string());
  return ExitStatus::ok;
}

const std::vector<std::string> actions = {"get", "set", "unset", "list", "explain"};

ExitStatus carry_out_config(const Context& context, const Words& words) {
  if (std::find(actions.begin(), actions.end(), words.what) == actions.end()) {
    const std::string hint = did_you_mean(words.what, actions);
    refuse(fmt::format("'config' takes get, set, unset, list or explain, not '{}'", words.what),
           hint.empty() ? "see espresso config --help" : hint);
  }
  if (words.value && words.what != "set")
    refuse(fmt::format("'{}' is one word too many", *words.value), "only 'config set' takes a value");
  if (words.name.empty() && words.what != "list")
    refuse(fmt::format("'config {}' needs the name of a setting", words.what), "write NAMESPACE.section.name");
  if (words.what == "set" && !words.value)
    refuse("'config set' needs a value", fmt::format("espresso config set {} VALUE", words.name));
  const Path path = words.name.empty() ? Path() : path_of(words.name);
  if (words.what == "get") return show(context, words, path, &View::get_text, &View::get);
  if (words.what == "list") return show(context, words, path, &View::list_text, &View::list);
  if (words.what == "explain") return show(context, words, path, &View::explain_text, &View::explain);
  if (words.what == "unset") return unset(context, path);
  return set(context, path, *words.value);
}

}  // namespace

Command add_config(CLI::App& program) {
  const auto words = std::make_shared<Words>();
  CLI::App* app = program.add_subcommand("config", "Look at settings and where they come from, or set some here");
  app->footer(
      "espresso config list web\n"
      "espresso config get web.http.port --hosts web1\n"
      "espresso config explain web.http.port --hosts web1  # who says what of it\n"
      "espresso config set web.http.port 8080              # in config/web.local.yaml");
  app->add_option("what", words->what,
                  "get, list or explain (with all places that say something of it), as --hosts see it; set or unset in "
                  "config/NAMESPACE.local.yaml")
      ->type_name("WHAT")
      ->required();
  app->add_option("name", words->name, "NAMESPACE.section.name")->type_name("SETTING");
  app->add_option("value", words->value, "What to set, written as in YAML")->type_name("VALUE");
  app->add_flag("--reveal", words->reveal, "Show secrets, too");
  return {.app = app,
          .carry_out = [words](const Context& context) { return carry_out_config(context, *words); },
          .connects = false,
          .choices = actions};
}

}  // namespace espresso
