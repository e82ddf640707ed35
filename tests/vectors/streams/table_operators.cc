// Tables, their views, and the way between tables and streams.
#include "tests/vectors/streams/construction.h"

namespace weir::vectors {

namespace {

void add_table(Construction& c, const Object& node) {
  c.put(text_of(node, "id"), c.builder.table<std::string, std::string>(text_of(node, "topic"), store_options(node)));
}

void add_global_table(Construction& c, const Object& node) {
  c.put(text_of(node, "id"), c.builder.global_table<std::string, std::string>(text_of(node, "topic")));
}

void add_to_table(Construction& c, const Object& node) {
  c.put(text_of(node, "id"), c.from<TextStream>(node).to_table(store_options(node)));
}

template <class Apply>
void on_table(Construction& c, const Object& node, Apply apply) {
  if (std::holds_alternative<WindowedTable>(c.from(node))) return apply(c.from<WindowedTable>(node));
  apply(c.from<TextTable>(node));
}

void add_to_stream(Construction& c, const Object& node) {
  if (std::holds_alternative<WindowedTable>(c.from(node))) {
    return c.put(text_of(node, "id"), c.from<WindowedTable>(node).to_stream());
  }
  c.put(text_of(node, "id"), TextStream(c.from<TextTable>(node).to_stream()));
}

void add_table_filter(Construction& c, const Object& node) {
  on_table(c, node, [&](const auto& table) {
    auto wanted = [p = predicate(node.at("pred"))](const auto& key, const std::string& value) {
      return p(key_text(key), value);
    };
    bool is_not = text_of(node, "op") == "table_filter_not";
    c.put(text_of(node, "id"),
          is_not ? table.filter_not(wanted, store_options(node)) : table.filter(wanted, store_options(node)));
  });
}

void add_table_map_values(Construction& c, const Object& node) {
  on_table(c, node, [&](const auto& table) {
    auto map = [f = mapper(node.at("fn"))](const auto& key, const std::string& value) {
      return f(key_text(key), value);
    };
    c.put(text_of(node, "id"), table.map_values(map, store_options(node)));
  });
}

template <class K>
streams::Table<K, std::string> suppressed(const streams::Table<K, std::string>& table, const Object& node) {
  if (text_of(node, "until") == "time_limit") {
    streams::UntilTimeLimit until{Millis(number_of(node, "ms"))};
    if (!is_null(node, "max_records")) until.max_keys = static_cast<std::size_t>(number_of(node, "max_records"));
    return table.suppress(until);
  }
  if constexpr (streams::is_windowed<K>) {
    return table.suppress(streams::UntilWindowCloses{});
  } else {
    throw std::runtime_error("suppress until windows close: the table has no windows");
  }
}

void add_suppress(Construction& c, const Object& node) {
  on_table(c, node, [&](const auto& table) { c.put(text_of(node, "id"), suppressed(table, node)); });
}

}  // namespace

const std::vector<OperatorRow>& table_operators() {
  static const std::vector<OperatorRow> rows{
      {"table", add_table},
      {"global_table", add_global_table},
      {"to_table", add_to_table},
      {"to_stream", add_to_stream},
      {"table_filter", add_table_filter},
      {"table_filter_not", add_table_filter},
      {"table_map_values", add_table_map_values},
      {"suppress", add_suppress},
  };
  return rows;
}

}  // namespace weir::vectors
