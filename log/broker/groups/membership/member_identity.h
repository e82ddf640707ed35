// MemberIdentity: who a request says that it comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::log::broker {

struct MemberIdentity {
  std::string group{};
  std::int32_t generation = -1;
  std::string member_id{};
  std::optional<std::string> instance_id{};
};

}  // namespace weir::log::broker
