// Sources, sinks and the operators that keep nothing.
#include "tests/vectors/streams/construction.h"

namespace weir::vectors {

namespace {

void add_stream(Construction& c, const Object& node) {
  std::vector<std::string> topics;
  if (node.contains("topics")) {
    for (const auto& topic : node.at("topics").as_array()) topics.emplace_back(topic.as_string());
  } else {
    topics.push_back(text_of(node, "topic"));
  }
  c.put(text_of(node, "id"), c.builder.stream<Text, Text>(topics));
}

// The same for streams with plain and with windowed keys.
template <class Apply>
void on_stream(Construction& c, const Object& node, Apply apply) {
  std::visit(
      [&]<class From>(const From& from) {
        if constexpr (std::same_as<From, TextStream> || std::same_as<From, WindowedKeyStream>) {
          apply(from);
        } else {
          throw std::runtime_error(text_of(node, "op") + " " + text_of(node, "id") + ": not from a stream");
        }
      },
      c.from(node));
}

void add_filter(Construction& c, const Object& node) {
  on_stream(c, node, [&](const auto& from) {
    auto wanted = [p = predicate(node.at("pred"))](const auto& key, const Text& value) {
      return p(key_text(key), value);
    };
    c.put(text_of(node, "id"), text_of(node, "op") == "filter" ? from.filter(wanted) : from.filter_not(wanted));
  });
}

void add_map_values(Construction& c, const Object& node) {
  on_stream(c, node, [&](const auto& from) {
    c.put(text_of(node, "id"), from.map_values([f = mapper(node.at("fn"))](const auto& key, const Text& value) {
      return f(key_text(key), value);
    }));
  });
}

void add_flat_map_values(Construction& c, const Object& node) {
  on_stream(c, node, [&](const auto& from) {
    c.put(text_of(node, "id"),
          from.flat_map_values([f = flat_value_mapper(node.at("fn"))](const Text& value) { return f(value); }));
  });
}

void add_map(Construction& c, const Object& node) {
  on_stream(c, node, [&](const auto& from) {
    c.put(text_of(node, "id"), from.map([k = key_selector(node.at("key")), v = mapper(node.at("value"))](
                                            const auto& key, const Text& value) {
      return Pair(k(key_text(key), value), v(key_text(key), value));
    }));
  });
}

void add_flat_map(Construction& c, const Object& node) {
  on_stream(c, node, [&](const auto& from) {
    c.put(text_of(node, "id"), from.flat_map([f = flat_mapper(node.at("fn"))](const auto& key, const Text& value) {
      return f(key_text(key), value);
    }));
  });
}

void add_select_key(Construction& c, const Object& node) {
  on_stream(c, node, [&](const auto& from) {
    c.put(text_of(node, "id"), from.select_key([k = key_selector(node.at("key"))](const auto& key, const Text& value) {
      return k(key_text(key), value);
    }));
  });
}

void add_windowed_key_to_string(Construction& c, const Object& node) {
  c.put(text_of(node, "id"), c.from<WindowedKeyStream>(node).select_key(
                                 [](const streams::Windowed<std::string>& key, const Text&) { return key_text(key); }));
}

// Two predicates at a time; the rest is split again.
void add_branch(Construction& c, const Object& node) {
  std::vector<Predicate> predicates;
  for (const auto& spec : node.at("preds").as_array()) predicates.push_back(predicate(spec));
  on_stream(c, node, [&](const auto& from) {
    using From = std::remove_cvref_t<decltype(from)>;
    auto wanted = [&](std::size_t i) {
      return [p = predicates.at(i)](const auto& key, const Text& value) {
        return p(key_text(key), value);
      };
    };
    std::vector<From> branches;
    From rest = from;
    std::size_t i = 0;
    for (; i + 1 < predicates.size(); i += 2) {
      auto [first, second, others] = rest.split(wanted(i), wanted(i + 1));
      branches.insert(branches.end(), {first, second});
      rest = others;
    }
    if (i < predicates.size()) {
      auto [last, others] = rest.split(wanted(i));
      branches.push_back(last);
      rest = others;
    }
    if (node.at("default").as_bool()) branches.push_back(rest);
    for (i = 0; i < branches.size(); ++i) c.put(text_of(node, "id") + "." + std::to_string(i), branches[i]);
  });
}

void add_merge(Construction& c, const Object& node) {
  TextStream merged = c.from<TextStream>(node, 0);
  for (std::size_t i = 1; i < node.at("from").as_array().size(); ++i) {
    merged = merged.merge(c.from<TextStream>(node, i));
  }
  c.put(text_of(node, "id"), merged);
}

void add_repartition(Construction& c, const Object& node) {
  c.put(text_of(node, "id"), c.from<TextStream>(node).repartition());
}

void add_to(Construction& c, const Object& node) {
  on_stream(c, node, [&](const auto& from) { from.to(text_of(node, "topic")); });
}

void add_to_dynamic(Construction& c, const Object& node) {
  c.from<TextStream>(node).to(topic_function(node.at("topic_fn")));
}

}  // namespace

const std::vector<OperatorRow>& stream_operators() {
  static const std::vector<OperatorRow> rows{
      {"stream", add_stream},
      {"filter", add_filter},
      {"filter_not", add_filter},
      {"map", add_map},
      {"map_values", add_map_values},
      {"flat_map", add_flat_map},
      {"flat_map_values", add_flat_map_values},
      {"select_key", add_select_key},
      {"windowed_key_to_string", add_windowed_key_to_string},
      {"branch", add_branch},
      {"merge", add_merge},
      {"repartition", add_repartition},
      {"to", add_to},
      {"to_dynamic", add_to_dynamic},
  };
  return rows;
}

}  // namespace weir::vectors
