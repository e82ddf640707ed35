// PipeFile: what comes through a descriptor, once, as a File that is read from front to back.
#pragma once

#include <memory>

#include "log/base/clock.h"
#include "log/base/file.h"

namespace weir::connect {

class PipeFile final : public File {
 public:
  // The descriptor stays its owner's.
  explicit PipeFile(int descriptor) : descriptor_(descriptor) {}

  // How long the next reads may wait for bytes. Nothing came: they give none, and `has_ended` says whether that is all.
  void set_patience(Millis patience) { patience_ = patience; }
  bool has_ended() const { return has_ended_; }

  // Precondition: `position` is behind what was read.
  Result<std::size_t> read_at(std::uint64_t position, char* into, std::size_t size) const override;
  Result<std::uint64_t> size() const override { return read_; }
  Result<> write_at(std::uint64_t, Bytes) override { return no_way(); }
  Result<> write_parts_at(std::uint64_t, std::span<const Bytes>) override { return no_way(); }
  Result<> truncate(std::uint64_t) override { return no_way(); }
  Result<> sync_data() override { return no_way(); }
  Result<std::uint64_t> inode() const override { return 0; }

 private:
  static Result<> no_way() { return fail(ErrorCode::wrong_state, "what comes through a pipe is only read"); }

  int descriptor_;
  Millis patience_{0};
  mutable std::uint64_t read_ = 0;
  mutable bool has_ended_ = false;
};

// Writes all of it. io_error: nobody reads it any more, or what the system says.
Result<> write_through(int descriptor, Bytes bytes);

}  // namespace weir::connect
