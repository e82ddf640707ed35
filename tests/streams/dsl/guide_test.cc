// The joins of docs/streams.md, as they stand there (tests/docs_test.py holds the page to this file).
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using namespace std::chrono_literals;

struct Account {
  std::int64_t ordered = 0;
  std::int64_t paid = 0;
};
WEIR_JSON(Account, ordered, paid)

TEST(Guide, one_account_of_two_streams) {
  Builder builder;
  auto orders = builder.stream<std::string, std::int64_t>("orders");
  auto payments = builder.stream<std::string, std::int64_t>("payments");

  orders.group_by_key()
      .cogroup<Account>([](std::int64_t amount, Account& account) { account.ordered += amount; })
      .cogroup(payments.group_by_key(), [](std::int64_t amount, Account& account) { account.paid += amount; })
      .aggregate([] { return Account{}; }, {.store = "accounts"})
      .to_stream()
      .map_values([](const Account& account) { return account.ordered - account.paid; })
      .to("owed");

  TestDriver driver(builder.build());
  driver.input<std::string, std::int64_t>("orders").pipe("ann", 30);
  driver.input<std::string, std::int64_t>("payments").pipe("ann", 20);
  EXPECT_EQ((driver.output<std::string, std::int64_t>("owed").read_map()),
            (std::map<std::string, std::int64_t>{{"ann", 10}}));
}

TEST(Guide, payments_that_do_not_come) {
  Builder builder;
  auto orders = builder.stream<std::string, std::string>("orders");
  auto payments = builder.stream<std::string, std::string>("payments");

  orders
      .left_join(payments, [](const std::string& order, const std::string* payment) { return payment ? "" : order; },
                 within(0ms).after(1h).grace(5min), {.store = "unpaid"})
      .filter([](const std::string& order) { return !order.empty(); })
      .to("reminders");

  TestDriver driver(builder.build());
  auto order = driver.input<std::string, std::string>("orders");
  order.pipe("1", "books", 0);
  order.pipe("2", "lamps", 1'000);
  driver.input<std::string, std::string>("payments").pipe("2", "paid", 60'000);
  order.pipe("3", "chairs", 2 * 3'600'000);
  EXPECT_EQ((driver.output<std::string, std::string>("reminders").read_map()),
            (std::map<std::string, std::string>{{"1", "books"}}));
}

TEST(Guide, countries_by_a_key_of_the_record) {
  Builder builder;
  auto orders = builder.stream<std::string, std::string>("orders");

  auto countries = builder.global_table<std::string, std::string>("countries");
  orders
      .join(
          countries, [](const std::string& order) { return order.substr(0, 2); },
          [](const std::string& order, const std::string& country) { return order + " to " + country; })
      .to("parcels");

  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("countries").pipe("is", "Iceland");
  driver.input<std::string, std::string>("orders").pipe("1", "is-lamp");
  EXPECT_EQ((driver.output<std::string, std::string>("parcels").read_map()),
            (std::map<std::string, std::string>{{"1", "is-lamp to Iceland"}}));
}

TEST(Guide, orders_that_follow_their_customer) {
  Builder builder;
  auto orders = builder.table<std::string, std::string>("orders");
  auto customers = builder.table<std::string, std::string>("customers");

  orders
      .join(
          customers, [](const std::string& order) { return order.substr(0, order.find('/')); },
          [](const std::string& order, const std::string& customer) { return order + ": " + customer; },
          {.store = "addressed"})
      .to_stream()
      .to("labels");

  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("orders").pipe("1", "ann/lamp");
  driver.input<std::string, std::string>("customers").pipe("ann", "Main Street 1");
  driver.input<std::string, std::string>("customers").pipe("ann", "Side Street 2");
  EXPECT_EQ((driver.output<std::string, std::string>("labels").read_map()),
            (std::map<std::string, std::string>{{"1", "ann/lamp: Side Street 2"}}));
}

}  // namespace
}  // namespace weir::streams
