#include "log/security/random.h"

#include <openssl/rand.h>

#include "log/base/assert.h"

namespace weir::log::security {

OwnedBytes random_bytes(std::size_t count) {
  OwnedBytes bytes(count, '\0');
  const int done = RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  WEIR_ASSERT(done == 1, "the machine gives no random numbers");
  return bytes;
}

}  // namespace weir::log::security
