"""Costly requests of one viewer do not stop the others: work is bounded by CPU time a turn, whatever is asked for.

The CPU time of lwsws decides, or that others are answered between the slices of the work; no test measures the wall clock.
"""

import json
import pathlib
import random
import threading

import pytest
from stack import SANITIZED, Stack, metric, task
from waiting import eventually
from ws_client import Refused

N_HISTORY = 40_000

# A sanitizer keeps what was freed, and multiplies CPU time.
measures = pytest.mark.skipif(SANITIZED, reason="memory and CPU time of a sanitized build say nothing")


def cpu_seconds(stack):
    """Of the serving process, all threads."""
    pid = stack.lwsws[0].child()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def anonymous_kib(stack):
    status = pathlib.Path(f"/proc/{stack.lwsws[0].child()}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0])


def hex_events(n):
    rng = random.Random(n)
    return [{"event_type": "Bomb", "data": {"m": "".join(rng.choices("0123456789abcdef", k=600))}} for _ in range(n)]


@pytest.fixture(name="full", scope="module")
def stack_with_history():
    with Stack(ring="64MiB", limit_connections_per_user=0) as stack:
        for first in range(0, N_HISTORY, 1000):
            stack.send(*(task(n, status="Running", pad="x" * 200) for n in range(first, first + 1000)))
        yield stack


class Asking(threading.Thread):
    """Asks for /healthz until it is told to stop, and counts the answers."""

    def __init__(self, stack):
        super().__init__()
        self.stack, self.n_answers, self.done = stack, 0, threading.Event()

    def run(self):
        while not self.done.is_set():
            assert self.stack.lwsws[0].get("/healthz").status == 200
            self.n_answers += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.join()


def expressions(n, repeat):
    return [{"regex": f"[0-7][0-9a-f]{{{20 + i % 20}}}[x-z]{i}" if repeat == 0 else f"(?i)[\\x{{100}}-\\x{{10ffff}}]{{{repeat}}}{i}"} for i in range(n)]


def test_expressions_beyond_the_limits_are_refused_with_the_reason(full):
    with full.connect() as client:
        for filters in ({"search": expressions(100, 0)}, {"search": expressions(16, 500)}):
            client.send({"type": "subscribe", "events": ["*"], "filters": filters})
            error = client.expect("error")
            assert error["code"] == "bad_filter" and "search" in error["message"]


def subscribe_to_as_many_expressions_as_are_taken(client, **filters):
    for n in range(16, 1, -1):
        client.send({"type": "subscribe", "events": ["*"], "filters": {"search": expressions(n, 0), **filters}})
        if client.read()["type"] == "subscribed":
            return
    raise AssertionError("no two expressions are taken")


@measures
def test_as_many_expressions_as_are_taken_cost_a_bounded_time_for_each_event():
    with Stack(limit_connections_per_user=0) as stack, stack.connect() as costly, stack.connect() as plain:
        subscribe_to_as_many_expressions_as_are_taken(costly)
        events = hex_events(200)
        before = cpu_seconds(stack)
        with Asking(stack) as others:
            stack.send(*events)
            assert len(plain.read_events(len(events))) == len(events)
            costly.send({"type": "ping"})
            costly.until("pong")
        assert cpu_seconds(stack) - before < len(events) * 0.006 + 0.001 * others.n_answers + 0.5


@measures
def test_as_many_expressions_as_are_taken_cost_a_bounded_time_for_each_event_of_history():
    with Stack(limit_connections_per_user=0) as stack, stack.connect() as plain:
        events = hex_events(300)
        stack.send(*events)
        assert len(plain.read_events(len(events))) == len(events)
        before = cpu_seconds(stack)
        with Asking(stack) as others, stack.connect() as costly:
            subscribe_to_as_many_expressions_as_are_taken(costly, since="2020-01-01T00:00:00Z")
            costly.expect("replay_end")
        assert cpu_seconds(stack) - before < len(events) * 0.006 + 0.001 * others.n_answers + 0.5


def test_others_are_answered_while_history_is_searched_for_expressions(full):
    """A history of 40,000 events takes many slices of CPU time, whatever an expression costs."""
    with Asking(full) as others, full.connect() as honest, full.connect() as costly:
        subscribe_to_as_many_expressions_as_are_taken(costly, since="2020-01-01T00:00:00Z")
        n_before = others.n_answers
        honest.send({"type": "ping"})
        honest.expect("pong")
        costly.expect("replay_end")
        assert others.n_answers - n_before >= 3


def test_a_client_with_a_costly_filter_gets_what_it_selects(full):
    with full.connect() as client:
        client.send({"type": "subscribe", "events": ["Needle"], "filters": {"search": {"regex": "[a-f]{3}[0-9]x"}}})
        client.expect("subscribed")
        full.send(*({"event_type": "Needle", "data": {"m": "abc1x" if n % 2 else "abcx", "n": n}} for n in range(100)))
        assert [event["data"]["n"] for event in client.read_events(50)] == list(range(1, 100, 2))


@pytest.mark.parametrize("request_", ["step", "tail", "since", "attach"])
def test_a_scan_of_the_whole_ring_leaves_room_for_others(full, request_):
    """The scan takes hundreds of slices; an honest client is answered in between, which the old single callback made impossible."""
    with Asking(full) as others, full.connect() as honest:
        if request_ == "step":
            client = full.connect()
            client.send({"type": "subscribe", "events": ["task"], "filters": {"status": "nomatch"}})
            client.expect("subscribed")
            client.send({"type": "debug", "action": "seek", "to": "2020-01-01T00:00:00Z"})
            client.expect("debug")
            client.send({"type": "debug", "action": "step", "count": 1})
        elif request_ == "tail":
            client = full.connect("/logs", query={"tail": 1, "events": "task", "search": "zzqq"})
        elif request_ == "attach":
            client = full.connect()
            client.send({"type": "debug", "action": "attach", "task_id": "nobody"})
            client.expect("debug")
        else:
            client = full.connect(query={"since": "2020-01-01T00:00:00Z", "filter.status": "nomatch"})
        n_before = others.n_answers
        honest.send({"type": "ping"})
        honest.expect("pong")
        answer = client.expect("debug" if request_ == "step" else "replay_end")
        assert answer.get("delivered", 0) == 0
        assert others.n_answers - n_before >= 3
        client.drop()


@measures
def test_work_before_the_token_is_no_more_than_a_plain_refusal(full):
    def refusals(n, path_query):
        before = cpu_seconds(full)
        for _ in range(n):
            with pytest.raises(Refused) as refused:
                full.connect(token="abc", query=path_query)
            assert refused.value.status == 401
        return (cpu_seconds(full) - before) / n

    plain = refusals(200, {})
    expression = refusals(40, {"filter.search.regex": "(?i)[\\x{100}-\\x{10ffff}]{500}"})
    substrings = refusals(40, {"filter.search": ",".join(chr(97 + n % 26) * 100 + str(n) for n in range(40))})
    assert max(expression, substrings) < 3 * plain + 0.001


@measures
def test_unsubscribe_keeps_no_names_without_a_bound(full):
    with full.connect() as client:
        before, cpu = anonymous_kib(full), cpu_seconds(full)
        received = full.lwsws[0].metrics()["ringside_client_messages_total"]
        for first in range(0, 20 * 5000, 5000):
            client.send({"type": "unsubscribe", "events": [f"T{n}" for n in range(first, first + 5000)]})
        assert client.expect("error")["code"] in ("too_many_events", "rate_limited")
        eventually(lambda: full.lwsws[0].metrics()["ringside_client_messages_total"] >= received + 20, "all were read")
        assert anonymous_kib(full) - before < 4096 and cpu_seconds(full) - cpu < 1


@measures
def test_filters_of_one_connection_are_bounded_in_memory(full):
    with full.connect() as client:
        before, cpu = anonymous_kib(full), cpu_seconds(full)
        codes = []
        for n in range(50):
            client.send({"type": "subscribe", "events": [f"B{n}"], "filters": {"search": [{"regex": f"x{n}y{i}[a-z]{{9}}"} for i in range(8)]}})
            codes.append(client.read().get("code", "taken"))
        assert codes[0] == "taken" and "bad_filter" in codes
        assert anonymous_kib(full) - before < 24 * 1024 and cpu_seconds(full) - cpu < 3


LONG_SERIES = {
    "metadata": lambda n: {**metric("m", n, label=str(n)), "metadata": {"padding": "x" * 200_000}},
    "label": lambda n: metric("m", n, label=str(n) + "x" * 200_000),
    "name of a label": lambda n: metric("m", n, **{f"l{n}" + "x" * 200_000: "1"}),
}


@measures
@pytest.mark.parametrize("where", LONG_SERIES)
def test_metric_series_are_bounded_in_memory_and_what_is_left_out_is_told(where):
    with Stack(ring="64MiB") as stack, stack.connect("/metrics", query={"interval": 1000}) as client:
        stack.send(metric("warm", 1))
        client.read_events(1)
        before = anonymous_kib(stack)
        for n in range(300):
            stack.send(LONG_SERIES[where](n))
        gap = client.until("gap")[1]
        assert gap["reason"] == "series" and gap["missed"] > 0
        assert anonymous_kib(stack) - before < 64 * 1024
        assert stack.lwsws[0].metrics()["ringside_series_left_out_total"] > 0


@measures
def test_a_snapshot_that_nobody_reads_is_kept_for_nobody():
    with Stack(ring="64MiB", limit_connections_per_user=0) as stack, stack.connect("/metrics", query={"interval": 1000, "batch_size": 1}) as reading:
        for first in range(0, 4000, 500):
            stack.send(*({**metric("m", n, label=str(n)), "metadata": {"padding": "x" * 3500}} for n in range(first, first + 500)))
        seen = set()
        while len(seen) < 4000:
            seen |= {event["data"]["labels"]["label"] for event in reading.read_events(1)}
        before = anonymous_kib(stack)
        stalled = [stack.connect("/metrics", query={"interval": 1000}, receive_buffer=4096) for _ in range(10)]
        for n in range(5):
            stack.send(metric("tick", n))
            while "tick" not in {event["data"]["metric_name"] for event in reading.read_events(1)}:
                pass
        assert anonymous_kib(stack) - before < 16 * 1024
        for client in stalled:
            client.drop()


def test_a_storm_of_long_subscriptions_slows_itself_and_not_the_others(full):
    with Asking(full) as others, full.connect() as storm:
        message = json.dumps({"type": "subscribe", "events": ["task"], "filters": {"status": ["s" * 600 + str(n) for n in range(90)]}})
        assert len(message) < 65_536
        code = None
        while code != "rate_limited":
            storm.send(message)
            answer = storm.read()
            code = answer.get("code")
        assert answer["retry_after_ms"] > 0
        assert full.lwsws[0].metrics()["ringside_reads_paused_total"] > 0
        while answer["type"] != "pong":  # it is read from again when the time is earned
            storm.send({"type": "ping"})
            answer = storm.read()
    assert others.n_answers > 0
