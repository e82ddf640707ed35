// How a user's callable is called: with what it takes. A callable over records takes (key, value) or (value); where a
// key or value may be null it takes const std::optional<T>& or, without a copy, const T*.
//
// Exceptions leave through here only, with the operator's name; the task catches them once.
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include "streams/dsl/serde.h"
#include "streams/operators/node.h"
#include "streams/operators/operator_error.h"

namespace weir::streams::call {

// What is handed over for a T: a reference, or an optional, or (the second way) a pointer.
template <class T>
struct Argument {
  static const T& first(const void* object) { return *static_cast<const T*>(object); }
  static const T& second(const void* object) { return first(object); }
};
template <class T>
struct Argument<std::optional<T>> {
  static std::optional<T> first(const void* object) {
    return object == nullptr ? std::nullopt : std::optional<T>(*static_cast<const T*>(object));
  }
  static const T* second(const void* object) { return static_cast<const T*>(object); }
};
template <>
struct Argument<NoKey> {
  static NoKey first(const void*) { return {}; }
  static NoKey second(const void*) { return {}; }
};
template <class T>
using First = decltype(Argument<T>::first(nullptr));
template <class T>
using Second = decltype(Argument<T>::second(nullptr));

// The forms in which F takes a record of K and V, the first that fits; `Rest` are further arguments behind them.
enum class Form { key_value, key_pointer, pointer_value, pointers, value, pointer, none };

template <class F, class K, class V, class... Rest>
constexpr Form form() {
  if constexpr (std::invocable<F&, First<K>, First<V>, Rest...>) {
    return Form::key_value;
  } else if constexpr (std::invocable<F&, First<K>, Second<V>, Rest...>) {
    return Form::key_pointer;
  } else if constexpr (std::invocable<F&, Second<K>, First<V>, Rest...>) {
    return Form::pointer_value;
  } else if constexpr (std::invocable<F&, Second<K>, Second<V>, Rest...>) {
    return Form::pointers;
  } else if constexpr (std::invocable<F&, First<V>, Rest...>) {
    return Form::value;
  } else if constexpr (std::invocable<F&, Second<V>, Rest...>) {
    return Form::pointer;
  } else {
    return Form::none;
  }
}

template <class F, class K, class V, class... Rest>
concept Takes = form<F, K, V, Rest...>()
!= Form::none;

template <class K, class V, class F, class... Rest>
decltype(auto) with_record(F& callable, const Record& record, Rest&&... rest) {
  constexpr Form kForm = form<F, K, V, Rest...>();
  using Key = Argument<K>;
  using Value = Argument<V>;
  if constexpr (kForm == Form::key_value) {
    return callable(Key::first(record.key), Value::first(record.value), std::forward<Rest>(rest)...);
  } else if constexpr (kForm == Form::key_pointer) {
    return callable(Key::first(record.key), Value::second(record.value), std::forward<Rest>(rest)...);
  } else if constexpr (kForm == Form::pointer_value) {
    return callable(Key::second(record.key), Value::first(record.value), std::forward<Rest>(rest)...);
  } else if constexpr (kForm == Form::pointers) {
    return callable(Key::second(record.key), Value::second(record.value), std::forward<Rest>(rest)...);
  } else if constexpr (kForm == Form::value) {
    return callable(Value::first(record.value), std::forward<Rest>(rest)...);
  } else {
    return callable(Value::second(record.value), std::forward<Rest>(rest)...);
  }
}

template <class F, class K, class V, class... Rest>
requires Takes<F, K, V, Rest...>
using Result = std::remove_cvref_t<decltype(with_record<K, V>(std::declval<F&>(), std::declval<const Record&>(),
                                                              std::declval<Rest>()...))>;

// What comes out of F: something; something that is true or false; a std::pair, or what has its members.
template <class F, class K, class V>
concept Gives = Takes<F, K, V> && !std::is_void_v<Result<F, K, V>>;
template <class F, class K, class V>
concept Tests = Gives<F, K, V> && std::constructible_from<bool, Result<F, K, V>>;
template <class F, class K, class V>
concept GivesPair = Gives<F, K, V> && requires(Result<F, K, V> pair) {
  pair.first;
  pair.second;
};

// The last two arguments of a callable that is not generic, as types of values.
template <class... Args>
struct LastTwo {
  using First = void;
  using Second = void;
};
template <class A, class B>
struct LastTwo<A, B> {
  using First = std::remove_cvref_t<A>;
  using Second = std::remove_cvref_t<B>;
};
template <class A, class B, class C, class... Rest>
struct LastTwo<A, B, C, Rest...> : LastTwo<B, C, Rest...> {};

template <class Member>
struct Arguments : LastTwo<> {};
template <class F, class R, class... Args>
struct Arguments<R (F::*)(Args...)> : LastTwo<Args...> {};
template <class F, class R, class... Args>
struct Arguments<R (F::*)(Args...) const> : LastTwo<Args...> {};
template <class R, class... Args>
struct Arguments<R (*)(Args...)> : LastTwo<Args...> {};

// Whether F says of its own that it takes (..., Second, First) where (..., First, Second) is given, which compiles
// where the types convert.
template <class F, class First, class Second>
constexpr bool takes_swapped() {
  if constexpr (std::same_as<First, Second>) {
    return false;
  } else if constexpr (requires { &F::operator(); }) {
    using Of = Arguments<decltype(&F::operator())>;
    return std::same_as<typename Of::First, Second> && std::same_as<typename Of::Second, First>;
  } else {
    using Of = Arguments<F>;
    return std::same_as<typename Of::First, Second> && std::same_as<typename Of::Second, First>;
  }
}

// What a callable of `node` throws goes on with the operator's name.
template <class F>
decltype(auto) guarded(const Node& node, F&& call) {
  return streams::guarded(node.name(), std::forward<F>(call));
}

// The object of an erased record: null stays null.
template <class T>
const void* erased(const T& value) {
  if constexpr (is_nullable<T>) {
    return value ? static_cast<const void*>(&*value) : nullptr;
  } else if constexpr (std::same_as<T, NoKey>) {
    return nullptr;
  } else {
    return &value;
  }
}

}  // namespace weir::streams::call
