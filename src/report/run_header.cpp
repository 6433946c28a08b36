#include "report/run_header.h"

#include <nlohmann/json.hpp>

namespace espresso {

namespace {

using Json = nlohmann::ordered_json;

// Of journals that are written so. Others are left to the program that wrote them.
constexpr int format = 1;

const char* word(RunHeader::Kind kind) { return kind == RunHeader::Kind::plan ? "plan" : "run"; }

}  // namespace

std::string header_line(const RunHeader& header) {
  Json object{{"event", word(header.kind)}, {"format", format},      {"id", header.id},
              {"time", header.time},        {"words", header.words}, {"masked", header.masked},
              {"folder", header.folder},    {"user", header.user},   {"program", header.program}};
  if (!header.resumes.empty()) object["resumes"] = header.resumes;
  if (!header.stage_files.empty()) object["stage_files"] = header.stage_files;
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::optional<RunHeader> parse_header(std::string_view line) {
  try {
    const Json object = Json::parse(line);
    const std::string event = object.is_object() ? object.value("event", "") : "";
    if ((event != "run" && event != "plan") || object.value("format", 0) != format) return std::nullopt;
    return RunHeader{.kind = event == "plan" ? RunHeader::Kind::plan : RunHeader::Kind::run,
                     .id = object.value("id", ""),
                     .time = object.value("time", ""),
                     .words = object.value("words", std::vector<std::string>()),
                     .masked = object.value("masked", false),
                     .folder = object.value("folder", ""),
                     .user = object.value("user", ""),
                     .program = object.value("program", ""),
                     .resumes = object.value("resumes", ""),
                     .stage_files = object.value("stage_files", std::map<std::string, std::string>())};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace espresso
