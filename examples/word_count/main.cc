// word_count: from a text file to a file of counts, exactly once: kill it at any moment and start it again, and the
// output is that of a run that was never stopped.
//
//   word_count --input TEXT --data DIR --output FILE      one JSON line {"key":WORD,"value":N} an update
//
// Over a log elsewhere others may share the counting:
//
//   word_count --input TEXT --bootstrap SERVERS --state DIR --output FILE
//   word_count --shares-only --bootstrap SERVERS --state DIR2
#include <CLI/CLI.hpp>
#include <weir/connect.h>
#include <weir/log.h>
#include <weir/streams.h>

#include "examples/where.h"
#include "examples/word_count/topology.h"

namespace {

struct Arguments {
  Where where;
  std::string input, output;
  std::int32_t partitions = 1;
};

weir::Result<> run(const Arguments& arguments) {
  namespace connect = weir::connect;
  const Where& where = arguments.where;
  WEIR_TRY_VAR(log, where.open());
  for (const char* topic : {"lines", "counts"}) WEIR_TRY(ensure_topic(*log.admin(), {topic, arguments.partitions, {}}));

  if (!where.only_shares) {
    connect::FileSourceOptions text{.path = arguments.input, .timestamps = connect::Timestamps::zero};
    WEIR_TRY(connect::run_source_until_end(
        log, connect::file_source(text),
        {.name = "word-count-input", .topic = "lines", .partitions = arguments.partitions}));
  }

  weir::streams::App app(word_count::topology(), log, where.with_state({.application_id = "word-count"}));
  WEIR_TRY(where.run(app));
  if (where.only_shares) return {};

  const connect::SinkOptions counts{
      .name = "word-count-output", .topics = {"counts"}, .value = connect::Encoding::int64};
  WEIR_TRY(connect::run_sink_until_end(log, connect::file_sink({.path = arguments.output}), counts));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (weir::streams::describe_if_asked(argc, argv, word_count::topology())) return 0;
  CLI::App command("Counts the words of a text file, exactly once");
  Arguments arguments;
  auto* input = command.add_option("--input", arguments.input, "the text");
  auto* output = command.add_option("--output", arguments.output, "gets a JSON line for each update of a count");
  arguments.where.add_options(command);
  arguments.where.add_shares_only(command, {input, output});
  command.add_option("--partitions", arguments.partitions, "of each topic; above 1 only each word's order is kept")
      ->check(CLI::Range(1, 1024));
  try {
    command.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return command.exit(error) == 0 ? 0 : 2;
  }
  return weir::exit_status_of([&] { return run(arguments); });
}
