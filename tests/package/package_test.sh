#!/usr/bin/env bash
# Installs the package into a directory, builds a user's project against it, and runs it:
#   package_test.sh SOURCE_DIRECTORY BUILD_DIRECTORY
set -euo pipefail
source_directory=$1 build_directory=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build_directory" --prefix "$work/prefix" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# Only the examples: not a single header of the source tree may be found from here.
mkdir "$work/examples"
cp -r "$source_directory/examples" "$work/examples/"
cmake -S "$source_directory/tests/package" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_BUILD_TYPE=Release -DEXAMPLES="$work/examples" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ninja -C "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
echo "to be or not to be" >"$work/text"
"$work/build/word_count" --input "$work/text" --data "$work/data" --output "$work/out"
[ "$(tail -n 1 "$work/out")" = '{"key":"be","value":2}' ] || { cat "$work/out"; exit 1; }
"$work/prefix/bin/weir" topic list --data "$work/data" | grep -q counts
