#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "connect/connectors/redis/redis_connectors.h"

namespace weir::connect {

namespace {

using Commands = std::vector<std::vector<std::string>>;

// Text and bytes as they are, all else as JSON.
Result<std::string> redis_bytes(Payload& payload) {
  if (payload.is_null()) return std::string();
  for (Encoding raw : {Encoding::string, Encoding::json, Encoding::bytes}) {
    if (const auto bytes = payload.bytes_as(raw)) return std::string(*bytes);
  }
  WEIR_TRY_VAR(datum, payload.datum());
  if (const auto* text = datum->value.get_if<std::string>()) return *text;
  if (const auto* blob = datum->value.get_if<Blob>()) return blob->bytes;
  std::string json;
  WEIR_TRY(payload.append_json_to(json));
  return json;
}

void replace_all(std::string_view name, std::string_view with, std::string& text) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + with.size())) {
    text.replace(at, name.size(), with);
  }
}

class RedisSink final : public Sink {
 public:
  RedisSink(RedisOptions server, RedisSinkOptions options) : server_(std::move(server)), options_(std::move(options)) {}

  Result<SinkStarted> start(const SinkStart& from) override {
    redis_.reset();
    commands_.clear();
    moved_.clear();
    checked_.clear();
    epochs_.clear();
    owner_ = from.owner.substr(0, from.owner.find(','));
    if (auto blank = owner_.find(' '); blank != std::string::npos) owner_ = owner_.substr(blank + 1);
    WEIR_TRY_VAR(redis, RedisConnection::open(server_));
    SinkStarted started;
    for (const auto& partition : from.partitions) {
      const std::string key = position_key(partition);
      const std::string topic = topic_id(from.owner, partition.topic);
      WEIR_TRY_VAR(replies, redis->run_all({{"HINCRBY", key, "epoch", "1"}, {"HMGET", key, "position", "topic"}}));
      const RedisReply& position = replies.at(1).list.at(0);
      const RedisReply& known = replies.at(1).list.at(1);
      if (known.is == RedisReply::Is::text && known.text != topic) {
        return fail(ErrorCode::invalid_config, "redis: " + key +
                                                   " is of another log's topic of this name; give the connector a new "
                                                   "name, or delete that key to begin anew");
      }
      WEIR_TRY(redis->run({"HSET", key, "topic", topic}));
      epochs_[partition] = std::to_string(replies.at(0).integer);
      std::int64_t offset = -1;
      (void)std::from_chars(position.text.data(), position.text.data() + position.text.size(), offset);
      if (offset >= 0) started.positions[partition] = log::Offset(offset);
    }
    redis_ = std::move(redis);
    return started;
  }

  Result<> put(std::span<ConnectRecord> records) override {
    Commands commands;
    for (ConnectRecord& record : records) {
      WEIR_TRY_VAR(command, command_of(record));
      commands.push_back(std::move(command));
    }
    WEIR_TRY(check_types(commands));
    constexpr std::size_t kMost = 20'000;
    if (commands_.size() > kMost) WEIR_TRY(flush());  // what was put before
    commands_.insert(commands_.end(), std::make_move_iterator(commands.begin()),
                     std::make_move_iterator(commands.end()));
    for (const ConnectRecord& record : records) {
      if (record.origin) moved_[*record.origin->partition] = record.origin->offset + 1;
    }
    return {};
  }

  Result<std::string> flush() override {
    if (moved_.empty()) return std::string();
    std::vector<std::string> watch{"WATCH"};
    Commands questions;
    for (const auto& [partition, offset] : moved_) {
      watch.push_back(position_key(partition));
      questions.push_back({"HGET", position_key(partition), "epoch"});
    }
    questions.insert(questions.begin(), std::move(watch));
    WEIR_TRY_VAR(epochs, redis_->run_all(questions));
    std::size_t place = 1;
    for (const auto& [partition, offset] : moved_) {
      if (epochs.at(place++).text != epochs_[partition]) return fail(fenced(partition));
    }
    Commands all{{"MULTI"}};
    all.insert(all.end(), commands_.begin(), commands_.end());
    for (const auto& [partition, offset] : moved_) {
      all.push_back({"HSET", position_key(partition), "position", std::to_string(offset.value())});
    }
    all.push_back({"EXEC"});
    WEIR_TRY_VAR(replies, redis_->run_all(all));
    if (replies.back().is == RedisReply::Is::null) return fail(fenced(moved_.begin()->first));
    commands_.clear();
    moved_.clear();
    return std::string();
  }

 private:
  static std::string topic_id(const std::string& owner, const std::string& topic) {
    const std::string begin = ", " + topic + " ";
    const std::size_t found = owner.find(begin);
    if (found == std::string::npos) return {};
    return owner.substr(found + begin.size(), owner.find(',', found + 1) - found - begin.size());
  }

  std::string position_key(const log::TopicPartition& partition) const {
    return "weir:{" + owner_ + "}:" + partition.topic + ":" + std::to_string(partition.partition.value());
  }

  Error fenced(const log::TopicPartition& partition) const {
    return {ErrorCode::producer_fenced, "redis: another writer took over " + position_key(partition)};
  }

  Result<std::vector<std::string>> command_of(ConnectRecord& record) const {
    WEIR_TRY_VAR(key, redis_bytes(record.key));
    std::string place = options_.key;
    replace_all("${topic}", record.topic, place);
    replace_all("${key}", key, place);
    if (place.empty()) return fail(ErrorCode::invalid_record, "redis: it has no key, which is to be its place");
    WEIR_TRY_VAR(value, redis_bytes(record.value));
    switch (options_.write) {
      case RedisWrite::stream: {
        std::vector<std::string> command{"XADD", std::move(place), "*"};
        if (!record.key.is_null()) command.insert(command.end(), {"key", std::move(key)});
        command.insert(command.end(), {"value", std::move(value)});
        return command;
      }
      case RedisWrite::list:
        return std::vector<std::string>{"RPUSH", std::move(place), std::move(value)};
      case RedisWrite::channel:
        return std::vector<std::string>{"PUBLISH", std::move(place), std::move(value)};
      case RedisWrite::value:
        if (record.value.is_null()) return std::vector<std::string>{"DEL", std::move(place)};
        return std::vector<std::string>{"SET", std::move(place), std::move(value)};
    }
    return std::vector<std::string>{};
  }

  // A MULTI is not taken back where one of its commands fails: what could make one fail is looked for before.
  Result<> check_types(const Commands& commands) {
    if (options_.write != RedisWrite::stream && options_.write != RedisWrite::list) return {};
    const std::string_view wanted = options_.write == RedisWrite::stream ? "stream" : "list";
    std::set<std::string> fresh;
    for (const auto& command : commands) {
      if (!checked_.contains(command[1])) fresh.insert(command[1]);
    }
    Commands questions;
    for (const auto& key : fresh) questions.push_back({"TYPE", key});
    if (questions.empty()) return {};
    WEIR_TRY_VAR(types, redis_->run_all(questions));
    for (std::size_t i = 0; i < questions.size(); ++i) {
      if (types[i].text != "none" && types[i].text != wanted) {
        return fail(ErrorCode::invalid_record,
                    "redis: " + questions[i][1] + " is a " + types[i].text + ", no " + std::string(wanted));
      }
    }
    checked_.merge(fresh);
    return {};
  }

  RedisOptions server_;
  RedisSinkOptions options_;
  std::string owner_;  // the connector's name
  std::unique_ptr<RedisConnection> redis_;
  Commands commands_;  // since the last flush
  std::map<log::TopicPartition, log::Offset> moved_;
  std::map<log::TopicPartition, std::string> epochs_;
  std::set<std::string> checked_;  // keys that are of the right type, or were not there
};

}  // namespace

std::unique_ptr<Sink> redis_sink(RedisOptions server, RedisSinkOptions options) {
  return std::make_unique<RedisSink>(std::move(server), std::move(options));
}

}  // namespace weir::connect
