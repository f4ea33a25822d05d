"""History and loss: since by id and by time, tail, replay_end, gap; on all three endpoints, and after restarts of everything."""

import datetime

import pytest
from stack import Stack, custom, health, log_entry, metric, numbers, seq_of, task

LONG_AGO = "2020-01-01T00:00:00Z"
ENDPOINTS = {
    "/ws": custom,
    "/metrics": lambda n: metric(f"m{n}", n),
    "/logs": log_entry,
}


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="microseconds").replace("+00:00", "Z")


def restart_worker(stack):
    stack.kill_worker()
    stack.start_worker()


def restart_lwsws(stack):
    stack.lwsws[0].restart()


def restart_both(stack):
    stack.stop_worker()
    stack.lwsws[0].stop()
    stack.start_worker()
    stack.lwsws[0].start()


RESTARTS = {"none": lambda stack: None, "worker": restart_worker, "lwsws": restart_lwsws, "both": restart_both}


@pytest.mark.conformance("history.id", "history.time", "history.replay-end")
@pytest.mark.parametrize("restart", RESTARTS)
def test_since_by_id_and_by_time_on_each_endpoint(restart):
    with Stack() as stack:
        ids, middle = {}, {}
        for path, make in ENDPOINTS.items():
            with stack.connect(path) as client:
                stack.send(*[make(n) for n in range(30)])
                ids[path] = [event["id"] for event in client.read_events(30)]
                middle[path] = now()
                stack.send(*[make(n) for n in range(30, 60)])
                ids[path] += [event["id"] for event in client.read_events(30)]
        RESTARTS[restart](stack)
        for path, make in ENDPOINTS.items():
            cases = [(ids[path][9], 10), (ids[path][59], 60), (middle[path], 30), (LONG_AGO, 0), (now(), 60)]
            for since, first in cases:
                with stack.connect(path, query={"since": since} | ({"events": "Custom"} if path == "/ws" else {})) as client:
                    assert client.hello["epoch"] == ids[path][0].partition(":")[0]
                    events, end = client.until("replay_end")
                    assert numbers(events) == list(range(first, 60)), (path, since)
                    assert [event["id"] for event in events] == ids[path][first:]
                    assert (end["recovered"], end["missed"]) == (True, 0)
                    if since is cases[-1][0]:  # then live, without gap or double
                        stack.send(make(1000))
                        assert numbers(client.read_events(1)) == [1000]


@pytest.fixture(scope="module")
def stack():
    with Stack(ring="2MiB", limit_connections_per_user=0) as running:
        yield running


def fill(stack, size, n_events=200):
    """Events larger than the ring together; returns the last one's number."""
    padding = "x" * (size // n_events)
    stack.send(*[custom(n, padding=padding) for n in range(n_events)])
    return n_events


@pytest.mark.conformance("history.missed")
@pytest.mark.parametrize("path", ENDPOINTS)
def test_what_the_ring_no_longer_holds_is_counted_exactly(stack, path):
    make = ENDPOINTS[path]
    with stack.connect(path) as client:
        stack.send(make(0))
        first = client.read_events(1)[0]["id"]
    fill(stack, 6 << 20)
    with stack.connect(query={"since": LONG_AGO}) as client:
        held, end = client.until("replay_end")
        oldest = seq_of(held[0]["id"])
        assert seq_of(first) < oldest
        assert [seq_of(event["id"]) for event in held] == list(range(oldest, oldest + len(held)))
        # Of a time that lies before what is held nobody knows how many there were, but that it is not all.
        assert end["missed"] == oldest - 1 and end["recovered"] is False
    with stack.connect(path, query={"since": first}) as client:
        _, end = client.until("replay_end")
        assert (end["recovered"], end["missed"]) == (False, oldest - seq_of(first) - 1)


@pytest.mark.conformance("history.missed")
def test_an_id_of_another_epoch_is_answered_with_all_that_is_held(stack):
    stack.send(custom(1), custom(2))
    with stack.connect(query={"since": "00000001:5"}) as client:
        events, end = client.until("replay_end")
        assert numbers(events)[-2:] == [1, 2] and end["recovered"] is False and end["missed"] is None


def test_an_id_beyond_the_head_is_like_one_of_another_epoch(stack):
    with stack.connect() as client:
        head = client.hello["head"]
    beyond = f"{head.partition(':')[0]}:{seq_of(head) + 1000}"
    with stack.connect(query={"since": beyond}) as client:
        events, end = client.until("replay_end")
        assert (end["recovered"], end["missed"]) == (False, None)
        assert not events or events[-1]["id"] == head
        stack.send(custom(7))
        assert numbers(client.read_events(1)) == [7]


@pytest.mark.conformance("history.tail", "logs.tail")
def test_tail_begins_with_the_last_lines_that_match(stack):
    stack.send(*[log_entry(n, level="ERROR" if n % 3 == 0 else "INFO") for n in range(30)], custom(1))
    for tail, level, expected in ((5, None, [25, 26, 27, 28, 29]), (3, "ERROR", [21, 24, 27]), (1, None, [29])):
        with stack.connect("/logs", query={"tail": tail} | ({"level": level} if level else {})) as client:
            events, end = client.until("replay_end")
            assert numbers(events) == expected and end["recovered"] is True
            stack.send(log_entry(99, level="ERROR"))
            assert numbers(client.read_events(1)) == [99]
            stack.send(*[log_entry(n, level="ERROR" if n % 3 == 0 else "INFO") for n in range(30)])


def test_tail_of_more_than_there_is_gives_what_there_is(stack):
    fill(stack, 6 << 20)
    stack.send(log_entry(1), log_entry(2))
    with stack.connect("/logs", query={"tail": 10000}) as client:
        events, _ = client.until("replay_end")
        assert numbers(events) == [1, 2]


def outrun(stack):
    """More than ring, lwsws' cache of records (24 MiB) and a socket hold together; returns the number of events."""
    padding = "x" * 20_000
    for _ in range(20):
        stack.send(*[log_entry(n, details={"padding": padding}) for n in range(100)])
    return 2000


@pytest.mark.conformance("history.lapped")
@pytest.mark.parametrize("path", ["/ws", "/logs"])
def test_a_lapped_client_gets_a_gap_with_the_exact_count(stack, path):
    """It does not read while the ring is overwritten several times; what it got and what it is told it missed are all there was."""
    client = stack.connect(path, query={"batch_size": 1}, receive_buffer=4096)
    before = seq_of(client.hello["head"])
    last = before + outrun(stack)
    at = before
    n_gaps = 0
    with client:
        while at < last:
            message = client.read()
            if message.get("type") == "gap":
                n_gaps += 1
                assert message["reason"] == "lapped"
                assert seq_of(message["from"]) == at + 1
                assert seq_of(message["to"]) == at + message["missed"]
                at += message["missed"]
            else:
                for event in client.events_in(message):
                    assert seq_of(event["id"]) == at + 1
                    at += 1
        assert at == last and n_gaps >= 1
        stack.send(log_entry(77))
        assert numbers(client.read_events(1)) == [77]


def test_a_lapped_client_is_closed_with_4008_where_the_vhost_says_so():
    with Stack(ring="2MiB", slow_events="close") as stack:
        client = stack.connect(query={"batch_size": 1}, receive_buffer=4096)
        logs = stack.connect("/logs", receive_buffer=4096)
        outrun(stack)
        assert client.wait_closed()[0] == 4008
        stack.send(log_entry(7777))
        # For logs it is a gap, or several, whatever the option says.
        _, n_gaps = logs.until_event_over_gaps(lambda event: event["data"]["n"] == 7777)
        assert n_gaps > 0


def test_a_slow_metrics_client_gets_the_latest_of_each_series():
    with Stack(ring="16MiB") as stack:
        client = stack.connect("/metrics", receive_buffer=4096)
        labels = {"padding": "x" * 1000}
        for n in range(40):
            stack.send(*[metric(f"series_{i}", n * 500 + i, **labels) for i in range(500)])
        latest, n_events, missed, reasons = {}, 0, 0, set()
        while n_events + missed < 40 * 500:
            message = client.read()
            if message.get("type") == "gap":
                reasons.add(message["reason"])
                missed += message["missed"]
                continue
            for event in client.events_in(message):
                latest[event["data"]["metric_name"]] = event["data"]["value"]
                n_events += 1
        assert n_events + missed == 40 * 500 and reasons == {"slow"}
        assert latest == {f"series_{i}": 39 * 500 + i for i in range(500)}
        client.drop()


@pytest.mark.conformance("sub.since", "filter.log-advanced")
def test_a_subscription_with_since_replays_what_it_names(stack):
    with stack.connect() as client:
        head = client.hello["head"]
        stack.send(log_entry(1, level="ERROR"), task(1), log_entry(2, level="INFO"), log_entry(3, level="WARN", component="other"),
                   log_entry(4, level="WARN"))
        assert len(client.read_events(5)) == 5
        client.send({"type": "subscribe", "events": ["LogEntry"],
                     "filters": {"level": ["ERROR", "WARN"], "component": ["server-manager", "batch-coordinator"], "since": head}})
        answer = client.expect("subscribed")
        assert answer["events"] == ["LogEntry"] and answer["filters"]["level"] == ["ERROR", "WARN"]
        events, end = client.until("replay_end")
        assert numbers(events) == [1, 4] and end["recovered"] is True
        stack.send(task(2), log_entry(5, level="ERROR"), log_entry(6, level="DEBUG"))
        assert numbers(client.read_events(1)) == [5]


def test_a_replay_shows_only_what_the_role_may_see(stack):
    stack.send(health(), log_entry(1), custom(50))
    for role, types in (("admin", ["SystemHealthUpdate", "LogEntry", "Custom"]), ("developer", ["LogEntry", "Custom"]), ("viewer", ["Custom"])):
        with stack.connect(role=role, query={"since": LONG_AGO}) as client:
            events, _ = client.until("replay_end")
            assert [event["event_type"] for event in events][-len(types):] == types
            assert {event["event_type"] for event in events} <= {*types, "TaskStatusChanged"}


def test_a_larger_ring_after_a_restart_continues_for_connected_clients():
    with Stack(ring="2MiB") as stack:
        with stack.connect() as client:
            stack.send(custom(1), custom(2))
            assert numbers(client.read_events(2)) == [1, 2]
            stack.stop_worker()
            stack.config.write_text(stack.config.read_text().replace('size = "2MiB"', 'size = "4MiB"'))
            stack.start_worker()
            stack.send(custom(3))
            assert numbers(client.read_events(1)) == [3]
            with stack.connect() as another:
                assert another.hello["epoch"] == client.hello["epoch"]
