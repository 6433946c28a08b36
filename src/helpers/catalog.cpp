#include "helpers/catalog.h"

#include "core/embedded.h"
#include "core/text.h"
#include "helpers/parts.h"
#include "model/component.h"

#include <fmt/format.h>

#include <algorithm>

namespace espresso {

extern const std::vector<EmbeddedText> embedded_helpers;

namespace {

// "fs/ensure_file.sh" is the helper "fs.ensure_file".
std::string helper_name(const std::filesystem::path& file) {
  return file.parent_path().filename().string() + "." + file.stem().string();
}

bool is_part_of_name(const std::string& text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                              std::string::npos;
}

std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> entries;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

}  // namespace

const Parameter* Helper::find(std::string_view parameter) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& p) { return p.name == parameter; });
  return found == parameters.end() ? nullptr : &*found;
}

std::string Helper::function() const {
  std::string function = "h_" + name;
  std::replace_if(
      function.begin(), function.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return function;
}

Catalog::Catalog() {
  for (const auto& file : embedded_helpers) {
    if (!file.name.starts_with("parts/")) helpers_[helper_name(file.name)] = {.unread = &file};
  }
}

Catalog::Catalog(const std::vector<std::pair<std::string, std::string>>& helpers) {
  Diagnostics diagnostics;
  for (const auto& [name, text] : helpers) {
    auto source = std::make_shared<Source>(Source{name + ".sh", text});
    helpers_[name] = {.helper = std::make_shared<Helper>(parse_helper(name, std::move(source), diagnostics))};
  }
  diagnostics.throw_if_any();
}

void Catalog::load(const std::filesystem::path& folder, Diagnostics& diagnostics) {
  for (const auto& name_space : entries_of(folder)) {
    for (const auto& file : entries_of(name_space)) {
      if (file.extension() != ".sh") continue;
      try {
        auto source = load_source(file.string());
        if (!is_part_of_name(name_space.filename().string()) || !is_part_of_name(file.stem().string())) {
          diagnostics.add({.source = source}, fmt::format("'{}' cannot be the name of a helper", helper_name(file)),
                          "choose letters, digits, '_' and '-' for the folder and the file");
          continue;
        }
        auto helper = std::make_shared<Helper>(parse_helper(helper_name(file), std::move(source), diagnostics));
        helpers_[helper->name] = {.helper = helper};
      } catch (const Mistakes& mistakes) {
        diagnostics.add(mistakes);
      }
    }
  }
}

void Catalog::add(std::shared_ptr<const Component> component, Diagnostics& diagnostics) {
  if (const auto first = find(component->name)) {
    diagnostics.add({.span = component->span,
                     .message = fmt::format("component '{}' has the name of a helper", component->name),
                     .hint = "choose another name",
                     .notes = {{first->span, "the helper is this one"}}});
    return;
  }
  auto helper = std::make_shared<Helper>(parse_component(std::move(component), diagnostics));
  helpers_[helper->name] = {.helper = helper};
}

const std::shared_ptr<const Helper>& Catalog::read(const std::string& name, Entry& entry) {
  if (!entry.unread) return entry.helper;
  Diagnostics diagnostics;
  auto source = std::make_shared<Source>(Source{std::string(entry.unread->name), std::string(entry.unread->text)});
  auto helper = std::make_shared<Helper>(parse_helper(name, std::move(source), diagnostics));
  diagnostics.throw_if_any();
  // What is sent to every host need not hold what only readers need.
  helper->body = without_comments(helper->body);
  entry = {.helper = std::move(helper)};
  return entry.helper;
}

std::shared_ptr<const Helper> Catalog::find(std::string_view name) const {
  const auto found = helpers_.find(name);
  return found == helpers_.end() ? nullptr : read(found->first, found->second);
}

std::vector<std::shared_ptr<const Helper>> Catalog::all() const {
  std::vector<std::shared_ptr<const Helper>> all;
  for (auto& [name, entry] : helpers_) all.push_back(read(name, entry));
  return all;
}

std::vector<std::shared_ptr<const Helper>> Catalog::components() const {
  std::vector<std::shared_ptr<const Helper>> found;
  for (const auto& [name, entry] : helpers_) {
    if (entry.helper && entry.helper->component) found.push_back(entry.helper);
  }
  return found;
}

std::vector<std::string> Catalog::names() const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : helpers_) names.push_back(name);
  return names;
}

}  // namespace espresso
