"""Connections that are no WebSocket are limited, in total and for each address: who waits longest makes place, and nobody else suffers."""

import collections
import contextlib

from raw_client import RawClient, opened, request, upgrade_headers
from stack import Stack
from waiting import eventually


def n_refused(stack):
    return stack.lwsws[0].metrics()["ringside_plain_connections_refused_total"]


def n_open(clients):
    """How many are still open; what was sent to the others is read."""
    count = 0
    for client in clients:
        client.socket.setblocking(False)
        try:
            while client.more():
                pass
        except BlockingIOError:
            pass
        count += not client.ended
    return count


def test_silent_connections_make_place_for_others():
    with Stack(limit_plain_connections=20) as stack, contextlib.ExitStack() as held:
        with opened(stack.port, stack.token()) as socket:
            clients = [held.enter_context(RawClient(stack.port)) for _ in range(60)]
            assert eventually(lambda: stack.lwsws[0].get("/healthz").status == 200, "others are served")
            eventually(lambda: n_open(clients) <= 20, "no more than the limit stay")
            assert n_refused(stack) >= 40
            socket.send(b"\x89\x80\0\0\0\0")
            assert socket.read_until(10) == b""


def test_each_address_has_a_limit_of_its_own():
    with Stack(limit_plain_connections_per_address=5) as stack, contextlib.ExitStack() as held:
        clients = [held.enter_context(RawClient(stack.port, source="127.0.0.9")) for _ in range(30)]
        others = [held.enter_context(RawClient(stack.port)) for _ in range(3)]
        eventually(lambda: n_open(clients) <= 5, "its own are closed")
        assert n_open(others) == 3
        assert all(client.send(request()).socket.setblocking(True) is None and client.answer().status == 200 for client in others)


def test_websockets_do_not_count():
    with Stack(limit_plain_connections=5, limit_connections_per_user=0) as stack, contextlib.ExitStack() as held:
        clients = [held.enter_context(opened(stack.port, stack.token())) for _ in range(40)]
        stack.send({"event_type": "Custom", "data": {"n": 1}})
        for client in clients:
            assert client.read_message()["data"]["n"] == 1


def test_a_storm_of_good_clients_is_let_in():
    with Stack(limit_plain_connections=150, limit_connections_per_user=0) as stack, contextlib.ExitStack() as held:
        clients = []
        token = stack.token()
        for _ in range(400):
            client = held.enter_context(RawClient(stack.port))
            client.send(request(f"/ws?token={token}", headers=upgrade_headers()))
            clients.append(client)
        assert collections.Counter(client.answer().status for client in clients) == {101: 400}
