// What docs/processors.md shows of global stores, and of a store that forgets, as it stands there
// (processor_guide_test.cc holds the page to this file).
#include <list>
#include <map>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace ws = weir::streams;

namespace {

TEST(StoresGuide, rates_that_every_processor_finds) {
  ws::Builder builder;

  builder.add_global_store<ws::KeyValueStore<std::string, double>, std::string, double>(
      "rates",
      [](ws::GlobalContext& context, const ws::ProcessorRecord<std::string, double>& rate) {
        auto rates = context.store<ws::KeyValueStore<std::string, double>>();
        rates.put(rate.key(), rate.value());
        rates.put("last", rate.value());
      },
      {.store = "rates"});
  builder.stream<std::string, double>("prices")
      .process_values<double>(
          [](ws::FixedKeyContext<double>& context, const ws::ProcessorRecord<std::string, double>& price) {
            auto rates = context.global_store<ws::KeyValueStore<std::string, double>>("rates");
            const double* rate = rates->get(price.key().substr(0, 3));
            if (rate != nullptr) context.forward(price.value() * *rate);
          })
      .to("prices-in-euros");

  ws::TestDriver driver(builder.build(), {.partitions = 2});
  driver.input<std::string, double>("rates").pipe("USD", 0.5);
  driver.input<std::string, double>("prices").pipe("USD/lamp", 10);
  driver.input<std::string, double>("prices").pipe("JPY/lamp", 10);
  EXPECT_EQ((driver.output<std::string, double>("prices-in-euros").read_map()),
            (std::map<std::string, double>{{"USD/lamp", 5}}));
}

// The thousand rows that were used last.
class Recent final : public ws::state::Store {
 public:
  explicit Recent(std::string name) : Store(std::move(name)) {}

  const std::string* get(const std::string& key) {
    const auto found = rows_.find(key);
    if (found == rows_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }
  void put(const std::string& key, const std::string& value) {
    change(key, value);
    if (rows_.size() > 1'000) change(std::string(order_.back().first), std::nullopt);
  }

  std::size_t dirty_rows() const override { return changed_.size(); }
  std::size_t memory_bytes() const override { return rows_.size() * 200; }
  weir::Result<> write_changes(ws::state::ChangeSink& changelog) override {
    for (const auto& [key, before] : changed_) {
      const auto found = rows_.find(key);
      weir::NullableBytes value;
      if (found != rows_.end()) value = found->second->second;
      if (auto written = changelog.change(key, value, 0); !written) return written;
    }
    return {};
  }
  void committed() override { changed_.clear(); }
  void undo() override {
    for (const auto& [key, before] : changed_) set(key, before);
    changed_.clear();
  }
  weir::Result<> restore(weir::Bytes key, weir::NullableBytes value, std::int64_t) override {
    set(std::string(key), value ? std::optional<std::string>(*value) : std::nullopt);
    return {};
  }
  weir::Result<> clear() override {
    rows_.clear();
    order_.clear();
    changed_.clear();
    return {};
  }

 private:
  void change(const std::string& key, const std::optional<std::string>& value) {
    const auto found = rows_.find(key);
    changed_.emplace(key, found == rows_.end() ? std::nullopt : std::optional(found->second->second));
    set(key, value);
  }
  void set(const std::string& key, const std::optional<std::string>& value) {
    if (const auto found = rows_.find(key); found != rows_.end()) {
      order_.erase(found->second);
      rows_.erase(found);
    }
    if (!value) return;
    order_.emplace_front(key, *value);
    rows_[key] = order_.begin();
  }

  std::list<std::pair<std::string, std::string>> order_;  // what was used last comes first
  std::map<std::string, std::list<std::pair<std::string, std::string>>::iterator> rows_;
  std::map<std::string, std::optional<std::string>> changed_;  // as they were at the last commit
};

struct Changes final : ws::state::ChangeSink {
  std::vector<std::pair<std::string, std::optional<std::string>>> all;
  weir::Result<> change(weir::Bytes key, weir::NullableBytes value, std::int64_t) override {
    all.emplace_back(key, value ? std::optional<std::string>(*value) : std::nullopt);
    return {};
  }
};

TEST(StoresGuide, a_store_that_keeps_what_was_used_last) {
  ws::Builder builder;
  builder.add_store<Recent>({.store = "recent"});
  builder.stream<std::string, std::string>("names")
      .process_values<std::string>(
          [](ws::FixedKeyContext<std::string>& context, const ws::ProcessorRecord<std::string, std::string>& name) {
            Recent& recent = context.store<Recent>("recent");
            const std::string* before = recent.get(name.key());
            context.forward(before == nullptr ? "new" : *before);
            recent.put(name.key(), name.value());
          },
          {.stores = {"recent"}})
      .to("names-before");
  ws::TestDriver driver(builder.build());
  auto names = driver.input<std::string, std::string>("names");
  for (int i = 0; i < 1'000; ++i) names.pipe(std::to_string(i), "first");
  names.pipe("0", "second");  // used again: it stays when one more comes
  names.pipe("one more", "x");
  (void)driver.output<std::string, std::string>("names-before").read_all();
  names.pipe("0", "third");
  names.pipe("1", "second");
  using Record = ws::TestRecord<std::string, std::string>;
  EXPECT_EQ((driver.output<std::string, std::string>("names-before").read_all()),
            (std::vector<Record>{{"0", "second", 0}, {"1", "new", 0}}));
}

TEST(StoresGuide, it_comes_back_from_its_changelog_and_from_an_abort) {
  Recent store("recent");
  store.put("a", "1");
  store.put("b", "2");
  Changes written;
  ASSERT_TRUE(store.write_changes(written));
  store.committed();
  store.put("a", "3");
  store.put("c", "4");
  store.undo();
  EXPECT_EQ(*store.get("a"), "1");
  EXPECT_EQ(store.get("c"), nullptr);
  Recent restored("recent");
  for (const auto& [key, value] : written.all) {
    ASSERT_TRUE(restored.restore(key, value ? weir::NullableBytes(*value) : std::nullopt, 0));
  }
  EXPECT_EQ(*restored.get("a"), "1");
  EXPECT_EQ(*restored.get("b"), "2");
}

}  // namespace
