// What processors find in their stores: the same in memory, and on disk where every row is read back.
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams::stores_test {
namespace {

using Text = std::string;
using Texts = std::vector<Text>;
using Rows = KeyValueStore<Text, Text>;

class StoresTest : public ::testing::TestWithParam<bool> {
 protected:
  void TearDown() override { std::filesystem::remove_all(path_); }
  TestDriverOptions options() const {
    if (!GetParam()) return {};
    return {.state_directory = path_.string(), .reads_back = true};
  }

  // A driver whose processor does `work` with its store at each record of "in".
  template <class S, class Work>
  TestDriver with_store(AddStoreOptions store, Work work) const {
    store.store = "st";
    Builder builder;
    builder.add_store<S>(store);
    builder.stream<Text, Text>("in")
        .process<Text, Text>(
            [work](ProcessorContext<Text, Text>& context, const ProcessorRecord<Text, Text>& record) {
              auto rows = context.store<S>("st");
              work(rows, record);
            },
            {.name = "work", .stores = {"st"}})
        .to("out");
    return TestDriver(builder.build(), options());
  }

 private:
  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("weir-stores-" + std::to_string(::getpid()));
};

INSTANTIATE_TEST_SUITE_P(Backing, StoresTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "rocksdb" : "memory"; });

void pipe(TestDriver& driver, const Text& key, const Text& value, std::int64_t ts = 0) {
  driver.input<Text, Text>("in").pipe(key, value, ts);
}

TEST_P(StoresTest, put_all_writes_every_pair_the_later_one_of_a_key_last) {
  auto driver = with_store<Rows>({}, [](Rows& rows, const auto& record) {
    rows.put_all(std::vector<std::pair<Text, Text>>{{"a", record.value()}, {"b", "2"}, {"a", "3"}});
  });
  pipe(driver, "k", "1");
  EXPECT_EQ(*driver.store<Rows>("st").get("a"), "3");
  EXPECT_EQ(*driver.store<Rows>("st").get("b"), "2");
}

TEST_P(StoresTest, put_all_of_rows_with_times_keeps_their_own) {
  using Timed = TimestampedKeyValueStore<Text, Text>;
  auto driver = with_store<Timed>({}, [](Timed& rows, const auto&) {
    rows.put_all(std::map<Text, Timestamped<Text>>{{"a", {"x", 7}}, {"b", {"y", 8}}});
  });
  pipe(driver, "k", "1", 99);
  EXPECT_EQ(driver.store<Timed>("st").get("b"), (Timestamped<Text>{"y", 8}));
}

// On disk the driver writes down and drops what is in memory after every record: RocksDB estimates then, and may count
// each of these times once.
TEST_P(StoresTest, entries_are_counted_with_those_of_the_record_that_is_being_processed) {
  std::vector<std::uint64_t> counted;
  auto driver = with_store<Rows>({}, [&](Rows& rows, const auto& record) {
    if (record.value() == "gone") {
      rows.erase(record.key());
    } else {
      rows.put(record.key(), record.value());
    }
    counted.push_back(rows.approximate_entries());
  });
  for (const char* key : {"a", "b", "c", "d"}) pipe(driver, key, "x");
  pipe(driver, "b", "gone");
  const std::vector<std::uint64_t> exact{1, 2, 3, 4, 3};
  if (!GetParam()) {
    EXPECT_EQ(counted, exact);
  }
  ASSERT_EQ(counted.size(), exact.size());
  for (std::size_t i = 0; i < exact.size(); ++i) {
    EXPECT_GE(counted[i], exact[i]) << i;
    EXPECT_LE(counted[i], exact[i] + i) << i;
  }
}

TEST_P(StoresTest, windows_are_read_backward_as_forward_and_no_further_than_asked) {
  using Windows = WindowStore<Text, Text>;
  auto driver = with_store<Windows>({.retention = Millis(100)}, [](Windows& rows, const auto& record) {
    rows.put(record.key(), record.value(), record.timestamp_ms());
  });
  for (std::int64_t ts : {1, 120, 30, 50, 90, 80}) pipe(driver, ts % 20 == 0 ? "b" : "a", "v" + std::to_string(ts), ts);
  auto rows = driver.store<Windows>("st");
  auto values = [](const auto& found) {
    Texts all;
    for (const auto& row : found) all.push_back(row.key + row.value);
    return all;
  };
  auto reversed = [](Texts all) {
    std::reverse(all.begin(), all.end());
    return all;
  };
  const Texts all{"av30", "av50", "bv80", "av90", "bv120"};  // 1 is over
  EXPECT_EQ(values(rows.fetch_all(0, INT64_MAX)), all);
  EXPECT_EQ(values(rows.backward_fetch_all(0, INT64_MAX)), reversed(all));
  EXPECT_EQ(values(rows.backward_fetch_all(0, 100, 2)), (Texts{"av90", "bv80"}));
  EXPECT_EQ(values(rows.fetch("a", 0, 90)), (Texts{"av30", "av50", "av90"}));
  EXPECT_EQ(values(rows.backward_fetch("a", 31, INT64_MAX)), (Texts{"av90", "av50"}));
  EXPECT_EQ(values(rows.backward_fetch("a", 0, INT64_MAX, 1)), (Texts{"av90"}));
  EXPECT_TRUE(rows.backward_fetch("c", 0, INT64_MAX).empty());
}

TEST_P(StoresTest, several_rows_of_one_key_and_start_stay_in_order_of_arrival_until_time_passes_them) {
  using Windows = MultiWindowStore<Text, Text>;
  Texts refused;
  auto driver = with_store<Windows>({.retention = Millis(10)}, [&](Windows& rows, const auto& record) {
    if (!rows.put(record.key(), record.value(), record.timestamp_ms())) refused.push_back(record.value());
  });
  pipe(driver, "a", "first", 5);
  pipe(driver, "a", "second", 5);
  pipe(driver, "b", "other", 5);
  pipe(driver, "a", "second", 5);
  pipe(driver, "a", "later", 9);
  auto values = [&](bool is_backward = false) {
    auto rows = driver.store<Windows>("st");
    Texts all;
    for (const auto& row : is_backward ? rows.backward_fetch("a", 0, 100) : rows.fetch("a", 0, 100)) {
      all.push_back(row.value);
    }
    return all;
  };
  EXPECT_EQ(values(), (Texts{"first", "second", "second", "later"}));
  EXPECT_EQ(values(true), (Texts{"later", "second", "second", "first"}));
  EXPECT_EQ(driver.store<Windows>("st").fetch_all(5, 5).size(), 4u);
  pipe(driver, "a", "last", 15);
  pipe(driver, "a", "too late", 5);
  EXPECT_EQ(values(), (Texts{"later", "last"}));
  EXPECT_EQ(refused, Texts{"too late"});
}

TEST_P(StoresTest, sessions_are_found_backward_too) {
  using Sessions = SessionStore<Text, Text>;
  auto driver = with_store<Sessions>({.retention = Millis(100)}, [](Sessions& rows, const auto& record) {
    rows.put(record.key(), {record.timestamp_ms() - 2, record.timestamp_ms()}, record.value());
  });
  for (std::int64_t end : {10, 20, 30}) pipe(driver, "a", "s" + std::to_string(end), end);
  auto rows = driver.store<Sessions>("st");
  auto values = [](const auto& found) {
    Texts all;
    for (const auto& session : found) all.push_back(session.value);
    return all;
  };
  EXPECT_EQ(values(rows.find("a", 15, 28)), (Texts{"s20", "s30"}));
  EXPECT_EQ(values(rows.backward_find("a", 15, 28)), (Texts{"s30", "s20"}));
  EXPECT_EQ(values(rows.backward_find("a", 0, INT64_MAX, 1)), (Texts{"s30"}));
  EXPECT_EQ(values(rows.backward_find("a", 0, 20)), (Texts{"s20", "s10"}));
}

}  // namespace
}  // namespace weir::streams::stores_test
