// FetchSessions: readers that say what has changed of what they read, and are told what has changed of it, instead of
// everything each time (KIP-227).
//
// A session is made by a request of epoch 0 that names all partitions; those that follow name what is new, what is read
// from elsewhere and what is to be forgotten, and count up. An answer has the partitions with records or an error, and
// those whose high watermark, last stable offset or start have moved. A partition whose records went out goes behind
// the others, so that none starves behind the limits.
//
// There are so many sessions at most: a newcomer takes the place of one that was not used for two minutes, or of the
// smallest that is smaller than it is, or has none: its answer has session id 0, and it asks for everything each time.
//
// No I/O and no clock; thread-safe.
#pragma once

#include <list>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "log/base/clock.h"
#include "log/base/mutex.h"
#include "log/base/result.h"
#include "log/wire/messages/fetch.h"

namespace weir::log::broker {

class FetchSessions {
 public:
  struct Limits {
    std::size_t sessions = 1'000;        // max.incremental.fetch.session.cache.slots
    std::size_t partitions = 1'000'000;  // of all sessions together
    Millis idle{120'000};                // whoever was silent for so long gives its place away
  };

  // One request's part in a session.
  struct Turn {
    std::int32_t session_id = 0;  // for the answer; 0: none
    bool is_incremental = false;  // only what has changed is told
  };

  FetchSessions(Limits limits, std::uint64_t seed) : limits_(limits), random_(seed) {}

  // The topics of the request become all that it is about. fetch_session_id_not_found, invalid_fetch_session_epoch,
  // fetch_session_topic_id_error: topics were named the other way when the session was made.
  Result<Turn> begin(wire::FetchRequest& request, std::int16_t version, std::int64_t now_ms) WEIR_EXCLUDES(mutex_);
  // What need not be told goes from the answer.
  void end(const Turn& turn, wire::FetchResponse& response) WEIR_EXCLUDES(mutex_);

  std::size_t size() const WEIR_EXCLUDES(mutex_);

 private:
  using Wanted = wire::FetchRequest::FetchPartition;
  using Told = wire::FetchResponse::PartitionData;
  using Key = std::tuple<TopicId, std::string, PartitionIndex>;

  struct Cached {
    Key key;
    Wanted wanted;
    // As told last; -1: not yet, or an error since.
    Offset high_watermark = kNoOffset;
    Offset last_stable_offset = kNoOffset;
    Offset log_start = kNoOffset;
  };
  struct Session {
    std::int32_t epoch = 1;  // of the next request
    bool names_ids = false;
    std::int64_t used_ms = 0;
    std::list<Cached> partitions{};  // in the order in which they are served
    std::map<Key, std::list<Cached>::iterator> places{};

    void take(const wire::FetchRequest& request);
  };

  Result<Turn> go_on(wire::FetchRequest& request, std::int16_t version, std::int64_t now_ms) WEIR_REQUIRES(mutex_);
  Turn make(const wire::FetchRequest& request, std::int16_t version, std::int64_t now_ms) WEIR_REQUIRES(mutex_);
  bool has_room_for(std::size_t partitions, std::int64_t now_ms) WEIR_REQUIRES(mutex_);
  void remove(std::int32_t id) WEIR_REQUIRES(mutex_);
  static bool must_be_told(Cached& cached, const Told& answer);

  const Limits limits_;
  mutable Mutex mutex_;
  std::mt19937_64 random_ WEIR_GUARDED_BY(mutex_);
  std::map<std::int32_t, Session> sessions_ WEIR_GUARDED_BY(mutex_);
  std::size_t partitions_ WEIR_GUARDED_BY(mutex_) = 0;
};

}  // namespace weir::log::broker
