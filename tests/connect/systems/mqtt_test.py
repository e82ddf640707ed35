#!/usr/bin/env python3
"""The mqtt source and sink with `weir connect run` against Mosquitto: killed at random moments, the broker away in the middle,
wrong credentials, TLS.

  mqtt_test.py WEIR [--rounds N] [--seed S]
"""
import argparse
import pathlib
import random
import tempfile
import time

from mosquitto import Mosquitto
from weir import Weir, stop, wait_until


def home(where, name):
    path = where / name
    path.mkdir()
    return path


def at(broker, **more):
    return {"broker_host": "127.0.0.1", "broker_port": broker.port, **more}



def nothing_is_lost_through_kills_and_an_outage(binary, broker, where, rng, rounds):
    weir = Weir(binary, home(where, "source"))
    source = weir.configured("in", connector_class="mqtt-source", **at(broker, mqtt_topics="in/#"), topic="in", client_id="reader")
    weir.run(source)  # from here on the broker keeps what comes
    total = kills = 0
    for number in range(rounds):
        broker.publish("in/a", [f"message {i}" for i in range(total, total + 500)])
        total += 500
        process = weir.start(source, log=weir.where / "log")
        time.sleep(rng.uniform(0.05, 0.6))
        if number == rounds - 1:  # the worker lives on while the broker is away
            broker.stop()
            time.sleep(1)
            broker.start()
            broker.publish("in/a", [f"message {i}" for i in range(total, total + 500)])
            total += 500
            wait_until(lambda: f"message {total - 1}" in weir.values_so_far("in"), "what came after the outage")
            assert stop(process) == 0, (weir.where / "log").read_text()
            break
        process.kill()
        process.wait()
        kills += 1
    expected = [f"message {i}" for i in range(total)]
    process = weir.start(source)
    wait_until(lambda: set(expected) <= set(weir.values_so_far("in")), "all messages", 30)
    stop(process)  # perhaps before it heard signals: all may have been there
    records = weir.records("in")
    values = [value for _, value, _ in records]
    assert set(values) == set(expected)
    assert {key for key, _, _ in records} == {"in/a"}
    print(f"source: {total} messages, {kills} kills, the broker away once: none lost, {len(values) - total} twice")


def unacknowledged_messages_come_again(binary, broker, where):
    """A worker that is stopped by an error behind its poll has acknowledged nothing of it."""
    weir = Weir(binary, home(where, "again"))
    settings = {"connector_class": "mqtt-source", **at(broker, mqtt_topics="again"), "topic": "again", "client_id": "again"}
    source = weir.configured("again", **settings)
    weir.run(source)
    broker.publish("again", ["one", "two"])
    told = weir.fails(weir.configured("again", **settings, value_converter="int64"))
    assert "failed" in told, told
    assert weir.records("again") == []
    weir.run(weir.configured("again", **settings))
    assert [value for _, value, _ in weir.records("again")] == ["one", "two"]
    weir.run(source)
    assert len(weir.records("again")) == 2
    print("what is not committed is not acknowledged, and comes again")


def records_are_published_through_kills(binary, broker, where, rng, rounds):
    weir = Weir(binary, home(where, "sink"))
    broker.subscribe("out/#", "listener")
    count = 3000
    source = weir.configured("made", connector_class="generate", topic="made", count=count, kind="sensors", batch_records=100)
    sink = weir.configured("out", connector_class="mqtt-sink", **at(broker), topics="made", mqtt_topic="out/${topic}/${key}",
                           offset_flush_interval_ms=5)
    kills = 0
    for _ in range(rounds):
        kills += weir.run_and_kill(rng.uniform(0.05, 0.4), source, sink)
    weir.run(source, sink)
    lines = broker.received("out/#", "listener", 6)
    ids = {line.split('"id":')[1].split(",")[0] for line in lines}
    assert len(ids) == count, f"{len(ids)} of {count}"
    topic, payload = lines[0].split(" ", 1)
    assert topic.startswith("out/made/sensor-") and f'"sensor":"{topic.split("/")[2]}"' in payload, lines[0]
    print(f"sink: {count} records, {kills} kills: none lost, {len(lines) - count} twice")


def settings_credentials_and_tls(binary, broker, where):
    weir = Weir(binary, home(where, "settings"))
    weir.create("t")
    weir.produce("t", [("k", "v"), ("a+b", "not a topic")])
    broker.subscribe("kept/#", "keeper")
    sink = {"connector_class": "mqtt-sink", "topics": "t", "mqtt_topic": "kept/${key}"}
    told = weir.fails(weir.configured("strict", **sink, **at(broker)))
    assert "invalid_record" in told and "kept/a+b" in told, told
    weir.run(weir.configured("lenient", **sink, **at(broker, retain="true", qos="0"), errors_tolerance="all"))
    broker.publish("deep/er", ["retained"], "-r")
    source = {"connector_class": "mqtt-source", "mqtt_topics": "kept/#,deep/#", "topic_prefix": "m-", "payload": "string"}
    weir.run(weir.configured("retained", **source, **at(broker)))
    found = weir.records("m-kept.k") + weir.records("m-deep.er")
    assert [(key, value) for key, value, _ in found] == [("kept/k", "v"), ("deep/er", "retained")], found
    assert found[0][2]["headers"] == [{"name": "mqtt.retained", "value": "true"}]
    secured = {**at(broker), "broker_port": broker.secured_port, "user": "ann"}
    told = weir.fails(weir.configured("locked", **{**source, **secured}, password="wrong"))
    assert "permission_denied" in told and "wrong" not in told.replace("wrong.properties", ""), told
    weir.run(weir.configured("let-in", **{**source, **secured, "mqtt_topics": "open/x"}, password="right"))
    weir.run(weir.configured("tls", **{**source, "broker_host": "localhost", "broker_port": broker.tls_port},
                             tls_ca_file=broker.certificate))
    told = weir.fails(weir.configured("nobody", **{**source, **at(broker), "broker_port": 1}, errors_retry_timeout=200,
                                      timeout_ms=500))
    assert "unavailable" in told, told
    told = weir.fails(weir.configured("nowhere", **{**source, **at(broker), "topic_prefix": ""}))
    assert "topic" in told, told
    print("settings, credentials, TLS, no broker: as they say")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weir", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    rng = random.Random(options.seed)
    broker = Mosquitto()
    try:
        with tempfile.TemporaryDirectory(prefix="weir-mqtt-test-") as directory:
            where = pathlib.Path(directory)
            settings_credentials_and_tls(options.weir, broker, where)
            unacknowledged_messages_come_again(options.weir, broker, where)
            records_are_published_through_kills(options.weir, broker, where, rng, options.rounds)
            nothing_is_lost_through_kills_and_an_outage(options.weir, broker, where, rng, options.rounds)
    finally:
        broker.close()


main()
