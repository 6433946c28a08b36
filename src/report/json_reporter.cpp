#include "report/json_reporter.h"

#include "report/event_json.h"

#include <ostream>
#include <utility>

namespace espresso {

namespace {

class JsonReporter : public Reporter {
 public:
  JsonReporter(std::ostream& out, std::function<std::chrono::system_clock::time_point()> now)
      : out_(out), now_(std::move(now)) {}

  void on(const Event& event) override { out_ << event_line(event, now_()) << std::flush; }

 private:
  std::ostream& out_;
  std::function<std::chrono::system_clock::time_point()> now_;
};

}  // namespace

std::unique_ptr<Reporter> make_json_reporter(std::ostream& out,
                                             std::function<std::chrono::system_clock::time_point()> now) {
  return std::make_unique<JsonReporter>(out, std::move(now));
}

}  // namespace espresso
