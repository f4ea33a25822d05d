"""Sec-WebSocket-Protocol: whatever is in the list, an answer comes, and it names what the client offered."""

import pytest
from raw_client import RawClient
from stack import Stack


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


def ask(stack, protocol, path="/ws", token=True):
    with RawClient(stack.port) as client:
        return client.upgrade(path + (f"?token={stack.token()}" if token else ""), protocol=protocol)


@pytest.mark.parametrize("protocol", [", ".join([*(f"p{i}" for i in range(60)), "ringside-ws"]), "ringside-logs, ringside-ws", "ringside-metrics,ringside-ws",
                                      "x" * 5000 + ", ringside-ws", "13, ringside-ws, 1.5", "a.b, ringside-ws", "ringside-ws,ringside-ws", ", ,ringside-ws,"])
def test_the_one_of_the_path_is_chosen_wherever_it_is(stack, protocol):
    answer = ask(stack, protocol)
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "ringside-ws")


@pytest.mark.parametrize("path", ["/ws", "/metrics", "/logs"])
def test_all_three_may_be_offered_everywhere(stack, path):
    answer = ask(stack, "ringside-ws, ringside-metrics, ringside-logs", path=path)
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "ringside-" + path[1:])


@pytest.mark.parametrize("protocol", ["x" * 5000, "p" * 300 + ", q", "ringside-wsx", ", ".join(f"p{i}" for i in range(500))])
def test_without_it_the_refusal_can_be_read(stack, protocol):
    answer = ask(stack, protocol)
    assert (answer.status, answer.json()["error"]) == (400, "bad_subprotocol")


def test_a_token_may_be_beside_it(stack):
    with RawClient(stack.port) as client:
        answer = client.upgrade("/ws", protocol=f"ringside-ws, {stack.token(user='carol')}")
        assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "ringside-ws")
        assert client.read_message("welcome")["user"] == "carol"


def test_a_bad_token_beside_it_is_refused(stack):
    token = stack.token()
    assert ask(stack, f"ringside-ws, {token[:-3]}xyz", token=False).status == 401
    assert ask(stack, f"ringside-ws, {token}", token=True).json()["parameter"] == "token"


def test_without_a_list_none_is_named(stack):
    answer = ask(stack, None)
    assert answer.status == 101 and "sec-websocket-protocol" not in answer.headers
