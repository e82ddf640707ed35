// SaslHandshake and SaslAuthenticate where nobody is asked who it is. Where somebody is, the connection answers them
// itself (log/server).
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/sasl_authenticate.h"
#include "log/wire/messages/sasl_handshake.h"

namespace weir::log::broker {

// Both: illegal_sasl_state.
wire::SaslHandshakeResponse refuse_handshake(RequestContext context, wire::SaslHandshakeRequest& request);
wire::SaslAuthenticateResponse refuse_authentication(RequestContext context, wire::SaslAuthenticateRequest& request);

}  // namespace weir::log::broker
