"""What is refused at the door, and how: always a whole HTTP/1.1 answer that says why."""

import json
import pathlib
import socket
import subprocess

import pytest
from stack import Stack
from tokens import Secret
from waiting import SLOWNESS, eventually
from ws_client import Client, Refused

SUPPORT = pathlib.Path(__file__).resolve().parents[1] / "support"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@pytest.fixture(scope="module")
def stack():
    with Stack(origins="https://dash.example,http://localhost:3000", limit_connections_per_user=0) as running:
        yield running


def raw(stack, path, headers=(), method="GET", version="1.1", upgrade=True):
    """Sends a handshake byte by byte as given and returns (status line, headers, body) when the server has closed or answered 101."""
    lines = [f"{method} {path} HTTP/{version}", f"Host: 127.0.0.1:{stack.port}"]
    if upgrade:
        lines += ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
    with socket.create_connection(("127.0.0.1", stack.port), timeout=30 * SLOWNESS) as peer:
        peer.sendall("\r\n".join([*lines, *headers, "", ""]).encode())
        answer = b""
        while True:
            data = peer.recv(65536)
            answer += data
            if not data or answer.startswith(b"HTTP/1.1 101"):
                break
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.decode().split("\r\n")
    return status, {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}, body


def assert_whole_answer(answer, status, error):
    line, headers, body = answer
    assert line.startswith(f"HTTP/1.1 {status} ") and len(line) > len(f"HTTP/1.1 {status} "), line
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(body)
    assert headers["connection"] == "close"
    told = json.loads(body)
    assert told["error"] == error and told["message"]
    return told


PATHS = ["/", "/nothing", "/ws/", "/WS", "/ws2", "/metrics2", "/logs/x", "/healthz", "/ws%20", "/" + "p" * 900]


@pytest.mark.parametrize("path", PATHS, ids=[path[:20] for path in PATHS])
def test_an_unknown_path_is_not_found(stack, path):
    assert_whole_answer(raw(stack, path), 404, "not_found")


@pytest.mark.conformance("endpoint.ws", "endpoint.metrics", "endpoint.logs")
@pytest.mark.parametrize(("path", "protocol"), [("/ws", "ringside-ws"), ("/metrics", "ringside-metrics"), ("/logs", "ringside-logs")])
def test_each_endpoint_accepts_its_subprotocol_or_none(stack, path, protocol):
    for offered in (None, [protocol], ["other", protocol]):
        with stack.connect(path, subprotocols=offered) as client:
            assert client.hello["protocol"] == protocol
            assert client.response.headers.get("Sec-WebSocket-Protocol") == (protocol if offered else None)


@pytest.mark.parametrize("path", ["/ws", "/metrics", "/logs"])
@pytest.mark.parametrize("offered", ["chat", "ringside-wss", "chat, superchat", "ringside-", "RINGSIDE-WS"])
def test_an_unknown_subprotocol_is_refused(stack, path, offered):
    assert_whole_answer(raw(stack, path, [f"Sec-WebSocket-Protocol: {offered}"]), 400, "bad_subprotocol")


@pytest.mark.parametrize(("path", "offered"), [("/ws", "ringside-logs"), ("/metrics", "ringside-ws"), ("/logs", "ringside-metrics")])
def test_another_endpoints_subprotocol_is_refused(stack, path, offered):
    assert_whole_answer(raw(stack, path, [f"Sec-WebSocket-Protocol: {offered}"]), 400, "bad_subprotocol")


BAD_PARAMETERS = [
    ("/ws", "batch_size=0", "batch_size", "1 to 1000"), ("/ws", "batch_size=1001", "batch_size", "1 to 1000"),
    ("/ws", "batch_size=ten", "batch_size", "1 to 1000"), ("/ws", "batch_size=-1", "batch_size", "1 to 1000"),
    ("/ws", "batch_size=1e2", "batch_size", "1 to 1000"), ("/ws", "batch_size=", "batch_size", "1 to 1000"),
    ("/ws", "batch_size", "batch_size", "1 to 1000"), ("/ws", "batch_size=99999999999999999999", "batch_size", "1 to 1000"),
    ("/ws", "flush_ms=1001", "flush_ms", "0 to 1000"), ("/ws", "max_rate=0", "max_rate", "1 to"),
    ("/ws", "compression=yes", "compression", "true or false"), ("/ws", "compression=1", "compression", "true or false"),
    ("/ws", "since=yesterday", "since", "RFC 3339"), ("/ws", "since=2025-13-01T00:00:00Z", "since", "RFC 3339"),
    ("/ws", "since=0:0:0", "since", "event id"), ("/ws", "events=task,no-such%20type", "events", "not an event type"),
    ("/ws", "events=1x", "events", "not an event type"), ("/ws", "batchsize=5", "batchsize", "did you mean batch_size"),
    ("/ws", "nonsense=5", "nonsense", "is not a parameter"), ("/ws", "level=INFO", "level", "/logs only"),
    ("/ws", "tail=5", "tail", "/logs only"), ("/ws", "names=a", "names", "/metrics only"),
    ("/metrics", "interval=0", "interval", "1 to"), ("/metrics", "tail=3", "tail", "/logs only"),
    ("/logs", "level=LOUD", "level", "must be"), ("/logs", "tail=0", "tail", "1 to 10000"), ("/logs", "tail=10001", "tail", "1 to 10000"),
    ("/logs", "names=a", "names", "/metrics only"), ("/logs", "search=", "search", "empty"),
    ("/ws", "filter.=1", "filter.", "name the member to filter by"), ("/ws", "filter.a..b=1", "filter.a..b", "empty step"),
    ("/ws", "filter.status=", "filter.status", "empty"), ("/ws", "filter.search.regex=%28", "filter.search.regex", "missing"),
    ("/ws", "filter.min_level=LOUD", "filter.min_level", "must be"), ("/ws", "batch_size=5&batch_size=6", "batch_size", "given twice"),
    ("/logs", "level=INFO&filter.min_level=INFO", "filter.min_level", "same filter"),
]


# Refused when they are compiled, after the token was verified.
BAD_FILTERS = {"level=LOUD", "filter.a..b=1", "filter.search.regex=%28", "filter.min_level=LOUD"}


@pytest.mark.parametrize(("path", "query", "name", "words"), BAD_PARAMETERS, ids=[f"{i}-{b[1][:30]}" for i, b in enumerate(BAD_PARAMETERS)])
def test_a_bad_parameter_is_named_with_what_it_must_be(stack, path, query, name, words):
    token = stack.token()
    told = assert_whole_answer(raw(stack, f"{path}?token={token}&{query}"), 400,
                               "bad_filter" if query in BAD_FILTERS else "bad_parameter")
    assert told["parameter"] == name and words in told["message"]
    assert token not in json.dumps(told)


@pytest.mark.parametrize("version", ["12", "0", "x", "", "130", "99999999999"])
def test_another_version_of_the_protocol_is_refused_with_the_one_that_is_spoken(stack, version):
    headers = ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {KEY}", f"Sec-WebSocket-Version: {version}"]
    answer = raw(stack, "/ws", headers, upgrade=False)
    assert_whole_answer(answer, 426, "bad_version")
    assert answer[1]["sec-websocket-version"] == "13"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_only_get_opens_a_websocket(stack, method):
    assert_whole_answer(raw(stack, "/ws?token=" + stack.token(), method=method), 405, "method_not_allowed")


@pytest.mark.parametrize("origin", ["https://evil.example", "http://dash.example", "null", "https://dash.example.evil.example",
                                    "https://dash.example:444", "file://"])
def test_an_origin_that_is_not_on_the_list_is_refused(stack, origin):
    assert_whole_answer(raw(stack, "/ws?token=" + stack.token(), [f"Origin: {origin}"]), 403, "origin_not_allowed")


def test_no_origin_this_hosts_and_those_on_the_list_are_allowed(stack):
    for origin in (None, f"http://127.0.0.1:{stack.port}", "https://dash.example", "HTTP://LOCALHOST:3000"):
        stack.connect(origin=origin).drop()


@pytest.mark.parametrize(("path", "status", "error"), [("/healthz", 200, None), ("/readyz", 200, None), ("/ws", None, None), ("/logs", None, None)])
def test_plain_gets_get_plain_answers(stack, path, status, error):
    line, headers, body = raw(stack, path, ["Connection: close"], upgrade=False)
    assert line.startswith("HTTP/1.1 ")
    code = int(line.split()[1])
    assert code == status if status else code in (404, 426)
    assert int(headers["content-length"]) == len(body) or code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_not_allowed(stack, method):
    answer = stack.lwsws[0].get("/readyz", method=method)
    assert answer.status in (404, 405) and answer.version == 11


def test_head_is_answered_without_a_body(stack):
    answer = stack.lwsws[0].get("/healthz", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")


def test_strict_clients_read_the_refusals(stack):
    with pytest.raises(Refused) as refused:  # the websockets package takes HTTP/1.1 only
        Client(stack.port, "/nothing", token=stack.token())
    assert refused.value.status == 404
    done = subprocess.run(
        ["curl", "-sS", "-i", "--http1.1", "-m", str(20 * SLOWNESS), "-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "-H", f"Sec-WebSocket-Key: {KEY}",
         "-H", "Sec-WebSocket-Version: 13", f"http://127.0.0.1:{stack.port}/ws?batch_size=0"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("HTTP/1.1 400 Bad Request\n") and '"parameter":"batch_size"' in done.stdout


def over_http2(stack):
    done = subprocess.run(["node", SUPPORT / "http2_websocket.mjs", f"https://127.0.0.1:{stack.port}", "/ws?token=" + stack.token()],
                          capture_output=True, text=True, check=True, timeout=60 * SLOWNESS)
    return json.loads(done.stdout)


def test_http2_is_not_negotiated_by_the_usual_vhost():
    with Stack(alpn="http/1.1") as stack:
        assert "session" in over_http2(stack)
        assert stack.lwsws[0].get("/healthz").status == 200


def test_a_websocket_over_http2_is_refused_with_the_reason_where_a_vhost_offers_it():
    with Stack(alpn="h2,http/1.1") as stack:
        result = over_http2(stack)
        assert result["status"] == 501
        assert json.loads(result["body"])["error"] == "http2_unsupported" and "alpn" in json.loads(result["body"])["message"]


def test_what_the_vhost_lacks_is_said_at_each_upgrade_and_on_readyz(tmp_path):
    short = tmp_path / "short"
    short.write_text("too short")
    for options, words in (({"keys": f"HS256:{short}"}, "at least 32 bytes"), ({"batch_size": "many"}, "batch-size"),
                           ({"restrict": "data=admin"}, "restrict"), ({"no_such_option": "1"}, "no-such-option"),
                           ({"origins": "https://a.example," * 20}, "repeat the option")):
        with Stack(start=False, **options) as stack:
            stack.start_worker()
            stack.lwsws[0].start(wait=False)
            ready = wait_answer(stack)
            assert ready.status == 503 and words in json.loads(ready.body)["message"]
            with pytest.raises(Refused) as refused:
                stack.connect()
            assert refused.value.status == 503 and words in refused.value.body["message"]
            assert stack.lwsws[0].get("/healthz").status == 200


def wait_answer(stack):
    return eventually(lambda: stack.lwsws[0].get("/readyz"), "lwsws answers")


def test_without_a_worker_nothing_is_ready_and_with_one_everything():
    with Stack(start=False) as stack:
        stack.lwsws[0].start(wait=False)
        assert wait_answer(stack).status == 503
        with pytest.raises(Refused) as refused:
            stack.connect()
        assert (refused.value.status, refused.value.body["error"]) == (503, "not_ready")
        stack.start_worker()
        stack.lwsws[0].wait_ready()
        stack.connect().drop()


def test_a_long_url_still_gets_an_answer(stack):
    token = Secret("w" * 40).token(padding="p" * 7000)
    assert len(token) > 9000
    assert_whole_answer(raw(stack, f"/ws?token={token}"), 401, "unauthenticated")
    line, _, _ = raw(stack, "/ws?token=" + stack.token() + "&since=2020-01-01T00:00:00Z", [f"X-Padding: {'x' * 4000}"])
    assert line.startswith("HTTP/1.1 101 ")


def test_the_log_level_decides_whether_refusals_are_logged():
    for level, logged in (("info", True), ("warn", False)):
        with Stack(log_level=level) as chosen:
            with pytest.raises(Refused):
                chosen.connect("/nowhere")
            assert ("refused 127.0.0.1 on /nowhere: 404" in chosen.lwsws[0].log.read_text()) == logged
