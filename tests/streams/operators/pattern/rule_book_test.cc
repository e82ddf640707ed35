// The rules that a task works by: what is taken over when, and what is written of it, byte by byte (docs/formats.md).
#include "streams/operators/pattern/rules/rule_book.h"

#include <gtest/gtest.h>

#include "streams/dsl/event_fields.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/pattern/rules/rule_table.h"

namespace weir::streams::rule_book_test {
namespace {

struct Event {
  std::int64_t n = 0;
};
WEIR_JSON(Event, n)

class Book : public ::testing::Test {
 protected:
  void put(const std::string& id, const std::string& text) {
    write(id, text);
    write(std::string(kRuleTableMark), "0:" + std::to_string(offset_++));
  }
  void withdraw(const std::string& id) {
    table_.erase(table_.row(id), 0);
    write(std::string(kRuleTableMark), "0:" + std::to_string(offset_++));
  }
  static std::string rule(int version, const std::string& step, const std::string& more = "") {
    return R"j({"id":"r","version":)j" + std::to_string(version) + R"j(,"pattern":"PATTERN ()j" + step + R"j()")j" +
           more + "}";
  }
  cep::RuleBook book() { return {"op", fields_of<Event>(), own_, table_}; }
  std::string row(Bytes key) { return to_hex(*own_.find(key)->value_as<std::string>()); }

  state::KeyValueStore own_{"own", type_ops<std::string>(), nullptr};

 private:
  void write(const std::string& key, const std::string& text) { table_.put(table_.row(key), &text, 0); }

  state::KeyValueStore table_{"table", type_ops<std::string>(), nullptr};
  int offset_ = 0;
};

TEST_F(Book, writes_down_what_it_takes_over) {
  cep::RuleBook book = this->book();
  EXPECT_TRUE(book.refresh());
  EXPECT_FALSE(book.has_begun());
  put("r", rule(1, "a"));
  EXPECT_TRUE(book.has_news());
  book.adopt(5);
  EXPECT_FALSE(book.has_news());
  EXPECT_EQ(row("r"),
            "01017b226964223a2272222c2276657273696f6e223a312c227061747465726e223a225041545445524e20286129227d");
  EXPECT_EQ(row(""), "010200303a30");
  book.set_closed(true, 6);
  EXPECT_EQ(row(""), "010201303a30");
  cep::RuleBook next = this->book();
  EXPECT_TRUE(next.refresh());
  EXPECT_TRUE(next.has_begun());
  EXPECT_TRUE(next.was_closed());
  EXPECT_FALSE(next.has_news());
  ASSERT_EQ(next.entries().size(), 1u);
  EXPECT_EQ(next.entries()[0].number, 1u);
  EXPECT_EQ(next.entries()[0].compiled->rule.version, 1);
}

TEST_F(Book, a_rule_has_a_new_number_when_it_looks_for_something_else) {
  cep::RuleBook book = this->book();
  book.refresh();
  put("r", rule(1, "a"));
  book.adopt(0);
  put("r", rule(2, "a", R"j(,"severity":"high")j"));
  book.adopt(0);
  EXPECT_EQ(book.entries()[0].number, 1u);
  EXPECT_EQ(book.entries()[0].compiled->rule.version, 2);
  put("r", rule(3, "b"));
  book.adopt(0);
  EXPECT_EQ(book.entries()[0].number, 2u);
  withdraw("r");
  book.adopt(0);
  EXPECT_TRUE(book.entries().empty());
  EXPECT_EQ(own_.find("r"), nullptr);
  put("r", rule(3, "b"));
  book.adopt(0);
  EXPECT_EQ(book.entries()[0].number, 3u);
}

TEST_F(Book, an_attempt_that_is_taken_back_takes_back_what_was_taken_over) {
  cep::RuleBook book = this->book();
  book.refresh();
  put("r", rule(1, "a"));
  book.adopt(0);
  own_.set_savepoint();
  put("r", rule(2, "b"));
  book.adopt(0);
  EXPECT_EQ(book.entries()[0].compiled->rule.version, 2);
  own_.roll_back();
  EXPECT_TRUE(book.refresh());
  EXPECT_EQ(book.entries()[0].compiled->rule.version, 1);
  EXPECT_TRUE(book.has_news());
  EXPECT_FALSE(book.refresh());
}

TEST_F(Book, a_rule_that_is_none_for_this_program_is_left_out_and_others_stay) {
  cep::RuleBook book = this->book();
  book.refresh();
  put("r", rule(1, "a"));
  put("s", R"j({"id":"s","version":1,"pattern":"PATTERN (a) DEFINE a AS other = 1"})j");
  book.adopt(0);
  ASSERT_EQ(book.entries().size(), 1u);
  put("r", rule(2, "a -> !b"));  // the table of another program
  book.adopt(0);
  EXPECT_EQ(book.entries()[0].compiled->rule.version, 1);
}

}  // namespace
}  // namespace weir::streams::rule_book_test
