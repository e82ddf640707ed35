// Construction: the topology of a case, made node by node over the public language. Every operator of the vectors is a
// row of a table (construction.cc); an operator that the language does not have makes the case fail with its name.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "streams/streams.h"
#include "tests/vectors/json_access.h"
#include "tests/vectors/streams/functions.h"

namespace weir::vectors {

using TextStream = streams::Stream<Text, Text>;
using WindowedKeyStream = streams::Stream<streams::Windowed<std::string>, Text>;
using TextTable = streams::Table<std::string, std::string>;
using WindowedTable = streams::Table<streams::Windowed<std::string>, std::string>;
using GlobalTexts = streams::GlobalTable<std::string, std::string>;
using GroupedTexts = streams::GroupedStream<Text, Text>;
using WindowedTexts = streams::WindowedStream<Text, Text, streams::TimeWindowing>;
using SlidingTexts = streams::WindowedStream<Text, Text, streams::SlidingWindowing>;
using SessionTexts = streams::SessionStream<Text, Text>;
using CogroupedTexts = streams::CogroupedStream<Text, std::string, streams::Deletes::yes>;
template <class Windowing>
using WindowedCogroupTexts = streams::WindowedCogroup<Text, std::string, streams::Deletes::yes, Windowing>;
using TimeCogroupTexts = WindowedCogroupTexts<streams::TimeWindowing>;
using SlidingCogroupTexts = WindowedCogroupTexts<streams::SlidingWindowing>;
using SessionCogroupTexts = streams::SessionCogroup<Text, std::string>;
using GroupedRows = streams::GroupedTable<std::string, std::string>;

using Thing = std::variant<TextStream, WindowedKeyStream, TextTable, WindowedTable, GroupedTexts, WindowedTexts,
                           SlidingTexts, SessionTexts, GroupedRows, CogroupedTexts, TimeCogroupTexts,
                           SlidingCogroupTexts, SessionCogroupTexts, GlobalTexts>;

class Construction {
 public:
  streams::Builder builder;

  void add(const Object& node);

  template <class T>
  void put(const std::string& id, T thing) {
    things_.insert_or_assign(id, Thing(std::move(thing)));
  }
  // What a node goes on from, the `index`-th if there are several.
  Thing& from(const Object& node, std::size_t index = 0);
  template <class T>
  T& from(const Object& node, std::size_t index = 0) {
    auto* found = std::get_if<T>(&from(node, index));
    if (found == nullptr)
      throw std::runtime_error(text_of(node, "op") + " " + text_of(node, "id") + ": from the wrong kind");
    return *found;
  }

 private:
  std::map<std::string, Thing> things_;
};

using AddNode = void (*)(Construction&, const Object& node);
struct OperatorRow {
  const char* op;
  AddNode add;
};

// The rows of each part of the language.
const std::vector<OperatorRow>& stream_operators();
const std::vector<OperatorRow>& grouping_operators();
const std::vector<OperatorRow>& table_operators();
const std::vector<OperatorRow>& join_operators();
const std::vector<OperatorRow>& processor_operators();

// What a node that asks for a store of its own is called; without one the table may be a lazy view.
streams::StoreOptions store_options(const Object& node);

// The key as functions see it.
inline Text key_text(const Text& key) {
  return key;
}
inline Text key_text(const streams::Windowed<std::string>& key) {
  return key.key + "@[" + std::to_string(key.window.start_ms) + "," + std::to_string(key.window.end_ms) + "]";
}

}  // namespace weir::vectors
