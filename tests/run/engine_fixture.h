#pragma once

#include "helpers/operation.h"
#include "model/stage_file.h"
#include "run/engine.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace espresso {

/// Keeps what the engine tells.
class Recorder : public Reporter {
 public:
  void on(const Event& event) override { events.push_back(event); }
  std::vector<Event> events;

  /// "host title: outcome", in the order in which they were told.
  std::vector<std::string> results(const std::string& host = {}) const {
    std::vector<std::string> lines;
    for (const auto& event : events) {
      if (event.kind != Event::Kind::operation_finished || (!host.empty() && event.host != host)) continue;
      lines.push_back(event.host + " " + event.result->title + ": " + std::string(word(event.result->outcome)));
    }
    return lines;
  }
  const Result& result(const std::string& title) const {
    for (const auto& event : events) {
      if (event.kind == Event::Kind::operation_finished && event.result->title == title) return *event.result;
    }
    throw std::runtime_error("no result of " + title);
  }
  const Event& end_of(const std::string& host) const {
    for (const auto& event : events) {
      if (event.kind == Event::Kind::host_finished && event.host == host) return event;
    }
    throw std::runtime_error("no end of " + host);
  }
};

/// Hosts that are shells on this machine, stages from text, files in a scratch folder named {{ scratch }}.
class Engine : public testing::Test {
 protected:
  Engine() {
    std::string pattern = (std::filesystem::temp_directory_path() / "espresso-engine-XXXXXX").string();
    scratch = mkdtemp(pattern.data());
  }
  ~Engine() override { std::filesystem::remove_all(scratch); }

  RunResult run(const std::string& stages, const std::vector<std::string>& targets) {
    Workspace workspace;
    workspace.inventory = Inventory::parse(std::make_shared<Source>(Source{"inventory.yaml", inventory}));
    workspace.inventory.override_variables([&] {
      Map map;
      map.set("scratch", scratch.string());
      map.set("connection", "local");
      return map;
    }());
    Diagnostics diagnostics;
    StageFiles files = parse_stages(std::make_shared<Source>(Source{"stages.yaml", stages}), diagnostics);
    files.stages.check(diagnostics);
    diagnostics.throw_if_any();
    workspace.stages = std::move(files.stages);
    for (auto& component : files.components) workspace.catalog.add(std::move(component), diagnostics);
    diagnostics.throw_if_any();
    std::filesystem::create_directories(scratch / "files");
    workspace.storage.add(open_directory_storage(scratch / "files"));
    Evaluator evaluator;
    Binder binder(workspace.catalog, evaluator);
    recorder.events.clear();
    auto plans = plan_hosts(workspace, workspace.stages.order(targets, "STAGE"),
                            workspace.inventory.select_option(selected, "--hosts"), binder, choice);
    return run_hosts(workspace, std::move(plans), binder, options, recorder);
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((scratch / name).parent_path());
    std::ofstream(scratch / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(scratch / name, std::ios::binary).rdbuf();
    return text.str();
  }

  std::filesystem::path scratch;
  std::string inventory = "all: {hosts: {a: }}\n";
  std::string selected = "all";
  RunOptions options;
  PlanChoice choice;
  Recorder recorder;
};

}  // namespace espresso
