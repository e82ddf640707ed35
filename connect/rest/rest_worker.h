// RestWorker: a distributed worker with its REST: a DistributedHerder, the routes over it, and the server that is
// asked. Workers of one group ask each other with the same token.
#pragma once

#include <atomic>
#include <memory>

#include "connect/herder/distributed_herder.h"
#include "connect/rest/rest_server.h"
#include "connect/rest/routes.h"

namespace weir::connect {

class RestWorker {
 public:
  // `world` outlives it. Without a url in `herder` it is where `rest` listens. invalid_argument, io_error.
  static Result<std::unique_ptr<RestWorker>> start(const log::Client& client, const ConnectorWorld& world,
                                                   HerderOptions herder, RestServerOptions rest, About about);
  ~RestWorker();

  const std::string& url() const { return url_; }
  Herder& herder() { return *herder_; }
  // As if it came by its REST; whoever must do it is asked.
  RestAnswer answer(const RestRequest& request) const { return routes_->answer(request); }

 private:
  RestWorker() = default;

  std::string url_;
  std::unique_ptr<DistributedHerder> herder_;
  std::unique_ptr<Routes> routes_;
  std::atomic<const Routes*> ready_{nullptr};  // null: it begins
  std::unique_ptr<RestServer> server_;
};

}  // namespace weir::connect
