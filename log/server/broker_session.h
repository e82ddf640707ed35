// BrokerSession: one connection to a broker: who it is of, by SASL, by a certificate, or by nothing, and what it may
// do.
//
//   SASL:  ApiVersions* SaslHandshake SaslAuthenticate+ | then whatever it may, and once its time is over, SASL again
//
// Who sends or fetches more than its quota is told so, and its next request waits (KIP-219).
// Anything else, before it is known who it is, closes the connection. Of the connection's thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "log/broker/access.h"
#include "log/broker/broker.h"
#include "log/net/service.h"
#include "log/security/sasl_server.h"
#include "log/server/broker_service.h"

namespace weir::log::server {

class BrokerSession final : public net::Session {
 public:
  // All outlive it.
  BrokerSession(broker::Broker& broker, const BrokerService::Options& options, const broker::AccessPolicy& policy,
                Meters& meters, net::Peer peer);

  std::optional<Task<Result<>>> answer(const net::Call& call, void* request, void* response) override;
  Stage stage() const override;
  bool takes_tokens() const override { return takes_tokens_; }
  bool is_welcome() override;

 private:
  bool has_sasl() const {
    return peer_.listener < options_.mechanisms.size() && !options_.mechanisms[peer_.listener].empty();
  }
  Result<> check_turn(wire::ApiKey api);
  bool is_expired() const;
  std::optional<Task<Result<>>> shake_hands(const net::Call& call, const std::string& mechanism, void* response);
  Task<Result<>> authenticate(net::Call call, OwnedBytes token, void* response);
  void prove(std::int16_t version, void* response);
  Task<Result<>> fail_late(Executor& executor);
  std::optional<Task<Result<>>> hand_over(const net::Call& call, void* request, void* response);
  Task<Result<>> hand_over_later(net::Call call, void* request, void* response);
  Task<Result<>> metered(net::Call call, std::shared_ptr<const cluster::Metadata> metadata, void* request,
                         void* response);

  broker::Broker& broker_;
  const BrokerService::Options& options_;
  const broker::AccessPolicy& policy_;
  Meters& meters_;
  const net::Peer peer_;
  std::shared_ptr<security::SaslServer> sasl_;  // shared: with a step on the pool; null: nobody says who it is
  std::string user_;                            // who it is of, once that is known, and by which credential
  security::ScramMechanism proved_by_ = security::ScramMechanism::sha_256;
  std::optional<broker::Access> access_;  // once it is known who it is, if not everything is allowed
  std::int64_t expires_ns_ = 0;           // 0: never
  std::int64_t muted_until_ns_ = 0;       // it has sent or been given too much: no request is looked at before
  bool takes_tokens_ = false;
  bool is_over_ = false;
};

}  // namespace weir::log::server
