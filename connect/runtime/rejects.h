// Rejects: what becomes of the records that a task cannot carry on: left out and counted, or the end of the task; and
// written to the dead letters as they came, if there is a topic for them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "connect/contracts/error_policy.h"
#include "log/base/result.h"
#include "log/client/client.h"
#include "log/model/record.h"

namespace weir::connect {

// Where on its way a record failed; what Kafka Connect calls these in its headers.
enum class Stage {
  task_poll,
  task_put,
  transformation,
  key_converter,
  value_converter,
  header_converter,
  kafka_produce
};

// A record as it came: of a sink as it lies in the log, of a source as far as it is known.
struct Rejected {
  const log::TopicPartition* from = nullptr;  // null: of a source
  log::Offset offset{};
  std::int64_t timestamp_ms = 0;
  NullableBytes key{};
  NullableBytes value{};
  std::span<const log::HeaderView> headers{};
};

class Rejects {
 public:
  Rejects(log::Client client, ErrorPolicy policy, std::string connector, std::int32_t task);

  // True: the record is left out. Else the error is the task's end: it is returned, with where the record lies.
  // `producer` is who writes the dead letter: a source's, inside its transaction; null: one of its own, and it is
  // written when this returns.
  Result<> reject(const Rejected& record, Stage stage, const Error& error, log::Producer* producer = nullptr);

  // The same where it was decided already that it is left out.
  Result<> leave_out(const Rejected& record, Stage stage, const Error& error, log::Producer* producer = nullptr);

  // Of the records that were left out so far.
  std::uint64_t count() const { return count_; }
  const ErrorPolicy& policy() const { return policy_; }

 private:
  Result<> write_dead_letter(const Rejected& record, Stage stage, const Error& error, log::Producer* producer);
  void say(const Rejected& record, Stage stage, const Error& error);

  log::Client client_;
  ErrorPolicy policy_;
  std::string connector_;
  std::int32_t task_;
  std::unique_ptr<log::Producer> own_;  // made with the first dead letter of a sink
  bool has_topic_ = false;
  std::uint64_t count_ = 0;
};

}  // namespace weir::connect
