#!/usr/bin/python3
"""confluent-kafka, which is librdkafka, against `weir server`: confluent_kafka_test.py PATH_OF_WEIR"""
import itertools
import time

import served

try:
    import confluent_kafka as ck
    from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic
except ImportError:
    served.skip("confluent-kafka is not installed")

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


class Member:
    """A member of a group that is polled by the test; what it was given and what was taken away is noted."""

    def __init__(self, test, topic, **options):
        self.consumer = ck.Consumer({"bootstrap.servers": test.server.address, "group.id": "group",
                                     "auto.offset.reset": "earliest", "session.timeout.ms": 10000,
                                     "heartbeat.interval.ms": 200, **options})
        self.values, self.revoked = [], 0
        self.is_incremental = options.get("partition.assignment.strategy") == "cooperative-sticky"
        self.consumer.subscribe([topic], on_revoke=self.on_revoke)

    def on_revoke(self, consumer, partitions):
        self.revoked += len(partitions)
        if self.is_incremental:
            consumer.incremental_unassign(partitions)

    def poll(self):
        message = self.consumer.poll(0.05)
        if message is not None and not message.error():
            self.values.append(message.value())

    def partitions(self):
        return {partition.partition for partition in self.consumer.assignment()}


class ConfluentKafka(served.InteropTest):
    def config(self, **options):
        return {"bootstrap.servers": self.server.address, **{k.replace("_", "."): v for k, v in options.items()}}

    def admin(self):
        return AdminClient(self.config())

    def create(self, topic, partitions=1, **configs):
        named = {name.replace("_", "."): value for name, value in configs.items()}
        admin = self.admin()
        for done in admin.create_topics([NewTopic(topic, partitions, 1, config=named)]).values():
            done.result(served.PATIENCE_S)

    def produce(self, topic, values, partition=0, **options):
        producer, failed = ck.Producer(self.config(**options)), []
        for value in values:
            producer.produce(topic, value, partition=partition,
                             on_delivery=lambda error, _: failed.append(error) if error else None)
        self.assertEqual(producer.flush(served.PATIENCE_S), 0)
        self.assertEqual(failed, [])

    def read(self, topic, partition=0, isolation="read_committed", as_messages=False):
        """All of a partition that is there."""
        consumer = ck.Consumer(self.config(group_id="reader", isolation_level=isolation, enable_partition_eof=True,
                                           enable_auto_commit=False))
        consumer.assign([ck.TopicPartition(topic, partition, 0)])
        messages = []
        deadline = time.monotonic() + served.PATIENCE_S
        while time.monotonic() < deadline:
            message = consumer.poll(1)
            if message is None:
                continue
            if message.error():
                self.assertEqual(message.error().code(), ck.KafkaError._PARTITION_EOF)
                break
            messages.append(message)
        consumer.close()
        return messages if as_messages else [message.value() for message in messages]

    # Records ----------------------------------------------------------------------------------------------------

    def test_every_compression_and_every_acks(self):
        self.create("t")
        want = []
        for codec, acks in itertools.product(CODECS, (0, 1, -1)):
            producer = ck.Producer(self.config(compression_type=codec, acks=acks))
            for i in range(100):
                want.append((b"k%d" % i, b"%s%d" % (codec.encode(), acks) * (i % 7) if i % 5 else None, [("h", b"x")]))
                producer.produce("t", want[-1][1], want[-1][0], headers=want[-1][2], partition=0)
            self.assertEqual(producer.flush(served.PATIENCE_S), 0)
            if acks == 0:  # nobody says when they are there
                self.until(lambda: len(self.read("t")) == len(want), "records without acknowledgement")
        got = [(one.key(), one.value(), one.headers()) for one in self.read("t", as_messages=True)]
        self.assertEqual(got, want)

    def test_an_idempotent_producer_with_many_batches_in_flight(self):
        self.create("t")
        values = [b"%d" % i for i in range(5000)]
        self.produce("t", values, enable_idempotence=True, batch_num_messages=50, linger_ms=1)
        self.assertEqual(self.read("t"), values)

    def test_the_servers_end_and_return_lose_and_repeat_nothing(self):
        self.create("t")
        producer, failed = ck.Producer(self.config(enable_idempotence=True)), []
        values = [b"%d" % i for i in range(300)]
        for i, value in enumerate(values):
            producer.produce("t", value, partition=0, on_delivery=lambda e, _: failed.append(e) if e else None)
            if i % 100 == 50:
                producer.poll(0.05)
                self.server.kill()
                self.server.start()
        self.assertEqual(producer.flush(served.PATIENCE_S), 0)
        self.assertEqual(failed, [])
        self.assertEqual(self.read("t"), values)

    def test_offsets_of_times_and_ends(self):
        self.create("t")
        producer = ck.Producer(self.config())
        for time_ms in (1000, 2000, 3000):
            producer.produce("t", b"x", timestamp=time_ms, partition=0)
        producer.flush()
        consumer = ck.Consumer(self.config(group_id="reader"))
        found = consumer.offsets_for_times([ck.TopicPartition("t", 0, 1500)], timeout=served.PATIENCE_S)
        self.assertEqual(found[0].offset, 1)
        self.assertEqual(consumer.get_watermark_offsets(ck.TopicPartition("t", 0), timeout=served.PATIENCE_S), (0, 3))
        consumer.close()

    # Groups -----------------------------------------------------------------------------------------------------

    def shared_out(self, members, sizes):
        def is_so():
            for one in members:
                one.poll()
            return sorted(len(one.partitions()) for one in members) == sizes
        self.until(is_so, f"partitions shared out as {sizes}")
        self.assertEqual(set.union(*(one.partitions() for one in members)), set(range(sum(sizes))))

    def group_shares_out(self, strategy):
        self.create("t", 6)
        options = {"partition.assignment.strategy": strategy}
        first = Member(self, "t", **options)
        self.shared_out([first], [6])
        second = Member(self, "t", **options)
        self.shared_out([first, second], [3, 3])
        for partition in range(6):
            self.produce("t", [b"%d" % partition] * 5, partition)

        def all_read():
            first.poll()
            second.poll()
            return len(first.values) + len(second.values) == 30
        self.until(all_read, "every record is read once")
        second.consumer.close()
        self.shared_out([first], [6])
        first.consumer.close()
        return first

    def test_a_group_shares_out_by_range(self):
        self.group_shares_out("range")

    def test_a_group_shares_out_round_robin(self):
        self.group_shares_out("roundrobin")

    def test_a_group_that_cooperates_gives_away_only_what_moves(self):
        first = self.group_shares_out("cooperative-sticky")
        self.assertEqual(first.revoked, 3 + 6)  # to the second, and at the end

    def test_a_static_member_comes_back_to_what_it_had(self):
        self.create("t", 4)
        members = [Member(self, "t", **{"group.instance.id": name}) for name in ("a", "b")]
        self.shared_out(members, [2, 2])
        had = members[1].partitions()
        revoked = members[0].revoked
        members[1].consumer.close()  # static members do not leave
        members[1] = Member(self, "t", **{"group.instance.id": "b"})
        self.shared_out(members, [2, 2])
        self.assertEqual((members[1].partitions(), members[0].revoked), (had, revoked))
        for one in members:
            one.consumer.close()

    # Transactions -----------------------------------------------------------------------------------------------

    def transactional(self, name, **options):
        producer = ck.Producer(self.config(transactional_id=name, **options))
        producer.init_transactions(served.PATIENCE_S)
        return producer

    def test_readers_of_committed_records_see_all_or_nothing(self):
        self.create("t")
        producer = self.transactional("tx")
        for i in range(4):
            producer.begin_transaction()
            for j in range(3):
                producer.produce("t", b"%d.%d" % (i, j), partition=0)
            if i % 2 == 0:
                producer.commit_transaction(served.PATIENCE_S)
            else:
                producer.flush(served.PATIENCE_S)
                producer.abort_transaction(served.PATIENCE_S)
        self.assertEqual(self.read("t"), [b"0.0", b"0.1", b"0.2", b"2.0", b"2.1", b"2.2"])
        self.assertEqual(len(self.read("t", isolation="read_uncommitted")), 12)

    def test_what_is_open_holds_back_readers_of_committed_records(self):
        self.create("t")
        producer = self.transactional("tx")
        producer.begin_transaction()
        producer.produce("t", b"open", partition=0)
        producer.flush(served.PATIENCE_S)
        self.produce("t", [b"behind"])
        self.assertEqual(self.read("t"), [])
        producer.commit_transaction(served.PATIENCE_S)
        self.until(lambda: self.read("t") == [b"open", b"behind"], "both are read")

    def test_a_zombie_is_fenced(self):
        self.create("t")
        zombie = self.transactional("tx")
        zombie.begin_transaction()
        zombie.produce("t", b"zombie", partition=0)
        zombie.flush(served.PATIENCE_S)
        successor = self.transactional("tx")
        with self.assertRaises(ck.KafkaException) as failed:
            zombie.commit_transaction(served.PATIENCE_S)
        self.assertTrue(failed.exception.args[0].fatal())
        successor.begin_transaction()
        successor.produce("t", b"successor", partition=0)
        successor.commit_transaction(served.PATIENCE_S)
        self.assertEqual(self.read("t"), [b"successor"])

    def test_what_is_read_and_what_is_written_are_one(self):
        self.create("in")
        self.create("out")
        self.produce("in", [b"%d" % i for i in range(10)])
        here = ck.TopicPartition("in", 0)

        def copy(until, ending):
            consumer = ck.Consumer(self.config(group_id="copier", auto_offset_reset="earliest",
                                               enable_auto_commit=False))
            consumer.subscribe(["in"])
            producer = self.transactional("copier")
            producer.begin_transaction()
            last = -1
            while last < until:
                message = consumer.poll(1)
                if message is None or message.error():
                    continue
                producer.produce("out", message.value(), partition=0)
                last = message.offset()
            producer.send_offsets_to_transaction([ck.TopicPartition("in", 0, last + 1)],
                                                 consumer.consumer_group_metadata(), served.PATIENCE_S)
            getattr(producer, ending)(served.PATIENCE_S)
            committed = consumer.committed([here], served.PATIENCE_S)[0].offset
            consumer.close()
            return committed
        self.assertEqual(copy(6, "abort_transaction"), ck.OFFSET_INVALID)
        self.assertEqual(copy(4, "commit_transaction"), 5)
        self.assertEqual(copy(9, "commit_transaction"), 10)
        self.assertEqual(self.read("out"), [b"%d" % i for i in range(10)])

    # Administration ---------------------------------------------------------------------------------------------

    def test_topics_are_created_grown_described_and_deleted(self):
        self.create("t", 2)
        admin = self.admin()
        with self.assertRaisesRegex(ck.KafkaException, "TOPIC_ALREADY_EXISTS"):
            self.create("t")
        admin.create_partitions([NewPartitions("t", 4)])["t"].result(served.PATIENCE_S)
        listed = admin.list_topics(timeout=served.PATIENCE_S)
        self.assertEqual((listed.controller_id, list(listed.brokers)), (0, [0]))
        self.assertEqual(len(listed.topics["t"].partitions), 4)
        admin.delete_topics(["t"])["t"].result(served.PATIENCE_S)
        self.assertNotIn("t", admin.list_topics(timeout=served.PATIENCE_S).topics)

    def test_settings_are_told_and_changed(self):
        self.create("t", retention_ms="1000000")
        admin = self.admin()

        def told(kind, name):
            resource = ConfigResource(kind, name)
            entries = admin.describe_configs([resource])[resource].result(served.PATIENCE_S)
            return {key: entry.value for key, entry in entries.items()}
        self.assertEqual(told("topic", "t")["retention.ms"], "1000000")
        change = ConfigResource("topic", "t", set_config={"cleanup.policy": "compact"})
        admin.alter_configs([change])[change].result(served.PATIENCE_S)
        self.assertEqual(told("topic", "t")["cleanup.policy"], "compact")
        self.assertEqual(told("broker", "0")["auto.create.topics.enable"], "true")

    def test_groups_are_listed(self):
        self.create("t")
        member = Member(self, "t")
        self.shared_out([member], [1])
        admin = self.admin()
        groups = admin.list_groups(timeout=served.PATIENCE_S)
        self.assertEqual([(one.id, one.state, one.protocol, len(one.members)) for one in groups],
                         [("group", "Stable", "range", 1)])
        member.consumer.close()


served.main()
