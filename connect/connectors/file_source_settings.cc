#include "connect/connectors/file_source.h"

namespace weir::connect {

namespace {

constexpr Setting kFileSourceSettings[] = {
    {.name = "file", .presence = Presence::required, .meaning = "the file to read"},
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
    {.name = "record.max.bytes",
     .type = SettingType::integer,
     .otherwise = "67108864",
     .least = 1,
     .most = 1'073'741'824,
     .meaning = "a longer record is malformed"},
    {.name = "errors.tolerance",
     .type = SettingType::choice,
     .otherwise = "none",
     .choices = "none|all",
     .meaning = "none: a malformed record ends the connector, and so does one that is too long, here or for the topic; "
                "all: it is left out, counted and reported"},
    {.name = "file.replaced",
     .type = SettingType::choice,
     .otherwise = "fail",
     .choices = "fail|restart",
     .meaning = "what to do when the file is not the one that was read before: another inode, other first bytes, or "
                "shorter, also while it is being read; restart reads it from its beginning"},
};

}  // namespace

SettingTable file_source_settings() {
  return kFileSourceSettings;
}

Result<FileSourceOptions> file_source_options(const Settings& settings) {
  FileSourceOptions options;
  options.path = settings.text("file");
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
  options.encoding = static_cast<Encoding>(settings.choice("encoding"));
  options.line_end = static_cast<LineEnd>(settings.choice("line.end"));
  options.longest_record = static_cast<std::size_t>(settings.integer("record.max.bytes"));
  options.replaced = static_cast<Replaced>(settings.choice("file.replaced"));
  return options;
}

}  // namespace weir::connect
