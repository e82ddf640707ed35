#include "log/broker/cluster_name.h"

#include <algorithm>

#include "log/security/random.h"

namespace weir::log::broker {

namespace {

constexpr std::size_t kSecretBytes = 32;

// Of version 4. One that begins with '-' would be taken for an option by tools.
Uuid random_id() {
  Uuid id;
  do {
    const OwnedBytes bytes = security::random_bytes(id.bytes.size());
    std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  } while (id.to_string().starts_with('-'));
  return id;
}

}  // namespace

Result<> name_cluster(Broker& broker) {
  if (broker.topics().metadata()->cluster()) return {};
  return broker.topics().change([](const cluster::Metadata& now) -> Result<std::vector<cluster::MetadataRecord>> {
    if (now.cluster()) return std::vector<cluster::MetadataRecord>();
    return std::vector<cluster::MetadataRecord>{
        cluster::ClusterNamed{random_id(), security::random_bytes(kSecretBytes)}};
  });
}

std::string cluster_id_of(const Broker& broker) {
  const auto metadata = broker.topics().metadata();
  return metadata->cluster() ? metadata->cluster()->id.to_string() : broker.options().cluster_id;
}

OwnedBytes cluster_secret_of(const Broker& broker) {
  const auto metadata = broker.topics().metadata();
  return metadata->cluster() ? metadata->cluster()->secret : OwnedBytes();
}

}  // namespace weir::log::broker
