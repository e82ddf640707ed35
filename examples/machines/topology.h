// Machines that report: processors of one's own, with stores, timers, and a store that every task has in full.
//
//   readings   stream: machine => degrees
//   limits     machine => degrees; a global store, which a processor fills
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include <weir/streams.h>

namespace machines {

namespace ws = weir::streams;
using namespace std::chrono_literals;

// What a run is told: the same topology with others in a test.
struct Settings {
  std::int64_t tolerance = 0;  // degrees above the limit that are no alarm yet
};

// The highest reading of each machine: a store of one's own, which is kept, restored and taken back like any other.
class Highest final : public ws::state::Store {
 public:
  explicit Highest(std::string name) : Store(std::move(name)) {}

  // Whether it is the highest so far.
  bool see(const std::string& machine, std::int64_t degrees) {
    auto [row, is_new] = now_.try_emplace(machine, degrees);
    if (!is_new && row->second >= degrees) return false;
    changed_.emplace(machine, is_new ? std::nullopt : std::optional(row->second));
    row->second = degrees;
    return true;
  }

  std::size_t dirty_rows() const override { return changed_.size(); }
  std::size_t memory_bytes() const override { return now_.size() * 100; }
  weir::Result<> write_changes(ws::state::ChangeSink& changelog) override {
    for (const auto& [machine, before] : changed_) {
      WEIR_TRY(changelog.change(machine, std::to_string(now_.at(machine)), 0));
    }
    return {};
  }
  void committed() override { changed_.clear(); }
  void undo() override {
    for (const auto& [machine, before] : changed_) {
      if (before) {
        now_[machine] = *before;
      } else {
        now_.erase(machine);
      }
    }
    changed_.clear();
  }
  weir::Result<> restore(weir::Bytes machine, weir::NullableBytes value, std::int64_t) override {
    now_.erase(std::string(machine));
    if (value) now_[std::string(machine)] = std::stoll(std::string(*value));
    return {};
  }
  weir::Result<> clear() override {
    now_.clear();
    changed_.clear();
    return {};
  }

 private:
  std::map<std::string, std::int64_t> now_;
  std::map<std::string, std::optional<std::int64_t>> changed_;  // as they were at the last commit
};

// Says when a machine is above its limit, and each hour of the readings' own time who was silent in it.
struct Watch {
  using Context = ws::ProcessorContext<std::string, std::string>;

  ws::KeyValueStore<std::string, std::int64_t> last_seen = {};
  ws::WindowStore<std::string, std::int64_t> history = {};

  void open(Context& context) {
    last_seen = context.store<ws::KeyValueStore<std::string, std::int64_t>>("last-seen");
    history = context.store<ws::WindowStore<std::string, std::int64_t>>("history");
    context.schedule(1h, ws::TimerClock::stream_time, [this, &context](std::int64_t now_ms) {
      for (auto row : last_seen.all()) {
        if (now_ms - row.value <= 3'600'000) continue;
        context.forward(row.key, std::string("silent"), {.timestamp_ms = now_ms, .headers = {}, .to = {}});
      }
    });
  }

  void process(Context& context, const ws::ProcessorRecord<std::string, std::int64_t>& reading) {
    const std::string& machine = reading.key();
    last_seen.put(machine, reading.timestamp_ms());
    history.put(machine, reading.value(), reading.timestamp_ms());
    const auto limits = context.global_store<ws::KeyValueStore<std::string, std::int64_t>>("limits");
    const std::int64_t* limit = limits->get(machine);
    if (limit == nullptr || reading.value() <= *limit + context.settings<Settings>().tolerance) return;
    std::string before;  // what it was in the last ten minutes, the latest first
    for (const auto& row :
         history.backward_fetch(machine, reading.timestamp_ms() - 600'000, reading.timestamp_ms() - 1)) {
      before += " " + std::to_string(row.value);
    }
    context.forward(
        machine, std::to_string(reading.value()) + " degrees, before:" + before,
        {.timestamp_ms = reading.timestamp_ms(), .headers = {{{"limit", std::to_string(*limit)}}}, .to = {}});
  }
};

inline ws::Topology topology() {
  ws::Builder builder;
  builder.add_global_store<ws::KeyValueStore<std::string, std::int64_t>, std::string, std::int64_t>(
      "limits",
      [](ws::GlobalContext& context, const ws::ProcessorRecord<std::string, std::int64_t>& limit) {
        context.store<ws::KeyValueStore<std::string, std::int64_t>>().put(limit.key(), limit.value());
      },
      {.store = "limits"});
  builder.add_store<ws::KeyValueStore<std::string, std::int64_t>>({.store = "last-seen"});
  builder.add_store<ws::WindowStore<std::string, std::int64_t>>({.store = "history", .retention = 1h});
  builder.add_store<Highest>({.store = "highest"});

  auto readings = builder.stream<std::string, std::int64_t>("readings");
  readings.process<std::string, std::string>(Watch{}, {.name = "watch", .stores = {"last-seen", "history"}})
      .to("alarms");
  readings
      .process_values<std::int64_t>(
          [](ws::FixedKeyContext<std::int64_t>& context,
             const ws::ProcessorRecord<std::string, std::int64_t>& reading) {
            if (context.store<Highest>("highest").see(reading.key(), reading.value())) context.forward(reading.value());
          },
          {.name = "highest", .stores = {"highest"}})
      .to("records");
  return builder.build();
}

}  // namespace machines
