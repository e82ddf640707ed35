#include "log/log.h"

#include <algorithm>
#include <limits>
#include <random>

#include "log/base/log_line.h"
#include "log/embedded/transport.h"
#include "log/server/log_server.h"

namespace weir::log {

namespace {

constexpr int kDiskThreads = 4;  // some sync while another does what takes longer

broker::Flush flush_of(Durability durability) {
  switch (durability) {
    case Durability::os:
      return broker::Flush::left_to_system;
    case Durability::interval:
      return broker::Flush::at_intervals;
    case Durability::fsync:
      return broker::Flush::before_answer;
  }
  return broker::Flush::before_answer;
}

void be_served(const ServeOptions& options, broker::BrokerOptions& chosen) {
  chosen.node_id = NodeId(options.node_id);
  chosen.auto_create_topics = options.auto_create_topics;
  chosen.default_partitions = options.default_partitions;
  chosen.groups.initial_rebalance_delay = options.initial_rebalance_delay;
  if (options.offsets_retention) chosen.groups.offsets_retention = *options.offsets_retention;
}

broker::BrokerOptions broker_options(const std::string& directory, const OpenOptions& options) {
  broker::BrokerOptions chosen;
  chosen.read_only = options.access == Access::read_only;
  chosen.flush = flush_of(options.durability);
  chosen.sync_interval = options.sync_interval;
  chosen.segment_bytes = options.segment_bytes;
  chosen.producers_are_local = options.listen.empty();
  // Enough for the consumers of one process to meet in the first generation, and nobody notices it.
  chosen.groups.initial_rebalance_delay = Millis(20);
  // A program that was not run for a week goes on where it was: this log keeps everything until it is told otherwise.
  chosen.groups.offsets_retention = Millis(std::numeric_limits<std::int64_t>::max() / 2);
  // A page cache lives as long as the kernel runs and the file system is mounted.
  chosen.boot_id = boot_id() + "/" + mount_of(directory);
  chosen.seed = options.seed ? *options.seed : std::random_device{}();
  if (!options.listen.empty()) be_served(options.serve, chosen);
  return chosen;
}

std::vector<std::string> findings_of(broker::Broker& broker) {
  std::vector<std::string> all;
  for (const auto& finding : broker.topics().findings()) {
    // To a reader a torn end is what its writer is writing.
    bool is_news = finding.is_damage || !broker.options().read_only;
    if (is_news) all.push_back(finding.to_string());
  }
  // What no partition's finding tells.
  for (const auto& fault : broker.coordinators().faults()) {
    const bool is_told = std::any_of(
        all.begin(), all.end(), [&](const std::string& told) { return fault.detail.find(told) != std::string::npos; });
    if (!is_told) all.push_back(fault.detail);
  }
  for (auto& line : broker.notes()) all.push_back(std::move(line));
  return all;
}

}  // namespace

Result<Client> open(const std::string& directory, OpenOptions options) {
  hold_standard_descriptors();
  if (options.access == Access::read_only && !options.listen.empty()) {
    return fail(ErrorCode::invalid_argument, directory + ": a log that is only read is not served to others");
  }
  FileSystem& files = options.files != nullptr ? *options.files : posix_files();
  Clock& clock = options.clock != nullptr ? *options.clock : SystemClock::instance();
  auto pool = std::make_unique<WorkPool>(kDiskThreads, clock);
  broker::BrokerOptions chosen = broker_options(directory, options);
  chosen.pool = pool.get();
  WEIR_TRY_VAR(broker, broker::Broker::open(files, directory, clock, std::move(chosen)));
  for (const auto& finding : findings_of(*broker)) log_line::warn("{}", finding);
  auto transport = std::make_shared<embedded::EmbeddedTransport>(std::move(broker), std::move(pool));
  WEIR_TRY(transport->started());
  if (options.access == Access::read_write) WEIR_TRY(embedded::ListeningNote::remove(files, directory));
  if (!options.listen.empty()) {
    WEIR_TRY_VAR(server, server::LogServer::start(transport->broker(), options.listen, options.serve));
    WEIR_TRY_VAR(note, embedded::ListeningNote::write(files, directory, server->endpoints()));
    transport->set_front(std::move(server), std::move(note));
  }
  auto runner = transport->runner();
  return Client(std::move(transport), clock, directory, std::move(runner));
}

std::vector<std::string> listening_on(const Client& client) {
  auto* transport = dynamic_cast<embedded::EmbeddedTransport*>(&client.transport());
  const bool listens = transport != nullptr && transport->front() != nullptr;
  return listens ? transport->front()->endpoints() : std::vector<std::string>();
}

Result<std::vector<std::string>> owner_listens_on(const std::string& directory) {
  return embedded::ListeningNote::read(posix_files(), directory);
}

std::vector<std::string> recovery_findings(const Client& client) {
  auto* transport = dynamic_cast<embedded::EmbeddedTransport*>(&client.transport());
  return transport == nullptr ? std::vector<std::string>() : findings_of(transport->broker());
}

}  // namespace weir::log
