#pragma once

#include <memory>
#include <ostream>

namespace espresso {

class Secrets;

/// A stream that writes on to another, with secrets masked, also those that come in pieces: what may be the beginning
/// of one waits for what follows, until the stream ends. In JSON (what begins with a bracket), a secret that is a bare
/// number becomes a string, and names of members stay.
class MaskingStream : public std::ostream {
 public:
  /// Both must outlive it. Unbuffered where `out` is.
  MaskingStream(std::ostream& out, const Secrets& secrets);
  MaskingStream(const MaskingStream&) = delete;
  MaskingStream& operator=(const MaskingStream&) = delete;
  ~MaskingStream() override;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

}  // namespace espresso
