#include "core/masking_stream.h"

#include "core/secrets.h"

#include <algorithm>
#include <streambuf>
#include <string>
#include <string_view>

namespace espresso {

class MaskingStream::Buffer : public std::streambuf {
 public:
  Buffer(std::ostream& out, const Secrets& secrets) : out_(out), secrets_(secrets) {}

  void finish() {
    write(waiting_);
    waiting_.clear();
  }

 protected:
  int_type overflow(int_type c) override {
    if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
    const char one = traits_type::to_char_type(c);
    return xsputn(&one, 1) == 1 ? c : traits_type::eof();
  }

  std::streamsize xsputn(const char* data, std::streamsize size) override {
    const std::string_view text(data, static_cast<std::size_t>(size));
    if (secrets_.empty() && waiting_.empty()) {
      pass(text);
    } else {
      waiting_ += text;
      // Whole lines hold whole secrets; a line that is still being written is looked at when it is shown.
      if (const std::size_t end = waiting_.rfind('\n'); end != std::string::npos) {
        write(std::string_view(waiting_).substr(0, end + 1));
        waiting_.erase(0, end + 1);
      }
    }
    return out_.good() ? size : 0;
  }

  int sync() override {
    std::size_t sure = waiting_.size() - secrets_.open_end(waiting_);
    for (const auto& place : secrets_.places_in(waiting_)) {
      if (place.end > sure) sure = std::min(sure, place.begin);
    }
    write(std::string_view(waiting_).substr(0, sure));
    waiting_.erase(0, sure);
    out_.flush();
    return out_.good() ? 0 : -1;
  }

 private:
  static constexpr std::string_view of_numbers = "0123456789+-.eE";

  static std::size_t begin_of_number(std::string_view text, std::size_t from, std::size_t at) {
    while (at > from && of_numbers.find(text[at - 1]) != std::string_view::npos) --at;
    return at;
  }

  // Names of members are words of ours, which a secret may happen to be, too; those of others were masked before.
  static bool is_key(std::string_view text, const Secrets::Place& place) {
    return place.begin > 0 && text[place.begin - 1] == '"' && text.substr(place.end, 2) == "\":";
  }

  void write(std::string_view text) {
    std::size_t at = 0;
    for (const auto& place : secrets_.places_in(text)) {
      if (place.begin < at) continue;  // within a number that is masked
      const std::size_t begin = place.is_number ? begin_of_number(text, at, place.begin) : place.begin;
      pass(text.substr(at, begin - at));
      if (is_json_ && is_key(text, place)) {
        pass(text.substr(begin, place.end - begin));
        at = place.end;
      } else if (place.is_number && is_json_ && !is_in_string_) {
        pass("\"***\"");
        at = std::min(text.find_first_not_of(of_numbers, place.end), text.size());
      } else {
        pass(text.substr(begin, place.begin - begin));
        pass("***");
        at = place.end;
      }
    }
    pass(text.substr(at));
  }

  void pass(std::string_view text) {
    note(text);
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  }

  // Whether what is written is JSON, and where in it we are.
  void note(std::string_view text) {
    if (!has_begun_ && !text.empty()) {
      has_begun_ = true;
      is_json_ = text.front() == '{' || text.front() == '[';
    }
    if (!is_json_) return;
    for (const char c : text) {
      if (is_escaped_)
        is_escaped_ = false;
      else if (is_in_string_ && c == '\\')
        is_escaped_ = true;
      else if (c == '"')
        is_in_string_ = !is_in_string_;
    }
  }

  std::ostream& out_;
  const Secrets& secrets_;
  std::string waiting_;
  bool has_begun_ = false, is_json_ = false, is_in_string_ = false, is_escaped_ = false;
};

MaskingStream::MaskingStream(std::ostream& out, const Secrets& secrets)
    : std::ostream(nullptr), buffer_(std::make_unique<Buffer>(out, secrets)) {
  rdbuf(buffer_.get());
  if ((out.flags() & std::ios::unitbuf) != 0) setf(std::ios::unitbuf);
}

MaskingStream::~MaskingStream() {
  buffer_->finish();
  flush();
}

}  // namespace espresso
