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
    std::int64_t caught = 0;

    bool operator==(const Of&) const = default;
  };
  std::map<Kind, Of> by_kind;
  std::int64_t alerts = 0;
  std::int64_t false_alerts = 0;

  double precision() const;  // of the alerts, how many were right
  double recall() const;     // of the thefts, how many were caught

  std::string to_string() const;  // a table

  bool operator==(const Report&) const = default;
};

// Thefts count as caught if any of their transactions raised an alert, whatever its reason.
class Judge {
 public:
  explicit Judge(Simulation simulation);
  void take(const Alert& alert);
  Report report() const;

 private:
  struct Theft {
    Kind kind;
    bool is_caught = false;
  };
  std::map<std::int64_t, Theft> thefts_;
  std::map<std::int64_t, std::int64_t> theft_of_transaction_;
  std::int64_t alerts_ = 0;
  std::int64_t false_alerts_ = 0;
};

// The alerts of a topic, judged.
weir::Result<Report> judge_alerts(const weir::log::Client& log, const std::string& topic, Simulation simulation);

}  // namespace card_fraud
