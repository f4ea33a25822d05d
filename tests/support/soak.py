#!/usr/bin/python3
"""All kinds of hostile clients at once, for minutes, while well-behaved clients count what they get.

It fails when lwsws dies or is replaced, when a well-behaved client misses an event, gets one twice or out of order, or when the
anonymous memory of lwsws grows. See script/soak.
"""

import argparse
import contextlib
import json
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from attackers import KINDS  # noqa: E402
from raw_client import RawClient  # noqa: E402
from stack import Stack, task  # noqa: E402
from waiting import eventually  # noqa: E402

ATTACKERS = pathlib.Path(__file__).resolve().parent / "attackers.py"
N_DESCRIPTORS = 3000
N_HISTORY = 150_000  # about as many as a ring of 64 MiB has
FLAT_KIB = 4096      # that the memory may differ by although it does not grow


class WellBehaved(threading.Thread):
    """Gets every event of its view, each once and in order. One that `returns` closes now and then, and comes back with `since`."""

    def __init__(self, stack, name, numbers, returns=False, **how):
        super().__init__(daemon=True)
        self.stack, self.name, self.numbers, self.returns, self.how = stack, name, numbers, returns, how
        self.next, self.last_id, self.failure, self.n_connections = 0, None, None, 0
        self.done = threading.Event()

    def connect(self):
        query = dict(self.how.get("query", {})) | ({"since": self.last_id} if self.last_id else {})
        client = self.stack.connect(user=self.name, **{**self.how, "query": query})
        self.n_connections += 1
        self.last_id = self.last_id or client.hello["head"]
        return client

    def take(self, client):
        if not client.readable():
            time.sleep(0.02)
            return
        if not client.pending:
            client.pump()  # perhaps half a message, or a ping
        if not client.pending and not client.ended:
            return
        message = client.read()
        if message.get("type") in ("replay_end", "pong"):
            assert not message.get("missed"), message
            return
        for event in client.events_in(message):
            assert event["data"]["n"] == self.numbers(self.next), f"{event['data']['n']} came, not {self.numbers(self.next)}"
            self.next += 1
            self.last_id = event["id"]

    def run(self):
        try:
            client = self.connect()
            leaves = time.monotonic() + random.uniform(3, 9)
            while not self.done.is_set():
                self.take(client)
                if self.returns and time.monotonic() > leaves:
                    client.drop()
                    client = self.connect()
                    leaves = time.monotonic() + random.uniform(3, 9)
            client.drop()
        except Exception as failure:  # pylint: disable=broad-except # whatever it is, it is told at the end
            self.failure = f"{type(failure).__name__}: {str(failure)[:500]}"


def well_behaved(stack):
    """Of each kind two."""
    return [made for i in range(2) for made in (
        WellBehaved(stack, f"whole{i}", lambda k: k, query={"events": "Counted"}),
        WellBehaved(stack, f"third{i}", lambda k: 3 * k, query={"events": "Counted", "filter.third": "yes"}),
        WellBehaved(stack, f"batch{i}", lambda k: k, query={"events": "Counted", "batch_size": 100, "flush_ms": 200}),
        WellBehaved(stack, f"deflate{i}", lambda k: k, query={"events": "Counted", "compression": "true"}, deflate=True),
        WellBehaved(stack, f"returns{i}", lambda k: k, returns=True, query={"events": "Counted"}))]


def counted(n):
    return {"event_type": "Counted", "data": {"n": n, "third": "yes" if n % 3 == 0 else "no",
                                              "m": "".join(random.choices("0123456789abcdef", k=600))}}


class Watch:
    """Memory of the process that serves, and how long /healthz takes."""

    def __init__(self, stack):
        self.stack, self.pid = stack, stack.lwsws[0].child()
        self.begun = time.monotonic()
        self.memory, self.answers = [], []

    def look(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        self.memory.append((time.monotonic() - self.begun, int(status.partition("RssAnon:")[2].split()[0])))
        begun = time.monotonic()
        with RawClient(self.stack.port) as client:
            assert client.ask("/healthz").status in (200, 503)  # 503: no descriptor was left
        self.answers.append(time.monotonic() - begun)

    def growth(self):
        """Of the last two thirds, in KiB: by the line through all looks, and how far they are from it."""
        looks = self.memory[len(self.memory) // 3:]
        slope, intercept = statistics.linear_regression(*zip(*looks))
        noise = statistics.pstdev(kib - slope * at - intercept for at, kib in looks)
        return slope * (looks[-1][0] - looks[0][0]), noise


def attack(stack, share, kinds):
    resource.prlimit(stack.lwsws[0].child(), resource.RLIMIT_NOFILE, (N_DESCRIPTORS, 20000))
    return subprocess.Popen(["nice", "/usr/bin/python3", ATTACKERS, "--port", str(stack.port), "--secret", stack.dir / "secret",
                             "--events-socket", stack.run_dir / "events.sock", "--descriptors", str(N_DESCRIPTORS), "--share", str(share), *kinds],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def end_attack(attackers):
    if attackers.poll() is None:
        attackers.stdin.close()
        attackers.stdin = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            attackers.wait(30)
        attackers.kill()
    return json.loads(attackers.stdout.read().splitlines()[-1] or "{}")


def soak(seconds, share=1.0, rate=20, kinds=tuple(KINDS), n_history=N_HISTORY, say=lambda text: None):
    """Returns the figures; an AssertionError says what went wrong."""
    with Stack(ring="64MiB") as stack:
        for first in range(0, n_history, 1000):
            stack.send(*(task(n, pad="x" * 200) for n in range(first, first + 1000)))
        clients = well_behaved(stack)
        for client in clients:
            client.start()
        eventually(lambda: all(client.n_connections or client.failure for client in clients), "all are connected")
        watch, producer = Watch(stack), stack.producer()
        attackers = attack(stack, share, kinds)
        n_sent = 0
        try:
            while time.monotonic() - watch.begun < seconds:
                due = int((time.monotonic() - watch.begun) * rate)
                if due > n_sent:
                    producer.send(*(counted(n) for n in range(n_sent, due)))
                    n_sent = due
                if len(watch.memory) <= (time.monotonic() - watch.begun) / 2:
                    watch.look()
                    if len(watch.memory) % 30 == 0:
                        say(f"{watch.memory[-1][0]:.0f} s: {watch.memory[-1][1]} KiB, /healthz in {watch.answers[-1] * 1e3:.1f} ms, "
                            f"{sum(client.next for client in clients)} events counted")
                failed = [f"{client.name}: {client.failure}" for client in clients if client.failure]
                assert not failed, failed
                assert attackers.poll() is None, "the attackers died"
                time.sleep(0.05)
            wanted = {client.name: len([n for n in range(n_sent) if n % 3 == 0]) if "third" in client.name else n_sent for client in clients}
            eventually(lambda: all(client.failure or client.next == wanted[client.name] for client in clients), "all have every event", 60)
        finally:
            done = end_attack(attackers)
        for client in clients:
            client.done.set()
            client.join(30)
            assert client.failure is None and client.next == wanted[client.name], (client.name, client.failure, client.next, n_sent)
        assert stack.lwsws[0].child() == watch.pid, "lwsws was replaced"
        growth, noise = watch.growth()
        answers = sorted(watch.answers)
        return {"seconds": round(seconds), "share": share, "attackers": done, "events": n_sent, "counted": sum(client.next for client in clients),
                "clients": len(clients), "connections": sum(client.n_connections for client in clients),
                "memory_kib": {"first": watch.memory[0][1], "median": statistics.median(kib for _, kib in watch.memory),
                               "most": max(kib for _, kib in watch.memory), "last": watch.memory[-1][1]},
                "growth_kib": round(growth), "noise_kib": round(noise),
                "healthz_ms": {"median": round(statistics.median(answers) * 1e3, 1), "p99": round(answers[int(len(answers) * 0.99)] * 1e3, 1),
                               "most": round(answers[-1] * 1e3, 1)}}


def is_flat(figures):
    """The line through the looks rises by less than they differ from it, or by next to nothing."""
    return figures["growth_kib"] <= max(FLAT_KIB, 2 * figures["noise_kib"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--share", type=float, default=1.0, help="of the full rate of the attackers (1)")
    arguments = parser.parse_args()
    figures = soak(arguments.minutes * 60, arguments.share, say=lambda text: print(text, file=sys.stderr, flush=True))
    print(json.dumps(figures, indent=1))
    if not is_flat(figures):
        print(f"memory grew by {figures['growth_kib']} KiB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
