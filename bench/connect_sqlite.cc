// connect_file_sqlite: JSON of a topic becomes rows of an SQLite table. Floor: the same by one loop over a file of
// batches, simdjson and a prepared statement, a transaction for as many rows as the sink has in one.
#include <simdjson.h>
#include <sqlite3.h>

#include "bench/floor/files.h"
#include "bench/log_bench.h"
#include "bench/workload.h"
#include "connect/connect.h"
#include "connect/connectors/sqlite/sqlite_connectors.h"

namespace weir::bench {

namespace {

constexpr std::uint64_t kRows = 500'000;
constexpr std::uint64_t kRowsOfTransaction = 250'000;  // about what the sink writes in a second

std::string row_json(std::uint64_t number, const std::string& line) {
  return "{\"id\":" + std::to_string(number) + ",\"line\":\"" + line +
         "\",\"amount\":" + std::to_string(number % 1'000) + ".25}";
}

void check_sqlite(int code, const char* what) {
  if (code != SQLITE_OK && code != SQLITE_DONE) give_up(what);
}

void write_rows_by_hand(const std::string& in, const std::string& path) {
  sqlite3* database = nullptr;
  check_sqlite(sqlite3_open(path.c_str(), &database), "open");
  const auto run = [&](const char* sql) {
    check_sqlite(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), sql);
  };
  run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  run("CREATE TABLE rows (id INTEGER, line TEXT, amount REAL)");
  sqlite3_stmt* insert = nullptr;
  check_sqlite(sqlite3_prepare_v2(database, "INSERT INTO rows VALUES (?, ?, ?)", -1, &insert, nullptr), "prepare");
  simdjson::dom::parser parser;
  std::uint64_t count = 0;
  run("BEGIN");
  floor::LogReader reader(in);
  reader.read_all([&](const floor::Record& record) {
    const simdjson::dom::object json = parser.parse(record.value);
    const std::string_view line = json["line"].get_string().value();
    sqlite3_bind_int64(insert, 1, json["id"].get_int64().value());
    sqlite3_bind_text(insert, 2, line.data(), static_cast<int>(line.size()), SQLITE_STATIC);
    sqlite3_bind_double(insert, 3, json["amount"].get_double().value());
    check_sqlite(sqlite3_step(insert), "insert");
    sqlite3_reset(insert);
    if (++count % kRowsOfTransaction == 0) run("COMMIT; BEGIN");
  });
  run("COMMIT");
  sqlite3_finalize(insert);
  sqlite3_close(database);
}

void remove_database(const std::string& path) {
  for (const char* end : {"", "-wal", "-shm"}) ::unlink((path + end).c_str());
}

Benchmark::Sides prepare_rows(const std::string& directory) {
  auto client = std::make_shared<log::Client>(open_log(directory));
  floor::LogWriter writer(directory + "/floor");
  fill_topic(*client, "rows", [&](const Send& send) {
    const Lines lines;
    const Records records;
    Random random(3);
    for (std::uint64_t i = 0; i < kRows; ++i) {
      const std::string json = row_json(i, std::string(lines.line(random)));
      send(Records::time_ms(i), records.key(i), json);
      writer.add(Records::time_ms(i), records.key(i), json);
    }
  });
  writer.flush();
  auto runs = std::make_shared<int>(0);
  return {[=] {
            const std::string name = "rows-" + std::to_string(++*runs);
            const std::string path = directory + "/" + name;
            Run run = timed(kRows, [&] {
              auto report = must(
                  connect::run_sink_until_end(*client, connect::sqlite_sink({.path = path}, {.auto_create = true}),
                                              {.name = name, .topics = {"rows"}, .value = connect::Encoding::json}));
              if (report.records != kRows) give_up("connect_file_sqlite: a record is missing");
            });
            remove_database(path);
            return run;
          },
          [=] {
            const std::string path = directory + "/rows-by-hand";
            Run run = timed(kRows, [&] { write_rows_by_hand(directory + "/floor", path); });
            remove_database(path);
            return run;
          }};
}

const Register file_sqlite({"connect_file_sqlite", "records/s",
                            "JSON of three fields into a table, positions in the same transactions (the floor: none)",
                            prepare_rows});

}  // namespace

}  // namespace weir::bench
