#!/usr/bin/env python3
"""Runs the built `weir` and looks at what it prints and how it exits: cli_test.py PATH_OF_WEIR"""
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

WEIR = sys.argv.pop(1) if len(sys.argv) > 1 else "weir"
ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE_S = 60


def start(test, *arguments, **options):
    """Starts a command that goes on running; the test's end kills it."""
    process = subprocess.Popen([WEIR, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    test.addCleanup(process.communicate)
    test.addCleanup(process.kill)
    return process


class Finished:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


def run(*arguments, stdin=b""):
    done = subprocess.run([WEIR, *map(str, arguments)], input=stdin, capture_output=True, timeout=PATIENCE_S)
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


class CliTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="weir_cli_"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.data = self.directory / "data"

    def right(self, *arguments, stdin=b""):
        """Runs a command that must succeed, gives its output."""
        done = run(*arguments, stdin=stdin)
        self.assertEqual(done.status, 0, f"{arguments}: {done.err}")
        return done.out

    def wrong(self, status, message, *arguments, stdin=b""):
        """Runs a command that must fail so, with a message on standard error."""
        done = run(*arguments, stdin=stdin)
        self.assertEqual(done.status, status, f"{arguments}: {done.out} {done.err}")
        self.assertIn(message, done.err)
        return done

    def topic(self, name, *lines, partitions=1, options=()):
        self.right("topic", "create", name, "--data", self.data, "--partitions", partitions)
        if lines:
            self.right("topic", "produce", name, "--data", self.data, *options, stdin="\n".join(lines).encode())

    def transactions(self, name, lines):
        """A topic of so many lines, one transaction each: a source with batches of one record."""
        source = self.directory / "lines"
        source.write_text("".join(f"line {i + 1}\n" for i in range(lines)))
        file = self.directory / "lines.properties"
        file.write_text(f"name = lines\nconnector.class = file-source\nfile = {source}\ntopic = {name}\nbatch.records = 1\n")
        self.right("connect", "run", file, "--data", self.data, "--until-end")

    def consume(self, name, *options):
        return self.right("topic", "consume", name, "--data", self.data, "--until-end", *options)

    def await_content(self, path, content):
        deadline = time.monotonic() + PATIENCE_S
        while not (path.exists() and path.read_text() == content):
            self.assertLess(time.monotonic(), deadline, f"{path} does not become {content!r}")
            time.sleep(0.01)


class Usage(CliTest):
    def test_help_is_no_error_and_shows_the_nouns(self):
        shown = self.right("--help")
        for noun in ("topic", "group", "log", "connect", "streams"):
            self.assertIn(noun, shown)
        self.assertIn("--until-end", self.right("topic", "consume", "--help"))
        self.assertRegex(self.right("--version"), r"^weir \d+\.\d+\.\d+$")

    def test_wrong_usage_has_status_2(self):
        for arguments in (
            [],
            ["nothing"],
            ["topic"],
            ["topic", "list"],
            ["topic", "list", "--data"],
            ["topic", "list", "--data", "d", "-o", "xml"],
            ["topic", "consume", "--data", "d"],
            ["topic", "consume", "t", "--data", "d", "--from", "noon"],
            ["topic", "consume", "t", "--data", "d", "-f", "%q"],
            ["topic", "consume", "t", "--data", "d", "--isolation", "serializable"],
            ["topic", "consume", "t", "--data", "d", "--value-format", "xml"],
            ["topic", "consume", "t", "--data", "d", "-c", "many"],
            ["topic", "create", "t", "--data", "d", "--partitions", "0"],
            ["topic", "create", "t", "--data", "d", "--config", "novalue"],
            ["topic", "produce", "t", "--data", "d", "--partition", "-1"],
            ["topic", "alter", "t", "--data", "d"],
            ["topic", "alter", "t", "--data", "d", "--config", "a=1", "--unset", "a"],
            ["group"],
            ["group", "reset", "g", "--topic", "t", "--data", "d"],
            ["group", "reset", "g", "--topic", "t", "--to", "noon", "--data", "d"],
            ["group", "reset", "g", "--topic", "t", "--to", "latest", "--to-time", "5", "--data", "d"],
            ["log", "verify"],
            ["connect", "run", "--data", "d"],
            ["connect", "run", "f"],
            ["connect", "lint"],
            ["rules", "lint"],
        ):
            done = run(*arguments)
            self.assertEqual(done.status, 2, f"{arguments}: {done.err}")
            self.assertTrue(done.err, arguments)

    def test_a_directory_without_a_log_is_an_error_and_is_not_made(self):
        for verb in (["topic", "list"], ["topic", "describe", "t"], ["topic", "consume", "t", "--until-end"],
                     ["log", "dump"], ["log", "verify"]):
            self.wrong(1, str(self.data), *verb, "--data", self.data)
            self.assertFalse(self.data.exists())

    def test_words_that_nobody_knows_are_named_with_the_nearest_right_one(self):
        for message, arguments in (
            ("there is no 'weir topc'; did you mean 'topic'?", ["topc", "list"]),
            ("there is no 'weir topic creat'; did you mean 'create'?", ["topic", "creat", "t", "--data", "d"]),
            ("there is no 'weir log verfiy'; did you mean 'verify'?", ["log", "verfiy"]),
            ("there is no 'weir xyzzy'", ["xyzzy"]),
            ("weir topic list has no option --dta; did you mean '--data'?", ["topic", "list", "--dta", "d"]),
            ("weir topic consume has no option --until-ned; did you mean '--until-end'?",
             ["topic", "consume", "t", "--data", "d", "--until-ned"]),
            ("weir group reset has no option --dryrun; did you mean '--dry-run'?",
             ["group", "reset", "g", "--topic", "t", "--to", "0", "--data", "d", "--dryrun"]),
            ("'jsn' is none of json|text; did you mean 'json'?", ["topic", "list", "--data", "d", "-o", "jsn"]),
            ("--data is required: the log's directory; WEIR_DATA may name it too", ["log", "dump"]),
            ("--data or --bootstrap is required: the log's directory, or servers", ["topic", "list"]),
            ("a log is in a directory or elsewhere", ["topic", "list", "--data", "d", "--bootstrap", "h:1"]),
        ):
            done = self.wrong(2, message, *arguments)
            self.assertNotIn("did you mean" if "did you" not in message else "\0", done.err)

    def test_a_noun_alone_lists_its_verbs(self):
        for noun, verb in (("topic", "produce"), ("group", "describe"), ("log", "verify"), ("connect", "lint"),
                           ("streams", "reset"), ("rules", "lint")):
            self.wrong(2, verb, noun)

    def serve(self, *options):
        """A server and where it listens."""
        server = start(self, "server", "--data", self.data, "--listen", "127.0.0.1:0", *options)
        line = server.stderr.readline().decode()
        self.assertRegex(line, r"^weir: node \d+ serves \S+ on 127\.0\.0\.1:\d+$")
        return server, line.split()[-1]

    def test_a_server_serves_until_it_is_told_to_stop(self):
        for told in (signal.SIGTERM, signal.SIGINT):
            server, address = self.serve("--node", 7, "--durability", "os", "--log-level", "warn")
            host, port = address.rsplit(":", 1)
            socket.create_connection((host, int(port)), timeout=PATIENCE_S).close()
            # Its directory says where it listens: what changes the log goes there.
            self.right("topic", "create", told.name, "--data", self.data)
            self.assertIn(told.name, self.right("topic", "list", "--bootstrap", address))
            server.send_signal(told)
            self.assertEqual(server.wait(PATIENCE_S), 0)
            self.assertEqual(server.stderr.read().decode(), "weir: stopping\n")

    def test_a_log_elsewhere_is_looked_after_like_one_in_a_directory(self):
        _, address = self.serve()
        at = ("--bootstrap", address)
        self.right("topic", "create", "t", "--partitions", 2, *at)
        self.assertEqual(self.right("topic", "list", *at).split(), ["t", "2"])
        self.right("topic", "produce", "t", "--key-delimiter", ":", *at, stdin=b"a:1\nb:2\n")
        self.assertEqual(sorted(self.right("topic", "consume", "t", "--until-end", *at).split()), ["1", "2"])
        self.right("group", "reset", "g", "--topic", "t", "--to", "latest", *at)
        self.assertIn("g", self.right("group", "list", *at))
        self.assertIn("t", self.right("group", "describe", "g", *at))
        self.right("topic", "alter", "t", "--partitions", 3, "--config", "retention.ms=5000", *at)
        self.assertIn("retention.ms", self.right("topic", "describe", "t", *at))
        self.right("group", "delete", "g", *at)
        self.right("topic", "delete", "t", *at)
        self.wrong(1, "unknown_topic_or_partition", "topic", "describe", "t", *at)
        environment = dict(os.environ, WEIR_BOOTSTRAP=address)
        done = subprocess.run([WEIR, "topic", "create", "u"], env=environment, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        environment["WEIR_DATA"] = str(self.data)
        done = subprocess.run([WEIR, "topic", "list"], env=environment, capture_output=True)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("u", self.right("topic", "list", *at))

    def test_a_server_that_is_not_there_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            address = "127.0.0.1:%d" % gone.getsockname()[1]
        self.wrong(1, f"{address}: Connection refused", "topic", "list", "--bootstrap", address)

    def test_a_server_has_settings_in_a_file(self):
        settings = self.directory / "server.properties"
        settings.write_text(f"log.dirs = {self.data}\nlisteners=PLAINTEXT://127.0.0.1:0, 127.0.0.1:0\nnode.id = 3\n")
        server = start(self, "server", "--config", settings, "--node", 5)
        for _ in range(2):
            self.assertIn(f"node 5 serves {self.data} on 127.0.0.1:", server.stderr.readline().decode())
        server.terminate()
        self.assertEqual(server.wait(PATIENCE_S), 0)
        settings.write_text("num.partitions = 3\nnode.ids = 3\n")
        self.wrong(2, "server.properties:2: node.ids: there is no such setting; did you mean 'node.id'?", "server",
                   "--config", settings)
        settings.write_text("num.partitions = none\n")
        self.wrong(2, "server.properties:1: num.partitions = 'none': must be a number from 1", "server", "--config", settings)

    def test_users_rules_and_quotas_of_a_directory_and_of_a_server(self):
        secret = self.directory / "secret"
        secret.write_text("alice's secret\nnot this\n")
        self.right("user", "add", "alice", "--password-file", secret, "--data", self.data)
        self.right("user", "add", "bob", "--mechanism", "SCRAM-SHA-256", "--iterations", 8192, "--data", self.data,
                   stdin=b"bob's secret\n")
        self.assertEqual(json.loads(self.right("user", "list", "-o", "json", "--data", self.data)),
                         [{"name": "alice", "mechanisms": {"SCRAM-SHA-256": 4096, "SCRAM-SHA-512": 4096}},
                          {"name": "bob", "mechanisms": {"SCRAM-SHA-256": 8192}}])
        self.wrong(2, "no password", "user", "add", "carol", "--data", self.data)
        self.wrong(1, "there is no user 'carol'", "user", "remove", "carol", "--data", self.data)
        for word in ("alice's", "bob's"):
            for path in self.data.rglob("*"):
                self.assertFalse(path.is_file() and word.encode() in path.read_bytes(), path)

        server = start(self, "server", "--data", self.data, "--listen", "sasl://127.0.0.1:0", "--super-user", "alice")
        address = re.search(r" on (\S+)", server.stderr.readline().decode()).group(1)
        security = {}
        for user, mechanism in (("alice", "SCRAM-SHA-512"), ("bob", "PLAIN"), ("wrong", "PLAIN")):
            security[user] = self.directory / f"{user}.properties"
            security[user].write_text(f"security.protocol = SASL_PLAINTEXT\nsasl.mechanism = {mechanism}\n"
                                      f"sasl.username = {user}\nsasl.password = {user}'s secret\n")
        alice = ("--bootstrap", address, "--security", security["alice"])
        bob = ("--bootstrap", address, "--security", security["bob"])
        self.wrong(1, "sasl_authentication_failed", "topic", "list", "--bootstrap", address, "--security", security["wrong"])
        self.wrong(1, "SASL", "topic", "list", "--bootstrap", address)
        self.right("topic", "create", "orders", *alice)
        self.assertEqual(self.right("topic", "list", *bob), "")
        self.wrong(1, "topic_authorization_failed", "topic", "create", "other", *bob)
        self.wrong(2, "--topic, --group", "acl", "add", "bob", "--operation", "read", *alice)
        self.wrong(2, "no operation on a topic", "acl", "add", "bob", "--operation", "cluster-action", "--topic", "t", *alice)
        self.wrong(2, "is none of all, read", "acl", "add", "bob", "--operation", "fly", "--topic", "t", *alice)
        self.right("acl", "add", "bob", "--operation", "read", "--operation", "describe", "--topic", "ord", "--prefixed", *alice)
        self.right("acl", "add", "bob", "--operation", "write", "--topic", "orders", "--deny", "--host", "10.0.0.1", *alice)
        self.assertEqual(self.right("topic", "list", *bob).split(), ["orders", "1"])
        self.assertEqual(self.right("acl", "list", "--operation", "write", *alice),
                         "User:bob\tdeny\twrite\ttopic orders\tfrom 10.0.0.1\n")
        self.assertEqual(len(json.loads(self.right("acl", "list", "-o", "json", *alice))), 3)
        self.wrong(1, "cluster_authorization_failed", "acl", "list", *bob)
        self.wrong(2, "which?", "acl", "remove", *alice)
        self.assertIn("ord...", self.right("acl", "remove", "--topic", "ord", *alice))
        self.assertEqual(self.right("topic", "list", *bob), "")

        self.right("quota", "set", "--user", "bob", "--all-clients", "--produce", 1000, "--consume", 2000, *alice)
        self.assertEqual(json.loads(self.right("quota", "list", "-o", "json", *alice)),
                         [{"user": "bob", "client_id": None,
                           "limits": {"consumer_byte_rate": 2000, "producer_byte_rate": 1000}}])
        self.wrong(2, "whose?", "quota", "set", "--produce", 1, *alice)
        self.wrong(2, "how much?", "quota", "set", "--user", "bob", *alice)
        self.right("quota", "remove", "--user", "bob", "--all-clients", *alice)
        self.assertEqual(self.right("quota", "list", *alice), "")
        self.right("user", "remove", "bob", *alice)
        self.wrong(1, "sasl_authentication_failed", "topic", "list", *bob)

    def test_how_to_come_to_servers_is_a_file_that_is_checked(self):
        file = self.directory / "client.properties"
        at = ("topic", "list", "--bootstrap", "127.0.0.1:9", "--security", file)
        for text, message in (("security.protocol = SASL\n", "security.protocol must be"),
                              ("security.protocol = SSL\nssl.ca = x\n", "client.properties:2: ssl.ca: there is no such"),
                              ("security.protocol = SASL_SSL\n", "sasl.mechanism goes with"),
                              ("security.protocol = SSL\nssl.truststore.type = JKS\n", "must be PEM"),
                              ("security.protocol = SSL\nssl.endpoint.identification.algorithm = x\n", "https or none"),
                              ("security.protocol = SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config = x;\n", "login module")):
            file.write_text(text)
            self.wrong(2, message, *at)
        self.wrong(2, "--security is about servers", "topic", "list", "--data", self.data, "--security", file)

    def test_what_a_server_cannot_do_is_said(self):
        self.wrong(2, "which directory?", "server")
        self.wrong(2, "--allow-plaintext", "server", "--data", self.data, "--listen", "0.0.0.0:0")
        self.wrong(2, "is no HOST:PORT", "server", "--data", self.data, "--listen", "nowhere")
        _, address = self.serve()
        self.wrong(1, f"listen on {address}", "server", "--data", self.directory / "other", "--listen", address)

    def test_help_is_there_in_every_form_and_the_committed_ones_are_current(self):
        self.assertIn("streams", self.right("help"))
        self.assertIn("--key-delimiter", self.right("help", "topic", "produce"))
        self.assertIn("reset", self.right("help", "group"))
        self.wrong(2, "did you mean 'topic'?", "help", "topik")
        for form, path in (("markdown", "docs/cli.md"), ("man", "cli/weir.1"), ("bash", "cli/weir.bash")):
            self.assertEqual(self.right("help", "--as", form), (ROOT / path).read_text(),
                             f"make it anew: weir help --as {form} > {path}")

    def complete(self, *words):
        script = (f'source {ROOT}/cli/weir.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _weir; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "weir", *words], capture_output=True, text=True, timeout=PATIENCE_S,
                              cwd=self.directory)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_bash_completes_nouns_verbs_and_options(self):
        self.assertEqual(self.complete("weir", "to"), ["topic"])
        self.assertEqual(self.complete("weir", "topic", "con"), ["consume"])
        self.assertEqual(self.complete("weir", "topic", "consume", "t", "--unt"), ["--until-end"])
        self.assertEqual(self.complete("weir", "group", "list", "-o", "j"), ["json"])
        (self.directory / "orders.properties").write_text("")
        self.assertEqual(self.complete("weir", "connect", "lint", "ord"), ["orders.properties"])

    def test_the_variable_weir_data_names_the_log(self):
        self.topic("t", "a")
        environment = dict(os.environ, WEIR_DATA=str(self.data))
        done = subprocess.run([WEIR, "topic", "consume", "t", "--until-end"], env=environment, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (0, b"a\n"), done.stderr)

    def test_a_mistyped_directory_does_not_become_a_log(self):
        for verb in (["topic", "produce", "t"], ["topic", "delete", "t"], ["topic", "alter", "t", "--partitions", "2"],
                     ["group", "reset", "g", "--topic", "t", "--to", "earliest"], ["group", "delete", "g"],
                     ["streams", "reset", "a"]):
            self.wrong(1, f"{self.data} holds no log", *verb, "--data", self.data)
            self.assertFalse(self.data.exists())

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root may do everything")
    def test_a_missing_permission_is_said_as_such(self):
        self.topic("t", "a")
        self.directory.chmod(0o755)
        for path in [self.data, *self.data.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        done = subprocess.run([*as_nobody, WEIR, "topic", "create", "u", "--data", self.data], capture_output=True,
                              text=True)
        for path in [self.data, *self.data.rglob("*")]:
            path.chmod(0o755)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Permission denied", done.stderr)
        self.assertNotIn("read_only", done.stderr)

    def test_output_that_cannot_be_written_is_an_error(self):
        self.topic("t", "a")
        with open("/dev/full", "w") as full:
            done = subprocess.run([WEIR, "topic", "list", "--data", self.data], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)


class Group(CliTest):
    def reset(self, *options):
        return self.right("group", "reset", "g", "--topic", "t", "--data", self.data, *options)

    def offsets(self):
        described = json.loads(self.right("group", "describe", "g", "--data", self.data, "-o", "json"))
        return [(o["partition"], o["offset"], o["end"], o["lag"]) for o in described["offsets"]]

    def test_a_group_goes_on_where_it_is_told(self):
        self.topic("t", "a", "b", "c", "d")
        self.assertEqual(self.reset("--to", "3"), "t-0\t3\n")
        self.assertEqual(self.offsets(), [(0, 3, 4, 1)])
        self.assertEqual(self.reset("--to", "-3", "--dry-run"), "t-0\t1\n")
        self.assertEqual(self.offsets(), [(0, 3, 4, 1)])
        self.assertEqual(self.reset("--to-time", "0"), "t-0\t0\n")
        self.assertEqual(self.reset("--to-time", "99999999999999"), "t-0\t4\n")
        self.assertIn("t-0: offset 4 of 4, 0 to go", self.right("group", "describe", "g", "--data", self.data))
        self.wrong(1, "offset_out_of_range", "group", "reset", "g", "--topic", "t", "--to", "9", "--data", self.data)
        self.wrong(2, "no partition 7", "group", "reset", "g", "--topic", "t", "--to", "0", "-p", "7", "--data", self.data)

    def test_groups_are_listed_and_deleted(self):
        self.topic("t", "a")
        self.reset("--to", "earliest")
        self.assertEqual(self.right("group", "list", "--data", self.data), "g\tEmpty\n")
        listed = json.loads(self.right("group", "list", "--data", self.data, "-o", "json"))
        self.assertEqual(listed, [{"group": "g", "state": "Empty", "protocol_type": ""}])
        self.wrong(1, "no offsets in u", "group", "delete", "g", "--topic", "u", "--data", self.data)
        self.right("group", "delete", "g", "--topic", "t", "--data", self.data)
        self.assertEqual(self.right("group", "list", "--data", self.data), "")
        self.reset("--to", "earliest")
        self.right("group", "delete", "g", "--data", self.data)
        self.wrong(1, "group_id_not_found", "group", "delete", "g", "--data", self.data)
        self.wrong(1, "group_id_not_found", "group", "describe", "g", "--data", self.data)


    def test_what_is_to_go_is_counted_in_records(self):
        self.transactions("t", 3)
        self.reset("--to", "-1")
        (partition, offset, end, lag), = self.offsets()
        self.assertEqual(lag, 1)
        self.reset("--to", str(offset + 1))
        self.assertEqual(self.offsets(), [(0, offset + 1, end, 0)])
        self.assertLess(offset + 1, end, "a marker is behind the last record")
        self.assertIn("0 to go", self.right("group", "describe", "g", "--data", self.data))
        self.reset("--to", "earliest")
        self.assertEqual(self.offsets()[0][3], 3)


class Topic(CliTest):
    def test_topics_are_made_listed_described_and_deleted(self):
        self.topic("clicks", partitions=3)
        self.right("topic", "create", "orders", "--data", self.data, "--config", "cleanup.policy=compact")
        self.assertEqual(self.right("topic", "list", "--data", self.data), "clicks\t3\norders\t1\n")
        listed = json.loads(self.right("topic", "list", "--data", self.data, "-o", "json"))
        self.assertEqual([(t["name"], t["partitions"]) for t in listed], [("clicks", 3), ("orders", 1)])
        self.assertEqual(listed[1]["configs"], {"cleanup.policy": "compact"})
        described = json.loads(self.right("topic", "describe", "clicks", "--data", self.data, "-o", "json"))
        self.assertEqual(described["partitions"][2], {"partition": 2, "begin": 0, "stable_end": 0, "end": 0})
        self.assertIn("partition 0: offsets 0 to 0", self.right("topic", "describe", "clicks", "--data", self.data))
        self.right("topic", "delete", "clicks", "--data", self.data)
        self.assertEqual(self.right("topic", "list", "--data", self.data), "orders\t1\n")

    def test_settings_are_changed_and_partitions_added(self):
        self.topic("t")
        self.right("topic", "alter", "t", "--data", self.data, "--config", "retention.ms=5000", "--partitions", "3")
        described = json.loads(self.right("topic", "describe", "t", "--data", self.data, "-o", "json"))
        self.assertEqual(described["configs"], {"retention.ms": "5000"})
        self.assertEqual(len(described["partitions"]), 3)
        self.right("topic", "alter", "t", "--data", self.data, "--unset", "retention.ms")
        self.assertEqual(json.loads(self.right("topic", "list", "--data", self.data, "-o", "json"))[0]["configs"], {})
        self.wrong(1, "invalid_config", "topic", "alter", "t", "--data", self.data, "--config", "retention.ms=soon")
        self.wrong(1, "has 3 partitions", "topic", "alter", "t", "--data", self.data, "--partitions", "2")
        self.wrong(1, "missing", "topic", "alter", "missing", "--data", self.data, "--partitions", "2")

    def test_settings_are_shown_as_they_count(self):
        self.topic("t")
        at = ("--data", self.data)
        self.right("config", "set", "retention.ms=5000", "max.message.bytes=2000", "--topic", "t", *at)
        self.assertEqual(self.right("config", "show", "--topic", "t", "--set", *at).split(),
                         ["max.message.bytes=2000", "retention.ms=5000"])
        self.assertIn("cleanup.policy=delete\t(default)\n", self.right("config", "show", "--topic", "t", *at))
        self.right("config", "unset", "retention.ms", "max.message.bytes", "--topic", "t", *at)
        self.assertEqual(self.right("config", "show", "--topic", "t", "--set", *at), "")
        shown = {one["name"]: one for one in json.loads(self.right("config", "show", "--broker", "0", *at, "-o", "json"))}
        self.assertTrue(shown["num.partitions"]["read_only"])
        self.wrong(1, "invalid_config", "config", "set", "retention.ms=soon", "--topic", "t", *at)
        self.wrong(1, "missing", "config", "show", "--topic", "missing", *at)
        self.wrong(2, "not both", "config", "show", "--topic", "t", "--broker", "0", *at)
        self.wrong(1, "this is broker 0", "config", "show", "--broker", "7", *at)

    def test_what_is_wrong_with_a_topic_is_said(self):
        self.topic("t")
        self.wrong(1, "topic_already_exists", "topic", "create", "t", "--data", self.data)
        self.wrong(1, "invalid_topic", "topic", "create", "a/b", "--data", self.data)
        for verb in ("describe", "delete", "produce"):
            self.wrong(1, "missing", "topic", verb, "missing", "--data", self.data)
        self.wrong(1, "missing", "topic", "consume", "missing", "--data", self.data, "--until-end")
        self.wrong(1, "no partition 1", "topic", "consume", "t", "--data", self.data, "-p", "1", "--until-end")
        self.wrong(1, "no partition 7", "topic", "produce", "t", "--data", self.data, "-p", "7")

    def test_lines_become_records_and_records_lines(self):
        self.topic("t", "one", "", "two words", "three")
        self.assertEqual(self.consume("t"), "one\n\ntwo words\nthree\n")
        self.assertEqual(self.consume("t", "-c", "2"), "one\n\n")

    def test_a_delimiter_splits_off_the_key(self):
        self.topic("t", "a:1", "b:2:3", "no key", ":", options=["-K", ":"])
        self.assertEqual(self.consume("t", "-f", "%o [%k] [%s] %K %S%%\\n"),
                         "0 [a] [1] 1 1%\n1 [b] [2:3] 1 3%\n2 [] [no key] -1 6%\n3 [] [] 0 0%\n")

    def test_empty_may_mean_null(self):
        self.topic("t", "a:", ":1", options=["-K", ":", "-Z"])
        records = [json.loads(line) for line in self.consume("t", "-o", "json").splitlines()]
        self.assertEqual([(r["key"], r["value"]) for r in records], [("a", None), (None, "1")])

    def test_json_output_has_every_field(self):
        self.topic("t", "k:v", options=["-K", ":"])
        record = json.loads(self.consume("t", "-o", "json"))
        self.assertAlmostEqual(record.pop("timestamp") / 1000, time.time(), delta=PATIENCE_S)
        self.assertEqual(record, {"topic": "t", "partition": 0, "offset": 0, "key": "k", "value": "v", "headers": []})

    def test_where_to_begin(self):
        self.topic("t", "0", "1", "2", "3")
        self.assertEqual(self.consume("t", "--from", "2"), "2\n3\n")
        self.assertEqual(self.consume("t", "--from", "-1"), "3\n")
        self.assertEqual(self.consume("t", "--from", "-99"), "0\n1\n2\n3\n")
        self.assertEqual(self.consume("t", "--from", "latest"), "")
        self.wrong(1, "offset 5 is not there", "topic", "consume", "t", "--data", self.data, "--from", "5")

    def test_the_last_records_are_counted_without_markers(self):
        self.transactions("t", 4)
        self.assertEqual(self.consume("t", "--from", "-1"), "line 4\n")
        self.assertEqual(self.consume("t", "--from", "-3"), "line 2\nline 3\nline 4\n")
        self.assertEqual(self.consume("t", "--from", "-99"), "line 1\nline 2\nline 3\nline 4\n")
        self.assertEqual(self.consume("t", "--from", "-0"), "")

    def test_carriage_returns_belong_to_the_line_end(self):
        self.topic("t")
        self.right("topic", "produce", "t", "--data", self.data, stdin=b"a\r\nb\rc\r\n")
        self.assertEqual(self.consume("t", "-f", "%S:%s\n"), "1:a\n3:b\rc\n")

    def test_the_rule_is_said_where_a_name_is_refused(self):
        self.topic("lines")
        self.wrong(1, "there is a topic 'lines' already", "topic", "create", "lines", "--data", self.data)
        self.wrong(1, "'bad name': a name is 1 to 249 letters of ASCII, digits, '.', '_' and '-'", "topic", "create",
                   "bad name", "--data", self.data)

    def test_a_long_line_takes_time_in_proportion(self):
        self.topic("t")
        begin = time.monotonic()
        self.right("topic", "produce", "t", "--data", self.data, stdin=b"x" * 60_000_000 + b"\n")
        self.assertLess(time.monotonic() - begin, PATIENCE_S / 2)
        self.assertEqual(self.consume("t", "-f", "%S\n"), "60000000\n")

    def test_one_partition_of_several(self):
        self.topic("t", partitions=3)
        for partition in range(3):
            self.right("topic", "produce", "t", "--data", self.data, "-p", partition, stdin=f"{partition}\n".encode())
        self.assertEqual(self.consume("t", "-p", "1", "-f", "%p=%s\\n"), "1=1\n")
        self.assertEqual(sorted(self.consume("t").split()), ["0", "1", "2"])

    def test_binary_keys_and_values(self):
        self.topic("t", "00ff=-5", options=["-K", "=", "--key-format", "hex", "--value-format", "int64"])
        self.assertEqual(self.consume("t", "-f", "%k %s\\n", "--key-format", "hex", "--value-format", "int64"), "00ff -5\n")
        self.assertEqual(json.loads(self.consume("t", "-o", "json", "--key-format", "hex", "--value-format", "int64"))["value"], -5)
        self.wrong(1, "t-0, offset 0: expected an int64 of 8 bytes, not 2", "topic", "consume", "t", "--data", self.data,
                   "--until-end", "-f", "%k", "--key-format", "int64")

    def test_a_wrong_line_names_its_number_and_those_before_are_written(self):
        self.topic("t")
        self.wrong(1, "line 3: 'x' is no int64", "topic", "produce", "t", "--data", self.data, "--value-format", "int64",
                   stdin=b"1\n2\nx\n4\n")
        self.assertEqual(self.consume("t", "--value-format", "int64"), "1\n2\n")

    def test_reading_needs_no_lock_and_writing_does(self):
        self.topic("t", "first")
        writer = start(self, "topic", "produce", "t", "--data", self.data, stdin=subprocess.PIPE)
        follower = start(self, "topic", "consume", "t", "--data", self.data)
        self.assertEqual(follower.stdout.readline(), b"first\n")
        writer.stdin.write(b"second\n")
        writer.stdin.flush()
        self.assertEqual(follower.stdout.readline(), b"second\n")  # while the writer has the log open
        self.wrong(1, "locked", "topic", "create", "u", "--data", self.data)
        self.wrong(1, "locked", "log", "verify", "--repair", "--data", self.data)
        self.assertEqual(self.consume("t"), "first\nsecond\n")
        writer.communicate()
        self.assertEqual(writer.returncode, 0)


class Log(CliTest):
    def segments(self, topic):
        return sorted((self.data / "partitions").glob(f"{topic}-*/*.log"))

    def test_dump_shows_batches_and_records(self):
        self.topic("t", "k:v", options=["-K", ":"])
        shown = self.right("log", "dump", "--data", self.data, "--topic", "t", "--records")
        self.assertIn("offset 0..0 at 0: 1 records", shown)
        self.assertIn('key="k" value="v"', shown)
        batch = json.loads(self.right("log", "dump", "--data", self.data, "--topic", "t", "--records", "-o", "json"))
        self.assertEqual((batch["base_offset"], batch["count"], batch["right_checksum"]), (0, 1, True))
        self.assertEqual(batch["records"][0]["value"], b"v".hex())
        self.wrong(1, "no such partition", "log", "dump", "--data", self.data, "--topic", "missing")

    def test_a_sound_log_verifies(self):
        self.topic("t", "a", "b")
        self.assertIn("end offset 2", self.right("log", "verify", "--data", self.data))
        self.assertRegex(self.right("log", "verify", "--data", self.data), r"\d+ partitions, nothing is wrong\n$")
        report = json.loads(self.right("log", "verify", "--data", self.data, "-o", "json"))
        self.assertTrue(report["sound"])
        self.assertTrue(all(p["finding"] is None for p in report["partitions"]))

    def test_damage_is_found_and_cut_only_by_repair(self):
        self.topic("t")
        for line in ("first", "second", "third"):
            self.right("topic", "produce", "t", "--data", self.data, stdin=line.encode())
        (segment,) = self.segments("t")
        content = bytearray(segment.read_bytes())
        content[content.index(b"second")] ^= 1
        segment.write_bytes(content)
        done = run("log", "verify", "--data", self.data)
        self.assertRegex(done.out, r"\d+ partitions, something is wrong in 1:\n  .*t-0\..*\n$")
        self.assertEqual(done.status, 1)
        self.assertIn(segment.name, done.out)
        self.assertFalse(json.loads(run("log", "verify", "--data", self.data, "-o", "json").out)["sound"])
        dumped = run("log", "dump", "--data", self.data, "--topic", "t")
        self.assertEqual(dumped.status, 1)
        self.assertIn("WRONG CHECKSUM", dumped.out)
        self.assertEqual(segment.read_bytes(), content)
        consumed = self.wrong(1, "t-0: batch at offset 1", "topic", "consume", "t", "--data", self.data, "--until-end")
        self.assertEqual(consumed.out, "first\n")
        self.right("log", "verify", "--repair", "--data", self.data)
        self.right("log", "verify", "--data", self.data)
        self.assertEqual(self.consume("t"), "first\n")

    def test_bytes_that_are_no_batch_are_an_error_with_their_place(self):
        self.topic("t", "a")
        (segment,) = self.segments("t")
        with segment.open("ab") as file:
            file.write(os.urandom(100))
        done = run("log", "dump", "--data", self.data, "--topic", "t")
        self.assertEqual(done.status, 1)
        self.assertIn(segment.name + ", byte ", done.err)


    def lost(self, name):
        """What a verification says of a log that was sound before."""
        done = run("log", "verify", "--data", self.data)
        self.assertEqual(done.status, 1, done.out)
        self.assertIn(name, done.out)
        report = json.loads(run("log", "verify", "--data", self.data, "-o", "json").out)
        self.assertFalse(report["sound"])
        return done.out

    def test_what_is_missing_is_found_and_accepted_only_by_repair(self):
        def cut_tail():
            (segment,) = self.segments("t")
            os.truncate(segment, segment.stat().st_size - 70)

        def empty():
            (segment,) = self.segments("t")
            os.truncate(segment, 0)

        def remove_segment():
            (segment,) = self.segments("t")
            segment.unlink()

        def remove_directory():
            shutil.rmtree(self.segments("t")[0].parent)

        for damage in (cut_tail, empty, remove_segment, remove_directory):
            with self.subTest(damage.__name__):
                shutil.rmtree(self.data, ignore_errors=True)
                self.topic("t")
                self.topic("u", "x")
                for line in ("first", "second", "third"):
                    self.right("topic", "produce", "t", "--data", self.data, stdin=line.encode())
                self.right("log", "verify", "--data", self.data)
                damage()
                self.lost("something is wrong in 1")
                # Nothing is written over it, and whoever reads to its end is told; the other topic works.
                self.wrong(1, "weir log verify --repair", "topic", "produce", "t", "--data", self.data, stdin=b"fourth")
                self.assertEqual(run("topic", "consume", "t", "--data", self.data, "--until-end").status, 1)
                self.lost("something is wrong in 1")
                self.right("topic", "produce", "u", "--data", self.data, stdin=b"y")
                self.right("log", "verify", "--repair", "--data", self.data)
                self.right("log", "verify", "--data", self.data)
                self.right("topic", "produce", "t", "--data", self.data, stdin=b"fourth")
                self.assertTrue(self.consume("t").endswith("fourth\n"))

    def test_offsets_behind_the_end_of_what_was_read_are_found(self):
        self.topic("t", "a", "b", "c")
        self.right("group", "reset", "g", "--topic", "t", "--to", "3", "--data", self.data)
        for segment in self.segments("t"):
            os.truncate(segment, 0)
        self.lost("t-0")
        self.right("log", "verify", "--repair", "--data", self.data)
        self.right("log", "verify", "--data", self.data)  # it goes on behind what was there

    def test_a_topic_of_the_longest_name_keeps_no_other_shut(self):
        self.topic("plain", "precious")
        name = "n" * 249
        self.topic(name, "x")
        self.assertEqual(self.consume("plain"), "precious\n")
        self.assertEqual(self.consume(name), "x\n")
        self.assertIn("1 records", self.right("log", "dump", "--data", self.data, "--topic", name))

    def test_dump_and_verify_beside_a_writer_find_nothing_torn(self):
        self.topic("t")
        writer = start(self, "topic", "produce", "t", "--data", self.data, stdin=subprocess.PIPE)
        for i in range(30):
            writer.stdin.write(b"x" * 200_000 + b"\n")
            writer.stdin.flush()
            dumped = run("log", "dump", "--data", self.data, "--topic", "t")
            self.assertEqual((dumped.status, dumped.err), (0, ""))
            if i % 10 == 0:
                self.right("log", "verify", "--data", self.data)
        self.wrong(1, "a running program owns this log", "topic", "create", "u", "--data", self.data)
        writer.communicate()

    def test_closed_standard_streams_write_nothing_into_the_log(self):
        self.topic("t", "a")
        command = f"exec '{WEIR}' topic produce t --data '{self.data}' <&- >&- 2>&-"
        subprocess.run(["sh", "-c", command], check=False)
        self.right("log", "verify", "--data", self.data)
        self.assertEqual(self.consume("t"), "a\n")

class Connect(CliTest):
    def file(self, name, text):
        path = self.directory / name
        path.write_text(text)
        return path

    def source(self, **settings):
        return self.connector("in", {"connector.class": "file-source", "file": self.directory / "in", "topic": "lines",
                                     **settings})

    def sink(self, name="out", **settings):
        return self.connector(name, {"connector.class": "file-sink", "file": self.directory / name, "topics": "lines",
                                     "envelope": "value", **settings})

    def connector(self, name, settings):
        lines = [f"name={name}"] + [f"{key.replace('__', '.')}={value}" for key, value in settings.items()]
        return self.file(f"{name}.properties", "\n".join(lines) + "\n")

    def test_lint_tells_file_line_connector_setting_and_value(self):
        good = self.source()
        self.assertEqual(self.right("connect", "lint", good), "")
        self.assertEqual(run("connect", "lint", good).err, f"{good}: nothing is wrong\n")
        bad = self.file("bad.yaml", "name: orders\nconnector.class: file-source\nformt: csv\ntopic: t\nfile: x\n")
        done = run("connect", "lint", good, bad)
        self.assertEqual(done.status, 1)
        self.assertEqual(done.out, f"{bad}:3: connector orders: formt = 'csv': there is no such setting; did you mean "
                                   "'format'?\n")
        self.assertEqual(len(json.loads(run("connect", "lint", bad, "-o", "json").out)["problems"]), 1)
        self.wrong(1, "formt", "connect", "run", bad, "--data", self.data)
        self.assertFalse(self.data.exists())
        self.wrong(1, "missing", "connect", "run", self.directory / "missing", "--data", self.data)

    def test_rules_lint_tells_file_place_rule_and_what_is_wrong(self):
        good = self.file("good.json", '{"id": "spree", "version": 3,\n "pattern": "PATTERN (small{3,} -> large) DEFINE '
                                      'small AS amount < 10, large AS amount > 50 * AVG(small.amount)"}')
        self.assertEqual(self.right("rules", "lint", good), "")
        self.assertEqual(run("rules", "lint", good).err, f"{good}: nothing is wrong\n")
        bad = self.file("bad.jsonl", '\n{"id": "a", "version": 1, "pattern": "PATTERN (x"}\n'
                                     '{"id": "b", "version": 1, "patern": "PATTERN (x)"}\nno JSON\n'
                                     '{"id": "c", "version": 2, "pattern": "PATTERN (x) DEFINE x AS amount > \'a\' AND 1"}\n'
                                     '{"id": "d", "version": 2, "pattern": "PATTERN (x)"}\n'
                                     '{"id": "d", "version": 2, "pattern": "PATTERN (y)"}\n')
        done = run("rules", "lint", good, bad)
        self.assertEqual(done.status, 1)
        self.assertEqual(
            [line.split(": ", 1)[0] for line in done.out.splitlines()], [f"{bad}:{line}" for line in (2, 3, 4, 5, 7)])
        for part in ("bad.jsonl:2: rule 'a': field 'pattern': line 1, column 11: ')' was expected, not the end",
                     "bad.jsonl:3: there is no field 'patern'; there are: id, version, pattern",
                     "bad.jsonl:4: not JSON", "bad.jsonl:5: rule 'c': field 'pattern': line 1, column ",
                     "this is a number, and a truth was expected",
                     "bad.jsonl:7: rule 'd': version 2 stands before it, and 2 is not a later one"):
            self.assertIn(part, done.out)
        self.assertEqual(len(json.loads(run("rules", "lint", bad, "-o", "json").out)["problems"]), 5)
        array = self.file("array.json", '[{"id": "a", "version": 1, "pattern": "PATTERN (x)"}, {"id": "b"}]')
        self.assertIn(f"{array}, rule 2: field 'version'", run("rules", "lint", array).out)
        named = run("rules", "lint", good, "--field", "amout", "--field", "shop")
        self.assertIn("there is no field 'amount'; there are: amout, shop", named.out)
        self.wrong(1, "missing", "rules", "lint", self.directory / "missing")

    def test_lint_goes_on_after_a_wrong_class_and_names_the_right_one(self):
        file = self.directory / "wrong.properties"
        file.write_text("name = a\nconnector.class = file-sorce\nfromat = csv\nformat = xml\n")
        done = run("connect", "lint", file)
        self.assertEqual(done.status, 1)
        for part in ("connector.class = 'file-sorce': must be one of file-source, file-sink, ", "; did you mean 'file-source'?",
                     "fromat = 'csv': there is no such setting; did you mean 'format'?", "format = 'xml': must be one of",
                     "topic: must be set", "file: must be set"):
            self.assertIn(part, done.out)

    def test_lint_looks_at_the_header_of_a_file_that_is_there(self):
        (self.directory / "d.csv").write_text("id,name,id\n1,a,2\n")
        file = self.directory / "d.properties"
        file.write_text(f"name = d\nconnector.class = file-source\nfile = {self.directory}/d.csv\ntopic = t\nformat = csv\n")
        done = run("connect", "lint", file)
        self.assertEqual(done.status, 1)
        self.assertIn("d.csv:1: the header names column 1 and column 3 'id'", done.out)
        done = run("connect", "run", file, "--data", self.data, "--until-end")
        self.assertEqual(done.status, 1)
        self.assertIn("the header names column 1 and column 3 'id'", done.out)

    def test_a_record_that_the_topic_does_not_take_goes_by_the_tolerance(self):
        self.right("topic", "create", "small", "--data", self.data, "--config", "max.message.bytes=1000")
        (self.directory / "in").write_text("one\n" + "x" * 5_000 + "\ntwo\n")
        file = self.directory / "in.properties"
        settings = f"name = in\nconnector.class = file-source\nfile = {self.directory}/in\ntopic = small\n"
        file.write_text(settings)
        done = run("connect", "run", file, "--data", self.data, "--until-end")
        self.assertEqual(done.status, 1)
        self.assertIn("max.message.bytes of small is 1000; errors.tolerance = all leaves such records out", done.out)
        file.write_text(settings + "errors.tolerance = all\n")
        self.assertIn("2 records, 1 skipped", self.right("connect", "run", file, "--data", self.data, "--until-end"))
        self.assertEqual(self.consume("small"), "one\ntwo\n")

    def test_a_file_goes_through_a_topic_into_a_file(self):
        self.file("in", "one\ntwo\nthree")
        files = [self.source(), self.sink()]
        shown = self.right("connect", "run", *files, "--data", self.data, "--until-end")
        self.assertEqual(shown, "connector in: 3 records\nconnector out: 3 records\n")
        self.assertEqual((self.directory / "out").read_text(), '"one"\n"two"\n"three"\n')
        self.assertEqual(self.consume("lines"), "one\ntwo\nthree\n")
        again = self.right("connect", "run", *files, "--data", self.data, "--until-end", "-o", "json")
        self.assertEqual([json.loads(line)["records"] for line in again.splitlines()], [0, 0])

    def test_transactions_are_listed_and_described(self):
        self.file("in", "one\ntwo\n")
        at = ("--data", self.data)
        self.right("connect", "run", self.source(), *at, "--until-end")
        (listed,) = json.loads(self.right("txn", "list", *at, "-o", "json"))
        described = json.loads(self.right("txn", "describe", listed["transactional_id"], *at, "-o", "json"))
        self.assertEqual(described["producer"], listed["producer"])
        self.assertIn(listed["state"], self.right("txn", "describe", listed["transactional_id"], *at))
        self.assertIn(listed["transactional_id"], self.right("txn", "list", *at))
        self.assertEqual(self.right("txn", "hanging", "--older-than", 0, *at), "")
        self.assertEqual(self.right("txn", "hanging", "--topic", "lines", *at, "-o", "json"), "[]\n")
        self.wrong(1, "no open transaction begins at offset 0", "txn", "abort", "--topic", "lines", "--partition", 0,
                   "--offset", 0, *at)
        self.wrong(1, "transactional_id_not_found", "txn", "describe", "nobody", *at)

    def test_csv_becomes_json(self):
        self.file("in", "id,name\n1,\"a, b\"\n")
        self.right("connect", "run", self.source(format="csv", key__field="id"),
                   self.sink(envelope="key_value", value__converter="json"), "--data", self.data, "--until-end")
        self.assertEqual((self.directory / "out").read_text(), '{"key":"1","value":{"id":"1","name":"a, b"}}\n')

    def test_a_failing_connector_is_named_and_the_others_go_on(self):
        self.file("in", "{}\noops\n")
        self.file("taken", "precious")
        done = run("connect", "run", self.source(format="jsonl"), self.sink(), self.sink("taken"), "--data", self.data,
                   "--until-end")
        self.assertEqual(done.status, 1)
        self.assertRegex(done.out, r"connector in: 1 records; failed: corrupt_data: .*in:2: not JSON")
        self.assertRegex(done.out, r"connector out: 1 records\n")
        self.assertRegex(done.out, r"connector taken: 0 records; failed: already_exists: .*precious|8 bytes")
        self.assertEqual((self.directory / "taken").read_text(), "precious")

    def test_an_input_that_cannot_be_read_is_an_error_with_its_name(self):
        (self.directory / "in").mkdir()
        done = run("connect", "run", self.source(), "--data", self.data, "--until-end")
        self.assertEqual(done.status, 1)
        self.assertRegex(done.out, r"connector in: 0 records; failed: io_error: .*/in: Is a directory")

    def test_an_output_that_was_changed_is_left_alone(self):
        self.file("in", "one\n")
        files = [self.source(), self.sink()]
        self.right("connect", "run", *files, "--data", self.data, "--until-end")
        out = self.file("out", "cut\n")
        done = run("connect", "run", *files, "--data", self.data, "--until-end")
        self.assertEqual(done.status, 1)
        self.assertRegex(done.out, r"connector out: 0 records; failed: corrupt_data: .*/out is file \d+ with 4 bytes, but "
                                   r"file \d+ with 6 bytes was written and committed")
        self.assertEqual(out.read_text(), "cut\n")

    def test_it_runs_until_a_signal(self):
        source = self.file("in", "one\n")
        worker = start(self, "connect", "run", self.source(poll__interval__ms=5),
                       self.sink(offset__flush__interval__ms=5), "--data", self.data)
        out = self.directory / "out"
        self.await_content(out, '"one"\n')
        with source.open("a") as file:
            file.write("two\n")
        self.await_content(out, '"one"\n"two"\n')
        worker.send_signal(signal.SIGTERM)
        shown, _ = worker.communicate(timeout=PATIENCE_S)
        self.assertEqual(worker.returncode, 0)
        self.assertIn(b"connector out: 2 records", shown)

    def test_killed_at_random_moments_the_file_is_that_of_an_uninterrupted_run(self):
        dice = random.Random(7)
        lines = [f"line {i} {'x' * dice.randrange(60)}" for i in range(20_000)]
        source = self.file("in", "")
        files = [self.source(batch__records=100, poll__interval__ms=1), self.sink(offset__flush__interval__ms=1)]
        written = 0
        kills = 0
        while written < len(lines):
            worker = start(self, "connect", "run", *files, "--data", self.data)
            deadline = time.monotonic() + dice.uniform(0.02, 0.4)
            while time.monotonic() < deadline and written < len(lines):
                step = dice.randrange(1, 400)
                with source.open("a") as file:
                    file.write("".join(line + "\n" for line in lines[written : written + step]))
                written += step
                time.sleep(0.005)
            worker.kill()
            worker.communicate()
            kills += 1
        self.right("connect", "run", *files, "--data", self.data, "--until-end")
        self.assertGreater(kills, 1)
        self.assertEqual((self.directory / "out").read_text(), "".join(f'"{line}"\n' for line in lines))
        self.assertEqual(self.consume("lines"), "".join(line + "\n" for line in lines))


class Streams(CliTest):
    STORE = {"name": "counts", "kind": "key_value", "pinned": True, "depends_on_order": False, "in_memory": False,
             "stage": 0, "key": "std::string", "value": "std::int64_t", "retention_ms": None,
             "changelog": "counts-changelog", "restored_from_source": False}
    NODE = {"name": "in", "kind": "source", "pinned": False, "stage": 0, "parents": [], "stores": [],
            "global_tables": [], "reads": "in", "writes": None, "windows": None}
    SINCE_VERSION_2 = {"starts_at_end": False, "partitioner": False, "async": None, "on_error": None,
                       "retry_topics": []}
    SINCE_VERSION_3 = {"pattern": None}

    def write(self, name, version=3, **changes):
        source = {**self.NODE, **(self.SINCE_VERSION_2 if version >= 2 else {}),
                  **(self.SINCE_VERSION_3 if version >= 3 else {})}
        counting = {**source, "name": "counts.count", "kind": "count", "pinned": True, "parents": ["in"],
                    "stores": ["counts"], "reads": None}
        topology = {"weir_topology": version, "nodes": [source, counting], "stores": [self.STORE],
                    "internal_topics": [], "global_tables": [], **changes}
        path = self.directory / name
        path.write_text(json.dumps(topology))
        return path

    def test_describe_shows_a_topology_as_text_as_a_chart_and_as_json(self):
        path = self.write("old")
        self.assertIn("Processor: counts.count (stores: [counts])", self.right("streams", "describe", path))
        self.assertTrue(self.right("streams", "describe", path, "--mermaid").startswith("flowchart TD"))
        shown = self.right("streams", "describe", path, "-o", "json")
        self.assertEqual(json.loads(shown), json.loads(path.read_text()))
        self.assertEqual(self.right("streams", "describe", "-", "-o", "json", stdin=shown.encode()), shown)
        for version in (1, 2):
            older = self.write("older", version=version)
            self.assertEqual(self.right("streams", "describe", older, "-o", "json"), shown, "what an older program wrote")

    def test_diff_has_status_0_where_nothing_is_lost(self):
        old = self.write("old")
        self.assertEqual(self.right("streams", "diff", old, old), "nothing changed\n")
        new = self.write("new", stores=[{**self.STORE, "in_memory": True}])
        shown = self.right("streams", "diff", old, new)
        self.assertIn("rebuilt: store counts: now in memory", shown)
        self.assertIn("compatible: ", shown)

    def test_diff_has_status_1_where_state_would_be_lost_and_says_which(self):
        old = self.write("old")
        new = self.write("new", stores=[{**self.STORE, "value": "std::string"}])
        done = run("streams", "diff", old, new)
        self.assertEqual(done.status, 1, done.err)
        self.assertIn("LOSES DATA: store counts: values: type was std::int64_t, is std::string", done.out)
        changes = json.loads(run("streams", "diff", old, new, "-o", "json").out)
        self.assertEqual((changes["compatible"], [change["what"] for change in changes["changes"]]),
                         (False, ["store counts"]))

    def test_what_is_no_described_topology_is_wrong_usage(self):
        old = self.write("old")
        other = self.directory / "other"
        other.write_text("[]")
        self.wrong(2, "cannot be read", "streams", "diff", old, self.directory / "none")
        self.wrong(2, f"{other}: ", "streams", "diff", old, other)
        self.wrong(2, "new is required", "streams", "diff", old)
        self.wrong(2, "", "streams", "describe", old, "--mermaid", "-o", "json")


class BenchTest(CliTest):
    RATE = r"(\d+) records of (\d+) bytes in [\d.]+ s: \d+ records/s, [\d.]+ MB/s\n"
    LATENCY = r"latency ms: p50 [\d.]+, p99 [\d.]+, p99.9 [\d.]+, most [\d.]+\n"

    def bench(self, pattern, *arguments):
        out = self.right("bench", *arguments)
        self.assertRegex(out, f"^{pattern}$")
        return out

    def test_every_verb_tells_rates_and_latencies_and_leaves_no_topic(self):
        place = ("--data", self.data)
        out = self.bench(self.RATE + self.LATENCY, "append", *place, "-n", 5000, "--record-bytes", 50, "--partitions", 3,
                         "--batch-bytes", 1000, "--compression", "lz4", "--linger", 1)
        self.assertTrue(out.startswith("5000 records of 50 bytes"), out)
        self.bench(self.RATE, "append", *place, "-n", 100, "--acks", 0)
        self.bench(self.RATE + self.LATENCY, "append", *place, "-n", 20, "--acks", 1, "--rate", 1000)
        self.bench(self.RATE, "fetch", *place, "-n", 5000, "--partitions", 2)
        self.bench(self.RATE + self.LATENCY, "e2e", *place, "-n", 50, "--rate", 2000)
        self.bench(self.RATE + self.LATENCY, "e2e", *place, "-n", 500, "--rate", 0, "--linger", 1, "--partitions", 2)
        self.assertEqual(self.right("topic", "list", *place), "")

    def test_a_topic_that_is_there_stays_and_a_server_is_measured_too(self):
        self.topic("mine", "one")
        server = start(self, "server", "--data", self.data, "--listen", "127.0.0.1:0")
        at = server.stderr.readline().decode().split(" on ")[-1].strip()
        self.bench(self.RATE + self.LATENCY, "append", "--bootstrap", at, "--topic", "mine", "-n", 1000)
        self.bench(self.RATE + self.LATENCY, "e2e", "--bootstrap", at, "--topic", "mine", "-n", 50)
        self.assertIn("mine", self.right("topic", "list", "--bootstrap", at))
        self.wrong(2, "", "bench", "append", "--bootstrap", at, "--acks", "2")


if __name__ == "__main__":
    unittest.main()
