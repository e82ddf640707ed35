#include "connect/connectors/standard/stdout_sink.h"

#include "connect/connectors/standard/pipe_file.h"

namespace weir::connect {

namespace {

class StdoutSink final : public Sink {
 public:
  explicit StdoutSink(StdoutSinkOptions options) : options_(options) {}

  Result<SinkStarted> start(const SinkStart&) override {
    lines_.clear();
    return SinkStarted{};
  }

  Result<> put(std::span<ConnectRecord> records) override {
    const std::size_t before = lines_.size();
    for (ConnectRecord& record : records) {
      auto appended = append(record);
      if (appended) continue;
      lines_.resize(before);
      return appended;
    }
    return {};
  }

  Result<std::string> flush() override {
    WEIR_TRY(write_through(options_.descriptor, lines_));
    lines_.clear();
    return std::string();
  }

 private:
  Result<> append(ConnectRecord& record) {
    if (options_.with_key) {
      lines_ += "{\"key\":";
      WEIR_TRY(record.key.append_json_to(lines_));
      lines_ += ",\"value\":";
    }
    WEIR_TRY(record.value.append_json_to(lines_));
    lines_ += options_.with_key ? "}\n" : "\n";
    return {};
  }

  StdoutSinkOptions options_;
  std::string lines_;
};

constexpr Setting kStdoutSettings[] = {
    {.name = "envelope",
     .type = SettingType::choice,
     .otherwise = "key_value",
     .choices = "key_value|value",
     .meaning = "key_value: a line is {\"key\":K,\"value\":V}; value: it is V alone"},
};

}  // namespace

std::unique_ptr<Sink> stdout_sink(StdoutSinkOptions options) {
  return std::make_unique<StdoutSink>(options);
}

ConnectorClass stdout_class() {
  return {.names = {"stdout", "stdout-sink"},
          .settings = kStdoutSettings,
          .summary = "Writes each record as a line of JSON to standard output.",
          .guarantee = "at least once: lines go out before their offsets are committed",
          .tasks = [](const Settings&, std::size_t) -> Result<std::vector<ConnectorClass::TaskSettings>> {
            return std::vector<ConnectorClass::TaskSettings>(1);
          },
          .make_sink = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Sink>> {
            return stdout_sink({.with_key = settings.text("envelope") == "key_value"});
          }};
}

}  // namespace weir::connect
