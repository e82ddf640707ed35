// Processors as users write them: what they see, what they send, what they keep.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams::processor_test {
namespace {

using Context = ProcessorContext<std::string, std::string>;
using Input = ProcessorRecord<std::string, std::string>;
using Strings = KeyValueStore<std::string, std::string>;

template <class P>
Topology processed(P processor, const std::vector<std::string>& stores = {}) {
  Builder builder;
  for (const auto& store : stores) builder.add_store<Strings>({.store = store});
  builder.stream<std::string, std::string>("in")
      .process<std::string, std::string>(std::move(processor), {.name = "mine", .stores = stores})
      .to("out");
  return builder.build();
}

std::vector<std::string> lines(TestDriver& driver, const std::string& topic = "out") {
  std::vector<std::string> lines;
  for (const auto& record : driver.output<std::string, std::string>(topic).read_all()) {
    lines.push_back(record.key + "=" + record.value + "@" + std::to_string(record.timestamp_ms));
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST(Processor, sees_where_its_record_comes_from) {
  TestDriver driver(processed([](Context& context, const Input& record) {
    auto metadata = context.metadata().value();
    context.forward(record.key(), metadata.topic + "-" + std::to_string(metadata.partition.value()) + "-" +
                                      std::to_string(metadata.offset.value()));
  }));
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("a", "x", 1);
  in.pipe("b", "y", 2);
  EXPECT_EQ(lines(driver), (Lines{"a=in-0-0@1", "b=in-0-1@2"}));
}

TEST(Processor, sends_to_the_operator_that_it_names_or_to_all) {
  Builder builder;
  auto out = builder.stream<std::string, std::string>("in").process<std::string, std::string>(
      [](Context& context, const Input& record) {
        context.forward(record.key(), record.value(), {.to = record.value()});
      });
  out.to("left", {.name = "left"});
  out.to("right", {.name = "right"});
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("a", "left", 1);
  in.pipe("b", "right", 2);
  in.pipe("c", "", 3);
  EXPECT_EQ(lines(driver, "left"), (Lines{"a=left@1", "c=@3"}));
  EXPECT_EQ(lines(driver, "right"), (Lines{"b=right@2", "c=@3"}));
  EXPECT_THROW(in.pipe("d", "nowhere", 4), std::runtime_error);
}

TEST(Processor, reads_and_changes_headers) {
  Builder builder;
  auto tagged = builder.stream<std::string, std::string>("in").process<std::string, std::string>(
      [](Context& context, const Input& record) {
        auto headers = record.headers();
        headers.push_back({"seen", std::string("by me")});
        context.forward(record.key(), record.value(), {.headers = headers});
        context.forward(record.key(), record.value());
      });
  tagged
      .process<std::string, std::string>([](Context& context, const Input& record) {
        context.forward(record.key(),
                        record.has_headers() ? record.headers()[0].key + "=" + *record.headers()[0].value : "none");
      })
      .to("out");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("in").pipe("a", "x", 1);
  EXPECT_EQ(lines(driver), (Lines{"a=seen=by me@1", "a=none@1"}));
}

// Writes while it scans: the scan sees the store as it was.
TEST(Processor, a_scan_sees_the_store_as_it_was_when_it_began) {
  struct Copy {
    Strings rows = {};
    void open(Context& context) { rows = context.store<Strings>("st"); }
    void process(Context& context, const Input& record) {
      rows.put(record.key(), record.value());
      for (auto row : rows.all()) {
        rows.erase(row.key);
        rows.put(row.key + "'", row.value);
        context.forward(row.key, row.value);
      }
    }
  };
  TestDriver driver(processed(Copy{}, {"st"}));
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("a", "x", 1);
  in.pipe("b", "y", 2);
  EXPECT_EQ(lines(driver), (Lines{"a=x@1", "a'=x@2", "b=y@2"}));
  auto rows = driver.store<Strings>("st");
  EXPECT_EQ(*rows.get("a''"), "x");
  EXPECT_EQ(*rows.get("b'"), "y");
  EXPECT_EQ(rows.get("a"), nullptr);
}

TEST(Processor, stores_are_scanned_by_range_and_prefix_both_ways) {
  struct Keep {
    Strings rows = {};
    void open(Context& context) { rows = context.store<Strings>("st"); }
    void process(Context&, const Input& record) { rows.put(record.key(), record.value()); }
  };
  TestDriver driver(processed(Keep{}, {"st"}));
  for (const char* key : {"ab", "b", "a", "abc", "c"}) driver.input<std::string, std::string>("in").pipe(key, key, 1);
  auto rows = driver.store<Strings>("st");
  auto keys = [](auto scan) {
    std::string all;
    for (auto row : scan) all += row.key + " ";
    return all;
  };
  EXPECT_EQ(keys(rows.all()), "a ab abc b c ");
  EXPECT_EQ(keys(rows.reverse_all()), "c b abc ab a ");
  EXPECT_EQ(keys(rows.range("ab", "b")), "ab abc b ");
  EXPECT_EQ(keys(rows.range(std::nullopt, "ab")), "a ab ");
  EXPECT_EQ(keys(rows.reverse_range("abc", std::nullopt)), "c b abc ");
  EXPECT_EQ(keys(rows.range("c", "a")), "");
  EXPECT_EQ(keys(rows.prefix(std::string("ab"))), "ab abc ");
}

TEST(Processor, those_that_name_the_same_store_share_it) {
  Builder builder;
  builder.add_store<Strings>({.store = "shared"});
  builder.stream<std::string, std::string>("write").process<std::string, std::string>(
      [](Context& context, const Input& record) { context.store<Strings>("shared").put(record.key(), record.value()); },
      {.stores = {"shared"}});
  builder.stream<std::string, std::string>("read")
      .process<std::string, std::string>(
          [](Context& context, const Input& record) {
            const std::string* found = context.store<Strings>("shared").get(record.key());
            context.forward(record.key(), found == nullptr ? "nothing" : *found);
          },
          {.stores = {"shared"}})
      .to("out");
  Topology topology = builder.build();
  EXPECT_EQ(topology.stages().size(), 1u);
  TestDriver driver(topology);
  driver.input<std::string, std::string>("read").pipe("a", "", 1);
  driver.input<std::string, std::string>("write").pipe("a", "x", 2);
  driver.input<std::string, std::string>("read").pipe("a", "", 3);
  EXPECT_EQ(lines(driver), (Lines{"a=nothing@1", "a=x@3"}));
}

TEST(Processor, looks_into_a_table_s_store) {
  Builder builder;
  builder.table<std::string, std::string>("table", {.store = "rows"});
  builder.stream<std::string, std::string>("in")
      .process_values<std::string>(
          [](FixedKeyContext<std::string>& context, const Input& record) {
            auto row = context.store<TimestampedKeyValueStore<std::string, std::string>>("rows").get(record.key());
            context.forward(row ? row->value + " of " + std::to_string(row->timestamp_ms) : "none");
          },
          {.stores = {"rows"}})
      .to("out");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("table").pipe("a", "x", 7);
  driver.input<std::string, std::string>("in").pipe("a", "", 9);
  EXPECT_EQ(lines(driver), (Lines{"a=x of 7@9"}));
}

std::string why_not_opened(const Topology& topology) {
  try {
    TestDriver driver(topology);
    return {};
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(Processor, a_store_that_it_does_not_name_or_of_another_type_is_told_when_it_opens) {
  struct Asks {
    void open(Context& context) { context.store<KeyValueStore<std::string, std::int64_t>>("st"); }
    void process(Context&, const Input&) {}
  };
  EXPECT_NE(why_not_opened(processed(Asks{})).find("does not name store 'st'"), std::string::npos);
  const std::string why = why_not_opened(processed(Asks{}, {"st"}));
  EXPECT_NE(why.find("mine"), std::string::npos) << why;
  EXPECT_NE(why.find("store 'st' has other values"), std::string::npos) << why;
}

TEST(Processor, window_and_session_stores_forget_what_is_older_than_their_retention) {
  using Windows = WindowStore<std::string, std::string>;
  using Sessions = SessionStore<std::string, std::string>;
  Builder builder;
  builder.add_store<Windows>({.store = "windows", .retention = Millis(10)});
  builder.add_store<Sessions>({.store = "sessions", .retention = Millis(10)});
  builder.stream<std::string, std::string>("in").process<std::string, std::string>(
      [](Context& context, const Input& record) {
        const std::int64_t at = record.timestamp_ms();
        auto windows = context.store<Windows>("windows");
        EXPECT_EQ(windows.put(record.key(), record.value(), at), at > 20);
        context.store<Sessions>("sessions").put(record.key(), {at - 1, at}, record.value());
      },
      {.stores = {"windows", "sessions"}});
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("a", "w21", 21);
  in.pipe("b", "w24", 24);
  in.pipe("a", "w25", 25);
  in.pipe("a", "w30", 30);
  in.pipe("a", "w20", 20);
  auto windows = driver.store<Windows>("windows");
  EXPECT_EQ(windows.fetch("a", 0, 100),
            (std::vector<WindowRow<std::string, std::string>>{{"a", 21, "w21"}, {"a", 25, "w25"}, {"a", 30, "w30"}}));
  EXPECT_EQ(windows.fetch_all(24, 25),
            (std::vector<WindowRow<std::string, std::string>>{{"b", 24, "w24"}, {"a", 25, "w25"}}));
  in.pipe("a", "w31", 31);
  EXPECT_EQ(windows.fetch("a", 0, 100).size(), 3u);
  EXPECT_EQ(windows.get("a", 21), nullptr);
  auto sessions = driver.store<Sessions>("sessions");
  EXPECT_EQ(sessions.find("a", 26, 29), (std::vector<SessionEntry<std::string, std::string>>{{"a", {29, 30}, "w30"}}));
  EXPECT_EQ(*sessions.get("a", {24, 25}), "w25");
  EXPECT_EQ(sessions.get("a", {23, 25}), nullptr);
  EXPECT_TRUE(sessions.erase("a", {24, 25}));
  EXPECT_EQ(sessions.get("a", {24, 25}), nullptr);
}

// The highest number that was seen: one row in the changelog.
class Highest final : public state::Store {
 public:
  explicit Highest(std::string name) : Store(std::move(name)) {}

  void see(std::int64_t number) { now_ = std::max(now_, number); }
  std::int64_t highest() const { return now_; }

  std::size_t dirty_rows() const override { return now_ != committed_ ? 1 : 0; }
  std::size_t memory_bytes() const override { return sizeof *this; }
  Result<> write_changes(state::ChangeSink& changelog) override {
    if (now_ == committed_) return {};
    return changelog.change("highest", std::to_string(now_), 0);
  }
  void committed() override { committed_ = now_; }
  void undo() override { now_ = committed_; }
  Result<> restore(Bytes, NullableBytes value, std::int64_t) override {
    now_ = std::stoll(std::string(value.value_or("0")));
    return {};
  }
  Result<> clear() override {
    now_ = committed_ = 0;
    return {};
  }

 private:
  std::int64_t now_ = 0;
  std::int64_t committed_ = 0;
};

TEST(Processor, a_store_of_one_s_own_is_written_to_its_changelog) {
  Builder builder;
  builder.add_store<Highest>({.store = "highest"});
  builder.stream<std::string, std::string>("in")
      .process<std::string, std::string>(
          [](Context& context, const Input& record) {
            Highest& highest = context.store<Highest>("highest");
            highest.see(std::stoll(record.value()));
            context.forward(record.key(), std::to_string(highest.highest()));
          },
          {.stores = {"highest"}})
      .to("out");
  TestDriver driver(builder.build());
  for (const char* number : {"3", "7", "5"}) driver.input<std::string, std::string>("in").pipe("a", number, 1);
  EXPECT_EQ(lines(driver), (Lines{"a=3@1", "a=7@1", "a=7@1"}));
  const auto& changes = driver.bytes().collector().changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes.begin()->second.size(), 2u);
  EXPECT_EQ(changes.begin()->second.back().value, "7");
}

}  // namespace
}  // namespace weir::streams::processor_test
