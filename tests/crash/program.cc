// crash_program: topologies that crash_test.py kills and that no example has.
//
//   crash_program TOPOLOGY --input FILE --data DIR --output FILE [--bootstrap SERVERS]
//
// With servers the log is theirs, and the directory has state only.
//
//   source_table    a stream meets a table whose changelog is the topic that it is read from
//   async           calls that take their time, one in a thousand a long one, between two operators with state
//   async_per_key   the same, with results in the order of each key
//
// A line of the input is "TIME KIND KEY VALUE", TIME going up by one, KIND "row" or "ask"; a row's VALUE "-" deletes
// it.
#include <iostream>
#include <sstream>
#include <thread>

#include <CLI/CLI.hpp>
#include <weir/connect.h>
#include <weir/log.h>
#include <weir/streams.h>

namespace {

namespace connect = weir::connect;
namespace ws = weir::streams;
using weir::Millis;
using Text = std::string;

struct Line {
  std::int64_t time = 0;
  Text kind, key, value;

  explicit Line(const Text& text) { std::istringstream(text) >> time >> kind >> key >> value; }
};

std::int64_t time_of(const Text& line) {
  return Line(line).time;
}

// --- source_table: lines are divided to the topics "rows" and "asks", which meet in an application of their own ---

ws::Topology dividing() {
  ws::Builder builder;
  auto [rows, asks] = builder.stream<ws::NoKey, Text>("lines", {.timestamp = time_of}).split([](const Text& line) {
    return Line(line).kind == "row";
  });
  rows.map([](const Text& line) {
        const Line row(line);
        return std::pair(row.key, row.value == "-" ? std::nullopt : std::optional<Text>(row.value));
      })
      .to("rows");
  asks.map([](const Text& line) {
        const Line ask(line);
        return std::pair(ask.key, ask.value);
      })
      .to("asks");
  return builder.build();
}

ws::Topology meeting() {
  ws::Builder builder({.optimizations = ws::all_optimizations});
  auto rows = builder.table<Text, Text>("rows", {.store = "rows"});
  builder.stream<Text, Text>("asks")
      .left_join(rows, [](const Text& ask, const Text* row) { return ask + ":" + (row != nullptr ? *row : "none"); })
      .to("results");
  return builder.build();
}

// --- async: a count is asked about, and the answers are added up ---

std::int64_t ten_times(const Text& key, std::int64_t count) {
  if (std::hash<Text>{}(key + std::to_string(count)) % 1'000 == 0) std::this_thread::sleep_for(Millis(20));
  return 10 * count;
}

struct AddUp {
  using Sums = ws::KeyValueStore<Text, std::int64_t>;
  Sums sums = {};

  void open(ws::FixedKeyContext<Text>& context) { sums = context.store<Sums>("sums"); }
  void process(ws::FixedKeyContext<Text>& context, const ws::ProcessorRecord<Text, std::int64_t>& record) {
    std::int64_t& sum = sums.edit(record.key());
    sum += record.value();
    context.forward(std::to_string(record.value()) + ":" + std::to_string(sum));
  }
};

ws::Topology asking(ws::ResultOrder order) {
  ws::Builder builder;
  builder.add_store<AddUp::Sums>({.store = "sums"});
  builder.stream<ws::NoKey, Text>("lines")
      .group_by([](const Text& line) { return Line(line).key; }, {.name = "by-key"})
      .count({.store = "counts"})
      .to_stream()
      .map_async(ten_times, {.order = order, .max_in_flight = 64, .threads = 4})
      .process_values<Text>(AddUp{}, {.stores = {"sums"}})
      .to("results");
  return builder.build();
}

struct Arguments {
  Text topology, input, data, output, bootstrap;
};

weir::Result<> run_app(const weir::log::Client& log, const Arguments& arguments, const Text& name,
                       ws::Topology topology) {
  // Commits and what is applied to RocksDB, often enough for kills to come at every point of them.
  ws::AppOptions options{.application_id = name, .commit_interval = Millis(10), .apply_interval = Millis(40)};
  if (!arguments.bootstrap.empty()) options.state_directory = arguments.data;
  ws::App app(std::move(topology), log, std::move(options));
  return app.run_to_end();
}

weir::Result<> run(const Arguments& arguments) {
  const bool is_elsewhere = !arguments.bootstrap.empty();
  WEIR_TRY_VAR(log, is_elsewhere ? weir::log::connect(arguments.bootstrap) : weir::log::open(arguments.data));
  WEIR_TRY(ensure_topic(*log.admin(), {"results"}));
  const connect::FileSourceOptions lines{.path = arguments.input, .timestamps = connect::Timestamps::zero};
  WEIR_TRY(connect::run_source_until_end(log, connect::file_source(lines), {.name = "input", .topic = "lines"}));
  if (arguments.topology == "source_table") {
    WEIR_TRY(ensure_topic(*log.admin(), {"rows", 1, {{"cleanup.policy", "compact"}}}));
    WEIR_TRY(ensure_topic(*log.admin(), {"asks"}));
    WEIR_TRY(run_app(log, arguments, "dividing", dividing()));
    WEIR_TRY(run_app(log, arguments, "meeting", meeting()));
  } else {
    const bool is_per_key = arguments.topology == "async_per_key";
    WEIR_TRY(
        run_app(log, arguments, "asking", asking(is_per_key ? ws::ResultOrder::per_key : ws::ResultOrder::of_records)));
  }
  const connect::FileSinkOptions results{.path = arguments.output};
  WEIR_TRY(connect::run_sink_until_end(log, connect::file_sink(results), {.name = "output", .topics = {"results"}}));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App command("Topologies to be killed");
  Arguments arguments;
  command.add_option("topology", arguments.topology)
      ->required()
      ->check(CLI::IsMember({"source_table", "async", "async_per_key"}));
  command.add_option("--input", arguments.input)->required();
  command.add_option("--data", arguments.data)->required();
  command.add_option("--output", arguments.output)->required();
  command.add_option("--bootstrap", arguments.bootstrap);
  CLI11_PARSE(command, argc, argv);
  if (auto done = run(arguments); !done) {
    std::cerr << "crash_program: " << done.error().to_string() << '\n';
    return 1;
  }
}
