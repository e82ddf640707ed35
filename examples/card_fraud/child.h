// Runs this program once more, in a process of its own, and tells how that ended.
#pragma once

#include <string>
#include <vector>

#include <weir/log.h>

namespace card_fraud {

struct Outcome {
  int status = 0;
  int signal = 0;  // that ended it; 0: none

  bool is_well() const { return status == 0 && signal == 0; }
  std::string to_string() const;
};

// Waits until it has ended.
weir::Result<Outcome> run_again(const std::vector<std::string>& arguments);

// How the program `weir` is called from here: by its path if it lies beside this one, else by its name.
std::string path_of_weir();

}  // namespace card_fraud
