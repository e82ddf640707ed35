// App: runs a topology over a log.
//
//   auto log = weir::log::open("data/").value();
//   streams::App app(builder.build(), log, {.application_id = "word-count"});
//   return app.run_until_signal();
//
// A run takes up what the last one committed: positions, state, time. Topics that the topology reads or writes must
// exist; its repartition topics and changelogs are made when they are missing.
#pragma once

#include <memory>
#include <vector>

#include "log/client/client.h"
#include "streams/operators/counters.h"
#include "streams/runtime/app_options.h"
#include "streams/runtime/restore_report.h"
#include "streams/topology/topology.h"

namespace weir::streams {

class App {
 public:
  // std::invalid_argument if the options make no sense, or if calls of map_async might take longer than a transaction
  // may; a TopologyError, which is one, if data would lie under names that depend on the order of equal operators
  // (Topology::depending_on_order).
  App(Topology topology, log::Client client, AppOptions options);
  ~App();  // ends a run, as `stop` does, and waits for its end
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Run until SIGINT or SIGTERM, until `stop`, or until an error: 0, or 1 with the error in the log of the process.
  int run_until_signal();
  // Run until everything is processed that the inputs held when the run began, through all stages, or as above.
  int run_until_end();

  // The same without signals and with the error as a value. wrong_state if it is running; locked if another App of this
  // id is; user_exception, corrupt_data, producer_fenced, ...
  Result<> run();
  Result<> run_to_end();
  // Makes a run end, after a commit. From any thread, also before the run.
  void stop();

  // Over all tasks, since the application was made.
  Statistics statistics() const;
  // The same and what is as it is at the moment (tasks, memory), each with its name, unit and what it counts:
  // prometheus_text("weir_streams", app.metrics()) is what a metrics endpoint answers.
  std::vector<Metric> metrics() const;
  // How the stores were brought up by the last run, or by this one up to now, while others of its stages may run
  // already: what was read, what was rebuilt and why.
  std::vector<RestoreReport> restored() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared: with the threads that run it
};

}  // namespace weir::streams
