"""A peer that accepts nothing is dropped and its place is free; one that reads slowly, but reads, stays."""

import contextlib
import pathlib

import pytest
from raw_client import CLOSE, PING, PONG, TEXT, RawClient, frame
from stack import Stack, custom
from waiting import SLOWNESS, eventually


def stalled(stack):
    client = RawClient(stack.port, receive_buffer=4096)
    assert client.upgrade(f"/ws?token={stack.token()}").status == 101
    return client


def test_those_who_accept_nothing_are_dropped_and_their_places_are_free():
    with Stack(ping_interval="1s", limit_connections_per_user=5) as stack, contextlib.ExitStack() as held:
        for _ in range(5):
            held.enter_context(stalled(stack))
        for _ in range(12):
            stack.send(*(custom(n, pad="x" * 1000) for n in range(1000)))

        def admitted():
            with RawClient(stack.port) as client:
                return client.upgrade(f"/ws?token={stack.token()}").status == 101

        eventually(admitted, "a place is free")


def test_one_that_reads_slowly_stays_and_gets_everything():
    n_events = 3000
    with Stack(ping_interval="1s") as stack, RawClient(stack.port, receive_buffer=65536) as client:
        assert client.upgrade(f"/ws?token={stack.token()}&batch_size=1").status == 101
        client.read_message("welcome")
        stack.send(*(custom(n, pad="x" * 1000) for n in range(n_events)))
        client.bytes_per_second = 400_000 // SLOWNESS
        got = 0
        while got < n_events:
            opcode, _, payload = client.read_frame()
            if opcode == PING:
                client.send(frame(PONG, payload))
            elif opcode == TEXT and b'"pad"' in payload:
                got += 1
            assert opcode != CLOSE
        client.send(frame(TEXT, b'{"type":"ping"}'))
        assert client.read_message("pong")


def unread_bytes(stack, client):
    """What the kernel keeps for the server's end of a connection."""
    ours, theirs = client.socket.getsockname()[1], stack.port
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        if int(words[1].rpartition(":")[2], 16) == theirs and int(words[2].rpartition(":")[2], 16) == ours:
            return int(words[4].partition(":")[0], 16)
    return 0


@pytest.mark.parametrize("limit, at_least, at_most", [("32KiB", 8, 64), (None, 64, 256), ("0", 512, 16384)])
def test_the_kernel_keeps_a_bounded_part_for_those_who_do_not_read(limit, at_least, at_most):
    """The third shows that the option is what bounds it: without, the kernel takes as much as its own limits let it."""
    options = {} if limit is None else dict(limit_send_buffer=limit)
    with Stack(ping_interval="0", **options) as stack, stalled(stack) as client, stack.connect() as reading:
        seen = []
        for _ in range(12):
            stack.send(*(custom(n, pad="x" * 1000) for n in range(1000)))
            reading.read_events(1000)
            seen.append(unread_bytes(stack, client) // 1024)
        assert at_least <= max(seen) <= at_most, seen
