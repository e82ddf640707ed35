// The ids and numbers of the log, each a type of its own.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log/base/strong.h"

namespace weir::log {

// A record's place in its partition: 0, 1, 2, ... An "end" or "next" offset is one past the last.
using Offset = Strong<struct OffsetTag, std::int64_t, Arithmetic::steps>;
using LeaderEpoch = Strong<struct LeaderEpochTag, std::int32_t, Arithmetic::steps>;  // -1: unknown
using NodeId = Strong<struct NodeIdTag, std::int32_t>;
using ProducerId = Strong<struct ProducerIdTag, std::int64_t, Arithmetic::steps>;  // -1: none
using ProducerEpoch = Strong<struct ProducerEpochTag, std::int16_t, Arithmetic::steps>;
// Numbers a producer's records in one partition; wraps from 2^31-1 to 0, see next_sequence().
using Sequence = Strong<struct SequenceTag, std::int32_t>;
using CoordinatorEpoch = Strong<struct CoordinatorEpochTag, std::int32_t, Arithmetic::steps>;
using PartitionIndex = Strong<struct PartitionIndexTag, std::int32_t>;

inline constexpr Offset kNoOffset{-1};
inline constexpr LeaderEpoch kNoLeaderEpoch{-1};
inline constexpr ProducerId kNoProducerId{-1};
inline constexpr ProducerEpoch kNoProducerEpoch{-1};
inline constexpr Sequence kNoSequence{-1};
inline constexpr std::int64_t kNoTimestamp = -1;  // timestamps are plain milliseconds since 1970-01-01 UTC

// The sequence `steps` records after `from`.
constexpr Sequence next_sequence(Sequence from, std::int32_t steps) {
  return Sequence(static_cast<std::int32_t>((static_cast<std::int64_t>(from.value()) + steps) & 0x7fffffff));
}

// 16 bytes in wire order. Text: 22 characters of URL-safe base64 without padding.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  bool is_zero() const { return *this == Uuid{}; }

  std::string to_string() const;
  static std::optional<Uuid> parse(std::string_view text);
};
using TopicId = Uuid;

struct TopicPartition {
  std::string topic;
  PartitionIndex partition{0};

  auto operator<=>(const TopicPartition&) const = default;
  std::string to_string() const { return topic + "-" + std::to_string(partition.value()); }  // "clicks-3"
};

}  // namespace weir::log

template <>
struct std::hash<weir::log::TopicPartition> {
  std::size_t operator()(const weir::log::TopicPartition& tp) const noexcept {
    return std::hash<std::string>{}(tp.topic) * 31 + static_cast<std::size_t>(tp.partition.value());
  }
};
template <>
struct std::hash<weir::log::Uuid> {
  std::size_t operator()(const weir::log::Uuid& id) const noexcept {
    std::size_t h = 1469598103934665603ull;
    for (auto byte : id.bytes) h = (h ^ byte) * 1099511628211ull;
    return h;
  }
};
