"""Each connection ends by itself, or becomes a WebSocket: whatever a client does not say, or says slowly, or does not read."""

import contextlib
import select
import socket
import ssl
import time

from raw_client import RawClient, request, upgrade_headers
from stack import Stack
from waiting import SLOWNESS, eventually

WITHIN = 45 * SLOWNESS  # each alone takes 5 to 20 seconds

# What is sent at once, and then a byte at a time for as long as the connection lives.
DAWDLERS = {
    "nothing": (b"", b""),
    "half a line": (b"GET /hea", b""),
    "half a head": (b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b""),
    "empty lines": (b"\r\n", b"\r\n"),
    "a header, byte by byte": (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-A: ", b"a"),
    "headers, one by one": (b"GET /healthz HTTP/1.1\r\nHost: a\r\n", b"X-A: b\r\n"),
    "a request and silence": (request(), b""),
    "a body that never comes": (request(method="POST", headers=["Content-Length: 1000"]), b""),
    "a body, byte by byte": (request(method="POST", headers=["Content-Length: 1000000"]), b"x"),
    "a body for a file": (request("/index.html", headers=["Content-Length: 1000000"]), b"x"),
    "CONNECT": (request("localhost:80", method="CONNECT"), b"x"),
    "an unknown method": (request(method="FOO"), b"x"),
    "an upgrade to something else": (request(headers=["Upgrade: foo", "Connection: Upgrade"]), b""),
    "a refused upgrade": (request("/ws?token=x", headers=upgrade_headers()), b"x"),
    "an upgrade without a token": (request("/ws", headers=upgrade_headers()), b""),
    "half an upgrade": (request("/ws", headers=upgrade_headers())[:-2], b""),
    "TLS to a port without": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0"),
}


def read_over(peer):
    """Whether the connection has ended."""
    try:
        while data := peer.recv(1 << 16):
            assert data
        return True
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_none_of_them_stays(tmp_path):
    (tmp_path / "index.html").write_text("page")
    with Stack(www=tmp_path) as stack, contextlib.ExitStack() as held:
        waiting = {}
        for name, (data, more) in DAWDLERS.items():
            client = held.enter_context(RawClient(stack.port))
            client.send(data).socket.setblocking(False)
            waiting[name] = (client.socket, more)
        end = time.monotonic() + WITHIN
        while waiting and time.monotonic() < end:
            select.select([peer for peer, _ in waiting.values()], [], [], 0.5)
            for name, (peer, more) in list(waiting.items()):
                with contextlib.suppress(OSError):
                    peer.send(more)
                if read_over(peer):
                    del waiting[name]
        assert not waiting, f"still open: {', '.join(waiting)}"


def test_a_peer_that_does_not_read_a_large_file_is_dropped(tmp_path):
    (tmp_path / "large.txt").write_bytes(b"x" * (64 << 20))
    with Stack(www=tmp_path) as stack, RawClient(stack.port, receive_buffer=4096) as client:
        client.send(request("/large.txt"))
        port = client.socket.getsockname()[1]
        eventually(lambda: established(stack.port, port), "it is there")
        eventually(lambda: not established(stack.port, port), "it is dropped", 45)


def established(server, client):
    """Whether the server's side of the connection is open, by /proc/net/tcp."""
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            _, local, remote, state = line.split()[:4]
            if (int(local[-4:], 16), int(remote[-4:], 16), state) == (server, client, "01"):
                return True
    return False


def test_a_handshake_of_tls_that_stops_ends():
    with Stack(alpn="http/1.1") as stack, contextlib.ExitStack() as held:
        silent = [held.enter_context(RawClient(stack.port)) for _ in range(3)]
        context = ssl._create_unverified_context()
        done = context.wrap_socket(socket.create_connection(("127.0.0.1", stack.port)))
        held.enter_context(done)
        hello = ssl.MemoryBIO()
        half = context.wrap_bio(ssl.MemoryBIO(), hello)
        with contextlib.suppress(ssl.SSLWantReadError):
            half.do_handshake()
        silent[1].send(hello.read()[:100])
        silent[2].send(b"\x16\x03\x01")
        end = time.monotonic() + WITHIN
        for peer in [*(each.socket for each in silent), done]:
            peer.settimeout(max(0.1, end - time.monotonic()))
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                while peer.recv(1 << 16):
                    pass
