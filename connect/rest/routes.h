// Routes: Kafka Connect's REST over a Herder: a table of methods and paths, each with what it asks and how it answers.
// An error is {"error_code":N,"message":"..."} under the same status. What another worker must do is forwarded there,
// once from who was asked to the leader and once from there to a task's owner, which the query `forward` counts.
// Secrets are hidden in every answer.
//
// No sockets. Thread-safe, as the herder is.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "connect/herder/herder.h"
#include "connect/rest/rest_message.h"

namespace weir::connect {

// How another worker is asked: its url ("http://host:8083"), and what.
using Forward = std::function<Result<RestAnswer>(const std::string& url, const RestRequest& request)>;

struct About {
  std::string version{};
  std::string commit{};
  std::string cluster_id{};  // of the log
};

class Routes {
 public:
  // `herder` outlives it.
  Routes(Herder& herder, Forward forward, About about)
      : herder_(herder), forward_(std::move(forward)), about_(std::move(about)) {}

  RestAnswer answer(const RestRequest& request) const;

 private:
  Herder& herder_;
  const Forward forward_;
  const About about_;
};

// Method and path of each, "*" for a name: {"GET", "/connectors/*/status"}.
std::vector<std::pair<std::string, std::string>> route_paths();

}  // namespace weir::connect
