#include "ssh/hashed_names.h"

#include <algorithm>
#include <cstring>

namespace espresso {
namespace {

using Row = HashedNames::Row;
using Group = HashedNames::Group;
using Schedule = std::array<std::uint32_t, 80>;

// GCC's vectors (and Clang's): operators work on all lanes at once.
using Lanes4 = std::uint32_t __attribute__((vector_size(16)));
using Lanes8 = std::uint32_t __attribute__((vector_size(32)));
using Lanes16 = std::uint32_t __attribute__((vector_size(64)));

constexpr std::size_t block_size = 64;
constexpr std::array<std::uint32_t, 5> initial_state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};

#define ESPRESSO_INLINE [[gnu::always_inline]] inline

template <typename Word>
ESPRESSO_INLINE void rotate_left(Word& word, int bits) {
  word = (word << bits) | (word >> (32 - bits));
}

/// FIPS 180-4, 6.1.2, step 1: the first sixteen words are given.
template <typename Words>
ESPRESSO_INLINE void expand(Words& words) {
  for (std::size_t t = 16; t < 80; ++t) {
    words[t] = words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16];
    rotate_left(words[t], 1);
  }
}

/// FIPS 180-4, 6.1.2, step 3, once; the caller turns the names of the variables instead of moving their values.
template <int quarter, typename Word, typename Added>
ESPRESSO_INLINE void turn(const Word& a, Word& b, const Word& c, const Word& d, Word& e, const Added& added) {
  constexpr std::uint32_t constants[] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
  Word rotated = a;
  rotate_left(rotated, 5);
  if constexpr (quarter == 0)
    e += d ^ (b & (c ^ d));
  else if constexpr (quarter == 2)
    e += (b & c) | (d & (b | c));
  else
    e += b ^ c ^ d;
  e += (added + constants[quarter]) + rotated;
  rotate_left(b, 30);
}

template <int quarter, typename Word, typename Words>
ESPRESSO_INLINE void turn_20_times(Word& a, Word& b, Word& c, Word& d, Word& e, const Words& words) {
  for (std::size_t t = 20 * quarter; t < 20 * quarter + 20; t += 5) {
    turn<quarter>(a, b, c, d, e, words[t]);
    turn<quarter>(e, a, b, c, d, words[t + 1]);
    turn<quarter>(d, e, a, b, c, words[t + 2]);
    turn<quarter>(c, d, e, a, b, words[t + 3]);
    turn<quarter>(b, c, d, e, a, words[t + 4]);
  }
}

/// FIPS 180-4, 6.1.2, steps 2 to 4. One schedule for all lanes, or one for each.
template <typename Word, typename Words>
ESPRESSO_INLINE void compress(Word (&state)[5], const Words& words) {
  Word a = state[0];
  Word b = state[1];
  Word c = state[2];
  Word d = state[3];
  Word e = state[4];
  turn_20_times<0>(a, b, c, d, e, words);
  turn_20_times<1>(a, b, c, d, e, words);
  turn_20_times<2>(a, b, c, d, e, words);
  turn_20_times<3>(a, b, c, d, e, words);
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

std::uint32_t word_at(const unsigned char* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

Schedule schedule_of(const unsigned char* block) {
  Schedule schedule{};
  for (std::size_t i = 0; i < 16; ++i) schedule[i] = word_at(block + 4 * i);
  expand(schedule);
  return schedule;
}

/// The name as SHA-1's blocks, behind a block that has been hashed already.
std::vector<Schedule> schedules_of(std::string_view name) {
  std::string text(name);
  text += '\x80';
  while (text.size() % block_size != block_size - 8) text += '\0';
  const std::uint64_t bits = (block_size + name.size()) * 8;
  for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(bits >> shift);
  std::vector<Schedule> schedules;
  for (std::size_t at = 0; at < text.size(); at += block_size) {
    schedules.push_back(schedule_of(reinterpret_cast<const unsigned char*>(text.data()) + at));
  }
  return schedules;
}

/// SHA-1's state after the first block of an HMAC's inner (0x36) or outer (0x5c) hash.
std::array<std::uint32_t, 5> padded_state(std::string_view salt, unsigned char pad) {
  std::array<unsigned char, block_size> block{};
  std::memcpy(block.data(), salt.data(), std::min(salt.size(), block.size()));
  for (auto& byte : block) byte ^= pad;
  std::uint32_t state[5] = {initial_state[0], initial_state[1], initial_state[2], initial_state[3], initial_state[4]};
  compress(state, schedule_of(block.data()));
  return {state[0], state[1], state[2], state[3], state[4]};
}

/// The HMACs of one name under the salts of a group, `Vector` after `Vector`.
template <typename Vector>
ESPRESSO_INLINE void hash(const Group& group, const std::vector<Schedule>& name, std::array<Row, 5>& digests) {
  constexpr std::size_t width = sizeof(Vector) / sizeof(std::uint32_t);
  for (std::size_t first = 0; first < HashedNames::lanes; first += width) {
    Vector inner[5];
    Vector outer[5];
    for (std::size_t i = 0; i < 5; ++i) {
      std::memcpy(&inner[i], &group.inner[i][first], sizeof(Vector));
      std::memcpy(&outer[i], &group.outer[i][first], sizeof(Vector));
    }
    for (const auto& schedule : name) compress(inner, schedule);
    Vector words[80];
    for (std::size_t i = 0; i < 16; ++i) words[i] = Vector{};
    for (std::size_t i = 0; i < 5; ++i) words[i] = inner[i];
    words[5] += 0x80000000U;
    words[15] += static_cast<std::uint32_t>((block_size + HashedNames::hash_size) * 8);
    expand(words);
    compress(outer, words);
    for (std::size_t i = 0; i < 5; ++i) std::memcpy(&digests[i][first], &outer[i], sizeof(Vector));
  }
}

void hash_by_4(const Group& group, const std::vector<Schedule>& name, std::array<Row, 5>& digests) {
  hash<Lanes4>(group, name, digests);
}

using Hash = void (*)(const Group&, const std::vector<Schedule>&, std::array<Row, 5>&);

#if defined(__x86_64__)
[[gnu::target("avx2")]] void hash_by_8(const Group& group, const std::vector<Schedule>& name,
                                       std::array<Row, 5>& digests) {
  hash<Lanes8>(group, name, digests);
}

[[gnu::target("avx512f")]] void hash_by_16(const Group& group, const std::vector<Schedule>& name,
                                           std::array<Row, 5>& digests) {
  hash<Lanes16>(group, name, digests);
}

Hash widest_hash() {
  if (__builtin_cpu_supports("avx512f")) return &hash_by_16;
  if (__builtin_cpu_supports("avx2")) return &hash_by_8;
  return &hash_by_4;
}
#else
Hash widest_hash() { return &hash_by_4; }
#endif

}  // namespace

void HashedNames::add(std::string_view salt, std::string_view digest, std::uint32_t line) {
  const auto inner = padded_state(salt, 0x36);
  const auto outer = padded_state(salt, 0x5c);
  Group one;
  for (std::size_t i = 0; i < 5; ++i) {
    one.inner[i][0] = inner[i];
    one.outer[i][0] = outer[i];
    one.digest[i][0] = word_at(reinterpret_cast<const unsigned char*>(digest.data()) + 4 * i);
  }
  one.line[0] = line;
  add(one, 0);
}

void HashedNames::add(const Group& from, std::size_t lane) {
  if (size_ % lanes == 0) groups_.emplace_back();
  auto& group = groups_.back();
  const auto to = size_++ % lanes;
  for (std::size_t i = 0; i < 5; ++i) {
    group.inner[i][to] = from.inner[i][lane];
    group.outer[i][to] = from.outer[i][lane];
    group.digest[i][to] = from.digest[i][lane];
  }
  group.line[to] = from.line[lane];
}

std::vector<std::uint32_t> HashedNames::lines_of(std::string_view name) const {
  static const Hash hash_group = widest_hash();
  const auto schedules = schedules_of(name);
  std::vector<std::uint32_t> lines;
  std::array<Row, 5> digests;
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    const auto& group = groups_[g];
    hash_group(group, schedules, digests);
    const auto used = std::min(lanes, size_ - g * lanes);
    for (std::size_t lane = 0; lane < used; ++lane) {
      if (digests[0][lane] != group.digest[0][lane]) continue;
      bool same = true;
      for (std::size_t i = 1; i < 5; ++i) same = same && digests[i][lane] == group.digest[i][lane];
      if (same) lines.push_back(group.line[lane]);
    }
  }
  return lines;
}

HashedNames HashedNames::without(const std::vector<std::uint32_t>& lines) const {
  auto leaving = lines;
  std::sort(leaving.begin(), leaving.end());
  HashedNames rest;
  for (std::size_t i = 0; i < size_; ++i) {
    const auto& group = groups_[i / lanes];
    if (!std::binary_search(leaving.begin(), leaving.end(), group.line[i % lanes])) rest.add(group, i % lanes);
  }
  return rest;
}

std::string hash_of_name(std::string_view salt, std::string_view name) {
  Group group;
  const auto inner = padded_state(salt, 0x36);
  const auto outer = padded_state(salt, 0x5c);
  for (std::size_t i = 0; i < 5; ++i) {
    group.inner[i][0] = inner[i];
    group.outer[i][0] = outer[i];
  }
  std::array<Row, 5> digests{};
  hash_by_4(group, schedules_of(name), digests);
  std::string text;
  for (const auto& row : digests) {
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>(row[0] >> shift);
  }
  return text;
}

}  // namespace espresso
