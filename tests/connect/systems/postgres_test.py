#!/usr/bin/env python3
"""The postgres sink and the source of queries with `weir connect run` against a server of their own: killed at random
moments, the server stopped and crashed in the middle, rows that the table refuses, wrong credentials.

  postgres_test.py WEIR [--rounds N] [--seed S]
"""
import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import threading
import time

from postgres import Postgres
from weir import Weir, ends_with_this, stop, wait_until

COUNT = 40_000


def home(where, name):
    path = where / name
    path.mkdir()
    return path


def sink_settings(server, **more):
    return {"connector_class": "postgres-sink", "connection": server.url, "topics": "payments", "value_converter": "json",
            "auto_create": "true", **more}


def sink_is_exactly_once_through_kills(binary, server, where, rng, rounds):
    """Rows are inserted, so one that came twice would be there twice; beside it an upsert of the same."""
    kills = 0
    for number in range(rounds):
        weir = Weir(binary, home(where, f"kill-{number}"))
        table, keyed = f"payments_{number}", f"cards_{number}"
        source = weir.configured("made", connector_class="generate", topic="payments", count=COUNT, batch_records=2000,
                                 topic_creation_default_partitions=3, key_converter="string")
        sink = weir.configured(f"out{number}", **sink_settings(server, table_name_format=table, tasks_max=2,
                                                               offset_flush_interval_ms=20))
        cards = weir.configured(f"cards{number}", **sink_settings(server, table_name_format=keyed, insert_mode="upsert",
                                                                  pk_mode="record_key", pk_fields="card",
                                                                  fields_whitelist="id,amount"))
        for _ in range(4):
            kills += weir.run_and_kill(rng.uniform(0.1, 1.2), source, sink, cards)
        weir.run(source, sink, cards)
        found = server.run(f"SELECT count(*), count(DISTINCT id), min(id), max(id) FROM {table}")[0]
        assert found == (COUNT, COUNT, 0, COUNT - 1), f"round {number}: {found}"
        differing = server.run(f"SELECT count(*) FROM (SELECT card, max(id) AS id FROM {table} GROUP BY card) AS a "
                               f"FULL JOIN {keyed} AS b USING (card, id) WHERE a.card IS NULL OR b.card IS NULL")
        assert differing == [(0,)], f"round {number}: {differing} cards are not at their last payment"
    print(f"sink: {rounds} rounds, {kills} kills: each record is one row, each key has its last")


def outages_are_waited_for(binary, server, where):
    weir = Weir(binary, home(where, "outage"))
    source = weir.configured("made", connector_class="generate", topic="payments", count=COUNT, rate=10_000)
    sink = weir.configured("through", **sink_settings(server, table_name_format="through", offset_flush_interval_ms=50))
    log = weir.where / "log"
    process = weir.start(source, sink, log=log)
    there = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'through'"
    wait_until(lambda: server.run(there) == [(1,)] and server.run("SELECT count(*) FROM through") > [(1000,)], "rows")
    server.stop()
    time.sleep(1.5)
    server.start()
    before = server.run("SELECT count(*) FROM through")
    wait_until(lambda: server.run("SELECT count(*) FROM through") > before, "rows after the outage")
    server.crash()
    server.start()
    wait_until(lambda: server.run("SELECT count(*) FROM through") == [(COUNT,)], "all rows after the crash")
    assert process.poll() is None, log.read_text()
    assert stop(process) == 0, log.read_text()
    assert server.run("SELECT count(DISTINCT id) FROM through") == [(COUNT,)]
    assert "unavailable" in log.read_text() and "trying again" in log.read_text(), log.read_text()
    print("server stopped for 1.5 s and crashed in the middle: all rows, each once")


def refused_rows_and_credentials_are_told(binary, server, where):
    weir = Weir(binary, home(where, "refused"))
    server.run("CREATE TABLE people (name text PRIMARY KEY, age int NOT NULL CHECK (age >= 0), born date)")
    weir.create("people")
    weir.produce("people", [("ann", '{"age":1,"born":"2001-02-03"}'), ("bob", '{"age":2,"born":null}'),
                            ("ann", '{"age":3,"born":null}'), ("eve", '{"age":-1,"born":null}'), ("bob", ""),
                            ("kim", '{"age":"x","born":null}'), ("a\\b", '{"age":7,"born":"infinity"}')])
    settings = sink_settings(server, topics="people", table_name_format="public.people", insert_mode="upsert",
                             pk_mode="record_key", pk_fields="name", delete_enabled="true", auto_create="false")
    told = weir.fails(weir.configured("strict", **settings))
    assert "invalid_record" in told and "people_age_check" in told and "23514" in told, told
    weir.run(weir.configured("lenient", **settings, errors_tolerance="all", errors_deadletterqueue_topic_name="refused"))
    assert server.run("SELECT name, age, born::text FROM people ORDER BY name") == [("a\\b", 7, "infinity"), ("ann", 3, None)]
    assert [key for key, _, _ in weir.records("refused")] == ["eve", "kim"]

    server.run("CREATE ROLE secured LOGIN PASSWORD 'right'")
    as_secured = {**settings, "connection": f"host={server.home} dbname=postgres user=secured", "password": "wrong"}
    told = weir.fails(weir.configured("locked-out", **as_secured))
    assert "permission_denied" in told and "28P01" in told and "wrong" not in told, told
    told = weir.fails(weir.configured("no-rights", **{**as_secured, "password": "right"}))
    assert "permission_denied" in told and "42501" in told, told
    told = weir.fails(weir.configured("no-database", **{**settings, "connection": f"host={server.home} dbname=nowhere user=weir"}))
    assert "invalid_config" in told and "nowhere" in told, told
    told = weir.fails(weir.configured("no-server", **{**settings, "connection": "host=/nowhere user=weir"},
                                      errors_retry_timeout=300, connection_timeout_ms=1000))
    assert "unavailable" in told and "/nowhere" in told, told
    print("refused rows, credentials, rights, names and servers that are not there: told")


def types_arrive_as_they_are(binary, server, where):
    weir = Weir(binary, home(where, "types"))
    server.run("""CREATE TABLE types (id int PRIMARY KEY, b boolean, s smallint, l bigint, r real, d double precision,
                  n numeric(12,3), m numeric, t text, raw bytea, day date, at timestamp, zoned timestamptz, clock time,
                  j jsonb, u uuid, tags int[])""",
               """INSERT INTO types VALUES (1, true, -2, 9007199254740993, 0.5, 0.1, 12.5, 1e30, E'tab\\tnewline\\n',
                  '\\x00ff', '2024-05-01', '2024-05-01 10:15:30.123456', '2024-05-01 12:15:30.5+02', '23:59:59.999',
                  '{"a": 1}', '00000000-0000-0000-0000-00000000000a', '{1,2}')""",
               "INSERT INTO types (id) VALUES (2)")
    settings = {"connector_class": "postgres-source", "connection": server.url, "table_whitelist": "public.types",
                "mode": "incrementing", "incrementing_column_name": "id"}
    weir.run(weir.configured("types", **settings, topic="types"))
    one, two = [json.loads(value) for _, value, _ in weir.records("types")]
    expected = {"id": 1, "b": True, "s": -2, "l": 9007199254740993, "r": 0.5, "d": 0.1, "n": 12.5, "m": "1" + "0" * 30,
                "t": "tab\tnewline\n", "raw": "AP8=", "day": "2024-05-01", "at": "2024-05-01T10:15:30.123Z",
                "zoned": "2024-05-01T10:15:30.500Z", "clock": "23:59:59.999", "j": '{"a": 1}',
                "u": "00000000-0000-0000-0000-00000000000a", "tags": "{1,2}"}
    assert one == expected, {k: (one[k], expected[k]) for k in one if one[k] != expected[k]}
    assert two == {**dict.fromkeys(expected), "id": 2}, two
    weir.run(weir.configured("elsewhere", **settings, topic="elsewhere", db_timezone="America/New_York"))
    assert json.loads(weir.records("elsewhere")[0][1])["zoned"] == "2024-05-01T10:15:30.500Z"
    weir.run(weir.configured("exact", **settings, topic_prefix="exact-", time_precision_mode="adaptive"))
    exact = json.loads(weir.records("exact-public.types")[0][1])
    assert exact["at"] == 1714558530123456 and exact["zoned"] == "2024-05-01T10:15:30.5Z" and exact["clock"] == 86399999000, exact
    # and back into a table that the sink makes
    weir.run(weir.configured("back", connector_class="postgres-sink", connection=server.url, topics="types",
                             value_converter="json", table_name_format="types_again", auto_create="true"))
    assert server.run("SELECT id, b, l, t, n FROM types_again WHERE id = 1") == [(1, True, 9007199254740993, "tab\tnewline\n",
                                                                                  12.5)]
    print("types: as they are, there and back")


def a_second_worker_fences_the_first(binary, server, where):
    """Both against one log; the first stands still with a transaction open, and then goes on."""
    weir = Weir(binary, home(where, "fenced"))
    served = ends_with_this(subprocess.Popen([str(binary), "server", "--data", str(weir.data), "--listen", "127.0.0.1:0"],
                                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    address = None
    while address is None:
        line = served.stdout.readline()
        assert line, "the server ended"
        found = re.search(r"127\.0\.0\.1:\d+", line)
        address = found and found.group(0)
    at = ["--bootstrap", address]
    source = weir.configured("made", connector_class="generate", topic="payments", count=20_000)
    done = subprocess.run([str(binary), "connect", "run", str(source), "--until-end", *at], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    sink = weir.configured("fenced", **sink_settings(server, table_name_format="fenced", offset_flush_interval_ms=60_000))
    older_log = open(weir.where / "older.log", "wb")
    older = ends_with_this(subprocess.Popen([str(binary), "connect", "run", str(sink), *at], stdout=older_log, stderr=older_log))
    wait_until(lambda: server.run("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND "
                                  "application_name = 'weir'") == [(1,)], "an open transaction")
    older.send_signal(signal.SIGSTOP)
    newer = ends_with_this(subprocess.Popen([str(binary), "connect", "run", str(sink), "--until-end", *at],
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    time.sleep(1)
    older.send_signal(signal.SIGCONT)
    older.send_signal(signal.SIGTERM)  # it flushes what it has, and is refused
    out, _ = newer.communicate(timeout=120)
    assert newer.returncode == 0, out
    older.wait(timeout=60)
    told = (weir.where / "older.log").read_text()
    assert server.run("SELECT count(*), count(DISTINCT id) FROM fenced") == [(20_000, 20_000)], told
    stop(served)
    print("a second worker fences the first: " + ("refused" if "producer_fenced" in told else "gone"))


def messages_are_published_once_and_marked(binary, server, where, rng, rounds):
    weir = Weir(binary, home(where, "publisher"))
    server.run("CREATE TABLE unsent (number bigserial PRIMARY KEY, destination text, who text, what bytea, tries int, "
               "at bigint, why text)")
    publisher = weir.configured("publisher", connector_class="postgres-publisher", connection=server.url, table="public.unsent",
                                id_column="number", topic_column="destination", key_column="who", payload_column="what",
                                attempts_column="tries", due_column="at", error_column="why", publish_batch=40)
    kills = 0
    for number in range(2 * rounds):
        server.run("INSERT INTO unsent (destination, who, what) SELECT 'sent', n::text, convert_to('message ' || n, 'UTF8') "
                   f"FROM generate_series({number * 300}, {number * 300 + 299}) n")
        kills += weir.run_and_kill(rng.uniform(0.05, 0.4), publisher)
    server.run("INSERT INTO unsent (destination, what) VALUES ('', 'x')")
    weir.run(publisher)
    assert [value for _, value, _ in weir.records("sent")] == [f"message {n}" for n in range(600 * rounds)]
    assert server.run("SELECT tries, why FROM unsent") == [(1, "'' is no name of a topic")]
    print(f"publisher: {600 * rounds} messages, {kills} kills: each once, in order")


def source_misses_no_late_commit(binary, server, where, rng, rounds):
    """Several writers whose transactions overlap; rows are changed, too. The delay is longer than a transaction."""
    weir = Weir(binary, home(where, "source"))
    server.run("CREATE TABLE orders (id bigserial PRIMARY KEY, changed timestamptz NOT NULL DEFAULT clock_timestamp(), version int)")
    source = weir.configured("in", connector_class="postgres-source", connection=server.url, table_whitelist="orders",
                             topic="orders", mode="timestamp+incrementing", incrementing_column_name="id",
                             timestamp_column_name="changed", timestamp_delay_interval_ms=700, batch_records=100,
                             poll_interval_ms=20)
    ends = time.monotonic() + 2 + rounds

    def write(seed):
        dice = random.Random(seed)
        connection = server.connect()
        connection.autocommit = False
        with connection.cursor() as cursor:
            while time.monotonic() < ends:
                cursor.execute("INSERT INTO orders(version) SELECT 0 FROM generate_series(1, %s)", (dice.randrange(1, 20),))
                time.sleep(dice.uniform(0, 0.05))
                connection.commit()
        connection.close()

    writers = [threading.Thread(target=write, args=(rng.random(),)) for _ in range(3)]
    for writer in writers:
        writer.start()
    kills = 0
    while time.monotonic() < ends:
        process = weir.start(source)
        time.sleep(rng.uniform(0.2, 1.0))
        process.kill()
        process.wait()
        kills += 1
    for writer in writers:
        writer.join()
    weir.run(source)
    ids = sorted(json.loads(value)["id"] for _, value, _ in weir.records("orders"))
    expected = [row[0] for row in server.run("SELECT id FROM orders ORDER BY id")]
    assert ids == expected, f"{len(ids)} records of {len(expected)} rows"
    print(f"source: {len(ids)} rows of 3 writers, {kills} kills: each once")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weir", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    server = Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="weir-postgres-") as directory:
            where = pathlib.Path(directory)
            refused_rows_and_credentials_are_told(options.weir, server, where)
            types_arrive_as_they_are(options.weir, server, where)
            a_second_worker_fences_the_first(options.weir, server, where)
            messages_are_published_once_and_marked(options.weir, server, where, rng, options.rounds)
            source_misses_no_late_commit(options.weir, server, where, rng, options.rounds)
            outages_are_waited_for(options.weir, server, where)
            sink_is_exactly_once_through_kills(options.weir, server, where, rng, options.rounds)
    finally:
        server.close()


main()
