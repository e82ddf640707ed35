#include "log/client/assignors/sticky_user_data.h"

#include "log/base/cursor.h"

namespace weir::log {

namespace {

Result<std::int32_t> int32_of(Reader& in, const char* what) {
  const std::int32_t value = in.int32();
  if (!in.ok()) return fail(ErrorCode::truncated, std::string("sticky user data ends before its ") + what);
  return value;
}

}  // namespace

OwnedBytes sticky_user_data(const OwnedPartitions& owned) {
  std::map<std::string_view, std::vector<PartitionIndex>> topics;
  for (const auto& each : owned.partitions) topics[each.topic].push_back(each.partition);
  OwnedBytes bytes;
  Writer out(bytes);
  out.int32(static_cast<std::int32_t>(topics.size()));
  for (const auto& [topic, partitions] : topics) {
    out.int16(static_cast<std::int16_t>(topic.size()));
    out.bytes(topic);
    out.int32(static_cast<std::int32_t>(partitions.size()));
    for (PartitionIndex partition : partitions) out.int32(partition.value());
  }
  out.int32(owned.generation);
  return bytes;
}

Result<OwnedPartitions> parse_sticky_user_data(Bytes bytes) {
  OwnedPartitions owned;
  Reader in(bytes);
  WEIR_TRY_VAR(topics, int32_of(in, "count of topics"));
  for (; topics > 0; --topics) {
    const std::int16_t size = in.int16();
    std::string topic(in.bytes(size < 0 ? in.remaining() + 1 : static_cast<std::size_t>(size)));
    WEIR_TRY_VAR(partitions, int32_of(in, "topic's partitions"));
    for (; partitions > 0; --partitions) {
      WEIR_TRY_VAR(partition, int32_of(in, "partitions"));
      owned.partitions.push_back({topic, PartitionIndex(partition)});
    }
  }
  if (!in.at_end()) {
    WEIR_TRY_VAR(generation, int32_of(in, "generation"));
    owned.generation = generation;
  }
  return owned;
}

OwnedBytes cooperative_sticky_user_data(std::int32_t generation) {
  OwnedBytes bytes;
  Writer(bytes).int32(generation);
  return bytes;
}

Result<std::int32_t> parse_cooperative_sticky_user_data(Bytes bytes) {
  Reader in(bytes);
  return int32_of(in, "generation");
}

}  // namespace weir::log
