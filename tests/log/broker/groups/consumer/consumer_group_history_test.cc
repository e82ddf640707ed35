// Random histories of one group of the new protocol: members come, go, crash, fall silent and come back, read other
// topics, lose answers; topics come, grow and go; records are written late or not at all, and the coordinator is read
// from its log again. No two members ever have one partition, and when all is quiet everything is somebody's, evenly.
#include <random>
#include <set>

#include "tests/log/broker/groups/consumer/consumer_world.h"

namespace weir::log::broker::consumer_group_history_test {
namespace {

// A client as Kafka's are: it gives up before it says so, and reads what it was given after it gave up the rest, and
// while no request is on its way that says that it does not.
struct Client {
  std::optional<std::string> instance_id{};
  std::string id{};
  std::int32_t epoch = 0;  // 0: it is to join
  std::set<std::string> topics{};
  std::optional<std::string> regex{};
  PartitionsByTopic owned{};   // what it reads
  PartitionsByTopic wanted{};  // what it was told to
  bool tells_all = true;       // it has missed an answer
  bool waits = false;
};

PartitionsByTopic both(const PartitionsByTopic& a, const PartitionsByTopic& b) {
  PartitionsByTopic common;
  for_each_partition(a, [&](const TopicId& topic, PartitionIndex p) {
    if (contains(b, topic, p)) common[topic].insert(p);
  });
  return common;
}

class History : public ConsumerWorld {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) clients_.push_back({});
    for (const char* id : {"i", "j"}) clients_.push_back({.instance_id = id});
    for (auto& client : clients_) begin(client);
    topics.set("t", 5);
    topics.set("u", 2);
  }

  void run() {
    for (int step = 0; step < 150; ++step) {
      do_something();
      if (testing::Test::HasFailure()) return;
      check();
      if (testing::Test::HasFailure()) return;
    }
    calm_down();
  }

 private:
  // An answer that may leave when what it says is written.
  struct OnTheWay {
    std::vector<GroupCoordinator::ConsumerChange> changes;
    std::size_t client;
    Answer answer;
  };

  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  std::size_t any() { return static_cast<std::size_t>(pick(static_cast<int>(clients_.size()))); }

  // A process starts.
  void begin(Client& client) {
    client = Client{.instance_id = client.instance_id, .id = "c" + std::to_string(++last_client_)};
    client.topics = {pick(3) == 0 ? "u" : "t"};
    if (pick(4) == 0) client.regex = "[tu]";
  }

  void do_something() {
    const int choice = pick(40);
    const std::size_t who = any();
    Client& client = clients_[who];
    if (choice == 0) {
      lose_what_is_on_its_way();
      reload();
    } else if (choice == 1) {
      if (!client.waits) begin(client);  // it crashed
    } else if (choice == 2) {
      leave(who);
    } else if (choice < 6) {
      advance(pick(6) == 0 ? 46'000 : pick(8'000));
    } else if (choice == 6) {
      change_topics();
    } else if (choice == 7) {
      read_otherwise(client);
    } else if (choice < 14) {
      settle_one();
    } else if (choice < 22) {
      follow(client);
    } else {
      beat_of(who);
    }
  }

  void change_topics() {
    const std::string name = pick(2) == 0 ? "t" : "u";
    const auto topic = topics.find(name);
    if (!topic) {
      topics.set(name, 1 + pick(5));
    } else if (pick(4) == 0) {
      topics.remove(name);
    } else if (topic->partitions < 8) {
      topics.set(name, topic->partitions + 1);
    }
  }

  void read_otherwise(Client& client) {
    if (client.waits) return;
    const std::string topic = pick(2) == 0 ? "t" : "u";
    if (!client.topics.erase(topic)) client.topics.insert(topic);
    client.tells_all = true;
  }

  // It gives up what it was not told to read, at once or later, and only then reads what is new.
  static bool gives_up(Client& client) {
    auto kept = both(client.owned, client.wanted);
    return std::exchange(client.owned, std::move(kept)) != client.owned;
  }
  void follow(Client& client) {
    if (client.epoch == 0) return;
    if (!gives_up(client) && !client.waits && pick(2) == 0) client.owned = client.wanted;
  }

  void leave(std::size_t who) {
    Client& client = clients_[who];
    if (client.waits || client.epoch == 0) return;
    auto request = beating(client.id, client.instance_id && pick(2) == 0 ? -2 : -1);
    request.instance_id = client.instance_id;
    client.owned.clear();
    client.wanted.clear();
    (void)decide(request);
    on_the_way_.push_back({groups.take_changes(), kNobody, {}});
    begin(client);
  }

  void beat_of(std::size_t who) {
    Client& client = clients_[who];
    if (client.waits) return;
    Request request = beating(client.id, client.epoch);
    request.instance_id = client.instance_id;
    if (client.epoch == 0 || client.tells_all) {
      request.rebalance_timeout_ms = 20'000;
      request.subscribed_topic_names.emplace(client.topics.begin(), client.topics.end());
      request.subscribed_topic_regex = client.regex.value_or("");
    }
    if (client.epoch == 0) client.owned.clear();
    request.topic_partitions = list_of<Request::TopicPartitions>(client.owned);
    auto answer = decide(request);
    client.waits = true;
    on_the_way_.push_back({groups.take_changes(), who, std::move(answer)});
    if (pick(3) != 0) {
      while (!on_the_way_.empty()) settle_one();
    }
  }

  void settle_one() {
    if (on_the_way_.empty()) return;
    if (pick(12) == 0) {  // and what is behind it is not written either
      for (auto& one : std::exchange(on_the_way_, {})) {
        for (const auto& change : one.changes) groups.settled(change, GroupCoordinator::IsWritten::no);
        tell_nothing(one);
      }
      return;
    }
    auto one = std::move(on_the_way_.front());
    on_the_way_.pop_front();
    write(one.changes);
    if (one.client == kNobody) return;
    if (pick(10) == 0) return tell_nothing(one);
    hear(clients_[one.client], one.answer);
  }
  // What was being written may be in the log though nobody was told.
  void lose_what_is_on_its_way() {
    for (int written = pick(static_cast<int>(on_the_way_.size()) + 1); written > 0; --written) {
      write(on_the_way_.front().changes);
      tell_nothing(on_the_way_.front());
      on_the_way_.pop_front();
    }
    for (auto& one : std::exchange(on_the_way_, {})) tell_nothing(one);
  }
  void tell_nothing(const OnTheWay& one) {
    if (one.client == kNobody) return;
    clients_[one.client].waits = false;
    clients_[one.client].tells_all = true;
  }

  void hear(Client& client, const Answer& answer) {
    client.waits = false;
    if (!answer) {
      switch (answer.error().code) {
        case ErrorCode::unknown_member_id:
        case ErrorCode::fenced_member_epoch:  // it gives up everything, and joins again
          client.epoch = 0;
          client.owned.clear();
          client.wanted.clear();
          client.tells_all = true;
          return;
        case ErrorCode::unreleased_instance_id:
        case ErrorCode::fenced_instance_id:
          begin(client);
          return;
        default:
          ADD_FAILURE() << answer.error().to_string();
          return;
      }
    }
    client.tells_all = false;
    client.epoch = answer->member_epoch;
    if (answer->assignment) client.wanted = partitions_in(answer->assignment->topic_partitions);
  }

  // Would the coordinator take it for a member, in its epoch or the one before?
  const ConsumerMember* member_of(const Client& client) const {
    if (group() == nullptr || client.epoch <= 0) return nullptr;
    const auto found = group()->members().find(client.id);
    if (found == group()->members().end()) return nullptr;
    const ConsumerMember& member = found->second;
    const bool is_before = member.previous_epoch == client.epoch && both(client.owned, member.assigned) == client.owned;
    return member.epoch == client.epoch || is_before ? &member : nullptr;
  }

  void check() {
    if (group() == nullptr) return;
    EXPECT_LE(group()->target_epoch(), group()->epoch());
    std::map<std::pair<TopicId, PartitionIndex>, std::string> owners;
    for (const auto& [id, member] : group()->members()) {
      EXPECT_LE(member.epoch, group()->target_epoch());
      for (const auto* some : {&member.assigned, &member.revoking}) {
        for_each_partition(*some, [&, &id = id](const TopicId& topic, PartitionIndex p) {
          EXPECT_TRUE(owners.emplace(std::pair(topic, p), id).second) << "a partition of two members";
        });
      }
    }
    std::set<std::pair<TopicId, PartitionIndex>> read;
    for (const auto& client : clients_) {
      const ConsumerMember* member = member_of(client);
      if (member == nullptr) continue;
      for_each_partition(client.owned, [&](const TopicId& topic, PartitionIndex p) {
        EXPECT_TRUE(read.emplace(topic, p).second) << "two read one partition";
        EXPECT_TRUE(contains(member->assigned, topic, p) || contains(member->revoking, topic, p));
      });
    }
  }

  // Nothing fails any more, and everybody follows the protocol.
  void calm_down() {
    topics.set("t", 8);
    topics.set("u", 8);
    for (auto& client : clients_) {
      client.topics = {"t", "u"};
      client.regex.reset();
      client.tells_all = true;
    }
    for (int round = 0; round < 40; ++round) {
      lose_nothing();
      for (std::size_t who = 0; who < clients_.size(); ++who) {
        follow_to_the_end(clients_[who]);
        Request request = beating(clients_[who].id, clients_[who].epoch);
        request.instance_id = clients_[who].instance_id;
        request.rebalance_timeout_ms = 20'000;
        request.subscribed_topic_names = {"t", "u"};
        request.subscribed_topic_regex = "";
        if (clients_[who].epoch == 0) clients_[who].owned.clear();
        request.topic_partitions = list_of<Request::TopicPartitions>(clients_[who].owned);
        auto answer = decide(request);
        write(groups.take_changes());
        hear(clients_[who], answer);
        if (testing::Test::HasFailure()) return;
        check();
      }
      advance(5'000);
    }
    ASSERT_NE(group(), nullptr);
    EXPECT_EQ(group()->state_name(), "Stable");
    std::size_t all = 0;
    for (const auto& client : clients_) {
      const std::size_t count = count_of(client.owned);
      EXPECT_TRUE(count == 3 || count == 4) << count;  // 16 of five
      all += count;
      EXPECT_EQ(client.owned, group()->target_of(client.id));
    }
    EXPECT_EQ(all, 16u);
    // The log says the same.
    const auto before = group()->describe(topics);
    reload();
    EXPECT_EQ(group()->describe(topics), before);
  }
  void lose_nothing() {
    for (auto& one : std::exchange(on_the_way_, {})) {
      write(one.changes);
      if (one.client != kNobody) hear(clients_[one.client], one.answer);
    }
  }
  static void follow_to_the_end(Client& client) {
    if (client.epoch == 0) return;
    if (!gives_up(client)) client.owned = client.wanted;
  }

  static constexpr std::size_t kNobody = 1'000;

  std::mt19937_64 random_;
  std::vector<Client> clients_;
  std::deque<OnTheWay> on_the_way_;
  int last_client_ = 0;
};

TEST(ConsumerGroupHistory, no_two_members_have_one_partition_and_all_come_to_rest) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace weir::log::broker::consumer_group_history_test
