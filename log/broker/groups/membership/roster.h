// Roster: the members of one group: who is there, who may still come, who leads, and what they have in common.
//
// The leader is a member, if there are any; an instance id belongs to one member; whoever has been given an id and has
// not joined with it is pending and no member. No I/O, no clock.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "log/base/result.h"
#include "log/broker/groups/membership/member.h"

namespace weir::log::broker {

class Roster {
 public:
  using Members = std::map<std::string, Member>;  // by id

  Members& members() { return members_; }
  const Members& members() const { return members_; }
  bool empty() const { return members_.empty(); }
  bool has_joining() const;

  Member* find(const std::string& id);
  // The member who says so: unknown_member_id; fenced_instance_id: another client has taken the instance over.
  Result<Member*> check(const std::string& id, const std::optional<std::string>& instance_id);
  Member* find_instance(const std::string& instance_id);

  Member& add(Member member);
  void remove(const std::string& id);
  // The instance goes on under another id, and leads if it led.
  Member& replace(const std::string& id, const std::string& new_id);

  const std::string& leader() const { return leader_; }
  void set_leader(std::string id) { leader_ = std::move(id); }
  // One of those who have joined leads from now on, the present leader if it has; false if nobody has.
  bool elect_joined_leader();

  // Is there a protocol that all, but for the one who asks, have in common with these?
  bool can_agree(const std::vector<MemberProtocol>& protocols, const std::string& but_for) const;
  // The protocol that all support and most prefer; of several the one that comes first with the leader.
  std::string vote() const;

  // Ids given out, with the end of their validity.
  void expect(const std::string& id, std::int64_t until_ms) { pending_[id] = until_ms; }
  bool is_pending(const std::string& id) const { return pending_.contains(id); }
  bool forget_pending(const std::string& id) { return pending_.erase(id) > 0; }
  const std::map<std::string, std::int64_t>& pending() const { return pending_; }

 private:
  bool supported_by_all(std::string_view protocol, const std::string& but_for) const;

  Members members_;
  std::map<std::string, std::string> instances_;  // instance id -> member id
  std::map<std::string, std::int64_t> pending_;
  std::string leader_;
};

}  // namespace weir::log::broker
