// Global stores that a processor of the user's fills: Builder::add_global_store.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "streams/dsl/processor.h"
#include "streams/operators/global_filler.h"

namespace weir::streams {

struct GlobalStoreOptions {
  std::string store;       // its name
  bool in_memory = false;  // read again, through the processor, at every start; windows, sessions and stores of one's
                           // own are so always
  Millis retention{0};     // of windows and sessions, as in AddStoreOptions
  ErrorPolicy on_error = {};  // where the processor throws: fail, or skip, which takes back what it did with the record
};

// What a processor that fills a global store finds around it: that store, and where the record comes from. It cannot
// send anything on, and has no timers: every thread has one.
class GlobalContext final : private StoreAccess {
 public:
  explicit GlobalContext(GlobalScope& scope) : scope_(scope) {}

  // Its store as what it is, as ProcessorContext::store gives it.
  template <class S>
  decltype(auto) store() const {
    return store_as<S>(*this, scope_.filled_spec().name);
  }
  RecordMetadata metadata() const {
    const SourceRecord& source = scope_.source_record();
    return {source.partition->topic, source.partition->partition, source.record->offset};
  }

 private:
  template <class P, class K, class V>
  friend class GlobalFillerWith;

  const StoreSpec& spec(const std::string&) const override { return scope_.filled_spec(); }
  state::Store& store(const std::string&) const override { return scope_.filled_store(); }
  const std::int64_t& now_ms() const override { return now_ms_; }

  GlobalScope& scope_;
  std::int64_t now_ms_ = 0;  // of the record
};

template <class P, class K, class V>
class GlobalFillerWith final : public GlobalFiller {
 public:
  GlobalFillerWith(std::string store, P processor) : name_(std::move(store)), processor_(std::move(processor)) {}

  void open(GlobalScope& scope) override {
    context_ = std::make_unique<GlobalContext>(scope);
    if constexpr (requires { processor_.open(*context_); }) guarded(name_, [&] { processor_.open(*context_); });
  }
  void take(const Record& record) override {
    context_->now_ms_ = record.timestamp_ms;
    guarded(name_, [&] {
      const ProcessorRecord<K, V> seen(record);
      if constexpr (ProcessorClass<P, GlobalContext, K, V>) {
        processor_.process(*context_, seen);
      } else {
        processor_(*context_, seen);
      }
    });
  }

 private:
  const std::string name_;
  P processor_;
  std::unique_ptr<GlobalContext> context_;
};

}  // namespace weir::streams
