#!/usr/bin/env python3
"""An application over TCP: kills the server and the application with SIGKILL at random moments, starts whichever it was
again, and compares with a run that nobody disturbed: the output file byte for byte, the committed topic record by record.

  remote_crash_test.py BIN_DIRECTORY [--rounds N] [--seed S]
"""
import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

import inputs

PATIENCE_S = 120


class Server:
    """`weir server`, at the same address each time it is started."""

    def __init__(self, weir, data):
        self.weir, self.data, self.address = weir, data, "127.0.0.1:0"
        self.start()

    def start(self):
        self.process = subprocess.Popen([str(self.weir), "server", "--data", str(self.data), "--listen", self.address],
                                        stderr=subprocess.PIPE)
        while True:
            line = self.process.stderr.readline().decode()
            if not line:
                raise AssertionError("the server ended")
            if " serves " in line:
                break
        self.address = line.split()[-1]

    def kill(self):
        self.process.kill()
        self.process.communicate()


class Round:
    def __init__(self, binaries, topology, changes, where):
        self.binaries, self.topology, self.changes, self.where = binaries, topology, changes, where
        where.mkdir()
        self.server = Server(binaries / "weir", where / "log")

    def start(self):
        return subprocess.Popen(
            [str(self.binaries / "crash_program"), self.topology, "--input", str(self.changes), "--data",
             str(self.where / "state"), "--output", str(self.where / "out"), "--bootstrap", self.server.address],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def run_to_end(self, process):
        _, err = process.communicate(timeout=PATIENCE_S)
        if process.returncode != 0:
            raise AssertionError(f"the application failed with {process.returncode}: {err.decode()}")

    def end_of(self, process, patience_s):
        """Nothing when it came to its end; one that was started while the server was away is started again."""
        _, err = process.communicate(timeout=patience_s)
        if process.returncode == 0:
            return None
        if b"no broker can be reached" not in err:
            raise AssertionError(f"the application failed with {process.returncode}: {err.decode()}")
        return self.start()

    def disturb(self, moments):
        """Kills one or the other after each of these times, and lets the application come to its end."""
        process = self.start()
        for after_s, victim in moments:
            try:
                process = self.end_of(process, after_s)
                if process is None:
                    return
            except subprocess.TimeoutExpired:
                pass
            if victim == "server":
                self.server.kill()
                self.server.start()
            else:
                process.kill()
                process.communicate()
                process = self.start()
        while process is not None:
            process = self.end_of(process, PATIENCE_S)

    def found(self):
        done = subprocess.run([str(self.binaries / "weir"), "topic", "consume", "results", "--bootstrap",
                               self.server.address, "--until-end", "-o", "json"], capture_output=True, text=True,
                              timeout=PATIENCE_S)
        if done.returncode != 0:
            raise AssertionError(f"weir topic consume: {done.stderr}")
        records = [json.loads(line) for line in done.stdout.splitlines()]
        return (self.where / "out").read_bytes(), [(record.get("key"), record.get("value")) for record in records]


def check(binaries, topology, changes, rounds, rng, directory):
    calm = Round(binaries, topology, changes, directory / "calm")
    begin = time.monotonic()
    calm.run_to_end(calm.start())
    took = time.monotonic() - begin
    expected = calm.found()
    calm.server.kill()
    assert expected[0] and expected[1]
    kills = 0
    for number in range(rounds):
        where = directory / f"round-{number}"
        one = Round(binaries, topology, changes, where)
        moments = [(round(rng.uniform(0, took / 2), 4), rng.choice(["server", "application"]))
                   for _ in range(rng.randrange(2, 5))]
        kills += len(moments)
        try:
            one.disturb(moments)
            found = one.found()
        finally:
            one.server.kill()
        for what, is_right in (("the output", found[0] == expected[0]), ("the topic", found[1] == expected[1])):
            assert is_right, f"{topology}, round {number}, kills {moments}: {what} differs; data kept in {where}"
        shutil.rmtree(where)
    print(f"{topology} over TCP: {rounds} rounds, up to {kills} kills, a run takes {took:.2f} s: {len(expected[0])} "
          f"bytes and {len(expected[1])} records as without a kill")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    rng = random.Random(arguments.seed)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="weir_remote_crash_"))
    changes = directory / "changes"
    inputs.changes(changes, lines=20_000, seed=arguments.seed)
    try:
        for topology in ("source_table", "async"):
            where = directory / topology
            where.mkdir()
            check(arguments.bin, topology, changes, arguments.rounds, rng, where)
    except AssertionError as wrong:
        print(f"FAILED with seed {arguments.seed}: {wrong}", file=sys.stderr)
        return 1
    shutil.rmtree(directory)
    return 0


sys.exit(main())
