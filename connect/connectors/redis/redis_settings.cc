// The classes of connectors to Redis, and their settings.
#include <array>

#include "connect/connectors/redis/redis_connectors.h"

namespace weir::connect {

namespace {

constexpr Setting kRedisHost = {.name = "redis.host", .otherwise = "localhost", .meaning = "where the server is"};
constexpr Setting kRedisPort = {.name = "redis.port",
                                .type = SettingType::integer,
                                .otherwise = "6379",
                                .least = 1,
                                .most = 65'535,
                                .meaning = "its port"};
constexpr Setting kRedisSocket = {.name = "redis.socket", .meaning = "its Unix socket, instead of host and port"};
constexpr Setting kRedisUser = {.name = "redis.user", .meaning = "who it is to the server; default its default user"};
constexpr Setting kRedisPassword = {.name = "redis.password", .meaning = "of the user", .secret = Secret::yes};
constexpr Setting kRedisDatabase = {.name = "redis.database",
                                    .type = SettingType::integer,
                                    .otherwise = "0",
                                    .least = 0,
                                    .most = 1'000'000,
                                    .meaning = "the number of the database"};
constexpr Setting kRedisTimeout = {
    .name = "redis.timeout.ms",
    .type = SettingType::integer,
    .otherwise = "10000",
    .least = 1,
    .most = 600'000,
    .meaning = "how long to wait for an answer; then it is an outage, which is tried again"};

constexpr auto kRedisSource = std::to_array<Setting>({
    kRedisHost,
    kRedisPort,
    kRedisSocket,
    kRedisUser,
    kRedisPassword,
    kRedisDatabase,
    kRedisTimeout,
    {.name = "redis.streams", .type = SettingType::list, .meaning = "streams to read, separated by commas"},
    {.name = "redis.list", .meaning = "or a list, whose elements are taken out"},
    {.name = "redis.channels",
     .type = SettingType::list,
     .meaning = "or channels to listen to, separated by commas; one with * in it is a pattern"},
    {.name = "start.from",
     .type = SettingType::choice,
     .otherwise = "earliest",
     .choices = "earliest|latest",
     .meaning = "where to begin in a stream that was not read yet"},
    {.name = "key.field", .meaning = "the field of a stream's entry that is the record's key"},
    {.name = "value.field",
     .meaning = "the field of a stream's entry that is the record's value; without it all fields are, as a map"},
    {.name = "list.side",
     .type = SettingType::choice,
     .otherwise = "left",
     .choices = "left|right",
     .meaning = "the end of the list from which elements are taken: left if they are added by RPUSH"},
});

constexpr auto kRedisSink = std::to_array<Setting>({
    kRedisHost,
    kRedisPort,
    kRedisSocket,
    kRedisUser,
    kRedisPassword,
    kRedisDatabase,
    kRedisTimeout,
    {.name = "redis.write",
     .type = SettingType::choice,
     .otherwise = "stream",
     .choices = "stream|list|channel|value",
     .meaning =
         "stream: XADD with fields key and value; list: RPUSH; channel: PUBLISH; value: SET, and DEL where a record "
         "has no value"},
    {.name = "redis.key",
     .otherwise = "${topic}",
     .meaning = "of which stream, list, channel or key; ${topic} and ${key} are the record's"},
});

RedisOptions redis_options(const Settings& settings) {
  return {.host = settings.text("redis.host"),
          .port = static_cast<int>(settings.integer("redis.port")),
          .socket = settings.text("redis.socket"),
          .user = settings.text("redis.user"),
          .password = settings.text("redis.password"),
          .database = static_cast<int>(settings.integer("redis.database")),
          .timeout = Millis(settings.integer("redis.timeout.ms"))};
}

Result<std::vector<ConnectorClass::TaskSettings>> only_task(const Settings&, std::size_t) {
  return std::vector<ConnectorClass::TaskSettings>(1);
}

}  // namespace

ConnectorClass redis_source_class() {
  return {.names = {"redis-source"},
          .settings = kRedisSource,
          .summary = "Reads streams, a list or channels of Redis.",
          .guarantee =
              "exactly once of streams and lists; of channels at most once: who does not listen misses what is said",
          .tasks = only_task,
          .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
            RedisSourceOptions options;
            options.name = settings.text("name");
            options.streams = settings.list("redis.streams");
            options.list = settings.text("redis.list");
            options.channels = settings.list("redis.channels");
            const int named =
                (options.streams.empty() ? 0 : 1) + (options.list.empty() ? 0 : 1) + (options.channels.empty() ? 0 : 1);
            if (named != 1) {
              return fail(settings.wrong("redis.streams", "set one of redis.streams, redis.list and redis.channels"));
            }
            options.begin = static_cast<RedisBegin>(settings.choice("start.from"));
            options.key_field = settings.text("key.field");
            options.value_field = settings.text("value.field");
            options.is_left = settings.text("list.side") == "left";
            return redis_source(redis_options(settings), std::move(options));
          }};
}

ConnectorClass redis_sink_class() {
  return {.names = {"redis-sink"},
          .settings = kRedisSink,
          .summary = "Writes records to streams, lists, channels or keys of Redis.",
          .guarantee = "exactly once, as far as Redis keeps what it acknowledged: positions are in the same MULTI",
          .make_sink = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Sink>> {
            return redis_sink(redis_options(settings),
                              {static_cast<RedisWrite>(settings.choice("redis.write")), settings.text("redis.key")});
          }};
}

}  // namespace weir::connect
