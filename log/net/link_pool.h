// LinkPool: the connections of one client, by server, and who uses which.
//
// A broker answers the requests of a connection one after another. So a connection carries the requests of one caller
// at a time, in order, and a request that is long in coming (a fetch, a member's wait for its group) has one to itself:
// nobody waits behind somebody else's. A caller is known by its executor. Whoever finds no connection that is free has
// one opened, and one that was used lately is taken first, so that those that are too many fall asleep and are closed.
//
//   ready and not used            anybody's
//   used, by requests that are answered soon      their caller's, for more of them
//   used by one that is awaited   nobody's
//
// Who asks a node after the way to it broke is told so once, instead of being given another connection silently: the
// node may have been started anew meanwhile, and what the caller knows of it (which epochs it leads in) be of before.
//
// A server that cannot be reached is not tried again at once: with every failure the pause is twice as long, up to a
// limit, and a fifth of it more or less by chance. Who asks meanwhile waits for the next try. Thread-safe. For .cc
// files of this folder: it needs Asio.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/executor.h"
#include "log/base/mutex.h"
#include "log/base/task.h"
#include "log/base/timers.h"
#include "log/base/waiter.h"
#include "log/net/broker_link.h"

namespace weir::log::net {

class LinkPool {
 private:
  struct Server;
  struct Entry;

 public:
  struct Options {
    BrokerLink::Options link{};
    Millis connect_timeout{};
    Millis reconnect_backoff{};
    Millis reconnect_backoff_max{};
    std::uint64_t seed = 0;
  };

  // The right to send one request over a link. Given back when it is destroyed, unless it was used.
  class Lease {
   public:
    Lease(LinkPool& pool, std::shared_ptr<Entry> entry) : pool_(&pool), entry_(std::move(entry)) {}
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = default;
    ~Lease();

    const BrokerLink& link() const;
    // Sends it; given back when it is answered, or the link has closed.
    void use(std::shared_ptr<LinkRequest> request) &&;
    // Whatever is on its way over the link is told `why`. Of a link that was leased, later.
    std::function<void(Error)> closer() const;

   private:
    LinkPool* pool_;
    std::shared_ptr<Entry> entry_;  // shared: with the pool, and with what the io thread does
  };

  LinkPool(IoThread& thread, Clock& clock, Timers& timers, Options options)
      : thread_(thread), clock_(clock), timers_(timers), options_(std::move(options)), random_(options_.seed) {}

  enum class Knows : bool { nothing_of_it = false, the_node = true };  // what the caller relies on

  // io_error: the server cannot be reached, or is no broker; or the way to it broke since this caller, who relies on
  // what it knows of the node, has asked or looked it up; names the server. closed: the pool was closed.
  Task<Result<Lease>> lease(HostPort at, wire::AnswerTime time, Executor& caller, Knows knows);
  // What this caller knows of the node there is of now.
  void looked_up(const HostPort& at, const Executor& caller) WEIR_EXCLUDES(mutex_);

  // Everything that waits is told, and nothing is opened any more; once it has returned, what it posted to the io
  // thread closes the links.
  void close() WEIR_EXCLUDES(mutex_);

 private:
  struct Wait {
    Wait(Executor& executor, wire::AnswerTime for_what) : waiter(executor), caller(&executor), time(for_what) {}
    Waiter waiter;
    const Executor* const caller;
    const wire::AnswerTime time;
    std::optional<Error> failure{};  // written before it is woken
  };

  // Null: `wait` is woken when there may be one, or told why there is none.
  Result<std::shared_ptr<Entry>> take(const HostPort& at, wire::AnswerTime time, Executor& caller, Knows knows,
                                      const std::shared_ptr<Wait>& wait) WEIR_EXCLUDES(mutex_);
  static bool is_news(Server& server, const Executor& caller);
  static std::size_t links_for(const std::vector<std::shared_ptr<Wait>>& waits);
  void open_one_more(const std::string& key, Server& server, const HostPort& at) WEIR_REQUIRES(mutex_);
  std::int64_t pause_ns(int failures) WEIR_REQUIRES(mutex_);
  void opened(const std::shared_ptr<Entry>& entry) WEIR_EXCLUDES(mutex_);
  void closed(const std::shared_ptr<Entry>& entry, const Error& why) WEIR_EXCLUDES(mutex_);
  void give_back(Entry& entry) WEIR_EXCLUDES(mutex_);

  IoThread& thread_;
  Clock& clock_;
  Timers& timers_;
  const Options options_;
  Mutex mutex_;
  std::mt19937_64 random_ WEIR_GUARDED_BY(mutex_);
  std::map<std::string, Server> servers_ WEIR_GUARDED_BY(mutex_);  // by "host:port"
  bool is_closed_ WEIR_GUARDED_BY(mutex_) = false;
};

// Under the pool's mutex but for `link`.
struct LinkPool::Entry {
  std::string server;
  std::shared_ptr<BrokerLink> link;  // shared: with its own operations
  bool is_open = false;
  int requests = 0;                  // that hold it
  const Executor* caller = nullptr;  // whose they are; for comparing only
  bool is_awaited = false;           // one of them is long in coming
  std::int64_t opening_until_ns = 0;
  Timers::Id opening_timer = 0;
};

struct LinkPool::Server {
  static constexpr std::size_t kMostCallers = 4'096;  // are remembered; most are gone by then

  std::vector<std::shared_ptr<Entry>> entries;  // used last comes last
  std::vector<std::shared_ptr<Wait>> waits;
  int failures = 0;                                      // since it was reached
  std::int64_t breaks = 0;                               // connections that were open and have closed
  std::map<const Executor*, std::int64_t> known_breaks;  // by callers, for comparing only
  std::int64_t not_before_ns = 0;
};

}  // namespace weir::log::net
