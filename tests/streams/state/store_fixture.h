// What the tests of stores share: a changelog, and a database below that is there or not (the test's parameter).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/state/rocks_database.h"
#include "streams/state/store.h"

namespace weir::streams::state {

struct Change {
  OwnedBytes key;
  std::optional<OwnedBytes> value;
  std::int64_t timestamp_ms;
};

// A changelog as it would stand in the log: only what was committed.
class Changelog final : public ChangeSink {
 public:
  Result<> change(Bytes key, NullableBytes value, std::int64_t timestamp_ms) override {
    open_.push_back({OwnedBytes(key), value ? std::optional<OwnedBytes>(*value) : std::nullopt, timestamp_ms});
    return {};
  }
  Position commit() {
    for (Change& change : open_) changes.push_back(std::move(change));
    open_.clear();
    return {log::TopicId{}, log::LeaderEpoch(1), log::Offset(static_cast<std::int64_t>(changes.size())), 0};
  }
  void abort() { open_.clear(); }

  std::vector<Change> changes;

 private:
  std::vector<Change> open_;
};

class StateTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("weir-state-" + std::to_string(::getpid()));
    std::filesystem::remove_all(path_);
    open_below();
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(path_);
  }
  void open_below() {
    database_.reset();
    if (!GetParam()) return;
    RocksOptions options;
    options.ingest_rows = 50;
    options.flush_on_close = false;
    database_ = RocksDatabase::open(path_.string(), families(), options).value();
  }
  std::unique_ptr<Backing> below() { return below("store"); }

  virtual std::vector<std::string> families() const { return {"store"}; }
  std::unique_ptr<Backing> below(const std::string& family) {
    return GetParam() ? RocksDatabase::backing(database_, family) : nullptr;
  }

  void restore(Store& store, const Changelog& log) {
    auto position = store.stored_position().value();
    auto from = position ? static_cast<std::size_t>(position->next.value()) : 0;
    for (std::size_t i = from; i < log.changes.size(); ++i) {
      const Change& change = log.changes[i];
      NullableBytes value;
      if (change.value) value = *change.value;
      ASSERT_TRUE(store.restore(change.key, value, change.timestamp_ms));
    }
    store.committed();
  }

  std::filesystem::path path_;
  std::shared_ptr<RocksDatabase> database_;
};

}  // namespace weir::streams::state
