// The records that the generate source gives: what a payment, a click or a reading of a sensor looks like. Record I of
// a seed is the same, whoever makes it and whenever.
#pragma once

#include <cstdint>

#include "connect/data/connect_record.h"

namespace weir::connect {

enum class Generated { payments, clicks, sensors };

// The record with this number, from 0 on. Key and value are text, the value JSON:
//   payments  key card-0042
//   {"id":0,"card":"card-0042","merchant":"m-17","amount":12.30,"currency":"EUR","country":"DE","approved":true} clicks
//   key user-0042   {"id":0,"user":"user-0042","page":"/cart","referrer":"search","session":"s-7f3a"} sensors   key
//   sensor-042  {"id":0,"sensor":"sensor-042","celsius":21.37,"humidity":0.48,"battery":0.93}
// The timestamp is left alone.
ConnectRecord generated_record(Generated kind, std::uint64_t seed, std::uint64_t number);

}  // namespace weir::connect
