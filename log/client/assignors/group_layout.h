// GroupLayout: members, topics and partitions of one assignment as small numbers in the order that the rules go by, so
// that an assignor compares, counts and looks up integers.
//
// Members are ranked in the order asked for; topics, by name, are those that have partitions and a subscriber;
// partitions are numbered through, topic after topic. Borrows the members for as long as it lives. Immutable.
#pragma once

#include "log/client/assignors/assignor.h"

namespace weir::log {

enum class MemberOrder : std::uint8_t { by_member_id, static_members_first };

class GroupLayout {
 public:
  struct Topic {
    const std::string* name;
    const TopicLayout* layout;
    int first_partition;
    std::vector<int> members;  // that subscribe it, ascending

    int partitions() const { return layout->partitions; }
  };
  using Assignment = std::vector<std::vector<int>>;  // partitions by member

  GroupLayout(const std::vector<SubscribedMember>& members, const TopicLayouts& topics, MemberOrder order);

  int member_count() const { return static_cast<int>(order_.size()); }
  int partition_count() const { return static_cast<int>(topic_of_partition_.size()); }
  const SubscribedMember& member(int rank) const { return members_[order_[static_cast<std::size_t>(rank)]]; }
  const std::vector<Topic>& topics() const { return topics_; }

  bool subscribes(int member, int topic) const {
    return subscribes_[static_cast<std::size_t>(member) * topics_.size() + static_cast<std::size_t>(topic)];
  }
  int topic_of(int partition) const { return topic_of_partition_[static_cast<std::size_t>(partition)]; }
  const std::vector<int>& subscribers_of(int partition) const {
    return topics_[static_cast<std::size_t>(topic_of(partition))].members;
  }
  // Within its topic.
  int number_of(int partition) const {
    return partition - topics_[static_cast<std::size_t>(topic_of(partition))].first_partition;
  }
  // -1 for one that is not to be assigned.
  int find(const TopicPartition& partition) const;
  // Whether every member subscribes the same topics, those without partitions included.
  bool all_subscribe_the_same() const { return all_subscribe_the_same_; }

  // In the order of the members that it was made of, each sorted.
  std::vector<wire::ConsumerAssignment> told(Assignment assignment) const;

 private:
  const std::vector<SubscribedMember>& members_;
  std::vector<std::size_t> order_;  // by rank
  std::vector<Topic> topics_;
  std::vector<int> topic_of_partition_;
  std::vector<bool> subscribes_;  // by member, then topic
  bool all_subscribe_the_same_;
};

}  // namespace weir::log
