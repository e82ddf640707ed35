// Checks of the vectors, one line at a time: what is wrong with our answer, or nothing. Each throws where a line has
// not the shape that it should have.
#pragma once

#include <optional>
#include <string>

#include <boost/json.hpp>

namespace weir::vectors {

using Failure = std::optional<std::string>;

// Any line: finds out what it is by its fields. A line that nothing here knows fails and says so.
Failure check_line(const boost::json::object& line);

Failure check_records(const boost::json::object& line);
Failure check_markers(const boost::json::object& line);
Failure check_varints(const boost::json::object& line);
Failure check_hashes(const boost::json::object& line);
Failure check_wire(const boost::json::object& line);
Failure check_coordinator_record(const boost::json::object& line);
Failure check_consumer_protocol(const boost::json::object& line);
Failure check_scram(const boost::json::object& line);
Failure check_assignor(const boost::json::object& line);

// The line's `hex` as an int16 version and the data message of that name, against its `message`.
Failure check_versioned_message(const boost::json::object& line, const std::string& name);
// With stores in memory and over RocksDB; a quirk with Compat::kafka, anything else with and without it.
Failure check_streams(const boost::json::object& line);

// By the engine, with what is kept of the key written and read back after every event, and by an operator that the
// public language describes (data/CEP.md).
Failure check_pattern(const boost::json::object& line);

// A file of lines: how many passed, and "FILE:LINE NAME: WHAT" for each that did not.
struct FileOutcome {
  int passed = 0;
  std::vector<std::string> failures;
};
FileOutcome check_file(const std::string& path);

}  // namespace weir::vectors
