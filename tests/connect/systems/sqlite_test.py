#!/usr/bin/env python3
"""The sqlite sink and source with `weir connect run`, killed at random moments, while another writer has the file, with
rows that the table refuses, and with a file that is none.

  sqlite_test.py WEIR [--rounds N] [--seed S]
"""
import argparse
import json
import pathlib
import random
import sqlite3
import tempfile
import threading
import time

from weir import Weir, stop, wait_until


def rows(path, sql):
    with sqlite3.connect(path) as database:
        return database.execute(sql).fetchall()


def sink_settings(path, **more):
    return {"connector_class": "sqlite-sink", "database": path, "topics": "payments", "value_converter": "json",
            "insert_mode": "upsert", "pk_mode": "record_value", "pk_fields": "id", "auto_create": "true", **more}


def sink_is_exactly_once_through_kills(binary, where, rng, rounds):
    """generate -> topic -> SQLite with insert alone: a row that came twice would be there twice."""
    count = 60_000
    kills = 0
    for number in range(rounds):
        home = where / f"kill-{number}"
        home.mkdir()
        weir = Weir(binary, home)
        path = home / "out.db"
        source = weir.configured("made", connector_class="generate", topic="payments", count=count, batch_records=3000,
                                 topic_creation_default_partitions=3)
        sink = weir.configured("out", **sink_settings(path, insert_mode="insert", pk_mode="none", offset_flush_interval_ms=5,
                                                      pk_fields=""))
        sink.write_text("\n".join(line for line in sink.read_text().splitlines() if not line.startswith("pk.fields")))
        for _ in range(3):
            kills += weir.run_and_kill(rng.uniform(0.05, 0.9), source, sink)
        weir.run(source, sink)
        found = rows(path, "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM payments")[0]
        assert found == (count, count, 0, count - 1), f"round {number}: {found}"
    print(f"sink: {rounds} rounds, {kills} kills: each record is one row")


def source_is_exactly_once_through_kills(binary, where, rng, rounds):
    home = where / "source"
    home.mkdir()
    weir = Weir(binary, home)
    path = home / "in.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, changed INTEGER, what TEXT)")
    settings = {"connector_class": "sqlite-source", "database": path, "table_whitelist": "orders", "topic": "orders",
                "mode": "timestamp+incrementing", "incrementing_column_name": "id", "timestamp_column_name": "changed",
                "batch_records": 200}
    source = weir.configured("in", **settings)
    written = 0
    for _ in range(rounds):
        with sqlite3.connect(path) as database:
            database.executemany("INSERT INTO orders(changed, what) VALUES (?, ?)",
                                 [(1000 + (written + i) // 7, f"order {written + i}") for i in range(5000)])
        written += 5000
        weir.run_and_kill(rng.uniform(0.02, 0.4), source)
    weir.run(source)
    values = [json.loads(value) for _, value, _ in weir.records("orders")]
    assert [value["id"] for value in values] == list(range(1, written + 1)), "rows lost, doubled or out of order"
    assert json.loads(weir.records("orders")[0][0]) == {"id": 1}, weir.records("orders")[0]
    with sqlite3.connect(path) as database:  # a change makes a row new
        database.execute("UPDATE orders SET what = 'changed', changed = 9000000 WHERE id = 17")
    weir.run(source)
    last = json.loads(weir.records("orders")[-1][1])
    assert last == {"id": 17, "changed": 9000000, "what": "changed"}, last
    print(f"source: {written} rows, each once")


def another_writer_is_waited_for(binary, where):
    home = where / "busy"
    home.mkdir()
    weir = Weir(binary, home)
    path = home / "out.db"
    sqlite3.connect(path).execute("PRAGMA journal_mode = WAL").close()
    source = weir.configured("made", connector_class="generate", topic="payments", count=1000)
    sink = weir.configured("out", **sink_settings(path, busy_timeout_ms=50))
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(2.0, lambda: other.execute("ROLLBACK")).start()
    begun = time.monotonic()
    weir.run(source, sink)
    assert time.monotonic() - begun >= 1.9, "it did not wait"
    assert rows(path, "SELECT count(*) FROM payments") == [(1000,)]
    print("another writer for 2 s: waited for")


def upserts_deletes_and_refused_rows(binary, where):
    home = where / "rows"
    home.mkdir()
    weir = Weir(binary, home)
    path = home / "out.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE people (name TEXT PRIMARY KEY, age INTEGER NOT NULL CHECK (age >= 0))")
    weir.create("people")
    weir.produce("people", [("ann", '{"age":1}'), ("bob", '{"age":2}'), ("ann", '{"age":3}'), ("eve", '{"age":-1}'),
                            ("bob", ""), ("kim", '{"age":7,"x":1}'), ("joe", '{"age":5}')])
    settings = sink_settings(path, topics="people", pk_mode="record_key", pk_fields="name", delete_enabled="true",
                             auto_create="false")
    told = weir.fails(weir.configured("strict", **settings))
    assert "CHECK constraint failed" in told, told
    weir.run(weir.configured("lenient", **settings, errors_tolerance="all",
                             errors_deadletterqueue_topic_name="refused"))
    assert rows(path, "SELECT * FROM people ORDER BY name") == [("ann", 3), ("joe", 5)]
    assert [key for key, _, _ in weir.records("refused")] == ["eve", "kim"]
    weir.run(weir.configured("evolving", **settings, auto_evolve="true", fields_whitelist="age,x",
                             errors_tolerance="all"))
    assert rows(path, "SELECT name, age, x FROM people ORDER BY name") == [("ann", 3, None), ("joe", 5, None), ("kim", 7, 1)]
    print("upserts, deletes, refused rows, a new column: as the topic says")


def messages_are_published_once_and_marked(binary, where, rng, rounds):
    home = where / "publisher"
    home.mkdir()
    weir = Weir(binary, home)
    path = home / "app.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE unsent (id INTEGER PRIMARY KEY, topic TEXT, key TEXT, payload TEXT, more TEXT, "
                         "attempts INTEGER DEFAULT 0, due_ms INTEGER, last_error TEXT, published_ms INTEGER)")
    settings = {"connector_class": "sqlite-publisher", "database": path, "table": "unsent", "headers_column": "more",
                "publish_batch": 50, "attempts_max": 3, "backoff_ms": 1, "backoff_max_ms": 2, "message_max_bytes": 1000,
                "report_topic": "given-up"}
    for name, published in (("removing", ""), ("marking", "published_ms")):
        sent = 0
        kills = 0
        publisher = weir.configured(name, **settings, **({"published_column": published} if published else {}))
        for _ in range(rounds):
            with sqlite3.connect(path) as database:
                database.executemany("INSERT INTO unsent (topic, key, payload, more) VALUES (?, ?, ?, ?)",
                                     [(name, f"k{i}", f"{name} {i}", '{"h": "x"}') for i in range(sent, sent + 700)])
            sent += 700
            kills += weir.run_and_kill(rng.uniform(0.05, 0.5), publisher)
        weir.run(publisher)
        values = [value for _, value, _ in weir.records(name)]
        assert values == [f"{name} {i}" for i in range(sent)], f"{len(values)} of {sent}, or out of order"
        left = rows(path, f"SELECT count(*) FROM unsent WHERE published_ms IS {'NOT ' if published else ''}NULL")[0][0]
        assert left == (sent if published else 0), left
        assert weir.records(name)[0][2]["headers"] == [{"name": "h", "value": "x"}]
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM unsent")
        database.executemany("INSERT INTO unsent (id, topic, payload, more) VALUES (?, ?, ?, ?)",
                             [(1, "no topic!", "a", None), (2, "fine", "b", None), (3, "fine", "c", "[]"), (4, "fine", "d" * 1001, None)])
    process = weir.start(publisher)
    gone = "SELECT count(*) FROM unsent WHERE attempts = 3"
    wait_until(lambda: rows(path, gone) == [(3,)] and rows(path, "SELECT id FROM unsent WHERE published_ms IS NOT NULL") == [(2,)],
               "what fails to be given up")
    assert stop(process) == 0
    errors = rows(path, "SELECT last_error FROM unsent WHERE id <> 2 ORDER BY id")
    assert "no name of a topic" in errors[0][0] and "no JSON object" in errors[1][0] and "1001 bytes" in errors[2][0], errors
    reported = [json.loads(value) for _, value, _ in weir.records("given-up")]
    assert sorted(each["id"] for each in reported) == ["1", "3", "4"] and reported[0]["attempts"] == 3, reported
    print("publisher: each message once, in order, through kills; what fails is tried again, and reported")


def every_setting_of_the_source_is_heard(binary, where):
    home = where / "settings"
    home.mkdir()
    weir = Weir(binary, home)
    path = home / "in.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (v INTEGER, w TEXT)")
        database.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    query = weir.configured("query", connector_class="sqlite-source", database=path, topic="q", mode="incrementing",
                            incrementing_column_name="v", query="SELECT v * 10 AS v, w FROM t", key_fields="w")
    weir.run(query)
    assert [(key, value) for key, value, _ in weir.records("q")] == [('{"w":"a"}', '{"v":10,"w":"a"}'),
                                                                    ('{"w":"b"}', '{"v":20,"w":"b"}')]
    process = weir.start(weir.configured("bulk", connector_class="sqlite-source", database=path, table_whitelist="t",
                                         topic_prefix="all-", bulk_interval_ms=100, poll_interval_ms=10))
    wait_until(lambda: len(weir.values_so_far("all-t")) >= 4, "a second round")
    assert stop(process) == 0
    assert len(weir.records("all-t")) % 2 == 0
    weir.run(weir.configured("kept", **sink_settings(home / "out.db", topics="q", pk_mode="kafka", pk_fields="a,b,c",
                                                     positions_table="mine", fsync="false")))
    assert rows(home / "out.db", "SELECT topic, position FROM mine") == [("q", 2)]
    assert rows(home / "out.db", "SELECT a, b, c, v, w FROM q ORDER BY c") == [("q", 0, 0, 10, "a"), ("q", 0, 1, 20, "b")]
    print("settings: as they say")


def what_is_no_database_is_told(binary, where):
    home = where / "none"
    home.mkdir()
    weir = Weir(binary, home)
    (home / "no.db").write_text("this is no database at all" * 100)
    weir.create("payments")
    told = weir.fails(weir.configured("out", **sink_settings(home / "no.db")))
    assert "file is not a database" in told, told
    told = weir.fails(weir.configured("in", connector_class="sqlite-source", database=home / "missing.db",
                                      table_whitelist="t", topic="t"))
    assert "unable to open database file" in told, told
    print("what is no database: told")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weir", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="weir-sqlite-") as directory:
        where = pathlib.Path(directory)
        upserts_deletes_and_refused_rows(options.weir, where)
        what_is_no_database_is_told(options.weir, where)
        another_writer_is_waited_for(options.weir, where)
        every_setting_of_the_source_is_heard(options.weir, where)
        messages_are_published_once_and_marked(options.weir, where, rng, options.rounds)
        source_is_exactly_once_through_kills(options.weir, where, rng, options.rounds + 2)
        sink_is_exactly_once_through_kills(options.weir, where, rng, options.rounds)


main()
