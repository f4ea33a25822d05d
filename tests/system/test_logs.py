"""/logs: level, component, search, tail, live."""

import pytest
from stack import Stack, custom, health, log_entry, metric, numbers, task

LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"]


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


@pytest.fixture
def lines(stack):
    """Sends the same lines each time; a test ends with the last of them, which every filter below lets through."""
    sent = [
        log_entry(1, "TRACE", "api", "nothing to see"), log_entry(2, "DEBUG", "api", "Connection from 10.0.0.1"),
        log_entry(3, "INFO", "store", "started"), log_entry(4, "warn", "store", "disk nearly full"),
        log_entry(5, "ERROR", "api", "connection LOST: timeout after 30 s"), log_entry(6, "INFO", "worker", "done"),
        log_entry(7, "ERROR", "store", "Disk full"), log_entry(8, "CRITICAL", "api", "disk connection full"),
    ]
    return lambda: stack.send(task(100), *sent, custom(101), metric("m", 102), health())


CASES = [
    ({}, [1, 2, 3, 4, 5, 6, 7, 8]), ({"level": "INFO"}, [3, 4, 5, 6, 7, 8]), ({"level": "warn"}, [4, 5, 7, 8]), ({"level": "ERROR"}, [5, 7, 8]),
    ({"component": "api"}, [1, 2, 5, 8]), ({"component": "api,worker"}, [1, 2, 5, 6, 8]), ({"search": "disk"}, [4, 7, 8]),
    ({"search": "CONNECTION"}, [2, 5, 8]), ({"search": "disk", "component": "store", "level": "ERROR"}, [7]),
    ({"filter.search.regex": r"full$"}, [4, 7, 8]), ({"filter.level": "WARN,DEBUG"}, [2, 4]), ({"search": "10.0.0.1"}, [2]),
]


@pytest.mark.conformance("logs.live", "logs.level", "logs.component", "logs.search")
@pytest.mark.parametrize(("query", "expected"), CASES, ids=[str(case[0]) for case in CASES])
def test_lines_are_chosen_by_level_component_and_search(stack, lines, query, expected):
    with stack.connect("/logs", query=query) as client:
        lines()
        assert numbers(client.read_events(len(expected))) == expected
        assert client.request({"type": "ping"}, "pong")


@pytest.mark.conformance("logs.tail")
def test_the_last_lines_that_match_come_first_then_live(stack, lines):
    for _ in range(3):
        lines()
    for query, expected in CASES:
        with stack.connect("/logs", query=query | {"tail": 3}) as client:
            events, _ = client.until("replay_end")
            assert numbers(events) == (expected * 3)[-3:]
            lines()
            assert numbers(client.read_events(len(expected))) == expected


def test_who_may_not_see_logs_gets_none(stack, lines):
    with stack.connect("/logs", role="viewer", query={"tail": 5}) as client:
        events, _ = client.until("replay_end")
        assert events == []
        lines()
        assert client.request({"type": "subscribe", "events": ["LogEntry"]}, "error")["code"] == "forbidden"


def test_other_types_can_be_added_to_the_stream(stack, lines):
    with stack.connect("/logs", query={"level": "ERROR"}) as client:
        client.request({"type": "subscribe", "events": ["task"]}, "subscribed")
        lines()
        assert numbers(client.read_events(4)) == [100, 5, 7, 8]
