// The part of the function library that aggregations and joins use.
#include <algorithm>

#include "tests/vectors/streams/functions.h"
#include "tests/vectors/streams/spec.h"

namespace weir::vectors {

namespace {

template <class F>
Adder over_numbers(F f) {
  return [f](const Text& v, const Text& aggregate) {
    return Text(std::to_string(f(number_in(aggregate), number_in(v))));
  };
}

Adder concat(const std::string& between) {
  return [between](const Text& v, const Text& aggregate) {
    return Text(rendered(aggregate) + between + rendered(v));
  };
}

}  // namespace

Adder adder(const boost::json::value& json) {
  using Number = std::int64_t;
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "concat") return concat("+");
  if (name == "concat_tag") return concat(spec.text());
  if (name == "sum") return over_numbers([](Number aggregate, Number v) { return aggregate + v; });
  if (name == "sub") return over_numbers([](Number aggregate, Number v) { return aggregate - v; });
  if (name == "count") return over_numbers([](Number aggregate, Number) { return aggregate + 1; });
  if (name == "uncount") return over_numbers([](Number aggregate, Number) { return aggregate - 1; });
  if (name == "max") return over_numbers([](Number aggregate, Number v) { return std::max(aggregate, v); });
  if (name == "min") return over_numbers([](Number aggregate, Number v) { return std::min(aggregate, v); });
  if (name == "last")
    return [](const Text& v, const Text&) {
      return v;
    };
  if (name == "first") {
    return [](const Text& v, const Text& aggregate) {
      return aggregate && !aggregate->empty() ? aggregate : v;
    };
  }
  if (name == "sub_null_at_zero") {
    return [](const Text& v, const Text& aggregate) {
      Number left = number_in(aggregate) - number_in(v);
      return left == 0 ? std::nullopt : Text(std::to_string(left));
    };
  }
  if (name == "null_on") {
    return [on = spec.text(), otherwise = concat("+")](const Text& v, const Text& aggregate) {
      return v == on ? std::nullopt : otherwise(v, aggregate);
    };
  }
  throw spec.unknown("adder");
}

Merger merger(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "join")
    return [](const Text& a, const Text& b) {
      return Text(rendered(a) + rendered(b));
    };
  if (name == "join_tag") {
    return [tag = spec.text()](const Text& a, const Text& b) {
      return Text(rendered(a) + tag + rendered(b));
    };
  }
  if (name == "sum") {
    return [](const Text& a, const Text& b) {
      return Text(std::to_string(number_in(a) + number_in(b)));
    };
  }
  if (name == "max") {
    return [](const Text& a, const Text& b) {
      return Text(std::to_string(std::max(number_in(a), number_in(b))));
    };
  }
  throw spec.unknown("merger");
}

namespace {

Text pair_of(const Text& left, const Text& right) {
  return "(" + rendered(left) + "," + rendered(right) + ")";
}

}  // namespace

Joiner joiner(const boost::json::value& json) {
  const Spec spec(json);
  const std::string& name = spec.name();
  if (name == "pair")
    return [](const Text&, const Text& l, const Text& r) {
      return pair_of(l, r);
    };
  if (name == "pair_key") {
    return [](const Text& k, const Text& l, const Text& r) {
      return Text(rendered(k) + ":" + *pair_of(l, r));
    };
  }
  if (name == "concat") {
    return [between = spec.text()](const Text&, const Text& l, const Text& r) {
      return Text(rendered(l) + between + rendered(r));
    };
  }
  if (name == "left")
    return [](const Text&, const Text& l, const Text&) {
      return l;
    };
  if (name == "right")
    return [](const Text&, const Text&, const Text& r) {
      return r;
    };
  if (name == "null_if_equal") {
    return [](const Text&, const Text& l, const Text& r) {
      return l && l == r ? std::nullopt : pair_of(l, r);
    };
  }
  throw spec.unknown("joiner");
}

}  // namespace weir::vectors
