#include "tests/vectors/streams/functions.h"

#include "tests/vectors/streams/spec.h"

namespace weir::vectors {

Predicate predicate(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "true")
    return [](const Text&, const Text&) {
      return true;
    };
  if (name == "false")
    return [](const Text&, const Text&) {
      return false;
    };
  if (name == "value_null")
    return [](const Text&, const Text& v) {
      return !v;
    };
  if (name == "key_null")
    return [](const Text& k, const Text&) {
      return !k;
    };
  if (name == "not") {
    return [inner = predicate(spec.json())](const Text& k, const Text& v) {
      return !inner(k, v);
    };
  }
  if (name == "value_contains") {
    return [part = spec.text()](const Text&, const Text& v) {
      return contains(v, part);
    };
  }
  if (name == "value_longer_than") {
    return [n = static_cast<std::size_t>(spec.number())](const Text&, const Text& v) {
      return v && utf16_length(*v) > n;
    };
  }
  if (name == "key_starts_with") {
    return [start = spec.text()](const Text& k, const Text&) {
      return k && k->starts_with(start);
    };
  }
  if (name == "key_equals")
    return [wanted = spec.text()](const Text& k, const Text&) {
      return k == wanted;
    };
  if (name == "value_even") {
    return [](const Text&, const Text& v) {
      return is_integer(v) && number_in(v) % 2 == 0;
    };
  }
  if (name == "value_greater") {
    return [n = spec.number()](const Text&, const Text& v) {
      return is_integer(v) && number_in(v) > n;
    };
  }
  throw spec.unknown("predicate");
}

namespace {

// A mapper that gives null for null.
template <class F>
Mapper over_value(F f) {
  return [f](const Text&, const Text& v) {
    return v ? Text(f(*v)) : std::nullopt;
  };
}

}  // namespace

Mapper mapper(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "identity")
    return [](const Text&, const Text& v) {
      return v;
    };
  if (name == "upper") return over_value(upper);
  if (name == "append") return over_value([end = spec.text()](const std::string& v) { return v + end; });
  if (name == "prefix") return over_value([start = spec.text()](const std::string& v) { return start + v; });
  if (name == "field") {
    return [i = static_cast<std::size_t>(spec.number())](const Text&, const Text& v) {
      return field(v, i);
    };
  }
  if (name == "length") return over_value([](const std::string& v) { return std::to_string(utf16_length(v)); });
  if (name == "int_add") {
    return over_value([n = spec.number()](const std::string& v) { return std::to_string(number_in(v) + n); });
  }
  if (name == "reverse") return over_value(reversed);
  if (name == "null_if_contains") {
    return [part = spec.text()](const Text&, const Text& v) {
      return contains(v, part) ? std::nullopt : v;
    };
  }
  if (name == "render")
    return [](const Text&, const Text& v) {
      return Text(rendered(v));
    };
  if (name == "const")
    return [constant = spec.text()](const Text&, const Text&) {
      return Text(constant);
    };
  if (name == "null")
    return [](const Text&, const Text&) {
      return Text();
    };
  if (name == "key_value") {
    return [](const Text& k, const Text& v) {
      return Text(rendered(k) + "=" + rendered(v));
    };
  }
  throw spec.unknown("mapper");
}

Mapper key_selector(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "key")
    return [](const Text& k, const Text&) {
      return k;
    };
  if (name == "value")
    return [](const Text&, const Text& v) {
      return v;
    };
  if (name == "field") {
    return [i = static_cast<std::size_t>(spec.number())](const Text&, const Text& v) {
      return field(v, i);
    };
  }
  if (name == "key_field") {
    return [i = static_cast<std::size_t>(spec.number())](const Text& k, const Text&) {
      return field(k, i);
    };
  }
  if (name == "prefix_key") {
    return [n = static_cast<std::size_t>(spec.number())](const Text& k, const Text&) {
      return k ? Text(utf16_prefix(*k, n)) : std::nullopt;
    };
  }
  if (name == "const")
    return [constant = spec.text()](const Text&, const Text&) {
      return Text(constant);
    };
  if (name == "null")
    return [](const Text&, const Text&) {
      return Text();
    };
  if (name == "key_upper")
    return [](const Text& k, const Text&) {
      return k ? Text(upper(*k)) : std::nullopt;
    };
  if (name == "append_key") {
    return [end = spec.text()](const Text& k, const Text&) {
      return k ? Text(*k + end) : std::nullopt;
    };
  }
  if (name == "value_length") {
    return [](const Text&, const Text& v) {
      return v ? Text(std::to_string(utf16_length(*v))) : std::nullopt;
    };
  }
  if (name == "null_if_value_contains") {
    return [part = spec.text()](const Text& k, const Text& v) {
      return contains(v, part) ? std::nullopt : k;
    };
  }
  throw spec.unknown("key selector");
}

FlatMapper flat_mapper(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "none")
    return [](const Text&, const Text&) {
      return std::vector<Pair>();
    };
  if (name == "swap")
    return [](const Text& k, const Text& v) {
      return std::vector<Pair>{{v, k}};
    };
  if (name == "both")
    return [](const Text& k, const Text& v) {
      return std::vector<Pair>{{k, v}, {v, k}};
    };
  if (name == "words_as_keys") {
    return [](const Text&, const Text& v) {
      std::vector<Pair> pairs;
      for (auto& word : words_in(v.value_or(""))) pairs.emplace_back(std::move(word), v);
      return pairs;
    };
  }
  if (name == "repeat") {
    return [n = spec.number()](const Text& k, const Text& v) {
      std::vector<Pair> pairs;
      for (int i = 0; i < n; ++i) pairs.emplace_back(k, rendered(v) + "#" + std::to_string(i));
      return pairs;
    };
  }
  throw spec.unknown("flat mapper");
}

FlatValueMapper flat_value_mapper(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "none")
    return [](const Text&) {
      return std::vector<Text>();
    };
  if (name == "words") {
    return [](const Text& v) {
      auto words = words_in(v.value_or(""));
      return std::vector<Text>(words.begin(), words.end());
    };
  }
  if (name == "repeat") {
    return [n = spec.number()](const Text& v) {
      std::vector<Text> values;
      for (int i = 0; i < n; ++i) values.push_back(rendered(v) + "#" + std::to_string(i));
      return values;
    };
  }
  if (name == "fields") {
    return [](const Text& v) {
      std::vector<Text> values;
      for (std::size_t i = 0; auto part = field(v, i); ++i) values.push_back(part);
      return values;
    };
  }
  throw spec.unknown("flat value mapper");
}

TopicFunction topic_function(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "const")
    return [topic = spec.text()](const Text&, const Text&) {
      return topic;
    };
  auto named = [start = spec.text() + "-"](const Text& part) {
    return start + (part && !part->empty() ? *part : "none");
  };
  if (name == "by_key")
    return [named](const Text& k, const Text&) {
      return named(k);
    };
  if (name == "by_first_char") {
    return [named](const Text&, const Text& v) {
      return named(v ? Text(utf16_prefix(*v, 1)) : std::nullopt);
    };
  }
  throw spec.unknown("topic function");
}

}  // namespace weir::vectors
