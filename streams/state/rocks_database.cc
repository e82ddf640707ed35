#include "streams/state/rocks_database.h"

#include <cstdarg>
#include <filesystem>
#include <map>
#include <system_error>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "log/base/assert.h"
#include "log/base/directory.h"
#include "log/base/mutex.h"

namespace weir::streams::state {

namespace {

const rocksdb::Slice kPositionKey("\0position", 9);
constexpr char kRowPrefix = '\1';
constexpr char kPastRows = '\2';

// RocksDB's own notes about itself go nowhere: a file of them that cannot be written (a full disk) would abort the
// process where RocksDB has its assertions on, as Debian's has.
class NoNotes final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

bool says(const std::string& text, const char* word) {
  return text.find(word) != std::string::npos;
}

constexpr const char* kRemedy =
    ": remove the directory while the application is stopped; what has a changelog is read from there again";

// In words of what can be done: RocksDB's speak of its insides.
Error error_of(const rocksdb::Status& status, const std::string& path) {
  const std::string text = status.ToString();
  if (status.IsNoSpace() || says(text, "No space left")) {
    return {ErrorCode::no_space, "no room for the state in " + path + ": make room on its disk, or choose another " +
                                     "AppOptions::state_directory"};
  }
  if (says(text, "Read-only file system")) {
    return {ErrorCode::read_only, "the state in " + path + ": mount its file system for writing"};
  }
  if (says(text, "Permission denied")) {
    return {ErrorCode::permission_denied,
            "the state in " + path + ": let the user of this process read and write there"};
  }
  if (says(text, "lock hold by") || says(text, "While lock file")) {
    return {ErrorCode::locked,
            "the state in " + path + " is in use by another process, or another application of this one"};
  }
  if (says(text, "Too many open files")) {
    return {ErrorCode::io_error, "the state in " + path + ": too many open files (`ulimit -n`)"};
  }
  const bool is_damage = status.IsCorruption() || status.IsInvalidArgument() || status.IsNotSupported() ||
                         status.subcode() == rocksdb::Status::kPathNotFound || says(text, "No such file");
  if (is_damage) return {ErrorCode::corrupt_data, "the state in " + path + " is damaged" + kRemedy};
  const auto last = text.rfind(": ");
  return {ErrorCode::io_error, "the state in " + path + " cannot be read or written: " +
                                   (last == std::string::npos ? text : text.substr(last + 2))};
}

rocksdb::Slice slice(Bytes bytes) {
  return {bytes.data(), bytes.size()};
}
Bytes bytes(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

OwnedBytes row_key(Bytes key) {
  OwnedBytes out(1, kRowPrefix);
  out.append(key);
  return out;
}

std::shared_ptr<rocksdb::Cache> shared_block_cache(std::size_t size) {
  static Mutex mutex;
  static std::map<std::size_t, std::weak_ptr<rocksdb::Cache>> caches;
  MutexLock lock(mutex);
  auto cache = caches[size].lock();
  if (cache == nullptr) caches[size] = cache = rocksdb::NewLRUCache(size);
  return cache;
}

class CacheAndBuffers final : public RocksMemory {
 public:
  explicit CacheAndBuffers(std::size_t bytes)
      : cache(rocksdb::NewLRUCache(bytes)),
        buffers(std::make_shared<rocksdb::WriteBufferManager>(std::max<std::size_t>(bytes / 2, 1), cache)) {}
  std::size_t used_bytes() const override { return cache->GetUsage(); }

  const std::shared_ptr<rocksdb::Cache> cache;                 // shared with the databases, as RocksDB wants it
  const std::shared_ptr<rocksdb::WriteBufferManager> buffers;  // the same
};

}  // namespace

std::shared_ptr<RocksMemory> RocksMemory::make(std::size_t bytes) {
  return std::make_shared<CacheAndBuffers>(bytes);
}

struct RocksDatabase::Impl {
  std::string path;
  RocksOptions options;
  rocksdb::Options rocks;
  std::unique_ptr<rocksdb::DB> db;
  std::map<std::string, rocksdb::ColumnFamilyHandle*> families;
  std::uint64_t next_file = 0;

  ~Impl() {
    for (auto& [name, handle] : families) {
      if (db != nullptr) db->DestroyColumnFamilyHandle(handle);
    }
    if (db != nullptr) db->Close();
  }
};

RocksDatabase::RocksDatabase(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksDatabase::~RocksDatabase() = default;

namespace {

class RocksIterator final : public BackingIterator {
 public:
  RocksIterator(std::unique_ptr<rocksdb::Iterator> rows, const std::string& path, ScanOrder order, OwnedBytes from,
                OwnedBytes to)
      : rows_(std::move(rows)),
        path_(path),
        forward_(order == ScanOrder::forward),
        from_(std::move(from)),
        to_(std::move(to)) {
    if (forward_) {
      rows_->Seek(from_);
    } else {
      rows_->SeekForPrev(to_);
      if (rows_->Valid() && rows_->key().compare(to_) >= 0) rows_->Prev();
    }
  }

  bool valid() const override {
    if (!rows_->Valid()) return false;
    return forward_ ? rows_->key().compare(to_) < 0 : rows_->key().compare(from_) >= 0;
  }
  Bytes key() const override { return bytes(rows_->key()).substr(1); }
  Bytes value() const override { return bytes(rows_->value()); }
  void next() override {
    if (forward_) {
      rows_->Next();
    } else {
      rows_->Prev();
    }
  }
  Result<> status() const override {
    if (rows_->status().ok()) return {};
    return fail(error_of(rows_->status(), path_));
  }

 private:
  std::unique_ptr<rocksdb::Iterator> rows_;
  const std::string path_;
  bool forward_;
  OwnedBytes from_;
  OwnedBytes to_;
};

class RocksBacking final : public Backing {
 public:
  RocksBacking(std::shared_ptr<RocksDatabase> keep, RocksDatabase::Impl& database, rocksdb::ColumnFamilyHandle* family)
      : keep_(std::move(keep)), database_(database), family_(family) {}

  Result<bool> get(Bytes key, OwnedBytes& value) override {
    scratch_.assign(1, kRowPrefix);
    scratch_.append(key);
    rocksdb::PinnableSlice found;
    auto status = database_.db->Get(rocksdb::ReadOptions(), family_, slice(scratch_), &found);
    if (status.IsNotFound()) return false;
    if (!status.ok()) return fail(error(status));
    value.assign(found.data(), found.size());
    return true;
  }

  std::unique_ptr<BackingIterator> scan(Bytes from, Bytes to, ScanOrder order) override {
    OwnedBytes end = to.empty() ? OwnedBytes(1, kPastRows) : row_key(to);
    rocksdb::ReadOptions options;
    return std::make_unique<RocksIterator>(
        std::unique_ptr<rocksdb::Iterator>(database_.db->NewIterator(options, family_)), database_.path, order,
        row_key(from), std::move(end));
  }

  Result<> apply(std::span<const EncodedRow> rows, std::span<const KeyRange> dropped,
                 const Position& position) override {
    // Dropped ranges only hold what no read can see any more, so they may go before the rows and on their own.
    for (const KeyRange& range : dropped) {
      rocksdb::WriteBatch batch;
      OwnedBytes from = row_key(range.from);
      OwnedBytes to = row_key(range.to);
      auto status = batch.DeleteRange(family_, from, to);
      if (status.ok()) status = database_.db->Write(no_log(), &batch);
      if (!status.ok()) return fail(error(status));
    }
    return rows.size() >= database_.options.ingest_rows ? ingest(rows, position) : write(rows, position);
  }

  Result<std::optional<Position>> position() override {
    std::string stored;
    auto status = database_.db->Get(rocksdb::ReadOptions(), family_, kPositionKey, &stored);
    if (status.IsNotFound()) return std::optional<Position>{};
    if (!status.ok()) return fail(error(status));
    auto position = Position::decode(stored);
    if (!position) {
      return fail(ErrorCode::corrupt_data, "the state in " + database_.path + " has no readable position" + kRemedy);
    }
    return position;
  }

  Result<> flush() override {
    auto status = database_.db->Flush(rocksdb::FlushOptions(), family_);
    if (!status.ok()) return fail(error(status));
    unflushed_bytes_ = 0;
    return {};
  }

  Result<> clear() override {
    rocksdb::WriteBatch batch;
    auto status = batch.DeleteRange(family_, rocksdb::Slice("\0", 1), rocksdb::Slice(&kPastRows, 1));
    if (status.ok()) status = database_.db->Write(no_log(), &batch);
    if (!status.ok()) return fail(error(status));
    return flush();
  }

  std::uint64_t approximate_bytes() override {
    std::uint64_t files = 0;
    std::uint64_t memory = 0;
    database_.db->GetIntProperty(family_, rocksdb::DB::Properties::kLiveSstFilesSize, &files);
    database_.db->GetIntProperty(family_, rocksdb::DB::Properties::kCurSizeAllMemTables, &memory);
    return files + memory;
  }

  std::uint64_t approximate_rows() override {
    std::uint64_t keys = 0;
    database_.db->GetIntProperty(family_, rocksdb::DB::Properties::kEstimateNumKeys, &keys);
    return keys > 0 ? keys - 1 : 0;  // one of them is the position
  }

  std::uint64_t unflushed_bytes() override { return unflushed_bytes_; }

 private:
  static rocksdb::WriteOptions no_log() {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return options;
  }

  Error error(const rocksdb::Status& status) const { return error_of(status, database_.path); }

  Result<> write(std::span<const EncodedRow> rows, const Position& position) {
    rocksdb::WriteBatch batch;
    rocksdb::Status status = batch.Put(family_, kPositionKey, position.encode());
    for (const EncodedRow& row : rows) {
      scratch_.assign(1, kRowPrefix);
      scratch_.append(row.key());
      if (status.ok()) {
        status = row.value() ? batch.Put(family_, slice(scratch_), slice(*row.value()))
                             : batch.Delete(family_, slice(scratch_));
      }
    }
    std::size_t size = batch.GetDataSize();
    if (status.ok()) status = database_.db->Write(no_log(), &batch);
    if (!status.ok()) return fail(error(status));
    unflushed_bytes_ += size;
    return {};
  }

  // A large set becomes a sorted file that is taken over as a whole. The position is one of its rows, and it overlaps
  // the memtable's, so RocksDB flushes what was written before first: no crash can show this file without that.
  Result<> ingest(std::span<const EncodedRow> rows, const Position& position) {
    std::string path = database_.path + "/ingest-" + std::to_string(database_.next_file++) + ".sst";
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), database_.rocks, family_);
    auto status = writer.Open(path);
    if (status.ok()) status = writer.Put(kPositionKey, position.encode());
    for (const EncodedRow& row : rows) {
      if (!status.ok()) break;
      scratch_.assign(1, kRowPrefix);
      scratch_.append(row.key());
      status = row.value() ? writer.Put(slice(scratch_), slice(*row.value())) : writer.Delete(slice(scratch_));
    }
    if (status.ok()) status = writer.Finish();
    if (status.ok()) {
      rocksdb::IngestExternalFileOptions options;
      options.move_files = true;
      status = database_.db->IngestExternalFile(family_, {path}, options);
    }
    if (!status.ok()) {
      std::error_code ignored;
      std::filesystem::remove(path, ignored);
      return fail(error(status));
    }
    unflushed_bytes_ = 0;
    return {};
  }

  std::shared_ptr<RocksDatabase> keep_;  // shared: the backings of a task's stores hold their one database open
  RocksDatabase::Impl& database_;
  rocksdb::ColumnFamilyHandle* family_;
  OwnedBytes scratch_;
  std::uint64_t unflushed_bytes_ = 0;
};

void remove_left_over_files(const std::string& path) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (entry.path().filename().string().starts_with("ingest-")) std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace

Result<std::shared_ptr<RocksDatabase>> RocksDatabase::open(const std::string& path,
                                                           const std::vector<std::string>& stores,
                                                           const RocksOptions& options) {
  if (auto made = posix_files().create_directories(path); !made) {
    return fail(unusable_directory(posix_files(), path, made.error(), {"a store", "AppOptions::state_directory"}));
  }
  remove_left_over_files(path);

  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->options = options;
  impl->rocks.create_if_missing = true;
  impl->rocks.create_missing_column_families = true;
  impl->rocks.write_buffer_size = options.write_buffer_bytes;
  impl->rocks.max_background_jobs = 2;
  impl->rocks.info_log = std::make_shared<NoNotes>();
  impl->rocks.max_open_files = options.max_open_files;
  // By the caller's thread: others for a moment are not worth their start, and one that is not to be had ends the
  // process.
  impl->rocks.max_file_opening_threads = 1;
  impl->rocks.avoid_flush_during_shutdown = !options.flush_on_close;
  rocksdb::BlockBasedTableOptions table;
  if (options.memory != nullptr) {
    const auto& memory = static_cast<const CacheAndBuffers&>(*options.memory);
    table.block_cache = memory.cache;
    table.cache_index_and_filter_blocks = true;
    // In parts, so that a look for one key reads a block of them where they do not fit.
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.partition_filters = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    impl->rocks.write_buffer_manager = memory.buffers;
  } else {
    table.block_cache = shared_block_cache(options.block_cache_bytes);
  }
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  impl->rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

  std::vector<std::string> names;
  auto status = rocksdb::DB::ListColumnFamilies(impl->rocks, path, &names);
  if (!status.ok()) names.clear();  // a new database; of a damaged one `Open` says so
  for (const std::string& store : stores) {
    if (std::find(names.begin(), names.end(), store) == names.end()) names.push_back(store);
  }
  if (std::find(names.begin(), names.end(), rocksdb::kDefaultColumnFamilyName) == names.end()) {
    names.push_back(rocksdb::kDefaultColumnFamilyName);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const std::string& name : names) descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions(impl->rocks));

  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  try {
    status = rocksdb::DB::Open(rocksdb::DBOptions(impl->rocks), path, descriptors, &handles, &db);
  } catch (const std::system_error& error) {
    return fail(ErrorCode::io_error, "no thread can be started for the state in " + path + ": " + error.what());
  }
  if (!status.ok()) return fail(error_of(status, path));
  impl->db.reset(db);
  for (std::size_t i = 0; i < names.size(); ++i) impl->families[names[i]] = handles[i];
  return std::shared_ptr<RocksDatabase>(new RocksDatabase(std::move(impl)));
}

std::unique_ptr<Backing> RocksDatabase::backing(const std::shared_ptr<RocksDatabase>& database,
                                                const std::string& store) {
  auto family = database->impl_->families.find(store);
  WEIR_ASSERT(family != database->impl_->families.end(), store);
  return std::make_unique<RocksBacking>(database, *database->impl_, family->second);
}

}  // namespace weir::streams::state
