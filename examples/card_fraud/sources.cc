#include "examples/card_fraud/sources.h"

#include <charconv>

namespace card_fraud {

namespace {

using weir::connect::ConnectRecord;
using weir::connect::Encoding;
using weir::connect::Input;
using weir::connect::Payload;
using weir::connect::SourceBatch;
using weir::connect::SourcePositions;

// A source of numbered records: its only partition's position is how many were taken.
class Numbered : public weir::connect::Source {
 public:
  explicit Numbered(std::string partition) : partition_(std::move(partition)) {}

  weir::Result<> start(const SourcePositions& committed, Input) override {
    std::uint64_t position = 0;
    if (auto found = committed.find(partition_); found != committed.end()) {
      const std::string& text = found->second;
      const char* end = text.data() + text.size();
      if (std::from_chars(text.data(), end, position).ptr != end) {
        return weir::fail(weir::ErrorCode::corrupt_data, "the position '" + text + "' is no number");
      }
    }
    begin();
    ConnectRecord skipped;
    for (taken_ = 0; taken_ < position && take(skipped); ++taken_) {
    }
    return {};
  }

  weir::Result<> poll(std::size_t max_records, weir::Millis, std::int64_t, SourceBatch& into) override {
    into.records.clear();
    into.at_end = false;
    while (into.records.size() < max_records && !into.at_end) {
      ConnectRecord record;
      into.at_end = !take(record);
      if (into.at_end) break;
      into.records.push_back(std::move(record));
      ++taken_;
    }
    into.positions[partition_] = std::to_string(taken_);
    return {};
  }

 private:
  virtual void begin() = 0;
  virtual bool take(ConnectRecord& record) = 0;  // false: there are no more

  const std::string partition_;
  std::uint64_t taken_ = 0;
};

class Profiles final : public Numbered {
 public:
  explicit Profiles(std::vector<Profile> profiles)
      : Numbered(R"({"simulation":"profiles"})"), profiles_(std::move(profiles)) {}

 private:
  void begin() override { next_ = 0; }
  bool take(ConnectRecord& record) override {
    if (next_ == profiles_.size()) return false;
    record.timestamp_ms = 0;
    record.key = Payload::text(profiles_[next_].card());
    record.value = Payload::owned(Encoding::bytes, profiles_[next_].SerializeAsString());
    ++next_;
    return true;
  }

  std::vector<Profile> profiles_;
  std::size_t next_ = 0;
};

class Transactions final : public Numbered {
 public:
  explicit Transactions(Simulation simulation)
      : Numbered(R"({"simulation":"transactions"})"), beginning_(std::move(simulation)), simulation_(beginning_) {}

 private:
  void begin() override { simulation_ = beginning_; }
  bool take(ConnectRecord& record) override {
    if (simulation_.done()) return false;
    Transaction made = simulation_.next().transaction;
    record.key = Payload::text(made.card());
    record.value = Payload::owned(Encoding::bytes, made.SerializeAsString());
    record.timestamp_ms = made.at_ms();
    return true;
  }

  const Simulation beginning_;
  Simulation simulation_;
};

}  // namespace

std::unique_ptr<weir::connect::Source> profile_source(const Simulation& simulation) {
  return std::make_unique<Profiles>(simulation.profiles());
}

std::unique_ptr<weir::connect::Source> transaction_source(Simulation simulation) {
  return std::make_unique<Transactions>(std::move(simulation));
}

}  // namespace card_fraud
