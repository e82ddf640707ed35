#include "connect/herder/work_assignor.h"

#include <algorithm>
#include <vector>

namespace weir::connect {

namespace {

const std::string& connector_of(const std::string& connector) {
  return connector;
}
const std::string& connector_of(const ConnectorTaskId& task) {
  return task.connector;
}

// How much each member has of one kind of things, connectors or tasks, as it will be once all is carried out.
class Loads {
 public:
  template <class Unit>
  void add(const std::string& member, const std::set<Unit>& units) {
    loads_[member] += units.size();
    for (const Unit& unit : units) ++of_connectors_[{member, connector_of(unit)}];
  }
  void move(const std::string& from, const std::string& to, const std::string& connector) {
    --loads_[from];
    --of_connectors_[{from, connector}];
    ++loads_[to];
    ++of_connectors_[{to, connector}];
  }
  std::size_t of(const std::string& member) const { return loads_.at(member); }
  int of(const std::string& member, const std::string& connector) const {
    const auto found = of_connectors_.find({member, connector});
    return found == of_connectors_.end() ? 0 : found->second;
  }
  // Of those that have least, who has least of this connector.
  std::string lightest(const std::string& connector) const {
    return std::ranges::min_element(loads_, {},
                                    [&](const auto& load) { return std::pair(load.second, of(load.first, connector)); })
        ->first;
  }
  std::string lightest() const {
    return std::ranges::min_element(loads_, {}, [](const auto& load) { return load.second; })->first;
  }
  std::string heaviest() const {
    return std::ranges::max_element(loads_, {}, [](const auto& load) { return load.second; })->first;
  }

 private:
  std::map<std::string, std::size_t> loads_;
  std::map<std::pair<std::string, std::string>, int> of_connectors_;
};

template <class Unit>
void share_out(std::set<Unit> Share::*kind, const Share& free, const std::map<std::string, Share>& kept,
               WorkAssignor::Decision& decision) {
  Loads loads;
  for (const auto& [member, share] : kept) {
    loads.add(member, share.*kind);
    loads.add(member, decision.changes[member].gets.*kind);
  }
  for (const Unit& unit : free.*kind) {
    const std::string member = loads.lightest(connector_of(unit));
    (decision.changes[member].gets.*kind).insert(unit);
    loads.add(member, std::set<Unit>{unit});
  }
  for (;;) {
    const std::string heavy = loads.heaviest();
    const std::string light = loads.lightest();
    if (loads.of(heavy) <= loads.of(light) + 1) return;
    // What it has and is not to give up yet, of the connector that it has most of beside the other one; what it would
    // only get now cannot be what is too much.
    auto& gives_up = decision.changes[heavy].gives_up.*kind;
    const Unit* best = nullptr;
    int most = 0;
    for (const Unit& unit : kept.at(heavy).*kind) {
      const int more = loads.of(heavy, connector_of(unit)) - loads.of(light, connector_of(unit));
      if (gives_up.contains(unit) || (best != nullptr && more < most)) continue;
      best = &unit;
      most = more;
    }
    if (best == nullptr) return;
    gives_up.insert(*best);
    loads.move(heavy, light, connector_of(*best));
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
