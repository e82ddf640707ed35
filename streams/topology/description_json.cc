// A described topology as JSON and back: one table of members for each kind of thing, so that what is written is what
// is read. What an older version did not write is read as what its programs meant: nothing.
#include <cmath>

#include <boost/json.hpp>

#include "streams/topology/description.h"

namespace weir::streams {

namespace {

namespace bj = boost::json;

constexpr std::int64_t kVersion = 2;
// The version that wrote a member for the first time.
enum class Since : std::int64_t { first = 1, second = 2 };

// --- values ---

bj::value to_value(const std::string& text) {
  return bj::string(text);
}
bj::value to_value(bool is) {
  return is;
}
bj::value to_value(std::int64_t number) {
  return number;
}
bj::value to_value(std::int32_t number) {
  return number;
}
bj::value to_value(std::size_t number) {
  return static_cast<std::int64_t>(number);
}
bj::value to_value(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15) return static_cast<std::int64_t>(number);
  return number;
}
bj::value to_value(const std::map<std::string, std::int64_t>& numbers) {
  bj::object object;
  for (const auto& [name, number] : numbers) object[name] = number;
  return object;
}
template <class T>
bj::value to_value(const T& thing);
template <class T>
bj::value to_value(const std::vector<T>& things) {
  bj::array array;
  for (const T& thing : things) array.push_back(to_value(thing));
  return array;
}
// One topic is a text, several are an array, a pattern is an object.
bj::value to_value(const TopicsRead& reads) {
  if (!reads.pattern.empty()) return bj::object{{"matching", reads.pattern}};
  return reads.topics.size() == 1 ? to_value(reads.topics.front()) : to_value(reads.topics);
}
template <class T>
bj::value to_value(const std::optional<T>& thing) {
  return thing ? to_value(*thing) : bj::value(nullptr);
}

// --- members: `visit(name, member, since)` for each, in the order in which they are written; since the first version
// where nothing is said ---

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, WindowSpec>
void for_each_member(T& windows, Visit visit) {
  visit("kind", windows.kind);
  visit("numbers", windows.numbers);
  visit("emits_on_close", windows.emits_on_close);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, AsyncSpec>
void for_each_member(T& async, Visit visit) {
  visit("order", async.order);
  visit("max_in_flight", async.max_in_flight);
  visit("timeout_ms", async.timeout_ms);
  visit("threads", async.threads);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, PolicyStep>
void for_each_member(T& step, Visit visit) {
  visit("kind", step.kind);
  visit("topic", step.topic);
  visit("attempts", step.attempts);
  visit("backoff_ms", step.backoff_ms);
  visit("multiplier", step.multiplier);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, TopologyDescription::Node>
void for_each_member(T& node, Visit visit) {
  visit("name", node.name);
  visit("kind", node.kind);
  visit("pinned", node.is_pinned);
  visit("stage", node.stage);
  visit("parents", node.parents);
  visit("stores", node.stores);
  visit("global_tables", node.global_tables);
  visit("reads", node.reads);
  visit("starts_at_end", node.starts_at_end, Since::second);
  visit("writes", node.writes);
  visit("partitioner", node.has_partitioner, Since::second);
  visit("windows", node.windows);
  visit("async", node.async, Since::second);
  visit("on_error", node.on_error, Since::second);
  visit("retry_topics", node.retry_topics, Since::second);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, TopologyDescription::Store>
void for_each_member(T& store, Visit visit) {
  visit("name", store.name);
  visit("kind", store.kind);
  visit("pinned", store.is_pinned);
  visit("depends_on_order", store.depends_on_order);
  visit("in_memory", store.is_in_memory);
  visit("stage", store.stage);
  visit("key", store.key);
  visit("value", store.value);
  visit("retention_ms", store.retention_ms);
  visit("changelog", store.changelog);
  visit("restored_from_source", store.is_restored_from_source);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, TopologyDescription::InternalTopic>
void for_each_member(T& topic, Visit visit) {
  visit("name", topic.name);
  visit("kind", topic.kind);
  visit("pinned", topic.is_pinned);
  visit("depends_on_order", topic.depends_on_order);
  visit("partitions", topic.partitions);
  visit("partitioner", topic.has_partitioner, Since::second);
  visit("key", topic.key);
  visit("value", topic.value);
}

template <class Visit, class T>
requires std::same_as<std::remove_const_t<T>, TopologyDescription::GlobalTable>
void for_each_member(T& table, Visit visit) {
  visit("name", table.name);
  visit("topic", table.topic);
  visit("key", table.key);
  visit("value", table.value);
}

template <class T>
bj::value to_value(const T& thing) {
  bj::object object;
  for_each_member(thing,
                  [&](const char* name, const auto& member, Since = Since::first) { object[name] = to_value(member); });
  return object;
}

// Reads what a version wrote. Throws what the JSON library throws, and std::runtime_error with the member that is
// wrong.
class Reader {
 public:
  explicit Reader(std::int64_t version) : version_(version) {}

  void read(const bj::value& json, std::string& text) const { text = bj::value_to<std::string>(json); }
  void read(const bj::value& json, bool& is) const { is = json.as_bool(); }
  void read(const bj::value& json, double& number) const { number = json.to_number<double>(); }
  template <std::integral Number>
  void read(const bj::value& json, Number& number) const {
    number = json.to_number<Number>();
  }
  void read(const bj::value& json, std::map<std::string, std::int64_t>& numbers) const {
    for (const auto& [name, number] : json.as_object()) numbers[std::string(name)] = number.to_number<std::int64_t>();
  }
  void read(const bj::value& json, TopicsRead& reads) const {
    if (json.is_object()) {
      read(json.at("matching"), reads.pattern);
    } else if (json.is_array()) {
      read(json, reads.topics);
    } else {
      read(json, reads.topics.emplace_back());
    }
  }
  template <class T>
  void read(const bj::value& json, std::vector<T>& things) const {
    for (const bj::value& one : json.as_array()) read(one, things.emplace_back());
  }
  template <class T>
  void read(const bj::value& json, std::optional<T>& thing) const {
    if (!json.is_null()) read(json, thing.emplace());
  }
  template <class T>
  void read(const bj::value& json, T& thing) const {
    const bj::object& object = json.as_object();
    for_each_member(thing, [&](const char* name, auto& member, Since since = Since::first) {
      if (static_cast<std::int64_t>(since) > version_) return;
      const bj::value* found = object.if_contains(name);
      if (found == nullptr) throw std::runtime_error("'" + std::string(name) + "' is missing");
      try {
        read(*found, member);
      } catch (const std::exception& error) {  // of the JSON library, or from further inside
        throw std::runtime_error("'" + std::string(name) + "': " + error.what());
      }
    });
  }

 private:
  const std::int64_t version_;
};

// Its parts by name.
template <class Topology, class Visit>
void for_each_part(Topology& topology, Visit visit) {
  visit("nodes", topology.nodes);
  visit("stores", topology.stores);
  visit("internal_topics", topology.internal_topics);
  visit("global_tables", topology.global_tables);
}

// A line for each thing, so that a diff of files shows what changed.
template <class T>
void append_lines(const std::vector<T>& things, std::string& text) {
  text += "[";
  const char* separator = "\n    ";
  for (const T& thing : things) {
    text += separator + bj::serialize(to_value(thing));
    separator = ",\n    ";
  }
  text += things.empty() ? "]" : "\n  ]";
}

}  // namespace

std::string TopologyDescription::to_json() const {
  std::string text = "{\n  \"weir_topology\": " + std::to_string(kVersion);
  for_each_part(*this, [&](const char* name, const auto& things) {
    text += ",\n  \"" + std::string(name) + "\": ";
    append_lines(things, text);
  });
  return text + "\n}\n";
}

Result<TopologyDescription> TopologyDescription::from_json(const std::string& text) {
  try {  // the JSON library reports by exceptions
    const bj::value json = bj::parse(text);
    const bj::object& object = json.as_object();
    const bj::value* version = object.if_contains("weir_topology");
    if (version == nullptr) return fail(ErrorCode::corrupt_data, "this is no described topology of Weir");
    const auto number = version->to_number<std::int64_t>();
    if (number < 1 || number > kVersion) {
      return fail(ErrorCode::corrupt_data,
                  "version " + bj::serialize(*version) + " of described topologies is not known");
    }
    const Reader reader(number);
    TopologyDescription topology;
    for_each_part(topology, [&](const char* name, auto& things) {
      const bj::value* part = object.if_contains(name);
      if (part == nullptr) throw std::runtime_error("'" + std::string(name) + "' is missing");
      for (const bj::value& one : part->as_array()) {
        try {
          reader.read(one, things.emplace_back());
        } catch (const std::exception& error) {
          throw std::runtime_error(std::string(name) + "[" + std::to_string(things.size() - 1) + "]: " + error.what());
        }
      }
    });
    return topology;
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt_data, std::string("a described topology: ") + error.what());
  }
}

}  // namespace weir::streams
