#include "connect/runtime/connector.h"

#include <map>

#include "connect/runtime/runner_settings.h"

namespace weir::connect {

namespace {

const ConnectorClass* class_of(const ConnectorConfig& config, const ConnectorWorld& world) {
  return world.classes.find(config.text("connector.class"));
}

// Of a configuration whose class is not known the rest is held to the class that is meant, so that everything is said
// at once.
void check_without_class(const ConnectorConfig& config, const ConnectorClasses& classes, std::vector<Error>& problems) {
  const auto found = config.values.find("connector.class");
  const bool is_set = found != config.values.end();
  const ConnectorClass* meant = is_set ? classes.meant(found->second.text) : nullptr;
  std::string what = config.path;
  if (is_set && found->second.line > 0) what += ":" + std::to_string(found->second.line);
  what += std::string(what.empty() ? "" : ": ") + "connector " + config.connector_name() + ": connector.class" +
          (is_set ? " = '" + found->second.shown() + "'" : "") + ": must be one of ";
  for (const ConnectorClass& known : classes.all()) {
    what += (&known == &classes.all().front() ? "" : ", ") + known.names.front();
  }
  if (meant != nullptr) what += "; did you mean '" + meant->names.front() + "'?";
  problems.push_back({ErrorCode::invalid_config, std::move(what)});
  if (meant != nullptr) {
    Settings(config, tables_of(*meant), problems);
    return;
  }
  std::vector<SettingTable> all;
  for (const ConnectorClass& known : classes.all()) {
    const auto tables = tables_of(known);
    all.insert(all.end(), tables.begin(), tables.end());
  }
  Settings(config, all, problems, Settings::Missing::is_fine);
}

struct Known {
  const ConnectorClass* kind;
  ConnectorConfig config;
  Settings settings;
};

// The class, and the settings as it understands them; the first thing that is wrong, else.
Result<Known> understand(const ConnectorConfig& written, const ConnectorWorld& world) {
  std::vector<Error> problems;
  ConnectorConfig config = interpolated(written, world.files, problems, world.environment);
  if (!problems.empty()) return fail(std::move(problems.front()));
  const ConnectorClass* kind = class_of(config, world);
  if (kind == nullptr) {
    check_without_class(config, world.classes, problems);
    return fail(std::move(problems.front()));
  }
  Settings settings(config, tables_of(*kind), problems);
  (void)Transforms::of(config, problems);
  if (!problems.empty()) return fail(std::move(problems.front()));
  return Known{kind, std::move(config), std::move(settings)};
}

TaskContext context_of(const TaskConfig& task, const ConnectorWorld& world) {
  return {.files = world.files, .clock = world.clock, .task = task.index, .tasks = task.count};
}

// What running it would find wrong with its settings, beyond what each of them may be by itself.
Result<> try_tasks(const ConnectorConfig& config, const ConnectorWorld& world) {
  WEIR_TRY_VAR(tasks, task_configs(config, world));
  for (const TaskConfig& task : tasks) {
    if (is_source(config, world)) {
      WEIR_TRY(source_options(task, world));
      WEIR_TRY(make_pipeline(task, world));
      WEIR_TRY(make_source(task, world));
    } else {
      WEIR_TRY(sink_options(task, world));
      WEIR_TRY(make_pipeline(task, world));
      WEIR_TRY(make_sink(task, world));
    }
  }
  return {};
}

}  // namespace

bool is_source(const ConnectorConfig& config, const ConnectorWorld& world) {
  std::vector<Error> problems;
  const ConnectorClass* kind = class_of(interpolated(config, world.files, problems, world.environment), world);
  return kind != nullptr && kind->is_source();
}

bool check_settings(const ConnectorConfig& written, const ConnectorWorld& world, std::vector<Error>& problems) {
  const std::size_t before = problems.size();
  const ConnectorConfig config = interpolated(written, world.files, problems, world.environment);
  if (problems.size() > before) return false;
  const ConnectorClass* kind = class_of(config, world);
  if (kind == nullptr) {
    check_without_class(config, world.classes, problems);
    return false;
  }
  Settings settings(config, tables_of(*kind), problems);
  (void)Transforms::of(config, problems);
  if (problems.size() > before) return false;
  auto tried = try_tasks(written, world);
  if (!tried) problems.push_back(tried.error());
  return tried.has_value();
}

Result<> check_outside(const ConnectorConfig& config, const ConnectorWorld& world) {
  WEIR_TRY_VAR(tasks, task_configs(config, world));
  for (const TaskConfig& task : tasks) {
    if (is_source(config, world)) {
      WEIR_TRY_VAR(source, make_source(task, world));
      WEIR_TRY(source->check());
    } else {
      WEIR_TRY_VAR(sink, make_sink(task, world));
      WEIR_TRY(sink->check());
    }
  }
  return {};
}

Result<std::vector<TaskConfig>> task_configs(const ConnectorConfig& config, const ConnectorWorld& world) {
  WEIR_TRY_VAR(known, understand(config, world));
  const auto at_most = static_cast<std::size_t>(known.settings.integer("tasks.max"));
  std::vector<ConnectorClass::TaskSettings> own(known.kind->is_source() ? 1 : at_most);
  if (known.kind->tasks) {
    WEIR_TRY_VAR(divided, known.kind->tasks(known.settings, at_most));
    own = std::move(divided);
  }
  std::vector<TaskConfig> tasks;
  for (const auto& changes : own) {
    TaskConfig& task = tasks.emplace_back(
        TaskConfig{static_cast<std::int32_t>(tasks.size()), static_cast<std::int32_t>(own.size()), config});
    for (const auto& [name, text] : changes) task.config.values[name].text = text;
  }
  return tasks;
}

Result<Pipeline> make_pipeline(const TaskConfig& task, const ConnectorWorld& world) {
  WEIR_TRY_VAR(known, understand(task.config, world));
  Pipeline pipeline;
  const auto make = [&known](std::string_view setting, std::unique_ptr<Converter>& into) -> Result<> {
    if (!known.settings.is_set(setting)) return {};
    WEIR_TRY_VAR(made, make_converter(known.settings, setting));
    into = std::move(made);
    return {};
  };
  WEIR_TRY(make("key.converter", pipeline.key));
  WEIR_TRY(make("value.converter", pipeline.value));
  WEIR_TRY(make("header.converter", pipeline.headers));
  std::vector<Error> problems;
  pipeline.transforms = Transforms::of(known.config, problems);
  if (!problems.empty()) return fail(std::move(problems.front()));
  return pipeline;
}

Result<std::unique_ptr<Source>> make_source(const TaskConfig& task, const ConnectorWorld& world) {
  WEIR_TRY_VAR(known, understand(task.config, world));
  return known.kind->make_source(known.settings, context_of(task, world));
}

Result<SourceOptions> source_options(const TaskConfig& task, const ConnectorWorld& world) {
  WEIR_TRY_VAR(known, understand(task.config, world));
  WEIR_TRY_VAR(options, source_options(known.settings));
  options.task = task.index;
  return options;
}

Result<std::unique_ptr<Sink>> make_sink(const TaskConfig& task, const ConnectorWorld& world) {
  WEIR_TRY_VAR(known, understand(task.config, world));
  return known.kind->make_sink(known.settings, context_of(task, world));
}

Result<RestartPolicy> restart_policy(const TaskConfig& task, const ConnectorWorld& world) {
  WEIR_TRY_VAR(known, understand(task.config, world));
  return restart_policy(known.settings);
}

Result<SinkOptions> sink_options(const TaskConfig& task, const ConnectorWorld& world) {
  WEIR_TRY_VAR(known, understand(task.config, world));
  WEIR_TRY_VAR(options, sink_options(known.settings));
  options.task = task.index;
  options.tasks = task.count;
  return options;
}

std::vector<ConnectorConfig> load_connectors(const std::vector<std::string>& paths, const ConnectorWorld& world,
                                             std::vector<Error>& problems) {
  std::vector<ConnectorConfig> connectors;
  std::map<std::string, std::string> path_of;  // by connector name
  for (const auto& path : paths) {
    auto config = ConnectorConfig::load(world.files, path);
    if (!config) {
      problems.push_back(config.error());
      continue;
    }
    if (!check_settings(*config, world, problems)) continue;
    const std::string name = config->connector_name();
    auto [first, is_new] = path_of.emplace(name, path);
    if (is_new) {
      connectors.push_back(*std::move(config));
    } else {
      problems.push_back({ErrorCode::invalid_config,
                          path + ": connector " + name + ": there is another one of this name in " + first->second});
    }
  }
  return connectors;
}

}  // namespace weir::connect
