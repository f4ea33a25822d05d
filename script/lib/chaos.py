#!/usr/bin/python3
"""Kills log servers and nodes under load and compares what is left: see script/chaos."""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import zlib

import log_dump
from real_cluster import Cluster, Producer, why_not
from waiting import eventually
from worker_process import read_ring

HERE = pathlib.Path(__file__).resolve().parent
EVENT = re.compile(rb'"data": *\{"producer": *"(\w+)", *"n": *(\d+)\}')


class Crowd:
    """The clients, in a process of their own: script/lib/chaos_clients.py."""

    def __init__(self, cluster, n_clients, seed):
        self.process = subprocess.Popen(
            [sys.executable, "-B", HERE / "chaos_clients.py", "--port", str(cluster.port), "--nodes", str(cluster.n_nodes), "--token",
             cluster.token, "--clients", str(n_clients), "--seed", str(seed)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, what):
        """What each client has: where it began and ended, the checksum of what came, and what was wrong."""
        self.process.stdin.write(what + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Log:
    """What the log has, read from a log server: the truth."""

    def __init__(self, cluster):
        config = (cluster.dir / "server-0" / "nats.conf").read_text()
        port = int(re.search(r"^listen: 127\.0\.0\.1:(\d+)$", config, re.M)[1])
        self.events, self.n_void, self.n_messages = [], 0, 0
        last_n, total = {}, None
        for number, headers, body in log_dump.dump_log(port):
            base, count, first_n = (int(headers[f"Ringside-{name}"]) for name in ("Base", "Count", "N"))
            total = base if total is None else total
            assert base == total, f"message {number} of the log has {base} events before it, not {total}"
            if count:
                outbox = (headers["Ringside-Node"], headers["Ringside-Outbox"])
                assert first_n == last_n.get(outbox, first_n - 1) + 1, f"message {number}: event {first_n} of {outbox} after {last_n[outbox]}"
                last_n[outbox] = first_n + count - 1
                self.events += body.splitlines()
                self.n_messages += 1
            total += count
        self.first = 1 if total is None else total - len(self.events) + 1
        self.last = self.first + len(self.events) - 1

    def text(self, epoch, seq):
        """The event as rings and clients have it."""
        return self.events[seq - self.first][:-1] + b',"id":"%s:%d"}' % (epoch, seq)

    def check_acknowledged(self, producers):
        """All that was acknowledged is there, and each producer's events came in their order, repetitions aside."""
        seen = dict.fromkeys((p.producer.encode() for p in producers), 0)
        n_again = 0
        for text in self.events:
            if (found := EVENT.search(text)) is None:
                continue
            name, n = found[1], int(found[2])
            assert n <= seen[name] + 1, f"{name.decode()}: {n} comes after {seen[name]}"
            n_again += n <= seen[name]
            seen[name] = max(n, seen[name])
        for producer in producers:
            missing = producer.acked - seen[producer.producer.encode()]
            assert missing <= 0, f"{producer.producer}: {missing} acknowledged events are missing"
        return n_again


def check_rings(cluster, log):
    epochs = set()
    for i in range(cluster.n_nodes):
        records = read_ring(cluster.dir / f"node-{i}" / "ring")
        assert records[-1][0] == log.last, f"the ring of node-{i} ends at {records[-1][0]}, the log at {log.last}"
        epoch = re.search(rb',"id":"(\w+):\d+"\}$', records[-1][2].encode())[1]
        epochs.add(epoch)
        for seq, _, text in records:
            if seq >= log.first:
                assert text.encode() == log.text(epoch, seq), f"node-{i}: event {seq} is {text}, and in the log {log.text(epoch, seq)}"
    assert len(epochs) == 1, f"the rings have the epochs {epochs}"
    return epochs.pop()


def check_clients(clients, log, epoch):
    """Each client has got the log's events from its first one to the end, each once, byte by byte."""
    known = {}
    for client in clients:
        name = f"client {client['number']}"
        assert not client["problems"], f"{name}: {client['problems']}"
        assert client["last"] == log.last and client["epoch"].encode() == epoch, f"{name} ended at {client['epoch']}:{client['last']}"
        first = client["first"]
        if first not in known:
            known[first] = zlib.crc32(b",".join(log.text(epoch, seq) for seq in range(first, log.last + 1)))
        assert client["crc"] == known[first], f"{name}: what it got from {first} on is not what the log has"


def kill_something(cluster, dice):
    """A log server, a node's worker or web server, or a whole node."""
    node = f"node-{dice.randrange(cluster.n_nodes)}"
    places = dice.choice(([f"server-{dice.randrange(cluster.n_servers)}/pid"], [f"{node}/ringsided.pid"], [f"{node}/lwsws.pid"],
                          [f"{node}/ringsided.pid", f"{node}/lwsws.pid"]))
    n_killed = 0
    for place in places:
        try:
            cluster.kill(place)
            n_killed += 1
        except (OSError, ValueError):  # it is being started again
            pass
    return places if n_killed else []


def wait_for_clients(crowd, last):
    """Until all have the last event. They may be slow on a busy machine, but each goes on."""
    before, moved = {}, time.monotonic()
    while True:
        behind = {client["number"]: client["last"] for client in crowd.ask(b"look") if client["last"] < last}
        if not behind:
            return
        if behind != before:
            before, moved = behind, time.monotonic()
        assert time.monotonic() < moved + 60, f"clients do not go on to {last}: {sorted(behind.items(), key=lambda item: item[1])[:5]}"
        time.sleep(0.5)


def ring_bytes(n_events):
    """A power of two that holds so many events, with room."""
    return max(1 << 26, 1 << (int(n_events) * 256).bit_length())


def run(minutes, seed, rate, n_clients, say=print):
    say(f"chaos: --seed {seed}")
    dice = random.Random(seed)
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(f'[ring]\nsize = "{ring_bytes((minutes + 2) * 60 * rate)}"\n')
        config.flush()
        with Cluster("--restart", "--worker-config", config.name) as cluster:
            cluster.wait_live()
            with Crowd(cluster, n_clients, seed) as crowd:
                load(cluster, crowd, dice, minutes, rate, say)


def load(cluster, crowd, dice, minutes, rate, say):
    producers = [Producer(cluster, i, f"p{i}", rate / cluster.n_nodes) for i in range(cluster.n_nodes)]
    for producer in producers:
        producer.start()
    n_kills, begun = 0, time.monotonic()
    while time.monotonic() < begun + minutes * 60:
        time.sleep(dice.uniform(2, 6))
        if places := kill_something(cluster, dice):
            n_kills += 1
            say(f"chaos: {time.monotonic() - begun:5.1f} s: killed {' and '.join(places)}; acked {[p.acked for p in producers]}")
    cluster.wait_live(180)
    for producer in producers:
        producer.ends.set()
    eventually(lambda: all(p.acked == p.made for p in producers), "everything is acknowledged", 180)
    for producer in producers:
        producer.join(10)
    log = Log(cluster)
    wait_for_clients(crowd, log.last)
    clients = crowd.ask(b"end")
    n_again = log.check_acknowledged(producers)
    check_clients(clients, log, check_rings(cluster, log))
    say(f"chaos: {n_kills} kills, {sum(p.made for p in producers)} events acknowledged, {len(log.events)} in the log in {log.n_messages} messages "
        f"({n_again} sent again by their producers), {sum(client['hops'] for client in clients)} hops of {len(clients)} clients, "
        f"{sum(client['notices'] for client in clients)} notices: nothing lost, nothing twice, in order, all rings equal to the log")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "little"))
    parser.add_argument("--rate", type=float, default=300)
    parser.add_argument("--clients", type=int, default=12)
    args = parser.parse_args()
    os.environ["RINGSIDE_CLUSTER_TESTS"] = "1"  # whoever calls this wants it
    if why := why_not():
        print(f"chaos: {why}", file=sys.stderr)
        raise SystemExit(2)
    run(args.minutes, args.seed, args.rate, args.clients, lambda text: print(text, flush=True))


if __name__ == "__main__":
    main()
