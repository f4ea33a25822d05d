# ctest: alone
"""Any mix of subscriptions, filters, roles, rows, transports, slow readers, restarts and reconnects: each client gets exactly what it should.

One producer sends events whose order is known, so that sequence numbers and events can be told from each other; what a client is to
get is worked out by delivery_model.py. A failure prints the seed; RINGSIDE_SEED runs it again.
"""

import functools
import os
import random

import pytest
from delivery_model import HIDDEN, SHORT, TYPES, View, make_event, make_filters, make_rows, visible
from http_stream import EVENT_STREAM, JSON_LINES, HttpStream
from stack import Stack, scaled, seq_of

N_STEPS = scaled(70, 25)
N_CLIENTS = scaled(12, 6)
LAPPING_BYTES = 34 << 20  # more than lwsws' cache of records and a socket hold


class WebSocketLink:
    """A WebSocket, compressed or not."""

    can_talk = True

    def __init__(self, stack, view, token, query, place, deflate=False):
        if place is not None:
            query = query | {"since": place}
        if deflate:
            query = query | {"compression": "true"}
        self.client = stack.connect(view.path, token=token, query=query, deflate=deflate, receive_buffer=8192)
        self.head = self.client.hello["head"]
        self.events_in, self.read, self.drop = self.client.events_in, self.client.read, self.client.drop
        self.send, self.expect = self.client.send, self.client.expect


class StreamLink:
    """Server-Sent Events or lines of JSON, compressed or not."""

    can_talk = False

    def __init__(self, stack, view, token, query, place, accept, gzip=False):
        headers = ["Accept-Encoding: gzip"] if gzip else []
        if place is not None and accept == EVENT_STREAM:
            headers.append(f"Last-Event-ID: {place}")
        elif place is not None:
            query = query | {"since": place}
        self.stream = HttpStream(stack.lwsws[0].port, view.path, accept, token=token, query=query, headers=headers, receive_buffer=8192)
        assert self.stream.headers.get("content-encoding") == ("gzip" if gzip else None)
        self.head = self.stream.expect("welcome")["head"] if accept == EVENT_STREAM else None
        self.drop = self.stream.drop

    def read(self):
        message = self.stream.read()
        return {name: value for name, value in message.items() if name not in ("sse_id", "sse_event")}

    @staticmethod
    def events_in(message):
        assert "event_type" in message, message
        return [message]


LINKS = {
    "websocket": WebSocketLink,
    "deflate": functools.partial(WebSocketLink, deflate=True),
    "event-stream": functools.partial(StreamLink, accept=EVENT_STREAM),
    "event-stream gzip": functools.partial(StreamLink, accept=EVENT_STREAM, gzip=True),
    "json-lines gzip": functools.partial(StreamLink, accept=JSON_LINES, gzip=True),
    "json-lines": functools.partial(StreamLink, accept=JSON_LINES),
}


class Tracked:
    """A connection, and what it is to get: sequence numbers that it has not been sent yet. Some have a token whose filter opens only
    some rows; ids tell these nothing, so an event's `data.n` says its sequence."""

    def __init__(self, world, rows=None):
        self.world = world
        self.rows = rows
        self.last = 0
        self.place = None  # the id to resume after
        self.expected = []
        self.stalled = False
        self.n_got = 0
        self.new_view()
        self.connect()

    def new_view(self):
        self.view = View(self.world.random, self.rows)

    def token(self):
        return self.world.stack.token(f"user-{id(self)}", self.view.role, filter=self.rows)

    def connect(self, kinds=("websocket", *LINKS)):
        rng = self.world.random
        self.kind = rng.choice(kinds)
        resumes = self.place is not None
        self.client = LINKS[self.kind](self.world.stack, self.view, self.token(), dict(self.view.query), self.place)
        head = len(self.world.events)
        if self.client.head is not None:
            if self.rows is None:
                assert seq_of(self.client.head) == head, f"welcome says {self.client.head}"
            else:
                assert seq_of(self.client.head) > 1 << 62, "the head is told"
        if not resumes:
            self.last = head
            self.expected = []
            if self.client.head is not None:
                self.place = self.client.head
            elif self.rows is None:
                self.place = f"{self.world.epoch}:{head}"
            return
        since, tail = self.last, self.world.tail()
        missed = max(0, tail - since - 1)
        self.expected = [seq for seq in range(since + missed + 1, head + 1) if self.view.wants(self.world.events[seq - 1])]
        while True:
            message = self.client.read()
            if message.get("type") == "replay_end":
                break
            self.take(message)
        assert self.expected == [], f"the replay left {self.expected[:5]} out"
        told = missed if self.rows is None or missed == 0 else None
        assert (message["missed"], message["recovered"]) == (told, missed == 0)
        self.last = head if self.rows is None else self.last
        if self.rows is None:
            self.place = f"{self.world.epoch}:{head}"

    def on_sent(self, first, last):
        self.expected += [seq for seq in range(first, last + 1) if self.view.wants(self.world.events[seq - 1])]

    def take(self, message):
        if message.get("type") == "gap" and self.rows is not None:
            # May be over events that it does not want, and must not say which or how many; what it wants still has to come.
            assert message["reason"] == "lapped" and message["missed"] is None
            assert seq_of(message["from"]) > 1 << 62 and seq_of(message["to"]) > 1 << 62
            return
        if message.get("type") == "gap":
            first, last = seq_of(message["from"]), seq_of(message["to"])
            assert message["reason"] == "lapped"
            assert message["missed"] == last - first + 1 and first > self.last
            assert not self.expected or self.expected[0] >= first, f"{self.expected[0]} is neither sent nor told as missed"
            lost = [seq for seq in self.expected if seq <= last]
            # drain() waits for the events that a view selects. A connection that selects none of them can still be
            # behind when the next megabyte comes, and may then be lapped, but only over events that it does not want.
            assert self.stalled or not lost, f"{lost[:5]} are lost to a client that reads"
            self.expected = self.expected[len(lost):]
            self.last, self.place = last, message["to"]
            self.world.n_missed += message["missed"] if self.stalled else 0
            return
        for event in self.client.events_in(message):
            seq, event_id = event["data"]["n"], event.pop("id")
            assert (seq_of(event_id) == seq) == (self.rows is None), f"{seq} has the id {event_id}"
            assert self.expected, f"{seq} came and should not: {event}"
            assert seq == self.expected[0], f"{seq} came, {self.expected[0]} should: {event}"
            event.pop("timestamp")
            assert event == visible(self.world.events[seq - 1], self.view.role)
            self.expected.pop(0)
            self.last, self.place = seq, event_id
            self.n_got += 1

    def drain(self):
        while self.expected:
            self.take(self.client.read())

    def change(self):
        rng = self.world.random
        names = rng.sample(TYPES, rng.randrange(1, 4))
        written = [rng.choice([name, SHORT.get(name, name)]) for name in names]
        if rng.random() < 0.6:
            filters = make_filters(rng)
            self.client.send({"type": "subscribe", "events": written} | ({"filters": filters} if filters else {}))
            allowed = [name for name in names if self.view.may_see(name)]
            for name in names:
                if name not in allowed:
                    assert self.client.expect("error")["code"] == "forbidden"
            if allowed:
                assert self.client.expect("subscribed")["events"] == allowed
                self.view.subscribe(allowed, filters)
        else:
            self.client.send({"type": "unsubscribe", "events": written})
            self.client.expect("unsubscribed")
            self.view.unsubscribe(names)

    def renew(self):
        self.view.role = self.world.random.choice(["admin", "developer", "viewer"])
        if self.rows is not None:
            self.rows = self.view.rows = make_rows(self.world.random)
        self.client.send({"type": "auth", "token": self.token()})
        self.client.expect("welcome")


class World:
    def __init__(self, stack, seed):
        self.stack = stack
        self.random = random.Random(seed)
        self.events = []
        self.n_missed = 0
        self.epoch = None
        self.producer = stack.producer()
        self.observer = stack.connect(query={"batch_size": 1000}, user="observer")
        self.epoch = self.observer.hello["epoch"]
        self.clients = [Tracked(self, make_rows(self.random) if i % 3 == 0 else None) for i in range(N_CLIENTS)]

    def tail(self):
        return int(self.stack.lwsws[0].metrics()["ringside_ring_tail_sequence"])

    def send(self, count, padding=0):
        first = len(self.events) + 1
        made = [make_event(self.random, first + i, padding) for i in range(count)]
        self.events += made
        for tracked in self.clients:
            tracked.on_sent(first, len(self.events))
        self.producer.send(*made)
        assert not self.producer.errors, self.producer.errors
        # The observer sees them: so lwsws has read them, and every client that reads gets what it selects.
        got = self.observer.read_events(count)
        assert seq_of(got[-1]["id"]) == len(self.events)
        for tracked in self.clients:
            if not tracked.stalled:
                tracked.drain()

    def pick(self, suits=lambda tracked: True):
        return self.random.choice([tracked for tracked in self.clients if not tracked.stalled and suits(tracked)])

    def pick_talker(self):
        """One whose transport takes messages; one comes back with such a transport when there is none."""
        while True:
            tracked = self.pick()
            if tracked.client.can_talk:
                return tracked
            self.come_back(tracked)

    def step(self):
        what = self.random.choices(["send", "change", "reconnect", "renew", "leave", "overflow", "worker", "lwsws"],
                                   [40, 20, 12, 8, 6, 3, 3, 2])[0]
        if what == "send":
            self.send(self.random.randrange(1, 120))
        elif what == "change":
            self.pick_talker().change()
        elif what == "renew":
            self.pick_talker().renew()
        elif what == "reconnect":
            self.come_back(self.pick())
        elif what == "leave":
            self.leave_and_return(0)
        elif what == "overflow":
            self.leave_and_return(4 << 20)
        elif what == "worker":
            self.producer.close()
            self.stack.kill_worker()
            self.stack.start_worker()
            self.producer = self.stack.producer()
        elif what == "lwsws":
            self.restart_lwsws()

    def come_back(self, tracked):
        """Another connection, with another view, from where the last one stood."""
        tracked.client.drop()
        tracked.new_view()
        tracked.connect()

    def leave_and_return(self, n_bytes):
        leaving = self.pick()
        leaving.client.drop()
        self.clients.remove(leaving)
        while n_bytes > 0:
            self.send(50, padding=20_000)
            n_bytes -= 1_000_000
        self.send(30)
        self.clients.append(leaving)
        self.come_back(leaving)

    def restart_lwsws(self):
        self.stack.lwsws[0].restart()
        self.observer = self.stack.connect(query={"batch_size": 1000}, user="observer")
        for tracked in self.clients:
            self.come_back(tracked)

    def lap(self):
        """One that does not read is overtaken by the ring, is told so exactly, and goes on."""
        slow = self.pick(lambda tracked: tracked.rows is None)
        slow.client.drop()
        while True:  # with a view that has the large events
            slow.new_view()
            if slow.view.path == "/ws" and slow.view.wants({"event_type": "Bulk", "data": {"details": {"size": 0}}}):
                break
        slow.connect(["websocket", "event-stream", "json-lines"])  # compressed, the padding is nothing
        slow.stalled = True
        before = self.n_missed
        for _ in range(LAPPING_BYTES // 1_000_000):
            self.send(50, padding=20_000)
        self.send(20)
        slow.drain()
        slow.stalled = False
        assert self.n_missed > before, "it was not overtaken"
        self.send(50)


@pytest.mark.conformance("history.exact", "sub.change", "filter.server-side")
def test_each_client_gets_exactly_what_it_should():
    seed = int(os.environ.get("RINGSIDE_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"RINGSIDE_SEED={seed}")
    with Stack(ring="2MiB", restrict=HIDDEN, limit_connections_per_user=0, limit_messages_per_second=0) as stack:
        world = World(stack, seed)
        for step in range(N_STEPS):
            if step in (N_STEPS // 3, 2 * N_STEPS // 3):
                world.lap()
            world.step()
        world.send(100)
        for tracked in world.clients:
            assert tracked.expected == []
        assert sum(tracked.n_got for tracked in world.clients) > 1000
