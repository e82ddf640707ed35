// Which APIs a broker takes, and in which versions: those of Kafka's releases, for tests that speak as to one.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "log/wire/client_apis.h"

namespace weir::log {

struct VersionRange {
  std::int16_t min = 0;
  std::int16_t max = -1;
};

// `api` as a release takes it; nullopt: it does not have it. "newest": all that is known, as Kafka 3.9; "oldest": what
// a client of ours can just do with; "2.3": Kafka 2.3.
inline std::optional<VersionRange> versions_of(std::string_view release, wire::ApiKey api) {
  using Key = wire::ApiKey;
  struct Row {
    Key api;
    std::int16_t max;
  };
  static constexpr Row kKafka23[] = {
      {Key::produce, 7},
      {Key::fetch, 11},
      {Key::list_offsets, 5},
      {Key::metadata, 8},
      {Key::offset_commit, 7},
      {Key::offset_fetch, 5},
      {Key::find_coordinator, 2},
      {Key::join_group, 5},
      {Key::heartbeat, 3},
      {Key::leave_group, 2},
      {Key::sync_group, 3},
      {Key::describe_groups, 3},
      {Key::list_groups, 2},
      {Key::api_versions, 2},
      {Key::create_topics, 3},
      {Key::delete_topics, 3},
      {Key::delete_records, 1},
      {Key::init_producer_id, 1},
      {Key::offset_for_leader_epoch, 3},
      {Key::add_partitions_to_txn, 1},
      {Key::add_offsets_to_txn, 1},
      {Key::end_txn, 1},
      {Key::txn_offset_commit, 2},
      {Key::describe_configs, 2},
      {Key::create_partitions, 1},
      {Key::delete_groups, 1},
      {Key::incremental_alter_configs, 0},
  };
  const auto* mine = wire::find_client_api(api);
  const auto* known = wire::find_api(api);
  if (known == nullptr) return std::nullopt;
  if (release == "oldest") {
    if (mine == nullptr) return std::nullopt;
    return VersionRange{mine->min_version, mine->min_version};
  }
  if (release != "2.3") return VersionRange{known->min_version, known->max_version};
  const auto found = std::ranges::find(kKafka23, api, &Row::api);
  if (found == std::end(kKafka23)) return std::nullopt;
  return VersionRange{0, found->max};
}

}  // namespace weir::log
