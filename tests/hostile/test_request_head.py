"""Requests that RFC 9112 and RFC 3986 forbid, or allow and few send: always a whole HTTP/1.1 answer with the right status, at once."""

import os
import random

import pytest
from raw_client import KEY, RawClient, request, upgrade_headers
from stack import SECRET, Stack
from tokens import Secret


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


def exchange(stack, data):
    with RawClient(stack.port) as client:
        return client.send(data).answer()


def assert_refused(answer, *statuses):
    assert answer.version == "HTTP/1.1" and answer.status in statuses and answer.phrase, answer
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["connection"] == "close"
    told = answer.json()
    assert told["error"] and told["message"]
    return told


# --- methods

METHODS = [
    (b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 405), (b"CONNECT localhost:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405), (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    (b"OPTIONS /ws HTTP/1.1\r\nHost: a\r\n\r\n", 405), (b"DELETE /ws HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    (b"PUT /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 405), (b"PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    (b"POST /metrics HTTP/1.1\r\nHost: a\r\n\r\n", 405), (b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501), (b"GETX / HTTP/1.1\r\nHost: a\r\n\r\n", 501), (b"G / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), (b"PROPFIND /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 501),
]


@pytest.mark.parametrize(("data", "status"), METHODS, ids=[data.split(b"\r")[0].decode() for data, _ in METHODS])
def test_each_method_is_answered(stack, data, status):
    answer = exchange(stack, data)
    assert answer.version == "HTTP/1.1" and answer.status == status, answer
    assert answer.json()["error"]
    if status == 405:
        assert answer.headers["allow"] == "GET, HEAD"


def test_a_connection_that_asked_to_connect_ends(stack):
    with RawClient(stack.port) as client:
        client.send(b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n")
        client.read_to_end()


# --- the request line

LINES = [
    (b"GET /healthz", 400), (b"GET  /healthz HTTP/1.1", 400), (b"GET /healthz  HTTP/1.1", 400), (b"GET /healthz HTTP/1.1 ", 400),
    (b"GET /health z HTTP/1.1", 400), (b" GET /healthz HTTP/1.1", 400), (b"GET\t/healthz HTTP/1.1", 400), (b"GET healthz HTTP/1.1", 400),
    (b"GET /healthz HTTP/1", 400), (b"GET /healthz HTTQ/1.1", 400), (b"GET /healthz http/1.1", 400), (b"GET /healthz HTTP/1.x", 400),
    (b"GET /healthz HTTP/2.0", 505), (b"GET /healthz HTTP/0.9", 505), (b"G\x01T / HTTP/1.1", 400), (b"GET", 400), (b"\x16\x03\x01\x02", 400),
    (b"GET /healthz HTTP/1.2", 200), (b"GET /healthz HTTP/1.1", 200), (b"HEAD /healthz HTTP/1.1", 200),
]


@pytest.mark.parametrize(("line", "status"), LINES, ids=[repr(line) for line, _ in LINES])
def test_the_request_line_is_method_target_version(stack, line, status):
    with RawClient(stack.port) as client:
        answer = client.send(line + b"\r\nHost: a\r\n\r\n").answer(head_only=line.startswith(b"HEAD"))
    assert answer.status == status and answer.version == "HTTP/1.1"


# --- the target

ESCAPES = [f"%{c:02x}" for c in [*range(0x20), 0x7F]]


@pytest.mark.parametrize("escape", ESCAPES)
def test_an_escaped_control_character_is_refused_wherever_it_is(stack, escape):
    token = stack.token()
    for path in (f"/ws?token={token}{escape}Sec-WebSocket-Version:%2099{escape}X-Y:%20a", f"/ws?token={token}{escape}", f"/ws{escape}?token={token}",
                 f"/ws?token={token}&search=a{escape.upper()}b", f"/ws?{escape}token={token}"):
        assert_refused(exchange(stack, request(path, headers=upgrade_headers())), 400)
    assert_refused(exchange(stack, request(f"/metrics{escape}")), 400)


@pytest.mark.parametrize("target", ["/ws?a=%", "/ws?a=%1", "/ws?a=%zz", "/ws?a=%%20", "/%", "/healthz%2", "/healthz?%g0", "/a#b", "/a\x7f", "/a\tb", "/a\x01"])
def test_a_target_that_is_no_url_is_refused(stack, target):
    assert_refused(exchange(stack, request(target)), 400)


@pytest.mark.parametrize("path", ["//metrics", "/%6detrics", "/./metrics", "/x/../metrics", "/metrics/.", "/metrics/..", "/..", "/.", "/../etc/passwd",
                                  "/%2e%2e/etc/passwd", "/a//b", "///", "/%2fmetrics", "/metrics%2F", "/%5c..%5c", "/metric%73", "/a/%2E/b", "/%7Euser",
                                  "/metrics//", "/ws/../logs"])
def test_a_path_that_is_not_in_normal_form_is_refused_before_any_routing(stack, path):
    for data in (request(path), request(path + "?x=1"), request(f"{path}?token={stack.token()}", headers=upgrade_headers())):
        assert assert_refused(exchange(stack, data), 400)["error"] == "bad_path"


@pytest.mark.parametrize("path", ["/healthz?", "/healthz?a//b/../c", "/healthz?a=%2e%2f&b=%41", "/healthz?x={}|^`", "/healthz?%c3%a4"])
def test_only_the_path_has_a_normal_form(stack, path):
    assert exchange(stack, request(path)).status == 200


@pytest.mark.parametrize("path", ["/a.b", "/.well-known/x", "/..a", "/a..", "/...", "/a%20b", "/%c3%a4", "/a/", "/a:b@c;d=e,f"])
def test_odd_paths_that_are_normal_are_not_found(stack, path):
    assert exchange(stack, request(path)).status == 404


ABSOLUTE = [("http://localhost/healthz", 200), ("HTTP://other.example:80/healthz?x=1", 200), ("https://[::1]:443/healthz", 200),
            ("http://localhost", 404), ("http://localhost?x", 404), ("http:///healthz", 400), ("http://user@localhost/healthz", 400),
            ("ftp://localhost/healthz", 400), ("http://localhost//healthz", 400), ("http://local host/healthz", 400)]


@pytest.mark.parametrize(("target", "status"), ABSOLUTE)
def test_a_target_in_absolute_form_is_understood(stack, target, status):
    assert exchange(stack, request(target)).status == status


# --- headers

HEADERS = [
    (["X-A : a"], 400), ([" X-A: a"], 400), (["X-A: a", " folded"], 400), (["X-A: a", "\tfolded"], 400), ([": a"], 400), (["X-A"], 400),
    (["X(A): a"], 400), (["X-\x01: a"], 400), (["X-A: a\x01"], 400), (["X-A: a\x00b"], 400), (["X-A: a\rb"], 400), (["X-A: a\nX-B: b"], 400),
    (["Host: b"], 400), (["Content-Length: x"], 400), (["Content-Length: -1"], 400), (["Content-Length: 1", "Content-Length: 2"], 400),
    (["Content-Length: 1, 1"], 400), (["Content-Length: 0x1"], 400), (["Content-Length: 1e1"], 400), (["Content-Length: 99999999999999999999"], 400),
    (["Content-Length: 3", "Transfer-Encoding: chunked"], 400), (["Transfer-Encoding: chunked"], 411), (["transfer-encoding:chunked"], 411),
    (["X-A:"], 200), (["X-A:a"], 200), (["X-A: \t a \t "], 200), (["X-A: \u00e4\u00f6"], 200), (["X-A: a"] * 60, 200), (["x!#$%&'*+-.^_`|~9: a"], 200),
]


@pytest.mark.parametrize(("headers", "status"), HEADERS, ids=[repr(headers)[:60] for headers, _ in HEADERS])
def test_headers_are_names_and_values(stack, headers, status):
    for data in (request(headers=headers), request("/ws?token=bad", headers=[*upgrade_headers(), *headers])):
        answer = exchange(stack, data)
        assert answer.version == "HTTP/1.1"
        assert answer.status == status or (status == 200 and answer.status == 401), answer


@pytest.mark.parametrize("data", [b"a\n", b"ab\n", b"abc\n", b"GET /healthz HTTP/1.1\nHost: a\n\n", b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: y\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: a\n\n"])
def test_lines_end_with_cr_and_lf(stack, data):
    assert_refused(exchange(stack, data), 400)


@pytest.mark.parametrize("host", [None, "", "a b", "user@a", "a/b", "a\\b", "a#b", "a?b", "a,b c"])
def test_one_host_is_needed(stack, host):
    assert_refused(exchange(stack, request(host=host)), 400)


def test_http_1_0_needs_no_host(stack):
    answer = exchange(stack, request(host=None, version="HTTP/1.0"))
    assert answer.status == 200


def test_empty_lines_before_a_request_are_read_over(stack):
    assert exchange(stack, b"\r\n\r\n" + request()).status == 200


# Header names of which libwebsockets knows a longer one.
KNOWN = ["X-Auth-Token", "X-Forwarded-For", "Content-Length", "Proxy-Authenticate", "Accept-Charset", "Authorization", "Sec-WebSocket-Extensions", "Cookie",
         "If-Modified-Since", "Transfer-Encoding", "User-Agent", "Referer", "Upgrade-Insecure-Requests", "Strict-Transport-Security", "DNT", "Range", "Origin"]


@pytest.mark.parametrize("name", KNOWN)
def test_a_header_may_be_named_like_the_begin_of_a_known_one(stack, name):
    known = {each.lower() for each in (*KNOWN, "Accept", "Accept-Ch", "Host", "Via", "From", "Date", "Age", "TE", "Content", "If")}
    with RawClient(stack.port) as client:
        for n in range(1, len(name)):
            if name[:n].lower() not in known - {"accept-ch", "content", "if"}:
                assert client.ask("/healthz", headers=[f"{name[:n]}: 1", "X-After: 2"]).status == 200, name[:n]


def test_what_is_behind_such_a_header_is_still_read(stack):
    with RawClient(stack.port) as client:
        answer = client.upgrade("/ws", headers=["X-Auth: 1", "X: a", "A: b", f"Authorization: Bearer {stack.token()}", "Content: 1"])
        assert answer.status == 101, answer


# --- sizes

@pytest.mark.parametrize(("data", "status"), [
    (request("/ws?token=" + "t" * 20_000), 414), (request("/" + "p" * 17_000), 414), (b"G" * 40_000, 414),
    (request(headers=["X-Padding: " + "x" * 20_000]), 431), (request(headers=[f"X-{i}: {'y' * 100}" for i in range(400)]), 431),
    (request(headers=["Cookie: " + "c" * 16_300]), 431), (request(headers=["A: b"] * 3_000), 431), (request("/healthz?" + "a&" * 300), 431),
    (request(headers=["X" * 17_000 + ": a"]), 431),
])
def test_what_is_too_long_is_told(stack, data, status):
    assert_refused(exchange(stack, data), status)


def test_a_head_may_come_byte_by_byte(stack):
    with RawClient(stack.port) as client:
        for byte in request("/healthz", headers=["X-Auth: 1"]):
            client.send(bytes([byte]))
        assert client.answer().status == 200


# --- upgrades to something else

@pytest.mark.parametrize("upgrade", ["h2c", "foo", "h2c, foo", "TLS/1.0", "websocketx"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_an_upgrade_that_is_not_taken_is_ignored(stack, upgrade, path):
    headers = [f"Upgrade: {upgrade}", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"]
    answer = exchange(stack, request(path, headers=headers))
    assert answer.status == 200 and "upgrade" not in answer.headers


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket", "h2c, websocket", "websocket , foo"])
def test_websocket_may_be_one_of_several(stack, upgrade):
    headers = [f"Upgrade: {upgrade}", "Connection: keep-alive, Upgrade", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    assert exchange(stack, request(f"/ws?token={stack.token()}", headers=headers)).status == 101


# --- anything

def test_random_changes_of_a_request_are_always_answered(stack):
    seed = int(os.environ.get("RINGSIDE_SEED") or random.randrange(1 << 32))
    print(f"RINGSIDE_SEED={seed}")
    rng = random.Random(seed)
    token = Secret(SECRET).token(user="u", role="viewer")
    for _ in range(300):
        data = bytearray(request(f"/ws?token={token}", headers=upgrade_headers(protocol="ringside-ws", extensions="permessage-deflate")))
        end = len(data) - 4
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(end)
            data[at] = rng.choice([0, 9, 10, 13, 32, 37, 44, 47, 58, 59, 61, 63, 127, 255, rng.randrange(256)])
        answer = exchange(stack, bytes(data) + b"\r\n\r\n")
        assert answer.version == "HTTP/1.1" and 101 <= answer.status <= 505, bytes(data)
    assert stack.lwsws[0].get("/healthz").status == 200
