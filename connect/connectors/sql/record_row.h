// RecordRows: which row of which table a record is, or takes away, by the settings of Kafka Connect's JDBC sink
// (table.name.format, pk.mode, pk.fields, fields.whitelist, delete.enabled).
#pragma once

#include <deque>
#include <string>
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
    std::string name;
    const Value* value;
    SchemaPtr schema;  // what is known of it, or follows from the value
  };

  std::string table;
  std::vector<Field> keys;
  std::vector<Field> others;
  bool goes = false;
};

class RecordRows {
 public:
  explicit RecordRows(RowOptions options) : options_(std::move(options)) {}

  // invalid_record says what it lacks.
  Result<RecordRow> row_of(ConnectRecord& record);
  // What rows borrowed is let go.
  void forget() { kept_.clear(); }

  const RowOptions& options() const { return options_; }

 private:
  Result<> add_kafka_key(const ConnectRecord& record, RecordRow& row);
  Result<> add_record_key(ConnectRecord& record, RecordRow& row);

  RowOptions options_;
  std::deque<Value> kept_;
};

// What a value without a schema is held to be: its own type, may be null; text for what is null or has parts.
SchemaPtr schema_of_value(const Value& value);

}  // namespace weir::connect
