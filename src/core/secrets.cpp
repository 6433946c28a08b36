#include "core/secrets.h"

#include "core/secret_forms.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <sys/prctl.h>

namespace espresso {

namespace {

constexpr std::string_view mask_text = "***";

std::size_t filter_slot(std::string_view text) {
  return static_cast<std::size_t>(static_cast<unsigned char>(text[0])) << 8U | static_cast<unsigned char>(text[1]);
}

std::string_view without_line_end(std::string_view text) { return text.substr(0, text.find_last_not_of("\r\n") + 1); }

bool is_number(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

std::string replaced(std::string_view text, const std::vector<Secrets::Place>& places) {
  std::string out;
  std::size_t at = 0;
  for (const auto& place : places) {
    out += text.substr(at, place.begin - at);
    out += mask_text;
    at = place.end;
  }
  return out += text.substr(at);
}

// Line breaks that tools put into base64, as they are or as JSON writes them.
std::size_t skip_line_break(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) == "\\n") return at + 2;
  if (text.substr(at, 2) == "\r\n") return at + 2;
  return at < text.size() && text[at] == '\n' ? at + 1 : at;
}

// Where the form that begins at text[at] ends, or npos. Long ones may be broken into lines.
std::size_t end_of_match(std::string_view text, std::size_t at, std::string_view form) {
  if (text.substr(at, form.size()) == form) return at + form.size();
  if (form.size() <= 16) return std::string_view::npos;
  for (const char c : form) {
    if (at < text.size() && text[at] != c) at = skip_line_break(text, at);
    if (at >= text.size() || text[at] != c) return std::string_view::npos;
    ++at;
  }
  return at;
}

void join(std::vector<Secrets::Place>& places, Secrets::Place next) {
  if (!places.empty() && next.begin < places.back().end) {
    places.back().end = std::max(places.back().end, next.end);
    places.back().is_number = places.back().is_number && next.is_number;
  } else {
    places.push_back(next);
  }
}

}  // namespace

struct Secrets::Index {
  std::vector<std::string> forms;  // sorted
  std::set<std::string, std::less<>> short_secrets;
  std::bitset<0x10000> begins;  // of which two bytes some form begins
  std::size_t longest = 0;

  // The longest form at text[at], as the place it takes.
  std::size_t match(std::string_view text, std::size_t at) const {
    if (text.size() - at < shortest_masked_form || !begins[filter_slot(text.substr(at))]) return std::string_view::npos;
    const std::string_view head = text.substr(at, shortest_masked_form);
    std::size_t best = std::string_view::npos;
    for (auto form = std::lower_bound(forms.begin(), forms.end(), head);
         form != forms.end() && std::string_view(*form).starts_with(head); ++form) {
      const std::size_t end = end_of_match(text, at, *form);
      if (end != std::string_view::npos && (best == std::string_view::npos || end > best)) best = end;
    }
    return best;
  }

  bool is_begin_of_one(std::string_view text) const {
    const auto form = std::lower_bound(forms.begin(), forms.end(), text);
    return form != forms.end() && std::string_view(*form).starts_with(text);
  }

  bool ends_one(std::string_view text) const {
    return std::any_of(forms.begin(), forms.end(), [&](const auto& form) {
      return form.size() > text.size() && std::string_view(form).ends_with(text);
    });
  }
};

Secrets::Secrets() = default;

Secrets::~Secrets() { forget(); }

void Secrets::add(std::string_view secret, std::string_view name) {
  const std::lock_guard lock(mutex_);
  if (without_line_end(secret).empty() || secrets_.contains(secret)) return;
  // The kernel is not to write them to a disk when the program crashes (prctl(2)).
  if (secrets_.empty()) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  secrets_.emplace(secret);
  if (without_line_end(secret).size() < shortest_masked_form) short_ones_.emplace_back(name);
  index_ = nullptr;
  has_any_.store(true, std::memory_order_release);
}

std::vector<std::string> Secrets::short_ones() const {
  const std::lock_guard lock(mutex_);
  return short_ones_;
}

void Secrets::forget() {
  const std::lock_guard lock(mutex_);
  has_any_.store(false, std::memory_order_release);
  for (const auto& secret : secrets_) OPENSSL_cleanse(const_cast<char*>(secret.data()), secret.size());
  secrets_.clear();
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  short_ones_.clear();
  index_ = nullptr;
}

std::shared_ptr<const Secrets::Index> Secrets::index() const {
  const std::lock_guard lock(mutex_);
  if (index_) return index_;
  auto index = std::make_shared<Index>();
  for (const auto& secret : secrets_) {
    auto forms = forms_of_secret(secret);
    std::move(forms.begin(), forms.end(), std::back_inserter(index->forms));
    const std::string_view bare = without_line_end(secret);
    if (bare.size() < shortest_masked_form) index->short_secrets.emplace(bare);
  }
  std::sort(index->forms.begin(), index->forms.end());
  index->forms.erase(std::unique(index->forms.begin(), index->forms.end()), index->forms.end());
  for (const auto& form : index->forms) {
    index->begins.set(filter_slot(form));
    index->longest = std::max(index->longest, form.size());
  }
  return index_ = std::move(index);
}

std::vector<Secrets::Place> Secrets::places_in(std::string_view text) const {
  std::vector<Place> places;
  if (empty() || text.empty()) return places;
  const auto index = this->index();
  if (!index->short_secrets.empty()) {
    const std::string_view bare = without_line_end(text);
    if (index->short_secrets.contains(bare)) return {{0, bare.size(), is_number(bare)}};
  }
  for (std::size_t at = 0; at + shortest_masked_form <= text.size(); ++at) {
    const std::size_t end = index->match(text, at);
    if (end != std::string_view::npos) join(places, {at, end, is_number(text.substr(at, end - at))});
  }
  return places;
}

std::string Secrets::mask(std::string_view text) const { return replaced(text, places_in(text)); }

bool Secrets::is_in(std::string_view text) const { return !places_in(text).empty(); }

std::size_t Secrets::open_end(std::string_view text) const {
  if (empty()) return 0;
  const auto index = this->index();
  const std::size_t line = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
  const std::size_t room = index->longest - std::min<std::size_t>(index->longest, 1);
  for (std::size_t at = std::max(line, text.size() - std::min(text.size(), room)); at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    if (rest.size() >= 2 && !index->begins[filter_slot(rest)]) continue;
    if (index->is_begin_of_one(rest)) return rest.size();
  }
  return 0;
}

std::string Secrets::mask_cut_end(std::string_view text) const {
  auto places = places_in(text);
  if (const std::size_t open = open_end(text); open > 0) {
    const std::size_t begin = text.size() - open;
    while (!places.empty() && places.back().begin >= begin) places.pop_back();
    join(places, {begin, text.size(), false});
  }
  return replaced(text, places);
}

std::string Secrets::mask_cut_begin(std::string_view text) const {
  auto places = places_in(text);
  if (empty()) return std::string(text);
  const auto index = this->index();
  for (std::size_t size = std::min(text.size(), index->longest); size > 0; --size) {
    if (!index->ends_one(text.substr(0, size))) continue;
    std::vector<Place> joined = {{0, size, false}};
    for (const auto& place : places) join(joined, place);
    return replaced(text, joined);
  }
  return replaced(text, places);
}

Secrets& known_secrets() {
  static Secrets secrets;
  return secrets;
}

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace espresso
