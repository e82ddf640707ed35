// Quotas: how much each client may send and fetch in a second, as a value (KIP-13, KIP-124, KIP-257). One that is set
// for a user and a client id together counts before one for the user, and that before one for the client id; the own
// before the default:
//
//   user u, client c | u, default client | u | default user, c | default user, default client | default user | c |
//   default client
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace weir::log::cluster {

// Whose quota: "" stands for those that have none of their own, nullopt: it does not matter.
struct QuotaEntity {
  std::optional<std::string> user{};  // as people say it: "alice"
  std::optional<std::string> client_id{};
  auto operator<=>(const QuotaEntity&) const = default;
};

inline constexpr std::string_view kProducerByteRate = "producer_byte_rate";
inline constexpr std::string_view kConsumerByteRate = "consumer_byte_rate";
// Is it a name that a quota may have?
bool is_quota_name(std::string_view name);

class Quotas {
 public:
  using Limits = std::map<std::string, double>;  // by name, bytes a second
  using All = std::map<QuotaEntity, Limits>;

  // nullopt: no limit any more.
  void set(const QuotaEntity& entity, const std::string& name, std::optional<double> value);
  const All& all() const { return *all_; }

  // The limit that counts, and the entity of the table above for which all together are counted; nullopt: none.
  struct Found {
    double bytes_per_second;
    QuotaEntity counted_as;  // with the names of who asks
  };
  std::optional<Found> find(std::string_view user, std::string_view client_id, std::string_view name) const;

 private:
  std::shared_ptr<const All> all_ = std::make_shared<All>();  // shared: with copies
};

}  // namespace weir::log::cluster
