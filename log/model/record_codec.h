// One record inside a batch, to and from bytes. All lengths and deltas are zig-zag varints:
//
//   length | attributes (1 byte, 0) | timestamp_delta | offset_delta | key_length | key | value_length | value |
//   header_count | header_count x (key_length | key | value_length | value)
//
// `length` counts what follows it; a length of -1 is null (keys of headers cannot be).
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "log/base/cursor.h"
#include "log/model/record.h"

namespace weir::log::record_codec {

// Deltas wrap in 64 bits: a batch may hold the smallest and the largest timestamp.
inline std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
inline std::int64_t wrapping_subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

inline std::size_t run_size(const NullableBytes& run) {
  if (!run) return 1;
  return static_cast<std::size_t>(varint_size(run->size() << 1)) + run->size();
}

inline char* put_run(char* at, const NullableBytes& run) {
  if (!run) {
    *at = 1;  // -1
    return at + 1;
  }
  at = put_varint(at, static_cast<std::uint64_t>(run->size()) << 1);
  if (!run->empty()) std::memcpy(at, run->data(), run->size());
  return at + run->size();
}

inline std::size_t headers_size(std::span<const HeaderView> headers) {
  std::size_t size = static_cast<std::size_t>(varint_size(headers.size() << 1));
  for (const auto& header : headers) size += run_size(header.key) + run_size(header.value);
  return size;
}

// What a record takes without its length in front.
inline std::size_t body_size(std::int64_t timestamp_delta, std::int32_t offset_delta, const NullableBytes& key,
                             const NullableBytes& value, std::span<const HeaderView> headers) {
  return 1 + static_cast<std::size_t>(varint_size(zig_zag(timestamp_delta))) +
         static_cast<std::size_t>(varint_size(zig_zag(offset_delta))) + run_size(key) + run_size(value) +
         (headers.empty() ? 1 : headers_size(headers));
}

inline std::size_t whole_size(std::size_t body) {
  return static_cast<std::size_t>(varint_size(static_cast<std::uint64_t>(body) << 1)) + body;
}

// Writes the record at `at`, where whole_size(body) bytes are free, and returns its end.
inline char* put_record(char* at, std::size_t body, std::int64_t timestamp_delta, std::int32_t offset_delta,
                        const NullableBytes& key, const NullableBytes& value, std::span<const HeaderView> headers) {
  at = put_varint(at, static_cast<std::uint64_t>(body) << 1);
  *at++ = 0;
  at = put_varint(at, zig_zag(timestamp_delta));
  at = put_varint(at, zig_zag(offset_delta));
  at = put_run(at, key);
  at = put_run(at, value);
  at = put_varint(at, static_cast<std::uint64_t>(headers.size()) << 1);
  for (const auto& header : headers) {
    at = put_run(at, header.key);
    at = put_run(at, header.value);
  }
  return at;
}

// A zig-zag varint at `at` of at most `kMaxBytes`; null if it does not end before `end`.
template <int kMaxBytes>
inline const char* get_varint(const char* at, const char* end, std::int64_t& value) {
  if (at < end && static_cast<std::uint8_t>(*at) < 0x80) [[likely]] {
    value = un_zig_zag(static_cast<std::uint64_t>(static_cast<std::uint8_t>(*at)));
    return at + 1;
  }
  std::uint64_t raw = 0;
  for (int i = 0; i < kMaxBytes && at < end; ++i) {
    auto byte = static_cast<std::uint8_t>(*at++);
    raw |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      if constexpr (kMaxBytes == 5) {
        value = un_zig_zag(static_cast<std::uint32_t>(raw));
      } else {
        value = un_zig_zag(raw);
      }
      return at;
    }
  }
  return nullptr;
}

// A run with its length in front; negative lengths are null, as Kafka's own reader takes them.
inline const char* get_run(const char* at, const char* end, NullableBytes& run) {
  std::int64_t length = 0;
  at = get_varint<5>(at, end, length);
  if (at == nullptr) return nullptr;
  if (length < 0) {
    run.reset();
    return at;
  }
  if (length > end - at) return nullptr;
  run.emplace(at, static_cast<std::size_t>(length));
  return at + length;
}

// Goes over `count` headers; null if they do not fit before `end` or a key is null.
const char* skip_headers(const char* at, const char* end, std::int64_t count);

// The raw value of a varint of one or two bytes, as nearly all are. Looks at two bytes; returns how many are its own, 0
// if it is longer.
inline int get_short_varint(const char* at, std::uint32_t& raw) {
  raw = static_cast<std::uint8_t>(at[0]);
  if (raw < 0x80) return 1;
  const std::uint32_t second = static_cast<std::uint8_t>(at[1]);
  raw = (raw & 0x7f) | second << 7;
  return second < 0x80 ? 2 : 0;
}

// As get_record, of what nearly all records are: no headers, lengths and deltas of at most two bytes. Null: it is
// another one, or wrong. The bounds are looked at three times instead of once a field.
[[gnu::always_inline]] inline const char* get_usual_record(const char* at, const char* end, Offset base_offset,
                                                           std::int64_t base_timestamp, RecordView& record) {
  constexpr std::ptrdiff_t kFixedPart = 9;  // length, attributes, two deltas, the key's length: at most
  if (end - at < kFixedPart) return nullptr;
  std::uint32_t length = 0, time = 0, offset = 0, key = 0, value = 0;
  int taken = get_short_varint(at, length);
  const auto size = static_cast<std::ptrdiff_t>(length >> 1);
  if (taken == 0 || (length & 1) != 0 || size < kFixedPart || size > end - at - taken) return nullptr;
  at += taken;
  const char* const record_end = at + size;
  ++at;  // attributes: none are defined
  if ((taken = get_short_varint(at, time)) == 0) return nullptr;
  at += taken;
  if ((taken = get_short_varint(at, offset)) == 0) return nullptr;
  at += taken;
  if ((taken = get_short_varint(at, key)) == 0) return nullptr;
  at += taken;
  const char* const key_bytes = at;
  const std::size_t key_size = (key & 1) != 0 ? 0 : key >> 1;
  // Behind the key come the value's length and, at the very end, the number of headers.
  if (static_cast<std::ptrdiff_t>(key_size) + 2 > record_end - at) return nullptr;
  at += key_size;
  if ((taken = get_short_varint(at, value)) == 0) return nullptr;
  at += taken;
  const std::size_t value_size = (value & 1) != 0 ? 0 : value >> 1;
  if (record_end - at != static_cast<std::ptrdiff_t>(value_size) + 1 || record_end[-1] != 0) return nullptr;
  record.timestamp_ms = wrapping_add(base_timestamp, un_zig_zag(std::uint64_t{time}));
  record.offset = Offset(wrapping_add(base_offset.value(), un_zig_zag(std::uint64_t{offset})));
  record.key = (key & 1) != 0 ? NullableBytes() : NullableBytes(std::in_place, key_bytes, key_size);
  record.value = (value & 1) != 0 ? NullableBytes() : NullableBytes(std::in_place, at, value_size);
  record.headers = {};
  return record_end;
}

// As get_record, of any record.
inline const char* get_any_record(const char* at, const char* end, Offset base_offset, std::int64_t base_timestamp,
                                  RecordView& record) {
  std::int64_t length = 0;
  at = get_varint<5>(at, end, length);
  if (at == nullptr || length < 1 || length > end - at) return nullptr;
  const char* record_end = at + length;
  ++at;  // attributes: none are defined
  std::int64_t delta = 0;
  at = get_varint<10>(at, record_end, delta);
  if (at == nullptr) return nullptr;
  record.timestamp_ms = wrapping_add(base_timestamp, delta);
  at = get_varint<5>(at, record_end, delta);
  if (at == nullptr) return nullptr;
  record.offset = Offset(wrapping_add(base_offset.value(), delta));
  at = get_run(at, record_end, record.key);
  if (at == nullptr) return nullptr;
  at = get_run(at, record_end, record.value);
  if (at == nullptr) return nullptr;
  at = get_varint<5>(at, record_end, delta);
  if (at == nullptr) return nullptr;
  record.headers = {};
  if (delta != 0) [[unlikely]] {
    const char* headers_end = skip_headers(at, record_end, delta);
    if (headers_end == nullptr) return nullptr;
    record.headers = {static_cast<std::int32_t>(delta), Bytes(at, static_cast<std::size_t>(headers_end - at))};
    at = headers_end;
  }
  return at == record_end ? at : nullptr;
}

// Reads the record at `at` into `record` and returns its end; null if its bytes are not a record that ends before
// `end`. The offset and timestamp are relative to the given bases.
[[gnu::always_inline]] inline const char* get_record(const char* at, const char* end, Offset base_offset,
                                                     std::int64_t base_timestamp, RecordView& record) {
  const char* next = get_usual_record(at, end, base_offset, base_timestamp, record);
  return next != nullptr ? next : get_any_record(at, end, base_offset, base_timestamp, record);
}

}  // namespace weir::log::record_codec
