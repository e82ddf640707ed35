#include "connect/connectors/files/csv.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::connect {
namespace {

using testing::ElementsAre;

std::vector<std::string> fields(std::string_view record, char separator = ',') {
  auto parsed = parse_csv_record(record, separator);
  return parsed ? *parsed : std::vector<std::string>{"error: " + parsed.error().detail};
}

// The records that `text` splits into when it arrives in pieces of so many bytes; what has no end is left out.
std::vector<std::string> split_in_pieces(std::string_view text, std::size_t piece) {
  CsvSplitter splitter(',');
  std::vector<std::string> records;
  std::size_t begin = 0;
  for (std::size_t end = piece; begin < text.size(); end += piece) {
    std::string_view arrived = text.substr(0, end);
    while (auto size = splitter.find_end(arrived.substr(begin))) {
      records.emplace_back(text.substr(begin, *size));
      begin += *size + 1;
    }
    if (end >= text.size()) break;
  }
  return records;
}

std::string in_quotes(const std::string& field) {
  std::string text = "\"";
  for (char letter : field) text += letter == '"' ? "\"\"" : std::string(1, letter);
  return text + "\"";
}

TEST(Csv, fields_may_be_empty_and_quoted) {
  EXPECT_THAT(fields("a,b,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(fields(""), ElementsAre(""));
  EXPECT_THAT(fields(",,"), ElementsAre("", "", ""));
  EXPECT_THAT(fields(R"("a,b","say ""hi""","")"), ElementsAre("a,b", R"(say "hi")", ""));
  EXPECT_THAT(fields("\"two\nlines\",x"), ElementsAre("two\nlines", "x"));
  EXPECT_THAT(fields("\"a\","), ElementsAre("a", ""));
  EXPECT_THAT(fields("a;b,c", ';'), ElementsAre("a", "b,c"));
}

TEST(Csv, wrong_quotes_are_errors) {
  EXPECT_THAT(fields(R"("open)"), ElementsAre("error: a quote that is not closed"));
  EXPECT_THAT(fields(R"("a"b,c)"), ElementsAre("error: text behind a closing quote"));
  EXPECT_THAT(fields(R"(a"b,c)"), ElementsAre("error: a quote in the middle of a field"));
}

TEST(Csv, a_line_end_inside_quotes_ends_no_record_however_the_text_arrives) {
  const std::string text = "a,\"x\ny\"\n\"\"\"\n\",b\nlast\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    EXPECT_THAT(split_in_pieces(text, piece), ElementsAre("a,\"x\ny\"", "\"\"\"\n\",b", "last")) << piece;
  }
}

TEST(Csv, a_stray_quote_spoils_only_its_own_line) {
  EXPECT_THAT(split_in_pieces("5\" nails,1\nbolts,2\n", 100), ElementsAre("5\" nails,1", "bolts,2"));
}

TEST(Csv, a_record_without_its_line_end_is_not_there_yet) {
  EXPECT_THAT(split_in_pieces("a,b\nc,d", 2), ElementsAre("a,b"));
  EXPECT_THAT(split_in_pieces("\"a\nb\nc", 2), ElementsAre());
}

TEST(Csv, whatever_was_quoted_is_read_back_however_it_arrives) {
  std::mt19937 dice(1);
  constexpr std::string_view kLetters = "ab,\"\n\r ;";
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<std::string>> rows(1 + dice() % 4);
    std::string text;
    for (auto& row : rows) {
      row.resize(1 + dice() % 4);
      for (std::size_t i = 0; i < row.size(); ++i) {
        for (std::size_t size = dice() % 6; size > 0; --size) row[i].push_back(kLetters[dice() % kLetters.size()]);
        text += (i > 0 ? "," : "") + in_quotes(row[i]);
      }
      text += "\n";
    }
    auto records = split_in_pieces(text, 1 + dice() % 10);
    ASSERT_EQ(records.size(), rows.size()) << text;
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(fields(records[i]), rows[i]) << text;
  }
}

}  // namespace
}  // namespace weir::connect
