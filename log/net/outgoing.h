// Outgoing: a frame on its way to a socket, and how far it has got. For .cc files of this folder: it needs Asio.
#pragma once

#include <vector>

#include <boost/asio/buffer.hpp>

#include "log/wire/gathered.h"

namespace weir::log::net {

class Outgoing {
 public:
  Outgoing() = default;
  explicit Outgoing(wire::GatheredBytes frame) : frame_(std::move(frame)) {
    frame_.for_each_run([this](Bytes run) { runs_.emplace_back(run.data(), run.size()); });
  }
  Outgoing(const Outgoing&) = delete;  // the runs lie in the frame
  Outgoing& operator=(const Outgoing&) = delete;

  bool is_done() const { return first_ == runs_.size(); }
  // What is left, as much of it as one call to the system takes.
  std::vector<boost::asio::const_buffer> rest() const {
    const auto count = std::min(runs_.size() - first_, kMostRuns);
    const auto begin = runs_.begin() + static_cast<std::ptrdiff_t>(first_);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
  void sent(std::size_t bytes) {
    while (bytes > 0) {
      auto& run = runs_[first_];
      const std::size_t part = std::min(bytes, run.size());
      run += part;
      bytes -= part;
      if (run.size() == 0) ++first_;
    }
  }

 private:
  static constexpr std::size_t kMostRuns = 64;

  wire::GatheredBytes frame_;
  std::vector<boost::asio::const_buffer> runs_;
  std::size_t first_ = 0;  // that is not sent
};

}  // namespace weir::log::net
