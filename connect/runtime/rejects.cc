#include "connect/runtime/rejects.h"

#include <vector>

#include "log/base/log_line.h"

namespace weir::connect {

namespace {

std::string_view name_of(Stage stage) {
  switch (stage) {
    case Stage::task_poll:
      return "TASK_POLL";
    case Stage::task_put:
      return "TASK_PUT";
    case Stage::transformation:
      return "TRANSFORMATION";
    case Stage::key_converter:
      return "KEY_CONVERTER";
    case Stage::value_converter:
      return "VALUE_CONVERTER";
    case Stage::header_converter:
      return "HEADER_CONVERTER";
    case Stage::kafka_produce:
      return "KAFKA_PRODUCE";
  }
  return "";
}

std::string place_of(const Rejected& record) {
  if (record.from == nullptr) return "";
  return record.from->to_string() + ", offset " + std::to_string(record.offset.value());
}

// The headers of KIP-298, beside those that the record has.
class Context {
 public:
  void add(std::string_view name, std::string text) {
    headers_.push_back({"__connect.errors." + std::string(name), std::move(text)});
  }
  void append_to(std::vector<log::HeaderView>& views) const {
    for (const log::Header& header : headers_) views.push_back({header.key, header.value});
  }

 private:
  std::vector<log::Header> headers_;
};

}  // namespace

Rejects::Rejects(log::Client client, ErrorPolicy policy, std::string connector, std::int32_t task)
    : client_(std::move(client)), policy_(std::move(policy)), connector_(std::move(connector)), task_(task) {}

Result<> Rejects::reject(const Rejected& record, Stage stage, const Error& error, log::Producer* producer) {
  if (policy_.tolerance == Tolerance::none) {
    const std::string place = place_of(record);
    return fail(place.empty() ? error : error.at(place));
  }
  return leave_out(record, stage, error, producer);
}

Result<> Rejects::leave_out(const Rejected& record, Stage stage, const Error& error, log::Producer* producer) {
  const bool would_fit = stage != Stage::kafka_produce;  // what is too large for its topic is for this one, too
  if (!policy_.dead_letter_topic.empty() && would_fit) WEIR_TRY(write_dead_letter(record, stage, error, producer));
  say(record, stage, error);
  ++count_;
  return {};
}

Result<> Rejects::write_dead_letter(const Rejected& record, Stage stage, const Error& error, log::Producer* producer) {
  if (!has_topic_) {
    auto made = client_.admin()->create_topic({policy_.dead_letter_topic, 1, {}});
    if (!made && made.error().code != ErrorCode::topic_already_exists) return fail(made.error());
    has_topic_ = true;
  }
  std::vector<log::HeaderView> headers(record.headers.begin(), record.headers.end());
  Context context;
  if (policy_.dead_letter_headers) {
    if (record.from != nullptr) {
      context.add("topic", record.from->topic);
      context.add("partition", std::to_string(record.from->partition.value()));
      context.add("offset", std::to_string(record.offset.value()));
    }
    context.add("connector.name", connector_);
    context.add("task.id", std::to_string(task_));
    context.add("stage", std::string(name_of(stage)));
    context.add("exception.class.name", weir::name_of(error.code));
    context.add("exception.message", error.detail);
    context.append_to(headers);
  }
  log::Producer* writer = producer;
  if (writer == nullptr) {
    if (!own_) {
      WEIR_TRY_VAR(made, client_.producer());
      own_ = std::move(made);
    }
    writer = own_.get();
  }
  WEIR_TRY(
      writer->send(policy_.dead_letter_topic, std::nullopt, record.timestamp_ms, record.key, record.value, headers));
  return producer == nullptr ? writer->flush() : Result<>{};
}

void Rejects::say(const Rejected& record, Stage stage, const Error& error) {
  if (count_ > 0 && !policy_.is_logged) return;
  std::string text = place_of(record);
  text += (text.empty() ? "" : ": ") + error.detail;
  if (policy_.is_content_logged) {
    text += "; key " + (record.key ? "'" + std::string(*record.key) + "'" : std::string("null"));
    text += ", value " + (record.value ? "'" + std::string(*record.value) + "'" : std::string("null"));
  }
  log_line::warn("connector {}, task {}: {}: left out: {}", connector_, task_, name_of(stage), text);
}

}  // namespace weir::connect
