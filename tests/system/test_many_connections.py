# ctest: alone
"""Ten thousand idle connections in one process, and one event that reaches all of them."""

import resource
import select
import socket

import pytest
from stack import Stack, custom, rss_kib, scaled
from waiting import SLOWNESS

N_CONNECTIONS = scaled(10_000, 2_000)
N_AT_ONCE = 200
N_MORE = 500  # what this process has open besides


def raise_limit():
    """Files that this process, and lwsws with it, may have open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = N_CONNECTIONS + N_MORE
    if hard != resource.RLIM_INFINITY and hard < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
        except (ValueError, OSError):
            pytest.skip(f"{N_CONNECTIONS} connections need {wanted} open files, and the hard limit (ulimit -Hn) is {hard}")
    elif soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def handshake(port, token, n):
    """Many to one port would use up the client's own ports: so they come from several addresses."""
    peer = socket.socket()
    peer.settimeout(60 * SLOWNESS)
    peer.bind((f"127.0.0.{2 + n % 4}", 0))
    peer.connect(("127.0.0.1", port))
    peer.sendall((f"GET /ws?token={token}&events=Custom HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
    return peer


def read_until(peer, data, words):
    while words not in data:
        piece = peer.recv(4096)
        assert piece, data
        data += piece
    return data


@pytest.mark.conformance("scale.connections")
def test_ten_thousand_idle_connections_and_an_event_to_all():
    raise_limit()
    peers = []
    with Stack(limit_connections_per_user=0) as stack:
        token = stack.token()
        child = stack.lwsws[0].child()
        before = rss_kib(child)
        try:
            for start in range(0, N_CONNECTIONS, N_AT_ONCE):
                fresh = [handshake(stack.port, token, start + i) for i in range(min(N_AT_ONCE, N_CONNECTIONS - start))]
                peers += fresh
                for peer in fresh:
                    data = read_until(peer, b"", b'"token_expires_at"')
                    assert data.startswith(b"HTTP/1.1 101")
            assert stack.lwsws[0].metrics()['ringside_connections{endpoint="ws"}'] == N_CONNECTIONS
            per_connection = (rss_kib(child) - before) * 1024 / N_CONNECTIONS
            assert per_connection < scaled(8_000, 80_000), f"{per_connection:.0f} bytes a connection"
            stack.send(custom(4711))
            waiting = select.poll()
            by_fd = {peer.fileno(): (peer, b"") for peer in peers}
            for fd in by_fd:
                waiting.register(fd, select.POLLIN)
            while by_fd:
                ready = waiting.poll(60_000 * SLOWNESS)
                assert ready, f"{len(by_fd)} connections got no event"
                for fd, _ in ready:
                    peer, data = by_fd[fd]
                    data += peer.recv(4096)
                    by_fd[fd] = (peer, data)
                    if b'{"n": 4711}' in data:
                        waiting.unregister(fd)
                        del by_fd[fd]
            assert stack.lwsws[0].get("/readyz").status == 200
        finally:
            for peer in peers:
                peer.close()
