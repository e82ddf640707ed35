#include "streams/run_program.h"

#include "log/base/exit_status.h"
#include "log/base/signal_watch.h"
#include "log/log.h"
#include "streams/describe_option.h"

namespace weir::streams {

int run_program(int argc, const char* const* argv, const std::function<Topology()>& topology,
                const std::string& directory, AppOptions options) {
  return exit_status_of([&]() -> Result<> {
    Topology described = topology();
    if (describe_if_asked(argc, argv, described)) return {};
    WEIR_TRY_VAR(log, log::open(directory));
    App app(std::move(described), std::move(log), std::move(options));
    SignalWatch signals([&app] { app.stop(); });
    return app.run();
  });
}

}  // namespace weir::streams
