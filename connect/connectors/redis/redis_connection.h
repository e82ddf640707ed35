// RedisConnection: one connection to Redis by hiredis: commands and replies, and what comes unasked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "log/base/result.h"

struct redisContext;
struct redisReply;

namespace weir::connect {

struct RedisOptions {
  std::string host = "localhost";
  int port = 6379;
  std::string socket{};  // a path, instead of host and port
  std::string user{};
  std::string password{};
  int database = 0;
  Millis timeout{10'000};
};

struct RedisReply {
  enum class Is { null, text, integer, list };
  Is is = Is::null;
  OwnedBytes text{};
  std::int64_t integer = 0;
  std::vector<RedisReply> list{};
};

// One owner thread. Errors: `unavailable` where the server cannot be reached, is loading or gone; `permission_denied`
// where it does not let this user in; `invalid_config` for what else it says. After `unavailable` it is of no more use.
class RedisConnection {
 public:
  static Result<std::unique_ptr<RedisConnection>> open(const RedisOptions& options);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  // `blocks`: how long the server itself may take to answer.
  Result<RedisReply> run(const std::vector<std::string>& command, Millis blocks = Millis(0));
  // The same for several at once; each answer must be no error. invalid_config names the first that is.
  Result<std::vector<RedisReply>> run_all(const std::vector<std::vector<std::string>>& commands);
  // What the server sends to a subscriber; nullopt: nothing in this time.
  Result<std::optional<RedisReply>> next_push(Millis patience);

 private:
  explicit RedisConnection(redisContext* context, Millis timeout) : context_(context), timeout_(timeout) {}

  Error lost(const std::string& what) const;
  Result<> set_timeout(Millis timeout);
  static Result<RedisReply> meaning_of(const redisReply* reply);
  Result<RedisReply> read_reply();

  redisContext* context_;
  Millis timeout_;
};

}  // namespace weir::connect
