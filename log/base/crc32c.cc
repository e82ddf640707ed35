#include "log/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace weir {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // bit-reversed

constexpr std::uint32_t times_x(std::uint32_t value) {
  return (value >> 1) ^ ((value & 1) != 0 ? kPolynomial : 0);
}

// Slicing by 8: kTables[k][b] is the state after byte b and k zero bytes.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = times_x(state);
    tables[0][byte] = state;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      std::uint32_t previous = tables[k - 1][byte];
      tables[k][byte] = (previous >> 8) ^ tables[0][previous & 255];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

std::uint32_t by_tables(std::uint32_t state, const char* at, std::size_t size) {
  auto byte_at = [&](std::size_t i) {
    return static_cast<std::uint8_t>(at[i]);
  };
  while (size >= 8) {
    std::uint32_t low = state ^ (std::uint32_t{byte_at(0)} | std::uint32_t{byte_at(1)} << 8 |
                                 std::uint32_t{byte_at(2)} << 16 | std::uint32_t{byte_at(3)} << 24);
    state = kTables[7][low & 255] ^ kTables[6][(low >> 8) & 255] ^ kTables[5][(low >> 16) & 255] ^
            kTables[4][low >> 24] ^ kTables[3][byte_at(4)] ^ kTables[2][byte_at(5)] ^ kTables[1][byte_at(6)] ^
            kTables[0][byte_at(7)];
    at += 8;
    size -= 8;
  }
  for (; size > 0; --size, ++at) state = (state >> 8) ^ kTables[0][(state ^ static_cast<std::uint8_t>(*at)) & 255];
  return state;
}

#if defined(__x86_64__)

// The instruction takes 3 cycles but one can start in each, so three runs of a block are computed side by side. A run's
// state is moved past the `Bytes` that follow it by one carry-less product with x^(8 * Bytes - 33), reduced by the
// instruction itself.
constexpr std::uint32_t shift_constant(std::size_t bytes) {
  std::uint32_t value = 0x80000000;  // x^0
  for (std::size_t i = 0; i < bytes * 8 - 33; ++i) value = times_x(value);
  return value;
}

inline std::uint64_t load(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

__attribute__((target("sse4.2,pclmul"))) inline std::uint64_t shift(std::uint64_t state, std::uint32_t constant) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(state)),
                                         _mm_cvtsi32_si128(static_cast<int>(constant)), 0);
  return _mm_crc32_u64(0, static_cast<std::uint64_t>(_mm_cvtsi128_si64(product)));
}

template <std::size_t Run>
__attribute__((target("sse4.2,pclmul"))) inline std::uint64_t three_runs(std::uint64_t state, const char*& at,
                                                                         std::size_t& size) {
  constexpr std::uint32_t one = shift_constant(Run);
  constexpr std::uint32_t two = shift_constant(2 * Run);
  while (size >= 3 * Run) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < Run; i += 8) {
      state = _mm_crc32_u64(state, load(at + i));
      second = _mm_crc32_u64(second, load(at + Run + i));
      third = _mm_crc32_u64(third, load(at + 2 * Run + i));
    }
    state = shift(state, two) ^ shift(second, one) ^ third;
    at += 3 * Run;
    size -= 3 * Run;
  }
  return state;
}

__attribute__((target("sse4.2,pclmul"))) std::uint32_t by_sse42(std::uint32_t start, const char* at, std::size_t size) {
  std::uint64_t state = start;
  state = three_runs<2048>(state, at, size);
  state = three_runs<256>(state, at, size);
  state = three_runs<32>(state, at, size);
  for (; size >= 8; size -= 8, at += 8) state = _mm_crc32_u64(state, load(at));
  auto narrow = static_cast<std::uint32_t>(state);
  for (; size > 0; --size, ++at) narrow = _mm_crc32_u8(narrow, static_cast<std::uint8_t>(*at));
  return narrow;
}

#elif defined(__aarch64__)

__attribute__((target("+crc"))) std::uint32_t by_armv8(std::uint32_t state, const char* at, std::size_t size) {
  for (; size >= 8; size -= 8, at += 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    state = __crc32cd(state, word);
  }
  for (; size > 0; --size, ++at) state = __crc32cb(state, static_cast<std::uint8_t>(*at));
  return state;
}

#endif

using Function = std::uint32_t (*)(std::uint32_t, const char*, std::size_t);

Function choose() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul")) return by_sse42;
#elif defined(__aarch64__)
  if ((getauxval(AT_HWCAP) & HWCAP_CRC32) != 0) return by_armv8;
#endif
  return by_tables;
}

}  // namespace

std::uint32_t crc32c(Bytes bytes, std::uint32_t previous) {
  static const Function fastest = choose();
  return ~fastest(~previous, bytes.data(), bytes.size());
}

std::uint32_t crc32c_portable(Bytes bytes, std::uint32_t previous) {
  return ~by_tables(~previous, bytes.data(), bytes.size());
}

}  // namespace weir
