#include "streams/run_program.h"

#include <cstdio>

#include "log/base/exit_status.h"
#include "log/base/log_line.h"
#include "log/base/signal_watch.h"
#include "log/log.h"
#include "streams/describe_option.h"

namespace weir::streams {

namespace {

constexpr int kWrongArguments = 2;

constexpr const char* kUsage =
    "  --data DIR            the log's directory, made if it is not there; default: %s\n"
    "  --listen ADDRESS      HOST:PORT where others reach that log while this runs; port 0: a free one; repeatable\n"
    "  --bootstrap SERVERS   the log is elsewhere: HOST:PORT, several with commas between them\n"
    "  --state DIR           with --bootstrap: what this instance keeps beside the log\n"
    "  --describe[=FORM]     show the topology: text, json or mermaid\n"
    "  --help                show this\n";

struct Arguments {
  std::string data, bootstrap, state;
  std::vector<std::string> listen;
  bool asks_for_help = false;
};

// "--name VALUE" or "--name=VALUE". An error names the argument.
Result<Arguments> parse(int argc, const char* const* argv) {
  Arguments arguments;
  auto wrong = [](const std::string& what) {
    return fail(ErrorCode::invalid_argument, what + " (--help shows what there is)");
  };
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const auto equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    if (argument == "--help" || argument == "-h") {
      arguments.asks_for_help = true;
      continue;
    }
    std::string one;
    std::string* value = name == "--data"        ? &arguments.data
                         : name == "--bootstrap" ? &arguments.bootstrap
                         : name == "--state"     ? &arguments.state
                         : name == "--listen"    ? &one
                                                 : nullptr;
    if (value == nullptr) return wrong("'" + argument + "' is not known");
    if (equals == std::string::npos && i + 1 == argc) return wrong(name + " needs a value");
    *value = equals == std::string::npos ? argv[++i] : argument.substr(equals + 1);
    if (value->empty()) return wrong(name + " needs a value");
    if (value == &one) arguments.listen.push_back(one);
  }
  const bool is_here = !arguments.data.empty() || !arguments.listen.empty();
  if (!arguments.bootstrap.empty() && is_here) {
    return wrong("a log is here or elsewhere: --data and --listen, or --bootstrap");
  }
  if (arguments.bootstrap.empty() != arguments.state.empty()) return wrong("--bootstrap and --state go together");
  return arguments;
}

Result<> run(const Arguments& arguments, Topology topology, AppOptions options) {
  const bool is_here = arguments.bootstrap.empty();
  WEIR_TRY_VAR(log, is_here ? log::open(arguments.data, {.listen = arguments.listen})
                            : log::connect(arguments.bootstrap, {.client_id = options.application_id}));
  if (!is_here) options.state_directory = arguments.state;
  for (const std::string& address : log::listening_on(log)) {
    log_line::info("{}: others reach its log at {}", options.application_id, address);
  }
  App app(std::move(topology), std::move(log), std::move(options));
  SignalWatch signals([&app] { app.stop(); });
  return app.run();
}

}  // namespace

int run_program(int argc, const char* const* argv, const std::function<Topology()>& topology,
                const std::string& directory, AppOptions options) {
  return exit_status_of([&]() -> int {
    Topology described = topology();
    if (describe_if_asked(argc, argv, described)) return 0;
    auto parsed = parse(argc, argv);
    if (!parsed) {
      report_failure(parsed.error().detail);
      return kWrongArguments;
    }
    if (parsed->asks_for_help) {
      std::printf(kUsage, directory.c_str());
      return 0;
    }
    if (parsed->data.empty()) parsed->data = directory;
    auto done = run(*parsed, std::move(described), std::move(options));
    return done ? 0 : report_failure(done.error().to_string());
  });
}

}  // namespace weir::streams
