// harvest: connectors described by data, one of a class of this program's own: JSON lines of several files and numbers
// that it makes go into topics, shared out to tasks, and out again into a file for each task. Started again, it goes
// on where it stood.
//
//   harvest --data DIR | --bootstrap SERVERS --files A.jsonl,B.jsonl,... --output PREFIX
#include <CLI/CLI.hpp>
#include <weir/connect.h>
#include <weir/log.h>

#include "examples/where.h"

namespace {

namespace connect = weir::connect;

// The numbers from `first` on, each `step`-th, below `count`: one partition of the source, whose position is the next
// number.
class Numbers final : public connect::Source {
 public:
  Numbers(std::int64_t first, std::int64_t step, std::int64_t count)
      : partition_("from " + std::to_string(first)), next_(first), step_(step), count_(count) {}

  weir::Result<> start(const connect::SourcePositions& committed, connect::Input) override {
    if (auto found = committed.find(partition_); found != committed.end()) next_ = std::stoll(found->second);
    return {};
  }
  weir::Result<> poll(std::size_t max_records, weir::Millis, std::int64_t now_ms, connect::SourceBatch& into) override {
    into.records.clear();
    for (; next_ < count_ && into.records.size() < max_records; next_ += step_) {
      into.records.push_back({.timestamp_ms = now_ms, .value = connect::Payload::text(std::to_string(next_))});
    }
    into.positions[partition_] = std::to_string(next_);
    into.at_end = next_ >= count_;
    return {};
  }

 private:
  const std::string partition_;
  std::int64_t next_;
  const std::int64_t step_, count_;
};

constexpr connect::Setting kNumbersSettings[] = {
    {.name = "count",
     .type = connect::SettingType::integer,
     .presence = connect::Presence::required,
     .most = 1'000'000,
     .meaning = "numbers below it"},
    {.name = "first", .type = connect::SettingType::integer, .otherwise = "0", .most = 1'000, .meaning = "of a task"},
    {.name = "step",
     .type = connect::SettingType::integer,
     .otherwise = "1",
     .least = 1,
     .most = 1'000,
     .meaning = "of a task"},
};

connect::ConnectorClass numbers_class() {
  using TaskSettings = connect::ConnectorClass::TaskSettings;
  return {.names = {"numbers"},
          .settings = kNumbersSettings,
          .tasks = [](const connect::Settings&, std::size_t at_most) -> weir::Result<std::vector<TaskSettings>> {
            std::vector<TaskSettings> tasks;
            for (std::size_t i = 0; i < at_most; ++i) {
              tasks.push_back({{"first", std::to_string(i)}, {"step", std::to_string(at_most)}});
            }
            return tasks;
          },
          .make_source = [](const connect::Settings& settings,
                            const connect::TaskContext&) -> weir::Result<std::unique_ptr<connect::Source>> {
            return std::make_unique<Numbers>(settings.integer("first"), settings.integer("step"),
                                             settings.integer("count"));
          }};
}

std::vector<connect::ConnectorConfig> connectors(const std::string& files, const std::string& output) {
  return {connect::ConnectorConfig::of({{"name", "events-in"},
                                        {"connector.class", "file-source"},
                                        {"files", files},
                                        {"format", "jsonl"},
                                        {"key.field", "id"},
                                        {"errors.tolerance", "all"},
                                        {"topic", "events"},
                                        {"topic.creation.default.partitions", "4"},
                                        {"tasks.max", "2"}}),
          connect::ConnectorConfig::of({{"name", "numbers-in"},
                                        {"connector.class", "numbers"},
                                        {"count", "1000"},
                                        {"topic", "numbers"},
                                        {"tasks.max", "3"}}),
          connect::ConnectorConfig::of({{"name", "out"},
                                        {"connector.class", "file-sink"},
                                        {"topics", "events,numbers"},
                                        {"value.converter", "json"},
                                        {"file", output + "-{task}.jsonl"},
                                        {"tasks.max", "2"}})};
}

weir::Result<> run(const Where& where, const std::string& files, const std::string& output) {
  WEIR_TRY_VAR(log, where.open());
  connect::ConnectorWorld world;
  WEIR_TRY(world.classes.add(numbers_class()));
  weir::Result<> result;
  for (auto& outcome :
       connect::run_connectors(log, connectors(files, output), connect::Input::is_complete, {}, world)) {
    std::cout << outcome.name << ": " << outcome.tasks << " tasks, " << outcome.records << " records, "
              << outcome.skipped << " left out\n";
    if (result && !outcome.result) result = std::move(outcome.result);
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App command("Connectors described by data, one of a class of one's own");
  Where where;
  std::string files, output;
  where.add_options(command, false);
  command.add_option("--files", files, "JSON lines, separated by commas")->required();
  command.add_option("--output", output, "PREFIX-0.jsonl and PREFIX-1.jsonl get what came")->required();
  CLI11_PARSE(command, argc, argv);
  return weir::exit_status_of([&] { return run(where, files, output); });
}
