#include "log/model/batch_encoder.h"
#include "log/model/record_batch.h"
#include "tests/vectors/checks.h"
#include "tests/vectors/json_access.h"

namespace weir::vectors {

namespace {

using namespace weir::log;

// A batch as read, its views kept alive.
struct Read {
  RecordBatch batch;
  std::vector<RecordView> records;
  BatchReader reader;
};

struct Outcome {
  std::vector<std::unique_ptr<Read>> batches;
  std::string stage;  // where it failed: split, crc, iterate; empty if nothing was wrong
  std::size_t good_records = 0;
};

Outcome read_all(const OwnedBytes& bytes) {
  Outcome outcome;
  SharedBytes rest = SharedBytes::copy_of(bytes);
  while (!rest.empty()) {
    auto batch = RecordBatch::parse(rest, Trust::foreign);
    if (!batch && batch.error().code == ErrorCode::truncated) return outcome;
    if (!batch) {
      outcome.stage = "split";
      return outcome;
    }
    rest = rest.slice(batch->bytes.size());
    if (!batch->check_crc()) {
      outcome.stage = "crc";
      return outcome;
    }
    auto read = std::make_unique<Read>();
    read->batch = *batch;
    outcome.stage = "iterate";
    if (!read->reader.open(*batch)) return outcome;
    RecordView views[7];  // small, so that batches take several calls
    for (;;) {
      auto count = read->reader.fill(views);
      if (!count) return outcome;
      if (*count == 0) break;
      read->records.insert(read->records.end(), views, views + *count);
    }
    outcome.stage.clear();
    outcome.good_records += read->records.size();
    outcome.batches.push_back(std::move(read));
  }
  return outcome;
}

template <class A, class B>
void compare(std::string& wrong, const char* name, const A& ours, const B& theirs) {
  if (ours == theirs) return;
  wrong += std::string(wrong.empty() ? "" : "; ") + name + " is " + boost::json::serialize(boost::json::value(ours)) +
           ", not " + boost::json::serialize(boost::json::value(theirs));
}

void compare_header(std::string& wrong, const BatchHeader& ours, const Object& theirs) {
  auto number = [&](const char* name, std::int64_t value) {
    compare(wrong, name, value, number_of(theirs, name));
  };
  number("base_offset", ours.base_offset.value());
  number("batch_length", ours.batch_length);
  number("partition_leader_epoch", ours.leader_epoch.value());
  number("magic", ours.magic);
  number("crc", ours.crc);
  number("attributes", ours.attributes);
  number("last_offset_delta", ours.last_offset_delta);
  number("base_timestamp", ours.base_timestamp);
  number("max_timestamp", ours.max_timestamp);
  number("producer_id", ours.producer_id.value());
  number("producer_epoch", ours.producer_epoch.value());
  number("base_sequence", ours.base_sequence.value());
  number("count", ours.count);
  number("last_offset", ours.last_offset().value());
  number("last_sequence", ours.last_sequence().value());
  compare(wrong, "compression", std::string(name_of(ours.compression())), text_of(theirs, "compression"));
  bool append_time = ours.timestamp_type() == TimestampType::log_append_time;
  compare(wrong, "timestamp_type", std::string(append_time ? "LogAppendTime" : "CreateTime"),
          text_of(theirs, "timestamp_type"));
  compare(wrong, "transactional", ours.is_transactional(), theirs.at("transactional").as_bool());
  compare(wrong, "control", ours.is_control(), theirs.at("control").as_bool());
  boost::json::value horizon;
  if (ours.has_delete_horizon()) horizon = ours.base_timestamp;
  compare(wrong, "delete_horizon_ms", horizon, theirs.at("delete_horizon_ms"));
}

boost::json::value hex_or_null(const NullableBytes& bytes) {
  return bytes ? boost::json::value(to_hex(*bytes)) : boost::json::value(nullptr);
}

boost::json::array headers_of(const RecordView& record) {
  boost::json::array all;
  for (const auto& header : record.headers.decode()) {
    boost::json::array pair;
    pair.emplace_back(std::string(header.key));
    pair.push_back(hex_or_null(header.value));
    all.push_back(std::move(pair));
  }
  return all;
}

void compare_record(std::string& wrong, const RecordView& ours, const Object& theirs) {
  compare(wrong, "offset", ours.offset.value(), number_of(theirs, "offset"));
  compare(wrong, "timestamp", ours.timestamp_ms, number_of(theirs, "timestamp"));
  compare(wrong, "key", hex_or_null(ours.key), theirs.at("key_hex"));
  compare(wrong, "value", hex_or_null(ours.value), theirs.at("value_hex"));
  compare(wrong, "headers", boost::json::value(headers_of(ours)), theirs.at("headers"));
}

// The batch of the header and the records as the vector tells them.
struct Told {
  BatchHeader header;
  std::vector<RecordToEncode> records;
  std::vector<std::unique_ptr<OwnedBytes>> bytes;  // what the records borrow
};

NullableBytes keep(Told& told, const boost::json::value& hex) {
  auto bytes = nullable_bytes_of(hex);
  if (!bytes) return std::nullopt;
  told.bytes.push_back(std::make_unique<OwnedBytes>(*std::move(bytes)));
  return Bytes(*told.bytes.back());
}

Told told(const Object& batch, const boost::json::array& records) {
  Told result;
  BatchHeader& header = result.header;
  header.base_offset = Offset(number_of(batch, "base_offset"));
  header.leader_epoch = LeaderEpoch(static_cast<std::int32_t>(number_of(batch, "partition_leader_epoch")));
  header.attributes = static_cast<std::int16_t>(number_of(batch, "attributes"));
  header.last_offset_delta = static_cast<std::int32_t>(number_of(batch, "last_offset_delta"));
  header.base_timestamp = number_of(batch, "base_timestamp");
  header.max_timestamp = number_of(batch, "max_timestamp");
  header.producer_id = ProducerId(number_of(batch, "producer_id"));
  header.producer_epoch = ProducerEpoch(static_cast<std::int16_t>(number_of(batch, "producer_epoch")));
  header.base_sequence = Sequence(static_cast<std::int32_t>(number_of(batch, "base_sequence")));
  for (const auto& entry : records) {
    const Object& object = entry.as_object();
    RecordToEncode record;
    record.offset = Offset(number_of(object, "offset"));
    bool differs = object.contains("stored_timestamp");
    record.timestamp_ms = number_of(object, differs ? "stored_timestamp" : "timestamp");
    record.key = keep(result, object.at("key_hex"));
    record.value = keep(result, object.at("value_hex"));
    for (const auto& header_entry : object.at("headers").as_array()) {
      const auto& pair = header_entry.as_array();
      result.bytes.push_back(std::make_unique<OwnedBytes>(pair[0].as_string()));
      record.headers.push_back({Bytes(*result.bytes.back()), keep(result, pair[1])});
    }
    result.records.push_back(std::move(record));
  }
  return result;
}

void compare_encoding(std::string& wrong, const Read& read, const Object& batch, const boost::json::array& records) {
  Told input = told(batch, records);
  auto ours = encode_batch(input.header, input.records);
  if (!ours) {
    wrong += " cannot encode: " + ours.error().to_string();
    return;
  }
  Bytes original = read.batch.bytes.view();
  Compression codec = read.batch.header.compression();
  if (codec == Compression::none || records.empty()) {
    compare(wrong, "encoding", to_hex(ours->bytes.view()), to_hex(original));
    return;
  }
  OwnedBytes our_payload;
  OwnedBytes their_payload;
  if (!decompress(codec, ours->bytes.view().substr(kBatchHeaderSize), our_payload) ||
      !decompress(codec, original.substr(kBatchHeaderSize), their_payload)) {
    wrong += " cannot decompress";
    return;
  }
  compare(wrong, "payload", to_hex(our_payload), to_hex(their_payload));
}

void compare_batch(std::string& wrong, const Read& read, const Object& batch, const boost::json::array& records,
                   bool encode) {
  compare_header(wrong, read.batch.header, batch);
  if (read.records.size() != records.size()) {
    wrong += " " + std::to_string(read.records.size()) + " records, not " + std::to_string(records.size());
    return;
  }
  for (std::size_t i = 0; i < records.size(); ++i) compare_record(wrong, read.records[i], records[i].as_object());
  if (encode) compare_encoding(wrong, read, batch, records);
}

// Where Java's reader found nothing wrong ours reads the same.
void compare_good(std::string& wrong, const Outcome& outcome, const Object& line) {
  boost::json::array batches;
  bool encode = !line.contains("error");
  if (line.contains("batches")) {
    batches = line.at("batches").as_array();
  } else {
    batches.push_back(line);
  }
  if (!outcome.stage.empty()) wrong += "failed at " + outcome.stage;
  if (outcome.batches.size() != batches.size()) {
    wrong += " " + std::to_string(outcome.batches.size()) + " batches, not " + std::to_string(batches.size());
    return;
  }
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const Object& entry = batches[i].as_object();
    compare_batch(wrong, *outcome.batches[i], entry.at("batch").as_object(), entry.at("records").as_array(), encode);
  }
}

}  // namespace

Failure check_records(const Object& line) {
  Outcome outcome = read_all(bytes_of(line, "hex"));
  std::string wrong;
  if (is_null(line, "error")) {
    compare_good(wrong, outcome, line);
  } else {
    std::string stage = text_of(line, "stage");
    bool incomplete = text_of(line, "name") == "corrupt/length-field-max" && outcome.stage.empty();
    // A batch too short for its header is an error either way, whether its length or its checksum says so.
    bool refused = (outcome.stage == "split" || outcome.stage == "crc") && (stage == "split" || stage == "crc");
    if (outcome.stage != stage && !refused && !incomplete)
      wrong += "failed at '" + outcome.stage + "', not at '" + stage + "'";
    compare(wrong, "good_batches", static_cast<std::int64_t>(outcome.batches.size()), number_of(line, "good_batches"));
    compare(wrong, "good_records", static_cast<std::int64_t>(outcome.good_records), number_of(line, "good_records"));
  }
  if (wrong.empty()) return std::nullopt;
  return wrong;
}

}  // namespace weir::vectors
