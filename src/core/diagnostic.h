#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace espresso {

/// A text the user wrote: a file, or words of the command line. Spans point into it.
struct Source {
  std::string name;  ///< as told to the user: a path, or "--hosts"
  std::string text;

  /// The line of this number (from 1), without its end. Empty when there is no such line.
  std::string_view line(std::size_t number) const;
};

/// Reads a file whole. Throws Mistakes when it cannot be read.
std::shared_ptr<const Source> load_source(const std::string& path);

/// A place in a user's text. Lines and columns count from 1, columns and lengths in bytes.
struct Span {
  std::shared_ptr<const Source> source;
  std::size_t line = 0;  ///< 0: the text as a whole
  std::size_t column = 0;
  std::size_t length = 1;

  /// "file:line:column", as much of it as is known.
  std::string location() const;
};

/// The span of `length` bytes at `offset` of `source`.
Span span_at(std::shared_ptr<const Source> source, std::size_t offset, std::size_t length);

/// One mistake in what the user wrote: where, what, and what to do about it.
/// Messages are lower case, without a full stop; the user's words in quotes; the hint is an imperative.
struct Diagnostic {
  struct Note {
    Span span;
    std::string message;
  };
  Span span;
  std::string message;
  std::string hint = {};
  std::vector<Note> notes = {};
};

/// `file:line:column: error: message`, the line itself, a caret, notes and the hint. Ends in a newline.
std::string render(const Diagnostic& diagnostic);

/// What is wrong with the user's files, all of it at once. Ends the program with status 5; no host was touched.
class Mistakes : public std::exception {
 public:
  explicit Mistakes(std::vector<Diagnostic> diagnostics);
  explicit Mistakes(Diagnostic diagnostic);
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  /// All diagnostics rendered, in order.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::vector<Diagnostic> diagnostics_;
  std::string text_;
};

/// Collects mistakes while a file is read to its end.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic);
  void add(Span span, std::string message, std::string hint = {});
  /// Takes over what another reader threw.
  void add(const Mistakes& mistakes);
  bool empty() const { return diagnostics_.empty(); }
  std::size_t size() const { return diagnostics_.size(); }
  const std::vector<Diagnostic>& all() const { return diagnostics_; }
  /// Throws Mistakes when anything was collected.
  void throw_if_any() const;

 private:
  std::vector<Diagnostic> diagnostics_;
};

/// "did you mean 'x'?" for the candidate nearest to `word`, or nothing when none is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace espresso
