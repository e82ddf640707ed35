// Right bytes to begin with: those that Kafka gave (tests/vectors).
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "tests/vectors/json_access.h"

namespace weir::fuzz {

// The lines of a file below tests/vectors/data.
inline std::vector<vectors::Object> recorded_lines(const std::string& name) {
  std::vector<vectors::Object> lines;
  std::ifstream file(WEIR_TEST_DIR "/vectors/data/" + name);
  for (std::string text; std::getline(file, text);) lines.push_back(boost::json::parse(text).as_object());
  return lines;
}

}  // namespace weir::fuzz
