#!/usr/bin/env bash
# The long tests, each by its name or all of them: soak.sh [crash|histories|fuzz|memory|asan|tsan]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

crash() { # 200 rounds of kills at random moments, each compared with a run that was not killed
  ./dev build release
  python3 tests/crash/crash_test.py build/release/bin --rounds "${WEIR_CRASH_ROUNDS:-200}"
  WEIR_SOAK=1 /usr/bin/python3 tests/connect/systems/redis_test.py build/release/bin/weir
}

histories() { # the random histories and power cuts of the log, and those of groups of workers, in their long form
  ./dev build release
  for suite in log_storage_tests log_broker_tests log_embedded_tests; do
    WEIR_SOAK=1 WEIR_HISTORIES="${WEIR_HISTORIES:-100000}" "build/release/bin/$suite" --gtest_brief=1
  done
  WEIR_SOAK=1 build/release/bin/connect_tests --gtest_brief=1 --gtest_filter="*random_histories*"
}

fuzz() { # every reader of bytes, for minutes
  ./dev build release fuzz_tests
  WEIR_SOAK=1 build/release/bin/fuzz_tests --gtest_brief=1
}

memory() { # five million keys under 128 MiB, and the neighbours of a count
  ./dev build release memory_program
  for case in "count 5000000" "aggregate 3000000" "window 2000000" "join 2000000" "batches 600000" "in_memory 3000000" \
      "session 2000000" "foreign 1000000" "suppress 400000"; do
    # shellcheck disable=SC2086
    build/release/bin/memory_program ${case% *} --keys "${case#* }" --limit 128 --data build/release/memory-soak
  done
}

sanitized() { # PRESET SUITE...
  local preset=$1
  shift
  ./dev build "$preset"
  for suite in "$@"; do
    TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp" "build/$preset/bin/$suite" --gtest_brief=1
  done
}

asan() {
  sanitized asan log_base_tests log_model_tests log_wire_tests log_storage_tests log_broker_tests log_client_tests \
    log_embedded_tests log_net_tests log_security_tests log_server_tests log_remote_tests streams_state_tests streams_tests \
    connect_tests cli_tests examples_tests vectors_tests fuzz_tests
}

tsan() { # where threads meet; librdkafka's mock brokers run on threads that ThreadSanitizer does not know of
  GTEST_FILTER='-Brokers.*' sanitized tsan log_base_tests log_broker_tests log_client_tests log_embedded_tests log_net_tests log_server_tests \
    log_remote_tests streams_tests connect_tests
}

case "${1:-all}" in
  crash | histories | fuzz | memory | asan | tsan) "$1" ;;
  all)
    crash
    histories
    fuzz
    memory
    asan
    tsan
    ;;
  *)
    echo "soak: unknown name '$1' (crash, histories, fuzz, memory, asan, tsan)" >&2
    exit 2
    ;;
esac
