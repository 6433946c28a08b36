#include "run/stage_board.h"

namespace espresso {

void StageBoard::finish(const std::string& stage, const std::string& host, bool succeeded) {
  Entry& entry = entries_[stage];
  if (entry.remaining > 0) --entry.remaining;
  if (!succeeded) entry.failed.push_back(host);
  bell_.ring();
}

bool StageBoard::is_finished(std::string_view stage) const {
  const auto entry = entries_.find(stage);
  return entry == entries_.end() || entry->second.remaining == 0;
}

const std::vector<std::string>& StageBoard::failed_on(std::string_view stage) const {
  static const std::vector<std::string> none;
  const auto entry = entries_.find(stage);
  return entry == entries_.end() ? none : entry->second.failed;
}

}  // namespace espresso
