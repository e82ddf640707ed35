#!/usr/bin/env python3
"""The postgres-changes source with `weir connect run`: transactions at random (inserts, updates, updates of keys, deletes,
truncates, large values, new columns) while the worker is killed and the server crashes; the table that is built from the
topic is the table, row for row, and each transaction comes once. And the outbox.

  changes_test.py WEIR [--rounds N] [--seed S]
"""
import argparse
import base64
import decimal
import json
import pathlib
import random
import tempfile
import time

import psycopg2

from postgres import Postgres
from weir import Weir, stop, wait_until


def parsed(text):
    return None if text is None else json.loads(text, parse_float=decimal.Decimal)


def key_text(key):
    return json.dumps(key, sort_keys=True)


class Built:
    """A table, built from its topic."""

    def __init__(self):
        self.rows = {}
        self.moved = {}  # rows whose key changes, by their new key
        self.reads = []
        self.events = 0

    def take(self, key, value, headers):
        key, value = parsed(key), parsed(value)
        if value is None:
            assert key_text(key) not in self.rows, f"a tombstone of a row that is there: {key}"
            return
        self.events += 1
        op = value["op"]
        if op == "t":
            self.rows.clear()
            return
        if op == "r":
            self.reads.append(key_text(key))
        if op == "d":
            gone = self.rows.pop(key_text(key), {})
            if "__debezium.newkey" in headers:
                self.moved[key_text(parsed(headers["__debezium.newkey"]))] = gone
            return
        row = value["after"]
        before = self.rows.get(key_text(key), {})
        if "__debezium.oldkey" in headers:
            before = self.moved.pop(key_text(key))
        for column in headers.get("weir.unavailable", "").split(","):
            if column:
                assert column in before, f"{column} of {key} was never told"
                row[column] = before[column]
        self.rows[key_text(key)] = row


def headers_of(record):
    headers = record.get("headers") or {}
    if isinstance(headers, list):
        headers = {each["name"]: each["value"] for each in headers}
    return headers


def built_from(weir, topic):
    built = Built()
    for key, value, record in weir.records(topic):
        built.take(key, value, headers_of(record))
    return built


def rows_of(server, table, columns):
    """As the envelope has them."""
    rows = {}
    texts = ", ".join("(extract(epoch FROM at) * 1000000)::bigint::text" if name == "at" else
                      "encode(raw, 'hex')" if name == "raw" else f'"{name}"::text' for name in columns)
    for values in server.run(f"SELECT {texts} FROM {table}"):
        row = dict(zip(columns, values))
        rows[key_text({"id": int(row["id"]), "kind": row["kind"]})] = row
    return rows


def same_row(found, expected):
    for name, text in expected.items():
        value = found.get(name)
        if value is None or text is None:
            if value is not None or text is not None:
                return False
        elif name == "raw":
            if base64.b64decode(value) != bytes.fromhex(text):
                return False
        elif name in ("text", "kind", "doc"):
            if value != text:
                return False
        elif decimal.Decimal(value) != decimal.Decimal(text):
            return False
    return True


def expect_same(built, server, table):
    columns = [row[0] for row in server.run(f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'")]
    expected = rows_of(server, table, columns)
    missing = expected.keys() - built.rows.keys()
    extra = built.rows.keys() - expected.keys()
    assert not missing and not extra, f"{table}: missing {sorted(missing)[:5]}, too many {sorted(extra)[:5]}"
    for key, row in expected.items():
        assert same_row(built.rows[key], row), f"{table}, {key}:\n{str(built.rows[key])[:600]}\n{str(row)[:600]}"
    return len(expected)


class Workload:
    def __init__(self, server, table, rng):
        self.server, self.table, self.rng = server, table, rng
        self.transactions = 0
        self.columns = 0
        server.run(f"""CREATE TABLE {table} (id int, kind text, amount numeric(12,2), at timestamp, text text, raw bytea,
                       doc jsonb, PRIMARY KEY (id, kind))""",
                   f"ALTER TABLE {table} ALTER text SET STORAGE EXTERNAL",
                   f"CREATE TABLE {table}_audit (n bigint PRIMARY KEY)")

    def large(self):
        return "".join(self.rng.choice("abcdefghij") for _ in range(self.rng.randrange(3000, 9000)))

    def statement(self):
        rng, table = self.rng, self.table
        what = rng.randrange(100)
        where = f"WHERE id = {rng.randrange(60)}"
        if what < 40:
            text = self.large() if rng.randrange(3) == 0 else f"it''s {rng.random()}\\t\n"
            return (f"INSERT INTO {table} (id, kind, amount, at, text, raw, doc) VALUES ({rng.randrange(60)}, "
                    f"'{rng.choice('abc')}', {rng.randrange(10**6) / 100}, '2024-05-01 10:15:30.{rng.randrange(10**6):06}', "
                    f"'{text}', '\\x{rng.randbytes(rng.randrange(5)).hex()}', '{{\"a\": {rng.randrange(9)}}}') "
                    f"ON CONFLICT DO NOTHING")
        if what < 60:
            return f"UPDATE {table} SET amount = amount + 1, at = NULL {where}"
        if what < 68:
            return f"UPDATE {table} SET text = '{self.large()}' {where}"
        if what < 80:
            return f"UPDATE {table} SET id = id + 1000 {where} AND NOT EXISTS (SELECT FROM {table} t WHERE t.id >= 1000)"
        if what < 84:
            return f"UPDATE {table} SET id = id - 1000 WHERE id >= 1000 AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = {table}.id - 1000)"
        if what < 96:
            return f"DELETE FROM {table} {where}"
        if what < 97:
            return f"TRUNCATE {table}"
        if what < 98 and self.columns < 5:
            self.columns += 1
            return f"ALTER TABLE {table} ADD COLUMN more{self.columns} int"
        if self.columns:
            return f"UPDATE {table} SET more{rng.randrange(self.columns) + 1} = {rng.randrange(99)} WHERE id % 3 = 0"
        return f"UPDATE {table} SET doc = NULL {where}"

    def transaction(self, cursor):
        columns = self.columns
        try:
            cursor.execute("BEGIN")
            for _ in range(self.rng.randrange(1, 12)):
                cursor.execute(self.statement())
            cursor.execute(f"INSERT INTO {self.table}_audit VALUES ({self.transactions})")
            if self.rng.randrange(10) == 0:
                cursor.execute("ROLLBACK")
                self.columns = columns
                return
            cursor.execute("COMMIT")
            self.transactions += 1
        except psycopg2.OperationalError:
            self.columns = columns
            raise

    def run(self, seconds):
        connection = self.server.connect()
        with connection.cursor() as cursor:
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                self.transaction(cursor)
        connection.close()


def changes_of(server, *tables, **more):
    return {"connector_class": "postgres-changes", "connection": server.url, "table_include_list": ",".join(tables),
            "topic_prefix": "db", **more}


def home(where, name):
    path = where / name
    path.mkdir()
    return path


def table_and_topic_are_the_same_through_kills_and_crashes(binary, server, where, rng, rounds):
    weir = Weir(binary, home(where, "kills"))
    work = Workload(server, "work", rng)
    work.run(0.5)
    source = weir.configured("cdc", **changes_of(server, "work", "work_audit", batch_records=50, poll_interval_ms=10))
    weir.run(source)  # the rows that were there
    kills = crashes = 0
    for number in range(rounds):
        process = weir.start(source, log=weir.where / "log")
        work.run(rng.uniform(0.3, 1.2))
        if rng.randrange(3) == 0:
            server.crash()
            server.start()
            crashes += 1
            work.run(rng.uniform(0.1, 0.4))
        process.kill()
        process.wait()
        kills += 1
    weir.run(source)
    built = built_from(weir, "db.public.work")
    count = expect_same(built, server, "work")
    audits = [parsed(value)["after"]["n"] for _, value, _ in weir.records("db.public.work_audit")]
    assert audits == list(range(work.transactions)), f"{len(audits)} of {work.transactions} transactions"
    slot = server.run("SELECT slot_name, active, confirmed_flush_lsn <= pg_current_wal_lsn() FROM pg_replication_slots")
    assert slot == [("weir_cdc", False, True)], slot
    print(f"{work.transactions} transactions, {built.events} changes, {kills} kills, {crashes} crashes of the server, "
          f"{work.columns} new columns: {count} rows, the same; each transaction once, in order")


def an_interrupted_snapshot_goes_on(binary, server, where, rng):
    weir = Weir(binary, home(where, "snapshot"))
    work = Workload(server, "large", rng)
    server.run("INSERT INTO large (id, kind, amount, text) SELECT n, 'x', n, repeat('y', 300) FROM generate_series(100, 40099) n")
    source = weir.configured("snap", **changes_of(server, "large", batch_records=500))
    kills = 0
    for _ in range(5):
        kills += weir.run_and_kill(rng.uniform(0.1, 0.5), source)
        work.run(0.2)
    weir.run(source)
    built = built_from(weir, "db.public.large")
    expect_same(built, server, "large")
    assert len(built.reads) == len(set(built.reads)), "rows were read twice"
    print(f"snapshot of {len(built.reads)} rows, {kills} kills: each read once, and the table is the same")


def full_identity_knows_what_was_there(binary, server, where, rng):
    weir = Weir(binary, home(where, "full"))
    work = Workload(server, "whole", rng)
    server.run("ALTER TABLE whole REPLICA IDENTITY FULL")
    source = weir.configured("full", **changes_of(server, "whole", tombstones_on_delete="false"))
    weir.run(source)
    work.run(0.7)
    weir.run(source)
    records = weir.records("db.public.whole")
    assert all(value is not None for _, value, _ in records)
    for _, value, record in records:
        event = parsed(value)
        assert "weir.unavailable" not in headers_of(record)
        assert event["op"] in "ct" or event["before"]["id"] is not None
    expect_same(built_from(weir, "db.public.whole"), server, "whole")
    print("REPLICA IDENTITY FULL: the row before is told, and nothing is unavailable")


def envelope_is_debeziums(binary, server, where):
    weir = Weir(binary, home(where, "envelope"))
    server.run("CREATE TABLE shape (id int PRIMARY KEY, zoned timestamptz, at timestamp, day date, n numeric, u uuid)",
               "INSERT INTO shape VALUES (1, '2024-05-01 12:00:00+02', '2024-05-01 10:00:00.000001', '2024-05-02', 1.50, NULL)")
    source = weir.configured("shape", connector_class="postgres-changes", connection=server.url, table_include_list="shape",
                             topic="all", truncate_events="false", unavailable_value_placeholder="?")
    weir.run(source)
    server.run("UPDATE shape SET id = 2", "DELETE FROM shape", "TRUNCATE shape")
    weir.run(source)
    records = weir.records("all")
    assert [parsed(key) for key, _, _ in records] == [{"id": 1}, {"id": 1}, {"id": 1}, {"id": 2}, {"id": 2}, {"id": 2}]
    events = [parsed(value) for _, value, _ in records]
    assert [event and event["op"] for event in events] == ["r", "d", None, "c", "d", None]
    assert events[0]["after"] == {"id": 1, "zoned": "2024-05-01T10:00:00Z", "at": 1714557600000001, "day": "2024-05-02",
                                  "n": "1.50", "u": None}, events[0]
    assert events[0]["before"] is None and events[0]["source"]["snapshot"] == "true"
    source_of = events[3]["source"]
    assert (source_of["db"], source_of["schema"], source_of["table"]) == ("postgres", "public", "shape")
    assert source_of["lsn"] == events[1]["source"]["lsn"] < events[4]["source"]["lsn"] and source_of["txId"] > 0
    assert parsed(headers_of(records[1][2])["__debezium.newkey"]) == {"id": 2}
    every = weir.configured("every", connector_class="postgres-changes", connection=server.url, topic="every",
                            publication_autocreate_mode="all_tables", time_precision_mode="connect")
    server.run("INSERT INTO shape (id, at) VALUES (5, '2024-05-01 10:00:00.000001')")
    weir.run(every)
    assert parsed(weir.records("every")[0][1])["after"]["at"] == "2024-05-01T10:00:00.000Z", weir.records("every")
    server.run("SELECT pg_drop_replication_slot('weir_every')", "DROP PUBLICATION weir_every", "TRUNCATE shape")
    print("the envelope: as Debezium has it")


def slots_are_kept_dropped_and_missed(binary, server, where):
    weir = Weir(binary, home(where, "slots"))
    server.run("CREATE TABLE kept (id int PRIMARY KEY)", "INSERT INTO kept VALUES (1), (2)")
    settings = changes_of(server, "kept", slot_name="my_slot", publication_name="my_publication")
    strict = weir.configured("kept", **settings)
    weir.run(strict)
    assert server.run("SELECT slot_name FROM pg_replication_slots WHERE slot_name = 'my_slot'") == [("my_slot",)]
    assert server.run("SELECT tablename FROM pg_publication_tables WHERE pubname = 'my_publication'") == [("kept",)]
    server.run("SELECT pg_drop_replication_slot('my_slot')", "DELETE FROM kept WHERE id = 1")
    told = weir.fails(strict)
    assert "my_slot is gone" in told and "snapshot.mode = when_needed" in told, told
    weir.run(weir.configured("kept", **settings, snapshot_mode="when_needed"))
    built = built_from(weir, "db.public.kept")
    assert list(built.rows) == [key_text({"id": 2})], built.rows
    dropping = weir.configured("kept", **settings, slot_drop_on_stop="true")
    weir.run(dropping)
    assert server.run("SELECT slot_name FROM pg_replication_slots WHERE slot_name = 'my_slot'") == []
    server.run("INSERT INTO kept VALUES (3)")
    weir.run(dropping)
    assert sorted(built_from(weir, "db.public.kept").rows) == [key_text({"id": 2}), key_text({"id": 3})]
    never = weir.configured("never", **changes_of(server, "kept", snapshot_mode="never", topic_prefix="never"))
    weir.run(never)
    server.run("INSERT INTO kept VALUES (4)")
    weir.run(never)
    assert [parsed(key) for key, _, _ in weir.records("never.public.kept")] == [{"id": 4}]
    for what, settings in {"no table": {"table_include_list": "nothere"}, "no publication": {
            "publication_autocreate_mode": "disabled"}}.items():
        told = weir.fails(weir.configured(what.replace(" ", "-"), **{**changes_of(server, "kept"), **settings}))
        assert f"there is {what}" in told, told
    server.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
    print("slots and publications: made, kept, dropped and missed as told")


def an_idle_table_holds_no_log(binary, server, where):
    weir = Weir(binary, home(where, "idle"))
    server.run("CREATE TABLE idle (id int PRIMARY KEY)", "CREATE TABLE busy (t text)")
    source = weir.configured("idle", **changes_of(server, "idle", heartbeat_interval_ms=100, heartbeat_topic="beats",
                                                  poll_interval_ms=20))
    process = weir.start(source)
    wait_until(lambda: server.run("SELECT active FROM pg_replication_slots WHERE slot_name = 'weir_idle'") == [(True,)], "a slot")
    server.run("INSERT INTO busy SELECT repeat('x', 1000) FROM generate_series(1, 2000)")
    at = server.run("SELECT pg_current_wal_lsn()")[0][0]
    wait_until(lambda: server.run(f"SELECT confirmed_flush_lsn >= '{at}' FROM pg_replication_slots WHERE slot_name = 'weir_idle'")
               == [(True,)], "the slot to let go")
    assert stop(process) == 0
    assert len(weir.records("beats")) >= 1
    server.run("SELECT pg_drop_replication_slot('weir_idle')")
    print("a table where nothing happens holds up no log")


def an_older_worker_is_ended(binary, server, where):
    server.run("CREATE TABLE taken (id int PRIMARY KEY)")
    older = Weir(binary, home(where, "older"))
    newer = Weir(binary, home(where, "newer"))
    settings = changes_of(server, "taken", errors_retry_timeout=200)
    process = older.start(older.configured("taken", **settings), log=older.where / "log")
    wait_until(lambda: server.run("SELECT active FROM pg_replication_slots WHERE slot_name = 'weir_taken'") == [(True,)], "a slot")
    process.send_signal(19)  # SIGSTOP: it does not know
    newer.run(newer.configured("taken", **changes_of(server, "taken")))
    process.kill()
    process.wait()
    server.run("SELECT pg_drop_replication_slot('weir_taken')")
    print("a worker that stands still gives up the slot to the next")


def outbox_is_routed(binary, server, where, rng):
    weir = Weir(binary, home(where, "outbox"))
    server.run("""CREATE TABLE outbox (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aggregatetype text, aggregateid text,
                  type text, payload jsonb, happened timestamptz)""")
    source = weir.configured("outbox", connector_class="postgres-outbox", connection=server.url, outbox_table="outbox",
                             table_fields_header="type",
                             table_field_event_timestamp="happened", batch_records=7)
    server.run("INSERT INTO outbox (aggregatetype, aggregateid, type, payload, happened) VALUES ('order', '0', 'new', "
               "'{\"n\": 0}', '2024-05-01 10:00:00+00')")
    weir.run(source)
    for n in range(1, 40):
        server.run(f"BEGIN; INSERT INTO outbox (aggregatetype, aggregateid, type, payload) VALUES ('{'order' if n % 2 == 0 else 'user'}', "
                   f"'{n}', 'new', '{{\"n\": {n}}}'); DELETE FROM outbox WHERE aggregateid = '{n}'; COMMIT")
        if n % 8 == 0:
            weir.run_and_kill(rng.uniform(0.02, 0.3), source)
    weir.run(source)
    orders = weir.records("outbox.event.order")
    users = weir.records("outbox.event.user")
    assert sorted(int(key) for key, _, _ in orders + users) == list(range(40))
    assert all(json.loads(value) == {"n": int(key)} for key, value, _ in orders + users)
    first = orders[0][2]
    assert headers_of(first)["type"] == "new" and len(headers_of(first)["id"]) == 36, first
    messages = weir.configured("messages", connector_class="postgres-outbox", connection=server.url, message_prefix="shop",
                               route_by_field="to", route_topic_replacement="said.${routedByValue}",
                               table_field_event_id="", table_field_event_key="who", table_field_event_payload="what",
                               errors_tolerance="all", errors_deadletterqueue_topic_name="unsaid")
    weir.run(messages)
    server.run("SELECT pg_logical_emit_message(true, 'shop', '{\"to\": \"all\", \"who\": \"ann\", \"what\": {\"a\": 1}}')",
               "SELECT pg_logical_emit_message(true, 'other', 'not ours')",
               "SELECT pg_logical_emit_message(true, 'shop', 'no json')",
               "SELECT pg_logical_emit_message(true, 'shop', '{\"to\": \"all\", \"what\": \"text\"}')")
    weir.run(messages)
    assert [(key, value) for key, value, _ in weir.records("said.all")] == [("ann", '{"a":1}'), (None, "text")] or \
        [(key, value) for key, value, _ in weir.records("said.all")] == [("ann", '{"a": 1}'), (None, "text")], weir.records("said.all")
    assert len(weir.records("unsaid")) == 1
    server.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
    print("the outbox: routed, each message once")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weir", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    rng = random.Random(options.seed)
    server = Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="weir-changes-") as directory:
            where = pathlib.Path(directory)
            envelope_is_debeziums(options.weir, server, where)
            slots_are_kept_dropped_and_missed(options.weir, server, where)
            an_idle_table_holds_no_log(options.weir, server, where)
            an_older_worker_is_ended(options.weir, server, where)
            outbox_is_routed(options.weir, server, where, rng)
            full_identity_knows_what_was_there(options.weir, server, where, rng)
            server.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
            an_interrupted_snapshot_goes_on(options.weir, server, where, rng)
            server.run("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
            table_and_topic_are_the_same_through_kills_and_crashes(options.weir, server, where, rng, options.rounds)
    finally:
        server.close()


main()
