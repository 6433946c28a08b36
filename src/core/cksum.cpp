#include "core/cksum.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

namespace espresso {

namespace {

// POSIX.1-2017, cksum: the generating polynomial of ISO/IEC 8802-3, highest bit first.
constexpr std::uint32_t polynomial = 0x04c11db7;
constexpr std::size_t slice = 8;

// tables[n][byte]: what that byte with n zero bytes after it comes to. Eight bytes then take eight look-ups.
using Tables = std::array<std::array<std::uint32_t, 256>, slice>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte << 24;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x80000000U) != 0 ? polynomial : 0);
    tables[0][byte] = crc;
  }
  for (std::size_t n = 1; n < slice; ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[n - 1][byte];
      tables[n][byte] = (before << 8) ^ tables[0][before >> 24];
    }
  }
  return tables;
}

constexpr Tables tables = make_tables();

constexpr std::uint32_t with_byte(std::uint32_t crc, unsigned char byte) {
  return (crc << 8) ^ tables[0][(crc >> 24) ^ byte];
}

}  // namespace

void Cksum::add(std::string_view data) {
  const auto* at = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t left = data.size();
  std::uint32_t crc = crc_;
  for (; left >= slice; at += slice, left -= slice) {
    crc = tables[7][at[0] ^ (crc >> 24)] ^ tables[6][at[1] ^ (crc >> 16 & 0xff)] ^
          tables[5][at[2] ^ (crc >> 8 & 0xff)] ^ tables[4][at[3] ^ (crc & 0xff)] ^ tables[3][at[4]] ^ tables[2][at[5]] ^
          tables[1][at[6]] ^ tables[0][at[7]];
  }
  for (; left > 0; ++at, --left) crc = with_byte(crc, *at);
  crc_ = crc;
  length_ += data.size();
}

std::uint32_t Cksum::finish() const {
  std::uint32_t crc = crc_;
  // The length follows the data, its lowest byte first.
  for (std::uint64_t length = length_; length != 0; length >>= 8)
    crc = with_byte(crc, static_cast<unsigned char>(length & 0xff));
  return ~crc;
}

std::uint32_t cksum_of_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::system_error(errno, std::generic_category(), path.string());
  Cksum cksum;
  std::vector<char> buffer(256 * 1024);
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    cksum.add({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (file.bad()) throw std::system_error(EIO, std::generic_category(), path.string());
  return cksum.finish();
}

}  // namespace espresso
