#include <limits>

#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/rolling_file_sink.h"

namespace weir::connect {

namespace {

constexpr Setting kFileSinkSettings[] = {
    {.name = "file",
     .presence = Presence::required,
     .meaning = "the file to write; made if it is not there. With {task} in its name each of tasks.max tasks has a "
                "file of its own, else it is one task"},
    {.name = "format",
     .type = SettingType::choice,
     .otherwise = "jsonl",
     .choices = "jsonl|lines|csv",
     .meaning =
         "jsonl: JSON; lines: the value's text, which must be one line; csv: fields of the value, under a first line "
         "that names them"},
    {.name = "csv.columns", .type = SettingType::list, .meaning = "csv: the value's fields, in this order"},
    {.name = "csv.separator", .otherwise = ",", .meaning = "one character; \\t is a tab"},
    {.name = "file.roll.bytes",
     .type = SettingType::integer,
     .otherwise = "0",
     .least = 0,
     .most = std::numeric_limits<std::int64_t>::max(),
     .meaning =
         "begin a new file where one has so many bytes; {number} in its name counts them. A file has its name when "
         "it is whole; until then it is .NAME.part. 0: never"},
    {.name = "file.roll.ms",
     .type = SettingType::integer,
     .otherwise = "0",
     .least = 0,
     .most = 31'536'000'000,
     .meaning = "the same where one is so many milliseconds old. 0: never"},
    {.name = "envelope",
     .type = SettingType::choice,
     .otherwise = "key_value",
     .choices = "key_value|value",
     .meaning = "jsonl: key_value: a line is {\"key\":K,\"value\":V}; value: it is V alone"},
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

Result<FileSinkOptions> file_sink_options(const Settings& settings) {
  FileSinkOptions options;
  options.path = settings.text("file");
  options.lines.format = static_cast<LineFormat>(settings.choice("format"));
  options.lines.envelope = static_cast<Envelope>(settings.choice("envelope"));
  options.lines.columns = settings.list("csv.columns");
  if ((options.lines.format == LineFormat::csv) == options.lines.columns.empty()) {
    return fail(settings.wrong("csv.columns",
                               options.lines.columns.empty() ? "must be set for format = csv" : "is for format = csv"));
  }
  std::string separator = settings.text("csv.separator");
  if (separator == "\\t") separator = "\t";
  if (separator.size() != 1 || separator.find_first_of("\"\r\n") != std::string::npos) {
    return fail(settings.wrong("csv.separator", "must be one character of one byte, no quote and no line end"));
  }
  options.lines.csv_separator = separator[0];
  options.fsync = settings.flag("fsync");
  options.roll_bytes = static_cast<std::uint64_t>(settings.integer("file.roll.bytes"));
  options.roll_after = Millis(settings.integer("file.roll.ms"));
  const bool counts = options.path.find("{number}") != std::string::npos;
  if (counts != rolls(options)) {
    return fail(settings.wrong("file", counts ? "{number} is for file.roll.bytes or file.roll.ms"
                                              : "files that follow each other need {number} in their name"));
  }
  return options;
}

}  // namespace

ConnectorClass file_sink_class() {
  return {.names = {"file-sink", "FileStreamSink", "FileStreamSinkConnector",
                    "org.apache.kafka.connect.file.FileStreamSinkConnector"},
          .settings = kFileSinkSettings,
          .summary = "writes records as lines of files: JSON, text or CSV",
          .guarantee = "exactly once: the file is cut back to what was committed with the offsets",
          .tasks = name_files,
          .make_sink = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Sink>> {
            WEIR_TRY_VAR(options, file_sink_options(settings));
            return file_sink(std::move(options), context.files, context.clock);
          }};
}

}  // namespace weir::connect
