// A script: what happens, line by line, with a tab between the words:
//
//   event     KEY   {"kind": "login", "at_ms": 1000, ...}      an event of a key
//   rule      ID    {"id": "ID", "version": 1, ...}            a rule comes, or another version of it
//   withdraw  ID                                               it goes
//
// Lines that begin with # and empty ones are left out.
#pragma once

#include <string>
#include <vector>

#include <weir/log.h>

namespace rule_watch {

struct Line {
  enum class Kind { event, rule, withdraw };

  Kind kind = Kind::event;
  std::string key;   // of the event, or the rule's id
  std::string json;  // of a rule that is withdrawn none
};

// io_error; invalid_argument with the line's number.
weir::Result<std::vector<Line>> read_script(const std::string& path);

}  // namespace rule_watch
