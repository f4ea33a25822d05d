# ctest: alone
"""Many producers at once, many clients: everything arrives, each producer's events in the order in which it sent them."""

import json
import pathlib
import subprocess
import threading

import pytest
from stack import Stack, custom, numbers, scaled, seq_of, task
from waiting import SLOWNESS

CROWD = pathlib.Path(__file__).resolve().parents[1] / "support" / "ws_crowd.mjs"
N_PRODUCERS = 8
N_EVENTS = scaled(12_500, 1_000)  # each
N_CLIENTS = scaled(50, 20)


def produce(stack, producer):
    """One producer's events, in pieces that end in the middle of lines."""
    data = b"".join(json.dumps({"event_type": "Custom", "data": {"p": producer, "n": n}}).encode() + b"\n" for n in range(N_EVENTS))
    connection = stack.producer()
    try:
        step = 4096 + 13 * producer
        for at in range(0, len(data), step):
            connection.peer.sendall(data[at:at + step])
        connection.wait_for_ack(N_EVENTS)
        assert not connection.errors
    finally:
        connection.close()


@pytest.mark.conformance("stream.all")
def test_eight_producers_to_fifty_clients_complete_and_in_order():
    with Stack(ring="64MiB", limit_connections_per_user=0) as stack:
        crowd = subprocess.Popen(
            ["node", CROWD, f"ws://127.0.0.1:{stack.port}/ws?token={stack.token()}", str(N_CLIENTS), str(N_PRODUCERS), str(N_EVENTS),
             "100", "1000", "10", "100", "1"], stdout=subprocess.PIPE, text=True)
        try:
            assert crowd.stdout.readline() == "ready\n"
            threads = [threading.Thread(target=produce, args=(stack, i)) for i in range(N_PRODUCERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            out, _ = crowd.communicate(timeout=60 * SLOWNESS)
        finally:
            crowd.kill()
        result = json.loads(out)
        assert result["faults"] == []
        assert result["largestFrame"] > 10
        page = stack.lwsws[0].metrics()
        assert sum(value for name, value in page.items() if name.startswith("ringside_gaps_total")) == 0
        assert page["ringside_events_missed_total"] == 0


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


def frames(client, count):
    """The next frames as they came, until they held that many events."""
    found = []
    while sum(len(client.events_in(frame)) for frame in found) < count:
        found.append(client.read())
    return found


def sizes(found):
    return [len(frame["events"]) if frame.get("type") == "batch" else 0 for frame in found]


@pytest.mark.conformance("param.batch-default", "batch.envelope", "server.batch")
def test_up_to_ten_events_make_a_batch_unless_another_size_is_asked_for(stack):
    # Replayed together, so that how many are ready at once is not left to chance.
    start = stack.connect()
    begin = start.hello["head"]
    start.drop()
    stack.send(*[custom(n) for n in range(25)])
    for size, expected in ((None, [10, 10, 5]), (4, [4] * 6 + [0]), (25, [25]), (1000, [25]), (24, [24, 0])):
        with stack.connect(query={"since": begin} | ({"batch_size": size} if size else {})) as client:
            assert client.hello["batch_size"] == (size or 10)
            found = frames(client, 25)
            assert sizes(found) == expected
            assert numbers(sum((client.events_in(frame) for frame in found), [])) == list(range(25))
            for frame in found:
                if "events" in frame:
                    assert set(frame) == {"type", "timestamp", "events"} and frame["timestamp"].endswith("Z")
            client.expect("replay_end")


@pytest.mark.conformance("param.batch-size")
def test_a_batch_size_of_one_never_sees_an_envelope(stack):
    with stack.connect(query={"batch_size": 1}) as client:
        stack.send(*[custom(n) for n in range(200)])
        assert sizes(frames(client, 200)) == [0] * 200


def test_one_ready_event_goes_as_itself_and_at_once(stack):
    with stack.connect(query={"batch_size": 1000}) as client:
        for n in range(20):
            stack.send(custom(n))
            assert sizes(frames(client, 1)) == [0]


def test_with_flush_ms_events_wait_for_each_other(stack):
    with stack.connect(query={"batch_size": 50, "flush_ms": 1000}) as client:
        stack.send(custom(0))
        assert sizes(frames(client, 1)) == [0]  # the first is not held
        for n in range(1, 21):
            stack.send(custom(n))
        found = frames(client, 20)
        assert len(found) < 20 and numbers(sum((client.events_in(frame) for frame in found), [])) == list(range(1, 21))
        stack.send(*[custom(n) for n in range(50)])  # a full batch waits for no time
        assert len(frames(client, 50)) >= 1


def test_max_rate_tells_what_it_left_out(stack):
    with stack.connect(query={"max_rate": 20, "batch_size": 100}) as client:
        stack.send(*[custom(n) for n in range(100)])
        got, gaps = [], []
        while len(got) + sum(gap["missed"] for gap in gaps) < 100:
            message = client.read()
            if message.get("type") == "gap":
                assert message["reason"] == "rate" and seq_of(message["from"]) + message["missed"] - 1 == seq_of(message["to"])
                gaps.append(message)
            else:
                got += client.events_in(message)
        assert len(got) >= 20 and len(gaps) >= 1
        left_out = {seq for gap in gaps for seq in range(seq_of(gap["from"]), seq_of(gap["to"]) + 1)}
        assert sorted([*left_out, *(seq_of(event["id"]) for event in got)]) == list(range(seq_of(got[0]["id"]), seq_of(got[0]["id"]) + 100))
        stack.send(custom(1000))
        assert numbers(client.read_events(1)) == [1000]


@pytest.mark.conformance("event.id")
def test_an_id_is_epoch_and_sequence_and_the_rest_is_the_producers(stack):
    with stack.connect() as client:
        sent = task(1, previous_status="Pending", progress=45.5) | {"timestamp": "2025-09-26T10:00:00Z", "metadata": {"infra": "production"}}
        stack.send(sent)
        got = client.read_events(1)[0]
        epoch, _, seq = got.pop("id").partition(":")
        assert epoch == client.hello["epoch"] and int(seq) > int(client.hello["head"].partition(":")[2])
        assert got == sent
