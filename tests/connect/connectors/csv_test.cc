#include "connect/connectors/csv.h"

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

}  // namespace
}  // namespace weir::connect
