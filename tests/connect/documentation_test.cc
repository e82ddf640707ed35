// The tables of docs/connect.md are those of the code.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/file_source.h"
#include "connect/herder/worker_settings.h"
#include "connect/rest/routes.h"
#include "connect/runtime/runner_settings.h"
#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"

namespace weir::connect {
namespace {

std::string section(const std::string& title, const std::string& page = "connect.md") {
  std::ifstream file(WEIR_TEST_DIR "/../docs/" + page);
  std::stringstream text;
  text << file.rdbuf();
  auto begin = text.str().find("## " + title + "\n");
  if (begin == std::string::npos) return "";
  return text.str().substr(begin, text.str().find("\n## ", begin) - begin);
}

void expect_documented(const std::string& title, SettingTable table, const std::string& page = "connect.md") {
  const std::string text = section(title, page);
  std::size_t rows = 0;
  for (std::size_t at = text.find("\n| `"); at != std::string::npos; at = text.find("\n| `", at + 1)) ++rows;
  EXPECT_EQ(rows, table.size()) << title;
  for (const Setting& setting : table) {
    const std::string otherwise =
        setting.presence == Presence::required ? "must be set" : std::string(setting.otherwise);
    const std::string row = "\n| `" + std::string(setting.name) + "` | " + otherwise + (otherwise.empty() ? "" : " ") +
                            "| " + std::string(setting.meaning);
    EXPECT_NE(text.find(row), std::string::npos) << title << " lacks" << row;
  }
}

TEST(Documentation, has_a_row_for_each_setting) {
  expect_documented("Settings of every source", source_settings());
  expect_documented("Settings of converters", converter_settings());
  expect_documented("Settings of errors", error_settings());
  expect_documented("Settings of restarts", restart_settings());
  expect_documented("Settings of workers", worker_settings(), "connect/workers.md");
  expect_documented("Settings of file-source", file_source_class().settings);
  expect_documented("Settings of every sink", sink_settings());
  expect_documented("Settings of file-sink", file_sink_class().settings);
}

// "GET", "/connectors/*/status" is `GET /connectors/NAME/status`, of tasks with N, of plugins with CLASS.
TEST(Documentation, has_a_row_for_each_request) {
  const std::string text = section("REST", "connect/workers.md");
  for (const auto& [method, path] : route_paths()) {
    std::string shown = method + " " + path;
    const auto replace = [&](const std::string& part, const std::string& name) {
      if (const auto at = shown.find(part + "/*"); at != std::string::npos)
        shown.replace(at, part.size() + 2, part + "/" + name);
    };
    replace("/connectors", "NAME");
    replace("/tasks", "N");
    replace("/connector-plugins", "CLASS");
    replace("/loggers", "root");
    EXPECT_NE(text.find("| `" + shown + "` |"), std::string::npos) << shown;
  }
}

}  // namespace
}  // namespace weir::connect
