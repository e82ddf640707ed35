#!/usr/bin/env python3
"""Holds the language to its guide: every public operator of the classes below stands in a snippet of C++ of the docs, or
in an example: operators_test.py ROOT"""
import pathlib
import re
import sys

HEADERS = ["builder", "stream", "table", "grouped", "grouped_table", "windowed", "sessions", "cogroup", "pattern", "detection"]
PAGES = ["streams.md", "processors.md", "errors.md", "async.md", "patterns.md"]
# What says something of a handle and adds nothing to a topology.
NO_OPERATORS = {"windowing", "spec"}
NO_NAMES = {"requires", "static_assert", "decltype", "explicit", "operator", "if", "for", "return", "constexpr"}


def public_part(text):
    """The text of public sections, what is inside of bodies left out."""
    kept, depth, is_public, classes = [], 0, False, []
    for line in text.splitlines():
        code = line.split("//")[0]
        if re.match(r"(class|struct) \w+.* \{$", code):
            classes.append(depth)
            is_public = code.startswith("struct")
            depth += 1
            continue
        if code.strip() in ("public:", "private:"):
            is_public = code.strip() == "public:"
            continue
        if classes and depth == classes[-1] + 1 and is_public:
            kept.append(code)
        depth += code.count("{") - code.count("}")
        if classes and depth <= classes[-1]:
            classes.pop()
    return "\n".join(kept)


def operators(root):
    found = set()
    for header in HEADERS:
        text = (root / "streams" / "dsl" / f"{header}.h").read_text()
        text = text.replace("sizeof...(Predicates)", "")
        names = re.findall(r"^  (?! )[^=;{}()]*?\b([a-z][a-z_]*)\(", public_part(text), re.M)
        found |= set(names)
    return found - NO_NAMES - NO_OPERATORS


def main(root):
    root = pathlib.Path(root)
    shown = [snippet for page in PAGES
             for snippet in re.findall(r"```cpp\n(.*?)```", (root / "docs" / page).read_text(), re.S)]
    shown += [path.read_text() for pattern in ("*.cc", "*.h") for path in sorted((root / "examples").rglob(pattern))]
    text = "\n".join(shown)
    wanted = operators(root)
    if len(wanted) < 30:
        print(f"only {len(wanted)} operators were found in the headers: {sorted(wanted)}")
        return 1
    missing = sorted(name for name in wanted if not re.search(rf"\b{name}(<[^;]*?>)?\(", text))
    for name in missing:
        print(f"{name}: in no snippet of {', '.join(PAGES)} and no example")
    print(f"{len(wanted) - len(missing)} operators are shown, {len(missing)} are not")
    return 1 if missing else 0


sys.exit(main(sys.argv[1]))
