#pragma once

#include <atomic>
#include <bitset>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// What must not be shown: knows the secrets that were read, and replaces them by "***" in texts, in whatever usual
/// form they stand there (secret_forms.h). Masking without secrets costs one look at a flag. For any number of threads.
class Secrets {
 public:
  Secrets();
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  ~Secrets();

  /// To be called before anything is done with the secret. `name` is for whoever is warned of it: a secret of less than
  /// four bytes is masked only where it is all of a text.
  void add(std::string_view secret, std::string_view name = {});
  bool empty() const noexcept { return !has_any_.load(std::memory_order_acquire); }
  /// Names of the secrets that are too short to be masked well.
  std::vector<std::string> short_ones() const;
  /// For the next run.
  void forget();

  std::string mask(std::string_view text) const;
  /// Of a text that was cut at its end: what may be the beginning of a secret there is masked, too.
  std::string mask_cut_end(std::string_view text) const;
  /// Of a text that was cut at its beginning.
  std::string mask_cut_begin(std::string_view text) const;
  /// Whether the text holds a secret in any form.
  bool is_in(std::string_view text) const;
  /// How many bytes at the end of the text may be the beginning of a secret that goes on.
  std::size_t open_end(std::string_view text) const;

  /// A place of a text that is to be masked.
  struct Place {
    std::size_t begin;
    std::size_t end;
    bool is_number;  ///< digits only
  };
  /// In order, overlapping ones made one.
  std::vector<Place> places_in(std::string_view text) const;

 private:
  struct Index;
  std::shared_ptr<const Index> index() const;

  std::atomic<bool> has_any_ = false;
  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> secrets_;
  std::vector<std::string> short_ones_;
  mutable std::shared_ptr<const Index> index_;  // made when it is needed
};

/// Those of this run of the program. Every way out of it masks them.
Secrets& known_secrets();

/// Wipes a text that is needed no more.
void wipe(std::string& text);

}  // namespace espresso
