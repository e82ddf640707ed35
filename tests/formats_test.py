#!/usr/bin/env python3
"""Holds docs/formats.md and the golden files to each other: the bytes of every example of the page stand, whole and in
one piece, in a string of a test, which compares them with what the code writes. So a format changes only where page and
test change with it.

A line of an example is bytes in hexadecimal, then two blanks and what they mean. Bytes of one file follow one another
over lines. A blank line, "key", "value" and "->" stand between what is stored apart. A block without bytes is text."""
import pathlib
import re
import sys

BYTES = re.compile(r"(?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*")
LITERALS = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
ADJACENT = re.compile(r'"\s*"')
RAW_ADJACENT = re.compile(r'\)"\s*R"\(')
RAW = re.compile(r'R"(\w*)\((.*?)\)\1"', re.S)


def strings_of(source):
    """What its string literals say, adjacent ones joined."""
    raw = [text for _, text in RAW.findall(RAW_ADJACENT.sub("", source))]
    joined = ADJACENT.sub("", "\n".join(line for line in source.splitlines() if not line.startswith("#include")))
    return raw + [re.sub(r"\\(.)", r"\1", text) for text in LITERALS.findall(joined)]


def bytes_of(text):
    first = re.split(r"\s{2,}", text.strip())[0]
    return first.replace(" ", "") if BYTES.fullmatch(first) else None


def pieces_of(block):
    """What is stored in one piece each, in hexadecimal."""
    pieces = []
    begins = True
    for line in block.splitlines():
        parts = line.split("->")
        begins = begins or len(parts) > 1 or re.match(r"(key|value) ", line) or not line
        for part in parts:
            found = bytes_of(re.sub(r"^(key|value) ", "", part))
            if found is None:
                continue
            if begins:
                pieces.append(found)
            else:
                pieces[-1] += found
            begins = len(parts) > 1
    return pieces


def main(root):
    root = pathlib.Path(root)
    strings = [
        text for pattern in ("*.cc", "*.h") for path in (root / "tests").rglob(pattern) for text in strings_of(path.read_text())
    ]
    squeezed = [text.replace(" ", "") for text in strings]
    page = (root / "docs" / "formats.md").read_text()
    checked, missing = 0, []
    for block in re.findall(r"```\n(.*?)```", page, re.S):
        if block.startswith("data/"):
            continue  # the tree of files
        pieces = pieces_of(block)
        texts = [line for line in block.splitlines() if line] if not pieces else []
        checked += len(pieces) + len(texts)
        missing += [piece for piece in pieces if not any(piece in text for text in squeezed)]
        missing += [text for text in texts if not any(text in known for known in strings)]
    for piece in missing:
        print(f"docs/formats.md: no test has these bytes in one piece: {piece}")
    print(f"{checked - len(missing)} examples stand in a test, {len(missing)} do not")
    return 1 if missing or checked < 30 else 0


sys.exit(main(sys.argv[1]))
