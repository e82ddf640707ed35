#include "log/broker/groups/membership/roster.h"

#include "log/base/assert.h"

namespace weir::log::broker {

namespace {

bool has_joined(const Member& member) {
  return member.joining != Ticket::none;
}

}  // namespace

bool Roster::has_joining() const {
  return std::ranges::any_of(members_, [](const auto& entry) { return has_joined(entry.second); });
}

Member* Roster::find(const std::string& id) {
  auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

Member* Roster::find_instance(const std::string& instance_id) {
  auto found = instances_.find(instance_id);
  return found == instances_.end() ? nullptr : find(found->second);
}

Result<Member*> Roster::check(const std::string& id, const std::optional<std::string>& instance_id) {
  if (instance_id) {
    Member* member = find_instance(*instance_id);
    if (member == nullptr) return fail(ErrorCode::unknown_member_id, "no member is instance " + *instance_id);
    if (member->id != id) return fail(ErrorCode::fenced_instance_id, "instance " + *instance_id + " is " + member->id);
    return member;
  }
  if (Member* member = find(id)) return member;
  return fail(ErrorCode::unknown_member_id, "no member " + id);
}

Member& Roster::add(Member member) {
  forget_pending(member.id);
  if (members_.empty()) leader_ = member.id;
  if (member.instance_id) instances_[*member.instance_id] = member.id;
  std::string id = member.id;
  auto [place, is_new] = members_.emplace(std::move(id), std::move(member));
  WEIR_ASSERT(is_new);
  return place->second;
}

void Roster::remove(const std::string& id) {
  auto found = members_.find(id);
  WEIR_ASSERT(found != members_.end());
  if (found->second.instance_id) instances_.erase(*found->second.instance_id);
  members_.erase(found);
  if (leader_ != id) return;
  if (!elect_joined_leader()) leader_ = members_.empty() ? std::string() : members_.begin()->first;
}

Member& Roster::replace(const std::string& id, const std::string& new_id) {
  auto node = members_.extract(id);
  WEIR_ASSERT(!node.empty() && node.mapped().instance_id);
  node.key() = new_id;
  node.mapped().id = new_id;
  instances_[*node.mapped().instance_id] = new_id;
  if (leader_ == id) leader_ = new_id;
  return members_.insert(std::move(node)).position->second;
}

bool Roster::elect_joined_leader() {
  Member* leader = find(leader_);
  if (leader != nullptr && has_joined(*leader)) return true;
  auto joined = std::ranges::find_if(members_, [](const auto& entry) { return has_joined(entry.second); });
  if (joined == members_.end()) return false;
  leader_ = joined->first;
  return true;
}

bool Roster::supported_by_all(std::string_view protocol, const std::string& but_for) const {
  return std::ranges::all_of(
      members_, [&](const auto& entry) { return entry.first == but_for || entry.second.supports(protocol); });
}

bool Roster::can_agree(const std::vector<MemberProtocol>& protocols, const std::string& but_for) const {
  return std::ranges::any_of(protocols, [&](const MemberProtocol& one) { return supported_by_all(one.name, but_for); });
}

std::string Roster::vote() const {
  std::map<std::string_view, int> votes;
  for (const auto& [id, member] : members_) {
    auto choice = std::ranges::find_if(member.protocols,
                                       [this](const MemberProtocol& one) { return supported_by_all(one.name, {}); });
    if (choice != member.protocols.end()) ++votes[choice->name];
  }
  std::string elected;
  int most = 0;
  auto leader = members_.find(leader_);
  WEIR_ASSERT(leader != members_.end());
  for (const auto& protocol : leader->second.protocols) {
    auto found = votes.find(protocol.name);
    if (found == votes.end() || found->second <= most) continue;
    elected = protocol.name;
    most = found->second;
  }
  return elected;
}

}  // namespace weir::log::broker
