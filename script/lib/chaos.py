#!/usr/bin/python3
"""Kills log servers and nodes under load and compares what is left: see script/chaos."""

import argparse
import json
import os
import random
import sys
import time

from real_cluster import Cluster, Producer, Viewer, check_viewer, why_not
from waiting import eventually


def spare(cluster, dice):
    """One process to kill: a log server, or a node's worker or web server."""
    kind = dice.choice(("server", "ringsided", "lwsws"))
    if kind == "server":
        return f"server-{dice.randrange(cluster.n_servers)}/pid"
    return f"node-{dice.randrange(cluster.n_nodes)}/{kind}.pid"


def compare(cluster, producers, viewers):
    rings = [cluster.events(i) for i in range(cluster.n_nodes)]
    for i, ring in enumerate(rings[1:], 1):
        common = min(len(ring), len(rings[0]))
        assert common and ring[-common:] == rings[0][-common:], f"the rings of node-0 and node-{i} differ"
    log = [json.loads(text) for _, text in max(rings, key=len)]
    expected = [(event["data"]["producer"], event["data"]["n"]) for event in log if event["event_type"] == "Chaos"]
    in_log = set(expected)
    for producer in producers:
        missing = [n for n in range(1, producer.acked + 1) if (producer.producer, n) not in in_log]
        assert not missing, f"{producer.producer}: {len(missing)} acknowledged events are missing, {missing[:5]} ..."
    for viewer in viewers:
        check_viewer(viewer, expected)
    return expected


def run(minutes, seed, rate, n_clients, say=print):
    say(f"chaos: --seed {seed}")
    dice = random.Random(seed)
    with Cluster("--restart") as cluster:
        cluster.wait_live()
        viewers = [Viewer(cluster, i, seed) for i in range(n_clients)]
        producers = [Producer(cluster, i, f"p{i}", rate / cluster.n_nodes) for i in range(cluster.n_nodes)]
        for thread in viewers + producers:
            thread.start()
        n_kills, end = 0, time.monotonic() + minutes * 60
        while time.monotonic() < end:
            time.sleep(dice.uniform(2, 6))
            place = spare(cluster, dice)
            try:
                cluster.kill(place)
                n_kills += 1
                say(f"chaos: killed {place}; acked {[p.acked for p in producers]}")
            except (OSError, ValueError):
                pass
        cluster.wait_live(180)
        for producer in producers:
            producer.ends.set()
        eventually(lambda: all(p.acked == p.made for p in producers), "everything is acknowledged", 120)
        n_made = sum(p.made for p in producers)
        def all_seen():
            return all(len(v.events) >= len(max((w.events for w in viewers), key=len)) and set(v.events) >= {
                (p.producer, p.made) for p in producers} for v in viewers)
        eventually(all_seen, "all clients have the last events", 120)
        for viewer in viewers:
            viewer.ends.set()
        for thread in viewers + producers:
            thread.join(10)
        expected = compare(cluster, producers, viewers)
        say(f"chaos: {n_kills} killed, {n_made} events acknowledged, {len(expected)} in the log, "
            f"{sum(v.n_hops for v in viewers)} hops of {len(viewers)} clients: nothing lost, nothing twice, all rings equal")


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
