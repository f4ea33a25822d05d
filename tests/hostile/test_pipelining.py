"""What stands behind a request in the same segment is neither lost nor overwritten by the answer to it."""

import pytest
from raw_client import PING, PONG, TEXT, RawClient, frame, request, upgrade_headers
from stack import Stack

PAGE = "<!doctype html><title>page</title>" + "x" * 3000


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    www = tmp_path_factory.mktemp("www")
    (www / "index.html").write_text(PAGE)
    with Stack(limit_connections_per_user=0, www=www) as running:
        yield running


@pytest.mark.parametrize("n", [1, 5, 30])
def test_frames_behind_the_upgrade_arrive_as_they_were_sent(stack, n):
    with RawClient(stack.port) as client:
        behind = b"".join(frame(TEXT, b'{"type":"ping"}') + frame(PING, b"behind %d" % i) for i in range(n))
        assert client.upgrade(f"/ws?token={stack.token()}", behind=behind).status == 101
        n_pongs = n_answers = 0
        while n_pongs < n or n_answers < n:
            opcode, _, payload = client.read_frame()
            if opcode == PONG:
                assert payload == b"behind %d" % n_pongs
                n_pongs += 1
            elif b'"pong"' in payload:
                n_answers += 1


@pytest.mark.parametrize("cut", range(1, 240, 7))
def test_the_upgrade_may_come_in_two_pieces_with_a_frame_in_the_second(stack, cut):
    data = request(f"/ws?token={stack.token()}", headers=upgrade_headers()) + frame(PING, b"behind")
    cut = cut * len(data) // 240
    with RawClient(stack.port) as client:
        client.send(data[:cut]).send(data[cut:])
        assert client.answer().status == 101
        assert client.read_until(PONG) == b"behind"


def test_pipelined_requests_are_answered_in_order(stack):
    paths = ["/", "/healthz", "/index.html", "/readyz", "/", "/metrics", "/nothing", "/"]
    with RawClient(stack.port) as client:
        client.send(b"".join(request(path) for path in paths))
        answers = [client.answer() for _ in paths]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 200, 200, 404, 200]
    assert [answer.body.decode() for answer in answers if answer.headers["content-type"].startswith("text/html")
            and answer.status == 200] == [PAGE] * 4


BODIES = [("GET", "/healthz"), ("POST", "/healthz"), ("PUT", "/metrics"), ("DELETE", "/readyz"), ("GET", "/"), ("GET", "/metrics")]


@pytest.mark.parametrize(("method", "path"), BODIES)
@pytest.mark.parametrize("body", [b"hello", b"", b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", b"x" * 50_000])
def test_a_body_is_read_over_and_the_next_request_answered(stack, method, path, body):
    with RawClient(stack.port) as client:
        client.send(request(path, method=method, headers=[f"Content-Length: {len(body)}"], body=body) + request("/healthz"))
        first = client.answer()
        assert first.status in (200, 405), first
        assert client.answer().json() == {"status": "ok"}
        assert client.ask("/healthz").status == 200


def test_a_body_that_comes_later_is_read_over_too(stack):
    with RawClient(stack.port) as client:
        client.send(request("/healthz", method="POST", headers=["Content-Length: 30000"]))
        assert client.answer().status == 405
        for _ in range(30):
            client.send(b"y" * 1000)
        assert client.ask("/healthz").status == 200


def test_a_post_without_a_length_has_no_body(stack):
    with RawClient(stack.port) as client:
        client.send(request("/healthz", method="POST") + request("/healthz"))
        assert [client.answer().status, client.answer().status] == [405, 200]


def test_a_body_that_never_comes_does_not_hold_the_connection(stack):
    with RawClient(stack.port) as client:
        client.send(request("/healthz", method="POST", headers=["Content-Length: 100000"], body=b"x"))
        assert client.answer().status == 405
        assert client.read_to_end() == b""


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity", "Chunked"])
def test_a_body_without_a_length_is_refused_and_never_taken_for_a_request(stack, coding):
    with RawClient(stack.port) as client:
        client.send(request("/healthz", method="POST", headers=[f"Transfer-Encoding: {coding}"],
                            body=b"5\r\nhello\r\n0\r\n\r\n") + request("/healthz"))
        assert client.answer().status == 411
        assert client.read_to_end() == b""
