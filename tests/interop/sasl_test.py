#!/usr/bin/python3
"""Clients that say who they are, in the clear and by TLS, against `weir server`: sasl_test.py PATH_OF_WEIR
With kcat, kafka-python and confluent-kafka: each mechanism, a wrong password, what rules allow and deny."""
import pathlib
import shutil
import subprocess
import tempfile

import certificates
import served

try:
    import confluent_kafka
    import confluent_kafka.admin
except ImportError:
    confluent_kafka = None
try:
    import kafka
    import kafka.errors
except ImportError:
    kafka = None

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
LISTENERS = ("sasl://127.0.0.1:0", "sasl-ssl://127.0.0.1:0")
PROTOCOLS = ("SASL_PLAINTEXT", "SASL_SSL")


class Secured(served.InteropTest):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir_sasl_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.certificate, key = certificates.make(self.folder, "server")
        self.data = self.folder / "data"
        for user in ("alice", "bob"):
            self.weir("user", "add", user, "--data", self.data, stdin=f"{user}'s secret\n")
        self.weir("acl", "add", "bob", "--operation", "read", "--topic", "open", "--group", "readers", "--data", self.data)
        self.server = served.Server(self.folder, "--tls-certificate", self.certificate, "--tls-key", key, "--super-user",
                                    "alice", "--listen", LISTENERS[1], listen=LISTENERS[0]).start()
        self.addCleanup(self.end)
        self.until(lambda: len(self.server.said) >= 2, "it listens twice")
        self.addresses = dict(zip(PROTOCOLS, (line.split()[-1] for line in self.server.said[:2])))

    def weir(self, *words, stdin=""):
        done = subprocess.run([served.WEIR, *map(str, words)], input=stdin, capture_output=True, text=True,
                              timeout=served.PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def kcat(self, protocol, mechanism, user, *arguments, stdin="", password=None):
        command = ["kcat", "-b", self.addresses[protocol], "-q", "-m", "10", "-X", f"security.protocol={protocol}",
                   "-X", f"ssl.ca.location={self.certificate}", "-X", f"sasl.mechanisms={mechanism}", "-X",
                   f"sasl.username={user}", "-X", f"sasl.password={password or user + chr(39) + 's secret'}", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=served.PATIENCE_S)

    def test_kcat_by_every_mechanism_and_way(self):
        for protocol in PROTOCOLS:
            for mechanism in MECHANISMS:
                with self.subTest(protocol=protocol, mechanism=mechanism):
                    topic = f"{protocol}.{mechanism}"
                    done = self.kcat(protocol, mechanism, "alice", "-P", "-t", topic, stdin="a\nb\n")
                    self.assertEqual(done.returncode, 0, done.stderr)
                    done = self.kcat(protocol, mechanism, "alice", "-C", "-t", topic, "-e")
                    self.assertEqual((done.returncode, done.stdout), (0, "a\nb\n"), done.stderr)

    def test_kcat_with_a_wrong_password(self):
        done = self.kcat("SASL_SSL", "SCRAM-SHA-256", "alice", "-L", password="wrong")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("wrong user or password", "".join(self.server.said))

    def test_kcat_may_what_rules_allow(self):
        self.kcat("SASL_SSL", "PLAIN", "alice", "-P", "-t", "open", stdin="x\n")
        self.kcat("SASL_SSL", "PLAIN", "alice", "-P", "-t", "closed", stdin="y\n")
        done = self.kcat("SASL_SSL", "PLAIN", "bob", "-C", "-t", "open", "-e")
        self.assertEqual((done.returncode, done.stdout), (0, "x\n"), done.stderr)
        done = self.kcat("SASL_SSL", "PLAIN", "bob", "-C", "-t", "closed", "-e")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertIn("authorization failed", done.stderr.lower())
        done = self.kcat("SASL_SSL", "PLAIN", "bob", "-P", "-t", "open", stdin="z\n")
        self.assertNotEqual(done.returncode, 0)

    def python_settings(self, protocol, mechanism, user):
        return {"bootstrap_servers": self.addresses[protocol], "security_protocol": protocol, "sasl_mechanism": mechanism,
                "sasl_plain_username": user, "sasl_plain_password": f"{user}'s secret",
                "ssl_cafile": str(self.certificate), "api_version_auto_timeout_ms": 20000}

    def test_kafka_python_by_every_mechanism_and_way(self):
        if kafka is None:
            self.skipTest("kafka-python is not installed")
        for protocol in PROTOCOLS:
            for mechanism in MECHANISMS:
                with self.subTest(protocol=protocol, mechanism=mechanism):
                    settings = self.python_settings(protocol, mechanism, "alice")
                    producer = kafka.KafkaProducer(**settings)
                    told = producer.send("t", mechanism.encode()).get(timeout=30)
                    producer.close()
                    consumer = kafka.KafkaConsumer(**settings, consumer_timeout_ms=20000)
                    partition = kafka.TopicPartition("t", 0)
                    consumer.assign([partition])
                    consumer.seek(partition, told.offset)
                    self.assertEqual(next(consumer).value, mechanism.encode())
                    consumer.close()

    def test_kafka_python_may_what_rules_allow(self):
        if kafka is None:
            self.skipTest("kafka-python is not installed")
        settings = self.python_settings("SASL_PLAINTEXT", "SCRAM-SHA-256", "alice")
        producer = kafka.KafkaProducer(**settings)
        producer.send("open", b"x").get(timeout=30)
        producer.close()
        settings = self.python_settings("SASL_PLAINTEXT", "SCRAM-SHA-256", "bob")
        consumer = kafka.KafkaConsumer("open", **settings, group_id="readers", auto_offset_reset="earliest",
                                       consumer_timeout_ms=30000)
        self.assertEqual(next(consumer).value, b"x")
        consumer.close()
        other = kafka.KafkaConsumer("open", **settings, group_id="others", consumer_timeout_ms=30000)
        with self.assertRaises(kafka.errors.GroupAuthorizationFailedError):
            next(other)
        other.close(autocommit=False)
        denied = kafka.KafkaProducer(**settings, max_block_ms=5000)
        with self.assertRaises(kafka.errors.KafkaError):
            denied.send("open", b"y").get(timeout=30)
        denied.close()

    def confluent_settings(self, protocol, mechanism, user):
        return {"bootstrap.servers": self.addresses[protocol], "security.protocol": protocol, "sasl.mechanisms": mechanism,
                "sasl.username": user, "sasl.password": f"{user}'s secret", "ssl.ca.location": str(self.certificate)}

    def test_confluent_kafka_by_every_mechanism_and_way(self):
        if confluent_kafka is None:
            self.skipTest("confluent-kafka is not installed")
        for protocol in PROTOCOLS:
            for mechanism in MECHANISMS:
                with self.subTest(protocol=protocol, mechanism=mechanism):
                    topic = f"{protocol}.{mechanism}"
                    settings = self.confluent_settings(protocol, mechanism, "alice")
                    outcomes = []
                    producer = confluent_kafka.Producer({**settings, "enable.idempotence": True})
                    producer.produce(topic, b"v", on_delivery=lambda error, message: outcomes.append(error))
                    self.assertEqual(producer.flush(30), 0)
                    self.assertEqual(outcomes, [None])
                    consumer = confluent_kafka.Consumer({**settings, "group.id": topic, "auto.offset.reset": "earliest"})
                    consumer.subscribe([topic])
                    self.assertEqual(consumer.poll(30).value(), b"v")
                    consumer.close()

    def test_confluent_kafka_is_told_what_is_denied(self):
        if confluent_kafka is None:
            self.skipTest("confluent-kafka is not installed")
        outcomes = []
        producer = confluent_kafka.Producer(self.confluent_settings("SASL_SSL", "SCRAM-SHA-512", "alice"))
        producer.produce("open", b"x")
        producer.flush(30)
        producer = confluent_kafka.Producer(self.confluent_settings("SASL_SSL", "SCRAM-SHA-512", "bob"))
        producer.produce("open", b"y", on_delivery=lambda error, message: outcomes.append(error.code()))
        producer.flush(30)
        self.assertEqual(outcomes, [confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED])
        admin = confluent_kafka.admin.AdminClient(self.confluent_settings("SASL_SSL", "SCRAM-SHA-512", "bob"))
        with self.assertRaises(confluent_kafka.KafkaException) as raised:
            admin.create_topics([confluent_kafka.admin.NewTopic("new", 1, 1)])["new"].result(30)
        self.assertEqual(raised.exception.args[0].code(), confluent_kafka.KafkaError.TOPIC_AUTHORIZATION_FAILED)

    def test_a_user_who_is_removed_has_to_go(self):
        self.assertEqual(self.kcat("SASL_SSL", "PLAIN", "bob", "-L").returncode, 0)
        file = self.folder / "alice.properties"
        file.write_text("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=org.apache.kafka.common."
                        "security.scram.ScramLoginModule required username=\"alice\" password=\"alice's secret\";\n"
                        f"ssl.truststore.location={self.certificate}\n")
        there = ("--bootstrap", self.addresses["SASL_SSL"], "--security", file)
        self.assertIn("bob", self.weir("user", "list", *there))
        self.weir("user", "remove", "bob", *there)
        self.assertNotIn("bob", self.weir("user", "list", *there))
        self.assertNotEqual(self.kcat("SASL_SSL", "PLAIN", "bob", "-L").returncode, 0)


if shutil.which("kcat") is None or shutil.which("openssl") is None:
    served.skip("kcat or openssl is not installed")
served.main()
