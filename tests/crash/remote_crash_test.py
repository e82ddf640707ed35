#!/usr/bin/env python3
"""An application over TCP: kills the server and the application with SIGKILL at random moments, starts whichever it was
again, and compares with a run that nobody disturbed: the output file byte for byte, the committed topic record by record.
The same with two and three instances that share the work, of which one may stay dead, key by key.

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


class SharedRound:
    """word_count in several processes: the first brings the text and takes the counts, the others only share the work."""

    def __init__(self, binaries, text, instances, where):
        self.binaries, self.text, self.where = binaries, text, where
        where.mkdir()
        self.server = Server(binaries / "weir", where / "log")
        self.processes = {}
        for number in range(instances):
            self.start(number)

    def start(self, number):
        role = ["--input", str(self.text), "--output", str(self.where / "out")] if number == 0 else ["--shares-only"]
        self.processes[number] = subprocess.Popen(
            [str(self.binaries / "word_count"), *role, "--partitions", "4", "--bootstrap", self.server.address, "--state",
             str(self.where / f"state-{number}")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def look(self):
        """Whoever found no server when it was started is started again."""
        for number, process in list(self.processes.items()):
            if process.poll() is None or (number == 0 and process.returncode == 0):
                continue
            err = process.stderr.read()
            if b"no broker can be reached" not in err:
                raise AssertionError(f"instance {number} failed with {process.returncode}: {err.decode()}")
            self.start(number)

    def wait(self, seconds):
        """True when the first has come to its end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            if self.processes[0].poll() == 0:
                return True
            time.sleep(0.01)
        return False

    def kill(self, number):
        process = self.processes.pop(number)
        process.kill()
        process.communicate()

    def run(self, moments):
        for after_s, victim, comes_back in moments:
            if self.wait(after_s):
                break
            if victim == "server":
                self.server.kill()
                self.server.start()
            else:
                self.kill(victim)
                if comes_back:
                    self.start(victim)
        if not self.wait(PATIENCE_S):
            raise AssertionError(f"not at its end after {PATIENCE_S} s")

    def end(self):
        for process in self.processes.values():
            process.terminate()
        for number, process in self.processes.items():
            _, err = process.communicate(timeout=PATIENCE_S)
            if process.returncode != 0:
                raise AssertionError(f"instance {number} did not stop in order: {err.decode()}")

    def give_up(self):
        for process in self.processes.values():
            process.kill()
            process.communicate()
        self.server.kill()

    def found(self):
        lines = (self.where / "out").read_bytes().splitlines()
        return sorted(lines, key=lambda line: json.loads(line)["key"])  # the order of a key's counts stays


def check_shared(binaries, text, instances, rounds, rng, directory):
    def round_of(name, count, moments):
        one = SharedRound(binaries, text, count, directory / name)
        try:
            begin = time.monotonic()
            one.run(moments)
            took = time.monotonic() - begin
            one.end()
            return one.found(), took
        except Exception:
            print(f"{name}: moments {moments}; data kept in {one.where}", file=sys.stderr)
            raise
        finally:
            one.give_up()

    expected, took = round_of("calm", 1, [])
    assert expected
    kills = 0
    for number in range(rounds):
        moments = []
        for _ in range(rng.randrange(2, 5)):
            victim = rng.choice(["server", *range(instances)])
            moments.append((round(rng.uniform(0, took / 2), 4), victim, True))
        if number % 5 == 0:  # what a dead one had is taken over when its session ends
            moments = [moment for moment in moments if moment[1] != instances - 1]
            moments.append((round(rng.uniform(0, took / 2), 4), instances - 1, False))
        kills += len(moments)
        found, _ = round_of(f"round-{number}", instances, moments)
        assert found == expected, (f"{instances} instances, round {number}, kills {moments}: {len(found)} lines instead of "
                                   f"{len(expected)}, or others; data kept in {directory}")
        shutil.rmtree(directory / f"round-{number}")
    print(f"{instances} instances: {rounds} rounds, up to {kills} kills, one alone takes {took:.2f} s: {len(expected)} "
          f"lines as of one that nobody disturbed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    rng = random.Random(arguments.seed)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="weir_remote_crash_"))
    changes, text = directory / "changes", directory / "text"
    inputs.changes(changes, lines=20_000, seed=arguments.seed)
    try:
        for topology in ("source_table", "async"):
            where = directory / topology
            where.mkdir()
            check(arguments.bin, topology, changes, arguments.rounds, rng, where)
        inputs.text(text, copies=120)
        for instances in (2, 3):
            where = directory / f"instances-{instances}"
            where.mkdir()
            check_shared(arguments.bin, text, instances, arguments.rounds, rng, where)
    except AssertionError as wrong:
        print(f"FAILED with seed {arguments.seed}: {wrong}", file=sys.stderr)
        return 1
    shutil.rmtree(directory)
    return 0


sys.exit(main())
