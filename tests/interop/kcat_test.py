#!/usr/bin/env python3
"""kcat against `weir server`: kcat_test.py PATH_OF_WEIR"""
import itertools
import json
import shutil
import subprocess
import time

import served

COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")


class Kcat(served.InteropTest):
    def kcat(self, *arguments, stdin=""):
        command = ["kcat", "-b", self.server.address, "-q", *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=served.PATIENCE_S)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr}")
        return done.stdout

    def consume(self, topic, *arguments, form="%o|%k|%s|%h\n"):
        return self.kcat("-C", "-t", topic, "-e", "-f", form, *arguments).splitlines()

    def test_metadata_name_the_broker_and_its_topics(self):
        self.kcat("-P", "-t", "orders", stdin="x\n")
        told = json.loads(self.kcat("-L", "-J"))
        self.assertEqual(told["brokers"], [{"id": 0, "name": self.server.address}])
        self.assertEqual(told["controllerid"], 0)
        self.assertEqual([topic["topic"] for topic in told["topics"]], ["orders"])
        partition = told["topics"][0]["partitions"][0]
        self.assertEqual((partition["leader"], partition["replicas"], partition["isrs"]), (0, [{"id": 0}], [{"id": 0}]))

    def test_every_compression_and_every_acks(self):
        for compression, acks in itertools.product(COMPRESSIONS, (0, 1, -1)):
            with self.subTest(compression=compression, acks=acks):
                topic = f"{compression}{acks}"
                lines = [f"key{i}:value{i}{'x' * (i % 50)}" for i in range(300)]
                self.kcat("-P", "-t", topic, "-K", ":", "-z", compression, "-X", f"acks={acks}", "-H", "of=test",
                          stdin="\n".join(lines) + "\n")
                got = self.consume(topic) if acks else self.patient_consume(topic, len(lines))
                want = [f"{i}|{line.replace(':', '|')}|of=test" for i, line in enumerate(lines)]
                self.assertEqual(got, want)

    def patient_consume(self, topic, count):
        """Without answers nobody knows when they are there."""
        got = []

        def is_there():
            got[:] = self.consume(topic)
            return len(got) >= count
        self.until(is_there, f"{count} records")
        return got

    def test_a_null_is_not_an_empty_value(self):
        self.kcat("-P", "-t", "t", "-K", ":", "-Z", stdin="gone:\nthere:x\n")
        self.kcat("-P", "-t", "t", "-K", ":", stdin="empty:\n")
        self.assertEqual(self.consume("t", form="%k %S\n"), ["gone -1", "there 1", "empty 0"])

    def test_offsets_by_time_and_from_the_end(self):
        self.kcat("-P", "-t", "t", stdin="a\nb\n")
        time.sleep(0.01)
        between = int(time.time() * 1000)
        time.sleep(0.01)
        self.kcat("-P", "-t", "t", stdin="c\n")
        self.assertIn("offset 2", self.kcat("-Q", "-t", f"t:0:{between}"))
        self.assertEqual(self.consume("t", "-o", f"s@{between}", form="%s\n"), ["c"])
        self.assertEqual(self.consume("t", "-o", "-2", form="%s\n"), ["b", "c"])
        self.assertEqual(self.consume("t", "-o", "1", "-c", "1", form="%s\n"), ["b"])

    def test_an_idempotent_producer(self):
        lines = [str(i) for i in range(2000)]
        self.kcat("-P", "-t", "t", "-X", "enable.idempotence=true", "-X", "batch.num.messages=20", stdin="\n".join(lines))
        self.assertEqual(self.consume("t", form="%s\n"), lines)

    def test_a_group_goes_on_where_it_was(self):
        self.kcat("-P", "-t", "t", stdin="a\nb\n")
        group = ("-G", "readers", "-e", "-f", "%s\n", "-X", "auto.offset.reset=earliest", "t")
        self.assertEqual(self.kcat(*group).split(), ["a", "b"])
        self.kcat("-P", "-t", "t", stdin="c\n")
        self.assertEqual(self.kcat(*group).split(), ["c"])

    def test_what_was_written_survives_a_stop_and_a_kill(self):
        self.kcat("-P", "-t", "t", stdin="a\n")
        self.server.stop()
        self.server.start()
        self.kcat("-P", "-t", "t", stdin="b\n")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.consume("t", form="%s\n"), ["a", "b"])

    def test_a_consumer_sees_records_as_they_come(self):
        self.kcat("-P", "-t", "t", stdin="a\n")
        reader = subprocess.Popen(["kcat", "-b", self.server.address, "-q", "-C", "-t", "t", "-u", "-c", "3"],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(reader.communicate)
        self.addCleanup(reader.kill)
        self.assertEqual(reader.stdout.readline(), "a\n")
        self.kcat("-P", "-t", "t", stdin="b\nc\n")
        self.assertEqual(reader.communicate(timeout=served.PATIENCE_S)[0], "b\nc\n")


class KcatWhereAnswersWaitForTheDisk(served.InteropTest):
    OPTIONS = ("--durability", "fsync")

    def test_records_are_acknowledged_and_survive_a_kill(self):
        lines = [str(i) for i in range(500)]
        command = ["kcat", "-b", self.server.address, "-q", "-t", "t"]
        subprocess.run([*command, "-P", "-X", "acks=-1", "-X", "batch.num.messages=50"], input="\n".join(lines), text=True,
                       check=True, timeout=served.PATIENCE_S)
        self.server.kill()
        self.server.start()
        done = subprocess.run([*command, "-C", "-e"], stdout=subprocess.PIPE, text=True, timeout=served.PATIENCE_S)
        self.assertEqual(done.stdout.split(), lines)


if shutil.which("kcat") is None:
    served.skip("kcat is not installed")
served.main()
