#include "log/client/client.h"

#include "log/client/lingering_producer.h"
#include "log/client/log_admin.h"
#include "log/client/log_consumer.h"
#include "log/client/log_producer.h"
#include "log/client/membership/group_session.h"
#include "log/client/membership/heartbeats.h"
#include "log/client/security_admin.h"

namespace weir::log {

namespace {

Result<> check(const ProducerOptions& options) {
  auto wrong = [](const char* what) {
    return fail(ErrorCode::invalid_argument, what);
  };
  if (options.acks < -1 || options.acks > 1) return wrong("acks must be -1 (all), 1 or 0");
  if (options.batch_bytes < 1 || options.batch_bytes > 1u << 30) return wrong("batch_bytes must be 1 to 2^30");
  if (options.max_in_flight < 1 || options.max_in_flight > 5) {
    return wrong("max_in_flight must be 1 to 5: a broker knows the last five batches of a producer");
  }
  if (options.linger && options.linger->count() < 0) return wrong("linger must not be negative");
  if (options.idempotent && options.acks != -1) return wrong("an idempotent producer needs acks = -1");
  if (!options.transactional_id) return {};
  if (options.transactional_id->empty()) return wrong("transactional_id must not be empty");
  if (!options.idempotent) return wrong("a transactional producer is idempotent");
  if (options.transaction_timeout.count() <= 0) return wrong("transaction_timeout must be above 0");
  return {};
}

Result<> check(const ConsumerOptions& options) {
  auto wrong = [](const char* what) {
    return fail(ErrorCode::invalid_argument, what);
  };
  if (options.group_id && options.group_id->empty()) return wrong("group_id must not be empty");
  if (options.auto_commit_interval && options.auto_commit_interval->count() < 0) {
    return wrong("auto_commit_interval must not be negative");
  }
  if (options.auto_commit_interval && !options.group_id) return wrong("auto_commit_interval needs a group_id");
  if (options.max_bytes < 1 || options.max_bytes > 0x7fffffff) return wrong("max_bytes must be 1 to 2^31-1");
  if (options.max_partition_bytes < 1 || options.max_partition_bytes > 0x7fffffff) {
    return wrong("max_partition_bytes must be 1 to 2^31-1");
  }
  if (options.group_instance_id && options.group_instance_id->empty()) return wrong("group_instance_id is empty");
  if (options.heartbeat_interval.count() < 1) return wrong("heartbeat_interval must be above 0");
  if (options.session_timeout <= options.heartbeat_interval) {
    return wrong("session_timeout must be longer than heartbeat_interval");
  }
  if (options.max_poll_interval.count() < 1) return wrong("max_poll_interval must be above 0");
  for (const auto& assignor : options.assignors) {
    if (assignor == nullptr) return wrong("an assignor is null");
  }
  return {};
}

}  // namespace

Client::Client(std::shared_ptr<Transport> transport, Clock& clock, std::string directory,
               std::shared_ptr<Runner> runner)
    : transport_(std::move(transport)),
      heartbeats_(std::make_shared<Heartbeats>(
          transport_, clock, runner ? std::move(runner) : std::make_shared<Runner>(clock, "weir-client"))),
      lingers_(std::make_shared<Runner>(clock, "weir-linger")),
      clock_(&clock),
      directory_(std::move(directory)) {}

Result<std::unique_ptr<Producer>> Client::producer(ProducerOptions options) const {
  WEIR_TRY(check(options));
  const bool lingers = options.linger.has_value();
  std::function<void()> on_news;
  if (lingers)
    on_news = [runner = lingers_] {
      runner->look();
    };
  auto producer = std::make_unique<LogProducer>(transport_, *clock_, std::move(options), std::move(on_news));
  if (!lingers) return producer;
  auto lingering = std::make_unique<LingeringProducer>(std::move(producer), lingers_, *clock_);
  WEIR_TRY(lingering->started());
  return lingering;
}

Result<std::unique_ptr<Consumer>> Client::consumer(ConsumerOptions options) const {
  WEIR_TRY(check(options));
  return std::make_unique<LogConsumer>(transport_, *clock_, heartbeats_, std::move(options));
}

std::unique_ptr<SecurityAdmin> Client::security_admin() const {
  return std::make_unique<SecurityAdmin>(transport_, *clock_);
}

Result<std::unique_ptr<GroupSession>> Client::group_session(ConsumerOptions options, std::vector<std::string> topics,
                                                            std::function<void()> before_join) const {
  WEIR_TRY(check(options));
  if (!options.group_id) return fail(ErrorCode::invalid_group_id, "a group session needs a group_id");
  auto session = std::make_unique<GroupSession>(transport_, *clock_, heartbeats_, std::move(options),
                                                Subscription::to(std::move(topics)), std::move(before_join));
  WEIR_TRY(session->started());
  return session;
}

std::unique_ptr<Admin> Client::admin() const {
  return std::make_unique<LogAdmin>(transport_, *clock_);
}

}  // namespace weir::log
