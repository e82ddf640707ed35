// What the cluster is called: a random id that the log keeps from the first time on that it is served to others.
#pragma once

#include <string>

#include "log/broker/broker.h"

namespace weir::log::broker {

// Chooses the id, if there is none yet. io_error.
Result<> name_cluster(Broker& broker);

// 22 characters, as Kafka writes an id; what the broker's options say where it has none.
std::string cluster_id_of(const Broker& broker);
// Of the cluster; empty where it has no name.
OwnedBytes cluster_secret_of(const Broker& broker);

}  // namespace weir::log::broker
