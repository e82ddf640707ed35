// docs/processors.md and docs/errors.md: their snippets, as they stand there, run.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace ws = weir::streams;

namespace {

using namespace std::chrono_literals;
using ws::Builder;

// Lets a value through if it was not seen for a while.
struct Distinct {
  ws::KeyValueStore<std::string, std::int64_t> seen = {};

  void open(ws::ProcessorContext<std::string, std::string>& context) {
    seen = context.store<ws::KeyValueStore<std::string, std::int64_t>>("seen");
  }
  void process(ws::ProcessorContext<std::string, std::string>& context,
               const ws::ProcessorRecord<std::string, std::string>& record) {
    const std::int64_t* before = seen.get(record.value());
    if (before != nullptr && record.timestamp_ms() - *before < 60'000) return;
    seen.put(record.value(), record.timestamp_ms());
    context.forward(record.key(), record.value());
  }
};

TEST(ProcessorGuide, a_processor_with_a_store) {
  Builder builder;
  builder.add_store<ws::KeyValueStore<std::string, std::int64_t>>({.store = "seen"});
  builder.stream<std::string, std::string>("events")
      .process<std::string, std::string>(Distinct{}, {.name = "distinct", .stores = {"seen"}})
      .to("distinct-events");
  ws::TestDriver driver(builder.build());
  auto events = driver.input<std::string, std::string>("events");
  for (std::int64_t at : {0, 10'000, 60'000}) events.pipe("a", "x", at);
  EXPECT_EQ((driver.output<std::string, std::string>("distinct-events").read_all().size()), 2u);
}

TEST(ProcessorGuide, time_headers_and_the_operator_below_can_be_chosen) {
  Builder builder;
  builder.stream<std::string, std::string>("events")
      .process<std::string, std::string>([](ws::ProcessorContext<std::string, std::string>& context,
                                            const ws::ProcessorRecord<std::string, std::string>& record) {
        context.forward(record.key(), record.value(),
                        {.timestamp_ms = 0, .headers = {{{"seen", "yes"}}}, .to = "audit"});
      })
      .to("audit", {.name = "audit"});
  ws::TestDriver driver(builder.build());
  driver.input<std::string, std::string>("events").pipe("a", "x", 5);
  auto sent = driver.bytes().read("audit");
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->timestamp_ms, 0);
  ASSERT_EQ(sent->headers.size(), 1u);
  EXPECT_EQ(sent->headers[0].value, "yes");
}

// The highest number that each sensor sent.
class Highest final : public ws::state::Store {
 public:
  explicit Highest(std::string name) : Store(std::move(name)) {}

  std::int64_t see(const std::string& sensor, std::int64_t number) {
    std::int64_t& highest = now_[sensor];
    if (number > highest) changed_.emplace(sensor, highest);  // as it was at the last commit
    return highest = std::max(highest, number);
  }

  std::size_t dirty_rows() const override { return changed_.size(); }
  std::size_t memory_bytes() const override { return now_.size() * 100; }
  weir::Result<> write_changes(ws::state::ChangeSink& changelog) override {
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
  weir::Result<> restore(weir::Bytes sensor, weir::NullableBytes value, std::int64_t) override {
    now_[std::string(sensor)] = value ? std::stoll(std::string(*value)) : 0;
    return {};
  }
  weir::Result<> clear() override {
    now_.clear();
    changed_.clear();
    return {};
  }

 private:
  std::map<std::string, std::int64_t> now_;
  std::map<std::string, std::int64_t> changed_;
};

TEST(ProcessorGuide, a_store_of_one_s_own) {
  Builder builder;
  builder.add_store<Highest>({.store = "highest"});
  builder.stream<std::string, std::int64_t>("readings")
      .process_values<std::int64_t>(
          [](ws::FixedKeyContext<std::int64_t>& context,
             const ws::ProcessorRecord<std::string, std::int64_t>& reading) {
            context.forward(context.store<Highest>("highest").see(reading.key(), reading.value()));
          },
          {.stores = {"highest"}})
      .to("highest");
  ws::TestDriver driver(builder.build());
  for (std::int64_t number : {3, 7, 5}) driver.input<std::string, std::int64_t>("readings").pipe("a", number);
  std::vector<std::int64_t> sent;
  for (const auto& record : driver.output<std::string, std::int64_t>("highest").read_all())
    sent.push_back(record.value);
  EXPECT_EQ(sent, (std::vector<std::int64_t>{3, 7, 7}));
}

struct Report {
  ws::KeyValueStore<std::string, std::int64_t> counts = {};

  void open(ws::ProcessorContext<std::string, std::int64_t>& context) {
    counts = context.store<ws::KeyValueStore<std::string, std::int64_t>>("counts");
    context.schedule(10s, ws::TimerClock::stream_time, [this, &context](std::int64_t) {
      for (auto row : counts.all()) context.forward(row.key, row.value);
    });
  }
  void process(ws::ProcessorContext<std::string, std::int64_t>&,
               const ws::ProcessorRecord<std::string, std::string>& record) {
    ++counts.edit(record.key());
  }
};

TEST(ProcessorGuide, a_timer_that_reports) {
  Builder builder;
  builder.add_store<ws::KeyValueStore<std::string, std::int64_t>>({.store = "counts"});
  builder.stream<std::string, std::string>("events")
      .process<std::string, std::int64_t>(Report{}, {.stores = {"counts"}})
      .to("counts");
  ws::TestDriver driver(builder.build());
  auto events = driver.input<std::string, std::string>("events");
  events.pipe("a", "", 1'000);
  events.pipe("a", "", 9'000);
  events.pipe("b", "", 12'000);
  EXPECT_EQ(
      (driver.output<std::string, std::int64_t>("counts").read_all()),
      (std::vector<ws::TestRecord<std::string, std::int64_t>>{{"a", 1, 1'000}, {"a", 2, 12'000}, {"b", 1, 12'000}}));
}

TEST(ProcessorGuide, a_join_with_what_was) {
  Builder builder;
  auto prices = builder.table<std::string, double>("prices", {.store = "prices", .history = 24h});
  builder.stream<std::string, double>("orders")
      .join(prices, [](double amount, double price) { return amount * price; }, {.grace = 10s})
      .to("costs");
  ws::TestDriver driver(builder.build());
  auto orders = driver.input<std::string, double>("orders");
  auto price = driver.input<std::string, double>("prices");
  price.pipe("tea", 2.0, 1'000);
  price.pipe("tea", 3.0, 9'000);
  orders.pipe("tea", 10.0, 6'000);
  price.pipe("tea", 2.5, 5'000);  // late, and still in time
  EXPECT_TRUE((driver.output<std::string, double>("costs").is_empty()));
  orders.pipe("tea", 1.0, 20'000);
  EXPECT_EQ((driver.output<std::string, double>("costs").read_all()),
            (std::vector<ws::TestRecord<std::string, double>>{{"tea", 25.0, 6'000}}));
}

TEST(ProcessorGuide, policies_for_errors) {
  int calls = 0;
  auto charge = [&calls](const std::string& payment) {
    if (payment == "broke" && ++calls < 5) throw std::runtime_error("no funds");
    return "paid " + payment;
  };
  Builder builder;
  builder.stream<std::string, std::string>("payments", {.on_error = ws::dead_letter("unreadable")})
      .map_values(
          charge,
          {.name = "charge",
           .on_error = ws::retry(2).then(
               ws::retry_later({.attempts = 5, .backoff = 1s, .multiplier = 4}).then(ws::dead_letter("unpaid")))})
      .to("receipts", {.on_error = ws::skip()});
  ws::TestDriver driver(builder.build());
  auto payments = driver.input<std::string, std::string>("payments");
  payments.pipe("ann", "broke", 1);
  payments.pipe("bob", "rich", 2);
  driver.advance_wall_clock(1s);
  EXPECT_EQ((driver.output<std::string, std::string>("receipts").read_all()),
            (std::vector<ws::TestRecord<std::string, std::string>>{{"bob", "paid rich", 2}, {"ann", "paid broke", 1}}));
  EXPECT_EQ(calls, 5);
}

struct Limits {
  std::size_t longest = 0;
};

TEST(ProcessorGuide, notes_as_long_as_the_run_says) {
  ws::Builder builder;
  builder.stream<std::string, std::string>("notes")
      .process_values<std::string>(
          [](ws::FixedKeyContext<std::string>& context, const ws::ProcessorRecord<std::string, std::string>& note) {
            context.forward(note.value().substr(0, context.settings<Limits>().longest));
          },
          {.name = "shorten"})
      .to("short-notes");
  ws::TestDriver driver(builder.build(), {.settings = Limits{5}});
  driver.input<std::string, std::string>("notes").pipe("ann", "hello world");
  EXPECT_EQ((driver.output<std::string, std::string>("short-notes").read_map()),
            (std::map<std::string, std::string>{{"ann", "hello"}}));
}

std::string read(const std::string& path) {
  std::ifstream file(WEIR_TEST_DIR "/../" + path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string without_space(const std::string& text) {
  std::string kept;
  for (char c : text) {
    if (c != ' ' && c != '\n') kept += c;
  }
  return kept;
}

TEST(ProcessorGuide, every_snippet_of_the_pages_stands_here) {
  const std::string here =
      without_space(read("tests/streams/dsl/processor_guide_test.cc") + read("tests/streams/dsl/stores_guide_test.cc"));
  int snippets = 0;
  for (const char* page : {"docs/processors.md", "docs/errors.md"}) {
    const std::string text = read(page);
    const std::string fence = "```cpp\n";
    for (std::size_t at = text.find(fence); at != std::string::npos; at = text.find(fence, at + 1)) {
      const std::size_t begin = at + fence.size();
      const std::string snippet = text.substr(begin, text.find("```", begin) - begin);
      EXPECT_NE(here.find(without_space(snippet)), std::string::npos) << page << ":\n" << snippet;
      ++snippets;
    }
  }
  EXPECT_GE(snippets, 11);
}

}  // namespace
