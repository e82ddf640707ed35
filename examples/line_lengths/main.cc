#include <weir/log.h>
#include <weir/streams.h>

namespace ws = weir::streams;

ws::Topology topology() {
  ws::Builder builder;
  builder.stream<ws::NoKey, std::string>("lines")
      .filter([](const std::string& line) { return !line.empty(); })
      .group_by([](const std::string& line) { return std::int64_t(line.size()); })
      .count({.store = "lines-by-length"})
      .to_stream()
      .to("lengths");
  return builder.build();
}

int main(int argc, char** argv) {
  if (ws::describe_if_asked(argc, argv, topology())) return 0;
  auto log = weir::log::open("data").value();
  ensure_topic(*log.admin(), {"lines"}).value();
  ensure_topic(*log.admin(), {"lengths"}).value();
  ws::App app(topology(), log, {.application_id = "line-lengths"});
  return app.run_until_signal();
}
