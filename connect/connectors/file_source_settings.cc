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
    {.name = "errors.tolerance",
     .type = SettingType::choice,
     .otherwise = "none",
     .choices = "none|all",
     .meaning = "none: a malformed record ends the connector; all: it is left out, counted and reported"},
    {.name = "file.replaced",
     .type = SettingType::choice,
     .otherwise = "fail",
     .choices = "fail|restart",
     .meaning = "what to do when the file is not the one that was read before: another inode, other first bytes, or "
                "shorter; restart reads it from its beginning"},
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
  if (separator.size() != 1 || separator == "\"") {
    return fail(settings.wrong("csv.separator", "must be one character, and no quote"));
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
  options.replaced = static_cast<Replaced>(settings.choice("file.replaced"));
  return options;
}

}  // namespace weir::connect
