// What a shop wants to know: streams and tables brought together in every way there is.
//
//   orders, payments, refunds   streams, by order
//   customers, suppliers, products, countries   tables; prices: one that knows what it was
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include <weir/streams.h>

namespace shop {

namespace ws = weir::streams;
using namespace std::chrono_literals;

struct Order {
  std::string customer;
  std::string product;
  std::int64_t count = 0;
};
WEIR_JSON(Order, customer, product, count)

struct Bill {
  std::string order;
  std::string customer;
  double amount = 0;
};
WEIR_JSON(Bill, order, customer, amount)

struct Customer {
  std::string name;
  std::string country;
};
WEIR_JSON(Customer, name, country)

struct Product {
  std::string title;
  std::string supplier;
};
WEIR_JSON(Product, title, supplier)

struct Account {
  double billed = 0;
  double refunded = 0;
};
WEIR_JSON(Account, billed, refunded)

// A bill costs what the product cost when it was ordered, also if the price that counts comes late.
inline ws::Stream<std::string, Bill> bills(ws::Builder& builder) {
  struct Ordered {
    static ws::Stream<std::string, Bill> by_product(ws::Builder& builder) {
      return builder.stream<std::string, Order>("orders").map([](const std::string& id, const Order& order) {
        return std::pair(order.product, Bill{id, order.customer, double(order.count)});
      });
    }
  };
  auto prices = builder.table<std::string, double>("prices", {.store = "prices", .history = 24h});
  return Ordered::by_product(builder)
      .repartition({.name = "ordered-products"})
      .join(prices,
            [](const Bill& count, double price) {
              Bill bill = count;
              bill.amount *= price;
              return bill;
            },
            {.name = "priced", .grace = 1min, .store = "unpriced"})
      .select_key([](const Bill& bill) { return bill.order; }, {.name = "bills"});
}

// Bills and their payments: what is paid, what is not after half an hour, and payments that belong to nothing.
inline void settle(ws::Stream<std::string, Bill> bills, ws::Stream<std::string, double> payments) {
  bills
      .outer_join(payments,
                  [](const Bill* bill, const double* payment) -> std::string {
                    if (bill == nullptr) return "nobody owes this";
                    if (payment == nullptr) return "remind " + bill->customer;
                    return std::abs(bill->amount - *payment) < 0.005 ? "paid" : "paid another amount";
                  },
                  ws::within(0ms).after(30min).grace(0ms), {.store = "settlement"})
      .to("settled");
}

// What a customer was billed and refunded, and how many customers a country has that owe more than 50.
inline void keep_accounts(ws::Stream<std::string, Bill> bills, ws::Stream<std::string, Bill> refunds,
                          ws::Table<std::string, Customer> customers) {
  auto customer_of = [](const Bill& bill) {
    return bill.customer;
  };
  auto accounts = bills.group_by(customer_of, {.name = "bills-of-a-customer"})
                      .cogroup<Account>([](const Bill& bill, Account& account) { account.billed += bill.amount; })
                      .cogroup(refunds.group_by(customer_of, {.name = "refunds-of-a-customer"}),
                               [](const Bill& refund, Account& account) { account.refunded += refund.amount; })
                      .aggregate([] { return Account{}; }, {.store = "accounts"});
  accounts.to_stream().to("accounts");
  accounts
      .join(customers,
            [](const Account& account, const Customer& customer) {
              return customer.country + (account.billed - account.refunded > 50 ? "!" : "");
            },
            {.store = "debtors"})
      .filter([](const std::string& country) { return country.ends_with('!'); })
      .group_by([](const std::string& customer, const std::string& country) { return std::pair(country, customer); },
                {.name = "debtors-by-country"})
      .count({.store = "debtors-of-a-country"})
      .to_stream()
      .to("debtors");
}

inline ws::Topology topology() {
  ws::Builder builder;
  auto customers = builder.table<std::string, Customer>("customers", {.store = "customers"});
  auto billed = bills(builder);
  billed.to("bills");
  settle(billed, builder.stream<std::string, double>("payments"));
  keep_accounts(billed, builder.stream<std::string, Bill>("refunds"), customers);

  // Each bill with its customer's name, who need not have one; in the language of the country, by a table that every
  // task has in full.
  auto greetings = builder.global_table<std::string, std::string>("greetings");
  billed.select_key([](const Bill& bill) { return bill.customer; }, {.name = "billed-customers"})
      .left_join(customers,
                 [](const Bill& bill, const Customer* customer) {
                   return (customer ? customer->country + "/" + customer->name : "--/guest") + ": " + bill.order;
                 },
                 {.name = "addressed"})
      .left_join(
          greetings, [](const std::string& letter) { return letter.substr(0, 2); },
          [](const std::string& letter, const std::string* greeting) {
            return (greeting ? *greeting : "Hello") + " " + letter.substr(3);
          },
          {.name = "greeted"})
      .to("letters");

  // A product's row follows the row of its supplier.
  auto suppliers = builder.table<std::string, std::string>("suppliers", {.store = "suppliers"});
  builder.stream<std::string, Product>("products")
      .to_table({.store = "products"})
      .join(
          suppliers, [](const Product& product) { return product.supplier; },
          [](const Product& product, const std::string& supplier) { return product.title + " by " + supplier; },
          {.store = "catalogue"})
      .to_stream()
      .to("catalogue");

  // The largest bill of each customer.
  billed.group_by([](const Bill& bill) { return bill.customer; }, {.name = "largest-by-customer"})
      .reduce(
          [](Bill& largest, const Bill& bill) {
            if (bill.amount > largest.amount) largest = bill;
          },
          {.store = "largest"})
      .to_stream()
      .to("largest-bills");
  return builder.build();
}

}  // namespace shop
