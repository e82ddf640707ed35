#include "cli/record_format.h"

#include <gtest/gtest.h>

#include "log/model/record_batch.h"

namespace weir::cli {
namespace {

class RecordFormatTest : public testing::Test {
 protected:
  // A record as a batch holds it, so that its headers are encoded.
  void SetUp() override {
    const log::HeaderView headers[] = {{"h", Bytes("x")}, {"n", std::nullopt}};
    log::BatchBuilder builder;
    builder.add(1'700, Bytes("key"), Bytes("val\"ue"), headers);
    builder.add(1'701, std::nullopt, std::nullopt);
    batch_ = builder.seal({}).value();
    log::assign_offset(const_cast<char*>(batch_.bytes.data()), log::Offset(41), log::LeaderEpoch(0));
    batch_ = log::RecordBatch::parse(batch_.bytes, log::Trust::sealed_here).value();
    ASSERT_TRUE(reader_.open(batch_));
    ASSERT_EQ(*reader_.fill(records_), 2u);
  }

  std::string print(std::string_view format, std::size_t record = 0, ValueFormat value = ValueFormat::string) {
    auto parsed = RecordFormat::parse(format, ValueFormat::string, value);
    if (!parsed) return "error: " + parsed.error().detail;
    std::string out;
    auto appended = parsed->append({"t", log::PartitionIndex(2)}, records_[record], out);
    return appended ? out : "error: " + appended.error().detail;
  }

  log::RecordBatch batch_;
  log::BatchReader reader_;
  log::RecordView records_[2];
};

TEST_F(RecordFormatTest, every_field_is_printed) {
  EXPECT_EQ(print("%t-%p@%o %k=%s %T %h %K/%S"), "t-2@41 key=val\"ue 1700 h=x,n= 3/6");
}

TEST_F(RecordFormatTest, null_prints_nothing_and_has_size_minus_one) {
  EXPECT_EQ(print("[%k|%s|%K|%S|%h]", 1), "[||-1|-1|]");
}

TEST_F(RecordFormatTest, escapes_and_percents_are_literals) {
  EXPECT_EQ(print("a\\tb\\nc\\\\d\\r%%\\x41"), "a\tb\nc\\d\r%A");
  EXPECT_EQ(print(""), "");
}

TEST_F(RecordFormatTest, what_is_not_known_is_an_error_that_names_it) {
  EXPECT_EQ(print("%q"), "error: format: unknown field '%q'");
  EXPECT_EQ(print("abc%"), "error: format: ends in '%'");
  EXPECT_EQ(print("abc\\"), "error: format: ends in '\\'");
  EXPECT_EQ(print("\\q"), "error: format: unknown escape '\\q'");
  EXPECT_EQ(print("\\x4"), "error: format: unknown escape '\\x'");
}

TEST_F(RecordFormatTest, a_value_that_is_not_of_its_format_is_an_error) {
  EXPECT_EQ(print("%s", 0, ValueFormat::int64), "error: expected an int64 of 8 bytes, not 6");
  EXPECT_EQ(print("%s", 0, ValueFormat::hex), "76616c227565");
}

TEST_F(RecordFormatTest, json_has_every_field) {
  std::string out;
  ASSERT_TRUE(
      append_json_line({"t", log::PartitionIndex(2)}, records_[0], ValueFormat::string, ValueFormat::string, out));
  ASSERT_TRUE(append_json_line({"t", log::PartitionIndex(2)}, records_[1], ValueFormat::hex, ValueFormat::json, out));
  EXPECT_EQ(out, R"({"topic":"t","partition":2,"offset":41,"timestamp":1700,"key":"key","value":"val\"ue",)"
                 R"("headers":[{"name":"h","value":"x"},{"name":"n","value":null}]})"
                 "\n"
                 R"({"topic":"t","partition":2,"offset":42,"timestamp":1701,"key":null,"value":null,"headers":[]})"
                 "\n");
}

}  // namespace
}  // namespace weir::cli
