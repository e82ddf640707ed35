// WEIR_JSON: what a struct's value becomes as text, and that every value comes back as it was.
#include "streams/dsl/json.h"

#include <bit>
#include <random>

#include <gtest/gtest.h>

namespace json_names {

// Structs and members whose names the macro might have used for itself.
struct Visit {
  int visit = 1;
  int object = 2;
};
WEIR_JSON(Visit, visit, object)
struct Object {
  int Object_ = 3;
  std::string name = "n";
};
WEIR_JSON(Object, Object_, name)
struct Type {
  int member = 4;
  int Type_ = 5;
};
WEIR_JSON(Type, member, Type_)
struct T {
  int out = 6;
  int value = 7;
  int first = 8;
  int macro = 9;
};
WEIR_JSON(T, out, value, first, macro)
struct Member {
  Visit inner;
};
WEIR_JSON(Member, inner)
struct Value {
  int Value_ = 10;
};
WEIR_JSON(Value, Value_)
struct visit {
  int is_ok = 11;
};
WEIR_JSON(visit, is_ok)
struct object {
  int separator = 12;
};
WEIR_JSON(object, separator)
struct json {
  int json_ = 13;
};
WEIR_JSON(json, json_)
struct weir {
  int text = 14;
};
WEIR_JSON(weir, text)
struct Empty {};
WEIR_JSON(Empty)

namespace std {  // a user's own
struct Text {
  int read = 15;
};
WEIR_JSON(Text, read)
}  // namespace std

struct Event {
  struct Place {
    double x = 0;
  };
};
WEIR_JSON(Event::Place, x)

}  // namespace json_names

struct Global {
  int here = 16;
};
WEIR_JSON(Global, here)

namespace weir::streams::json {
namespace {

struct Numbers {
  double amount = 0;
  float ratio = 0;
  std::int64_t id = 0;
  std::uint64_t bits = 0;
  std::vector<bool> flags;
};
WEIR_JSON(Numbers, amount, ratio, id, bits, flags)

template <class T>
bool is_json_value(const std::string& text) {
  T read;
  OwnedBytes scratch;
  return Serde<T>::decode(text, read) && Serde<T>::encode(read, scratch) == text;
}

TEST(Json, structs_and_members_may_have_any_name) {
  EXPECT_EQ(to_json(json_names::Visit{}), R"({"visit":1,"object":2})");
  EXPECT_EQ(to_json(json_names::Object{}), R"({"Object_":3,"name":"n"})");
  EXPECT_EQ(to_json(json_names::Type{}), R"({"member":4,"Type_":5})");
  EXPECT_EQ(to_json(json_names::T{}), R"({"out":6,"value":7,"first":8,"macro":9})");
  EXPECT_EQ(to_json(json_names::Member{}), R"({"inner":{"visit":1,"object":2}})");
  EXPECT_EQ(to_json(json_names::Value{}), R"({"Value_":10})");
  EXPECT_EQ(to_json(json_names::visit{}), R"({"is_ok":11})");
  EXPECT_EQ(to_json(json_names::object{}), R"({"separator":12})");
  EXPECT_EQ(to_json(json_names::json{}), R"({"json_":13})");
  EXPECT_EQ(to_json(json_names::weir{}), R"({"text":14})");
  EXPECT_EQ(to_json(json_names::Empty{}), "{}");
  EXPECT_EQ(to_json(json_names::std::Text{}), R"({"read":15})");
  EXPECT_EQ(to_json(json_names::Event::Place{}), R"({"x":0})");
  EXPECT_EQ(to_json(Global{}), R"({"here":16})");
  EXPECT_TRUE(is_json_value<json_names::Visit>(R"({"visit":7,"object":8})"));
}

TEST(Json, numbers_come_back_to_the_last_bit) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 100'000; ++i) {
    Numbers numbers;
    do {
      numbers.amount = ::std::bit_cast<double>(random());
    } while (!::std::isfinite(numbers.amount));
    do {
      numbers.ratio = ::std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    } while (!::std::isfinite(numbers.ratio));
    numbers.id = static_cast<std::int64_t>(random());
    numbers.bits = random();
    Numbers read;
    OwnedBytes scratch;
    ASSERT_TRUE(Serde<Numbers>::decode(Serde<Numbers>::encode(numbers, scratch), read)) << scratch;
    ASSERT_EQ(::std::bit_cast<std::uint64_t>(read.amount), ::std::bit_cast<std::uint64_t>(numbers.amount)) << scratch;
    ASSERT_EQ(::std::bit_cast<std::uint32_t>(read.ratio), ::std::bit_cast<std::uint32_t>(numbers.ratio)) << scratch;
    ASSERT_EQ(read.id, numbers.id);
    ASSERT_EQ(read.bits, numbers.bits);
  }
}

TEST(Json, a_number_is_written_as_short_as_it_can_be) {
  EXPECT_EQ(to_json(Numbers{.amount = 0.1, .ratio = 0.1f, .id = -1, .bits = UINT64_MAX, .flags = {true, false}}),
            R"({"amount":0.1,"ratio":0.1,"id":-1,"bits":18446744073709551615,"flags":[true,false]})");
  EXPECT_EQ(to_json(363498.02194254036), "363498.02194254036");
}

TEST(Json, of_a_member_that_is_there_twice_the_last_counts) {
  Numbers read;
  ASSERT_TRUE(Serde<Numbers>::decode(R"({"id":1,"flags":[true],"id":2,"flags":[false,false]})", read));
  EXPECT_EQ(read.id, 2);
  EXPECT_EQ(read.flags, (std::vector<bool>{false, false}));
}

TEST(Json, a_text_that_is_not_utf8_is_written_so_that_it_can_be_read) {
  EXPECT_EQ(to_json(std::string("a\xff")), "\"a\xef\xbf\xbd\"");
}

struct Tree {
  std::vector<Tree> children;
};
WEIR_JSON(Tree, children)

TEST(Json, a_deep_tree_comes_back) {
  Tree root;
  Tree* at = &root;
  for (int i = 0; i < 400; ++i) at = &at->children.emplace_back();  // two levels of JSON each
  const std::string text = to_json(root);
  EXPECT_TRUE(is_json_value<Tree>(text));
}

}  // namespace
}  // namespace weir::streams::json
