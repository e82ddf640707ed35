// What was caught, what was missed and what was raised falsely, against the simulation's labels.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <weir/log.h>

#include "examples/card_fraud/simulation.h"
#include "examples/card_fraud/topology.h"

namespace card_fraud {

struct Report {
  struct Of {
    std::int64_t thefts = 0;
    std::int64_t caught = 0;  // by whatever rule
    std::int64_t alerts = 0;  // of the rule for this kind
    std::int64_t false_alerts = 0;
    std::string time_line = {};  // of the rule's first alert that was right

    double precision() const;  // of the alerts, how many were right
    double recall() const;     // of the thefts, how many were caught
    bool operator==(const Of&) const = default;
  };
  std::map<Kind, Of> by_kind;

  Of total() const;
  std::string to_string() const;   // a table
  std::string time_lines() const;  // an alert of each rule, event by event

  bool operator==(const Report&) const = default;
};

// An alert is right if the last of its events belongs to a theft. A theft is caught if an alert that is right has one
// of its events, whatever the reason; one that the end of the simulation cut off does not count as missed, nor as
// caught.
class Judge {
 public:
  explicit Judge(Simulation simulation);
  void take(const Alert& alert);
  Report report() const;

 private:
  struct Theft {
    Kind kind;
    int left = 0;  // transactions that are not made
    std::int64_t last_ms = 0;
    bool is_caught = false;
  };
  bool is_over(const Theft& theft) const;

  std::map<std::int64_t, Theft> thefts_;
  std::map<std::int64_t, std::int64_t> theft_of_transaction_;
  std::int64_t end_ms_ = 0;
  std::map<std::string, Report::Of> by_reason_;
  std::map<std::string, Alert> first_right_;  // by reason
};

// The alerts of a topic, judged.
weir::Result<Report> judge_alerts(const weir::log::Client& log, const std::string& topic, Simulation simulation);

}  // namespace card_fraud
