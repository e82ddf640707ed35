#include "connect/connectors/redis/redis_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <hiredis/hiredis.h>
#include <poll.h>

namespace weir::connect {

namespace {

timeval timeval_of(Millis time) {
  return {static_cast<time_t>(time.count() / 1'000), static_cast<suseconds_t>(time.count() % 1'000 * 1'000)};
}

// By its first word.
ErrorCode redis_code(std::string_view error) {
  const auto word = error.substr(0, error.find(' '));
  for (std::string_view passing : {"LOADING", "BUSY", "TRYAGAIN", "MASTERDOWN", "CLUSTERDOWN", "READONLY"}) {
    if (word == passing) return ErrorCode::unavailable;
  }
  for (std::string_view denied : {"NOAUTH", "WRONGPASS", "NOPERM"}) {
    if (word == denied) return ErrorCode::permission_denied;
  }
  if (word == "OOM" || word == "MISCONF") return ErrorCode::no_space;
  return ErrorCode::invalid_config;
}

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using ReplyHandle = std::unique_ptr<redisReply, FreeReply>;

void append_command(redisContext* context, const std::vector<std::string>& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const auto& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  redisAppendCommandArgv(context, static_cast<int>(words.size()), words.data(), sizes.data());
}

}  // namespace

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisOptions& options) {
  redisContext* context = options.socket.empty()
                              ? redisConnectWithTimeout(options.host.c_str(), options.port, timeval_of(options.timeout))
                              : redisConnectUnixWithTimeout(options.socket.c_str(), timeval_of(options.timeout));
  if (context == nullptr) return fail(ErrorCode::unavailable, "redis: no memory");
  std::unique_ptr<RedisConnection> made(new RedisConnection(context, options.timeout));
  if (context->err != 0) return fail(made->lost("connect"));
  WEIR_TRY(made->set_timeout(options.timeout));
  if (!options.password.empty()) {
    std::vector<std::string> auth{"AUTH"};
    if (!options.user.empty()) auth.push_back(options.user);
    auth.push_back(options.password);
    WEIR_TRY(made->run(auth));
  }
  if (options.database != 0) WEIR_TRY(made->run({"SELECT", std::to_string(options.database)}));
  return made;
}

RedisConnection::~RedisConnection() {
  redisFree(context_);
}

Error RedisConnection::lost(const std::string& what) const {
  const bool timed_out = context_->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK);
  return {ErrorCode::unavailable, "redis: " + what + ": " + (timed_out ? "no answer in time" : context_->errstr)};
}

Result<> RedisConnection::set_timeout(Millis timeout) {
  if (redisSetTimeout(context_, timeval_of(timeout)) == REDIS_OK) return {};
  return fail(lost("timeout"));
}

Result<RedisReply> RedisConnection::meaning_of(const redisReply* reply) {
  RedisReply meaning;
  switch (reply->type) {
    case REDIS_REPLY_ERROR: {
      const std::string error(reply->str, reply->len);
      return fail(redis_code(error), "redis: " + error);
    }
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      meaning.is = RedisReply::Is::text;
      meaning.text.assign(reply->str, reply->len);
      return meaning;
    case REDIS_REPLY_INTEGER:
      meaning.is = RedisReply::Is::integer;
      meaning.integer = reply->integer;
      return meaning;
    case REDIS_REPLY_ARRAY:
      meaning.is = RedisReply::Is::list;
      for (std::size_t i = 0; i < reply->elements; ++i) {
        WEIR_TRY_VAR(element, meaning_of(reply->element[i]));
        meaning.list.push_back(std::move(element));
      }
      return meaning;
    default:
      return meaning;
  }
}

Result<RedisReply> RedisConnection::read_reply() {
  void* raw = nullptr;
  if (redisGetReply(context_, &raw) != REDIS_OK) return fail(lost("read"));
  const ReplyHandle reply(static_cast<redisReply*>(raw));
  return meaning_of(reply.get());
}

Result<RedisReply> RedisConnection::run(const std::vector<std::string>& command, Millis blocks) {
  if (blocks.count() > 0) WEIR_TRY(set_timeout(timeout_ + blocks));
  append_command(context_, command);
  auto reply = read_reply();
  if (blocks.count() > 0 && context_->err == 0) WEIR_TRY(set_timeout(timeout_));
  return reply;
}

Result<std::vector<RedisReply>> RedisConnection::run_all(const std::vector<std::vector<std::string>>& commands) {
  for (const auto& command : commands) append_command(context_, command);
  std::vector<RedisReply> replies;
  std::optional<Error> first;
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto reply = read_reply();
    if (!reply && context_->err != 0) return fail(reply.error());
    if (!reply && !first) first = reply.error();
    if (reply) replies.push_back(*std::move(reply));
  }
  if (first) return fail(*first);
  return replies;
}

Result<std::optional<RedisReply>> RedisConnection::next_push(Millis patience) {
  void* raw = nullptr;
  if (redisGetReplyFromReader(context_, &raw) != REDIS_OK) return fail(lost("read"));
  if (raw == nullptr) {
    pollfd asked{context_->fd, POLLIN, 0};
    const int ready = ::poll(&asked, 1, static_cast<int>(std::min<std::int64_t>(patience.count(), 3'600'000)));
    if (ready <= 0) return std::nullopt;
    if (redisBufferRead(context_) != REDIS_OK) return fail(lost("read"));
    if (redisGetReplyFromReader(context_, &raw) != REDIS_OK) return fail(lost("read"));
  }
  if (raw == nullptr) return std::nullopt;
  const ReplyHandle reply(static_cast<redisReply*>(raw));
  WEIR_TRY_VAR(meaning, meaning_of(reply.get()));
  return meaning;
}

}  // namespace weir::connect
