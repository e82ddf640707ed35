#!/usr/bin/env python3
"""Three workers over `weir server`, as processes: they share the tasks of a source of files, of a sink to files and of one
to a database; one is killed, one comes, one connector is paused, the leader is killed, and one stands still for a while.
Tasks move within seconds, and each line is in the topic, in the files and in the database once. What is asked is asked by
HTTP, of any worker. And a worker with a token, by the verbs of the command line.

  workers_test.py BIN_DIRECTORY
"""
import http.client
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE_S = 90
FILES = 6
ALL = ("in", "out", "rows")


def await_line(process, word):
    while True:
        line = process.stderr.readline().decode()
        if not line:
            raise AssertionError(f"it ended, and did not say '{word}'")
        if word in line:
            return line.split()[-1]


def drain(process):
    """So that what it says has somewhere to go."""
    threading.Thread(target=process.stderr.read, daemon=True).start()


class Worker:
    def __init__(self, weir, bootstrap, *arguments):
        self.process = subprocess.Popen(
            [str(weir), "connect", "worker", *map(str, arguments), "--bootstrap", bootstrap, "--rest", "127.0.0.1:0", "--group-id", "three",
             "--set", "session.timeout.ms=6000", "--set", "heartbeat.interval.ms=300",
             "--set", "scheduled.rebalance.max.delay.ms=1000"], stderr=subprocess.PIPE)
        self.url = await_line(self.process, "weir: worker")
        self.name = self.url.removeprefix("http://")
        drain(self.process)

    def ask(self, method, target, body=None, headers={}):
        connection = http.client.HTTPConnection(self.name, timeout=PATIENCE_S)
        try:
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text else None

    def running(self, *connectors):
        """How many tasks of these connectors each worker runs."""
        counts = {}
        for connector in connectors:
            status, answer = self.ask("GET", f"/connectors/{connector}/status")
            for task in answer["tasks"] if status == 200 else []:
                if task["state"] == "RUNNING":
                    counts[task["worker_id"]] = counts.get(task["worker_id"], 0) + 1
        return counts

    def shares(self):
        """The same of all, without whose they are; of those that are there nobody has two tasks more than another."""
        return sorted(self.running(*ALL).values())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=PATIENCE_S) == 0


def until(is_so, what):
    begin = time.monotonic()
    while time.monotonic() < begin + PATIENCE_S:
        if is_so():
            print(f"  {what}: {time.monotonic() - begin:.1f} s", flush=True)
            return
        time.sleep(0.1)
    raise AssertionError(f"not in {PATIENCE_S} s: {what}")


class Lines:
    def __init__(self, where):
        self.where, self.count = where, 0
        for i in range(FILES):
            (where / f"in{i}").touch()

    def add(self, count):
        for _ in range(count):
            with open(self.where / f"in{self.count % FILES}", "a") as file:
                file.write(f'{{"line":{self.count}}}\n')
            self.count += 1

    def all(self):
        return list(range(self.count))


def run(binaries, where, processes):
    weir = binaries / "weir"
    server = subprocess.Popen([str(weir), "server", "--data", str(where / "log"), "--listen", "127.0.0.1:0"],
                              stderr=subprocess.PIPE)
    processes.append(server)
    bootstrap = await_line(server, " serves ")
    drain(server)

    def start(*arguments):
        worker = Worker(weir, bootstrap, *arguments)
        processes.append(worker.process)
        return worker

    lines = Lines(where)
    source = where / "in.properties"
    source.write_text("name=in\nconnector.class=file-source\nfiles=" + ",".join(str(where / f"in{i}") for i in range(FILES)) +
                      f"\ntasks.max={FILES}\nformat=jsonl\ntopic=lines\ntopic.creation.default.partitions=4\npoll.interval.ms=50\n")
    sink = {"connector.class": "file-sink", "topics": "lines", "file": str(where / "out-{task}"), "tasks.max": "3",
            "envelope": "value", "value.converter": "json", "offset.flush.interval.ms": "100"}
    database = where / "rows.db"
    with sqlite3.connect(database) as made:
        made.execute("create table lines (line integer)")
    rows = {"connector.class": "sqlite-sink", "topics": "lines", "database": str(database), "value.converter": "json",
            "offset.flush.interval.ms": "100", "fsync": "false"}

    def in_topic():
        out = subprocess.run([str(weir), "topic", "consume", "lines", "--bootstrap", bootstrap, "--until-end"],
                             capture_output=True, text=True, timeout=PATIENCE_S)
        return sorted(json.loads(line)["line"] for line in out.stdout.splitlines())

    def in_files():
        all_lines = []
        for task in range(3):
            path = where / f"out-{task}"
            if path.exists():
                all_lines += [json.loads(line)["line"] for line in path.read_text().splitlines() if line.endswith("}")]
        return sorted(all_lines)

    def in_database():
        with sqlite3.connect(database, timeout=PATIENCE_S) as read:
            return sorted(line for line, in read.execute("select line from lines"))

    a = start(source)
    b, c = start(), start()
    for name, config in (("out", sink), ("rows", rows)):
        status, answer = c.ask("POST", "/connectors", {"name": name, "config": config})
        assert status == 201, answer
    lines.add(60)
    until(lambda: a.shares() == [3, 3, 4], "three workers share the tasks")
    until(lambda: in_files() == lines.all(), "all lines are in the files")

    b.kill()
    lines.add(60)
    until(lambda: c.shares() == [5, 5], "one was killed, and the others have its tasks")
    until(lambda: in_files() == lines.all(), "all lines are in the files")

    d = start()
    lines.add(60)
    until(lambda: d.shares() == [3, 3, 4] and d.name in d.running(*ALL), "one came, and has its part")

    assert d.ask("PUT", "/connectors/in/pause")[0] == 202
    until(lambda: not c.running("in"), "it is paused")
    until(lambda: in_files() == in_topic(), "what was read is written")
    paused = in_topic()
    lines.add(60)
    time.sleep(1)
    assert in_topic() == paused
    assert c.ask("PUT", "/connectors/in/resume")[0] == 202

    a.kill()  # the leader
    lines.add(60)
    until(lambda: d.shares() == [5, 5] and a.name not in d.running(*ALL), "the leader was killed, and the others have its tasks")
    until(lambda: in_files() == lines.all(), "all lines are in the files")
    assert in_topic() == lines.all(), "the topic has each line once"

    # One that a debugger stops for longer than its session is replaced, but for its files, which it holds; when it goes
    # on it writes nothing twice.
    c.process.send_signal(signal.SIGSTOP)
    lines.add(30)
    until(lambda: d.running("in") == {d.name: FILES}, "one stood still, and the other has its tasks")
    c.process.send_signal(signal.SIGCONT)
    lines.add(30)
    until(lambda: d.shares() == [5, 5], "it goes on, and has its part again")
    until(lambda: in_topic() == lines.all(), "the topic has each line once")
    until(lambda: in_files() == lines.all(), "and so have the files")
    until(lambda: in_database() == lines.all(), "and so has the database")

    # What a shell asks, and what a browser would.
    url = ["--url", c.url]
    shown = subprocess.run([str(weir), "connect", "status", "in", *url], capture_output=True, text=True, check=True).stdout
    assert shown.count("RUNNING") == FILES + 1, shown
    assert c.ask("GET", "/connectors", headers={"Origin": "http://example.org"})[0] == 403
    assert c.ask("GET", "/connectors", headers={"Host": "example.org"})[0] == 403
    for verb in (["pause", "in"], ["stop", "in"], ["offsets", "get", "in"], ["restart", "out", "--tasks"], ["list"]):
        done = subprocess.run([str(weir), "connect", *verb, *url], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    d.stop()
    c.stop()


def run_verbs(binaries, where, processes):
    weir = binaries / "weir"
    token = where / "token"
    token.write_text("open sesame\n")
    config = where / "worker.yaml"
    config.write_text("group.id: of-file\nstatus.storage.topic: at\n")
    process = subprocess.Popen(
        [str(weir), "connect", "worker", "--data", str(where / "log"), "--rest", "127.0.0.1:0", "--config", str(config),
         "--token-file", str(token)], stderr=subprocess.PIPE)
    processes.append(process)
    url = await_line(process, "weir: worker")
    drain(process)

    def ask(*arguments, status=0, at=(), key=("--token-file", str(token))):
        done = subprocess.run([str(weir), "connect", *map(str, arguments), "--url", url, *key, *at], capture_output=True,
                              text=True, timeout=PATIENCE_S)
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout if status == 0 else done.stderr

    assert "token" in ask("list", status=1, key=())
    (where / "in").write_text("1\n2\n3\n")
    source = where / "source.yaml"
    source.write_text(f"name: s\nconnector.class: file-source\nfile: {where / 'in'}\ntopic: t\npoll.interval.ms: 50\n")
    assert ask("create", source) == "s: created\n"
    assert ask("create", source) == "s: updated\n"
    assert ask("list") == "s\n"
    assert ask("list", "-o", "json") == '["s"]\n'
    until(lambda: ask("status", "s").count("RUNNING") == 2, "the connector and its task run")
    assert json.loads(ask("status", "-o", "json"))["s"]["status"]["tasks"][0]["id"] == 0
    for arguments in (["--task", "0"], ["--tasks"], ["--only-failed"], ["--tasks", "--only-failed"], []):
        assert ask("restart", "s", *arguments) == "s: restarted\n"
    assert "no" in ask("restart", "s", "--task", "7", status=1)
    assert "STOPPED" in ask("offsets", "reset", "s", status=1)
    until(lambda: '"line":3' in ask("offsets", "get", "s"), "all is read")
    ask("stop", "s")
    partition, offset = ask("offsets", "get", "s").strip().split("\t")
    assert "altered" in ask("offsets", "set", "s", partition, "null")
    assert ask("offsets", "get", "s") == ""
    assert "altered" in ask("offsets", "set", "s", partition, offset)
    assert ask("offsets", "get", "s") == f"{partition}\t{offset}\n"
    assert "reset" in ask("offsets", "reset", "s")
    assert ask("offsets", "get", "s", "-o", "json") == '{"offsets":[]}\n'
    assert ask("resume", "s") == "s: resumed\n"
    assert ask("pause", "s") == "s: paused\n"
    assert ask("delete", "s") == "s: deleted\n"
    assert "not found" in ask("status", "s", status=1)
    assert "--advertise" in subprocess.run([str(weir), "connect", "worker", "--help"], capture_output=True, text=True).stdout
    refused = subprocess.run([str(weir), "connect", "worker", "--data", str(where / "other"), "--rest", "0.0.0.0:0",
                              "--advertise", "http://127.0.0.1:1"], capture_output=True, text=True, timeout=PATIENCE_S)
    assert refused.returncode == 2 and "token" in refused.stderr, refused
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_S) == 0


def main():
    binaries = pathlib.Path(sys.argv[1]).resolve()
    where = pathlib.Path(tempfile.mkdtemp(prefix="weir_workers_"))
    processes = []
    try:
        for part in (run_verbs, run):
            (where / part.__name__).mkdir()
            part(binaries, where / part.__name__, processes)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(where, ignore_errors=True)
    print("workers: all is there once")


main()
