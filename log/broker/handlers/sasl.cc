#include "log/broker/handlers/sasl.h"

namespace weir::log::broker {

wire::SaslHandshakeResponse refuse_handshake(RequestContext, wire::SaslHandshakeRequest&) {
  wire::SaslHandshakeResponse response;
  response.error_code = ErrorCode::illegal_sasl_state;
  return response;
}

wire::SaslAuthenticateResponse refuse_authentication(RequestContext, wire::SaslAuthenticateRequest&) {
  wire::SaslAuthenticateResponse response;
  response.error_code = ErrorCode::illegal_sasl_state;
  response.error_message = "nobody is asked who it is here";
  return response;
}

}  // namespace weir::log::broker
