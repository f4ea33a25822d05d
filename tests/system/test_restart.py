"""Worker and host killed under load: what was acknowledged reaches every client, once and in order."""

import os
import pathlib
import shutil
import signal
import socket
import tempfile
import threading

import pytest
from stack import SECRET, Stack, alive, custom, numbers, scaled, seq_of
from test_script_server import Server
from tokens import Secret
from waiting import eventually
from worker_process import Producer
from ws_client import Client, Closed

N_PRODUCERS = 3
N_CLIENTS = 5
N_KILLS = scaled(5, 3)


AHEAD = scaled(3_000, 1_000)  # how far a producer goes on at once: enough to be under way when something is killed


class Load:
    """Producers that send as fast as they are acknowledged, across restarts of the worker; `acked` is what they were promised.

    They pause AHEAD events after what was last waited for, so that slow readers catch up some time.
    """

    def __init__(self, connect, n_producers=N_PRODUCERS):
        self.connect = connect
        self.acked = [set() for _ in range(n_producers)]
        self.sent = [0] * n_producers
        self.goal = [0] * n_producers
        self.stopped = False
        self.more = threading.Condition()
        self.threads = [threading.Thread(target=self.produce, args=(i,), daemon=True) for i in range(n_producers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        with self.more:
            self.stopped = True
            self.more.notify_all()
        for thread in self.threads:
            thread.join()

    def may_go_on(self, index):
        with self.more:
            self.more.wait_for(lambda: self.stopped or self.sent[index] < self.goal[index])
        return not self.stopped

    def produce(self, index):
        while not self.stopped:
            try:
                producer = eventually(self.try_connect, "the worker listens again")
            except AssertionError:
                return
            base = self.sent[index]
            try:
                while self.may_go_on(index):
                    start = self.sent[index]
                    self.sent[index] += 20
                    producer.send(*[custom(n, p=index) for n in range(start, start + 20)])
            except (OSError, AssertionError, ValueError):
                pass  # the worker is gone; what it had acknowledged counts
            self.acked[index].update(range(base, base + max(producer.acked, 0)))
            producer.close()

    def try_connect(self):
        if self.stopped:
            raise RuntimeError("stopped")
        try:
            return Producer(self.connect())
        except (OSError, AssertionError):
            return None

    def wait_for_more(self, count):
        """Until each producer has sent that many more."""
        goals = [sent + count for sent in self.sent]
        with self.more:
            self.goal = [goal + AHEAD for goal in goals]
            self.more.notify_all()
        eventually(lambda: all(sent >= goal for sent, goal in zip(self.sent, goals)), "the load goes on")


def assert_complete(load, events):
    """Each acknowledged event once, each producer's in order, and no sequence left out."""
    seqs = [seq_of(event["id"]) for event in events]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    for index, acked in enumerate(load.acked):
        got = [event["data"]["n"] for event in events if event["data"]["p"] == index]
        assert got == sorted(set(got)), "out of order or twice"
        assert acked <= set(got), f"{len(acked - set(got))} acknowledged events of producer {index} are missing"
    assert sum(map(len, load.acked)) > 100


def is_end(event):
    return event["data"]["n"] == -1


@pytest.mark.conformance("restart.worker")
def test_the_worker_killed_and_started_under_load_loses_nothing_that_it_acknowledged():
    with Stack(ring="64MiB") as stack:
        clients = [stack.connect(query={"batch_size": 100 if i % 2 else 10}) for i in range(N_CLIENTS)]
        with Load(stack.connect_producer) as load:
            for _ in range(N_KILLS):
                load.wait_for_more(200)
                stack.kill_worker()
                stack.start_worker()
            load.wait_for_more(200)
        stack.send(custom(-1, p=-1))
        for client in clients:
            with client:
                assert_complete(load, client.until_event(is_end)[:-1])
                assert client.request({"type": "ping"}, "pong")  # the same connection, all the time
        assert stack.lwsws[0].get("/readyz").status == 200


def test_readyz_says_when_the_worker_is_gone_and_when_it_is_back():
    with Stack(worker_timeout="1s") as stack:
        stack.kill_worker()
        eventually(lambda: stack.lwsws[0].get("/readyz").status == 503, "/readyz says no")
        assert b"is ringsided running?" in stack.lwsws[0].get("/readyz").body
        with stack.connect() as client:  # history can still be read, and what comes next
            stack.start_worker()
            stack.send(custom(1))
            assert numbers(client.read_events(1)) == [1]
        stack.lwsws[0].wait_ready()


class Follower:
    """A client that comes back with since, as the documentation says; run in a thread of its own."""

    def __init__(self, port, token):
        self.port, self.token = port, token
        self.events, self.n_connections, self.fault = [], 0, None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not (self.events and is_end(self.events[-1])):
                self.follow(eventually(self.try_connect, "a connection"))
        except BaseException as fault:  # noqa: BLE001 (told by the test's own thread)
            self.fault = fault

    def try_connect(self):
        try:
            return Client(self.port, "/ws", token=self.token, query={"since": self.events[-1]["id"]} if self.events else {})
        except (OSError, AssertionError):
            return None

    def follow(self, client):
        self.n_connections += 1
        with client:
            try:
                while not (self.events and is_end(self.events[-1])):
                    message = client.read()
                    if message.get("type") == "replay_end":
                        assert message["recovered"] and message["missed"] == 0
                    elif message.get("type") != "welcome":
                        self.events += client.events_in(message)
            except (Closed, OSError):
                pass

    def has_connected(self, times):
        """Whether it has connected that many times; raises what ended it early."""
        if self.fault:
            raise RuntimeError(f"a client gave up after {self.n_connections} connections and {len(self.events)} events") from self.fault
        return self.n_connections >= times

    def join(self):
        self.thread.join()
        assert self.has_connected(1)
        return self.events


@pytest.mark.conformance("restart.host", "close.1006")
def test_the_host_killed_under_load_is_brought_back_and_clients_that_resume_miss_nothing():
    base = pathlib.Path(tempfile.mkdtemp(prefix="rs-restart-", dir="/tmp"))
    server = Server(base / "run", "--no-host-metrics", "--option", "limit-connections-per-user=0")
    try:
        server.wait_ready()
        token = Secret((base / "run" / "jwt.secret").read_bytes().rstrip(b"\n")).token()
        followers = [Follower(server.port, token) for _ in range(N_CLIENTS)]
        eventually(lambda: all(follower.has_connected(1) for follower in followers), "all are connected")

        def connect():
            return unix_connect(base / "run" / "events.sock")

        with Load(connect) as load:
            for round_ in range(2):
                load.wait_for_more(200)
                eventually(lambda: all(follower.events for follower in followers), "all have an event to resume from")
                child = server.serving_child()
                server.killed_with_sigsegv.add(child)
                os.kill(child, signal.SIGKILL if round_ == 0 else signal.SIGSEGV)
                eventually(lambda: server.text().count("lwsws runs again") == round_ + 1, "script/server says that it is back", 60)
                assert server.text().count("lwsws lost its serving child") == round_ + 1
                assert not alive(child)
                eventually(lambda: all(follower.has_connected(round_ + 2) for follower in followers), "all have come back", 60)
            load.wait_for_more(200)
        producer = Producer(connect())
        producer.send(custom(-1, p=-1))
        producer.close()
        for follower in followers:
            assert_complete(load, follower.join()[:-1])
    finally:
        server.close()
        shutil.rmtree(base, ignore_errors=True)


def unix_connect(path):
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.settimeout(30)
    try:
        peer.connect(str(path))
    except OSError:
        peer.close()
        raise
    return peer


def test_a_reload_keeps_connections_and_the_old_process_leaves_with_the_last():
    with Stack() as stack:
        web = stack.lwsws[0]
        old = stack.connect()
        old_child, new_child = web.reload()
        new = stack.connect()
        stack.send(custom(1))
        assert numbers(old.read_events(1)) == numbers(new.read_events(1)) == [1]
        assert alive(old_child)
        old.close()
        eventually(lambda: not alive(old_child), "the old process leaves")
        stack.send(custom(2))
        assert numbers(new.read_events(1)) == [2] and alive(new_child)
        new.close()


@pytest.mark.conformance("close.1001")
def test_drain_closes_with_1001_and_takes_no_new_ones():
    with Stack() as stack:
        clients = [stack.connect(path) for path in ("/ws", "/metrics", "/logs")]
        stack.ringside("drain", "--spread", "100ms")
        for client in clients:
            assert client.wait_closed() == (1001, "server is going away")
        assert stack.lwsws[0].get("/readyz").status == 503
        assert SECRET not in stack.lwsws[0].log.read_text()


def test_the_ring_of_before_goes_when_no_process_reads_it_any_more():
    """The worker comes back with a larger ring. A stopped lwsws still has the old one."""
    with Stack(ring="2MiB") as stack, stack.connect() as client:
        stack.send(custom(1))
        assert numbers(client.read_events(1)) == [1]
        old, reader = stack.run_dir / "ring.old", stack.lwsws[0].child()
        os.kill(reader, signal.SIGSTOP)
        stack.stop_worker()
        stack.config.write_text(stack.config.read_text().replace('"2MiB"', '"4MiB"'))
        stack.start_worker()
        beats = set()

        def has_looked_some_times():
            beats.add((stack.run_dir / "ring").read_bytes()[88:96])
            return len(beats) >= 4

        eventually(has_looked_some_times, "the worker has looked for readers, which it does with each beat")
        assert old.exists()
        os.kill(reader, signal.SIGCONT)
        eventually(lambda: not old.exists(), "the old ring is removed")
        stack.send(custom(2))  # the new ring continues the history: the client notices nothing
        assert numbers(client.read_events(1)) == [2]
