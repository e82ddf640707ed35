#!/usr/bin/env bash
# Makes the Debian package, unpacks it, and uses it as its reader would: the README's first program and the examples are
# built against it, `weir` and the demonstration run:
#   package_test.sh SOURCE_DIRECTORY BUILD_DIRECTORY
set -euo pipefail
source_directory=$1 build_directory=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
quietly() { "$@" >"$work/log" 2>&1 || { echo "failed: $*"; cat "$work/log"; exit 1; }; }

quietly cpack --config "$build_directory/CPackConfig.cmake" -B "$work/packages"
package=$(echo "$work"/packages/*.deb)
dpkg-deb --field "$package" Depends | grep -q librocksdb || { echo "does not say what it needs to run"; exit 1; }
dpkg-deb --field "$package" Recommends | grep -q librocksdb-dev || { echo "does not say what programs need"; exit 1; }
root="$work/root"
dpkg -x "$package" "$root"
documents="$root/usr/share/doc/weir"
for file in "$root/usr/include/weir/streams.h" "$documents/README.md" "$documents/copyright" "$documents/docs/streams.md"; do
  [ -s "$file" ] || { echo "not in the package: $file"; exit 1; }
done
if [ -e "$root/usr/include/weir/streams/runtime/worker.h" ]; then echo "installs a header that is not public"; exit 1; fi

# The README's program, cut out of it, in a project of three lines.
mkdir "$work/first"
sed -n '/^## A first program/,/^```$/p' "$documents/README.md" | sed -n '/^```cpp/,/^```/p' | sed '1d;$d' >"$work/first/main.cc"
grep -q 'int main' "$work/first/main.cc" || { echo "no program in the README"; exit 1; }
cat >"$work/first/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(first LANGUAGES CXX)
find_package(weir REQUIRED)
add_executable(line_lengths main.cc)
target_link_libraries(line_lengths PRIVATE weir::weir)
CMAKE
quietly cmake -S "$work/first" -B "$work/first/build" -G Ninja -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_BUILD_TYPE=Release
quietly ninja -C "$work/first/build"
"$work/first/build/line_lengths" --describe | grep -q lines || { echo "the README's program does not run"; exit 1; }

# An example, as it lies in the package.
quietly cmake -S "$documents/examples" -B "$work/examples" -G Ninja -DCMAKE_PREFIX_PATH="$root/usr" -DCMAKE_BUILD_TYPE=Release
quietly ninja -C "$work/examples" word_count
echo "to be or not to be" >"$work/text"
"$work/examples/word_count" --input "$work/text" --data "$work/data" --output "$work/out"
[ "$(tail -n 1 "$work/out")" = '{"key":"be","value":2}' ] || { cat "$work/out"; exit 1; }
"$root/usr/bin/weir" topic list --data "$work/data" | grep -q counts
(cd "$work" && quietly "$root/usr/bin/weir-demo" --transactions 20000)
[ -s "$work/weir-demo/alerts.jsonl" ] || { echo "the demonstration found nothing"; exit 1; }
