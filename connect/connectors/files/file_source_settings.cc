#include <algorithm>
#include <set>

#include "connect/connectors/files/file_source.h"

namespace weir::connect {

namespace {

constexpr Setting kFileSourceSettings[] = {
    {.name = "file",
     .presence = Presence::required,
     .meaning = "the file to read, or a pattern of names (logs/*.log): all such files, also as they come, go and are "
                "renamed",
     .instead = "files"},
    {.name = "files",
     .type = SettingType::list,
     .meaning = "instead of file: several files or patterns, separated by commas, which tasks share out"},
    {.name = "format",
     .type = SettingType::choice,
     .otherwise = "lines",
     .choices = "lines|csv|jsonl",
     .meaning = "lines: the value is the line; csv: the first record names the columns, each further one becomes a "
                "JSON object of texts; jsonl: each line is a JSON text and is checked"},
    {.name = "csv.separator", .otherwise = ",", .meaning = "one character; \\t is a tab"},
    {.name = "key.field", .meaning = "csv, jsonl: the field whose text becomes the record's key"},
    {.name = "timestamp",
     .type = SettingType::choice,
     .otherwise = "wall_clock",
     .choices = "wall_clock|zero",
     .meaning = "what a record's timestamp is: the time it is read, or 0"},
    {.name = "timestamp.field", .meaning = "csv, jsonl: the field that holds it, in milliseconds since 1970"},
    {.name = "encoding",
     .type = SettingType::choice,
     .otherwise = "utf-8",
     .choices = "utf-8|iso-8859-1",
     .meaning = "what the file's bytes mean; iso-8859-1 becomes UTF-8. UTF-16 is refused"},
    {.name = "line.end",
     .type = SettingType::choice,
     .otherwise = "detect",
     .choices = "detect|lf|cr",
     .meaning =
         "detect: lf, with or without a carriage return before it; a file with carriage returns alone is refused; "
         "cr: these end lines"},
    {.name = "compression",
     .type = SettingType::choice,
     .otherwise = "detect",
     .choices = "detect|none|gzip|zstd",
     .meaning = "detect: by the file's first bytes"},
    {.name = "record.begins",
     .meaning = "lines: a regular expression (RE2); a line whose beginning it matches begins a record, and those that "
                "follow belong to it, such as the rest of a stack trace"},
    {.name = "record.wait.ms",
     .type = SettingType::integer,
     .otherwise = "5000",
     .least = 0,
     .most = 3'600'000,
     .meaning = "with record.begins: a record ends where nothing follows for so long"},
    {.name = "record.max.bytes",
     .type = SettingType::integer,
     .otherwise = "67108864",
     .least = 1,
     .most = 1'073'741'824,
     .meaning = "a longer record is malformed"},
    {.name = "file.replaced",
     .type = SettingType::choice,
     .otherwise = "fail",
     .choices = "fail|restart",
     .meaning = "what to do when the file is not the one that was read before: another inode, other first bytes, or "
                "shorter, also while it is being read; restart reads it from its beginning"},
};

Result<std::vector<std::string>> paths_of(const Settings& settings) {
  if (!settings.is_set("files")) return std::vector<std::string>{settings.text("file")};
  if (settings.is_set("file")) return fail(settings.wrong("files", "set file or files, not both"));
  std::vector<std::string> paths = settings.list("files");
  const std::set<std::string> different(paths.begin(), paths.end());
  if (different.size() < paths.size()) return fail(settings.wrong("files", "names a file twice"));
  return paths;
}

// Files one after the other, to each task in turn; patterns to all of them, which share out what they name.
Result<std::vector<ConnectorClass::TaskSettings>> share_out(const Settings& settings, std::size_t at_most) {
  WEIR_TRY_VAR(paths, paths_of(settings));
  std::vector<std::string> patterns, files;
  for (const std::string& path : paths) (is_file_pattern(path) ? patterns : files).push_back(path);
  std::vector<ConnectorClass::TaskSettings> tasks(patterns.empty() ? std::min(at_most, paths.size()) : at_most);
  if (!settings.is_set("files")) return tasks;
  const auto give = [&tasks](std::size_t task, const std::string& path) {
    std::string& own = tasks[task]["files"];
    own += (own.empty() ? "" : ",") + path;
  };
  for (std::size_t i = 0; i < files.size(); ++i) give(i % tasks.size(), files[i]);
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    for (const std::string& pattern : patterns) give(task, pattern);
  }
  return tasks;
}

Result<std::vector<FileSourceOptions>> file_source_options(const Settings& settings, const TaskContext& context) {
  WEIR_TRY_VAR(paths, paths_of(settings));
  FileSourceOptions options;
  options.format = static_cast<FileFormat>(settings.choice("format"));
  std::string separator = settings.text("csv.separator");
  if (separator == "\\t") separator = "\t";
  if (separator.size() != 1 || separator.find_first_of("\"\r\n") != std::string::npos) {
    return fail(settings.wrong("csv.separator", "must be one character of one byte, no quote and no line end"));
  }
  options.csv_separator = separator[0];
  options.key_field = settings.text("key.field");
  options.timestamp_field = settings.text("timestamp.field");
  for (const char* field : {"key.field", "timestamp.field"}) {
    if (options.format == FileFormat::lines && !settings.text(field).empty()) {
      return fail(settings.wrong(field, "lines have no fields; set format = csv or jsonl"));
    }
  }
  options.timestamps = static_cast<Timestamps>(settings.choice("timestamp"));
  options.malformed = static_cast<Malformed>(settings.choice("errors.tolerance"));
  options.encoding = static_cast<TextEncoding>(settings.choice("encoding"));
  options.line_end = static_cast<LineEnd>(settings.choice("line.end"));
  options.longest_record = static_cast<std::size_t>(settings.integer("record.max.bytes"));
  options.replaced = static_cast<Replaced>(settings.choice("file.replaced"));
  options.compression = static_cast<Compression>(settings.choice("compression"));
  if (settings.is_set("record.begins")) {
    if (options.format != FileFormat::lines) return fail(settings.wrong("record.begins", "is for format = lines"));
    auto begins = Regex::compile("(?s)(?:" + settings.text("record.begins") + ").*");
    if (!begins) return fail(settings.wrong("record.begins", begins.error().detail));
    options.record_begins = *std::move(begins);
  }
  options.record_wait = Millis(settings.integer("record.wait.ms"));
  options.share = context.task;
  options.shares = context.tasks;
  std::vector<FileSourceOptions> all;
  for (std::string& path : paths) {
    options.path = std::move(path);
    all.push_back(options);
  }
  return all;
}

}  // namespace

ConnectorClass file_source_class() {
  return {.names = {"file-source", "FileStreamSource", "FileStreamSourceConnector",
                    "org.apache.kafka.connect.file.FileStreamSourceConnector"},
          .settings = kFileSourceSettings,
          .summary = "reads files that may grow: lines, CSV or JSON lines",
          .guarantee = "exactly once: the position in each file is committed with the records",
          .tasks = share_out,
          .make_source = [](const Settings& settings, const TaskContext& context) -> Result<std::unique_ptr<Source>> {
            WEIR_TRY_VAR(options, file_source_options(settings, context));
            return file_source(std::move(options), context.files, context.clock);
          }};
}

}  // namespace weir::connect
