#include "model/sealed.h"

#include "core/error.h"
#include "core/text.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <vector>

namespace espresso {

namespace {

constexpr std::string_view magic = "$ESPRESSO_SECRET;";
constexpr std::string_view version = "1";
constexpr std::size_t line_width = 76;
// What a hostile file may make us do.
constexpr std::uint64_t most_passes = 100;
constexpr std::size_t most_memory = std::size_t{1} << 30U;

static_assert(sealing_key_size == crypto_secretstream_xchacha20poly1305_KEYBYTES);

using Key = std::array<unsigned char, sealing_key_size>;

void start_sodium() {
  if (sodium_init() < 0) throw Error("libsodium cannot be used here");
}

Error broken() {
  return Error("this secret file is broken: it was cut short or changed", "restore it from where it came from");
}

std::string encoded(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its NUL
  return text;
}

std::string decoded(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), "\r\n ",
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    throw broken();
  bytes.resize(size);
  return bytes;
}

struct Header {
  SealingKey::Kind kind = SealingKey::Kind::passphrase;
  SealingCost cost = {};
  std::string salt = {};
};

template <typename Number>
bool parse(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::string_view first_line(std::string_view text) { return trim(text.substr(0, text.find('\n'))); }

Header header_of(std::string_view text) {
  const auto fields = split(first_line(text), ';');
  if (fields.size() < 3) throw broken();
  if (fields[1] != version)
    throw Error(fmt::format("this secret file is of version '{}', which this Espresso does not know", fields[1]),
                "use the Espresso that wrote it, or a newer one");
  Header header;
  if (fields[2] == "key" && fields.size() == 3) {
    header.kind = SealingKey::Kind::key;
    return header;
  }
  if (fields[2] != "argon2id" || fields.size() != 6 || !parse(fields[3], header.cost.passes) ||
      !parse(fields[4], header.cost.memory))
    throw broken();
  if (header.cost.passes > most_passes || header.cost.memory > most_memory)
    throw Error(fmt::format("this secret file asks for {} passes over {} bytes to make its key, which is more than any "
                            "should",
                            header.cost.passes, header.cost.memory),
                "take it from where you trust it");
  header.salt = decoded(fields[5]);
  if (header.cost.passes < crypto_pwhash_OPSLIMIT_MIN || header.cost.memory < crypto_pwhash_MEMLIMIT_MIN ||
      header.salt.size() != crypto_pwhash_SALTBYTES)
    throw broken();
  return header;
}

// A key that is wiped at its end.
class DerivedKey {
 public:
  DerivedKey(const Header& header, const SealingKey& key) {
    if (key.kind == SealingKey::Kind::key) {
      if (key.secret.size() != sealing_key_size)
        throw Error(fmt::format("a key is of {} bytes, not {}", sealing_key_size, key.secret.size()));
      std::copy(key.secret.begin(), key.secret.end(), key_.begin());
    } else if (crypto_pwhash(key_.data(), key_.size(), key.secret.data(), key.secret.size(),
                             reinterpret_cast<const unsigned char*>(header.salt.data()), header.cost.passes,
                             header.cost.memory, crypto_pwhash_ALG_ARGON2ID13) != 0) {
      throw Error(
          fmt::format("there is not enough memory to make a key of the passphrase ({} bytes)", header.cost.memory));
    }
  }
  DerivedKey(const DerivedKey&) = delete;
  DerivedKey& operator=(const DerivedKey&) = delete;
  ~DerivedKey() { sodium_memzero(key_.data(), key_.size()); }
  const unsigned char* data() const { return key_.data(); }

 private:
  Key key_{};
};

// The stream's state is wiped at its end, too.
struct Stream {
  crypto_secretstream_xchacha20poly1305_state state{};
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { sodium_memzero(&state, sizeof state); }
};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Header new_header(const SealingKey& key, const SealingCost& cost) {
  Header header;
  header.kind = key.kind;
  header.cost = cost;
  if (key.kind == SealingKey::Kind::key) return header;
  header.salt.resize(crypto_pwhash_SALTBYTES);
  randombytes_buf(header.salt.data(), header.salt.size());
  return header;
}

std::string line_of(const Header& header) {
  if (header.kind == SealingKey::Kind::key) return fmt::format("{}{};key", magic, version);
  return fmt::format("{}{};argon2id;{};{};{}", magic, version, header.cost.passes, header.cost.memory,
                     encoded(header.salt));
}

}  // namespace

bool is_sealed(std::string_view text) { return text.starts_with(magic); }

SealingKey::Kind kind_of_key(std::string_view text) {
  start_sodium();
  return header_of(text).kind;
}

std::string seal(std::string_view plain, const SealingKey& key, const SealingCost& cost) {
  start_sodium();
  const Header header = new_header(key, cost);
  const std::string line = line_of(header);
  const DerivedKey derived(header, key);
  Stream stream;
  std::string sealed(
      crypto_secretstream_xchacha20poly1305_HEADERBYTES + plain.size() + crypto_secretstream_xchacha20poly1305_ABYTES,
      '\0');
  auto* const out = reinterpret_cast<unsigned char*>(sealed.data());
  crypto_secretstream_xchacha20poly1305_init_push(&stream.state, out, derived.data());
  crypto_secretstream_xchacha20poly1305_push(&stream.state, out + crypto_secretstream_xchacha20poly1305_HEADERBYTES,
                                             nullptr, bytes_of(plain), plain.size(), bytes_of(line), line.size(),
                                             crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  std::string text = line + "\n";
  const std::string body = encoded(sealed);
  for (std::size_t at = 0; at < body.size(); at += line_width) text += body.substr(at, line_width) + "\n";
  return text;
}

std::string unseal(std::string_view text, const SealingKey& key) {
  start_sodium();
  const Header header = header_of(text);
  const std::string_view line = first_line(text);
  const std::size_t end = text.find('\n');
  const std::string sealed = decoded(end == std::string_view::npos ? "" : text.substr(end + 1));
  constexpr std::size_t start = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
  if (sealed.size() < start + crypto_secretstream_xchacha20poly1305_ABYTES) throw broken();
  const DerivedKey derived(header, key);
  Stream stream;
  std::string plain(sealed.size() - start - crypto_secretstream_xchacha20poly1305_ABYTES, '\0');
  unsigned char tag = 0;
  const bool is_right =
      crypto_secretstream_xchacha20poly1305_init_pull(&stream.state, bytes_of(sealed), derived.data()) == 0 &&
      crypto_secretstream_xchacha20poly1305_pull(&stream.state, reinterpret_cast<unsigned char*>(plain.data()), nullptr,
                                                 &tag, bytes_of(sealed) + start, sealed.size() - start, bytes_of(line),
                                                 line.size()) == 0;
  if (!is_right)
    throw Error(key.kind == SealingKey::Kind::key
                    ? "this key does not open it: it is another one, or the file was changed"
                    : "this passphrase does not open it: it is another one, or the file was changed");
  if (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) throw broken();
  return plain;
}

}  // namespace espresso
