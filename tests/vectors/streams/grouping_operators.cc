// Groupings, their windows, and what is aggregated over them.
#include "tests/vectors/streams/construction.h"

namespace weir::vectors {

namespace {

// Of what is aggregated in windows: how long rows are kept, where that is said.
template <class From>
streams::StoreOptions kept(const Object& node) {
  streams::StoreOptions options;
  constexpr bool kHasWindows =
      !std::same_as<From, GroupedTexts> && !std::same_as<From, GroupedRows> && !std::same_as<From, CogroupedTexts>;
  if (kHasWindows && !is_null(node, "retention_ms")) options.retention = Millis(number_of(node, "retention_ms"));
  return options;
}

// A count as decimal text.
template <class K, streams::Deletes kDeletes>
streams::Table<K, std::string> as_text(const streams::Table<K, std::int64_t, kDeletes>& counts) {
  return counts.map_values([](std::int64_t number) { return std::to_string(number); });
}

void add_group_by_key(Construction& c, const Object& node) {
  c.put(text_of(node, "id"), c.from<TextStream>(node).group_by_key());
}

void add_group_by(Construction& c, const Object& node) {
  c.put(text_of(node, "id"), c.from<TextStream>(node).group_by(key_selector(node.at("key"))));
}

void add_group_table_by(Construction& c, const Object& node) {
  auto group = [&](const auto& table) {
    auto select = [k = key_selector(node.at("key")),
                   v = mapper(node.contains("value") ? node.at("value") : boost::json::array{"identity"})](
                      const auto& key, const std::string& value) {
      return Pair(k(key_text(key), value), v(key_text(key), value));
    };
    c.put(text_of(node, "id"), table.group_by(select));
  };
  if (std::holds_alternative<WindowedTable>(c.from(node))) return group(c.from<WindowedTable>(node));
  group(c.from<TextTable>(node));
}

template <class Grouping>
void window(Construction& c, const Object& node, const Grouping& from) {
  const std::string type = text_of(node, "type");
  const std::string id = text_of(node, "id");
  auto ms = [&](const char* name) {
    return Millis(number_of(node, name));
  };
  if (type == "tumbling") {
    c.put(id, from.windowed_by(streams::tumbling(ms("size_ms")).grace(ms("grace_ms"))));
  } else if (type == "hopping") {
    c.put(id, from.windowed_by(streams::hopping(ms("size_ms"), ms("advance_ms")).grace(ms("grace_ms"))));
  } else if (type == "unlimited") {
    c.put(id, from.windowed_by(streams::unlimited(ms("start_ms"))));
  } else if (type == "sliding") {
    c.put(id, from.windowed_by(streams::sliding(ms("diff_ms")).grace(ms("grace_ms"))));
  } else if (type == "session") {
    c.put(id, from.windowed_by(streams::sessions(ms("gap_ms")).grace(ms("grace_ms"))));
  } else {
    throw std::runtime_error("the language has no windows of type " + type);
  }
}

// Does the same to whatever `from` is of the named kinds.
template <class... Kinds, class Apply>
void on_grouping(Construction& c, const Object& node, Apply apply) {
  std::visit(
      [&]<class From>(From& from) {
        if constexpr ((std::same_as<From, Kinds> || ...)) {
          apply(from);
        } else {
          throw std::runtime_error(text_of(node, "op") + " " + text_of(node, "id") + ": not from a grouping");
        }
      },
      c.from(node));
}

void add_windowed_by(Construction& c, const Object& node) {
  on_grouping<GroupedTexts, CogroupedTexts>(c, node, [&](auto& from) { window(c, node, from); });
}

void add_emit(Construction& c, const Object& node) {
  auto when = text_of(node, "when") == "on_close" ? streams::Emit::on_close : streams::Emit::on_update;
  on_grouping<WindowedTexts, SlidingTexts, SessionTexts>(
      c, node, [&](auto& from) { c.put(text_of(node, "id"), from.emit(when)); });
}

void add_count(Construction& c, const Object& node) {
  on_grouping<GroupedTexts, WindowedTexts, SlidingTexts, SessionTexts, GroupedRows>(
      c, node, [&]<class From>(From& from) { c.put(text_of(node, "id"), as_text(from.count(kept<From>(node)))); });
}

void add_reduce(Construction& c, const Object& node) {
  auto reducer = [](const boost::json::value& spec) {
    return [f = adder(spec)](const std::string& aggregate, const Text& value) {
      return f(value, aggregate);
    };
  };
  on_grouping<GroupedTexts, WindowedTexts, SlidingTexts, SessionTexts, GroupedRows>(
      c, node, [&]<class From>(From& from) {
        if constexpr (std::same_as<From, GroupedRows>) {
          c.put(text_of(node, "id"), from.reduce(reducer(node.at("adder")), reducer(node.at("subtractor"))));
        } else {
          c.put(text_of(node, "id"), from.reduce(reducer(node.at("adder")), kept<From>(node)));
        }
      });
}

auto aggregator(const boost::json::value& spec) {
  return [f = adder(spec)](const Text& value, const std::string& aggregate) {
    return f(value, aggregate);
  };
}

auto session_merger(const Object& node) {
  return [f = merger(node.at("merger"))](const std::string& a, const std::string& b) {
    return f(a, b).value();
  };
}

void add_cogroup(Construction& c, const Object& node) {
  const auto& adders = node.at("adders").as_array();
  CogroupedTexts cogrouped = c.from<GroupedTexts>(node).cogroup<std::string>(aggregator(adders.at(0)));
  for (std::size_t i = 1; i < adders.size(); ++i) {
    cogrouped = cogrouped.cogroup(c.from<GroupedTexts>(node, i), aggregator(adders.at(i)));
  }
  c.put(text_of(node, "id"), cogrouped);
}

void add_aggregate(Construction& c, const Object& node) {
  auto init = [initial = text_of(node, "init")] {
    return initial;
  };
  on_grouping<GroupedTexts, WindowedTexts, SlidingTexts, SessionTexts, GroupedRows, CogroupedTexts, TimeCogroupTexts,
              SlidingCogroupTexts, SessionCogroupTexts>(c, node, [&]<class From>(From& from) {
    const std::string id = text_of(node, "id");
    if constexpr (std::same_as<From, GroupedRows>) {
      c.put(id, from.aggregate(init, aggregator(node.at("adder")), aggregator(node.at("subtractor"))));
    } else if constexpr (std::same_as<From, SessionTexts>) {
      c.put(id, from.aggregate(init, aggregator(node.at("adder")), session_merger(node), kept<From>(node)));
    } else if constexpr (std::same_as<From, SessionCogroupTexts>) {
      c.put(id, from.aggregate(init, session_merger(node), kept<From>(node)));
    } else if constexpr (requires { from.aggregate(init); }) {  // cogrouped: the adders are known
      c.put(id, from.aggregate(init, kept<From>(node)));
    } else {
      c.put(id, from.aggregate(init, aggregator(node.at("adder")), kept<From>(node)));
    }
  });
}

}  // namespace

const std::vector<OperatorRow>& grouping_operators() {
  static const std::vector<OperatorRow> rows{
      {"group_by_key", add_group_by_key},
      {"group_by", add_group_by},
      {"group_table_by", add_group_table_by},
      {"windowed_by", add_windowed_by},
      {"emit", add_emit},
      {"count", add_count},
      {"reduce", add_reduce},
      {"aggregate", add_aggregate},
      {"cogroup", add_cogroup},
  };
  return rows;
}

}  // namespace weir::vectors
