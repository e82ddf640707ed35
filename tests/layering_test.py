#!/usr/bin/env python3
"""Holds every #include to the layers of docs/architecture.md: a folder may include itself and what its row names. And
whoever waits, starts a thread, or wants the time or a random number has it of the clock or by a parameter."""
import pathlib
import re
import sys

MAY_INCLUDE = {
    "log/base": [],
    "log/model": ["log/base"],
    "log/wire": ["log/model", "log/base"],
    "log/storage": ["log/model", "log/base"],
    "log/cluster": ["log/storage", "log/security", "log/wire", "log/model", "log/base"],
    # the broker's rooms, each above those it names
    "log/broker/partitions": ["log/cluster", "log/security", "log/storage", "log/wire", "log/model", "log/base"],
    "log/broker/coordination": ["log/broker/partitions", "log/cluster", "log/security", "log/storage", "log/wire", "log/model",
                                "log/base"],
    "log/broker/groups/membership": ["log/wire", "log/model", "log/base"],
    "log/broker/groups/consumer": ["log/broker/groups/membership", "log/wire", "log/model", "log/base"],
    "log/broker/groups": ["log/broker/groups/membership", "log/broker/groups/consumer", "log/broker/coordination",
                          "log/broker/partitions", "log/cluster", "log/security", "log/storage", "log/wire", "log/model", "log/base"],
    "log/broker/transactions": ["log/broker/coordination", "log/broker/partitions", "log/cluster", "log/security", "log/storage",
                                "log/wire", "log/model", "log/base"],
    "log/broker": ["log/broker/groups", "log/broker/groups/membership", "log/broker/groups/consumer",
                   "log/broker/transactions",
                   "log/broker/coordination", "log/broker/partitions", "log/cluster", "log/security", "log/storage", "log/wire",
                   "log/model", "log/base"],
    "log/broker/handlers": ["log/broker", "log/broker/groups", "log/broker/groups/membership",
                            "log/broker/groups/consumer", "log/broker/transactions", "log/broker/coordination", "log/broker/partitions",
                            "log/cluster", "log/security", "log/storage", "log/wire", "log/model", "log/base"],
    "log/client": ["log/security", "log/wire", "log/model", "log/base"],
    "log/embedded": ["log/broker", "log/broker/handlers", "log/broker/partitions", "log/cluster", "log/storage", "log/wire", "log/client", "log/model", "log/base"],
    # who somebody is, without I/O
    "log/security": ["log/base"],
    # what patterns, rules and connectors' transforms say about an event
    "log/expression": ["log/base"],
    # sockets; knows neither broker nor client
    "log/net": ["log/security", "log/wire", "log/model", "log/base"],
    # joins log/net and the broker
    "log/server": ["log/net", "log/embedded", "log/broker", "log/broker/handlers", "log/broker/coordination",
                   "log/broker/partitions", "log/cluster", "log/security", "log/wire", "log/model", "log/base"],
    # joins log/net and the client
    "log/remote": ["log/net", "log/client", "log/security", "log/wire", "log/model", "log/base"],
    # log.h is a contract over the client, log.cc a composition root: it sees both sides of the seam
    "log": ["log/embedded", "log/remote", "log/server", "log/client", "log/security", "log/model", "log/base"],
    "streams/state": ["log/model", "log/base"],
    "streams/topology": ["streams/state", "log/model", "log/base"],
    "streams/operators": ["streams/topology", "streams/state", "log/expression", "log/model", "log/base"],
    "streams/graph": ["streams/operators", "streams/topology", "streams/state", "log/model", "log/base"],
    "streams/dsl": ["streams/graph", "streams/operators", "streams/topology", "streams/state", "log/model", "log/base"],
    "streams/runtime": ["streams/operators", "streams/topology", "streams/state", "log/client", "log/wire", "log/model",
                        "log/base"],
    # the test driver speaks the language of the DSL: typed topics over the runtime's tasks
    "streams/runtime/testing": ["streams/dsl", "streams/runtime", "streams/operators", "streams/topology",
                                "streams/state", "log/model", "log/base"],
    # streams.h is what users include
    "streams": ["streams/dsl", "streams/runtime", "streams/runtime/testing", "streams/operators", "streams/topology",
                "streams/state", "log", "log/client", "log/model", "log/base"],
    "sim": ["log/wire", "log/model", "log/base"],  # only tests include it
    # connect's rooms: what records are, what settings are, what an author of connectors fulfils, and what runs it
    "connect/data": ["log/model", "log/base"],
    "connect/settings": ["log/base"],
    "connect/contracts": ["connect/data", "connect/settings", "log/model", "log/base"],
    "connect/converters": ["connect/data", "connect/settings", "log/base"],
    "connect/transforms": ["connect/data", "connect/settings", "log/expression", "log/base"],
    "connect/runtime": ["connect/contracts", "connect/converters", "connect/transforms", "connect/data", "connect/settings",
                        "log/client", "log/model", "log/base"],
    "connect/herder": ["connect/runtime", "connect/contracts", "connect/data", "connect/settings", "log/client", "log/model",
                       "log/base"],
    "connect/rest": ["connect/herder", "connect/runtime", "connect/settings", "log/base"],
    # a connector knows the contracts and its own system
    "connect/connectors": ["connect/contracts", "connect/data", "connect/settings", "log/base"],
    # connect.h is what users include
    "connect": ["connect/connectors", "connect/runtime", "connect/transforms", "connect/converters", "connect/contracts",
                "connect/data", "connect/settings", "log/client", "log/model", "log/base"],
}
# The test driver speaks the language of the DSL: typed topics over the runtime's tasks.
EXCEPTIONS = {("streams/runtime/testing/test_driver.h", "streams/dsl")}
HEAVY = {  # only these files may see these libraries
    r"rocksdb/": r"streams/state/rocks_.*",
    r"boost/asio": r"(log/net|connect)/.*",
    r"sqlite3\.h": r"connect/connectors/sqlite/.*",
    r"hiredis/": r"connect/connectors/redis/.*",
    r"mosquitto\.h": r"connect/connectors/mqtt/.*",
    r"postgresql/": r"connect/connectors/postgres/.*",
    r"re2/": r"log/base/regex\.cc",
    r"openssl/": r"(log/(security|net)|connect/connectors/http)/.*",
}


# What only these files may say: what waits and how is the clock's choice (log/base/parker.h).
SAID_ONLY_BY = {
    r"\bcondition_variable|\bsteady_clock|\bsystem_clock|\bsleep_(for|until)|\bstd::j?thread\b|\bthis_thread\b"
    r"|#\s*include\s*<(condition_variable|thread)>":
        r"log/base/.*"
        r"|sim/gated_file\.h",  # holds up threads of the system until a test lets them go
    # What threads share is under a Mutex or SharedMutex, which clang checks.
    r"\bstd::(recursive_|timed_|shared_)*mutex\b|\b(lock_guard|unique_lock|scoped_lock|shared_lock)\b"
    r"|#\s*include\s*<(shared_)?mutex>":
        r"log/base/.*|sim/gated_file\.h",
    r"\brandom_device\b": r"log/log\.cc|log/remote/connect\.cc|streams/app\.cc",  # composition roots: the seed, where none is given
}


def folder_of(path, layers):
    for depth in range(len(path.parts) - 1, 0, -1):
        name = "/".join(path.parts[:depth])
        if name in layers:
            return name
    return None


def main(root):
    root = pathlib.Path(root)
    wrong = []
    for top in ("log", "streams", "connect", "sim", "cli"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc"):
                continue
            here = path.relative_to(root)
            for line_number, line in enumerate(path.read_text().splitlines(), 1):
                for words, allowed in SAID_ONLY_BY.items():
                    if re.search(words, line.split("//")[0]) and not re.fullmatch(allowed, str(here)):
                        wrong.append(f"{here}:{line_number}: this may only be said by {allowed}: {line.strip()}")
            if top == "cli":  # includes what it likes
                continue
            layer = folder_of(here, MAY_INCLUDE)
            for line_number, line in enumerate(path.read_text().splitlines(), 1):
                include = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
                if not include:
                    continue
                target = include.group(1)
                for library, allowed in HEAVY.items():
                    if re.match(library, target) and not re.fullmatch(allowed, str(here)):
                        wrong.append(f"{here}:{line_number}: {target} may only be seen by {allowed}")
                if not target.startswith(("log/", "streams/", "connect/", "sim/")):
                    continue
                other = folder_of(pathlib.Path(target), MAY_INCLUDE)
                if other == layer or other in MAY_INCLUDE[layer]:
                    continue
                wrong.append(f"{here}:{line_number}: {layer} may not include {target}")
    for line in wrong:
        print(line)
    print(f"{len(wrong)} wrong lines")
    return 1 if wrong else 0


sys.exit(main(sys.argv[1]))
