// rule_watch: looks for the patterns of rules among events, while rules come, change and go.
//
//   rule_watch --script FILE --data DIR --output FILE      or --bootstrap SERVERS --state DIR
//
// What happens is in the script (script.h): events are JSON, of which rules name the fields. The application runs all
// the while; a rule that changes is written to its topic like any other record, and before the script goes on it is
// waited until it applies, so that it is known which events it sees. It may be killed at any moment and started again:
// it goes on with the line behind the last one that it had written. The output gets a JSON line for each match, exactly
// once.
#include <atomic>
#include <chrono>
#include <thread>

#include <CLI/CLI.hpp>
#include <weir/connect.h>
#include <weir/log.h>
#include <weir/pattern_rules.h>
#include <weir/streams.h>

#include "examples/rule_watch/script.h"
#include "examples/where.h"

namespace rule_watch {

namespace ws = weir::streams;

struct Alert {
  std::string rule;
  std::int64_t version = 0;
  std::string severity;
  std::vector<std::string> events;  // each with its step
};
WEIR_JSON(Alert, rule, version, severity, events)

Alert to_alert(const ws::RuleMatch<ws::JsonEvent>& match) {
  Alert alert{match.rule, match.version, match.severity, {}};
  for (const auto& one : match.events) alert.events.push_back(one.step + " " + one.event.json());
  return alert;
}

ws::Topology topology() {
  ws::Builder builder;
  const auto rules = builder.pattern_rules<ws::JsonEvent>("rules");
  const auto time_of = [](const ws::JsonEvent& event) {
    return static_cast<std::int64_t>(event.number("at_ms").value_or(0));
  };
  builder.stream<std::string, ws::JsonEvent>("events", {.timestamp = time_of})
      .detect(rules, {.store = "watch"})
      .map_values(to_alert)
      .to("alerts");
  return builder.build();
}

// Writes the script's lines to the topics, while the application runs.
class Feeder {
 public:
  Feeder(const weir::log::Client& log, const ws::App& app, const std::atomic<bool>& has_ended)
      : log_(log), app_(app), has_ended_(has_ended) {}

  weir::Result<> feed(const std::vector<Line>& lines) {
    WEIR_TRY_VAR(producer, log_.producer());
    producer_ = std::move(producer);
    WEIR_TRY_VAR(consumer, log_.consumer({.group_id = "rule-watch"}));
    consumer_ = std::move(consumer);
    WEIR_TRY_VAR(events, end_of("events"));
    WEIR_TRY_VAR(rules, end_of("rules"));
    WEIR_TRY(wait_until_rules_apply());
    for (std::size_t i = static_cast<std::size_t>(events + rules); i < lines.size(); ++i) WEIR_TRY(feed(lines[i]));
    return wait_until_all_is_done();
  }

 private:
  static weir::log::TopicPartition only_partition(const std::string& topic) {
    return {topic, weir::log::PartitionIndex(0)};
  }

  weir::Result<> feed(const Line& line) {
    const bool is_event = line.kind == Line::Kind::event;
    if (!is_event) WEIR_TRY(wait_until_all_is_done());  // what came before it does not see it
    const bool is_withdrawn = line.kind == Line::Kind::withdraw;
    const std::uint64_t refused = app_.statistics().refused_rules;
    WEIR_TRY(producer_->send(is_event ? "events" : "rules", weir::log::PartitionIndex(0), 0, line.key,
                             is_withdrawn ? weir::NullableBytes() : weir::NullableBytes(line.json)));
    WEIR_TRY(producer_->flush());
    return is_event ? weir::Result<>() : wait_until_it_applies(line, refused);
  }

  // As long as the application runs.
  template <class Holds>
  weir::Result<> wait_until(Holds holds) {
    for (;;) {
      WEIR_TRY_VAR(does, holds());
      if (does) return {};
      if (has_ended_) return weir::fail(weir::ErrorCode::wrong_state, "the application has ended");
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  weir::Result<std::int64_t> end_of(const std::string& topic) {
    const auto partition = only_partition(topic);
    WEIR_TRY_VAR(ends, consumer_->end_offsets(std::span(&partition, 1), weir::log::Isolation::read_committed));
    return ends.at(partition).value();
  }

  // Every event is processed, and that is committed.
  weir::Result<> wait_until_all_is_done() {
    WEIR_TRY_VAR(end, end_of("events"));
    return wait_until([&, end = end]() -> weir::Result<bool> {
      const auto partition = only_partition("events");
      WEIR_TRY_VAR(committed, consumer_->committed(std::span(&partition, 1)));
      const auto found = committed.find(partition);
      return end == 0 || (found != committed.end() && found->second.offset.value() >= end);
    });
  }

  // What was there when the application began.
  weir::Result<> wait_until_rules_apply() {
    return wait_until([&]() -> weir::Result<bool> {
      std::uint64_t running = 0;
      std::uint64_t behind = 0;
      for (const weir::Metric& metric : app_.metrics()) {
        if (metric.row.name == "running") running = metric.value;
        if (metric.row.name == "rules_behind") behind = metric.value;
      }
      return running > 0 && behind == 0;
    });
  }

  // A rule that is refused never does: then the version before it stays. `refused`: how many there were before.
  weir::Result<> wait_until_it_applies(const Line& line, std::uint64_t refused) {
    ws::JsonEvent rule;
    const bool is_rule = line.kind == Line::Kind::rule && rule.read(line.json);
    const auto version = static_cast<std::uint64_t>(is_rule ? rule.number("version").value_or(0) : 0);
    return wait_until([&, version]() -> weir::Result<bool> {
      const ws::Statistics now = app_.statistics();
      const auto found = now.patterns.find("watch.detect/" + line.key);
      const std::uint64_t applies = found == now.patterns.end() ? 0 : found->second.version;
      return applies == version || now.refused_rules > refused;
    });
  }

  const weir::log::Client& log_;
  const ws::App& app_;
  const std::atomic<bool>& has_ended_;
  std::unique_ptr<weir::log::Producer> producer_;
  std::unique_ptr<weir::log::Consumer> consumer_;
};

struct Arguments {
  Where where;
  std::string script, output;
};

weir::Result<> run(const Arguments& arguments) {
  WEIR_TRY_VAR(lines, read_script(arguments.script));
  WEIR_TRY_VAR(log, arguments.where.open());
  for (const char* topic : {"events", "rules", "alerts"}) WEIR_TRY(ensure_topic(*log.admin(), {topic, 1, {}}));

  ws::App app(topology(), log,
              arguments.where.with_state({.application_id = "rule-watch", .commit_interval = weir::Millis(20)}));
  std::atomic<bool> has_ended = false;
  weir::Result<> fed;
  std::jthread feeding([&] {
    fed = Feeder(log, app, has_ended).feed(lines);
    app.stop();
  });
  const weir::Result<> ran = app.run();
  has_ended = true;
  feeding.join();
  WEIR_TRY(ran);
  WEIR_TRY(fed);

  const weir::connect::FileSinkOptions file{.path = arguments.output,
                                            .lines = {.envelope = weir::connect::Envelope::value}};
  WEIR_TRY(weir::connect::run_sink_until_end(
      log, weir::connect::file_sink(file),
      {.name = "alerts-file", .topics = {"alerts"}, .value = weir::connect::Encoding::json}));
  return {};
}

}  // namespace rule_watch

int main(int argc, char** argv) {
  if (weir::streams::describe_if_asked(argc, argv, rule_watch::topology())) return 0;
  CLI::App command("Looks for the patterns of rules that come, change and go");
  rule_watch::Arguments arguments;
  command.add_option("--script", arguments.script, "events and rules, a line each")->required();
  arguments.where.add_options(command);
  command.add_option("--output", arguments.output, "gets a JSON line for each match")->required();
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
  return weir::exit_status_of([&] { return rule_watch::run(arguments); });
}
