// A command: a noun and a verb on the command line, and what it does. Each noun's file adds its verbs to the parser;
// parsing chooses one action, and `main` runs it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "log/base/result.h"

namespace weir::cli {

// Exit statuses, as every command gives them.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;

// Gives the exit status; an Error is printed and becomes kFailed, or kWrongUsage if its code is invalid_argument.
using Action = std::function<Result<int>()>;

// Lets `verb` choose `run` with `options`, which lives as long as the parser.
template <class Options>
void choose(CLI::App& verb, Action& chosen, std::shared_ptr<Options> options,
            Result<int> (*run)(const Options& options)) {
  verb.callback([&chosen, options, run] {
    chosen = [options, run] {
      return run(*options);
    };
  });
}

void add_topic_commands(CLI::App& app, Action& chosen);
void add_group_commands(CLI::App& app, Action& chosen);
void add_config_commands(CLI::App& app, Action& chosen);
void add_txn_commands(CLI::App& app, Action& chosen);
void add_log_commands(CLI::App& app, Action& chosen);
void add_connect_commands(CLI::App& app, Action& chosen);
void add_streams_commands(CLI::App& app, Action& chosen);
void add_server_command(CLI::App& app, Action& chosen);
void add_user_commands(CLI::App& app, Action& chosen);
void add_acl_commands(CLI::App& app, Action& chosen);
void add_quota_commands(CLI::App& app, Action& chosen);
void add_rules_commands(CLI::App& app, Action& chosen);
void add_bench_commands(CLI::App& app, Action& chosen);
void add_help_command(CLI::App& app, Action& chosen);  // the last: it tells about the others

// The verbs that have files of their own.
void add_connect_remote(CLI::App& connect, Action& chosen);
void add_connect_worker(CLI::App& connect, Action& chosen);
void add_topic_alter(CLI::App& topic, Action& chosen);
void add_topic_consume(CLI::App& topic, Action& chosen);
void add_topic_produce(CLI::App& topic, Action& chosen);
void add_connect_docs(CLI::App& connect, Action& chosen);
void add_group_describe(CLI::App& group, Action& chosen);
void add_group_reset(CLI::App& group, Action& chosen);
void add_log_dump(CLI::App& log, Action& chosen);
void add_log_verify(CLI::App& log, Action& chosen);
void add_streams_describe(CLI::App& streams, Action& chosen);
void add_streams_diff(CLI::App& streams, Action& chosen);
void add_streams_reset(CLI::App& streams, Action& chosen);

}  // namespace weir::cli
