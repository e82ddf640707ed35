#include "connect/rest/rest_worker.h"

#include "connect/rest/answers.h"

namespace weir::connect {

namespace {
constexpr Millis kForwardTimeout{95'000};  // longer than a herder lets a request wait
}

Result<std::unique_ptr<RestWorker>> RestWorker::start(const log::Client& client, const ConnectorWorld& world,
                                                      HerderOptions herder, RestServerOptions rest, About about) {
  std::unique_ptr<RestWorker> worker(new RestWorker);
  const std::string token = rest.token;
  const bool is_anywhere = rest.at.host == "0.0.0.0" || rest.at.host == "::";
  if (herder.url.empty() && is_anywhere) {
    return fail(ErrorCode::invalid_argument,
                "rest.advertised.url must be set where REST listens on all addresses: the other workers ask there");
  }
  WEIR_TRY_VAR(server, RestServer::start(std::move(rest), [here = worker.get()](const RestRequest& request) {
                 const Routes* routes = here->ready_.load();
                 return routes == nullptr ? error_answer(503, "Worker is still starting up.") : routes->answer(request);
               }));
  worker->server_ = std::move(server);
  if (herder.url.empty()) herder.url = "http://" + worker->server_->endpoint().to_string();
  worker->url_ = herder.url;
  WEIR_TRY_VAR(started, DistributedHerder::start(client, world, std::move(herder)));
  worker->herder_ = std::move(started);
  worker->routes_ = std::make_unique<Routes>(
      *worker->herder_,
      [token](const std::string& url, const RestRequest& request) {
        return rest_call(url, request, token, kForwardTimeout);
      },
      std::move(about));
  worker->ready_ = worker->routes_.get();
  return worker;
}

RestWorker::~RestWorker() {
  if (herder_ != nullptr) herder_->stop();  // who waits is answered
  server_.reset();
}

}  // namespace weir::connect
