// Changes of PostgreSQL without a server: what its bytes mean, which messages a position covers, and what becomes of
// rows: keys that change, values that are not sent, truncations.
#include <gmock/gmock.h>

#include "connect/connectors/postgres/pg_connection.h"
#include "connect/connectors/postgres_changes/change_stream.h"
#include "connect/connectors/postgres_changes/envelope_writer.h"
#include "connect/connectors/postgres_changes/outbox_writer.h"
#include "tests/connect/connectors/change_bytes.h"

namespace weir::connect::changes_test {
namespace {

using namespace change_bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kText = 25;
constexpr std::uint32_t kBytea = 17;

class Changes : public testing::Test {
 protected:
  explicit Changes(EnvelopeOptions options = {.prefix = "db"}) : writer_(envelope_writer(std::move(options))) {
    begin_at({});
  }

  void begin_at(ChangePosition position, bool skips = false) {
    stream_.emplace(
        *writer_, [](std::uint32_t) -> Result<std::vector<std::string>> { return std::vector<std::string>{"id"}; },
        std::move(position), skips);
  }
  Result<> take(std::vector<OwnedBytes> messages) {
    batch_.records.clear();
    for (const auto& message : messages) WEIR_TRY(stream_->take(message, 0, batch_));
    return {};
  }
  // "c {"id":1} after", one for each record.
  std::vector<std::string> taken(std::vector<OwnedBytes> messages) {
    auto done = take(std::move(messages));
    if (!done) return {done.error().to_string()};
    std::vector<std::string> all;
    for (auto& record : batch_.records) {
      std::string line;
      if (record.value.is_null()) {
        line = "-";
      } else {
        const auto* envelope = (*record.value.datum())->value.get_if<Struct>();
        line = envelope->find("op")->get<std::string>();
        EXPECT_TRUE(append_json(*envelope->find("before"), line += " "));
        EXPECT_TRUE(append_json(*envelope->find("after"), line += " "));
      }
      EXPECT_TRUE(record.key.append_json_to(line += " "));
      for (const auto& header : record.headers) {
        line += " " + header.key + "=";
        EXPECT_TRUE(append_json(header.value.value, line));
      }
      all.push_back(line);
    }
    return all;
  }

  static OwnedBytes things(char identity = 'd') {
    return relation(1, {{"id", kInt4, true}, {"t", kText, identity == 'f'}}, identity);
  }
  static OwnedBytes insert(const std::string& id) { return change('I', 1, {}, Row{id, "x"}); }

  std::unique_ptr<ChangeWriter> writer_;
  std::optional<ChangeStream> stream_;
  SourceBatch batch_;
};

TEST_F(Changes, each_kind_is_an_event_of_its_key) {
  EXPECT_THAT(taken({begin(100), things(), insert("1"), change('U', 1, {}, Row{"1", std::nullopt}),
                     change('D', 1, std::pair{'K', Row{"1", std::nullopt}}, {}), truncate({1}), commit(100, 110)}),
              ElementsAre(R"(c null {"id":1,"t":"x"} {"id":1})", R"(u null {"id":1,"t":null} {"id":1})",
                          R"(d {"id":1,"t":null} null {"id":1})", R"(- {"id":1})", "t null null null"));
  EXPECT_EQ(batch_.records[0].topic, "db.public.things");
}

TEST_F(Changes, a_changed_key_is_a_deletion_and_a_new_row_that_name_each_other) {
  EXPECT_THAT(
      taken({begin(100), things(), change('U', 1, std::pair{'K', Row{"1", std::nullopt}}, Row{"2", "~"})}),
      ElementsAre(
          R"(d {"id":1,"t":null} null {"id":1} __debezium.newkey={"id":2})", R"(- {"id":1})",
          R"(c null {"id":2,"t":"__debezium_unavailable_value"} {"id":2} weir.unavailable="t" __debezium.oldkey={"id":1})"));
}

TEST_F(Changes, what_is_not_sent_is_taken_from_the_row_before_if_that_is_known) {
  EXPECT_THAT(taken({begin(100), things('f'), change('U', 1, std::pair{'O', Row{"1", "old"}}, Row{"1", "~"})}),
              ElementsAre(R"(u {"id":1,"t":"old"} {"id":1,"t":"old"} {"id":1})"));
}

TEST_F(Changes, what_is_not_sent_is_a_placeholder_only_where_its_type_has_room) {
  EXPECT_THAT(taken({begin(100), relation(1, {{"id", kInt4, true}, {"b", kBytea}, {"n", kInt4}}),
                     change('U', 1, {}, Row{"1", "~", "~"})}),
              ElementsAre(HasSubstr(R"("n":null} {"id":1} weir.unavailable="b,n")")));
}

TEST_F(Changes, a_table_that_changes_has_its_new_columns_from_then_on) {
  EXPECT_THAT(taken({begin(100), things(), insert("1"), relation(1, {{"id", kInt4, true}, {"t", kText}, {"n", kInt4}}),
                     change('I', 1, {}, Row{"2", "x", "5"})}),
              ElementsAre(HasSubstr(R"({"id":1,"t":"x"})"), HasSubstr(R"({"id":2,"t":"x","n":5})")));
}

TEST_F(Changes, a_table_without_a_key_has_events_without_one) {
  EXPECT_THAT(taken({begin(100), relation(1, {{"t", kText}}), change('I', 1, {}, Row{"x"})}),
              ElementsAre(R"(c null {"t":"x"} null)"));
}

TEST_F(Changes, a_position_covers_the_messages_before_it_and_no_other) {
  const std::vector<OwnedBytes> all{begin(100), things(),    insert("1"), insert("2"),     commit(100, 110),
                                    begin(120), insert("3"), insert("4"), commit(120, 130)};
  struct Case {
    ChangePosition position;
    std::size_t left;
  };
  for (const auto& [position, left] : {Case{{}, 4}, Case{{100, 0, {}}, 4}, Case{{100, 1, {}}, 3}, Case{{100, 2, {}}, 2},
                                       Case{{110, 0, {}}, 2}, Case{{120, 1, {}}, 1}, Case{{130, 0, {}}, 0}}) {
    begin_at(position);
    EXPECT_EQ(taken(all).size(), left) << position.to_json();
    EXPECT_EQ(stream_->position(), (ChangePosition{130, 0, {}})) << position.to_json();
    EXPECT_EQ(stream_->complete(), 130u);
  }
}

TEST_F(Changes, however_a_stream_is_cut_each_message_comes_once) {
  std::vector<OwnedBytes> all;
  for (int transaction = 0; transaction < 6; ++transaction) {
    all.push_back(begin(100 + transaction * 10));
    all.push_back(things());
    for (int i = 0; i <= transaction; ++i) all.push_back(insert(std::to_string(transaction * 10 + i)));
    all.push_back(commit(100 + transaction * 10, 105 + transaction * 10));
  }
  const auto whole = taken(all);
  for (std::size_t cut = 0; cut <= all.size(); ++cut) {
    begin_at({});
    auto found = taken({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(cut)});
    auto read = ChangePosition::parse(stream_->position().to_json());
    ASSERT_TRUE(read);
    const Lsn safe = stream_->complete();
    begin_at(*read);
    // The server sends again what it was not told to let go of.
    std::vector<OwnedBytes> again;
    bool is_sent = false;
    for (const auto& message : all) {
      if (message[0] == 'B') is_sent = load_big_endian<std::uint64_t>(message.data() + 1) >= safe;
      if (is_sent) again.push_back(message);
    }
    auto rest = taken(again);
    found.insert(found.end(), rest.begin(), rest.end());
    EXPECT_EQ(found, whole) << "cut after " << cut;
  }
}

TEST_F(Changes, the_servers_place_moves_the_position_between_transactions_alone) {
  EXPECT_THAT(taken({begin(100), things(), insert("1")}), testing::SizeIs(1));
  stream_->is_sent(500);
  EXPECT_EQ(stream_->position(), (ChangePosition{100, 1, {}}));
  EXPECT_EQ(stream_->complete(), 0u);
  EXPECT_THAT(taken({commit(100, 110)}), IsEmpty());
  stream_->is_sent(500);
  EXPECT_EQ(stream_->position(), (ChangePosition{500, 0, {}}));
  stream_->is_sent(400);
  EXPECT_EQ(stream_->complete(), 500u);
}

TEST_F(Changes, a_value_that_is_none_of_its_type_ends_the_stream_or_is_left_out_alone) {
  const std::vector<OwnedBytes> all{begin(100), things(), insert("1"), insert("x"), insert("3")};
  EXPECT_THAT(taken(all), ElementsAre(HasSubstr("public.things: column 'id'")));
  begin_at({}, true);
  EXPECT_THAT(taken(all), testing::SizeIs(2));
  ASSERT_EQ(batch_.rejected.size(), 1u);
  EXPECT_THAT(batch_.rejected[0].why.detail, HasSubstr("commit 0/64, message 2"));
}

TEST_F(Changes, of_a_table_that_was_not_told_nothing_is_guessed) {
  EXPECT_THAT(taken({begin(100), insert("1")}), ElementsAre(HasSubstr("which was not told")));
}

class QuietChanges : public Changes {
 protected:
  QuietChanges()
      : Changes({.names_topics = false,
                 .tombstones = false,
                 .truncates = false,
                 .placeholder = "?",
                 .precision = TimePrecision::connect}) {}
};

TEST_F(QuietChanges, options_are_what_they_say) {
  constexpr std::uint32_t kTimestamp = 1114;
  EXPECT_THAT(taken({begin(100), relation(1, {{"id", kInt4, true}, {"t", kText}, {"at", kTimestamp}}),
                     change('U', 1, {}, Row{"1", "~", "2024-05-01 10:00:00.123456"}),
                     change('D', 1, std::pair{'K', Row{"1", std::nullopt, std::nullopt}}, {}), truncate({1})}),
              ElementsAre(HasSubstr(R"("t":"?","at":"2024-05-01T10:00:00.123Z")"), testing::StartsWith("d ")));
  EXPECT_EQ(batch_.records[0].topic, "");
}

TEST(ChangePositions, are_read_as_they_are_written) {
  for (const ChangePosition& position :
       {ChangePosition{}, ChangePosition{0x16B374D848, 17, {}},
        ChangePosition{5, 0, SnapshotPosition{"public.a\"b", {"1", std::nullopt, "x\ty"}}},
        ChangePosition{5, 0, SnapshotPosition{}}}) {
    auto read = ChangePosition::parse(position.to_json());
    ASSERT_TRUE(read) << position.to_json();
    EXPECT_EQ(*read, position) << position.to_json();
  }
  for (const char* text :
       {"", "{}", "[]", R"({"lsn":"16"})", R"({"lsn":"0/1","snapshot":{}})", R"({"lsn":"0/1","count":"x"})"}) {
    EXPECT_FALSE(ChangePosition::parse(text)) << text;
  }
}

TEST(Outbox, rows_and_messages_go_where_they_say) {
  auto writer = outbox_writer({.table = "public.things", .id_column = "", .header_columns = {"type"}});
  ChangeStream stream(
      *writer, [](std::uint32_t) { return std::vector<std::string>{}; }, {}, false);
  SourceBatch batch;
  constexpr std::uint32_t kJsonb = 3802;
  for (const auto& message :
       {begin(100, 1'000'000),
        relation(1, {{"aggregatetype", kText}, {"aggregateid", kText}, {"type", kText}, {"payload", kJsonb}}),
        change('I', 1, {}, Row{"order", "7", "new", R"({"a":1})"}),
        change('D', 1, std::pair{'O', Row{"order", "7", "new", "{}"}}, {}),
        change('I', 1, {}, Row{"user", std::nullopt, std::nullopt, std::nullopt})}) {
    auto taken = stream.take(message, 0, batch);
    ASSERT_TRUE(taken) << taken.error().to_string();
  }
  ASSERT_EQ(batch.records.size(), 2u);
  EXPECT_EQ(batch.records[0].topic, "outbox.event.order");
  EXPECT_EQ(batch.records[0].timestamp_ms, 946'684'801'000);
  EXPECT_EQ(batch.records[0].value.bytes_as(Encoding::json), R"({"a":1})");
  EXPECT_EQ(batch.records[0].headers.at(0).key, "type");
  EXPECT_TRUE(batch.records[1].key.is_null());
  EXPECT_TRUE(batch.records[1].value.is_null());
  auto missing = stream.take(change('I', 1, {}, Row{std::nullopt, "1", "new", "{}"}), 0, batch);
  EXPECT_THAT(missing.error().to_string(), HasSubstr("without aggregatetype"));
}

TEST(PgValues, texts_of_the_server_are_read_to_the_microsecond_and_to_the_ends_of_time) {
  const auto value = [](std::uint32_t oid, const char* text, TimePrecision precision = TimePrecision::adaptive) {
    std::string json;
    auto read = value_of_pg({oid, -1}, precision, text);
    if (!read) return read.error().detail;
    EXPECT_TRUE(append_json(*read, json));
    return json;
  };
  EXPECT_EQ(value(1114, "2024-05-01 10:15:30.123456"), "1714558530123456");
  EXPECT_EQ(value(1114, "1969-12-31 23:59:59.999999"), "-1");
  EXPECT_EQ(value(1114, "0044-03-15 00:00:00 BC"), "-63517824000000000");
  EXPECT_EQ(value(1114, "infinity"), "9223372036854775807");
  EXPECT_EQ(value(1184, "2024-05-01 10:15:30.5+00"), "\"2024-05-01T10:15:30.5Z\"");
  EXPECT_EQ(value(1184, "2024-05-01 10:15:30.5+05:30", TimePrecision::connect), "\"2024-05-01T04:45:30.500Z\"");
  EXPECT_EQ(value(1114, "1969-12-31 23:59:59.9999", TimePrecision::connect), "\"1969-12-31T23:59:59.999Z\"");
  EXPECT_EQ(value(1082, "2024-05-01"), "\"2024-05-01\"");
  EXPECT_EQ(value(1083, "23:59:59.999999"), "86399999999");
  EXPECT_EQ(value(17, "\\x00ff"), "\"AP8=\"");
  EXPECT_THAT(value(1082, "yesterday"), HasSubstr("no date"));
  EXPECT_THAT(value(23, "1x"), HasSubstr("no number"));
  EXPECT_THAT(value(17, "00"), HasSubstr("no bytea"));
  EXPECT_EQ(schema_of_pg({1700, (12 << 16 | 3) + 4}, TimePrecision::adaptive, true)->parameters.at("scale"), "3");
}

TEST(PgErrors, are_taken_for_what_they_are_by_their_state) {
  EXPECT_EQ(code_of_sqlstate("08006"), ErrorCode::unavailable);
  EXPECT_EQ(code_of_sqlstate("57P01"), ErrorCode::unavailable);
  EXPECT_EQ(code_of_sqlstate("40P01"), ErrorCode::unavailable);
  EXPECT_EQ(code_of_sqlstate("23505"), ErrorCode::invalid_record);
  EXPECT_EQ(code_of_sqlstate("22P02"), ErrorCode::invalid_record);
  EXPECT_EQ(code_of_sqlstate("28P01"), ErrorCode::permission_denied);
  EXPECT_EQ(code_of_sqlstate("42501"), ErrorCode::permission_denied);
  EXPECT_EQ(code_of_sqlstate("42P01"), ErrorCode::invalid_config);
  EXPECT_EQ(code_of_sqlstate("53100"), ErrorCode::no_space);
}

}  // namespace
}  // namespace weir::connect::changes_test
