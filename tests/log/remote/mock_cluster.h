// MockCluster: brokers of librdkafka's mock, which speak Kafka's protocol over TCP: another's reading of it.
#pragma once

#include <initializer_list>
#include <string>

#include <librdkafka/rdkafka.h>
// Behind the other.
#include <librdkafka/rdkafka_mock.h>

#include "log/wire/messages/api_key.h"

namespace weir::log {

class MockCluster {
 public:
  explicit MockCluster(int brokers) {
    char error[512];
    owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, nullptr, error, sizeof error);
    cluster_ = rd_kafka_mock_cluster_new(owner_, brokers);
  }
  ~MockCluster() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(owner_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  std::string servers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void create(const std::string& topic, int partitions, int replicas = 1) {
    rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, replicas);
  }
  // Brokers are numbered from 1.
  void set_leader(const std::string& topic, int partition, int broker) {
    rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker);
  }
  void set_group_coordinator(const std::string& group, int broker) {
    rd_kafka_mock_coordinator_set(cluster_, "group", group.c_str(), broker);
  }
  void set_transaction_coordinator(const std::string& id, int broker) {
    rd_kafka_mock_coordinator_set(cluster_, "transaction", id.c_str(), broker);
  }
  void set_down(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
  void set_up(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }
  // How long each answer of the broker takes.
  void set_round_trip(int broker, int ms) { rd_kafka_mock_broker_set_rtt(cluster_, broker, ms); }
  // The next requests of this API are answered so, by whichever broker.
  void push_errors(wire::ApiKey api, std::initializer_list<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(api), errors.size(), errors.begin());
  }
  void set_versions(wire::ApiKey api, std::int16_t min, std::int16_t max) {
    rd_kafka_mock_set_apiversion(cluster_, static_cast<std::int16_t>(api), min, max);
  }

 private:
  rd_kafka_t* owner_;
  rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace weir::log
