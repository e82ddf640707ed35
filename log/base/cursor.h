// Reader and Writer: the big-endian numbers and varints of Kafka's formats over a run of bytes.
//
// Reader never reads past its end: the first value that does not fit makes it fail, every later read gives zero, and
// one check of `ok()` at the end of a structure is enough. Varints are those of Protocol Buffers; the signed ones are
// zig-zag. A varint of more than 5 (10) bytes is an error, bits beyond the 32nd (64th) are dropped.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>

#include "log/base/bytes.h"

namespace weir {

template <class Integer>
inline Integer load_big_endian(const char* at) {
  std::make_unsigned_t<Integer> raw;
  std::memcpy(&raw, at, sizeof raw);
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof raw == 2) raw = __builtin_bswap16(raw);
    if constexpr (sizeof raw == 4) raw = __builtin_bswap32(raw);
    if constexpr (sizeof raw == 8) raw = __builtin_bswap64(raw);
  }
  return static_cast<Integer>(raw);
}

template <class Integer>
inline void store_big_endian(char* at, Integer value) {
  auto raw = load_big_endian<std::make_unsigned_t<Integer>>(reinterpret_cast<const char*>(&value));
  std::memcpy(at, &raw, sizeof raw);
}

constexpr std::uint32_t zig_zag(std::int32_t value) {
  return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
}
constexpr std::uint64_t zig_zag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int32_t un_zig_zag(std::uint32_t raw) {
  return static_cast<std::int32_t>((raw >> 1) ^ (~(raw & 1) + 1));
}
constexpr std::int64_t un_zig_zag(std::uint64_t raw) {
  return static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
}

// Bytes that an unsigned varint of `value` takes: 1 to 10.
constexpr int varint_size(std::uint64_t value) {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return 1 + (63 - std::countl_zero(value | 1)) / 7;
}

// Writes an unsigned varint at `at` (room for 10 bytes) and returns the end.
inline char* put_varint(char* at, std::uint64_t value) {
  if (value < 0x80) [[likely]] {
    *at = static_cast<char>(value);
    return at + 1;
  }
  while (value >= 0x80) {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}

class Reader {
 public:
  enum class State : std::uint8_t { ok, ended, varint_too_long };

  explicit Reader(Bytes bytes) : at_(bytes.data()), begin_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return state_ == State::ok; }
  State state() const { return state_; }
  std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }
  std::size_t remaining() const { return static_cast<std::size_t>(end_ - at_); }
  bool at_end() const { return at_ == end_; }

  std::int8_t int8() { return fixed<std::int8_t>(); }
  std::uint8_t uint8() { return fixed<std::uint8_t>(); }
  std::int16_t int16() { return fixed<std::int16_t>(); }
  std::uint16_t uint16() { return fixed<std::uint16_t>(); }
  std::int32_t int32() { return fixed<std::int32_t>(); }
  std::uint32_t uint32() { return fixed<std::uint32_t>(); }
  std::int64_t int64() { return fixed<std::int64_t>(); }
  double float64() { return std::bit_cast<double>(fixed<std::uint64_t>()); }

  std::uint32_t unsigned_varint() { return static_cast<std::uint32_t>(varint_of(5)); }
  std::uint64_t unsigned_varlong() { return varint_of(10); }
  std::int32_t varint() { return un_zig_zag(unsigned_varint()); }
  std::int64_t varlong() { return un_zig_zag(unsigned_varlong()); }

  // The next `count` bytes, borrowed; empty and failed if there are not so many.
  Bytes bytes(std::size_t count) {
    if (count > remaining() || !ok()) {
      set_failed(State::ended);
      return {};
    }
    Bytes run(at_, count);
    at_ += count;
    return run;
  }
  void skip(std::size_t count) { (void)bytes(count); }
  Bytes rest() const { return {at_, remaining()}; }
  void set_failed(State why) {
    if (state_ == State::ok) state_ = why;
    at_ = end_;
  }

 private:
  template <class Integer>
  Integer fixed() {
    if (remaining() < sizeof(Integer)) {
      set_failed(State::ended);
      return 0;
    }
    Integer value;
    if constexpr (sizeof(Integer) == 1) {
      value = static_cast<Integer>(*at_);
    } else {
      value = load_big_endian<Integer>(at_);
    }
    at_ += sizeof(Integer);
    return value;
  }

  std::uint64_t varint_of(int max_bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < max_bytes; ++i) {
      if (at_ == end_) {
        set_failed(State::ended);
        return 0;
      }
      auto byte = static_cast<std::uint8_t>(*at_++);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value;
    }
    set_failed(State::varint_too_long);
    return 0;
  }

  const char* at_;
  const char* begin_;
  const char* end_;
  State state_ = State::ok;
};

class Writer {
 public:
  explicit Writer(OwnedBytes& out) : out_(out) {}

  void int8(std::int8_t value) { out_.push_back(static_cast<char>(value)); }
  void uint8(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void int16(std::int16_t value) { fixed(value); }
  void uint16(std::uint16_t value) { fixed(value); }
  void int32(std::int32_t value) { fixed(value); }
  void uint32(std::uint32_t value) { fixed(value); }
  void int64(std::int64_t value) { fixed(value); }
  void float64(double value) { fixed(std::bit_cast<std::uint64_t>(value)); }

  void unsigned_varint(std::uint32_t value) { unsigned_varlong(value); }
  void unsigned_varlong(std::uint64_t value) {
    char scratch[10];
    out_.append(scratch, static_cast<std::size_t>(put_varint(scratch, value) - scratch));
  }
  void varint(std::int32_t value) { unsigned_varint(zig_zag(value)); }
  void varlong(std::int64_t value) { unsigned_varlong(zig_zag(value)); }

  void bytes(Bytes run) { out_.append(run); }
  std::size_t size() const { return out_.size(); }
  OwnedBytes& out() { return out_; }

 private:
  template <class Integer>
  void fixed(Integer value) {
    char scratch[sizeof(Integer)];
    store_big_endian(scratch, value);
    out_.append(scratch, sizeof scratch);
  }

  OwnedBytes& out_;
};

}  // namespace weir
