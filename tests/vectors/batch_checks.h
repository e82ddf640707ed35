// Checks of the vectors that the codecs of log/base and log/model answer: records, markers, varints, hashes. Each takes
// one line and says what is wrong with our answer, or nothing.
#pragma once

#include <optional>
#include <string>

#include <boost/json.hpp>

namespace weir::vectors {

using Failure = std::optional<std::string>;

Failure check_records(const boost::json::object& line);
Failure check_markers(const boost::json::object& line);
Failure check_varints(const boost::json::object& line);
Failure check_crc32c(const boost::json::object& line);
Failure check_uuid(const boost::json::object& line);

}  // namespace weir::vectors
