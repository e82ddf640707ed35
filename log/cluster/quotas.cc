#include "log/cluster/quotas.h"

namespace weir::log::cluster {

bool is_quota_name(std::string_view name) {
  return name == kProducerByteRate || name == kConsumerByteRate;
}

void Quotas::set(const QuotaEntity& entity, const std::string& name, std::optional<double> value) {
  auto changed = std::make_shared<All>(*all_);
  if (value) {
    (*changed)[entity][name] = *value;
  } else if (auto there = changed->find(entity); there != changed->end()) {
    there->second.erase(name);
    if (there->second.empty()) changed->erase(there);
  }
  all_ = std::move(changed);
}

std::optional<Quotas::Found> Quotas::find(std::string_view user, std::string_view client_id,
                                          std::string_view name) const {
  if (all_->empty()) return std::nullopt;
  const std::optional<std::string> own_user{user};
  const std::optional<std::string> own_client{client_id};
  const std::optional<std::string> other{""};
  struct Candidate {
    QuotaEntity entity;
    bool by_user;
    bool by_client;
  };
  const Candidate candidates[] = {
      {{own_user, own_client}, true, true},
      {{own_user, other}, true, true},
      {{own_user, std::nullopt}, true, false},
      {{other, own_client}, true, true},
      {{other, other}, true, true},
      {{other, std::nullopt}, true, false},
      {{std::nullopt, own_client}, false, true},
      {{std::nullopt, other}, false, true},
  };
  for (const auto& candidate : candidates) {
    const auto there = all_->find(candidate.entity);
    if (there == all_->end()) continue;
    const auto limit = there->second.find(std::string(name));
    if (limit == there->second.end()) continue;
    return Found{limit->second,
                 {candidate.by_user ? own_user : std::nullopt, candidate.by_client ? own_client : std::nullopt}};
  }
  return std::nullopt;
}

}  // namespace weir::log::cluster
