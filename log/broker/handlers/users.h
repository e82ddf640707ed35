// Users: DescribeUserScramCredentials, AlterUserScramCredentials (KIP-554). A user is a name with credentials of SCRAM;
// passwords are never told, nor kept.
#pragma once

#include "log/broker/handlers/context.h"
#include "log/wire/messages/alter_user_scram_credentials.h"
#include "log/wire/messages/describe_user_scram_credentials.h"

namespace weir::log::broker {

wire::DescribeUserScramCredentialsResponse describe_users(RequestContext context,
                                                          wire::DescribeUserScramCredentialsRequest& request);
// A user's changes are made together or not at all; those of others do not depend on them.
wire::AlterUserScramCredentialsResponse alter_users(RequestContext context,
                                                    wire::AlterUserScramCredentialsRequest& request);

}  // namespace weir::log::broker
