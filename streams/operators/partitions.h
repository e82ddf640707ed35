// Partitions: what a partitioner answers for a record (KIP-837): one partition of the topic that is written, several,
// all, none, or that its key's hash is to decide.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace weir::streams {

class Partitions {
 public:
  // From 0 to the topic's number of partitions - 1; what is not there is an error of the record.
  Partitions(std::int32_t partition) : kind_(Kind::one), one_(partition) {}  // NOLINT(google-explicit-constructor)
  // Nothing: by the key.
  Partitions(std::optional<std::int32_t> partition) {  // NOLINT(google-explicit-constructor)
    if (partition) *this = Partitions(*partition);
  }
  // A copy of the record to each of them, one only where a partition is named twice; to none if there are none.
  Partitions(std::vector<std::int32_t> several)  // NOLINT(google-explicit-constructor)
      : kind_(Kind::several), several_(std::move(several)) {
    std::sort(several_.begin(), several_.end());
    several_.erase(std::unique(several_.begin(), several_.end()), several_.end());
  }
  Partitions(std::initializer_list<std::int32_t> several) : Partitions(std::vector<std::int32_t>(several)) {}

  // As if there were no partitioner.
  static Partitions by_key() { return Partitions(std::optional<std::int32_t>()); }
  // The record is left out, and counted: Statistics::dropped_no_partition.
  static Partitions none() { return Partitions(std::vector<std::int32_t>()); }
  static Partitions all() {
    Partitions all = none();
    all.kind_ = Kind::all;
    return all;
  }

  bool is_by_key() const { return kind_ == Kind::by_key; }
  bool is_all() const { return kind_ == Kind::all; }
  // Those that were named, in order, each once.
  std::span<const std::int32_t> named() const {
    return kind_ == Kind::one ? std::span<const std::int32_t>(&one_, 1) : std::span<const std::int32_t>(several_);
  }

 private:
  enum class Kind { by_key, one, several, all };

  Kind kind_ = Kind::by_key;
  std::int32_t one_ = 0;
  std::vector<std::int32_t> several_;
};

}  // namespace weir::streams
