#include "examples/ledger/accountant.h"

namespace ledger {

namespace log = weir::log;

namespace {
constexpr weir::Millis kPatience{30'000};
}

std::int64_t Balances::sum() const {
  std::int64_t sum = 0;
  for (const auto& [account, balance] : of) sum += balance;
  return sum;
}

weir::Result<Balances> add_up(const log::Client& client, std::int64_t entries) {
  WEIR_TRY_VAR(topic, client.admin()->describe_topic(kEntries));
  std::vector<log::TopicPartition> all;
  for (std::int32_t i = 0; i < topic.partitions; ++i) all.push_back({kEntries, log::PartitionIndex(i)});
  WEIR_TRY_VAR(consumer, client.consumer());  // read_committed, from the beginning
  WEIR_TRY(consumer->assign(all));
  Balances balances;
  log::BatchReader reader;
  std::int64_t last_ms = client.clock().wall_ms();
  while (balances.entries < entries) {
    WEIR_TRY_VAR(batches, consumer->poll(weir::Millis(500)));
    for (const auto& fetched : batches) {
      WEIR_TRY(for_each_record(reader, fetched, [&](const log::RecordView& record) -> weir::Result<> {
        WEIR_TRY_VAR(amount, parse_number(record.value.value_or("")));
        balances.of[std::string(record.key.value_or(""))] += amount;
        ++balances.entries;
        return {};
      }));
    }
    const std::int64_t now_ms = client.clock().wall_ms();
    if (!batches.empty()) last_ms = now_ms;
    if (now_ms - last_ms > kPatience.count()) {
      return weir::fail(weir::ErrorCode::request_timed_out, "only " + std::to_string(balances.entries) + " entries");
    }
  }
  return balances;
}

weir::Result<> write_balances(const log::Client& client, const Balances& balances) {
  WEIR_TRY_VAR(producer, client.producer());
  for (const auto& [account, balance] : balances.of) {
    WEIR_TRY(producer->send(kBalances, std::nullopt, client.clock().wall_ms(), account, std::to_string(balance)));
  }
  return producer->flush();
}

weir::Result<std::int64_t> drop_settled(const log::Client& client) {
  auto admin = client.admin();
  WEIR_TRY_VAR(settled, admin->group_offsets(kSettlement));
  std::map<log::TopicPartition, log::Offset> before;
  for (const auto& [partition, position] : settled) before[partition] = position.offset;
  WEIR_TRY_VAR(begins_at, admin->delete_records(before));
  std::int64_t gone = 0;
  for (const auto& [partition, offset] : begins_at) gone += offset.value();
  return gone;
}

}  // namespace ledger
