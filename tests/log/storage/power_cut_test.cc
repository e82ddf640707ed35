// Power cuts at every moment of short histories of a partition, in every state that they can leave
// (sim/power_cuts.h), and at any moment of long ones, in states that are drawn: what was synced is there, and what
// is there is a beginning of what was appended.
#include <cstdlib>
#include <random>

#include "sim/power_cuts.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {
namespace {

constexpr std::size_t kLongestForAll = 40;  // operations of a history of which every state is tried

class PowerCutTest : public LogTest {
 protected:
  // What was true when so many operations were done.
  struct Moment {
    std::size_t operations;
    std::size_t synced;  // values
  };

  // Appends values of several sizes, rolls segments, writes checkpoints; syncs once in `sync_every` steps, or never.
  void run(std::uint64_t seed, std::size_t operations, unsigned sync_every) {
    segment_bytes_ = 700;
    ASSERT_TRUE(open(files_));
    std::mt19937_64 random(seed);
    const std::size_t first = files_.operation_count();
    moments_ = {{first, 0}};
    while (files_.operation_count() - first < operations) {
      if (sync_every != 0 && random() % sync_every == 0) {
        ASSERT_TRUE(sync());
        moments_.push_back({files_.operation_count(), values_.size()});
        const bool has_checkpoint = random() % 3 != 0 || directory_->write_checkpoint(positions()).has_value();
        ASSERT_TRUE(has_checkpoint);
      } else {
        const std::size_t size = random() % 3 == 0 ? 600 : random() % 40;
        values_.push_back("value " + std::to_string(values_.size()) + std::string(size, '.'));
        ASSERT_TRUE(
            append(make_batch(from_producer(1, 0, static_cast<std::int32_t>(values_.size()) - 1, {values_.back()}))));
      }
    }
    shut();
  }

  std::size_t first_operation() const { return moments_.front().operations; }
  std::size_t synced_after(std::size_t operations) const {
    std::size_t synced = 0;
    for (const Moment& moment : moments_) {
      if (moment.operations <= operations) synced = moment.synced;
    }
    return synced;
  }

  void check(FileSystem& after, std::size_t operations) {
    auto opened = open(after, "boot-2");
    ASSERT_TRUE(opened) << opened.error().to_string();
    if (partition_->finding()) {
      ASSERT_FALSE(partition_->finding()->is_damage) << partition_->finding()->to_string();
    }
    auto read = read_all(*partition_);
    ASSERT_TRUE(read) << read.error().to_string();
    ASSERT_GE(read->size(), synced_after(operations));
    for (std::size_t i = 0; i < read->size(); ++i) ASSERT_EQ((*read)[i].value, values_[i]);
    // The sequence goes on where the log ends: the producer's state is that of the records.
    auto next = append(make_batch(from_producer(1, 0, static_cast<std::int32_t>(read->size()), {"next"})));
    ASSERT_TRUE(next) << next.error().to_string();
    ASSERT_EQ(next->base_offset.value(), static_cast<std::int64_t>(read->size()));
    shut();
  }

  std::vector<std::string> values_;
  std::vector<Moment> moments_;
};

TEST_F(PowerCutTest, every_state_after_every_operation_of_a_short_history_holds_what_was_synced) {
  std::size_t states = 0;
  run(3, kLongestForAll, 2);
  for (std::size_t at = first_operation(); at <= files_.operation_count(); ++at) {
    for (std::size_t sector_bytes : {512u, 4096u}) {
      PowerCuts cuts(files_, at, sector_bytes);
      for (auto after = cuts.next(); after != nullptr && !HasFatalFailure(); after = cuts.next(), ++states) {
        SCOPED_TRACE(testing::Message() << at << " operations, sectors of " << sector_bytes << ", state " << states);
        check(*after, at);
      }
    }
  }
  RecordProperty("states", static_cast<int>(states));
  EXPECT_GT(states, 500u);
}

TEST_F(PowerCutTest, states_that_are_drawn_after_any_operation_of_a_long_history_hold_what_was_synced) {
  const std::size_t draws = std::getenv("WEIR_SOAK") != nullptr ? 1'000'000 : 10'000;
  run(4, 400, 4);
  std::mt19937_64 random(5);
  for (std::size_t draw = 0; draw < draws && !HasFatalFailure(); ++draw) {
    const std::size_t at = first_operation() + random() % (files_.operation_count() - first_operation() + 1);
    SCOPED_TRACE(testing::Message() << "draw " << draw << ", " << at << " operations");
    check(*files_.cut_after(at, draw % 2 == 0 ? 512 : 4096, [&](std::size_t n) { return random() % n; }), at);
  }
}

TEST_F(PowerCutTest, where_nothing_is_synced_a_beginning_is_left) {
  run(6, 60, 0);
  std::mt19937_64 random(7);
  for (int draw = 0; draw < 3'000 && !HasFatalFailure(); ++draw) {
    const std::size_t at = first_operation() + random() % (files_.operation_count() - first_operation() + 1);
    SCOPED_TRACE(testing::Message() << "draw " << draw << ", " << at << " operations");
    check(*files_.cut_after(at, draw % 2 == 0 ? 512 : 4096, [&](std::size_t n) { return random() % n; }), at);
  }
}

}  // namespace
}  // namespace weir::log::storage
