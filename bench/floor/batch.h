// Record batches by hand, for floors: one buffer, the layout of log/model/record_batch.h, nothing checked but the CRC.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>

#include "log/base/crc32c.h"

namespace weir::bench::floor {

inline constexpr std::size_t kHeader = 61;

template <class Integer>
inline void put(char* at, Integer value) {
  auto bits = static_cast<std::make_unsigned_t<Integer>>(value);
  if constexpr (sizeof bits == 2) bits = __builtin_bswap16(bits);
  if constexpr (sizeof bits == 4) bits = __builtin_bswap32(bits);
  if constexpr (sizeof bits == 8) bits = __builtin_bswap64(bits);
  std::memcpy(at, &bits, sizeof bits);
}
template <class Integer>
inline Integer get(const char* at) {
  std::make_unsigned_t<Integer> value = 0;
  std::memcpy(&value, at, sizeof value);
  if constexpr (sizeof value == 2) value = __builtin_bswap16(value);
  if constexpr (sizeof value == 4) value = __builtin_bswap32(value);
  if constexpr (sizeof value == 8) value = __builtin_bswap64(value);
  return static_cast<Integer>(value);
}

inline char* put_varint(char* at, std::uint64_t value) {
  if (value < 0x80) [[likely]] {
    *at = static_cast<char>(value);
    return at + 1;
  }
  if (value < 0x4000) [[likely]] {
    at[0] = static_cast<char>(value | 0x80);
    at[1] = static_cast<char>(value >> 7);
    return at + 2;
  }
  while (value >= 0x80) {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}
inline std::size_t varint_size(std::uint64_t value) {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : 1 + (63 - static_cast<std::size_t>(__builtin_clzll(value))) / 7;
}
inline std::uint64_t zig_zag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
inline const char* get_varint(const char* at, std::uint64_t& value) {
  value = static_cast<unsigned char>(*at++);
  if (value < 0x80) [[likely]]
    return at;
  auto second = static_cast<unsigned char>(*at++);
  value = (value & 0x7f) | static_cast<std::uint64_t>(second & 0x7f) << 7;
  if (second < 0x80) [[likely]]
    return at;
  for (int shift = 14;; shift += 7) {
    auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return at;
  }
}
inline std::int64_t un_zig_zag(std::uint64_t raw) {
  return static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
}

class BatchWriter {
 public:
  explicit BatchWriter(std::size_t limit) : limit_(limit), buffer_(new char[limit + 64 * 1024]) { reset(); }

  bool full() const { return static_cast<std::size_t>(at_ - buffer_.get()) >= limit_; }
  bool empty() const { return count_ == 0; }

  void add(std::int64_t timestamp, std::string_view key, std::string_view value) {
    if (count_ == 0) base_time_ = timestamp;
    std::uint64_t time_delta = zig_zag(timestamp - base_time_);
    std::uint64_t offset_delta = count_ << 1;
    std::size_t body = 1 + varint_size(time_delta) + varint_size(offset_delta) + varint_size(key.size() << 1) +
                       key.size() + varint_size(value.size() << 1) + value.size() + 1;
    char* at = put_varint(at_, body << 1);
    *at++ = 0;
    at = put_varint(at, time_delta);
    at = put_varint(at, offset_delta);
    at = put_varint(at, key.size() << 1);
    std::memcpy(at, key.data(), key.size());
    at = put_varint(at + key.size(), value.size() << 1);
    std::memcpy(at, value.data(), value.size());
    at += value.size();
    *at++ = 0;
    at_ = at;
    last_time_ = timestamp;
    ++count_;
  }

  // The batch; valid until `reset`.
  std::string_view seal() {
    char* head = buffer_.get();
    auto size = static_cast<std::size_t>(at_ - head);
    std::memset(head, 0, kHeader);
    put(head, base_offset_);
    put(head + 8, static_cast<std::int32_t>(size - 12));
    head[16] = 2;
    put(head + 23, static_cast<std::int32_t>(count_ - 1));
    put(head + 27, base_time_);
    put(head + 35, last_time_);
    put(head + 43, std::int64_t{-1});
    put(head + 51, std::int16_t{-1});
    put(head + 53, std::int32_t{-1});
    put(head + 57, static_cast<std::int32_t>(count_));
    put(head + 17, crc32c({head + 21, size - 21}));
    base_offset_ += static_cast<std::int64_t>(count_);
    return {head, size};
  }
  void reset() {
    at_ = buffer_.get() + kHeader;
    count_ = 0;
  }

 private:
  std::size_t limit_;
  std::unique_ptr<char[]> buffer_;
  char* at_ = nullptr;
  std::uint64_t count_ = 0;
  std::int64_t base_offset_ = 0;
  std::int64_t base_time_ = 0;
  std::int64_t last_time_ = 0;
};

struct Record {
  std::int64_t timestamp;
  std::string_view key, value;  // null reads as empty
};

inline std::size_t batch_size(const char* batch) {
  return static_cast<std::size_t>(get<std::int32_t>(batch + 8)) + 12;
}

inline bool has_right_checksum(const char* batch) {
  return crc32c({batch + 21, batch_size(batch) - 21}) == static_cast<std::uint32_t>(get<std::int32_t>(batch + 17));
}

// Reads the record at `at`; returns where the next one begins.
inline const char* take_record(const char* at, std::int64_t base_time, Record& record) {
  std::uint64_t body = 0, time = 0, offset = 0, key_size = 0, value_size = 0;
  at = get_varint(at, body);
  const char* next = at + (body >> 1);
  at = get_varint(at + 1, time);
  at = get_varint(at, offset);
  at = get_varint(at, key_size);
  record.key = {};
  if ((key_size & 1) == 0) record.key = {at, key_size >> 1};
  at = get_varint(at + record.key.size(), value_size);
  record.value = {at, value_size >> 1};
  record.timestamp = base_time + un_zig_zag(time);
  return next;
}

// Checks the CRC and visits each record. False: the CRC is wrong.
template <class Visit>
inline bool each_record(const char* batch, Visit visit) {
  if (!has_right_checksum(batch)) return false;
  const std::int64_t base_time = get<std::int64_t>(batch + 27);
  const auto count = get<std::int32_t>(batch + 57);
  const char* at = batch + kHeader;
  Record record{};
  for (std::int32_t i = 0; i < count; ++i) {
    at = take_record(at, base_time, record);
    visit(record);
  }
  return true;
}

}  // namespace weir::bench::floor
