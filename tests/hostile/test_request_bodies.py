"""Bodies with events from clients that break rules: slow, huge, without an end, bombs, broken chunks, and clients that go."""

import gzip
import json
import os
import pathlib
import time
import zlib

import pytest
from http_ingest import RawPost, lines_of, post, producer_token, seen, send
from raw_client import RawClient, request
from stack import Stack, custom, numbers, rss_kib
from waiting import eventually


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0, limit_ingests_per_user=40) as running:
        yield running


def serves(stack):
    """Everybody else is served as before."""
    assert stack.lwsws[0].get("/healthz").status == 200
    assert send(stack, [custom(1, "Other")], user="other").status == 200
    return True


def cpu_seconds(stack):
    fields = pathlib.Path(f"/proc/{stack.lwsws[0].child()}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


BROKEN_CHUNKS = [
    b"x\r\n", b"-1\r\n", b"0x4\r\nWiki\r\n", b"4\nWiki\r\n0\r\n\r\n", b"4\r\nWikiWiki\r\n", b" 4\r\nWiki\r\n", b"fffffffffffffffff\r\n",
    b"4;" + b"x" * 10_000 + b"\r\n", b"0\r\nA: b\n\n", b"4\r\nWiki\r\n\r\n", b"0\r\nHost: \x00\r\n\r\n",
]


@pytest.mark.parametrize("chunks", BROKEN_CHUNKS)
def test_broken_chunks_are_400_and_the_end_of_the_connection(stack, chunks):
    with RawPost(stack.port, producer_token(stack)) as client:
        client.raw.send(chunks)
        answer = client.answer()
        assert (answer.status, answer.body["error"]) == (400, "bad_body")
        assert answer.headers["connection"] == "close"
    assert serves(stack)


def test_nothing_in_a_chunked_body_is_taken_for_a_request(stack):
    """Neither what follows its end, nor what is in it when it is refused, on paths with and without events."""
    hidden = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for path, status in (("/events", 200), ("/healthz", 411), ("/ws", 411), ("/nothing", 411), ("/v1/traces", 404)):
        with RawPost(stack.port, producer_token(stack), path=path) as client:
            client.raw.send(b"0\r\n\r\n" + hidden + hidden)
            assert client.answer().status == status, path
            assert b"HTTP/1.1" not in client.raw.read_to_end(), path


@pytest.mark.parametrize("headers", [
    ["Transfer-Encoding: chunked", "Content-Length: 5"],
    ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ["Transfer-Encoding: gzip, chunked"],
    ["Transfer-Encoding: xchunked"],
    ["Transfer-Encoding: chunked\x0b"],
])
def test_framing_that_two_servers_could_read_differently_is_refused(stack, headers):
    with RawClient(stack.port) as client:
        answer = client.send(request("/events", "POST", [f"Authorization: Bearer {producer_token(stack)}", *headers]) + b"0\r\n\r\n").answer()
        assert answer.status in (400, 411), answer
        assert client.read_to_end() == b""


def test_chunks_over_http_1_0_and_with_other_methods_are_refused(stack):
    for method, version in (("POST", "HTTP/1.0"), ("PUT", "HTTP/1.1"), ("GET", "HTTP/1.1")):
        with RawClient(stack.port) as client:
            client.send(request("/events", method, ["Transfer-Encoding: chunked"], version=version))
            assert client.answer().status == 411


def test_one_byte_in_a_chunk(stack):
    body = lines_of([custom(n, "Bytes") for n in range(3)])
    with RawPost(stack.port, producer_token(stack)) as client:
        client.raw.send(b"".join(b"1;x=y\r\n%c\r\n" % byte for byte in body))
        client.end()
        assert client.answer().body["accepted"] == 3
    assert numbers(seen(stack, "Bytes")) == [0, 1, 2]


def test_a_bomb_is_refused_before_it_has_cost_anything(stack):
    """4 GiB of blanks in 4 MiB, and the same as one event without an end."""
    before = rss_kib(stack.worker.pid), rss_kib(stack.lwsws[0].child())
    for fill in (b" ", b"x"):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        piece = b"".join(packer.compress(fill * (1 << 20)) for _ in range(64)) + packer.flush()
        began = time.monotonic()
        answer = send(stack, piece * 64, zipped=False, headers={"Content-Encoding": "gzip"})
        assert (answer.status, answer.body["error"]) == (400, "bad_body"), answer
        assert "times its size" in answer.body["message"]
        assert time.monotonic() - began < 60
    assert rss_kib(stack.worker.pid) - before[0] < 16 << 10
    assert rss_kib(stack.lwsws[0].child()) - before[1] < 16 << 10
    assert serves(stack)


@pytest.mark.parametrize("body", [
    b"{}", gzip.compress(b"{}")[:-4], gzip.compress(b"{}") + b"junk", b"\x1f\x8b\x08", b"", gzip.compress(b"[{}")])
def test_broken_gzip_is_400(stack, body):
    answer = send(stack, body, headers={"Content-Encoding": "gzip"}, kind="application/json")
    assert (answer.status, answer.body["error"]) == (400, "bad_body")


def test_an_array_without_an_end_and_nesting_without_one(stack):
    for body in (b"[", b"[" * 100_000, b'[{"a":' * 10_000, b'"' + b"x" * 300_000, b"[1,2", b"{" * 1_000_000):
        answer = send(stack, body, kind="application/json")
        assert answer.status == 400, body[:20]
    assert serves(stack)


def test_noise_is_refused_event_by_event_or_as_a_whole(stack):
    for n in range(20):
        noise = os.urandom(20_000)
        for kind in ("application/json", "application/x-ndjson"):
            assert send(stack, noise, kind=kind).status == 400, n
        assert send(stack, noise, headers={"Content-Encoding": "gzip"}).status == 400
    assert serves(stack)


def test_clients_that_go_in_the_middle_leave_nothing_behind(stack):
    token = producer_token(stack)
    for n in range(60):
        with RawPost(stack.port, token, length=None if n % 2 else 10_000) as client:
            if n % 3:
                client.raw.send(b"5\r\n{\"ev\r\n" if n % 2 else b'{"ev')
    eventually(lambda: stack.lwsws[0].metrics()["ringside_ingest_requests_open"] == 0, "all are gone")
    assert serves(stack)


def test_a_client_that_does_not_read_its_answers(stack):
    token = producer_token(stack)
    body = b"{}\n" * 200
    one = (f"POST /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/x-ndjson\r\n"
           f"Content-Length: {len(body)}\r\n\r\n").encode() + body
    with RawClient(stack.port, receive_buffer=4096) as client:
        client.socket.settimeout(2)
        try:
            for _ in range(2000):
                client.send(one)
        except TimeoutError:
            pass
        assert serves(stack)
        readings = [-1.0]

        def is_idle():
            readings.append(cpu_seconds(stack))
            return readings[-1] == readings[-2]

        eventually(is_idle, "it waits, and does not turn in circles")
    eventually(lambda: stack.lwsws[0].metrics()["ringside_ingest_requests_open"] == 0, "it is gone")


def test_a_refused_body_of_any_size_is_read_over_for_a_moment_and_no_longer(stack):
    """The answer gets through, although the body has not ended."""
    for length in (None, 1 << 40):
        with RawPost(stack.port, "nonsense", length=length) as client:
            answer = client.answer()
            assert answer.status == 401
            client.raw.socket.settimeout(60)
            try:
                for _ in range(200):
                    client.raw.send(b"x" * 10_000)
                client.raw.read_to_end()
            except OSError:
                pass
    assert serves(stack)


def test_slow_bodies_keep_nobody_from_sending(stack):
    token = producer_token(stack, "slow")
    slow = [RawPost(stack.port, token) for _ in range(20)]
    for client in slow:
        client.raw.send(b"1")
    assert serves(stack)
    for client in slow:
        client.raw.socket.close()


def test_a_length_that_is_none(stack):
    for length in ("-1", "1e3", "0x10", "5, 5", "99999999999999999999"):
        with RawPost(stack.port, producer_token(stack), length=length) as client:
            assert client.answer().status == 400


def test_less_body_than_said_is_no_request(stack):
    with RawPost(stack.port, producer_token(stack), length=10_000) as client:
        client.raw.send(lines_of([custom(1, "Less")]))
        eventually(lambda: seen(stack, "Less"), "what came is taken")
    eventually(lambda: stack.lwsws[0].metrics()["ringside_ingest_requests_open"] == 0, "it is gone")


def test_other_paths_take_no_events():
    with Stack() as stack:
        assert post(stack.port, "/event", [custom(1)], token=producer_token(stack)).status in (404, 405)
        assert post(stack.port, "/v1/traces", [custom(1)], token=producer_token(stack), kind="application/json").status == 404
        assert json.loads(post(stack.port, "/v1/traces", b"{}", kind="application/json").raw)["code"] == 12
