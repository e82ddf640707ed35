// Processors: operators that the user writes whole, as a class with
//
//   void open(Context& context);                                            // optional: stores and timers are asked
//   for void process(Context& context, const ProcessorRecord<K, V>& record);
//
// or as a callable (context, record). `Context` is ProcessorContext<K2, V2>, K2 and V2 being what it forwards; of a
// processor that keeps its records' keys it is FixedKeyContext<V2>. Each task has a copy of the object.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "streams/dsl/call.h"
#include "streams/dsl/copied_headers.h"
#include "streams/dsl/stores.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/processor_node.h"

namespace weir::streams {

// A record as a processor sees it, borrowed until `process` returns. What may be null is handed over as a pointer.
template <class K, class V>
class ProcessorRecord {
 public:
  explicit ProcessorRecord(const Record& record) : record_(record) {}

  decltype(auto) key() const { return call::Argument<K>::second(record_.key); }
  decltype(auto) value() const { return call::Argument<V>::second(record_.value); }
  std::int64_t timestamp_ms() const { return record_.timestamp_ms; }

  bool has_headers() const { return record_.headers != nullptr; }
  // Copies: what is to be sent on changed is given to ForwardOptions.
  std::vector<log::Header> headers() const { return copied_headers(record_.headers); }

 private:
  const Record& record_;
};

// What every processor finds around it.
class StoreContext : public ProcessorServices {
 public:
  explicit StoreContext(ProcessorNode& node) : ProcessorServices(node), access_(*this), globals_(*this) {}

  // The application's own settings (AppOptions::settings), an object of that type: std::logic_error if they are not.
  template <class T>
  const T& settings() const {
    const auto* settings = std::any_cast<T>(&any_settings());
    if (settings == nullptr) {
      const char* why = any_settings().has_value() ? "settings of another type" : "no settings";
      throw std::logic_error(std::string("settings<") + spelled_name<T>() + ">: the application has " + why);
    }
    return *settings;
  }

  // The store of that name as what it is: KeyValueStore<K, V>, WindowStore<K, V>, ..., or a reference to a store of
  // one's own class. The operator must name it in its options. std::logic_error if it is not such a store.
  template <class S>
  decltype(auto) store(const std::string& name) const {
    return store_as<S>(access_, name);
  }

  // A store that every task has in full (`global_table`, `add_global_store`), to be read only: ReadOnly<S>, or a
  // reference to const of one's own class. It need not be named in the options. std::logic_error if it is not such a
  // store. Its rows are those that its topic had when the record was taken, or later ones.
  template <class S>
  decltype(auto) global_store(const std::string& name) const {
    if constexpr (std::derived_from<S, state::Store>) {
      return std::as_const(store_as<S>(globals_, name));
    } else {
      return ReadOnly<S>(S(globals_, name));
    }
  }

 private:
  class Access final : public StoreAccess {
   public:
    explicit Access(const StoreContext& context) : context_(context) {}
    const StoreSpec& spec(const std::string& store) const override { return context_.store_spec(store); }
    state::Store& store(const std::string& store) const override { return context_.ProcessorServices::store(store); }
    const std::int64_t& now_ms() const override { return context_.ProcessorServices::now_ms(); }

   private:
    const StoreContext& context_;
  };

  class Globals final : public StoreAccess {
   public:
    explicit Globals(const StoreContext& context) : context_(context) {}
    const StoreSpec& spec(const std::string& store) const override { return context_.global_store_spec(store); }
    state::Store& store(const std::string& store) const override {
      return context_.ProcessorServices::global_store(store);
    }
    const std::int64_t& now_ms() const override { return context_.ProcessorServices::now_ms(); }

   private:
    const StoreContext& context_;
  };

  const Access access_;
  const Globals globals_;
};

template <class K, class V>
class ProcessorContext : public StoreContext {
 public:
  using StoreContext::StoreContext;

  // Sends a record to the operators below. std::logic_error if `options` name one that is not there.
  void forward(const K& key, const V& value, const ForwardOptions& options = {}) {
    send(outgoing().with_key(call::erased(key)).with_value(call::erased(value)), options);
  }
};

// Of a processor that keeps its records' keys: what comes out stays with its key, and needs no repartition below.
template <class V>
class FixedKeyContext : public StoreContext {
 public:
  using StoreContext::StoreContext;

  // Sends the present record on with another value. std::logic_error while a timer is called: there is no key.
  void forward(const V& value, const ForwardOptions& options = {}) {
    if (record() == nullptr) throw std::logic_error("forward: a timer of a fixed-key processor has no key");
    send(record()->with_value(call::erased(value)), options);
  }
};

template <class P, class Context, class K, class V>
concept ProcessorClass = requires(P& processor, Context& context, const ProcessorRecord<K, V>& record) {
  processor.process(context, record);
};
template <class P, class Context, class K, class V>
concept ProcessorOf = ProcessorClass<P, Context, K, V> || std::invocable < P&,
        Context&, const ProcessorRecord<K, V>
& > ;

template <class P, class Context, class K, class V>
class ProcessorWith final : public ProcessorNode {
 public:
  ProcessorWith(P processor, std::vector<std::string> stores)
      : ProcessorNode(std::move(stores)), processor_(std::move(processor)), context_(*this) {}

 private:
  void begin() override {
    if constexpr (requires { processor_.open(context_); }) processor_.open(context_);
  }
  void handle(const Record& record) override {
    call::guarded(*this, [&] {
      const ProcessorRecord<K, V> seen(record);
      if constexpr (ProcessorClass<P, Context, K, V>) {
        processor_.process(context_, seen);
      } else {
        processor_(context_, seen);
      }
    });
  }

  P processor_;
  Context context_;
};

}  // namespace weir::streams
