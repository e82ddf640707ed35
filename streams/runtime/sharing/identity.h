// Who an instance is. Its name is part of its transactional ids: whoever comes back with the same state ends what it
// left open, and takes the place in the group that it had (KIP-345).
#pragma once

#include <cstdint>
#include <string>

#include "log/base/result.h"

namespace weir::streams {

struct Identity {
  std::string name;         // empty: the instance that an embedded log has of its own
  bool is_lasting = false;  // it is kept in a file, and known to the group
};

// Over an embedded log that nobody else reaches it follows from the state's directory: empty for `usual_directory`, the
// one beside the log. Else, where no usual one is given, it is what "APPLICATION.instance" in that directory says,
// which is made of `random` if it is not there. io_error, corrupt_data.
Result<Identity> identity_of(const std::string& application_id, const std::string& state_directory,
                             const std::string& usual_directory, std::uint64_t random);

std::string transactional_id(const std::string& application_id, const std::string& instance, int thread);
// The instance's name in a transactional id, if it is one of an instance of that application with a name as
// `identity_of` makes them; else empty. Ids of an application whose own id begins with this one's are none.
std::string instance_in(const std::string& transactional_id, const std::string& application_id);

}  // namespace weir::streams
