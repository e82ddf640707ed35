// A store of one's own over the embedded log: it comes back, and what was not committed does not.
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class CustomStoreTest : public testing_log::LogFixture {};

// The highest number that each sensor sent.
class Highest final : public state::Store {
 public:
  explicit Highest(std::string name) : Store(std::move(name)) {}

  std::int64_t see(const std::string& sensor, std::int64_t number) {
    std::int64_t& highest = now_[sensor];
    if (number > highest) changed_.emplace(sensor, highest);  // as it was at the last commit
    return highest = std::max(highest, number);
  }

  std::size_t dirty_rows() const override { return changed_.size(); }
  std::size_t memory_bytes() const override { return now_.size() * 100; }
  Result<> write_changes(state::ChangeSink& changelog) override {
    for (const auto& [sensor, before] : changed_) {
      auto written = changelog.change(sensor, std::to_string(now_.at(sensor)), 0);
      if (!written) return written;
    }
    return {};
  }
  void committed() override { changed_.clear(); }
  void undo() override {
    for (const auto& [sensor, before] : changed_) now_[sensor] = before;
    changed_.clear();
  }
  Result<> restore(Bytes sensor, NullableBytes value, std::int64_t) override {
    now_[std::string(sensor)] = value ? std::stoll(std::string(*value)) : 0;
    return {};
  }
  Result<> clear() override {
    now_.clear();
    changed_.clear();
    return {};
  }

 private:
  std::map<std::string, std::int64_t> now_;
  std::map<std::string, std::int64_t> changed_;
};

Topology highest() {
  Builder builder;
  builder.add_store<Highest>({.store = "highest"});
  builder.stream<std::string, std::string>("in")
      .process_values<std::string>(
          [](FixedKeyContext<std::string>& context, const ProcessorRecord<std::string, std::string>& record) {
            context.forward(
                std::to_string(context.store<Highest>("highest").see(record.key(), std::stoll(record.value()))));
          },
          {.stores = {"highest"}})
      .to("out");
  return builder.build();
}

TEST_F(CustomStoreTest, a_kill_at_any_moment_takes_nothing_from_it_and_leaves_nothing_that_was_not_committed) {
  create("in", 1);
  create("out", 1);
  std::map<std::string, std::int64_t> now;
  std::vector<std::string> expected;
  for (int round = 0; round < 15; ++round) {
    for (int i = 0; i < 40; ++i) {
      const std::string key(1, static_cast<char>('a' + i % 3));
      const std::int64_t number = (round * 7919 + i * 104'729) % (100 * (round + 1));
      send("in", std::to_string(number), 0, key);
      now[key] = std::max(now[key], number);
      expected.push_back(std::to_string(now[key]));
    }
    App app(highest(), log(), options("highest"));
    std::thread running([&] { (void)app.run(); });
    while (app.statistics().processed < static_cast<std::uint64_t>(round % 5) * 8) std::this_thread::yield();
    kill();
    app.stop();
    running.join();
    reopen();
  }
  App app(highest(), log(), options("highest"));
  auto done = app.run_to_end();
  ASSERT_TRUE(done) << done.error().to_string();
  std::vector<std::string> sent;
  for (const auto& record : read_all("out")) sent.push_back(*record.value);
  EXPECT_EQ(sent, expected);
}

}  // namespace
}  // namespace weir::streams
