#include "core/diff.h"

#include "core/hash.h"
#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

namespace espresso {

namespace {

// Beyond these a diff says nothing to a reader any more: larger texts are told as sizes and hashes, texts that differ
// in more lines (16 MB of trace) as one replacement of all that lies between their common head and tail.
constexpr std::size_t max_bytes = 16 * 1024 * 1024;
constexpr int max_edits = 2000;
constexpr std::size_t context = 3;

using Lines = std::vector<std::string_view>;
using Numbers = std::vector<int>;

// Lines keep their newline, so that a last line without one differs from the same line with one.
Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

// Equal lines get equal numbers, which compare faster.
Numbers number(const Lines& lines, std::unordered_map<std::string_view, int>& known) {
  Numbers numbers;
  numbers.reserve(lines.size());
  for (const auto& line : lines)
    numbers.push_back(known.try_emplace(line, static_cast<int>(known.size())).first->second);
  return numbers;
}

/// Lines [old_begin, old_end) became lines [new_begin, new_end).
struct Change {
  std::size_t old_begin, old_end, new_begin, new_end;
};

/// One insertion or deletion, by the place before it.
struct Edit {
  int x, y;
  bool is_insertion;
};

/// The shortest edits (Myers, "An O(ND) Difference Algorithm", 1986), or nothing when there are more than max_edits.
class ShortestEdits {
 public:
  ShortestEdits(const int* before, int before_size, const int* after, int after_size)
      : before_(before), after_(after), n_(before_size), m_(after_size) {}

  std::optional<std::vector<Edit>> find() {
    const int limit = std::min(n_ + m_, max_edits);
    for (int d = 0; d <= limit; ++d) {
      std::vector<int> reach(2 * static_cast<std::size_t>(d) + 1, -1);  // the furthest x on diagonal k, at k + d
      for (int k = -d; k <= d; k += 2) {
        int x = d == 0 ? 0 : step(d, k);
        int y = x - k;
        while (x >= 0 && y >= 0 && x < n_ && y < m_ && before_[x] == after_[y]) ++x, ++y;
        reach[static_cast<std::size_t>(k + d)] = x;
        if (x >= n_ && y >= m_) return trace_back(d, k);
      }
      trace_.push_back(std::move(reach));
    }
    return std::nullopt;
  }

 private:
  int reached(int d, int k) const {
    return k < -d || k > d ? -1 : trace_[static_cast<std::size_t>(d)][static_cast<std::size_t>(k + d)];
  }
  bool goes_down(int d, int k) const { return k == -d || (k != d && reached(d - 1, k - 1) < reached(d - 1, k + 1)); }
  int step(int d, int k) const { return goes_down(d, k) ? reached(d - 1, k + 1) : reached(d - 1, k - 1) + 1; }

  std::vector<Edit> trace_back(int d, int k) const {
    std::vector<Edit> edits;
    for (; d > 0; --d) {
      const bool down = goes_down(d, k);
      k += down ? 1 : -1;
      const int x = reached(d - 1, k);
      edits.push_back({x, x - k, down});
    }
    std::reverse(edits.begin(), edits.end());
    return edits;
  }

  const int* before_;
  const int* after_;
  int n_, m_;
  std::vector<std::vector<int>> trace_;
};

std::vector<Change> find_changes(const Numbers& before, const Numbers& after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t head = 0, tail = 0;
  while (head < shorter && before[head] == after[head]) ++head;
  while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) ++tail;
  const std::size_t old_end = before.size() - tail, new_end = after.size() - tail;
  const auto edits = ShortestEdits(before.data() + head, static_cast<int>(old_end - head), after.data() + head,
                                   static_cast<int>(new_end - head))
                         .find();
  if (!edits) return {{head, old_end, head, new_end}};
  std::vector<Change> changes;
  for (const auto& edit : *edits) {
    const std::size_t x = head + static_cast<std::size_t>(edit.x), y = head + static_cast<std::size_t>(edit.y);
    if (changes.empty() || changes.back().old_end != x || changes.back().new_end != y) changes.push_back({x, x, y, y});
    (edit.is_insertion ? changes.back().new_end : changes.back().old_end) += 1;
  }
  return changes;
}

std::string range(std::size_t begin, std::size_t end) {
  if (end - begin == 1) return std::to_string(end);
  return fmt::format("{},{}", begin == end ? begin : begin + 1, end - begin);
}

void write_lines(std::string& text, char mark, const Lines& lines, std::size_t begin, std::size_t end) {
  for (std::size_t at = begin; at < end; ++at) {
    text += mark;
    text += lines[at];
    if (!lines[at].ends_with('\n')) text += "\n\\ No newline at end of file\n";
  }
}

// Changes that are no further apart than their contexts reach share a hunk.
std::string hunks(const std::vector<Change>& changes, const Lines& before, const Lines& after) {
  std::string text;
  for (std::size_t first = 0; first < changes.size();) {
    std::size_t last = first;
    while (last + 1 < changes.size() && changes[last + 1].old_begin - changes[last].old_end <= 2 * context) ++last;
    const std::size_t lead = std::min(context, changes[first].old_begin);
    const std::size_t trail = std::min(context, before.size() - changes[last].old_end);
    const std::size_t old_begin = changes[first].old_begin - lead, old_end = changes[last].old_end + trail;
    text += fmt::format("@@ -{} +{} @@\n", range(old_begin, old_end),
                        range(changes[first].new_begin - lead, changes[last].new_end + trail));
    std::size_t at = old_begin;
    for (; first <= last; ++first) {
      write_lines(text, ' ', before, at, changes[first].old_begin);
      write_lines(text, '-', before, changes[first].old_begin, changes[first].old_end);
      write_lines(text, '+', after, changes[first].new_begin, changes[first].new_end);
      at = changes[first].old_end;
    }
    write_lines(text, ' ', before, at, old_end);
  }
  return text;
}

bool is_text(std::string_view content) {
  return content.find('\0') == std::string_view::npos && is_valid_utf8(content);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view before_name,
                         std::string_view after_name) {
  if (before == after) return {};
  std::string text = fmt::format("--- {}\n+++ {}\n", before_name, after_name);
  const bool is_huge = before.size() + after.size() > max_bytes;
  if (is_huge || !is_text(before) || !is_text(after)) {
    return text + fmt::format("{} content differs: {} bytes (sha256 {}) became {} bytes (sha256 {})\n",
                              is_huge ? "large" : "binary", before.size(), sha256(before), after.size(), sha256(after));
  }
  const Lines old_lines = lines_of(before), new_lines = lines_of(after);
  std::unordered_map<std::string_view, int> known;
  const Numbers old_numbers = number(old_lines, known), new_numbers = number(new_lines, known);
  return text + hunks(find_changes(old_numbers, new_numbers), old_lines, new_lines);
}

}  // namespace espresso
