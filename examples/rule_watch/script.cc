#include "examples/rule_watch/script.h"

#include <fstream>

namespace rule_watch {

namespace {

std::string take_word(std::string& text) {
  const std::size_t tab = text.find('\t');
  std::string word = text.substr(0, tab);
  text.erase(0, tab == std::string::npos ? tab : tab + 1);
  return word;
}

}  // namespace

weir::Result<std::vector<Line>> read_script(const std::string& path) {
  std::ifstream file(path);
  if (!file.is_open()) return weir::fail(weir::ErrorCode::io_error, path + " cannot be read");
  std::vector<Line> lines;
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    if (text.empty() || text[0] == '#') continue;
    const std::string kind = take_word(text);
    Line line{.key = take_word(text), .json = text};
    if (kind == "rule") {
      line.kind = Line::Kind::rule;
    } else if (kind == "withdraw") {
      line.kind = Line::Kind::withdraw;
    } else if (kind != "event") {
      return weir::fail(weir::ErrorCode::invalid_argument,
                        path + ", line " + std::to_string(number) + ": event, rule or withdraw was expected");
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace rule_watch
