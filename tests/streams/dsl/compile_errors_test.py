#!/usr/bin/env python3
"""Wrong programs, and the one message that each of them gets: the first error is a static_assert in the user's words."""
import concurrent.futures
import pathlib
import re
import subprocess
import sys
import tempfile

COMPILER, SOURCE_DIRECTORY, INCLUDE_DIRECTORY = sys.argv[1:4]

# What all of them begin with is parsed once.
HEADER = """
#include <weir/streams.h>
#include <string>
"""
PROGRAM = """
namespace ws = weir::streams;
struct Point { int x = 0; };
void wrong(ws::Builder& b, ws::Stream<std::string, std::string> stream, ws::Table<std::string, std::string> table) {
  %s
}
"""

TIMESTAMP = (".timestamp needs a callable over (value), (key, value) or (const InputRecord<K, V>&) that gives milliseconds "
             "as an integer, or the name of a rule")

# what is written, what the compiler says; no message: the program is right
CASES = [
    ("stream.filter([](const std::string& v) { return v.empty(); });", None),
    ("stream.filter([](int) { return true; });",
     "filter needs a predicate over (key, value) or (value) that gives a bool"),
    ("stream.filter([](const std::string& v) { return v; });",
     "filter needs a predicate over (key, value) or (value) that gives a bool"),
    ("stream.map_values([](Point) { return 1; });",
     "map_values needs a callable over (key, value) or (value) giving a value"),
    ("stream.map_values([](const std::string&) {});",
     "map_values needs a callable over (key, value) or (value) giving a value"),
    ("stream.map([](const std::string& v) { return v; });",
     "map needs a callable over (key, value) or (value) that gives a std::pair"),
    ("stream.flat_map([](const std::string&) { return 1; });",
     "flat_map's callable must give a range of std::pairs"),
    ("stream.select_key([](const std::string&) {});",
     "select_key needs a callable over (key, value) or (value) giving a key"),
    ("stream.split([](const std::string& v) { return v; });",
     "split needs predicates over (key, value) or (value) that give a bool"),
    ("stream.to(\"out\", {.partition = [](const std::string&, const std::string&, int) { return 0; }});", None),
    ("stream.to(\"out\", {.partition = [](const std::string&, const std::string&, int) { return std::string(); }});",
     ".partition of `to` needs a callable over (key, value, partitions) that gives a partition, or Partitions"),
    ("stream.to(\"out\", {.partition = [](const std::string&) { return 0; }});",
     ".partition of `to` needs a callable over (key, value, partitions) that gives a partition, or Partitions"),
    ("stream.repartition({.partition = [](const std::string&, const std::string&, int) { return ws::Partitions::all(); "
     "}});", ".partition of repartition needs a callable over (key, value, partitions) that gives one partition"),
    ("table.join(table, [](const std::string& v) { return v; }, [](const std::string& l, const std::string&) { return "
     "l; }, {.left_partition = [](const std::string&, int) { return ws::Partitions::none(); }});",
     "a partitioner of a foreign-key join needs a callable over (key, partitions) that gives one partition"),
    ("stream.map_values([](const std::string&) { return Point{}; }).to(\"out\");", "this type has no Serde"),
    ("b.stream<std::string, Point>(\"in\");", "this type has no Serde"),
    ("b.stream<std::string, std::string>(\"in\", {.timestamp = [](const std::string& k, const std::string& v) { return k.size() + v.size(); }});", None),
    ("b.stream<std::string, std::string>(\"in\", {.timestamp = [](const ws::InputRecord<std::string, std::string>& r) { return r.partition_time_ms(); }});", None),
    ("b.stream<std::string, std::string>(\"in\", {.timestamp = ws::wall_clock_timestamp});", None),
    ("b.stream<std::string, std::string>(\"in\", {.timestamp = [](const auto& v) { return v.size(); }});", None),
    ("b.stream<std::string, std::string>(\"in\", {.timestamp = [](int) { return 1; }});", TIMESTAMP),
    ("b.stream<std::string, std::string>(\"in\", {.timestamp = [](const std::string&) { return 0.5; }});", TIMESTAMP),
    ("b.table<std::string, std::string>(\"in\", {}, {.timestamp = [](const std::string& v) { return v; }});", TIMESTAMP),
    ("stream.group_by_key().aggregate([] { return 0; }, [](int, int&) {});",
     "aggregate needs a callable over (value, aggregate) or (key, value, aggregate)"),
    ("stream.group_by_key().reduce([](int, int) { return 0; });",
     "reduce needs a callable over (aggregate, value), both of the stream's value type"),
    ("b.stream<std::string, std::int32_t>(\"n\").group_by_key().aggregate([] { return std::int64_t{0}; }, [](std::int32_t v, std::int64_t a) { return a + v; });", None),
    ("b.stream<std::string, std::int32_t>(\"n\").group_by_key().aggregate([] { return std::int64_t{0}; }, [](std::int64_t a, std::int32_t v) { return a + v; });",
     "aggregate's callable takes its aggregate before the value: it is given (value, aggregate)"),
    ("b.stream<std::string, std::int32_t>(\"n\").group_by_key().aggregate([] { return std::int64_t{0}; }, [](const std::string&, std::int64_t a, std::int32_t v) { return a + v; });",
     "aggregate's callable takes its aggregate before the value: it is given (value, aggregate)"),
    ("b.stream<std::string, std::int32_t>(\"n\").group_by_key().windowed_by(ws::tumbling(weir::Millis(10))).aggregate([] { return std::int64_t{0}; }, [](std::int64_t a, std::int32_t v) { return a + v; });",
     "aggregate's callable takes its aggregate before the value: it is given (value, aggregate)"),
    ("b.stream<std::string, std::string_view>(\"v\").join(table, [](std::string_view v, const std::string& row) { return std::string(v) + row; });",
     None),
    ("stream.join(table, [](int) { return 1; });", "a join needs a joiner over (value, row) or (key, value, row)"),
    ("stream.join(b.table<std::int64_t, std::string>(\"t\"), [](const std::string&, const std::string& r) { return r; });",
     "join needs a table with the stream's key type"),
    ("b.stream<ws::NoKey, std::string>(\"in\").group_by_key();", "group_by_key needs a key: use group_by"),
    ("table.filter([](int, int, int) { return true; });",
     "filter needs a predicate over (key, value) or (value) that gives a bool"),
    ("stream.process<std::string, std::string>([](int) {});", "process<K2, V2> needs a class with process("),
    ("stream.process_values<std::string>(Point{});", "process_values<V2> needs a class with process("),
    ("stream.map_async([](const std::string& v) { return v.size(); });", None),
    ("stream.map_async([](int) { return 1; });",
     "map_async needs a function over (key, value) or (value) that gives a value"),
    ("stream.map_async([](const std::string&) {});",
     "map_async needs a function over (key, value) or (value) that gives a value"),
    ("stream.map_async<int>([](const std::string&) { return 1; });",
     "map_async<V2> needs a callable over (value, result) or (key, value, result)"),
    ("stream.map_async<int>([](const std::string&, ws::AsyncResult<std::string>) {});",
     "map_async<V2> needs a callable over (value, result) or (key, value, result)"),
    ("stream.map_async([](const std::string& v) { return std::string_view(v); });", "a result outlives its record"),
    ("b.add_store<ws::KeyValueStore<std::string, std::optional<std::string>>>({.store = \"s\"});",
     "a store's keys and values are never null"),
    ("b.add_store<ws::KeyValueStore<std::string_view, std::string>>({.store = \"s\"});",
     "a store keeps its rows: use types that own"),
    ("b.add_store<ws::KeyValueStore<std::string, Point>>({.store = \"s\"});", "this type has no Serde"),
]


FLAGS = ["-std=c++20", "-I", SOURCE_DIRECTORY, "-I", INCLUDE_DIRECTORY]


def precompile(header):
    header.write_text(HEADER)
    subprocess.run([COMPILER, *FLAGS, "-x", "c++-header", "-o", f"{header}.gch", header], check=True)


def errors_of(body, header):
    done = subprocess.run([COMPILER, *FLAGS, "-fsyntax-only", "-include", header, "-x", "c++", "-"],
                          input=PROGRAM % body, capture_output=True, text=True)
    return [line for line in done.stderr.splitlines() if re.search(r"\berror:", line)]


def check(case, header):
    body, wanted = case
    errors = errors_of(body, header)
    if wanted is None:
        return None if not errors else f"{body}\n  is right, but: {errors[0]}"
    if not errors:
        return f"{body}\n  compiles"
    asserts = [line for line in errors if "static assertion failed: Weir: " in line or "static assertion failed due" in line]
    if "Weir: " not in errors[0] or wanted not in errors[0].replace('" "', ""):
        return f"{body}\n  its first error is: {errors[0]}\n  and not: {wanted}"
    if len(asserts) != 1:
        return f"{body}\n  gets {len(asserts)} messages: {asserts}"
    return None


def main():
    with (tempfile.TemporaryDirectory(prefix="weir_compile_errors_") as directory,
          concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool):
        header = pathlib.Path(directory) / "common.h"
        precompile(header)
        wrong = [message for message in pool.map(lambda case: check(case, header), CASES) if message]
    for message in wrong:
        print(message)
    print(f"{len(CASES)} programs, {len(wrong)} not as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
