// A described topology as JSON and back: one table of members for each kind of thing, so that what is written is what
// is read. What an older version did not write is read as what its programs meant: nothing.
#include <stdexcept>

#include "log/base/json_reader.h"
#include "log/base/json_writer.h"
#include "streams/topology/description.h"

namespace weir::streams {

namespace {

constexpr std::int64_t kVersion = 3;
// The version that wrote a member for the first time.
enum class Since : std::int64_t { first = 1, second = 2, third = 3 };

// --- values ---

void append(const std::string& text, std::string& out) {
  append_json_string(text, out);
}
void append(bool is, std::string& out) {
  out += is ? "true" : "false";
}
template <class Number>
requires(std::integral<Number> || std::floating_point<Number>) void append(Number number, std::string& out) {
  append_json_number(number, out);
}
void append(const std::map<std::string, std::int64_t>& numbers, std::string& out) {
  char separator = '{';
  for (const auto& [name, number] : numbers) {
    out.push_back(separator);
    append_json_string(name, out);
    out.push_back(':');
    append_json_number(number, out);
    separator = ',';
  }
  out += numbers.empty() ? "{}" : "}";
}
template <class T>
requires std::is_class_v<T>
void append(const T& thing, std::string& out);
template <class T>
void append(const std::vector<T>& things, std::string& out) {
  out.push_back('[');
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (i > 0) out.push_back(',');
    append(things[i], out);
  }
  out.push_back(']');
}
// One topic is a text, several are an array, a pattern is an object.
void append(const TopicsRead& reads, std::string& out) {
  if (!reads.pattern.empty()) {
    out += "{\"matching\":";
    append(reads.pattern, out);
    out.push_back('}');
  } else if (reads.topics.size() == 1) {
    append(reads.topics.front(), out);
  } else {
    append(reads.topics, out);
  }
}
template <class T>
void append(const std::optional<T>& thing, std::string& out) {
  thing ? append(*thing, out) : void(out += "null");
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
requires std::same_as<std::remove_const_t<T>, PatternOutline>
void for_each_member(T& pattern, Visit visit) {
  visit("shape", pattern.shape);
  visit("grace_ms", pattern.grace_ms);
  visit("idle_timeout_ms", pattern.idle_timeout_ms);
  visit("max_partial_matches", pattern.max_partial_matches);
  visit("drops_oldest", pattern.drops_oldest);
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
  visit("pattern", node.pattern, Since::third);
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
requires std::is_class_v<T>
void append(const T& thing, std::string& out) {
  char separator = '{';
  for_each_member(thing, [&](const char* name, const auto& member, Since = Since::first) {
    out.push_back(separator);
    append_json_string(name, out);
    out.push_back(':');
    append(member, out);
    separator = ',';
  });
  out.push_back('}');
}

// Reads what a version wrote. Throws std::runtime_error with the member that is wrong and what it should be.
class Reader {
 public:
  explicit Reader(std::int64_t version) : version_(version) {}

  void read(const JsonValue& json, std::string& text) const { expect(json.get(text), "a text"); }
  void read(const JsonValue& json, bool& is) const { expect(json.get(is), "true or false"); }
  void read(const JsonValue& json, double& number) const { expect(json.get(number), "a number"); }
  template <std::integral Number>
  void read(const JsonValue& json, Number& number) const {
    std::int64_t wide = 0;
    expect(json.get(wide) && std::in_range<Number>(wide), "a whole number that fits");
    number = static_cast<Number>(wide);
  }
  void read(const JsonValue& json, std::map<std::string, std::int64_t>& numbers) const {
    expect(json.is_object(), "an object");
    for (const JsonValue* name = json.first(); name != json.end(); name = name->next()->next()) {
      read(*name->next(), numbers[std::string(name->text())]);
    }
  }
  void read(const JsonValue& json, TopicsRead& reads) const {
    if (json.is_object()) {
      const JsonValue* pattern = json.member("matching");
      expect(pattern != nullptr, "an object with 'matching'");
      read(*pattern, reads.pattern);
    } else if (json.is_array()) {
      read(json, reads.topics);
    } else {
      read(json, reads.topics.emplace_back());
    }
  }
  template <class T>
  void read(const JsonValue& json, std::vector<T>& things) const {
    expect(json.is_array(), "an array");
    for (const JsonValue* one = json.first(); one != json.end(); one = one->next()) read(*one, things.emplace_back());
  }
  template <class T>
  void read(const JsonValue& json, std::optional<T>& thing) const {
    if (!json.is_null()) read(json, thing.emplace());
  }
  template <class T>
  void read(const JsonValue& json, T& thing) const {
    expect(json.is_object(), "an object");
    for_each_member(thing, [&](const char* name, auto& member, Since since = Since::first) {
      if (static_cast<std::int64_t>(since) > version_) return;
      const JsonValue* found = json.member(name);
      if (found == nullptr) throw std::runtime_error("'" + std::string(name) + "' is missing");
      try {
        read(*found, member);
      } catch (const std::runtime_error& error) {  // from here, or from further inside
        throw std::runtime_error("'" + std::string(name) + "': " + error.what());
      }
    });
  }

  static void expect(bool is, const std::string& what) {
    if (!is) throw std::runtime_error("this is not " + what);
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
    text += separator;
    append(thing, text);
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
  auto document = JsonDocument::parse(text);
  if (!document) return fail(document.error().at("a described topology"));
  const JsonValue& json = document->root();
  const JsonValue* version = json.is_object() ? json.member("weir_topology") : nullptr;
  if (version == nullptr) return fail(ErrorCode::corrupt_data, "this is no described topology of Weir");
  std::int64_t number = 0;
  if (!version->get(number) || number < 1 || number > kVersion) {
    return fail(ErrorCode::corrupt_data,
                "version " + std::string(version->text()) + " of described topologies is not known");
  }
  try {
    const Reader reader(number);
    TopologyDescription topology;
    for_each_part(topology, [&](const char* name, auto& things) {
      const JsonValue* part = json.member(name);
      if (part == nullptr) throw std::runtime_error("'" + std::string(name) + "' is missing");
      if (!part->is_array()) throw std::runtime_error("'" + std::string(name) + "': this is not an array");
      for (const JsonValue* one = part->first(); one != part->end(); one = one->next()) {
        try {
          reader.read(*one, things.emplace_back());
        } catch (const std::runtime_error& error) {
          throw std::runtime_error(std::string(name) + "[" + std::to_string(things.size() - 1) + "]: " + error.what());
        }
      }
    });
    return topology;
  } catch (const std::runtime_error& error) {
    return fail(ErrorCode::corrupt_data, std::string("a described topology: ") + error.what());
  }
}

}  // namespace weir::streams
