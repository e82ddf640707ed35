#include "connect/herder/work_assignor.h"

#include <algorithm>
#include <vector>

namespace weir::connect {

namespace {

// How much each member has of one kind of things, connectors or tasks; of those that have the same the first counts.
struct Parts {
  std::map<std::string, std::size_t> loads{};  // as they will be once all is carried out

  std::string lightest() const {
    return std::ranges::min_element(loads, {}, [](const auto& load) { return load.second; })->first;
  }
  std::string heaviest() const {
    return std::ranges::max_element(loads, {}, [](const auto& load) { return load.second; })->first;
  }
};

template <class Unit>
void share_out(std::set<Unit> Share::*kind, const Share& free, const std::map<std::string, Share>& kept,
               WorkAssignor::Decision& decision) {
  Parts parts;
  for (const auto& [member, share] : kept) {
    parts.loads[member] = (share.*kind).size() + (decision.changes[member].gets.*kind).size();
  }
  for (const Unit& unit : free.*kind) {
    const std::string member = parts.lightest();
    (decision.changes[member].gets.*kind).insert(unit);
    ++parts.loads[member];
  }
  for (;;) {
    const std::string heavy = parts.heaviest();
    const std::string light = parts.lightest();
    if (parts.loads[heavy] <= parts.loads[light] + 1) return;
    // What it has and is not to give up yet; what it would only get now cannot be what is too much.
    auto& gives_up = decision.changes[heavy].gives_up.*kind;
    const auto& has = kept.at(heavy).*kind;
    const auto found =
        std::find_if(has.rbegin(), has.rend(), [&](const Unit& unit) { return !gives_up.contains(unit); });
    if (found == has.rend()) return;
    gives_up.insert(*found);
    --parts.loads[heavy];
    ++parts.loads[light];
  }
}

// What more than one of them has.
Share held_twice(const std::map<std::string, WorkAssignor::Member>& members) {
  Share seen, twice;
  for (const auto& [id, member] : members) {
    twice.add(member.has.within(seen));
    seen.add(member.has);
  }
  return twice;
}

}  // namespace

// Notes what is missed since the last decision, and what is not missed any more.
void WorkAssignor::miss(const Share& configured, const Share& held, const std::map<std::string, Member>& members,
                        std::int64_t now_ms) {
  for (const auto& [id, was] : before_) {
    if (members.contains(id) || max_delay_.count() <= 0) continue;
    const Share lost = was.has.within(configured).without(held);
    if (lost.empty()) continue;
    missed_[was.url].add(lost);
    if (!missed_until_) missed_until_ = now_ms + max_delay_.count();
  }
  const bool is_over = missed_until_ && now_ms >= *missed_until_;
  if (is_over) missed_.clear();
  for (auto& [url, share] : missed_) share = share.within(configured).without(held);
  std::erase_if(missed_, [](const auto& missed) { return missed.second.empty(); });
  if (missed_.empty()) missed_until_.reset();
}

void WorkAssignor::give_back(const std::map<std::string, Member>& members, Decision& decision) {
  for (const auto& [id, member] : members) {
    const auto found = missed_.find(member.url);
    if (found == missed_.end()) continue;
    decision.changes[id].gets.add(found->second);
    missed_.erase(found);
  }
  if (missed_.empty()) missed_until_.reset();
}

WorkAssignor::Decision WorkAssignor::assign(const Share& configured, const std::map<std::string, Member>& members,
                                            std::int64_t now_ms) {
  Decision decision;
  if (members.empty()) return decision;
  const Share twice = held_twice(members);
  Share held;
  std::map<std::string, Share> kept;
  for (const auto& [id, member] : members) {
    held.add(member.has);
    kept[id] = member.has.within(configured).without(twice);
    decision.changes[id].gives_up = member.has.without(kept[id]);
  }
  miss(configured, held, members, now_ms);
  give_back(members, decision);
  for (const auto& [url, share] : missed_) decision.waiting.add(share);
  Share free = configured.without(held).without(decision.waiting);
  for (const auto& [id, change] : decision.changes) free.remove(change.gets);
  share_out(&Share::connectors, free, kept, decision);
  share_out(&Share::tasks, free, kept, decision);
  if (missed_until_) decision.delay_ms = *missed_until_ - now_ms;
  before_.clear();
  for (const auto& [id, change] : decision.changes) {
    Member& after = before_[id];
    after = {members.at(id).url, members.at(id).has};
    after.has.remove(change.gives_up);
    after.has.add(change.gets);
  }
  return decision;
}

std::map<std::string, Share> assign_in_turn(const Share& configured,
                                            const std::map<std::string, WorkAssignor::Member>& members) {
  std::map<std::string, Share> shares;
  for (const auto& [id, member] : members) shares[id] = {};
  if (shares.empty()) return shares;
  auto next = shares.begin();
  const auto turn = [&]() -> Share& {
    Share& share = next->second;
    if (++next == shares.end()) next = shares.begin();
    return share;
  };
  for (const auto& connector : configured.connectors) turn().connectors.insert(connector);
  for (const auto& task : configured.tasks) turn().tasks.insert(task);
  return shares;
}

}  // namespace weir::connect
