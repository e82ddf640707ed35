#include "connect/connectors/files/file_sink.h"

namespace weir::connect {

namespace {

constexpr Setting kFileSinkSettings[] = {
    {.name = "file",
     .presence = Presence::required,
     .meaning = "the file to write; made if it is not there. With {task} in its name each of tasks.max tasks has a "
                "file of its own, else it is one task"},
    {.name = "envelope",
     .type = SettingType::choice,
     .otherwise = "key_value",
     .choices = "key_value|value",
     .meaning = "key_value: a line is {\"key\":K,\"value\":V}; value: it is V alone"},
    {.name = "fsync",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "whether lines reach the disk before their offsets are committed"},
};

constexpr std::string_view kTask = "{task}";

// The same name with each task's number in it.
Result<std::vector<ConnectorClass::TaskSettings>> name_files(const Settings& settings, std::size_t at_most) {
  const std::string& name = settings.text("file");
  const std::size_t place = name.find(kTask);
  if (place == std::string::npos) return std::vector<ConnectorClass::TaskSettings>(1);
  std::vector<ConnectorClass::TaskSettings> tasks(at_most);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    tasks[i]["file"] = std::string(name).replace(place, kTask.size(), std::to_string(i));
  }
  return tasks;
}

FileSinkOptions file_sink_options(const Settings& settings) {
  FileSinkOptions options;
  options.path = settings.text("file");
  options.envelope = static_cast<Envelope>(settings.choice("envelope"));
  options.fsync = settings.flag("fsync");
  return options;
}

}  // namespace

ConnectorClass file_sink_class() {
  return {.names = {"file-sink", "FileStreamSink", "FileStreamSinkConnector",
                    "org.apache.kafka.connect.file.FileStreamSinkConnector"},
          .settings = kFileSinkSettings,
          .summary = "writes records as lines of a JSON lines file",
          .guarantee = "exactly once: the file is cut back to what was committed with the offsets",
          .tasks = name_files,
          .make_sink = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Sink>> {
            return file_sink(file_sink_options(settings), context.files);
          }};
}

}  // namespace weir::connect
