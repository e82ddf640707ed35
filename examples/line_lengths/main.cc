#include <weir/log.h>
#include <weir/streams.h>

namespace ws = weir::streams;

int main() {
  auto log = weir::log::open("data").value();
  ensure_topic(*log.admin(), {"lines"}).value();
  ensure_topic(*log.admin(), {"lengths"}).value();

  ws::Builder builder;
  builder.stream<ws::NoKey, std::string>("lines")
      .filter([](const std::string& line) { return !line.empty(); })
      .group_by([](const std::string& line) { return std::int64_t(line.size()); })
      .count({.store = "lines-by-length"})
      .to_stream()
      .to("lengths");

  ws::App app(builder.build(), log, {.application_id = "line-lengths"});
  return app.run_until_signal();
}
