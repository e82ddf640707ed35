// SecurityAdmin: users, rules about who may do what, and quotas, as an administrator sees them. One owner thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/security/acl.h"
#include "log/security/scram.h"

namespace weir::log {

struct Connection;  // log/client/connection.h
class Transport;    // log/wire/transport.h

struct UserListing {
  std::string name;
  std::map<security::ScramMechanism, std::int32_t> iterations;  // by mechanisms by which it can be known
};

// How much may be sent or fetched in a second. Of a user, a client id, or both: "" stands for all that have no quota of
// their own, nullopt: it does not matter.
struct QuotaListing {
  std::optional<std::string> user{};
  std::optional<std::string> client_id{};
  std::map<std::string, double> limits{};  // "producer_byte_rate", "consumer_byte_rate": bytes a second
};

class SecurityAdmin {
 public:
  SecurityAdmin(std::shared_ptr<Transport> transport, Clock& clock);
  ~SecurityAdmin();

  // A user, new or not, who is known by this password from now on, by each of the mechanisms. It is salted here: the
  // password itself is not sent. unacceptable_credential.
  Result<> put_user(const std::string& name, const std::string& password,
                    const std::vector<security::ScramMechanism>& mechanisms, std::int32_t iterations);
  // Its connections end. resource_not_found.
  Result<> remove_user(const std::string& name);
  Result<std::vector<UserListing>> list_users();

  Result<> add_acls(const std::vector<security::Acl>& acls);  // invalid_request: says what is wrong
  Result<std::vector<security::Acl>> list_acls(const security::AclFilter& filter);
  // Those that were there.
  Result<std::vector<security::Acl>> remove_acls(const security::AclFilter& filter);

  // nullopt: none any more. invalid_request.
  Result<> set_quota(const QuotaListing& of, const std::string& name, std::optional<double> bytes_per_second);
  Result<std::vector<QuotaListing>> list_quotas();

 private:
  template <class Request>
  Result<typename Request::Response> call(Request request);

  std::unique_ptr<Connection> connection_;
};

}  // namespace weir::log
