// SinkPositions: how far a sink has written, in a table beside the data, and so in one transaction with it.
//
//   connector | topic | part | topic_id | position | epoch
//
// `position` is the offset of the next record; `epoch` counts the writers: one that starts takes the next, and what one
// of an earlier epoch writes is refused. `topic_id` tells the topic from one of its name in another log.
#pragma once

#include <map>
#include <string>

#include "connect/connectors/sql/sql_session.h"
#include "connect/contracts/sink.h"

namespace weir::connect {

class SinkPositions {
 public:
  explicit SinkPositions(std::string table) : table_(std::move(table)) {}

  // Makes the table if it is not there, takes the next epoch of each partition, and gives the positions that are known.
  // invalid_config: they are of another log. A transaction of its own.
  Result<std::map<log::TopicPartition, log::Offset>> take_over(SqlSession& session, const SinkStart& start);
  // Inside the transaction with the data. producer_fenced: another writer took over.
  Result<> write(SqlSession& session, const std::map<log::TopicPartition, log::Offset>& positions) const;

 private:
  Result<> make_table(SqlSession& session) const;
  Result<> take_over(SqlSession& session, const SinkStart& start, const log::TopicPartition& partition,
                     std::map<log::TopicPartition, log::Offset>& positions);

  std::string table_;
  std::string connector_;
  std::map<log::TopicPartition, std::int64_t> epochs_;
};

}  // namespace weir::connect
