// WriteBehind: the part that every store shares: rows with live values, the dirty and the pending set, and how they go
// through a commit. Stores add how rows are found (by key, by key and window).
//
// Cost: `modify` of a row that is already dirty is a flag test; the first touch after a commit copies the value, and so
// does the first one after a savepoint, where there are savepoints. At a commit each dirty row is encoded once.
// One owner thread. An error of the backing is kept (`error()`): reads then answer "no row", and the committer, which
// looks before it writes anything, must not commit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "streams/state/arena.h"
#include "streams/state/backing.h"
#include "streams/state/chunk_sweep.h"
#include "streams/state/pages.h"
#include "streams/state/row.h"
#include "streams/state/store.h"
#include "streams/state/type_ops.h"

namespace weir::streams::state {

class WriteBehind : public Store {
 public:
  WriteBehind(std::string name, const TypeOps& value_type, std::unique_ptr<Backing> backing);
  ~WriteBehind() override;

  const TypeOps& value_type() const { return *value_type_; }
  const std::optional<Error>& error() const { return error_; }

  // The live value of `row`, to be edited in place; a default one if the row did not exist. The row exists from here on
  // and is dirty.
  void* modify(Row& row, std::int64_t timestamp_ms);
  template <class T>
  T& modify_as(Row& row, std::int64_t timestamp_ms) {
    return *static_cast<T*>(modify(row, timestamp_ms));
  }
  void put(Row& row, const void* value, std::int64_t timestamp_ms);
  void erase(Row& row, std::int64_t timestamp_ms);

  // Store
  std::size_t dirty_rows() const override { return dirty_.size(); }
  std::size_t pending_rows() const override { return pending_.size(); }
  std::size_t pending_bytes() const override { return pending_bytes_; }
  std::size_t memory_bytes() const override {
    const std::size_t lists =
        (dirty_.capacity() + attempts_.capacity()) * sizeof(Image) + pending_.capacity() * sizeof(Row*);
    return arena_.held_bytes() + heap_bytes_ + image_heap_bytes_ + index_bytes() + lists + index_of_user_bytes_;
  }
  // What the operator that uses the store keeps in memory beside its rows: counts as theirs.
  void charge_index(std::size_t bytes) { index_of_user_bytes_ = bytes; }
  void measure() override;
  Result<> write_changes(ChangeSink& changelog) override;  // in order of first touch
  void committed() override;
  void undo() override;
  Result<> apply(const Position& position) override;
  void set_savepoint() override;
  void roll_back() override;
  void release_savepoint() override;
  // How often an attempt that had changed rows was taken back: what was made of rows in memory is to be made anew.
  std::uint64_t rollbacks() const { return rollbacks_; }
  Result<std::optional<Position>> stored_position() override;
  bool has_rows_below() const override;
  Result<> clear() override;

  bool holds_everything() const { return holds_everything_; }
  Backing* backing() const { return backing_.get(); }

 protected:
  Row* new_row(Bytes key, std::uint64_t hash);   // owns a copy of the key
  Row* new_row_sharing_key(const Entry& keyed);  // the key is kept alive by `keyed`
  void free_row(Row* row, bool owns_key);        // precondition: neither dirty nor pending
  // While chunks are retired: a clean row goes, or lies elsewhere from then on and says so where it was (`moved_to`).
  void drop_row(Row* row, bool owns_key);
  Row* move_row(Row* row, bool owns_key);
  static Row* moved_to(const Row* row) { return static_cast<Row*>(row->value_); }
  // What an eviction has to leave where it is, besides rows that are not clean.
  void pin_images(ChunkSweep& sweep) const;
  std::size_t row_bytes(const Row& row, bool owns_key) const;
  void release(Row* row, bool owns_key);  // whatever its state
  // The same where the store itself goes, and its memory with it.
  void release_with_store(Row* row, bool owns_key);
  void load_value(Row& row, Bytes stored);  // timestamp and value as stored below
  void restore_row(Row& row, NullableBytes value, std::int64_t timestamp_ms);
  void mark_pending(Row& row, std::size_t value_bytes);
  std::size_t value_bytes_of(const Row& row) const;
  std::size_t written_bytes(const Row& row, std::size_t value_bytes) const;
  // Those that are not worth writing below any more wait for no apply.
  void thin_out_pending();
  void fail(Error error);

  // A row's key in the changelog, and below.
  virtual Bytes changelog_key(const Row& row, OwnedBytes& scratch) const = 0;
  virtual Bytes backing_key(const Row& row, OwnedBytes& scratch) const = 0;
  virtual std::vector<KeyRange> take_dropped_ranges() { return {}; }
  // Whether a pending row is still worth writing below; if it is not, it lies in what is dropped.
  virtual bool is_kept_below(const Row&) const { return true; }
  virtual std::size_t index_bytes() const = 0;  // by which rows are found
  virtual void forget_rows() = 0;               // frees every row; nothing is dirty or pending any more
  // Those who read rows where they lie are to have copies of what they have not read (`has_readers_`).
  virtual void settle_readers() {}
  void about_to_change() {
    if (has_readers_) [[unlikely]]
      settle_readers();
  }
  virtual void on_committed() {}
  virtual void on_undone() {}
  virtual void on_applied() {}
  virtual void on_cleared() {}

  // May be made another row: it does not exist, and neither what is below nor an abort or an attempt would miss it.
  bool is_free(const Row& row) const { return row.is_new_ && !row.exists_ && savepoints_.empty(); }
  static bool is_clean(const Row& row) { return !row.is_dirty_ && !row.is_pending_; }
  static void mark_used(Row& row) { row.was_used_ = true; }
  static bool take_used(Row& row) {
    bool used = row.was_used_;
    row.was_used_ = false;
    return used;
  }

  static bool is_leaving(const Row& row) { return row.is_leaving_; }
  static void mark_leaving(Row& row, bool leaves) { row.is_leaving_ = leaves; }

  Arena arena_;
  bool holds_everything_;
  bool has_readers_ = false;

 private:
  struct Image {  // of one row, as it was before it was touched
    Row* row;
    void* value;  // in arena_, or null if the row did not exist
    std::int64_t timestamp_ms;
    std::size_t heap_bytes;  // of the value before it was touched
  };

  void touch(Row& row);
  void forget_pending();
  Image image_of(Row& row);
  void give_back(const Image& image);  // the row is as it was
  void make_value(Row& row);
  void drop_images(PagedVector<Image>& images, std::size_t from);
  std::size_t heap_of_value(const void* value) const;
  std::size_t heap_of(const Row& row) const;
  void measure(Image& image);
  std::size_t value_offset(std::size_t key_bytes) const;
  static char* own_key_of(Row* row);
  Row* place_row(std::size_t key_bytes);
  void settle(Row& row, std::size_t heap_before);

  const TypeOps* value_type_;
  std::unique_ptr<Backing> backing_;
  PagedVector<Image> dirty_;             // as they were committed
  PagedVector<Image> attempts_;          // as they were at the savepoints
  std::vector<std::size_t> savepoints_;  // sizes of attempts_
  std::uint64_t rollbacks_ = 0;
  bool uses_savepoints_ = false;  // rows are open only within attempts
  PagedVector<Row*> pending_;
  std::size_t pending_bytes_ = 0;
  std::optional<std::size_t> encoded_bytes_;  // of a value on average, where changes were encoded for the changelog
  Position applied_;                          // of what lies below
  bool is_measured_ = false;                  // what is dirty is in heap_bytes_ as it is now
  std::size_t heap_bytes_ = 0;
  std::size_t image_heap_bytes_ = 0;
  std::size_t index_of_user_bytes_ = 0;
  std::optional<Error> error_;
};

}  // namespace weir::streams::state
