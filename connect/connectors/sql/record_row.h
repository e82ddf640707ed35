// RecordRows: which row of which table a record is, or takes away, by the settings of Kafka Connect's JDBC sink
// (table.name.format, pk.mode, pk.fields, fields.whitelist, delete.enabled).
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connectors/sql/sql_session.h"
#include "connect/data/connect_record.h"

namespace weir::connect {

enum class PrimaryKey { none, kafka, record_key, record_value };

struct RowOptions {
  std::string table = "${topic}";
  InsertMode mode = InsertMode::insert;
  PrimaryKey key = PrimaryKey::none;
  std::vector<std::string> key_fields{};  // of record_key, record_value: empty means all; of kafka the three columns
  std::vector<std::string> fields{};      // of the value that are written; empty: all
  bool deletes = false;                   // a record without a value takes the row of its key away
};

// One record's row. Borrowed from the record, and from the RecordRows that made it.
struct RecordRow {
  struct Field {
    std::string_view name;
    const Value* value;
    const SchemaPtr* known;  // null: nothing is said of it but by its value

    SchemaPtr schema() const;
  };

  std::string table{};
  std::vector<Field> keys{};
  std::vector<Field> others{};
  bool goes = false;
};

class RecordRows {
 public:
  explicit RecordRows(RowOptions options) : options_(std::move(options)) {}

  // Puts it into `row`, whose room is used again. invalid_record says what it lacks.
  Result<> row_of(ConnectRecord& record, RecordRow& row);
  // What rows borrowed is let go.
  void forget() { kept_.clear(); }

  const RowOptions& options() const { return options_; }

 private:
  Result<> add_kafka_key(const ConnectRecord& record, RecordRow& row);
  Result<> add_record_key(ConnectRecord& record, RecordRow& row);

  RowOptions options_;
  std::deque<Value> kept_;
  std::vector<RecordRow::Field> fields_;  // of the value at hand
};

// What a value without a schema is held to be: its own type, may be null; text for what is null or has parts.
SchemaPtr schema_of_value(const Value& value);

}  // namespace weir::connect
