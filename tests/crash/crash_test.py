#!/usr/bin/env python3
"""Kills word_count, ssh_guard and the topologies of program.cc with SIGKILL at random moments, starts them again, and
compares with a run that was never stopped: the output file byte for byte, the committed topics record by record. Where
only the order of a key's records is promised they are compared key by key.

  crash_test.py BIN_DIRECTORY [--rounds N] [--seed S]
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


class Program:
    def __init__(self, binary, source, topic, extra=(), name=None, is_per_key=False):
        self.binary, self.source, self.topic, self.extra = binary, source, topic, list(extra)
        self.name = name or binary.name
        self.is_per_key = is_per_key

    def in_order(self, items, key_of):
        return sorted(items, key=key_of) if self.is_per_key else items  # the order of a key's items stays

    def written(self, where):
        lines = (where / "out").read_bytes().splitlines(keepends=True)
        return b"".join(self.in_order(lines, lambda line: json.loads(line)["key"]))

    def command(self, where):
        return [str(self.binary), "--input", str(self.source), "--data", str(where / "data"), "--output",
                str(where / "out"), *self.extra]


def run_to_end(program, where):
    done = subprocess.run(program.command(where), capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise AssertionError(f"{program.binary.name} failed with {done.returncode}: {done.stderr}")


def run_and_kill(program, where, after_s):
    process = subprocess.Popen(program.command(where), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _, err = process.communicate(timeout=after_s)
        if process.returncode != 0:
            raise AssertionError(f"{program.binary.name} failed with {process.returncode}: {err.decode()}")
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return True


def committed(weir, program, where):
    done = subprocess.run([str(weir), "topic", "consume", program.topic, "--data", str(where / "data"), "--until-end",
                           "-o", "json"], capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise AssertionError(f"weir topic consume: {done.stderr}")
    lines = done.stdout.splitlines()
    # Offsets and times of arrival differ with where the transactions ended; keys and values must not.
    return program.in_order([without_place(line) for line in lines], lambda record: record[0])


def without_place(line):
    record = json.loads(line)
    return record.get("key"), record.get("value")


def check_program(program, weir, rounds, rng, directory):
    calm = directory / "calm"
    calm.mkdir()
    begin = time.monotonic()
    run_to_end(program, calm)
    took = time.monotonic() - begin
    expected_file = program.written(calm)
    expected_topic = committed(weir, program, calm)
    assert expected_file and expected_topic
    kills = 0
    for number in range(rounds):
        where = directory / f"round-{number}"
        where.mkdir()
        moments = []
        for _ in range(rng.randrange(1, 5)):
            moments.append(round(rng.uniform(0, took), 4))
            kills += run_and_kill(program, where, moments[-1])
        run_to_end(program, where)
        found = program.written(where)
        assert found == expected_file, (
            f"{program.name}, round {number}, killed after {moments} s: the output differs "
            f"({len(found)} bytes instead of {len(expected_file)}); data kept in {where}")
        topic = committed(weir, program, where)
        assert topic == expected_topic, (
            f"{program.name}, round {number}, killed after {moments} s: topic {program.topic} holds "
            f"{len(topic)} records instead of {len(expected_topic)}, or others; data kept in {where}")
        shutil.rmtree(where)
    print(f"{program.name}: {rounds} rounds, {kills} kills, a run takes {took:.2f} s: "
          f"{len(expected_file)} bytes and {len(expected_topic)} records as without a kill")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    rng = random.Random(arguments.seed)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="weir_crash_"))
    text, log, changes = directory / "text", directory / "auth.log", directory / "changes"
    inputs.text(text, copies=100)
    inputs.auth_log(log, lines=60_000, seed=arguments.seed)
    inputs.changes(changes, lines=20_000, seed=arguments.seed)

    def of_tests(topology, is_per_key=False):
        return Program(arguments.bin / "crash_program", changes, "results", [topology], topology, is_per_key)

    programs = [
        Program(arguments.bin / "word_count", text, "counts"),
        Program(arguments.bin / "ssh_guard", log, "reports", ["--year", "2023"]),
        of_tests("source_table"),
        of_tests("async"),
        of_tests("async_per_key", is_per_key=True),
    ]
    try:
        for program in programs:
            where = directory / program.name
            where.mkdir()
            check_program(program, arguments.bin / "weir", arguments.rounds, rng, where)
    except AssertionError as wrong:
        print(f"FAILED with seed {arguments.seed}: {wrong}", file=sys.stderr)
        return 1
    shutil.rmtree(directory)
    return 0


sys.exit(main())
