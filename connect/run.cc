#include "connect/run.h"

#include "connect/runtime/drive.h"

namespace weir::connect {

Result<SourceReport> run_source_until_end(const log::Client& client, std::unique_ptr<Source> source,
                                          SourceOptions options, std::stop_token stop) {
  auto begun = patiently(options.name, client.clock(), stop, [&] { return begin_generation(client, options, 1); });
  if (!begun) return fail(begun.error().at("connector " + options.name));
  SourceRunner runner(client, std::move(source), std::move(options), Input::is_complete);
  if (auto driven = drive(runner, Input::is_complete, std::move(stop)); !driven) {
    return fail(driven.error().at("connector " + runner.options().name));
  }
  return runner.report();
}

Result<SinkReport> run_sink_until_end(const log::Client& client, std::unique_ptr<Sink> sink, SinkOptions options,
                                      std::stop_token stop) {
  SinkRunner runner(client, std::move(sink), std::move(options));
  const std::atomic<bool> no_more_comes = true;
  if (auto driven = drive(runner, no_more_comes, std::move(stop)); !driven) {
    return fail(driven.error().at("connector " + runner.options().name));
  }
  return runner.report();
}

}  // namespace weir::connect
