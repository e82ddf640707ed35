// Fetch sessions: what a client knows by what it was told is what it would know if it were told everything (KIP-227).
#include "log/broker/fetch_sessions.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "log/model/record_batch.h"

namespace weir::log::broker::fetch_sessions_test {
namespace {

constexpr std::int16_t kByName = 12;
constexpr std::int16_t kById = 13;

wire::FetchRequest asking(std::int32_t id, std::int32_t epoch,
                          std::vector<std::pair<std::string, int>> partitions = {}) {
  wire::FetchRequest request;
  request.session_id = id;
  request.session_epoch = epoch;
  for (const auto& [topic, partition] : partitions) {
    auto& wanted = request.topics.emplace_back();
    wanted.topic = topic;
    wanted.partitions.emplace_back().partition = PartitionIndex(partition);
  }
  return request;
}

std::size_t count_in(const wire::FetchRequest& request) {
  std::size_t count = 0;
  for (const auto& topic : request.topics) count += topic.partitions.size();
  return count;
}

class FetchSessionsTest : public testing::Test {
 protected:
  FetchSessions::Turn begin(wire::FetchRequest& request, std::int16_t version = kByName) {
    auto turn = sessions.begin(request, version, now_ms);
    EXPECT_TRUE(turn) << turn.error().to_string();
    return turn.value_or(FetchSessions::Turn{});
  }
  ErrorCode refusal(wire::FetchRequest request, std::int16_t version = kByName) {
    const auto turn = sessions.begin(request, version, now_ms);
    return turn ? ErrorCode::none : turn.error().code;
  }
  std::int32_t made(std::vector<std::pair<std::string, int>> partitions) {
    auto request = asking(0, 0, std::move(partitions));
    return begin(request).session_id;
  }

  std::int64_t now_ms = 1'000;
  FetchSessions sessions{{.sessions = 2, .partitions = 100}, 1};
};

TEST_F(FetchSessionsTest, epochs_are_counted_and_held_to) {
  const std::int32_t id = made({{"t", 0}, {"t", 1}});
  ASSERT_GT(id, 0);
  EXPECT_EQ(refusal(asking(id, 2)), ErrorCode::invalid_fetch_session_epoch);
  auto next = asking(id, 1);
  EXPECT_TRUE(begin(next).is_incremental);
  EXPECT_EQ(count_in(next), 2u);
  EXPECT_EQ(refusal(asking(id, 1)), ErrorCode::invalid_fetch_session_epoch);
  EXPECT_EQ(refusal(asking(id + 1, 1)), ErrorCode::fetch_session_id_not_found);
  EXPECT_EQ(refusal(asking(id, 2), kById), ErrorCode::fetch_session_topic_id_error);
  // It is ended by its client, and begun anew by one that lost count.
  auto last = asking(id, -1, {{"t", 0}});
  EXPECT_EQ(begin(last).session_id, 0);
  EXPECT_EQ(count_in(last), 1u);
  EXPECT_EQ(refusal(asking(id, 2)), ErrorCode::fetch_session_id_not_found);
  auto again = asking(made({{"t", 0}}), 0, {{"t", 1}});
  EXPECT_GT(begin(again).session_id, 0);
  EXPECT_EQ(sessions.size(), 1u);
}

TEST_F(FetchSessionsTest, who_knows_nothing_of_sessions_has_none) {
  auto old = asking(0, 0, {{"t", 0}});
  EXPECT_EQ(begin(old, 6).session_id, 0);
  auto whole = asking(0, -1, {{"t", 0}});
  EXPECT_EQ(begin(whole).session_id, 0);
  auto nothing = asking(0, 0);
  EXPECT_EQ(begin(nothing).session_id, 0);
  EXPECT_EQ(sessions.size(), 0u);
}

TEST_F(FetchSessionsTest, a_place_is_given_to_who_needs_it_more) {
  const auto small = made({{"t", 0}});
  const auto large = made({{"t", 0}, {"t", 1}});
  EXPECT_EQ(made({{"t", 0}}), 0);  // no larger than who is there
  EXPECT_GT(made({{"t", 0}, {"t", 1}}), 0);
  EXPECT_EQ(refusal(asking(small, 1)), ErrorCode::fetch_session_id_not_found);
  now_ms += 120'000;
  EXPECT_EQ(refusal(asking(large, 1)), ErrorCode::none);
  now_ms += 1;
  EXPECT_GT(made({{"t", 0}}), 0);  // the other one was silent for too long
  EXPECT_EQ(refusal(asking(large, 2)), ErrorCode::none);
  EXPECT_EQ(sessions.size(), 2u);
}

TEST_F(FetchSessionsTest, all_together_have_so_many_partitions_at_most) {
  std::vector<std::pair<std::string, int>> many;
  for (int i = 0; i < 101; ++i) many.emplace_back("t", i);
  EXPECT_EQ(made(many), 0);
  many.resize(60);
  EXPECT_GT(made(many), 0);
  EXPECT_EQ(made(many), 0);
  many.resize(40);
  EXPECT_GT(made(many), 0);
}

// --- what is told

struct Truth {
  Offset high_watermark{0}, start{0};
  ErrorCode error = ErrorCode::none;
};
using Name = std::pair<std::string, int>;

// A client that keeps what it was told, as Kafka's do, beside one that asks for everything.
TEST(FetchSessionsHistory, a_client_knows_what_is) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto pick = [&](int count) {
      return static_cast<int>(random() % static_cast<unsigned>(count));
    };
    FetchSessions sessions({.sessions = 1 + static_cast<std::size_t>(pick(2))}, seed);
    std::map<Name, Truth> truth;
    for (int i = 0; i < 6; ++i) truth[{i < 3 ? "t" : "u", i % 3}];
    std::map<Name, Offset> positions, told_positions;  // of what it reads, and as the session was told
    std::map<Name, Truth> known;
    std::int32_t id = 0, epoch = 0;
    std::int64_t now_ms = 0;
    for (int step = 0; step < 120; ++step) {
      // The world goes on: records come, beginnings are deleted, leaders are missing for a while.
      for (auto& [name, state] : truth) {
        if (pick(4) == 0) state.high_watermark += pick(3);
        if (pick(10) == 0) state.start = std::min(state.high_watermark, state.start + 1);
        if (pick(10) == 0)
          state.error = state.error == ErrorCode::none ? ErrorCode::not_leader_or_follower : ErrorCode::none;
      }
      // What is read changes.
      if (pick(5) == 0) {
        const Name name{pick(2) == 0 ? "t" : "u", pick(3)};
        if (positions.erase(name) == 0) positions[name] = truth[name].high_watermark;
      }
      if (pick(15) == 0) {  // another client takes its place
        auto other = asking(0, 0, {{"x", 0}, {"x", 1}, {"x", 2}, {"x", 3}, {"x", 4}, {"x", 5}, {"x", 6}});
        (void)sessions.begin(other, kByName, now_ms);
      }
      now_ms += pick(4) == 0 ? 200'000 : 10;
      if (positions.empty()) continue;
      auto request = asking(id, epoch);
      for (const auto& [name, position] : positions) {
        const bool is_new = epoch == 0 || !told_positions.contains(name) || told_positions[name] != position;
        if (!is_new) continue;
        auto& topic = request.topics.emplace_back();
        topic.topic = name.first;
        auto& wanted = topic.partitions.emplace_back();
        wanted.partition = PartitionIndex(name.second);
        wanted.fetch_offset = position;
      }
      if (epoch != 0) {
        for (const auto& [name, position] : told_positions) {
          if (!positions.contains(name)) {
            request.forgotten_topics_data.push_back({name.first, {}, {PartitionIndex(name.second)}});
          }
        }
      }
      told_positions = positions;
      const auto turn = sessions.begin(request, kByName, now_ms);
      if (!turn) {
        ASSERT_EQ(turn.error().code, ErrorCode::fetch_session_id_not_found);
        id = epoch = 0;
        continue;
      }
      // The broker answers for all that the session is about, and nothing else.
      ASSERT_EQ(count_in(request), positions.size());
      wire::FetchResponse response;
      for (const auto& topic : request.topics) {
        auto& answers = response.responses.emplace_back();
        answers.topic = topic.topic;
        for (const auto& wanted : topic.partitions) {
          const Name name{topic.topic, wanted.partition.value()};
          ASSERT_TRUE(positions.contains(name));
          ASSERT_EQ(wanted.fetch_offset, positions[name]);
          auto& answer = answers.partitions.emplace_back();
          answer.partition_index = wanted.partition;
          answer.error_code = truth[name].error;
          const bool is_there = answer.error_code == ErrorCode::none;
          answer.high_watermark = answer.last_stable_offset = is_there ? truth[name].high_watermark : kNoOffset;
          answer.log_start_offset = is_there ? truth[name].start : kNoOffset;
          if (is_there && wanted.fetch_offset < truth[name].high_watermark) {
            answer.records.emplace().parts.push_back(SharedBytes::take("records"));
          }
        }
      }
      sessions.end(*turn, response);
      for (const auto& topic : response.responses) {
        for (const auto& answer : topic.partitions) {
          const Name name{topic.topic, answer.partition_index.value()};
          known[name] = {answer.high_watermark, answer.log_start_offset, answer.error_code};
          if (answer.records) positions[name] = answer.high_watermark;
        }
      }
      for (const auto& [name, position] : positions) {
        if (truth[name].error == ErrorCode::none) {
          EXPECT_EQ(known[name].error, ErrorCode::none);
          EXPECT_EQ(known[name].high_watermark, truth[name].high_watermark);
          EXPECT_EQ(known[name].start, truth[name].start);
          EXPECT_GE(position, truth[name].high_watermark);  // nothing is kept from it
        } else {
          EXPECT_EQ(known[name].error, truth[name].error);
        }
      }
      if (testing::Test::HasFailure()) return;
      id = response.session_id;
      epoch = id == 0 ? 0 : epoch + 1;
    }
  }
}

}  // namespace
}  // namespace weir::log::broker::fetch_sessions_test
