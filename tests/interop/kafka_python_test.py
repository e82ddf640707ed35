#!/usr/bin/python3
"""kafka-python against `weir server`: kafka_python_test.py PATH_OF_WEIR"""
import itertools
import threading

import served

try:
    from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
    from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
    from kafka.coordinator.assignors.range import RangePartitionAssignor
    from kafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
    from kafka.errors import InvalidTopicError, TopicAlreadyExistsError, UnknownTopicOrPartitionError
except ImportError:
    served.skip("kafka-python is not installed")

CODECS = (None, "gzip", "snappy", "lz4", "zstd")


class Member(threading.Thread):
    """Polls in a group until it is stopped; knows what it read and what it has."""

    def __init__(self, address, topic, assignor):
        super().__init__()
        self.consumer = KafkaConsumer(topic, bootstrap_servers=address, group_id="group", auto_offset_reset="earliest",
                                      partition_assignment_strategy=[assignor], heartbeat_interval_ms=200,
                                      session_timeout_ms=10_000)
        self.values = []
        self.partitions = set()
        self.is_stopped = False
        self.start()

    def run(self):
        while not self.is_stopped:
            for records in self.consumer.poll(100).values():
                self.values += [record.value for record in records]
            self.partitions = {partition.partition for partition in self.consumer.assignment()}
        self.consumer.close()

    def stop(self):
        self.is_stopped = True
        self.join()


class KafkaPython(served.InteropTest):
    def admin(self):
        admin = KafkaAdminClient(bootstrap_servers=self.server.address)
        self.addCleanup(admin.close)
        return admin

    def create(self, topic, partitions=1, **configs):
        named = {name.replace("_", "."): value for name, value in configs.items()}
        self.admin().create_topics([NewTopic(topic, partitions, 1, topic_configs=named)])

    def produce(self, topic, values, partition=0, **options):
        producer = KafkaProducer(bootstrap_servers=self.server.address, **options)
        sent = [producer.send(topic, value, partition=partition) for value in values]
        producer.flush(served.PATIENCE_S)
        got = [one.get(served.PATIENCE_S) for one in sent]
        producer.close()
        return got

    def reader(self, **options):
        consumer = KafkaConsumer(bootstrap_servers=self.server.address, auto_offset_reset="earliest", **options)
        self.addCleanup(consumer.close)
        return consumer

    def read(self, topic, count, partition=0):
        consumer = self.reader()
        consumer.assign([TopicPartition(topic, partition)])
        records = []
        while len(records) < count:
            for some in consumer.poll(1000).values():
                records += some
        return records

    def test_every_compression_and_every_acks(self):
        self.create("t")
        want = []
        for codec, acks in itertools.product(CODECS, (0, 1, "all")):
            producer = KafkaProducer(bootstrap_servers=self.server.address, compression_type=codec, acks=acks)
            for i in range(20):
                value = f"{codec}{acks}{i}".encode() * 20 if i % 5 else None
                want.append((f"k{i}".encode(), value, [("a", b"1"), ("b", b"")]))
                producer.send("t", key=want[-1][0], value=value, headers=want[-1][2], partition=0)
            producer.flush(served.PATIENCE_S)  # close alone would drop what is not sent
            producer.close()
        got = [(one.key, one.value, one.headers) for one in self.read("t", len(want))]
        self.assertEqual(got, want)

    def test_offsets_of_times(self):
        self.create("t")
        producer = KafkaProducer(bootstrap_servers=self.server.address)
        for time_ms in (1000, 2000, 3000):
            producer.send("t", b"x", timestamp_ms=time_ms, partition=0)
        producer.flush(served.PATIENCE_S)
        producer.close()
        consumer, here = self.reader(), TopicPartition("t", 0)
        self.assertEqual(consumer.offsets_for_times({here: 1500})[here], (1, 2000))
        self.assertEqual(consumer.offsets_for_times({here: 3000})[here], (2, 3000))
        self.assertIsNone(consumer.offsets_for_times({here: 3001})[here])
        self.assertEqual(consumer.beginning_offsets([here])[here], 0)
        self.assertEqual(consumer.end_offsets([here])[here], 3)

    def test_commits_are_kept_with_their_metadata(self):
        self.create("t")
        self.produce("t", [b"a", b"b", b"c"])
        here = TopicPartition("t", 0)
        consumer = self.reader(group_id="group", enable_auto_commit=False)
        consumer.assign([here])
        consumer.commit({here: OffsetAndMetadata(2, "so far")})
        self.server.stop()
        self.server.start()
        again = self.reader(group_id="group", enable_auto_commit=False)
        self.assertEqual(again.committed(here, metadata=True), OffsetAndMetadata(2, "so far"))
        again.assign([here])
        self.assertEqual([record.value for record in next(iter(again.poll(10_000).values()))], [b"c"])

    def group_shares_out(self, assignor):
        self.create("t", 6)
        for partition in range(6):
            self.produce("t", [b"%d" % partition] * 10, partition)
        members = [Member(self.server.address, "t", assignor)]
        try:
            self.until(lambda: len(members[0].values) == 60, "one member reads everything")
            members += [Member(self.server.address, "t", assignor) for _ in range(2)]
            self.until(lambda: sorted(len(one.partitions) for one in members) == [2, 2, 2], "each has two")
            self.assertEqual(set.union(*(one.partitions for one in members)), set(range(6)))
            described = self.admin().describe_consumer_groups(["group"])[0]
            self.assertEqual((described.state, described.protocol, len(described.members)),
                             ("Stable", assignor.name, 3))
            members.pop().stop()
            self.until(lambda: sorted(len(one.partitions) for one in members) == [3, 3], "the others share its part")
            for partition in range(6):
                self.produce("t", [b"more"], partition)
            self.until(lambda: sum(one.values.count(b"more") for one in members) == 6, "all is read once")
        finally:
            for one in members:
                one.stop()

    def test_a_group_shares_out_by_range(self):
        self.group_shares_out(RangePartitionAssignor)

    def test_a_group_shares_out_round_robin(self):
        self.group_shares_out(RoundRobinPartitionAssignor)

    def test_topics_are_created_described_grown_and_deleted(self):
        admin = self.admin()
        self.create("t", 3, cleanup_policy="compact")
        with self.assertRaises(TopicAlreadyExistsError):
            admin.create_topics([NewTopic("t", 1, 1)])
        with self.assertRaises(InvalidTopicError):
            admin.create_topics([NewTopic("no good", 1, 1)])
        admin.create_partitions({"t": NewPartitions(5)})
        described = admin.describe_topics(["t"])[0]
        self.assertEqual((described["error_code"], len(described["partitions"])), (0, 5))
        self.assertEqual(admin.describe_cluster()["controller_id"], 0)
        admin.delete_topics(["t"])
        self.assertEqual(admin.list_topics(), [])
        with self.assertRaises(UnknownTopicOrPartitionError):
            admin.delete_topics(["t"])

    def test_settings_are_told_and_changed(self):
        self.create("t", retention_ms="1000000")
        admin, resource = self.admin(), ConfigResource(ConfigResourceType.TOPIC, "t")

        def told(name):
            answer = admin.describe_configs([resource])[0].resources[0]
            return {entry[0]: entry[1] for entry in answer[4]}[name]
        self.assertEqual(told("retention.ms"), "1000000")
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, "t", {"max.message.bytes": "1000"})])
        self.assertEqual((told("max.message.bytes"), told("retention.ms")), ("1000", "-1"))  # unset: for ever

    def test_groups_are_listed_and_deleted(self):
        self.create("t")
        self.produce("t", [b"a"])
        consumer = self.reader(group_id="group")
        consumer.subscribe(["t"])
        self.until(lambda: consumer.poll(100), "the record")
        consumer.close()
        admin = self.admin()
        self.assertEqual(admin.list_consumer_groups(), [("group", "consumer")])
        self.assertEqual(admin.list_consumer_group_offsets("group"),
                         {TopicPartition("t", 0): OffsetAndMetadata(1, "")})
        self.assertEqual(admin.delete_consumer_groups(["group"])[0][1].errno, 0)
        self.assertEqual(admin.list_consumer_groups(), [])

    def test_a_batch_above_the_topics_limit_is_refused_and_others_go_on(self):
        self.create("t", max_message_bytes="1000")
        producer = KafkaProducer(bootstrap_servers=self.server.address)
        with self.assertRaisesRegex(Exception, "(?i)message.*(large|size)"):
            producer.send("t", b"x" * 5000, partition=0).get(served.PATIENCE_S)
        producer.send("t", b"x", partition=0).get(served.PATIENCE_S)
        producer.close()


served.main()
