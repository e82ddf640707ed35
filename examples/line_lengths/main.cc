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
  return ws::run_program(argc, argv, topology, "data",
                         {.application_id = "line-lengths", .missing_topics = ws::MissingTopics::are_made});
}
