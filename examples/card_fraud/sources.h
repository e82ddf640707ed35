// What the simulation makes, as sources of Weir's connect: their position is a number of records, so that a run that
// was killed goes on with the record behind the last one that was committed.
#pragma once

#include <memory>

#include <weir/connect.h>

#include "examples/card_fraud/simulation.h"

namespace card_fraud {

std::unique_ptr<weir::connect::Source> profile_source(const Simulation& simulation);
std::unique_ptr<weir::connect::Source> transaction_source(Simulation simulation);

}  // namespace card_fraud
