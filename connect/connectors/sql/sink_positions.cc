#include "connect/connectors/sql/sink_positions.h"

#include "connect/connectors/sql/statements.h"

namespace weir::connect {

namespace {

// Of "connector NAME, task 1 of 3, orders ID, ...", what begins so, up to its comma.
std::string word_after(const std::string& owner, const std::string& begin) {
  const std::size_t found = owner.find(begin);
  if (found == std::string::npos) return {};
  const std::size_t from = found + begin.size();
  return owner.substr(from, owner.find(',', from) - from);
}

}  // namespace

Result<std::map<log::TopicPartition, log::Offset>> SinkPositions::take_over(SqlSession& session,
                                                                            const SinkStart& start) {
  connector_ = word_after(start.owner, "connector ");
  epochs_.clear();
  WEIR_TRY(make_table(session));
  WEIR_TRY(session.execute("BEGIN"));
  std::map<log::TopicPartition, log::Offset> positions;
  for (const auto& partition : start.partitions) {
    auto taken = take_over(session, start, partition, positions);
    if (taken) continue;
    (void)session.execute("ROLLBACK");
    return fail(taken.error());
  }
  WEIR_TRY(session.execute("COMMIT"));
  return positions;
}

Result<> SinkPositions::make_table(SqlSession& session) const {
  WEIR_TRY_VAR(there, session.describe(table_));
  if (there) return {};
  const auto text = schema_of(Type::string);
  const auto number = schema_of(Type::int64);
  return session.execute(create_table_statement(session.dialect(), {table_,
                                                                    {{"connector", text, true},
                                                                     {"topic", text, true},
                                                                     {"part", schema_of(Type::int32), true},
                                                                     {"topic_id", text},
                                                                     {"position", number},
                                                                     {"epoch", number}}}));
}

Result<> SinkPositions::take_over(SqlSession& session, const SinkStart& start, const log::TopicPartition& partition,
                                  std::map<log::TopicPartition, log::Offset>& positions) {
  const SqlDialect& dialect = session.dialect();
  const std::string topic_id = word_after(start.owner, ", " + partition.topic + " ");
  const std::string statement = "INSERT INTO " + quoted_table(table_) +
                                " (connector, topic, part, topic_id, position, epoch) VALUES (" + dialect.parameter(1) +
                                ", " + dialect.parameter(2) + ", " + dialect.parameter(3) + ", " +
                                dialect.parameter(4) + ", -1, 1) ON CONFLICT (connector, topic, part) DO UPDATE SET " +
                                "epoch = " + quoted_table(table_) + ".epoch + 1 RETURNING topic_id, position, epoch";
  const Value parameters[] = {Value(connector_), Value(partition.topic),
                              Value(std::int32_t{partition.partition.value()}), Value(topic_id)};
  return session.query(statement, parameters, [&](const std::vector<SqlColumn>&, const SqlRow& row) -> Result<bool> {
    WEIR_TRY_VAR(id, row.value(0));
    WEIR_TRY_VAR(position, row.value(1));
    WEIR_TRY_VAR(epoch, row.value(2));
    if (id != Value(topic_id)) {
      return fail(ErrorCode::invalid_config,
                  table_ + ": the position of connector " + connector_ + " in " + partition.to_string() +
                      " is of another log's topic of this name; give the connector a new name, "
                      "or delete its rows there to begin anew");
    }
    epochs_[partition] = epoch.get<std::int64_t>();
    if (position.get<std::int64_t>() >= 0) {
      positions[partition] = log::Offset(position.get<std::int64_t>());
    }
    return true;
  });
}

Result<> SinkPositions::write(SqlSession& session, const std::map<log::TopicPartition, log::Offset>& positions) const {
  const SqlDialect& dialect = session.dialect();
  const std::string statement = "UPDATE " + quoted_table(table_) + " SET position = " + dialect.parameter(1) +
                                " WHERE connector = " + dialect.parameter(2) + " AND topic = " + dialect.parameter(3) +
                                " AND part = " + dialect.parameter(4) + " AND epoch = " + dialect.parameter(5);
  for (const auto& [partition, position] : positions) {
    const auto epoch = epochs_.find(partition);
    const std::int64_t own = epoch == epochs_.end() ? 0 : epoch->second;
    const Value parameters[] = {Value(std::int64_t{position.value()}), Value(connector_), Value(partition.topic),
                                Value(std::int32_t{partition.partition.value()}), Value(own)};
    WEIR_TRY_VAR(rows, session.change(statement, parameters));
    if (rows == 1) continue;
    return fail(ErrorCode::producer_fenced,
                table_ + ": another writer of connector " + connector_ + " took over " + partition.to_string());
  }
  return {};
}

}  // namespace weir::connect
