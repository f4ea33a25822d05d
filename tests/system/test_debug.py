"""Debug sessions: attach, pause, step, seek, resume, inspect, detach."""

import datetime

import pytest
from stack import Stack, custom, health, numbers, seq_of, task


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


def debug(client, action, **more):
    """Returns the events that come before the answer, and the answer."""
    client.send({"type": "debug", "action": action, **more})
    events, answer = client.until("debug")
    assert answer["action"] == action
    return events, answer


@pytest.mark.conformance("debug.attach")
def test_attach_shows_the_history_of_one_task_then_live(stack):
    stack.send(*[task(i % 3, status=f"S{i}") for i in range(9)], {"event_type": "LogEntry", "data": {"level": "INFO", "message": "m", "task_id": "task-1"}})
    with stack.connect(query={"events": "Custom"}) as client:
        _, answer = debug(client, "attach", task_id="task-1")
        assert answer["ok"] is True
        events, end = client.until("replay_end")
        assert [event["data"].get("status") for event in events] == ["S1", "S4", "S7", None] and end["recovered"]
        stack.send(task(2, status="no"), task(1, status="yes"), custom(5))
        assert [event["data"]["status"] for event in client.read_events(1)] == ["yes"]
        debug(client, "detach")
        stack.send(task(1, status="later"), custom(6))
        assert numbers(client.read_events(1)) == [6]  # the subscription as it was


def test_attach_by_filters_and_only_what_the_role_may_see(stack):
    stack.send(health("attached"), custom(1, session="x"), custom(2, session="y"))
    with stack.connect(role="viewer") as client:
        debug(client, "attach", filters={"session": "x"})
        events, _ = client.until("replay_end")
        assert numbers(events) == [1]
        debug(client, "attach", filters={"overall_status": "attached"})
        assert client.until("replay_end")[0] == []
        answer = client.request({"type": "debug", "action": "attach", "filters": {"search": {"regex": "("}}}, "error")
        assert (answer["code"], answer["request"]) == ("bad_filter", "debug")


@pytest.mark.conformance("debug.step")
def test_pause_step_and_resume(stack):
    with stack.connect(query={"batch_size": 1}) as client:
        _, answer = debug(client, "pause")
        assert answer["paused"] is True
        stack.send(*[custom(n) for n in range(10)])
        with stack.connect(query={"since": "2020-01-01T00:00:00Z"}) as other:
            other.until("replay_end")  # so lwsws has seen them
        events, answer = debug(client, "step")
        assert numbers(events) == [0] and answer["delivered"] == 1 and answer["behind"] == 9
        events, answer = debug(client, "step", count=3)
        assert numbers(events) == [1, 2, 3] and answer["paused"] is True
        events, answer = debug(client, "inspect")
        assert events == [] and answer["behind"] == 6 and answer["headroom_bytes"] > 0
        assert seq_of(answer["head"]) - seq_of(answer["cursor"]) == 5
        debug(client, "resume")
        assert numbers(client.read_events(6)) == [4, 5, 6, 7, 8, 9]
        stack.send(custom(10))
        assert numbers(client.read_events(1)) == [10]


@pytest.mark.conformance("debug.seek")
def test_seek_goes_back_and_forth_by_id_and_by_time(stack):
    with stack.connect() as client:
        stack.send(*[custom(n) for n in range(5)])
        ids = [event["id"] for event in client.read_events(5)]
        middle = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        stack.send(*[custom(n) for n in range(5, 10)])
        ids += [event["id"] for event in client.read_events(5)]
        debug(client, "pause")
        for to, first in ((ids[3], 3), (middle, 5), (ids[9], 9), ("2020-01-01T00:00:00Z", None), (ids[0], 0)):
            debug(client, "seek", to=to)
            events, _ = debug(client, "step", count=1)
            if first is not None:
                assert numbers(events) == [first]
        _, answer = debug(client, "seek", to="00000001:5")
        assert answer["ok"] is False and "another epoch" in answer["message"]
        debug(client, "seek", to=ids[8])
        debug(client, "resume")
        assert numbers(client.read_events(2)) == [8, 9]


@pytest.mark.conformance("debug.resume")
def test_resume_with_a_speed_plays_in_the_order_of_old_and_then_goes_on_live(stack):
    with stack.connect() as client:
        for n in range(5):
            stack.send(custom(n))
        first = client.read_events(5)[0]["id"]
        debug(client, "pause")
        debug(client, "seek", to=first)
        debug(client, "resume", speed=4)
        assert numbers(client.read_events(5)) == [0, 1, 2, 3, 4]
        stack.send(custom(5))
        assert numbers(client.read_events(1)) == [5]


def test_a_paused_client_that_is_overtaken_is_told():
    with Stack(ring="2MiB") as stack:
        with stack.connect() as client:
            stack.send(custom(0))
            assert numbers(client.read_events(1)) == [0]
            debug(client, "pause")
            for _ in range(34):
                stack.send(*[custom(n, padding="x" * 20_000) for n in range(50)])
            client.send({"type": "debug", "action": "resume"})
            client.expect("debug")
            gap = client.until("gap")[1]  # after what this process had read in time
            assert gap["reason"] == "lapped" and gap["missed"] == seq_of(gap["to"]) - seq_of(gap["from"]) + 1
            stack.send(custom(77))
            client.until_event_over_gaps(lambda event: event["data"]["n"] == 77)
