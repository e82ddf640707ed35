#include "streams/runtime/sharing/instance_assignor.h"

#include <algorithm>
#include <map>
#include <set>

#include "streams/runtime/sharing/digests.h"
#include "streams/runtime/sharing/share_tasks.h"

namespace weir::streams {

namespace {

using Owners = std::map<TaskId, std::size_t>;  // which member runs a task

// Where two say that they run one, the later generation is right.
Owners owners_of(const Plan& plan, const std::vector<InstanceMember>& members) {
  std::map<log::TopicPartition, TaskId> readers;
  for (const TaskId& task : plan.tasks()) {
    for (const Plan::Input& input : plan.inputs_of(task)) readers.emplace(input.partition, task);
  }
  Owners owners;
  for (std::size_t i = 0; i < members.size(); ++i) {
    for (const log::TopicPartition& partition : members[i].owns.partitions) {
      auto reader = readers.find(partition);
      if (reader == readers.end()) continue;
      auto [owner, is_first] = owners.emplace(reader->second, i);
      if (!is_first && members[owner->second].owns.generation < members[i].owns.generation) owner->second = i;
    }
  }
  return owners;
}

std::size_t count_of(const Owners& owners, std::size_t member) {
  return static_cast<std::size_t>(
      std::ranges::count_if(owners, [&](const auto& entry) { return entry.second == member; }));
}

// Of several topologies the one that runs most tasks goes on; then the one that most members have.
std::uint64_t shape_to_run(const std::vector<InstanceMember>& members, const Owners& owners) {
  std::map<std::uint64_t, std::pair<std::size_t, std::size_t>> weights;
  for (std::size_t i = 0; i < members.size(); ++i) {
    auto& [tasks, count] = weights[members[i].said.shape];
    tasks += count_of(owners, i);
    ++count;
  }
  return std::ranges::max_element(weights, {}, [](const auto& entry) { return entry.second; })->first;
}

// The one that runs alone if there is one: who runs something already, then the first by name.
std::optional<std::size_t> alone(const std::vector<InstanceMember>& members, const Owners& owners) {
  std::optional<std::size_t> chosen;
  bool are_all = true;
  auto weight = [&](std::size_t i) {
    return std::pair(count_of(owners, i), members[i].member_id);
  };
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!members[i].said.closes_windows) are_all = false;
    if (members[i].said.closes_windows && (!chosen || weight(*chosen) < weight(i))) chosen = i;
  }
  return chosen && (are_all || count_of(owners, *chosen) > 0) ? chosen : std::nullopt;
}

constexpr const char* kOtherShape =
    "another topology runs under this application's id: other stages, inputs or stores, whose tasks cannot be shared. "
    "Stop its instances first, or give this one an application_id of its own";
constexpr const char* kClosesWindows =
    "a run with close_windows_at_end is not shared, and another instance of the application runs: stop that first";
constexpr const char* kSameName =
    "another instance has the same name, as where a state_directory was copied: remove its file *.instance";

// Why members have no part; empty: they have.
std::vector<std::string> refusals(const std::vector<InstanceMember>& members, const Owners& owners) {
  std::vector<std::string> why(members.size());
  const std::uint64_t shape = shape_to_run(members, owners);
  const auto one = members.size() > 1 ? alone(members, owners) : std::nullopt;
  std::map<std::string, std::size_t> names;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const InstanceSaid& said = members[i].said;
    if (said.shape != shape) {
      why[i] = kOtherShape;
    } else if (members.size() > 1 && (one ? *one != i : said.closes_windows)) {
      why[i] = kClosesWindows;
    } else if (auto [same, is_first] = names.emplace(said.name.id, i); !is_first) {
      const bool is_newer = count_of(owners, same->second) >= count_of(owners, i);
      why[is_newer ? i : same->second] = kSameName;
      if (!is_newer) same->second = i;
    }
  }
  return why;
}

}  // namespace

std::vector<InstanceShare> share_among(const Plan& plan, const std::vector<InstanceMember>& members) {
  const Owners owners = owners_of(plan, members);
  const std::vector<std::string> refused = refusals(members, owners);
  std::vector<Sharer> sharers;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!refused[i].empty()) continue;
    const InstanceSaid& said = members[i].said;
    Sharer sharer{said.name.id + "/" + members[i].member_id, static_cast<std::size_t>(said.name.threads), {}, {}};
    sharer.knows.insert(said.knows.begin(), said.knows.end());
    for (const auto& [task, owner] : owners) {
      if (owner == i) sharer.runs.insert(task);
    }
    places.push_back(i);
    sharers.push_back(std::move(sharer));
  }
  const auto shares = share_tasks(plan.tasks(), sharers);
  std::vector<InstanceShare> all(members.size());
  std::vector<InstanceName> names;
  for (const InstanceMember& member : members) names.push_back(member.said.name);
  const std::uint64_t digest = digest_of(plan);
  for (std::size_t i = 0; i < members.size(); ++i) {
    all[i].told.plan = digest;
    all[i].told.refused = refused[i];
    all[i].told.instances = names;
  }
  for (std::size_t s = 0; s < shares.size(); ++s) {
    InstanceShare& share = all[places[s]];
    for (const TaskId& task : shares[s]) {
      auto owner = owners.find(task);
      if (owner != owners.end() && owner->second != places[s]) continue;  // when it was given up
      share.told.tasks.push_back(task);
      for (const Plan::Input& input : plan.inputs_of(task)) share.partitions.push_back(input.partition);
    }
  }
  return all;
}

Result<std::vector<log::wire::ConsumerAssignment>> InstanceAssignor::assign(
    const std::vector<log::SubscribedMember>& members, const log::TopicLayouts& topics) const {
  std::vector<InstanceMember> all;
  std::vector<InstanceName> names;
  std::set<std::uint64_t> plans;
  for (const log::SubscribedMember& member : members) {
    const auto& subscription = member.subscription;
    auto said = parse_said(subscription.user_data.value_or(OwnedBytes()));
    if (!said) return fail(said.error().at("member " + member.id));
    plans.insert(said->plan);
    names.push_back(said->name);
    all.push_back({member.id, *std::move(said), {subscription.owned_partitions, subscription.generation}});
  }
  auto tell_all = [&](const Error& error) {
    const InstanceTold told{.refused = error.to_string()};
    return std::vector<log::wire::ConsumerAssignment>(members.size(), {{}, to_bytes(told)});
  };
  auto plan = asks_.plan(plans.size() > 1);
  auto is_other = [&](const auto& entry) {
    auto layout = topics.find(entry.first);
    return layout != topics.end() && layout->second.partitions != entry.second;
  };
  if (plan && std::ranges::any_of((*plan)->partitions, is_other)) plan = asks_.plan(true);
  if (!plan) return tell_all(plan.error());
  asks_.present(names);
  std::vector<log::wire::ConsumerAssignment> assignments;
  for (InstanceShare& share : share_among(**plan, all)) {
    assignments.push_back({std::move(share.partitions), to_bytes(share.told)});
  }
  return assignments;
}

}  // namespace weir::streams
