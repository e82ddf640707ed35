// What a server of PostgreSQL sends, changed a little: it is read, or refused, and memory stays within what was sent.
#include "connect/connectors/postgres_changes/change_position.h"
#include "connect/connectors/postgres_changes/pgoutput.h"
#include "tests/connect/connectors/change_bytes.h"
#include "tests/fuzz/allocation.h"
#include "tests/fuzz/fuzz.h"

namespace weir::fuzz::changes_test {
namespace {

using namespace weir::connect;
using namespace weir::connect::change_bytes;

TEST(ChangesFuzz, messages_of_pgoutput_are_read_or_refused_within_bounds) {
  const std::vector<OwnedBytes> right{
      begin(100),
      commit(100, 110),
      relation(1, {{"id", 23, true}, {"text", 25}}),
      change('I', 1, {}, Row{"1", "x"}),
      change('U', 1, std::pair{'K', Row{"1", std::nullopt}}, Row{"2", "~"}),
      change('D', 1, std::pair{'O', Row{"1", "long enough to be cut somewhere"}}, {}),
      truncate({1, 2, 3}),
      message("prefix", "{\"a\":1}"),
  };
  for (const auto& message : right) ASSERT_TRUE(decode_pgoutput(message)) << to_hex(message);
  mutate(right, 100'000, [](const OwnedBytes& message) {
    const AllocationWatch watch;
    (void)decode_pgoutput(message);
    EXPECT_LE(watch.bytes(), 60 * message.size() + 2'000) << to_hex(message);
  });
}

TEST(ChangesFuzz, frames_of_the_stream_and_positions_are_read_or_refused) {
  OwnedBytes wal("w", 1);
  wal.append(24, '\1').append(begin(100));
  OwnedBytes keepalive("k", 1);
  keepalive.append(17, '\1');
  ASSERT_TRUE(decode_replication_frame(wal));
  ASSERT_TRUE(decode_replication_frame(keepalive));
  mutate({wal, keepalive}, 20'000, [](const OwnedBytes& frame) { (void)decode_replication_frame(frame); });
  const ChangePosition position{77, 0, SnapshotPosition{"public.things", {"1", std::nullopt}}};
  mutate({position.to_json(), ChangePosition{77, 3, {}}.to_json()}, 20'000, [](const OwnedBytes& text) {
    const auto read = ChangePosition::parse(text);
    if (!read) return;
    EXPECT_EQ(ChangePosition::parse(read->to_json()).value(), *read) << text;
  });
}

}  // namespace
}  // namespace weir::fuzz::changes_test
