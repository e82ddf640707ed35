#!/usr/bin/env python3
"""`weir connect run` in a pipe: standard input becomes a topic, a topic standard output, by files with their settings.

  pipe_test.py WEIR
"""
import pathlib
import subprocess
import sys
import tempfile

from weir import PATIENCE_S, Weir


def piped(weir, text, *files):
    done = subprocess.run(weir.command(*files), input=text, capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if not line.startswith("connector ")]


def main():
    with tempfile.TemporaryDirectory(prefix="weir-pipe-") as directory:
        weir = Weir(sys.argv[1], directory)
        lines = weir.configured("lines", connector_class="stdin", topic="lines")
        out = weir.configured("out", connector_class="stdout", topics="lines")
        assert piped(weir, "one\ntwo\n", lines, out) == ['{"key":null,"value":"one"}', '{"key":null,"value":"two"}']
        csv = weir.configured("csv", connector_class="stdin", topic="rows", format="csv", csv_separator="\\t", key_field="id",
                              record_max_bytes=20, errors_tolerance="all")
        rows = weir.configured("rows", connector_class="stdout", topics="rows", envelope="value", value_converter="json")
        found = piped(weir, "id\twhat\n1\tone\n2\tthis is longer than 20 bytes\n3\tthree\n", csv, rows)
        assert found == ['{"id":"1","what":"one"}', '{"id":"3","what":"three"}'], found
        assert [key for key, _, _ in weir.records("rows")] == ["1", "3"]
        print("standard input and output: as the pipe says")


main()
