#!/usr/bin/python3
"""Measures what a cluster costs: see script/cluster-cost."""

import argparse
import json
import os
import re
import selectors
import socket
import statistics
import sys
import time

from log_dump import NatsReader
from real_cluster import Cluster, why_not
from stack import Stack

FAST, SLOW = 10_000, 500  # events a second
TICKS = os.sysconf("SC_CLK_TCK")
PAD = "x" * 150


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Sender:
    """Sends events at a pace and notes how long each acknowledgement took."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.socket.sendall(b'{"type":"hello","ack":true}\n')
        self.socket.setblocking(False)
        self.rest, self.acked, self.sent = b"", 0, []

    def take(self, timeout):
        with selectors.DefaultSelector() as selector:
            selector.register(self.socket, selectors.EVENT_READ)
            if not selector.select(timeout):
                return []
        *lines, self.rest = (self.rest + self.socket.recv(1 << 16)).split(b"\n")
        now, took = time.monotonic(), []
        for line in lines:
            ack = json.loads(line)["ack"]
            took += [now - at for at in self.sent[self.acked:ack]]
            self.acked = max(self.acked, ack)
        return took

    def run(self, rate, seconds):
        """Seconds from sending to the acknowledgement, of each event."""
        lines = [json.dumps({"event_type": "Cost", "data": {"n": n, "pad": PAD}}).encode() + b"\n" for n in range(int(rate * seconds))]
        begun, took, pending = time.monotonic(), [], b""
        while self.acked < len(lines):
            due = min(len(lines), int((time.monotonic() - begun) * rate) + 1)
            if due > len(self.sent):
                pending += b"".join(lines[len(self.sent):due])
                self.sent += [time.monotonic()] * (due - len(self.sent))
            if pending:
                try:
                    pending = pending[self.socket.send(pending):]
                except BlockingIOError:
                    pass
            took += self.take(min(1 / rate, 0.002) if len(self.sent) < len(lines) or pending else 1)
        self.socket.close()
        return took


def one_load(path, pids, rate, seconds):
    before = [cpu_seconds(pid) for pid in pids]
    took = Sender(path).run(rate, seconds)
    cpu = [(cpu_seconds(pid) - at) / len(took) * 1e6 for pid, at in zip(pids, before)]
    return {"p50_ms": percentile(took, 0.5) * 1e3, "p99_ms": percentile(took, 0.99) * 1e3, "cpu": cpu, "events": len(took)}


def engine_round_trips(port, seconds):
    """The log servers' own time: a message at a time into another stream of the same kind."""
    with NatsReader(port) as log:
        try:
            log.request("$JS.API.STREAM.CREATE.COST", name="COST", subjects=["cost"], retention="limits", storage="file", num_replicas=3,
                        discard="old", max_bytes=1 << 24)
        except ConnectionError as error:
            if "already in use" not in str(error):
                raise
        took, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.monotonic()
            log.request("cost", event_type="Cost", data={"pad": PAD})
            took.append(time.monotonic() - begun)
            time.sleep(max(0, begun + 1 / SLOW - time.monotonic()))
    return {"p50_ms": percentile(took, 0.5) * 1e3, "p99_ms": percentile(took, 0.99) * 1e3}


def last_message(port):
    with NatsReader(port) as log:
        return log.request("$JS.API.STREAM.INFO.RINGSIDE")["state"]["last_seq"]


def one_round(cluster, alone, port, seconds):
    path, pids = cluster.dir / "node-0" / "events.sock", [cluster.pid(f"node-{i}/ringsided.pid") for i in range(3)]
    own = alone.run_dir / "events.sock"
    out = {"alone fast": one_load(own, [alone.worker.pid], FAST, seconds), "alone slow": one_load(own, [alone.worker.pid], SLOW, seconds)}
    before = last_message(port)
    out["cluster fast"] = one_load(path, pids, FAST, seconds)
    out["events a message"] = out["cluster fast"]["events"] / (last_message(port) - before)
    out["engine"] = engine_round_trips(port, seconds)
    out["cluster slow"] = one_load(path, pids, SLOW, seconds)
    return out


def report(rounds, command):
    def middle(*keys):
        def value(one):
            for key in keys:
                one = one[key]
            return one
        return statistics.median(value(one) for one in rounds)

    def row(title, name):
        return f"| {title} | {middle(name, 'cpu', 0):.2f} | {middle(name, 'p50_ms'):.2f} | {middle(name, 'p99_ms'):.2f} |"

    print("|  | worker's CPU s per million | p50 ms to the ack | p99 ms |\n| --- | ---: | ---: | ---: |")
    print(row(f"one machine, {FAST:,} events/s", "alone fast"))
    print(row(f"cluster, {FAST:,} events/s", "cluster fast"))
    print(row(f"one machine, {SLOW} events/s", "alone slow"))
    print(row(f"cluster, {SLOW} events/s", "cluster slow"))
    print(f"| log servers, one message at a time | | {middle('engine', 'p50_ms'):.2f} | {middle('engine', 'p99_ms'):.2f} |")
    cpu = statistics.median(one["cluster fast"]["cpu"][0] / one["alone fast"]["cpu"][0] for one in rounds)
    added = statistics.median((one["cluster slow"]["p99_ms"] - one["alone slow"]["p99_ms"]) / one["engine"]["p99_ms"] for one in rounds)
    goals = (("worker's CPU to one machine", cpu, 6.0, False), ("events a message", middle("events a message"), 5.0, True),
             ("p99 that is added, to the log servers' own", added, 3.0, False))
    print(f"\nA node that only follows: {middle('cluster fast', 'cpu', 1):.2f} CPU s per million.\n")
    for title, value, bound, at_least in goals:
        good = value >= bound if at_least else value <= bound
        print(f"- {title}: {value:.2f}, {'at least' if at_least else 'at most'} {bound:g}: {'yes' if good else 'NO'}")
    print(f"\n<sub>`{command}, medians of {len(rounds)} rounds`</sub>")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    os.environ["RINGSIDE_CLUSTER_TESTS"] = "1"
    if why := why_not():
        print(f"cluster-cost: {why}", file=sys.stderr)
        raise SystemExit(2)
    with Cluster() as cluster, Stack() as alone:
        cluster.wait_live()
        config = (cluster.dir / "server-0" / "nats.conf").read_text()
        port = int(re.search(r"^listen: 127\.0\.0\.1:(\d+)$", config, re.M)[1])
        rounds = []
        for _ in range(args.rounds):
            rounds.append(one_round(cluster, alone, port, args.seconds))
            print(json.dumps(rounds[-1]), file=sys.stderr, flush=True)
    report(rounds, f"script/cluster-cost --seconds {args.seconds:g} --rounds {args.rounds}")


if __name__ == "__main__":
    main()
