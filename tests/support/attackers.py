#!/usr/bin/python3
"""Hostile clients, one kind each, as a program: it attacks until its standard input ends, then says what it did.

`script/bench --only hostile` measures what each kind does to others, `script/soak` lets all of them loose at once, and
tests/hostile/test_all_at_once.py does so for a few seconds. Rates have a limit, so that on a small machine they do not
take the processor away by themselves.
"""

import argparse
import collections
import json
import pathlib
import select
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from raw_client import TEXT, RawClient, frame, request, upgrade_headers  # noqa: E402
from tokens import Secret  # noqa: E402

LONG_AGO = "2020-01-01T00:00:00Z"
N_SERIES = 20_000
N_SILENT = 1000
CONNECTIONS_PER_USER = 10


class Target:
    """What is attacked, and what has been done to it."""

    def __init__(self, port, secret, events_socket, n_descriptors, share=1.0):
        self.port, self.key, self.events_socket, self.n_descriptors, self.share = port, Secret(secret), events_socket, n_descriptors, share
        self.done = threading.Event()
        self.ready = collections.Counter()
        self.counts = collections.Counter()

    def count(self, what, n=1):
        self.counts[what] += n

    def rest(self, worked_since):
        """So long that the work since then is `share` of the time."""
        self.done.wait((time.monotonic() - worked_since) * (1 / self.share - 1))

    def token(self, user, role="viewer"):
        return self.key.token(user=user, role=role, ttl=86400)

    def open(self, user, path="/ws", query="", receive_buffer=None, source=None, role="viewer"):
        """A WebSocket that is open, or None: refused or broken, and a moment has passed."""
        client = None
        try:
            client = RawClient(self.port, receive_buffer=receive_buffer, source=source)
            client.socket.settimeout(60)
            answer = client.upgrade(f"{path}?token={self.token(user, role)}{query}")
            if answer.status == 101:
                return client
            self.count(f"refused with {answer.status}")
        except (OSError, EOFError):
            self.count("broken connections")
        if client:
            client.socket.close()
        self.done.wait(0.2)
        return None

    def say(self, client, message):
        client.send(frame(TEXT, json.dumps(message).encode()))


def until_done(attack):
    """Calls attack(target, n) again and again; a connection that ends is no reason to stop."""
    def run(target, number):
        while not target.done.is_set():
            try:
                attack(target, number)
            except (OSError, EOFError, ValueError):
                target.count("connections ended")
                target.done.wait(0.2)
    return run


def expressions(n):
    """Many states, and next to no common text."""
    return [{"regex": f"[0-7][0-9a-f]{{{20 + i % 20}}}[x-z]{i}"} for i in range(n)]


def subscribe_to_costly_filters(target, client, **more):
    """As many expressions as are taken."""
    n = 16
    while n > 0 and not target.done.is_set():
        target.say(client, {"type": "subscribe", "events": ["*"], "filters": {"search": expressions(n)}, **more})
        while (message := client.read_message()).get("type") not in ("subscribed", "error"):
            pass
        if message["type"] == "subscribed":
            return
        n -= 1


def read_on(target, client, until=()):
    """Reads and forgets, until a message of that type, the end, or the attack's."""
    while not target.done.is_set():
        if not client.buffer and not select.select([client.socket], [], [], 1)[0]:
            continue
        opcode, _, payload = client.read_frame()
        if opcode == TEXT and any(f'"type":"{kind}"'.encode() in payload[:64] for kind in until):
            return
        target.count("frames read")


@until_done
def expressions_live(target, number):
    client = target.open(f"regex{number}")
    if client:
        with client:
            subscribe_to_costly_filters(target, client)
            target.ready["expressions_live"] += 1
            read_on(target, client)


@until_done
def expressions_in_history(target, number):
    client = target.open(f"history{number}")
    if client:
        with client:
            begun = time.monotonic()
            subscribe_to_costly_filters(target, client, since=LONG_AGO)
            target.ready["expressions_in_history"] += 1
            read_on(target, client, ("replay_end",))
            target.count("replays of the whole ring")
    if client:
        target.rest(begun)


@until_done
def tails_that_find_nothing(target, number):
    begun = time.monotonic()
    client = target.open(f"tail{number % 2}", "/logs", "&tail=1&events=task&search=zzqq")
    if client:
        with client:
            target.ready["tails_that_find_nothing"] += 1
            read_on(target, client, ("replay_end",))
            target.count("searches of the whole ring")
        target.rest(begun)


@until_done
def steps_that_find_nothing(target, number):
    client = target.open(f"step{number % 2}")
    if client:
        with client:
            target.say(client, {"type": "subscribe", "events": ["task"], "filters": {"status": "nomatch"}})
            while not target.done.is_set():
                begun = time.monotonic()
                target.say(client, {"type": "debug", "action": "seek", "to": LONG_AGO})
                read_on(target, client, ("debug",))
                target.say(client, {"type": "debug", "action": "step", "count": 1})
                target.ready["steps_that_find_nothing"] += 1
                read_on(target, client, ("debug", "error"))
                target.count("steps over the whole ring")
                target.rest(begun)


def upgrades_with_bad_tokens(target, number):
    """A quarter of 1,000 a second; so many threads share them."""
    interval = 1 / 250 / target.share
    costly = "%28%3Fi%29%5B%5Cx%7B100%7D-%5Cx%7B10ffff%7D%5D%7B500%7D"
    wanted = request(f"/ws?token=abc&filter.search.regex={costly}", headers=upgrade_headers())
    due = time.monotonic()
    target.ready["upgrades_with_bad_tokens"] += 1
    while not target.done.is_set():
        due = max(due + interval, time.monotonic() - 1)
        target.done.wait(max(0, due - time.monotonic()))
        try:
            with RawClient(target.port) as client:
                client.socket.settimeout(30)
                target.count(f"upgrades answered with {client.send(wanted).answer().status}")
        except (OSError, EOFError):
            target.count("upgrades without an answer")


def connects_held_open(target, number):
    """As many as the server has descriptors, from many addresses; what is closed is opened again."""
    held, poll, opened = {}, select.poll(), 0
    while not target.done.is_set():
        burst = 0  # a thousand a second, evenly: bursts would measure how long a queue is
        while len(held) < target.n_descriptors and burst < 2:
            burst, opened = burst + 1, opened + 1
            peer = socket.socket()
            try:
                peer.settimeout(1)
                peer.bind((f"127.0.{opened // 250 % 8}.{opened % 250 + 2}", 0))
                peer.connect(("127.0.0.1", target.port))
                peer.sendall(b"CONNECT / HTTP/1.1\r\nHost: localhost\r\n\r\n" if opened % 2 else b"CONNECT / HT")
            except OSError:
                target.count("connections not taken")
                peer.close()
                break
            held[peer.fileno()] = peer
            poll.register(peer.fileno(), select.POLLRDHUP | select.POLLHUP | select.POLLERR)
            target.count("requests of CONNECT")
        target.done.wait(0.002 / target.share)
        for descriptor, _ in poll.poll(0):
            poll.unregister(descriptor)
            held.pop(descriptor).close()
            target.count("closed by the server")
        if len(held) >= target.n_descriptors // 4 or target.counts["closed by the server"]:
            target.ready["connects_held_open"] = 1
    for peer in held.values():
        peer.close()


def clients_that_never_read(target, number):
    held, poll, opened = {}, select.poll(), 0
    while not target.done.is_set():
        while len(held) < N_SILENT and not target.done.is_set():
            client = target.open(f"silent{opened % (N_SILENT // CONNECTIONS_PER_USER)}", receive_buffer=4096)
            opened += 1
            if client is None:
                break
            held[client.socket.fileno()] = client
            poll.register(client.socket.fileno(), select.POLLRDHUP | select.POLLHUP | select.POLLERR)
            target.count("silent connections")
        target.ready["clients_that_never_read"] += len(held) >= N_SILENT
        for descriptor, _ in poll.poll(500):
            poll.unregister(descriptor)
            held.pop(descriptor).socket.close()
            target.count("silent connections that the server ended")
    for client in held.values():
        client.socket.close()


def series_lines(first, n):
    return b"".join(json.dumps({"event_type": "MetricUpdate", "data": {
        "metric_name": "hostile", "metric_type": "gauge", "value": i, "labels": {"series": str(i % N_SERIES), "pad": "x" * 100}}}).encode() + b"\n"
        for i in range(first, first + n))


def many_series(target, number):
    """One thread sends the series, the others ask for snapshots of them, again and again."""
    if number == 0:
        with socket.socket(socket.AF_UNIX) as producer:
            producer.connect(target.events_socket)
            for first in range(0, N_SERIES, 1000):
                producer.sendall(series_lines(first, 1000))
            target.ready["many_series"] += 1
            at = 0
            while not target.done.wait(0.1):
                producer.sendall(series_lines(at, 50))
                at += 50
                target.count("values of series", 50)
    ask_for_snapshots(target, number)


@until_done
def ask_for_snapshots(target, number):
    client = target.open(f"series{number}", "/metrics", "&interval=1000")
    if client:
        with client:
            client.socket.settimeout(1)
            n_bytes, end = 0, time.monotonic() + 2
            begun = time.monotonic()
            while not target.done.is_set() and time.monotonic() < end and n_bytes < 4 << 20:
                if not client.more():
                    break
                n_bytes += len(client.buffer)
                client.buffer = b""
            target.count("snapshots asked for")
        target.rest(begun)


STORM = frame(TEXT, json.dumps({"type": "subscribe", "events": ["task"], "filters": {"status": ["s" * 600 + str(n) for n in range(100)]}}).encode())


@until_done
def storms_of_subscriptions(target, number):
    client = target.open(f"storm{number}")
    if client:
        with client:
            client.socket.settimeout(1)
            while not target.done.wait(0.01 / target.share):
                target.ready["storms_of_subscriptions"] += 1
                client.send(STORM)
                target.count("subscriptions of 64 KiB")
                while select.select([client.socket], [], [], 0)[0]:
                    if not client.more():
                        return
                    client.buffer = b""


# Each kind with the number of its threads.
KINDS = {
    "expressions_live": (expressions_live, 2),
    "expressions_in_history": (expressions_in_history, 2),
    "tails_that_find_nothing": (tails_that_find_nothing, 4),
    "steps_that_find_nothing": (steps_that_find_nothing, 4),
    "upgrades_with_bad_tokens": (upgrades_with_bad_tokens, 4),
    "connects_held_open": (connects_held_open, 1),
    "clients_that_never_read": (clients_that_never_read, 1),
    "many_series": (many_series, 3),
    "storms_of_subscriptions": (storms_of_subscriptions, 2),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("kinds", nargs="+", choices=sorted(KINDS), metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", type=pathlib.Path, required=True, help="file with the key that signs tokens")
    parser.add_argument("--events-socket", required=True)
    parser.add_argument("--descriptors", type=int, default=1024, help="how many connections connects_held_open opens")
    parser.add_argument("--share", type=float, default=1.0, help="of the full rate, for long runs (1)")
    arguments = parser.parse_args()
    target = Target(arguments.port, arguments.secret.read_bytes().removesuffix(b"\n"), arguments.events_socket, arguments.descriptors, arguments.share)
    threads = [threading.Thread(target=run, args=(target, number), daemon=True)
               for kind in arguments.kinds for run, n in [KINDS[kind]] for number in range(n)]
    for thread in threads:
        thread.start()
    is_ready = False
    while not select.select([sys.stdin], [], [], 0.1)[0]:  # its end
        if not is_ready and all(target.ready[kind] for kind in arguments.kinds):
            is_ready = True
            print("ready", flush=True)
    target.done.set()
    end = time.monotonic() + 5
    for thread in threads:
        thread.join(max(0.1, end - time.monotonic()))
    print(json.dumps(dict(target.counts)), flush=True)


if __name__ == "__main__":
    main()
