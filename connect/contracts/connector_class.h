// ConnectorClass: a kind of connector: its names, its settings, how they are divided into tasks, and what makes one
// task's source or sink. ConnectorClasses: those that a configuration may name; a program adds its own.
//
//   ConnectorClasses classes;
//   classes.add({.names = {"queue-source"}, .settings = kQueueSettings,
//                .make_source = [](const Settings& settings, const TaskContext&) { return
//                queue_source(settings.text("queue")); }});
//   run_connectors(log, {config}, Input::may_grow, stop, {.classes = classes});
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connect/contracts/sink.h"
#include "connect/contracts/source.h"
#include "connect/settings/settings.h"
#include "log/base/clock.h"
#include "log/base/file.h"

namespace weir::connect {

// What a task's source or sink is made of, beside its settings.
struct TaskContext {
  FileSystem& files;
  Clock& clock;
  std::int32_t task = 0;   // from 0 on
  std::int32_t tasks = 1;  // of the connector
};

struct ConnectorClass {
  // Settings in which one task differs from its connector.
  using TaskSettings = std::map<std::string, std::string>;

  std::vector<std::string> names;  // any of them is understood; the first is what messages say
  SettingTable settings{};         // beside those that every source or sink has
  bool names_topics = false;       // a source that gives each record its topic: `topic` need not be set
  std::string summary{};           // what it does, one sentence, for lists and its page
  std::string guarantee{};         // "exactly once", or what is given instead and why

  // What each of at most `at_most` tasks is to do; never none. Without it a source is one task with the connector's
  // settings, and a sink as many as `tasks.max` says, which share out the partitions of its topics. invalid_config.
  std::function<Result<std::vector<TaskSettings>>(const Settings& settings, std::size_t at_most)> tasks{};

  // One of the two: it is a source, or it is a sink. Of a task's settings. invalid_config.
  std::function<Result<std::unique_ptr<Source>>(const Settings& settings, const TaskContext& context)> make_source{};
  std::function<Result<std::unique_ptr<Sink>>(const Settings& settings, const TaskContext& context)> make_sink{};

  bool is_source() const { return static_cast<bool>(make_source); }
};

class ConnectorClasses {
 public:
  ConnectorClasses();  // those that come with Weir (connect/connectors/built_in.cc)

  // invalid_argument: no name, or not one of source and sink; already_exists: a name is taken.
  Result<> add(ConnectorClass added);

  const ConnectorClass* find(const std::string& name) const;  // null: there is none
  // The one that is meant by a name that is nearly one's, or that says at least which way the data goes; or null.
  const ConnectorClass* meant(const std::string& name) const;
  const std::vector<ConnectorClass>& all() const { return classes_; }

 private:
  std::vector<ConnectorClass> classes_;
};

}  // namespace weir::connect
