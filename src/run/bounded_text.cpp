#include "core/secrets.h"
#include "run/protocol.h"

#include <fmt/format.h>

namespace espresso {

// The head takes half, the tail the rest. The tail may grow to twice its share before it is cut, so that appending
// byte by byte stays cheap.
void BoundedText::append(std::string_view data) {
  total_ += data.size();
  const std::size_t head_room = limit_ / 2 - head_.size();
  head_ += data.substr(0, head_room);
  if (data.size() <= head_room) return;
  data.remove_prefix(head_room);
  const std::size_t share = limit_ - limit_ / 2;
  // While the whole fits the tail is within its share, so nothing that must be kept is cut here.
  tail_ += data.size() > share ? data.substr(data.size() - share) : data;
  if (tail_.size() > 2 * share) tail_.erase(0, tail_.size() - share);
}

std::string BoundedText::text() const {
  const std::size_t share = limit_ - limit_ / 2;
  if (!is_cut()) return head_ + tail_;
  const std::string_view tail = std::string_view(tail_).substr(tail_.size() > share ? tail_.size() - share : 0);
  const std::size_t left_out = total_ - head_.size() - tail.size();
  const Secrets& secrets = known_secrets();
  // Half a secret at the cut is recognized nowhere else.
  return fmt::format("{}… [{} bytes left out] …{}", secrets.mask_cut_end(head_), left_out,
                     secrets.mask_cut_begin(tail));
}

}  // namespace espresso
