#include "model/stage_file.h"

#include "core/text.h"
#include "model/call_file.h"
#include "model/confirm_time.h"
#include "model/fields.h"
#include "model/keys.h"
#include "model/signal_file.h"
#include "model/stage_terms_file.h"
#include "model/tags.h"
#include "model/yaml_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

namespace {

/// A stage as written in YAML.
class FileStage : public Stage {
 public:
  FileStage(const Node& name, const Node& body, Diagnostics& diagnostics) : name_(name.text), span_(name.span) {
    StageTermsReader terms;
    const Node* rescue = nullptr;
    const Node* confirm = nullptr;
    bool has_run = false;
    for (const auto& entry : body.entries) {
      const auto& [key, value] = entry;
      if (key.text == "doc") {
        if (auto text = read_text("doc", value, "a text", diagnostics)) doc_ = std::string(trim(text->text));
      } else if (key.text == "requires") {
        required_ = read_texts("requires", value, "names of stages", diagnostics);
      } else if (key.text == "hosts") {
        if (auto text = read_text("hosts", value, "a host pattern", diagnostics)) hosts_ = std::move(*text);
      } else if (key.text == "on") {
        listens_ = read_heard_signals(value, diagnostics);
      } else if (key.text == "signal") {
        raises_ = read_signals("signal", value, diagnostics);
      } else if (key.text == "tags") {
        tags_ = read_tags(value, diagnostics);
      } else if (key.text == "run") {
        has_run = true;
        calls_ = read_calls("run", value, diagnostics);
      } else if (key.text == "rescue") {
        rescue = &key;
        rescue_ = read_calls("rescue", value, diagnostics);
      } else if (key.text == "always") {
        always_ = read_calls("always", value, diagnostics);
      } else if (key.text == "timeout") {
        timeout_ = read_timeout(value, diagnostics);
      } else if (key.text == "confirm") {
        confirm = &key;
        confirm_ = read_confirm_time(value, diagnostics);
      } else if (!terms.read(entry, diagnostics)) {
        unknown_key(key, names_of(stage_keys()), diagnostics);
      }
    }
    if (rescue && !has_run)
      diagnostics.add(rescue->span, "'rescue' is of use only where an operation of 'run' may fail", "add 'run'");
    if (confirm && !has_run)
      diagnostics.add(confirm->span, "'confirm' is of use only where 'run' may change something", "add 'run'");
    for (Calls* calls : {&calls_, &rescue_, &always_}) hand_down_tags(*calls);
    terms_ = terms.finish(diagnostics);
    if (!terms_.run_once) return;
    for (const auto& signal : listens_) {
      if (signal.from.empty())
        diagnostics.add(
            signal.span,
            fmt::format("'{}' may be raised on another host than the one on which 'run_once' runs it", signal.name),
            fmt::format("hear it of all hosts: {{signal: {}, from: all}}", signal.name));
    }
  }

  std::string name() const override { return name_; }
  std::string doc() const override { return doc_; }
  std::string hosts() const override { return hosts_.text; }
  std::vector<std::string> required() const override {
    std::vector<std::string> names;
    for (const auto& requirement : required_) names.push_back(requirement.text);
    return names;
  }
  std::vector<SignalName> listens() const override { return listens_; }
  std::vector<SignalName> raises() const override { return raises_; }
  std::vector<SignalName> all_raised() const override {
    std::vector<SignalName> signals = raises_;
    for (const auto* calls : {&calls_, &rescue_, &always_})
      for (const auto& call : *calls) signals.insert(signals.end(), call->signals.begin(), call->signals.end());
    return signals;
  }
  StageTerms terms() const override { return terms_; }
  std::vector<std::string> tags() const override { return tags_; }
  void run(Plan& plan) const override { add(calls_, plan); }
  void rescue(Plan& plan) const override { add(rescue_, plan); }
  void always(Plan& plan) const override { add(always_, plan); }
  std::optional<std::chrono::milliseconds> timeout() const override { return timeout_; }
  std::optional<std::chrono::milliseconds> confirm() const override { return confirm_; }
  Span span() const override { return span_; }
  Span required_span(std::size_t index) const override { return required_.at(index).span; }
  Span hosts_span() const override { return hosts_.span; }

 private:
  using Calls = std::vector<std::shared_ptr<const Call>>;

  static Calls read_calls(std::string_view key, const Node& list, Diagnostics& diagnostics) {
    Calls calls;
    if (!list.is_list()) wrong_kind(key, list, "a list of operations", diagnostics);
    for (const auto& item : list.items) {
      if (auto call = read_call(item, diagnostics)) calls.push_back(std::move(call));
    }
    return calls;
  }
  static void add(const Calls& calls, Plan& plan) {
    for (const auto& call : calls) plan.add(call);
  }

  void hand_down_tags(Calls& calls) const {
    if (tags_.empty()) return;
    for (auto& call : calls) {
      auto tagged = std::make_shared<Call>(*call);
      add_tags(tags_, tagged->tags);
      call = std::move(tagged);
    }
  }

  std::string name_;
  Span span_;
  std::string doc_;
  std::vector<Text> required_;
  Text hosts_;
  std::vector<SignalName> listens_, raises_;
  StageTerms terms_;
  std::vector<std::string> tags_;
  Calls calls_, rescue_, always_;
  std::optional<std::chrono::milliseconds> timeout_, confirm_;
};

bool is_stage_name(std::string_view name) {
  return !name.empty() && name.find_first_of(" \t\r\n\v\f,") == std::string_view::npos;
}

void read_stages(const Node& stages, StageFiles& files, Diagnostics& diagnostics) {
  if (!stages.is_map()) return wrong_kind("stages", stages, "a mapping of names to stages", diagnostics);
  for (const auto& [name, body] : stages.entries) {
    if (!is_stage_name(name.text)) {
      diagnostics.add(name.span, fmt::format("'{}' cannot be the name of a stage", name.text),
                      "choose a name without white space and commas");
    }
    if (!body.is_map()) {
      diagnostics.add(body.is_null() ? name.span : body.span,
                      fmt::format("stage '{}' is a mapping of 'doc', 'requires', 'hosts' and 'run', not {}", name.text,
                                  body.describe()));
      continue;
    }
    files.stages.add(std::make_shared<FileStage>(name, body, diagnostics), diagnostics);
  }
}

void read_components(const Node& components, StageFiles& files, Diagnostics& diagnostics) {
  if (!components.is_map())
    return wrong_kind("components", components, "a mapping of names to components", diagnostics);
  for (const auto& [name, body] : components.entries) {
    if (auto component = read_component(name, body, diagnostics)) files.components.push_back(std::move(component));
  }
}

void read_file(const std::shared_ptr<const Source>& source, const std::filesystem::path& folder, StageFiles& files,
               Diagnostics& diagnostics) {
  const Node root = parse_yaml_of_user(source, diagnostics);
  if (root.is_null()) return;
  if (!root.is_map()) {
    diagnostics.add(
        root.span,
        fmt::format("a stage file is a mapping with 'stages', 'components' and 'storage', not {}", root.describe()));
    return;
  }
  for (const auto& [key, value] : root.entries) {
    if (key.text == "storage") {
      for (auto& entry : read_storages(value, folder, diagnostics)) files.storages.push_back(std::move(entry));
    } else if (key.text == "components") {
      read_components(value, files, diagnostics);
    } else if (key.text == "stages") {
      read_stages(value, files, diagnostics);
    } else {
      unknown_key(key, names_of(stage_file_keys()), diagnostics);
    }
  }
}

void finish(StageFiles& files, const std::string& name, std::size_t mistakes_before, Diagnostics& diagnostics) {
  files.stages.check(diagnostics);
  check_components(files.components, diagnostics);
  // Storage and components alone are of use to a program that brings stages of its own.
  const bool is_empty = files.stages.all().empty() && files.storages.empty() && files.components.empty();
  if (is_empty && diagnostics.size() == mistakes_before) {
    diagnostics.add({.source = std::make_shared<Source>(Source{name, {}})}, "no stages are defined here",
                    "define one below 'stages:'");
  }
}

}  // namespace

std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const auto extension = entry.path().extension();
    const bool is_hidden = entry.path().filename().string().starts_with('.');
    if (!is_hidden && (extension == ".yaml" || extension == ".yml")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

StageFiles load_stages(const std::filesystem::path& file_or_folder, Diagnostics& diagnostics) {
  const std::size_t mistakes_before = diagnostics.size();
  StageFiles files;
  std::error_code error;
  if (std::filesystem::is_directory(file_or_folder, error)) {
    files.folder = file_or_folder;
    files.files = yaml_files(file_or_folder);
  } else {
    files.folder = file_or_folder.parent_path().empty() ? "." : file_or_folder.parent_path();
    files.files = {file_or_folder};
  }
  for (const auto& file : files.files) {
    try {
      read_file(load_source(file.string()), files.folder, files, diagnostics);
    } catch (const Mistakes& mistakes) {
      diagnostics.add(mistakes);
    }
  }
  finish(files, file_or_folder.string(), mistakes_before, diagnostics);
  return files;
}

StageFiles parse_stages(std::shared_ptr<const Source> source, Diagnostics& diagnostics) {
  const std::size_t mistakes_before = diagnostics.size();
  StageFiles files;
  files.folder = ".";
  try {
    read_file(source, files.folder, files, diagnostics);
  } catch (const Mistakes& mistakes) {
    diagnostics.add(mistakes);
  }
  finish(files, source->name, mistakes_before, diagnostics);
  return files;
}

}  // namespace espresso
