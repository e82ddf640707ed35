#include <algorithm>
#include <charconv>
#include <deque>
#include <utility>

#include "connect/connectors/redis/redis_connectors.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

std::string named_partition(std::string_view kind, const std::string& name) {
  std::string json = "{\"" + std::string(kind) + "\":";
  append_json_string(name, json);
  return json + "}";
}

// The text of a member of a position.
Result<std::string> member_of(const OwnedBytes& position, std::string_view member) {
  auto document = JsonDocument::parse(position);
  const JsonValue* found = document && document->root().is_object() ? document->root().member(member) : nullptr;
  if (found == nullptr) return fail(ErrorCode::corrupt_data, "not a position of Redis: " + position);
  return std::string(found->text());
}

// Entries of streams, by their ids.
class RedisStreams final : public Source {
 public:
  RedisStreams(RedisOptions server, RedisSourceOptions options)
      : server_(std::move(server)), options_(std::move(options)) {}

  Result<> start(const SourcePositions& committed, Input) override {
    redis_.reset();
    ids_.clear();
    begun_.clear();
    WEIR_TRY_VAR(redis, RedisConnection::open(server_));
    for (const auto& stream : options_.streams) {
      auto found = committed.find(named_partition("stream", stream));
      if (found != committed.end()) {
        WEIR_TRY_VAR(id, member_of(found->second, "id"));
        ids_.push_back(std::move(id));
        continue;
      }
      WEIR_TRY_VAR(id, first_id(*redis, stream));
      ids_.push_back(id);
      if (options_.begin == RedisBegin::latest) begun_.push_back(stream);
    }
    redis_ = std::move(redis);
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      const bool is_begun = std::find(begun_.begin(), begun_.end(), options_.streams[i]) != begun_.end();
      if (is_begun) into.positions[named_partition("stream", options_.streams[i])] = position(ids_[i]);
    }
    begun_.clear();
    std::vector<std::string> command{"XREAD",
                                     "COUNT",
                                     std::to_string(max_records),
                                     "BLOCK",
                                     std::to_string(std::max<std::int64_t>(patience.count(), 1)),
                                     "STREAMS"};
    command.insert(command.end(), options_.streams.begin(), options_.streams.end());
    command.insert(command.end(), ids_.begin(), ids_.end());
    WEIR_TRY_VAR(reply, redis_->run(command, patience));
    into.at_end = reply.list.empty();
    for (const RedisReply& stream : reply.list) WEIR_TRY(take(stream, into));
    return {};
  }

 private:
  static std::string position(const std::string& id) { return "{\"id\":\"" + id + "\"}"; }

  Result<std::string> first_id(RedisConnection& redis, const std::string& stream) const {
    if (options_.begin == RedisBegin::earliest) return std::string("0-0");
    WEIR_TRY_VAR(last, redis.run({"XREVRANGE", stream, "+", "-", "COUNT", "1"}));
    return last.list.empty() ? std::string("0-0") : last.list[0].list.at(0).text;
  }

  Result<> take(const RedisReply& stream, SourceBatch& into) {
    const std::string& name = stream.list.at(0).text;
    const auto place = std::find(options_.streams.begin(), options_.streams.end(), name) - options_.streams.begin();
    for (const RedisReply& entry : stream.list.at(1).list) {
      const std::string& id = entry.list.at(0).text;
      add(name, id, entry.list.at(1).list, into);
      ids_.at(static_cast<std::size_t>(place)) = id;
    }
    into.positions[named_partition("stream", name)] = position(ids_.at(static_cast<std::size_t>(place)));
    return {};
  }

  // Fields and values alternate; the id begins with milliseconds since 1970.
  void add(const std::string& stream, const std::string& id, const std::vector<RedisReply>& fields,
           SourceBatch& into) const {
    ConnectRecord& record = into.records.add();
    (void)std::from_chars(id.data(), id.data() + id.size(), record.timestamp_ms);
    Map map;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const std::string& name = fields[i].text;
      if (name == options_.key_field) record.key = Payload::text(fields[i + 1].text);
      if (name == options_.value_field) record.value = Payload::text(fields[i + 1].text);
      if (options_.value_field.empty()) map.set(name, Value(fields[i + 1].text));
    }
    if (options_.value_field.empty()) record.value = Datum{nullptr, Value(std::move(map))};
    record.headers.push_back({"redis.stream", {schema_of(Type::string), Value(stream)}});
    record.headers.push_back({"redis.id", {schema_of(Type::string), Value(id)}});
  }

  RedisOptions server_;
  RedisSourceOptions options_;
  std::vector<std::string> ids_;    // of each stream, the last that was given
  std::vector<std::string> begun_;  // whose beginning is not written yet
  std::unique_ptr<RedisConnection> redis_;
};

// Elements of a list, by way of a list of the connector's own.
class RedisList final : public Source {
 public:
  RedisList(RedisOptions server, RedisSourceOptions options)
      : server_(std::move(server)),
        options_(std::move(options)),
        own_(options_.list + ":weir:" + options_.name),
        count_(own_ + ":taken") {}

  Result<> start(const SourcePositions& committed, Input) override {
    redis_.reset();
    waiting_.clear();
    given_ = 0;
    taken_ = 0;
    if (auto found = committed.find(named_partition("list", options_.list)); found != committed.end()) {
      WEIR_TRY_VAR(text, member_of(found->second, "taken"));
      (void)std::from_chars(text.data(), text.data() + text.size(), taken_);
    }
    WEIR_TRY_VAR(redis, RedisConnection::open(server_));
    WEIR_TRY_VAR(known, redis->run({"GET", count_}));
    std::int64_t out = taken_;  // of a Redis that knows nothing of it, nothing is left to be taken out
    (void)std::from_chars(known.text.data(), known.text.data() + known.text.size(), out);
    redis_ = std::move(redis);
    WEIR_TRY(take_out(taken_ - out, taken_));
    WEIR_TRY_VAR(left, redis_->run({"LRANGE", own_, "0", "-1"}));
    for (RedisReply& element : left.list) waiting_.push_back(std::move(element.text));
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    into.at_end = false;
    if (waiting_.empty()) WEIR_TRY(move(max_records, patience));
    for (; !waiting_.empty() && into.records.size() < max_records; waiting_.pop_front()) {
      ConnectRecord& record = into.records.add();
      record.timestamp_ms = now_ms;
      record.value = Payload::text(std::move(waiting_.front()));
      ++given_;
    }
    into.at_end = into.records.empty();
    if (given_ > 0) {
      into.positions[named_partition("list", options_.list)] = "{\"taken\":" + std::to_string(taken_ + given_) + "}";
    }
    return {};
  }

  Result<> committed() override {
    if (given_ == 0) return {};
    taken_ += given_;
    const std::int64_t out = std::exchange(given_, 0);
    return take_out(out, taken_);
  }

 private:
  // The first of the own list, in one step with the count of all.
  Result<> take_out(std::int64_t elements, std::int64_t count) {
    std::vector<std::vector<std::string>> commands{{"MULTI"}};
    if (elements > 0) commands.push_back({"LTRIM", own_, std::to_string(elements), "-1"});
    commands.push_back({"SET", count_, std::to_string(count)});
    commands.push_back({"EXEC"});
    WEIR_TRY(redis_->run_all(commands));
    return {};
  }

  Result<> move(std::size_t max_records, Millis patience) {
    const std::string from = options_.is_left ? "LEFT" : "RIGHT";
    constexpr std::size_t kAtOnce = 500;
    const std::vector<std::string> one{"LMOVE", options_.list, own_, from, "RIGHT"};
    for (bool more = true; more && waiting_.size() < max_records;) {
      const std::size_t count = std::min(kAtOnce, max_records - waiting_.size());
      WEIR_TRY_VAR(replies, redis_->run_all(std::vector<std::vector<std::string>>(count, one)));
      for (RedisReply& reply : replies) {
        more = reply.is == RedisReply::Is::text;
        if (more) waiting_.push_back(std::move(reply.text));
      }
    }
    if (!waiting_.empty() || patience.count() == 0) return {};
    const std::string seconds = std::to_string(static_cast<double>(patience.count()) / 1'000);
    WEIR_TRY_VAR(next, redis_->run({"BLMOVE", options_.list, own_, from, "RIGHT", seconds}, patience));
    if (next.is == RedisReply::Is::text) waiting_.push_back(std::move(next.text));
    return {};
  }

  RedisOptions server_;
  RedisSourceOptions options_;
  std::string own_;
  std::string count_;
  std::unique_ptr<RedisConnection> redis_;
  std::deque<OwnedBytes> waiting_;  // in the own list, and not given yet
  std::int64_t taken_ = 0;          // all that is committed
  std::int64_t given_ = 0;          // and what was given since
};

class RedisChannels final : public Source {
 public:
  RedisChannels(RedisOptions server, RedisSourceOptions options)
      : server_(std::move(server)), options_(std::move(options)) {}

  Result<> start(const SourcePositions&, Input) override {
    redis_.reset();
    WEIR_TRY_VAR(redis, RedisConnection::open(server_));
    for (const auto& channel : options_.channels) {
      const bool is_pattern = channel.find('*') != std::string::npos;
      WEIR_TRY(redis->run({is_pattern ? "PSUBSCRIBE" : "SUBSCRIBE", channel}));
    }
    redis_ = std::move(redis);
    return {};
  }

  Result<> poll(std::size_t max_records, Millis patience, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    into.positions.clear();
    while (into.records.size() < max_records) {
      WEIR_TRY_VAR(push, redis_->next_push(into.records.empty() ? patience : Millis(0)));
      if (!push) break;
      const auto& parts = push->list;  // message CHANNEL TEXT, or pmessage PATTERN CHANNEL TEXT
      if (parts.size() < 3 || (parts[0].text != "message" && parts[0].text != "pmessage")) continue;
      ConnectRecord& record = into.records.add();
      record.timestamp_ms = now_ms;
      record.key = Payload::text(parts[parts.size() - 2].text);
      record.value = Payload::text(parts.back().text);
    }
    into.at_end = into.records.empty();
    return {};
  }

 private:
  RedisOptions server_;
  RedisSourceOptions options_;
  std::unique_ptr<RedisConnection> redis_;
};

}  // namespace

std::unique_ptr<Source> redis_source(RedisOptions server, RedisSourceOptions options) {
  if (!options.streams.empty()) return std::make_unique<RedisStreams>(std::move(server), std::move(options));
  if (!options.list.empty()) return std::make_unique<RedisList>(std::move(server), std::move(options));
  return std::make_unique<RedisChannels>(std::move(server), std::move(options));
}

}  // namespace weir::connect
