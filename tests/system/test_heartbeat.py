"""Heartbeats both ways: the client's ping message, the server's ping frames, and who is given up for dead."""

import pytest
from stack import Stack, custom, numbers


@pytest.fixture(scope="module")
def stack():
    with Stack(ping_interval="1s") as running:
        yield running


@pytest.mark.conformance("heartbeat.ping")
def test_a_ping_is_answered_by_a_pong_with_the_lag(stack):
    for path in ("/ws", "/metrics", "/logs"):
        with stack.connect(path) as client:
            for _ in range(3):
                answer = client.request({"type": "ping"}, "pong")
                assert answer["lag_ms"] >= 0 and set(answer) == {"type", "lag_ms"}


def test_an_idle_client_that_answers_the_servers_pings_stays(stack):
    with stack.connect() as client:
        while client.n_pings < 4:
            client.pump()
        assert not client.ended
        stack.send(custom(1))
        assert numbers(client.read_events(1)) == [1]


def test_one_that_does_not_answer_is_given_up(stack):
    client = stack.connect()
    while client.socket.recv(4096):  # reads and says nothing
        pass
    with stack.connect() as other:
        assert other.request({"type": "ping"}, "pong")
    client.drop()


def test_a_clients_ping_frame_is_answered_with_its_payload(stack):
    with stack.connect() as client:
        client.protocol.send_ping(b"payload")
        client.flush()
        data = b""
        while b"\x8a\x07payload" not in data:
            data += client.socket.recv(4096)
