#include "tests/vectors/streams/construction.h"

namespace weir::vectors {

namespace {

Text text_of_row(const std::string* row) {
  return row == nullptr ? std::nullopt : Text(*row);
}

template <class S, class T>
void join_stream_table(Construction& c, const Object& node) {
  streams::TableJoinOptions options;
  if (!is_null(node, "grace_ms")) options.grace = Millis(number_of(node, "grace_ms"));
  auto& stream = c.from<S>(node, 0);
  auto& table = c.from<T>(node, 1);
  auto f = joiner(node.at("joiner"));
  if (text_of(node, "op") == "join") {
    auto join = [f](const auto& key, const std::string& left, const std::string& right) {
      return f(key_text(key), left, right);
    };
    return c.put(text_of(node, "id"), stream.join(table, join, options));
  }
  auto join = [f](const auto& key, const std::string& left, const std::string* right) {
    return f(key_text(key), left, text_of_row(right));
  };
  c.put(text_of(node, "id"), stream.left_join(table, join, options));
}

void add_stream_table(Construction& c, const Object& node) {
  if (std::holds_alternative<WindowedKeyStream>(c.from(node))) {
    return join_stream_table<WindowedKeyStream, WindowedTable>(c, node);
  }
  join_stream_table<TextStream, TextTable>(c, node);
}

void add_foreign_key(Construction& c, const Object& node) {
  auto& left = c.from<TextTable>(node, 0);
  auto& right = c.from<TextTable>(node, 1);
  auto extract = [e = mapper(node.at("extractor"))](const std::string& key, const std::string& value) {
    return e(key, value);
  };
  auto f = joiner(node.at("joiner"));
  const auto stored = store_options(node);
  const streams::ForeignKeyOptions<std::string, std::string> options{.store = stored.store, .history = stored.history};
  if (text_of(node, "op") == "join") {
    auto join = [f](const std::string& key, const std::string& l, const std::string& r) {
      return f(key, l, r);
    };
    return c.put(text_of(node, "id"), left.join(right, extract, join, options));
  }
  auto join = [f](const std::string& key, const std::string& l, const std::string* r) {
    return f(key, l, text_of_row(r));
  };
  c.put(text_of(node, "id"), left.left_join(right, extract, join, options));
}

template <class K>
void join_tables(Construction& c, const Object& node) {
  auto& left = c.from<streams::Table<K, std::string>>(node, 0);
  auto& right = c.from<streams::Table<K, std::string>>(node, 1);
  const std::string op = text_of(node, "op");
  auto f = joiner(node.at("joiner"));
  if (op == "join") {
    auto join = [f](const K& key, const std::string& l, const std::string& r) {
      return f(key_text(key), l, r);
    };
    c.put(text_of(node, "id"), left.join(right, join, store_options(node)));
  } else if (op == "left_join") {
    auto join = [f](const K& key, const std::string& l, const std::string* r) {
      return f(key_text(key), l, text_of_row(r));
    };
    c.put(text_of(node, "id"), left.left_join(right, join, store_options(node)));
  } else {
    auto join = [f](const K& key, const std::string* l, const std::string* r) {
      return f(key_text(key), text_of_row(l), text_of_row(r));
    };
    c.put(text_of(node, "id"), left.outer_join(right, join, store_options(node)));
  }
}

void add_table_table(Construction& c, const Object& node) {
  if (std::holds_alternative<WindowedTable>(c.from(node))) return join_tables<streams::Windowed<std::string>>(c, node);
  join_tables<std::string>(c, node);
}

void add_stream_global(Construction& c, const Object& node) {
  auto& stream = c.from<TextStream>(node, 0);
  auto& table = c.from<GlobalTexts>(node, 1);
  auto key_of = [k = key_selector(node.at("key"))](const Text& key, const std::string& value) {
    return k(key, value);
  };
  auto f = joiner(node.at("joiner"));
  if (text_of(node, "op") == "join") {
    auto join = [f](const Text& key, const std::string& left, const std::string& right) {
      return f(key, left, right);
    };
    return c.put(text_of(node, "id"), stream.join(table, key_of, join));
  }
  auto join = [f](const Text& key, const std::string& left, const std::string* right) {
    return f(key, left, text_of_row(right));
  };
  c.put(text_of(node, "id"), stream.left_join(table, key_of, join));
}

void add_stream_stream(Construction& c, const Object& node) {
  auto& left = c.from<TextStream>(node, 0);
  auto& right = c.from<TextStream>(node, 1);
  auto windows = streams::within(Millis(0))
                     .before(Millis(number_of(node, "before_ms")))
                     .after(Millis(number_of(node, "after_ms")))
                     .grace(Millis(number_of(node, "grace_ms")));
  auto f = joiner(node.at("joiner"));
  const std::string op = text_of(node, "op");
  const std::string id = text_of(node, "id");
  if (op == "join") {
    auto join = [f](const std::string& key, const std::string& l, const std::string& r) {
      return f(key, l, r);
    };
    c.put(id, TextStream(left.join(right, join, windows)));
  } else if (op == "left_join") {
    auto join = [f](const Text& key, const std::string& l, const std::string* r) {
      return f(key, l, text_of_row(r));
    };
    c.put(id, left.left_join(right, join, windows));
  } else {
    auto join = [f](const Text& key, const std::string* l, const std::string* r) {
      return f(key, text_of_row(l), text_of_row(r));
    };
    c.put(id, left.outer_join(right, join, windows));
  }
}

void add_join(Construction& c, const Object& node) {
  const std::string kind = text_of(node, "kind");
  if (kind == "stream_table") return add_stream_table(c, node);
  if (kind == "foreign_key") return add_foreign_key(c, node);
  if (kind == "stream_global") return add_stream_global(c, node);
  if (kind == "stream_stream") return add_stream_stream(c, node);
  if (kind == "table_table") return add_table_table(c, node);
  throw std::runtime_error("the language has no join of kind " + kind);
}

}  // namespace

const std::vector<OperatorRow>& join_operators() {
  static const std::vector<OperatorRow> rows{{"join", add_join}, {"left_join", add_join}, {"outer_join", add_join}};
  return rows;
}

}  // namespace weir::vectors
