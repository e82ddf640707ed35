#!/usr/bin/env python3
"""Holds the guides to what they say of themselves: every snippet of C++ in docs/streams.md, log.md, server.md and patterns.md stands in an
example or a test, white space aside; "..." in a snippet stands for anything."""
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
    missing = 0
    for name in ("streams.md", "log.md", "server.md", "patterns.md"):
        page = root / "docs" / name
        snippets = re.findall(r"```cpp\n(.*?)```", page.read_text(), re.S)
        strangers = [s for s in snippets if not any(stands_in(s, source) for source in sources)]
        for snippet in strangers:
            print(f"{page}: in no example and no test:\n{snippet}")
        if not snippets:
            print(f"{page}: no snippets were found")
        print(f"{name}: {len(snippets) - len(strangers)} snippets stand in an example or a test, {len(strangers)} do not")
        missing += len(strangers) + (not snippets)
    return 1 if missing else 0


sys.exit(main(sys.argv[1]))
