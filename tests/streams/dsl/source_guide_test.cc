// The sources of docs/streams.md, as they stand there (tests/docs_test.py holds the page to this file).
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Texts = std::vector<TestRecord<std::string, std::string>>;

TEST(SourceGuide, contacts_of_a_customer_from_several_topics_and_a_pattern) {
  Builder builder;
  auto orders = builder.stream<std::string, std::string>({"orders-web", "orders-phone"}, {.name = "orders"});
  auto returns = builder.stream<std::string, std::string>(matching("returns-.*"), {.name = "returns"});
  orders.merge(returns).group_by_key().count({.store = "contacts"}).to_stream().to("contacts-of-a-customer");

  TestDriver driver(builder.build());
  for (const char* topic : {"orders-web", "orders-phone", "returns-eu"}) {
    driver.input<std::string, std::string>(topic).pipe("ann", "a lamp");
  }
  EXPECT_EQ((driver.output<std::string, std::int64_t>("contacts-of-a-customer").read_map()),
            (std::map<std::string, std::int64_t>{{"ann", 3}}));
}

TEST(SourceGuide, times_from_headers_and_from_the_partition) {
  Builder builder;
  auto sent_at = [](const InputRecord<std::string, std::string>& record) -> std::int64_t {
    for (const auto& header : record.headers()) {
      if (header.key == "sent-at") return std::stoll(std::string(*header.value));
    }
    return record.partition_time_ms();
  };
  builder.stream<std::string, std::string>("mails", {.timestamp = sent_at}).to("mails-by-time");
  builder.stream<std::string, std::string>("readings", {.timestamp = use_partition_time_on_invalid_timestamp})
      .to("timed");

  TestDriver driver(builder.build());
  auto mails = driver.input<std::string, std::string>("mails");
  mails.pipe("ann", "hello", 900, {{"sent-at", OwnedBytes("500")}});
  mails.pipe("ann", "again", 950);
  EXPECT_EQ((driver.output<std::string, std::string>("mails-by-time").read_all()),
            (Texts{{"ann", "hello", 500, {{"sent-at", OwnedBytes("500")}}}, {"ann", "again", 500}}));
  auto readings = driver.input<std::string, std::string>("readings");
  readings.pipe("sensor", "20.5", 100);
  readings.pipe("sensor", "20.6", -1);
  EXPECT_EQ((driver.output<std::string, std::string>("timed").read_all()),
            (Texts{{"sensor", "20.5", 100}, {"sensor", "20.6", 100}}));
}

}  // namespace
}  // namespace weir::streams
