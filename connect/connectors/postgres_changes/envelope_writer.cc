#include "connect/connectors/postgres_changes/envelope_writer.h"

namespace weir::connect {

namespace {

SchemaPtr struct_schema(std::string name, std::vector<SchemaField> fields, bool is_optional = false) {
  return std::make_shared<Schema>(Schema{
      .type = Type::structure, .is_optional = is_optional, .name = std::move(name), .fields = std::move(fields)});
}

SchemaPtr source_schema() {
  static const SchemaPtr schema =
      struct_schema("io.debezium.connector.postgresql.Source", {{"version", schema_of(Type::string)},
                                                                {"connector", schema_of(Type::string)},
                                                                {"name", schema_of(Type::string)},
                                                                {"ts_ms", schema_of(Type::int64)},
                                                                {"snapshot", optional_schema_of(Type::string)},
                                                                {"db", schema_of(Type::string)},
                                                                {"schema", schema_of(Type::string)},
                                                                {"table", schema_of(Type::string)},
                                                                {"txId", optional_schema_of(Type::int64)},
                                                                {"lsn", optional_schema_of(Type::int64)}});
  return schema;
}

struct TableSchemas {
  SchemaPtr row;
  SchemaPtr key;  // null: the table has none
  SchemaPtr envelope;
  std::string topic;
};

// A row, and the columns whose values the server did not send.
struct Row {
  Value value;
  std::string unavailable;
};

class EnvelopeWriter final : public ChangeWriter {
 public:
  explicit EnvelopeWriter(EnvelopeOptions options) : options_(std::move(options)) {}

  void learn(const ChangeTable& table) override { tables_[table.id] = schemas_of(table); }

  Result<> write(const ChangeTable& table, const TableChange& change, const ChangeOrigin& origin,
                 ConnectRecords& into) override {
    const TableSchemas& schemas = tables_.at(table.id);
    Row before;
    Row after;
    if (change.before != nullptr) {
      WEIR_TRY_VAR(row, row_of(table, schemas, *change.before, nullptr));
      before = std::move(row);
    }
    if (change.after != nullptr) {
      const PgTuple* known = change.before_is_key ? nullptr : change.before;
      WEIR_TRY_VAR(row, row_of(table, schemas, *change.after, known));
      after = std::move(row);
    }
    const Value old_key = key_of(table, schemas, before.value);
    const Value new_key = key_of(table, schemas, after.value);
    const bool moves =
        change.kind == TableChange::Kind::update && change.before != nullptr && schemas.key && !(old_key == new_key);
    if (change.kind == TableChange::Kind::remove || moves) {
      ConnectRecord& record = add(schemas, old_key, origin, into);
      record.value = envelope(table, schemas, 'd', std::move(before), {}, origin);
      if (moves) record.headers.push_back({"__debezium.newkey", {schemas.key, new_key}});
      if (options_.tombstones && schemas.key) add(schemas, old_key, origin, into);
      if (!moves) return {};
      before = {};
    }
    ConnectRecord& record = add(schemas, new_key, origin, into);
    if (!after.unavailable.empty()) record.headers.push_back({"weir.unavailable", text(after.unavailable)});
    if (moves) record.headers.push_back({"__debezium.oldkey", {schemas.key, old_key}});
    const char op = moves ? 'c' : static_cast<char>(change.kind);
    record.value = envelope(table, schemas, op, std::move(before), std::move(after), origin);
    return {};
  }

  Result<> truncate(const ChangeTable& table, const ChangeOrigin& origin, ConnectRecords& into) override {
    if (!options_.truncates) return {};
    const TableSchemas& schemas = tables_.at(table.id);
    ConnectRecord& record = add(schemas, {}, origin, into);
    record.value = envelope(table, schemas, 't', {}, {}, origin);
    return {};
  }

  Result<> message(const PgLogicalMessage&, const ChangeOrigin&, ConnectRecords&) override { return {}; }

 private:
  static Datum text(std::string value) { return {schema_of(Type::string), Value(std::move(value))}; }

  TableSchemas schemas_of(const ChangeTable& table) const {
    const std::string name = (options_.prefix.empty() ? "" : options_.prefix + ".") + table.full_name();
    std::vector<SchemaField> row;
    std::vector<SchemaField> key;
    for (const auto& column : table.columns) {
      row.push_back({column.name, schema_of_pg(column.type, options_.precision, !column.is_key)});
      if (column.is_key) key.push_back(row.back());
    }
    TableSchemas schemas;
    schemas.row = struct_schema(name + ".Value", std::move(row), true);
    if (!key.empty()) schemas.key = struct_schema(name + ".Key", std::move(key));
    schemas.envelope = struct_schema(name + ".Envelope", {{"before", schemas.row},
                                                          {"after", schemas.row},
                                                          {"source", source_schema()},
                                                          {"op", schema_of(Type::string)},
                                                          {"ts_ms", optional_schema_of(Type::int64)}});
    if (options_.names_topics) schemas.topic = name;
    return schemas;
  }

  // `known`: the row before, for what was left alone.
  Result<Row> row_of(const ChangeTable& table, const TableSchemas& schemas, const PgTuple& tuple,
                     const PgTuple* known) const {
    if (tuple.size() != table.columns.size()) {
      return fail(ErrorCode::corrupt_data, table.full_name() + ": a row of " + std::to_string(tuple.size()) +
                                               " values, and " + std::to_string(table.columns.size()) + " columns");
    }
    Row row;
    Struct values{schemas.row, {}};
    values.values.reserve(tuple.size());
    for (std::size_t i = 0; i < tuple.size(); ++i) {
      const auto& column = table.columns[i];
      const PgField* field = &tuple[i];
      if (field->is == PgField::Is::unchanged && known != nullptr && i < known->size()) field = &(*known)[i];
      if (field->is == PgField::Is::null) {
        values.values.push_back(Value());  // of a key alone, what is not known
        continue;
      }
      if (field->is == PgField::Is::unchanged) {
        values.values.push_back(placeholder(*schemas.row->fields[i].schema));
        row.unavailable += (row.unavailable.empty() ? "" : ",") + column.name;
        continue;
      }
      auto value = value_of_field(column, options_.precision, field->text);
      if (!value) return fail(value.error().at(table.full_name()));
      values.values.push_back(*std::move(value));
    }
    row.value = Value(std::move(values));
    return row;
  }

  Value placeholder(const Schema& schema) const {
    if (schema.type == Type::string) return Value(options_.placeholder);
    if (schema.type == Type::bytes && schema.name.empty()) return Value(Blob{options_.placeholder});
    return {};
  }

  static Value key_of(const ChangeTable& table, const TableSchemas& schemas, const Value& row) {
    const auto* values = row.get_if<Struct>();
    if (values == nullptr || !schemas.key) return {};
    Struct key{schemas.key, {}};
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i].is_key) key.values.push_back(values->values[i]);
    }
    return Value(std::move(key));
  }

  static ConnectRecord& add(const TableSchemas& schemas, const Value& key, const ChangeOrigin& origin,
                            ConnectRecords& into) {
    ConnectRecord& record = into.add();
    record.topic = schemas.topic;
    record.timestamp_ms = origin.time_ms;
    if (!key.is_null()) record.key = Datum{schemas.key, key};
    return record;
  }

  Datum envelope(const ChangeTable& table, const TableSchemas& schemas, char op, Row before, Row after,
                 const ChangeOrigin& origin) const {
    Struct source{
        source_schema(),
        {Value("weir"), Value("postgresql"), Value(options_.prefix), Value(origin.time_ms),
         Value(origin.is_snapshot ? "true" : "false"), Value(options_.database), Value(table.schema), Value(table.name),
         Value(static_cast<std::int64_t>(origin.transaction)), Value(static_cast<std::int64_t>(origin.lsn))}};
    if (origin.transaction == 0) source.values[8] = Value();
    Struct all{schemas.envelope,
               {std::move(before.value), std::move(after.value), Value(std::move(source)), Value(std::string(1, op)),
                Value(origin.now_ms)}};
    return {schemas.envelope, Value(std::move(all))};
  }

  EnvelopeOptions options_;
  std::map<std::uint32_t, TableSchemas> tables_;
};

}  // namespace

std::unique_ptr<ChangeWriter> envelope_writer(EnvelopeOptions options) {
  return std::make_unique<EnvelopeWriter>(std::move(options));
}

}  // namespace weir::connect
