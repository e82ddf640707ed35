// What the keys of coordinators' records have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "log/base/result.h"
#include "log/model/record.h"

namespace weir::log::broker {

// Which kind of record it is, and how its message is written; nothing: no key of a coordinator's.
std::optional<std::int16_t> version_of_key(const NullableBytes& key);
// corrupt_data, with the place.
tl::unexpected<Error> wrong_record(std::string_view topic, const RecordView& record, const Error& why);

}  // namespace weir::log::broker
