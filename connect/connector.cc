#include "connect/connector.h"

#include <algorithm>
#include <map>

#include "connect/connectors/file_sink.h"
#include "connect/connectors/file_source.h"
#include "connect/text.h"

namespace weir::connect {

namespace {

Result<Connector> make_file_source(const Settings& settings, FileSystem& files) {
  WEIR_TRY_VAR(options, source_options(settings));
  WEIR_TRY_VAR(file, file_source_options(settings));
  options.too_large = file.malformed;
  return SourceConnector{file_source(std::move(file), files), std::move(options)};
}

Result<Connector> make_file_sink(const Settings& settings, FileSystem& files) {
  WEIR_TRY_VAR(options, sink_options(settings));
  WEIR_TRY_VAR(file, file_sink_options(settings));
  return SinkConnector{file_sink(std::move(file), files), std::move(options)};
}

struct ConnectorClass {
  std::string_view names;  // the first is ours, the others are Kafka Connect's
  SettingTable (*runner_settings)();
  SettingTable (*settings)();
  Result<Connector> (*make)(const Settings& settings, FileSystem& files);
};

constexpr ConnectorClass kClasses[] = {
    {"file-source|FileStreamSource|FileStreamSourceConnector|"
     "org.apache.kafka.connect.file.FileStreamSourceConnector",
     source_settings, file_source_settings, make_file_source},
    {"file-sink|FileStreamSink|FileStreamSinkConnector|org.apache.kafka.connect.file.FileStreamSinkConnector",
     sink_settings, file_sink_settings, make_file_sink},
};

const ConnectorClass* class_named(const std::string& name) {
  for (const ConnectorClass& candidate : kClasses) {
    auto names = split(candidate.names, '|');
    if (std::find(names.begin(), names.end(), name) != names.end()) return &candidate;
  }
  return nullptr;
}

std::string known_classes() {
  std::string all;
  for (const ConnectorClass& known : kClasses) all += (all.empty() ? "" : ", ") + split(known.names, '|').front();
  return all;
}

// The class that is meant by a name that is nearly one's, or that says at least which way the data goes.
const ConnectorClass* class_meant(const std::string& name) {
  constexpr std::size_t kTooFar = 4;
  std::size_t least = kTooFar;
  const ConnectorClass* meant = nullptr;
  for (const ConnectorClass& known : kClasses) {
    for (const auto& right : split(known.names, '|')) {
      const std::size_t distance = edit_distance(name, right);
      if (distance >= least) continue;
      least = distance;
      meant = &known;
    }
  }
  if (meant != nullptr) return meant;
  if (name.find("ource") != std::string::npos) return &kClasses[0];
  if (name.find("ink") != std::string::npos) return &kClasses[1];
  return nullptr;
}

// Of a file whose class is not known the rest is held to the class that is meant, so that everything is said at once.
void check_without_class(const ConfigFile& config, std::vector<Error>& problems) {
  const auto found = config.values.find("connector.class");
  const bool is_set = found != config.values.end();
  const ConnectorClass* meant = is_set ? class_meant(found->second.text) : nullptr;
  std::string what = config.path + (is_set ? ":" + std::to_string(found->second.line) : "") + ": connector " +
                     config.connector_name() + ": connector.class" + (is_set ? " = '" + found->second.text + "'" : "") +
                     ": must be one of " + known_classes();
  if (meant != nullptr) what += "; did you mean '" + split(meant->names, '|').front() + "'?";
  problems.push_back({ErrorCode::invalid_config, std::move(what)});
  if (meant == nullptr) {
    const std::vector<SettingTable> all{source_settings(), file_source_settings(), sink_settings(),
                                        file_sink_settings()};
    Settings(config, all, problems, Settings::Missing::is_fine);
  } else {
    Settings(config, {meant->runner_settings(), meant->settings()}, problems);
  }
}

}  // namespace

const std::string& name_of(const Connector& connector) {
  return std::visit([](const auto& either) -> const std::string& { return either.options.name; }, connector);
}

std::optional<Connector> make_connector(const ConfigFile& config, std::vector<Error>& problems, FileSystem& files) {
  auto named = config.values.find("connector.class");
  const ConnectorClass* known = named != config.values.end() ? class_named(named->second.text) : nullptr;
  if (known == nullptr) {
    check_without_class(config, problems);
    return std::nullopt;
  }
  const std::size_t before = problems.size();
  Settings settings(config, {known->runner_settings(), known->settings()}, problems);
  if (problems.size() > before) return std::nullopt;
  auto made = known->make(settings, files);
  if (made) return *std::move(made);
  problems.push_back(made.error());
  return std::nullopt;
}

Result<> check(Connector& connector) {
  auto* source = std::get_if<SourceConnector>(&connector);
  return source != nullptr ? source->source->check() : Result<>{};
}

std::vector<Connector> load_connectors(const std::vector<std::string>& paths, std::vector<Error>& problems,
                                       FileSystem& files) {
  std::vector<Connector> connectors;
  std::map<std::string, std::string> path_of;  // by connector name
  for (const auto& path : paths) {
    auto config = ConfigFile::load(files, path);
    if (!config) {
      problems.push_back(config.error());
      continue;
    }
    auto connector = make_connector(*config, problems, files);
    if (!connector) continue;
    auto [first, is_new] = path_of.emplace(name_of(*connector), path);
    if (is_new) {
      connectors.push_back(*std::move(connector));
    } else {
      problems.push_back({ErrorCode::invalid_config, path + ": connector " + name_of(*connector) +
                                                         ": there is another one of this name in " + first->second});
    }
  }
  return connectors;
}

}  // namespace weir::connect
