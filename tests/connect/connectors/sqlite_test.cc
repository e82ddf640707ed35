// The sqlite connectors against a database file: keys of every mode, types there and back, criteria and their ties, and
// a second writer that fences the first.
#include <filesystem>

#include <gmock/gmock.h>
#include <unistd.h>

#include "connect/connectors/sqlite/sqlite_connectors.h"
#include "connect/run.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::sqlite_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Sqlite : public LogFixture {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    path_ = testing::TempDir() + "weir-" + test->name() + "-" + std::to_string(::getpid()) + ".db";
    forget_file();
  }
  void TearDown() override { forget_file(); }
  void forget_file() {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + end);
  }

  std::unique_ptr<SqlSession> session() { return open_sqlite({.path = path_}).value(); }
  void execute(const std::string& sql) {
    auto done = session()->execute(sql);
    ASSERT_TRUE(done) << done.error().to_string();
  }
  std::vector<std::string> rows(const std::string& sql) {
    std::vector<std::string> all;
    auto read =
        session()->query(sql, {}, [&](const std::vector<SqlColumn>& columns, const SqlRow& row) -> Result<bool> {
          std::string line;
          for (std::size_t i = 0; i < columns.size(); ++i) {
            line += i > 0 ? "|" : "";
            WEIR_TRY(append_json(row.exact(i), line));
          }
          all.push_back(line);
          return true;
        });
    if (!read) all.push_back(read.error().to_string());
    return all;
  }

  // Records of topic "t", partition 0, from `next_` on.
  ConnectRecord record(Datum key, Datum value) {
    ConnectRecord made;
    made.topic = "t";
    made.key = std::move(key);
    made.value = std::move(value);
    made.origin = Origin{&partition_, log::Offset(next_++)};
    return made;
  }
  static Datum map_of(std::initializer_list<std::pair<const char*, Value>> fields) {
    Map map;
    for (const auto& [name, value] : fields) map.set(name, value);
    return {nullptr, Value(std::move(map))};
  }
  SinkStart start_of(const std::string& topic_id = "id1") const {
    return {{partition_}, {}, "connector c, t " + topic_id};
  }
  static Result<> put_all(Sink& sink, std::vector<ConnectRecord> records) {
    WEIR_TRY(sink.put(records));
    WEIR_TRY(sink.flush());
    return {};
  }

  const log::TopicPartition partition_{"t", log::PartitionIndex(0)};
  std::int64_t next_ = 0;
  std::string path_;
};

TEST_F(Sqlite, a_struct_with_a_schema_makes_a_table_of_its_types) {
  auto schema = std::make_shared<Schema>(Schema{.type = Type::structure});
  schema->fields = {{"id", schema_of(Type::int32)},
                    {"name", schema_of(Type::string)},
                    {"ok", schema_of(Type::boolean)},
                    {"price", decimal_schema(2)},
                    {"day", date_schema()},
                    {"at", timestamp_schema()},
                    {"raw", schema_of(Type::bytes)},
                    {"ratio", schema_of(Type::float64)},
                    {"none", optional_schema_of(Type::string)}};
  Struct value{
      schema,
      {Value(std::int32_t{7}), Value("ann"), Value(true), Value(Decimal::parse("12.50").value()), Value(Date{19'844}),
       Value(Timestamp{1'714'558'530'250}), Value(Blob{std::string("\0x", 2)}), Value(0.5), Value()}};
  SqlSinkOptions options{.auto_create = true};
  options.rows = {
      .table = "made_of_${topic}", .mode = InsertMode::upsert, .key = PrimaryKey::record_value, .key_fields = {"id"}};
  auto sink = sqlite_sink({.path = path_}, options);
  ASSERT_TRUE(sink->start(start_of()));
  std::vector<ConnectRecord> records{record({}, {schema, Value(value)})};
  auto put = put_all(*sink, records);
  ASSERT_TRUE(put) << put.error().to_string();
  EXPECT_THAT(rows("SELECT id, name, ok, price, day, at, hex(raw), ratio, none FROM made_of_t"),
              ElementsAre(R"(7|"ann"|1|"12.50"|"2024-05-01"|"2024-05-01T10:15:30.250Z"|"0078"|0.5|null)"));
  EXPECT_THAT(rows("SELECT type FROM pragma_table_info('made_of_t') ORDER BY cid"),
              ElementsAre("\"INTEGER\"", "\"TEXT\"", "\"BOOLEAN\"", "\"TEXT\"", "\"DATE\"", "\"TIMESTAMP\"", "\"BLOB\"",
                          "\"REAL\"", "\"TEXT\""));
}

TEST_F(Sqlite, the_key_is_what_pk_mode_says) {
  const auto written = [&](RowOptions rows_options, Datum key, Datum value) -> std::string {
    forget_file();
    next_ = 5;
    SqlSinkOptions options{.auto_create = true};
    options.rows = std::move(rows_options);
    auto sink = sqlite_sink({.path = path_}, options);
    EXPECT_TRUE(sink->start(start_of()));
    std::vector<ConnectRecord> records{record(std::move(key), std::move(value))};
    auto put = put_all(*sink, records);
    if (!put) return put.error().to_string();
    return rows("SELECT group_concat(name || CASE pk WHEN 0 THEN '' ELSE '*' END) FROM pragma_table_info('t')")[0];
  };
  const Datum value = map_of({{"a", Value(std::int64_t{1})}, {"b", Value("x")}});
  const Datum text_key{nullptr, Value("k")};
  EXPECT_EQ(written({}, text_key, value), "\"a,b\"");
  EXPECT_EQ(written({.key = PrimaryKey::kafka, .key_fields = {"kt", "kp", "ko"}}, text_key, value),
            "\"kt*,kp*,ko*,a,b\"");
  EXPECT_EQ(written({.key = PrimaryKey::record_key, .key_fields = {"k"}}, text_key, value), "\"k*,a,b\"");
  EXPECT_EQ(written({.key = PrimaryKey::record_key}, map_of({{"x", Value("1")}}), value), "\"x*,a,b\"");
  EXPECT_EQ(written({.key = PrimaryKey::record_value, .key_fields = {"b"}}, text_key, value), "\"b*,a\"");
  EXPECT_EQ(written({.fields = {"b"}}, text_key, value), "\"b\"");
  EXPECT_THAT(written({.key = PrimaryKey::record_key}, text_key, value), HasSubstr("pk.fields must name one column"));
  EXPECT_THAT(written({.key = PrimaryKey::record_value, .key_fields = {"z"}}, text_key, value),
              HasSubstr("the value has no field 'z'"));
  EXPECT_THAT(written({}, text_key, {}), HasSubstr("it has no value"));
  EXPECT_THAT(written({}, text_key, {nullptr, Value("text")}), HasSubstr("has no fields that could be columns"));
}

TEST_F(Sqlite, a_batch_that_fails_is_as_if_it_had_not_been_put) {
  execute("CREATE TABLE t (a INTEGER PRIMARY KEY)");
  auto sink = sqlite_sink({.path = path_}, {});
  ASSERT_TRUE(sink->start(start_of()));
  std::vector<ConnectRecord> good{record({}, map_of({{"a", Value(std::int64_t{1})}}))};
  ASSERT_TRUE(sink->put(good));
  std::vector<ConnectRecord> bad{record({}, map_of({{"a", Value(std::int64_t{2})}})),
                                 record({}, map_of({{"a", Value(std::int64_t{1})}}))};
  auto put = sink->put(bad);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, ErrorCode::invalid_record);
  ASSERT_TRUE(sink->flush());
  EXPECT_THAT(rows("SELECT a FROM t"), ElementsAre("1"));
  EXPECT_THAT(rows("SELECT topic, part, position FROM weir_positions"), ElementsAre("\"t\"|0|1"));
}

TEST_F(Sqlite, update_changes_rows_that_are_there_and_no_others) {
  execute("CREATE TABLE t (k TEXT PRIMARY KEY, a INTEGER)");
  execute("INSERT INTO t VALUES ('one', 1)");
  SqlSinkOptions options;
  options.rows = {.mode = InsertMode::update, .key = PrimaryKey::record_key, .key_fields = {"k"}};
  auto sink = sqlite_sink({.path = path_}, options);
  ASSERT_TRUE(sink->start(start_of()));
  std::vector<ConnectRecord> records{record({nullptr, Value("one")}, map_of({{"a", Value(std::int64_t{10})}})),
                                     record({nullptr, Value("two")}, map_of({{"a", Value(std::int64_t{20})}}))};
  auto put = put_all(*sink, records);
  ASSERT_TRUE(put) << put.error().to_string();
  EXPECT_THAT(rows("SELECT k, a FROM t"), ElementsAre("\"one\"|10"));
}

TEST_F(Sqlite, positions_are_kept_with_the_rows_and_given_back) {
  SqlSinkOptions options{.auto_create = true, .positions_table = "my_positions"};
  auto sink = sqlite_sink({.path = path_}, options);
  auto started = sink->start(start_of());
  ASSERT_TRUE(started) << started.error().to_string();
  EXPECT_THAT(started->positions, IsEmpty());
  std::vector<ConnectRecord> records{record({}, map_of({{"a", Value(std::int64_t{1})}}))};
  ASSERT_TRUE(put_all(*sink, records));
  std::vector<ConnectRecord> lost{record({}, map_of({{"a", Value(std::int64_t{2})}}))};
  ASSERT_TRUE(sink->put(lost));
  sink.reset();  // killed before its flush
  auto again = sqlite_sink({.path = path_}, options);
  started = again->start(start_of());
  ASSERT_TRUE(started);
  EXPECT_EQ(started->positions.at(partition_), log::Offset(1));
  EXPECT_THAT(rows("SELECT a FROM t"), ElementsAre("1"));
}

TEST_F(Sqlite, an_older_writer_is_fenced) {
  SqlSinkOptions options{.auto_create = true};
  auto older = sqlite_sink({.path = path_}, options);
  ASSERT_TRUE(older->start(start_of()));
  auto newer = sqlite_sink({.path = path_}, options);
  ASSERT_TRUE(newer->start(start_of()));
  std::vector<ConnectRecord> records{record({}, map_of({{"a", Value(std::int64_t{1})}}))};
  auto put = put_all(*older, records);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, ErrorCode::producer_fenced) << put.error().to_string();
  ASSERT_TRUE(put_all(*newer, records));
  EXPECT_THAT(rows("SELECT a FROM t"), ElementsAre("1"));
}

TEST_F(Sqlite, positions_of_another_log_are_refused) {
  auto sink = sqlite_sink({.path = path_}, {});
  ASSERT_TRUE(sink->start(start_of("id1")));
  auto started = sink->start(start_of("id2"));
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().to_string(), HasSubstr("another log's topic"));
}

class SqliteSource : public Sqlite {
 protected:
  // The values of one poll.
  std::vector<std::string> poll(Source& source, std::size_t most, std::int64_t now_ms = 0) {
    EXPECT_TRUE([&] {
      auto polled = source.poll(most, Millis(0), now_ms, batch_);
      if (!polled) ADD_FAILURE() << polled.error().to_string();
      return polled.has_value();
    }());
    for (const auto& [partition, position] : batch_.positions) positions_[partition] = position;
    std::vector<std::string> values;
    for (auto& record : batch_.records) {
      std::string json;
      EXPECT_TRUE(record.value.append_json_to(json));
      values.push_back(json);
    }
    return values;
  }

  SourceBatch batch_;
  SourcePositions positions_;
};

TEST_F(SqliteSource, rows_of_one_timestamp_come_together_and_a_restart_goes_on_behind_them) {
  execute("CREATE TABLE t (at TEXT, v INTEGER)");
  execute(
      "INSERT INTO t VALUES ('2024-01-01 00:00:01', 1), ('2024-01-01 00:00:02', 2), ('2024-01-01 00:00:02', 3), "
      "('2024-01-01 00:00:03', 4)");
  SqlSourceOptions options{.tables = {"t"}, .criteria = {NewRows::timestamp, "", "at"}};
  auto source = sqlite_source({.path = path_}, options);
  ASSERT_TRUE(source->start({}, Input::may_grow));
  EXPECT_THAT(poll(*source, 2), ElementsAre(HasSubstr("\"v\":1"), HasSubstr("\"v\":2"), HasSubstr("\"v\":3")));
  auto again = sqlite_source({.path = path_}, options);
  ASSERT_TRUE(again->start(positions_, Input::may_grow));
  EXPECT_THAT(poll(*again, 2), ElementsAre(HasSubstr("\"v\":4")));
  EXPECT_THAT(poll(*again, 2), IsEmpty());
  EXPECT_TRUE(batch_.at_end);
}

TEST_F(SqliteSource, young_rows_wait_for_the_delay_unless_nothing_more_comes) {
  execute("CREATE TABLE t (at INTEGER, v INTEGER)");
  execute("INSERT INTO t VALUES (1000, 1), (2000, 2)");
  execute("CREATE TABLE u (at TEXT, v INTEGER)");
  execute("INSERT INTO u VALUES ('1970-01-01 00:00:01', 1), ('1970-01-01 00:00:02', 2)");
  for (const char* table : {"t", "u"}) {
    SqlSourceOptions options{.tables = {table}, .criteria = {NewRows::timestamp, "", "at"}, .delay = Millis(500)};
    auto source = sqlite_source({.path = path_}, options);
    ASSERT_TRUE(source->start({}, Input::may_grow));
    EXPECT_THAT(poll(*source, 10, 2'499), testing::SizeIs(1)) << table;
    EXPECT_THAT(poll(*source, 10, 2'500), testing::SizeIs(1)) << table;
    ASSERT_TRUE(source->start({}, Input::is_complete));
    EXPECT_THAT(poll(*source, 10, 0), testing::SizeIs(2)) << table;
  }
}

TEST_F(SqliteSource, incrementing_goes_by_the_number_and_the_key_is_the_tables) {
  execute("CREATE TABLE t (a TEXT, n INTEGER, b TEXT, PRIMARY KEY (a, b))");
  execute("INSERT INTO t VALUES ('x', 3, 'p'), ('y', 1, 'q')");
  SqlSourceOptions options{.tables = {"t"}, .topic_prefix = "db-", .criteria = {NewRows::incrementing, "n", ""}};
  auto source = sqlite_source({.path = path_}, options);
  ASSERT_TRUE(source->start({}, Input::may_grow));
  EXPECT_THAT(poll(*source, 10), ElementsAre(HasSubstr("\"n\":1"), HasSubstr("\"n\":3")));
  std::string key;
  ASSERT_TRUE(batch_.records[0].key.append_json_to(key));
  EXPECT_EQ(key, R"({"a":"y","b":"q"})");
  EXPECT_EQ(batch_.records[0].topic, "db-t");
  execute("INSERT INTO t VALUES ('z', 2, 'r'), ('z', 4, 's')");
  EXPECT_THAT(poll(*source, 10), ElementsAre(HasSubstr("\"n\":4")));
}

TEST_F(SqliteSource, bulk_reads_all_again_when_it_is_time) {
  execute("CREATE TABLE t (v INTEGER)");
  execute("INSERT INTO t VALUES (1), (2), (3)");
  SqlSourceOptions options{.tables = {"t"}, .bulk_interval = Millis(1'000)};
  auto source = sqlite_source({.path = path_}, options);
  ASSERT_TRUE(source->start({}, Input::may_grow));
  EXPECT_EQ(poll(*source, 1, 5'000).size(), 3u);  // one transaction, whatever batch.records says
  EXPECT_EQ(poll(*source, 1, 5'999).size(), 0u);
  auto again = sqlite_source({.path = path_}, options);
  ASSERT_TRUE(again->start(positions_, Input::may_grow));
  EXPECT_EQ(poll(*again, 1, 5'999).size(), 0u);
  EXPECT_EQ(poll(*again, 1, 6'000).size(), 3u);
}

TEST_F(SqliteSource, a_query_has_the_columns_it_makes_and_the_key_that_is_named) {
  execute("CREATE TABLE t (v INTEGER)");
  execute("INSERT INTO t VALUES (1), (2)");
  SqlSourceOptions options{.query = "SELECT v, v * 1.5 AS x, 'a' AS w FROM t",
                           .criteria = {NewRows::incrementing, "v", ""},
                           .key_fields = {"w"}};
  auto source = sqlite_source({.path = path_}, options);
  ASSERT_TRUE(source->start({}, Input::may_grow));
  EXPECT_THAT(poll(*source, 10), ElementsAre(R"({"v":1,"x":1.5,"w":"a"})", HasSubstr("\"v\":2")));
}

TEST_F(SqliteSource, what_a_column_does_not_say_names_the_column) {
  execute("CREATE TABLE t (v BLOB, n INTEGER)");
  execute("INSERT INTO t VALUES ('text', 1)");
  auto source = sqlite_source({.path = path_}, {.tables = {"t"}});
  ASSERT_TRUE(source->start({}, Input::may_grow));
  auto polled = source->poll(10, Millis(0), 0, batch_);
  ASSERT_FALSE(polled);
  EXPECT_THAT(polled.error().to_string(), HasSubstr("column 'v'"));
  auto none = sqlite_source({.path = path_}, {.tables = {"u"}});
  ASSERT_TRUE(none->start({}, Input::may_grow));
  EXPECT_THAT(none->poll(10, Millis(0), 0, batch_).error().to_string(), HasSubstr("there is no table 'u'"));
}

TEST(RowPositions, are_read_as_they_are_written) {
  for (const RowPosition& position :
       {RowPosition{},
        RowPosition{Value("2024-05-01 10:15:30.123456"), Value(std::int64_t{9'007'199'254'740'993}), 0, 0},
        RowPosition{Value(0.25), Value("x\"y"), 3, 17}}) {
    auto read = RowPosition::parse(position.to_json());
    ASSERT_TRUE(read) << position.to_json();
    EXPECT_EQ(*read, position) << position.to_json();
  }
  EXPECT_FALSE(RowPosition::parse("[]"));
}

}  // namespace
}  // namespace weir::connect::sqlite_test
