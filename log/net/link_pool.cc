#include "log/net/link_pool.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <boost/asio/post.hpp>

namespace weir::log::net {

// Leases ----------------------------------------------------------------------------------------------------------

LinkPool::Lease::~Lease() {
  if (entry_ != nullptr) pool_->give_back(*entry_);
}

const BrokerLink& LinkPool::Lease::link() const {
  return *entry_->link;
}

void LinkPool::Lease::use(std::shared_ptr<LinkRequest> request) && {
  auto entry = std::move(entry_);
  auto& pool = *pool_;
  request->done = [&pool, entry, caller = entry->caller, done = std::move(request->done)](Result<SharedBytes> answer) {
    if (!answer) pool.looked_up(entry->link->at(), *caller);  // it learns by this error
    pool.give_back(*entry);
    done(std::move(answer));
  };
  boost::asio::post(pool.thread_.context(),
                    [link = entry->link, request = std::move(request)]() mutable { link->send(std::move(request)); });
}

std::function<void(Error)> LinkPool::Lease::closer() const {
  return [&thread = pool_->thread_, link = std::weak_ptr(entry_->link)](Error why) {
    boost::asio::post(thread.context(), [link, why = std::move(why)] {
      if (const auto there = link.lock()) there->close(why);
    });
  };
}

Task<Result<LinkPool::Lease>> LinkPool::lease(HostPort at, wire::AnswerTime time, Executor& caller, Knows knows) {
  for (;;) {
    auto wait = std::make_shared<Wait>(caller, time);  // shared: with the pool, which tells it
    WEIR_CO_TRY_VAR(entry, take(at, time, caller, knows, wait));
    if (entry != nullptr) co_return Lease(*this, std::move(entry));
    co_await wait->waiter;
    if (wait->failure) co_return fail(*wait->failure);
  }
}

Result<std::shared_ptr<LinkPool::Entry>> LinkPool::take(const HostPort& at, wire::AnswerTime time, Executor& caller,
                                                        Knows knows, const std::shared_ptr<Wait>& wait) {
  MutexLock lock(mutex_);
  if (is_closed_) return fail(ErrorCode::closed, "the client is closed");
  const bool is_awaited = time == wire::AnswerTime::awaited;
  const std::string key = at.to_string();
  Server& server = servers_[key];
  if (is_news(server, caller) && knows == Knows::the_node) {
    return fail(ErrorCode::io_error, key + ": the connection broke since the last request");
  }
  auto& all = server.entries;
  const auto may_share = [&](const std::shared_ptr<Entry>& one) {
    return one->is_open && one->requests > 0 && one->caller == &caller && !one->is_awaited;
  };
  const auto is_free = [](const std::shared_ptr<Entry>& one) {
    return one->is_open && one->requests == 0;
  };
  auto found = is_awaited ? all.rend() : std::find_if(all.rbegin(), all.rend(), may_share);
  if (found == all.rend()) found = std::find_if(all.rbegin(), all.rend(), is_free);
  if (found != all.rend()) {
    auto entry = *found;
    ++entry->requests;
    entry->caller = &caller;
    entry->is_awaited = is_awaited;
    std::rotate(found.base() - 1, found.base(), all.end());
    return entry;
  }
  std::erase_if(server.waits, [](const auto& one) { return one->waiter.is_woken(); });  // those that have gone
  server.waits.push_back(wait);
  const auto opening = std::ranges::count_if(all, [](const auto& one) { return !one->is_open; });
  if (static_cast<std::size_t>(opening) < links_for(server.waits)) open_one_more(key, server, at);
  return nullptr;
}

// Has the way to it broken since this caller asked last? Told once.
bool LinkPool::is_news(Server& server, const Executor& caller) {
  if (server.known_breaks.size() > Server::kMostCallers) server.known_breaks.clear();
  const auto [known, is_new] = server.known_breaks.try_emplace(&caller, server.breaks);
  return std::exchange(known->second, server.breaks) != server.breaks;
}

void LinkPool::looked_up(const HostPort& at, const Executor& caller) {
  MutexLock lock(mutex_);
  (void)is_news(servers_[at.to_string()], caller);
}

std::size_t LinkPool::links_for(const std::vector<std::shared_ptr<Wait>>& waits) {
  std::set<const Executor*> sharing;
  std::size_t alone = 0;
  for (const auto& wait : waits) {
    if (wait->time == wire::AnswerTime::awaited) {
      ++alone;
    } else {
      sharing.insert(wait->caller);
    }
  }
  return sharing.size() + alone;
}

void LinkPool::give_back(Entry& entry) {
  std::vector<std::shared_ptr<Wait>> waits;
  {
    MutexLock lock(mutex_);
    if (--entry.requests > 0) return;
    entry.is_awaited = false;
    const auto server = servers_.find(entry.server);
    if (server != servers_.end()) waits = std::exchange(server->second.waits, {});
  }
  for (const auto& wait : waits) wait->waiter.wake();  // they look again
}

// Opening and closing ---------------------------------------------------------------------------------------------

std::int64_t LinkPool::pause_ns(int failures) {
  if (failures == 0) return 0;
  double pause_ms = static_cast<double>(options_.reconnect_backoff.count());
  for (int i = 1; i < std::min(failures, 40); ++i) pause_ms *= 2;
  pause_ms = std::min(pause_ms, static_cast<double>(options_.reconnect_backoff_max.count()));
  return static_cast<std::int64_t>(pause_ms * std::uniform_real_distribution(0.8, 1.2)(random_) * 1e6);
}

void LinkPool::open_one_more(const std::string& key, Server& server, const HostPort& at) {
  auto entry = std::make_shared<Entry>();
  entry->server = key;
  entry->link = std::make_shared<BrokerLink>(thread_, clock_, at, options_.link,
                                             BrokerLink::Events{[this, entry] { opened(entry); },
                                                                [this, entry](const Error& why) {
                                                                  closed(entry, why);
                                                                }});
  server.entries.insert(server.entries.begin(), entry);
  const std::int64_t now_ns = clock_.monotonic_ns();
  const std::int64_t start_ns = std::max(now_ns, server.not_before_ns);
  entry->opening_until_ns =
      saturated_sum(start_ns, saturated_product(options_.connect_timeout.count(), std::int64_t{1'000'000}));
  const std::string late =
      at.to_string() + ": no connection within " + std::to_string(options_.connect_timeout.count()) + " ms";
  entry->opening_timer = timers_.at(entry->opening_until_ns, [this, link = entry->link, late] {
    boost::asio::post(thread_.context(), [link, late] { link->close({ErrorCode::io_error, late}); });
  });
  const auto open = [this, link = entry->link] {
    boost::asio::post(thread_.context(), [link] { link->open(); });
  };
  if (start_ns > now_ns) {
    timers_.at(start_ns, open);
  } else {
    open();
  }
}

void LinkPool::opened(const std::shared_ptr<Entry>& entry) {
  std::vector<std::shared_ptr<Wait>> waits;
  {
    MutexLock lock(mutex_);
    timers_.cancel(entry->opening_until_ns, entry->opening_timer);
    entry->is_open = true;
    Server& server = servers_[entry->server];
    server.failures = 0;
    server.not_before_ns = 0;
    waits = std::exchange(server.waits, {});
  }
  for (const auto& wait : waits) wait->waiter.wake();
}

void LinkPool::closed(const std::shared_ptr<Entry>& entry, const Error& why) {
  std::vector<std::shared_ptr<Wait>> waits;
  {
    MutexLock lock(mutex_);
    timers_.cancel(entry->opening_until_ns, entry->opening_timer);
    Server& server = servers_[entry->server];
    std::erase(server.entries, entry);
    if (entry->is_open) ++server.breaks;
    if (!entry->is_open && !is_closed_) {
      server.not_before_ns = clock_.monotonic_ns() + pause_ns(++server.failures);
      const bool others_try = std::ranges::any_of(server.entries, [](const auto& one) { return !one->is_open; });
      if (!others_try) waits = std::exchange(server.waits, {});
    }
    entry->is_open = false;
  }
  for (const auto& wait : waits) {
    wait->failure = why;
    wait->waiter.wake();
  }
}

void LinkPool::close() {
  std::vector<std::shared_ptr<Wait>> waits;
  {
    MutexLock lock(mutex_);
    is_closed_ = true;
    for (auto& [key, server] : servers_) {
      for (const auto& entry : server.entries) {
        boost::asio::post(thread_.context(), [link = entry->link] {
          link->close({ErrorCode::closed, "the client is closed"});
        });
      }
      std::ranges::move(server.waits, std::back_inserter(waits));
      server.waits.clear();
    }
  }
  for (const auto& wait : waits) {
    wait->failure = Error{ErrorCode::closed, "the client is closed"};
    wait->waiter.wake();
  }
}

}  // namespace weir::log::net
