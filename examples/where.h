// Where an example's log is: in a directory of its own, or elsewhere, where other processes may share the work.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <weir/log.h>
#include <weir/streams.h>

struct Where {
  std::string data, bootstrap, state;
  bool only_shares = false;  // the input is brought and the output taken by another process

  bool is_elsewhere() const { return !bootstrap.empty(); }

  // One of --data and --bootstrap; with the latter, of a program that keeps state, --state.
  void add_options(CLI::App& command, bool keeps_state = true) {
    auto* place = command.add_option_group("log", "where it is");
    place->add_option("--data", data, "directory of the log and the state");
    auto* servers = place->add_option("--bootstrap", bootstrap, "servers that have the log: HOST:PORT, ...");
    place->require_option(1);
    if (!keeps_state) return;
    auto* kept = command.add_option("--state", state, "with --bootstrap: what this process keeps beside the log");
    kept->needs(servers);
    servers->needs(kept);
  }

  // --shares-only, for programs that bring their input and take their output: then these options are not needed.
  // `needed_then`: those that cannot be found out without an input.
  void add_shares_only(CLI::App& command, std::vector<CLI::Option*> needed_else,
                       std::vector<CLI::Option*> needed_then = {}) {
    auto* flag = command.add_flag("--shares-only", only_shares,
                                  "with --bootstrap: shares the work of another such process until it is stopped");
    flag->needs("--bootstrap");
    command.callback([this, needed_else, needed_then] {
      for (const CLI::Option* option : only_shares ? needed_then : needed_else) {
        if (option->count() == 0) throw CLI::RequiredError(option->get_name());
      }
    });
  }

  // To the end of the input; of a process that only shares: until a signal.
  weir::Result<> run(weir::streams::App& app) const {
    if (!only_shares) return app.run_to_end();
    if (app.run_until_signal() == 0) return {};
    return weir::fail(weir::ErrorCode::wrong_state, "the application has ended, as was said");
  }

  weir::Result<weir::log::Client> open() const {
    return is_elsewhere() ? weir::log::connect(bootstrap) : weir::log::open(data);
  }

  weir::streams::AppOptions with_state(weir::streams::AppOptions options) const {
    if (is_elsewhere()) options.state_directory = state;
    return options;
  }
};
