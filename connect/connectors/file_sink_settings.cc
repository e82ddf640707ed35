#include "connect/connectors/file_sink.h"

namespace weir::connect {

namespace {

constexpr Setting kFileSinkSettings[] = {
    {.name = "file", .presence = Presence::required, .meaning = "the file to write; made if it is not there"},
    {.name = "envelope",
     .type = SettingType::choice,
     .otherwise = "key_value",
     .choices = "key_value|value",
     .meaning = "key_value: a line is {\"key\":K,\"value\":V}; value: it is V alone"},
    {.name = "key.converter",
     .type = SettingType::choice,
     .otherwise = "string",
     .choices = kConverterChoices,
     .meaning = "what the bytes of a key are"},
    {.name = "value.converter",
     .type = SettingType::choice,
     .otherwise = "string",
     .choices = kConverterChoices,
     .meaning = "what the bytes of a value are"},
    {.name = "errors.tolerance",
     .type = SettingType::choice,
     .otherwise = "none",
     .choices = "none|all",
     .meaning = "none: a record that its converter refuses ends the connector; all: it is left out, counted and "
                "reported"},
    {.name = "fsync",
     .type = SettingType::flag,
     .otherwise = "true",
     .meaning = "whether lines reach the disk before their offsets are committed"},
};

}  // namespace

SettingTable file_sink_settings() {
  return kFileSinkSettings;
}

Result<FileSinkOptions> file_sink_options(const Settings& settings) {
  FileSinkOptions options;
  options.path = settings.text("file");
  options.envelope = static_cast<Envelope>(settings.choice("envelope"));
  options.key = converter_at(settings.choice("key.converter"));
  options.value = converter_at(settings.choice("value.converter"));
  options.malformed = static_cast<Malformed>(settings.choice("errors.tolerance"));
  options.fsync = settings.flag("fsync");
  return options;
}

}  // namespace weir::connect
