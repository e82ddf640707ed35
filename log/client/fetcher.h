// Fetcher: the fetches of one consumer that are on their way, one a leader for what is not being fetched already.
//
// A fetch waits in the broker until there is data, at most as long as it was told; its owner may go on meanwhile, seek,
// pause or assign, and whoever takes an answer must see whether it is still wanted. What is on its way when this goes
// is taken back. Owner: the consumer's thread; destroyed when the connection's loop turns no more.
#pragma once

#include <vector>

#include "log/client/by_topic.h"
#include "log/client/cluster_view.h"
#include "log/client/consumer.h"
#include "log/wire/messages/fetch.h"

namespace weir::log {

class Fetcher {
 public:
  // What is asked of one partition; `tag` comes back with the answer.
  struct Wanted {
    std::size_t tag = 0;
    const TopicPartition* partition = nullptr;  // for the call only
    Offset offset;
  };
  struct Asked {
    std::size_t tag = 0;
    TopicPartition partition;
    TopicId topic_id;
    Offset offset;
    RequestPlace place{};
  };
  struct Answer {
    std::vector<Asked> asked;
    Result<wire::FetchResponse> response;

    // nullptr where the response says nothing of it.
    const wire::FetchResponse::PartitionData* of(const Asked& asked) const;
  };

  Fetcher(Connection& connection, ClusterView& view, const ConsumerOptions& options)
      : connection_(connection), view_(view), options_(options) {}

  // The topics must be known to the view.
  void start(const std::vector<Wanted>& wanted, Millis max_wait);
  std::vector<Answer> take_answers();
  bool has_answers() const { return !answers_.empty(); }
  bool is_idle() const { return on_the_way_.empty(); }

 private:
  Task<Result<>> fetch(NodeId leader, wire::FetchRequest request, std::vector<Asked> asked);
  void reap();

  Connection& connection_;
  ClusterView& view_;
  const ConsumerOptions& options_;
  std::vector<Answer> answers_;
  std::vector<Task<Result<>>> on_the_way_;
};

}  // namespace weir::log
