#!/usr/bin/env python3
"""Holds the guide to what it says of itself: every snippet of C++ in docs/streams.md stands in an example or a test,
white space aside; "..." in a snippet stands for anything."""
import pathlib
import re
import sys


def squeezed(text):
    return re.sub(r"\s+", "", text)


def stands_in(snippet, source):
    at = 0
    for part in squeezed(snippet).split("..."):
        found = source.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return True


def main(root):
    root = pathlib.Path(root)
    sources = [
        squeezed(path.read_text())
        for folder in ("examples", "tests")
        for pattern in ("*.cc", "*.h")
        for path in sorted((root / folder).rglob(pattern))
    ]
    page = root / "docs" / "streams.md"
    snippets = re.findall(r"```cpp\n(.*?)```", page.read_text(), re.S)
    if not snippets:
        print(f"{page}: no snippets were found")
        return 1
    missing = [s for s in snippets if not any(stands_in(s, source) for source in sources)]
    for snippet in missing:
        print(f"{page}: in no example and no test:\n{snippet}")
    print(f"{len(snippets) - len(missing)} snippets stand in an example or a test, {len(missing)} do not")
    return 1 if missing else 0


sys.exit(main(sys.argv[1]))
