#include "log/embedded/housekeeper.h"

namespace weir::log::embedded {

Housekeeper::Housekeeper(broker::Broker& broker, Runner& runner) : broker_(broker), runner_(runner) {
  broker_.timers().on_earlier([&runner] { runner.look(); });
  started_ = runner_.add(*this);
}

}  // namespace weir::log::embedded
