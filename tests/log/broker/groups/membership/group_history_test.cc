// Random histories of one group: members come, go, fall silent, come back and repeat themselves, time passes, records
// cannot be written, and the coordinator is read from its log again. What must hold is checked at every step.
#include <algorithm>
#include <random>
#include <set>

#include "tests/log/broker/groups/membership/group_world.h"

namespace weir::log::broker {
namespace {

constexpr int kPartitions = 7;

// A client as Kafka's are: it follows the answers, and says a partition's number for the partition.
struct Client {
  enum class Phase { out, joining, syncing, in, dead };

  std::optional<std::string> instance_id{};
  Phase phase = Phase::out;
  std::string member_id{};
  std::int32_t generation = -1;
  Ticket waits = Ticket::none;
  std::string owned{};
};

class History : public GroupWorld {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) clients_.push_back({});
    for (const char* id : {"i", "j"}) clients_.push_back({.instance_id = id});
    limits.initial_rebalance_delay = Millis(pick(2) * 500);
  }

  void run() {
    for (int step = 0; step < 120; ++step) {
      holds_records = pick(3) == 0;
      if (!holds_records) settle_some();
      do_something();
      if (testing::Test::HasFailure()) return;
      check();
    }
    calm_down();
  }

 private:
  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  Client& any() { return clients_[static_cast<std::size_t>(pick(static_cast<int>(clients_.size())))]; }
  const Group* known() const { return groups.find("g"); }

  void settle_some() { settle(pick(5) != 0); }

  void do_something() {
    const int choice = pick(20);
    if (choice == 0) {
      // What was being written may be in the log though nobody was told.
      for (int left = pick(static_cast<int>(held.size()) + 1); left > 0; --left) {
        log.push_back(held.front());
        held.erase(held.begin());
      }
      reload();
    } else if (choice == 1) {
      crash(any());
    } else if (choice == 2) {
      go(any());
    } else if (choice < 6) {
      advance(pick(4) == 0 ? 12'000 : pick(1'500));
    } else if (choice < 8) {
      try_old_generation(any());
    } else {
      act(any());
    }
    hear_all();
  }

  // It forgets everything; an instance comes back under its name.
  void crash(Client& client) {
    if (client.phase == Client::Phase::dead) return;
    client = Client{.instance_id = client.instance_id};
  }
  void go(Client& client) {
    if (client.member_id.empty() || client.phase == Client::Phase::dead) return;
    (void)leave(client.member_id, client.instance_id);
    client = Client{.instance_id = client.instance_id};
  }
  void try_old_generation(Client& client) {
    if (client.member_id.empty() || known() == nullptr || known()->generation() < 1) return;
    EXPECT_NE(commit(who(client, known()->generation() - 1)), ErrorCode::none);
  }

  static MemberIdentity who(const Client& client, std::int32_t generation) {
    return {.generation = generation, .member_id = client.member_id, .instance_id = client.instance_id};
  }

  void act(Client& client) {
    switch (client.phase) {
      case Client::Phase::dead:
        if (pick(3) == 0) client = Client{.instance_id = client.instance_id};
        return;
      case Client::Phase::out:
        start_join(client);
        return;
      case Client::Phase::joining:
      case Client::Phase::syncing:
        if (pick(4) == 0) start_join(client);  // the request seemed lost
        return;
      case Client::Phase::in:
        stay(client);
        return;
    }
  }

  void start_join(Client& client) {
    client.phase = Client::Phase::joining;
    client.owned.clear();
    client.waits = join({.member_id = client.member_id,
                         .instance_id = client.instance_id,
                         .rebalance_ms = 20'000,
                         .can_skip_assignment = pick(2) == 0});
  }

  void stay(Client& client) {
    if (pick(2) == 0) {
      note_commit(client);
      return;
    }
    switch (heartbeat(client.member_id, client.generation, client.instance_id)) {
      case ErrorCode::none:
        return;
      case ErrorCode::unknown_member_id:
        client.member_id.clear();
        [[fallthrough]];
      case ErrorCode::illegal_generation:
      case ErrorCode::rebalance_in_progress:
        start_join(client);
        return;
      default:
        client.phase = Client::Phase::dead;  // fenced
    }
  }

  // A commit is taken exactly from a member of the present generation, while that is not being divided.
  void note_commit(const Client& client) {
    const bool is_taken = commit(who(client, client.generation)) == ErrorCode::none;
    const Group* group = known();
    const bool is_member = group != nullptr && group->roster().members().contains(client.member_id);
    const bool is_present =
        is_member && group->generation() == client.generation && group->state() != GroupState::completing_rebalance;
    EXPECT_EQ(is_taken, is_present);
  }

  void hear_all() {
    for (bool has_news = true; has_news;) {
      has_news = false;
      for (auto& client : clients_) {
        if (client.waits == Ticket::none || !is_answered(client.waits)) continue;
        has_news = true;
        const Ticket ticket = std::exchange(client.waits, Ticket::none);
        if (client.phase == Client::Phase::joining) {
          hear(client, joined.at(ticket));
        } else {
          hear(client, synced.at(ticket));
        }
      }
    }
  }

  void hear(Client& client, const wire::JoinGroupResponse& answer) {
    switch (answer.error_code) {
      case ErrorCode::none:
        break;
      case ErrorCode::member_id_required:
        client.member_id = answer.member_id;
        start_join(client);
        return;
      case ErrorCode::fenced_instance_id:
        client.phase = Client::Phase::dead;
        return;
      case ErrorCode::unknown_member_id:
        client.member_id.clear();
        [[fallthrough]];
      default:
        client.phase = Client::Phase::out;
        return;
    }
    client.member_id = answer.member_id;
    client.generation = answer.generation_id;
    std::map<std::string, std::string> division;
    const bool divides = answer.leader == answer.member_id && !answer.skip_assignment;
    if (divides) {
      for (int i = 0; i < kPartitions; ++i) {
        const auto& member = answer.members.at(static_cast<std::size_t>(i) % answer.members.size());
        division[member.member_id] += static_cast<char>('0' + i);
      }
    }
    client.phase = Client::Phase::syncing;
    client.waits = sync(client.member_id, client.generation, division, client.instance_id);
  }

  void hear(Client& client, const wire::SyncGroupResponse& answer) {
    if (answer.error_code == ErrorCode::none) {
      client.phase = Client::Phase::in;
      client.owned = answer.assignment;
      note_owner(client);
      return;
    }
    if (answer.error_code == ErrorCode::unknown_member_id) client.member_id.clear();
    client.phase = answer.error_code == ErrorCode::fenced_instance_id ? Client::Phase::dead : Client::Phase::out;
  }

  // In one generation a partition is given to one member, whenever it asks; an instance is one member under any id.
  void note_owner(const Client& client) {
    auto& owners = owners_[client.generation];
    const std::string owner = client.instance_id.value_or(client.member_id);
    for (char partition : client.owned) {
      auto [place, is_new] = owners.emplace(partition, owner);
      EXPECT_EQ(place->second, owner) << "partition " << partition << ", generation " << client.generation;
    }
  }

  void check() {
    const Group* group = known();
    if (group == nullptr) return;
    const bool is_stable = group->state() == GroupState::stable;
    if (is_stable) {
      // Generations that were stable are never gone back to, but for reading the last one again.
      EXPECT_GE(group->generation(), last_stable_);
      last_stable_ = group->generation();
    }
    const auto& roster = group->roster();
    if (group->state() == GroupState::empty) {
      EXPECT_TRUE(roster.empty());
    } else if (group->state() != GroupState::preparing_rebalance) {
      EXPECT_TRUE(roster.members().contains(roster.leader()));
    }
    for (const auto& [id, member] : group->roster().members()) {
      EXPECT_TRUE(is_stable || member.assignment.empty());
      EXPECT_FALSE(is_stable && member.joining != Ticket::none);
      EXPECT_FALSE(is_stable && member.syncing != Ticket::none);
    }
  }

  // Nothing fails any more and everybody follows the protocol: then the group comes to rest, and all have their part.
  void calm_down() {
    holds_records = false;
    settle(true);
    for (int round = 0; round < 60; ++round) {
      hear_all();
      for (auto& client : clients_) {
        // A coordinator that lost an unwritten return fences the instance once more: it is started again.
        if (client.phase == Client::Phase::dead) client = Client{.instance_id = client.instance_id};
        if (client.phase == Client::Phase::out) start_join(client);
        if (client.phase == Client::Phase::in) stay(client);
        hear_all();
      }
      advance(1'000);
    }
    ASSERT_NE(known(), nullptr);
    EXPECT_EQ(known()->state(), GroupState::stable);
    std::string all;
    for (const auto& client : clients_) {
      EXPECT_EQ(client.phase, Client::Phase::in);
      EXPECT_EQ(client.generation, known()->generation());
      EXPECT_FALSE(client.owned.empty());
      all += client.owned;
    }
    std::ranges::sort(all);
    EXPECT_EQ(all, "0123456");
  }

  std::mt19937_64 random_;
  std::vector<Client> clients_;
  std::map<std::int32_t, std::map<char, std::string>> owners_;
  std::int32_t last_stable_ = 0;
};

TEST(GroupHistory, whatever_happens_a_partition_has_one_owner_in_a_generation_and_all_get_their_part_in_the_end) {
  for (std::uint64_t seed = 1; seed <= 1'000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run();
  }
}

}  // namespace
}  // namespace weir::log::broker
