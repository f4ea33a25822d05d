"""Events for a plain GET: Server-Sent Events and lines of JSON, live and resumed, and pages of history."""

import gzip
import json
import time
from urllib.parse import urlencode

import pytest
from http_stream import EVENT_STREAM, JSON_LINES, HttpStream, Refused
from raw_client import RawClient
from stack import Stack, custom, log_entry, numbers, seq_of
from waiting import eventually

LONG_AGO = "2020-01-01T00:00:00Z"
FORMS = [EVENT_STREAM, JSON_LINES]


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as stack:
        yield stack


def open_stream(stack, accept, path="/ws", role="admin", user="alice", **how):
    return HttpStream(stack.lwsws[0].port, path, accept, token=stack.token(user, role), **how)


def page(stack, path="/ws", role="admin", headers=None, **query):
    answer = stack.lwsws[0].get(f"{path}?{urlencode(query)}", headers={
        "Accept": "application/json", "Authorization": f"Bearer {stack.token('alice', role)}", **(headers or {})})
    body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
    return answer, json.loads(body)


@pytest.mark.parametrize("accept", FORMS)
def test_events_come_as_they_happen(stack, accept):
    with open_stream(stack, accept) as stream, stack.producer() as producer:
        assert stream.headers["content-type"].startswith(accept)
        assert stream.headers["cache-control"] == "no-store"
        for n in range(3):
            producer.send(custom(n))
            assert numbers(stream.events(1)) == [n]


@pytest.mark.parametrize("accept", FORMS)
def test_a_stream_is_the_same_events_as_a_websocket(stack, accept):
    query = {"since": LONG_AGO, "filter.n": "5,6"}
    with stack.producer() as producer:
        producer.send(*[custom(n) for n in range(10)])
    with stack.connect(query=query) as client, open_stream(stack, accept, query=query) as stream:
        wanted = []
        while (message := client.read()).get("type") != "replay_end":
            wanted += client.events_in(message)
        got = stream.events(len(wanted))
        assert [{k: v for k, v in event.items() if not k.startswith("sse_")} for event in got] == wanted
        assert stream.expect("replay_end")["recovered"] is True


def test_the_id_of_an_event_resumes_after_it(stack):
    with open_stream(stack, EVENT_STREAM) as stream, stack.producer() as producer:
        producer.send(custom(1), custom(2))
        first = stream.events(1)[0]
        assert first["sse_id"] == first["id"]
        assert 1000 <= stream.retry < 5000
    stack.lwsws[0].restart()
    with stack.producer() as producer:
        producer.send(custom(3))
    with open_stream(stack, EVENT_STREAM, query={"since": LONG_AGO}, headers=[f"Last-Event-ID: {first['sse_id']}"]) as stream:
        assert numbers(stream.events(2)) == [2, 3]
        assert stream.expect("replay_end") == {"type": "replay_end", "recovered": True, "missed": 0, "sse_id": stream.last_id, "sse_event": "replay_end"}


def test_a_browser_knows_where_it_is_before_the_first_event(stack):
    with stack.producer() as producer:
        producer.send(custom(1))
        with open_stream(stack, EVENT_STREAM) as stream:
            head = stream.expect("welcome")["head"]
            producer.send(custom(2))
            stream.events(1)
    with open_stream(stack, EVENT_STREAM, query={"events": "Nothing"}) as stream:
        stream.expect("welcome")
        while stream.last_id is None:
            line = stream._line()
            stream.last_id = line.removeprefix("id: ") if line.startswith("id: ") else None
        assert seq_of(stream.last_id) == seq_of(head) + 1


@pytest.mark.parametrize("accept", FORMS)
def test_roles_hide_what_they_hide_from_websockets(accept):
    with Stack(roles="Audit=admin", restrict="/data/secret=admin") as stack, stack.producer() as producer:
        with open_stream(stack, accept, role="viewer") as stream:
            producer.send({"event_type": "Audit", "data": {"n": 1}}, {"event_type": "Custom", "data": {"n": 2, "secret": "s"}})
            event = stream.events(1)[0]
            assert event["data"] == {"n": 2}


@pytest.mark.parametrize("accept", FORMS)
def test_a_client_that_does_not_read_is_told_what_it_missed(accept):
    with Stack(ring="2MiB", limit_connections_per_user=0) as stack, stack.producer() as producer:
        with open_stream(stack, accept, receive_buffer=4096) as slow, open_stream(stack, accept) as quick:
            n = 0
            while n * 20_000 < 26 << 20:  # more than two sockets, lwsws' cache and the ring
                producer.send(*[custom(n + i) | {"metadata": {"padding": "x" * 20_000}} for i in range(20)])
                assert numbers(quick.events(20)) == list(range(n, n + 20))
                n += 20
            producer.send(custom(n))
            seen, missed = 0, 0
            while True:
                message = slow.read()
                if message.get("type") == "gap":
                    assert message["reason"] == "lapped"
                    missed += message["missed"]
                elif "event_type" in message:
                    seen += 1
                    if message["data"]["n"] == n:
                        break
            assert missed > 0 and seen + missed == n + 1


@pytest.mark.parametrize("accept", FORMS)
def test_the_end_of_a_stream_says_why(accept):
    with Stack(auth_expiring_notice="1s") as stack:
        token = stack.token("alice", "admin", exp=int(time.time()) + 2)
        with HttpStream(stack.lwsws[0].port, "/ws", accept, token=token) as stream:
            assert stream.expect("auth_expiring")
            end = stream.expect("close")
            assert end["code"] == 4001 and end["reason"]
            assert stream.read() is None and stream.complete


@pytest.mark.parametrize("accept", FORMS)
def test_an_idle_stream_shows_signs_of_life(accept):
    def sent():
        return stack.lwsws[0].metrics()["ringside_sent_bytes_total"]

    with Stack(ping_interval="1s") as stack, open_stream(stack, accept) as stream, stack.producer() as producer:
        n_before = sent()
        eventually(lambda: sent() > n_before, "a sign of life was sent")
        producer.send(custom(1))
        assert numbers(stream.events(1)) == [1]
        assert stream.n_comments > 0


def test_a_client_that_goes_leaves_nothing(stack):
    def connections():
        return stack.lwsws[0].metrics()['ringside_connections{endpoint="ws"}']

    before = connections()
    streams = [open_stream(stack, FORMS[i % 2]) for i in range(40)]  # more than lws has places for headers
    assert connections() == before + 40
    for stream in streams:
        stream.drop()
    eventually(lambda: connections() == before, "the connections are gone")


def test_a_request_behind_a_stream_harms_nobody(stack):
    with open_stream(stack, EVENT_STREAM) as stream, open_stream(stack, JSON_LINES) as other, stack.producer() as producer:
        stream.raw.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        producer.send(custom(1))
        assert numbers(other.events(1)) == [1]
        assert stack.lwsws[0].get("/healthz").status == 200


def test_refusals_are_answers(stack):
    def refused(accept=EVENT_STREAM, path="/ws", token=None, headers=(), query=None):
        with pytest.raises(Refused) as refusal:
            HttpStream(stack.lwsws[0].port, path, accept, token=token, headers=headers, query=query)
        return refusal.value

    assert refused().status == 401 and "www-authenticate" in refused().headers
    assert refused(token="nonsense").body["error"] == "unauthenticated"
    token = stack.token()
    assert refused(token=token, query={"nope": "1"}).body["parameter"] == "nope"
    assert refused(token=token, headers=["Origin: https://evil.example"]).status == 403
    assert refused(token=token, headers=["Last-Event-ID: nonsense"]).status == 400
    assert refused("application/json", token=token, query={"limit": "0"}).body["parameter"] == "limit"
    with RawClient(stack.lwsws[0].port) as client:
        assert client.send(f"GET /ws HTTP/1.0\r\nHost: localhost\r\nAccept: {EVENT_STREAM}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()).answer().status == 505
    # Whoever wants none of the forms is told which there are.
    answer = stack.lwsws[0].get("/logs")
    assert answer.status == 426 and b"text/event-stream" in answer.body


def test_next_walks_a_full_ring_exactly_once():
    with Stack(ring="2MiB") as stack, stack.producer() as producer:
        for first in range(0, 40_000, 200):
            producer.send(*[custom(first + i) for i in range(200)])
        for order, parameter in (("oldest", "since"), ("newest", "until")):
            got, query = [], {"order": order, "limit": 700}
            while True:
                _, body = page(stack, **query)
                assert len(body["events"]) <= 700 and body["missed"] == 0
                got += numbers(body["events"])
                if body["next"] is None:
                    break
                query[parameter] = body["next"]
            got = got if order == "oldest" else got[::-1]
            assert got == list(range(got[0], 40_000)) and len(got) > 5000


def test_a_page_counts_what_the_ring_has_lost():
    with Stack(ring="2MiB") as stack, stack.producer() as producer:
        producer.send(custom(0))
        first = page(stack)[1]["events"][0]["id"]
        for start in range(1, 40_001, 500):
            producer.send(*[custom(start + i) for i in range(500)])
        _, body = page(stack, since=first, limit=1)
        assert body["missed"] == body["events"][0]["data"]["n"] - 1 > 0
        assert page(stack, since="00000001:7")[1]["missed"] is None


def test_a_page_is_compressed_for_who_takes_it(stack):
    with stack.producer() as producer:
        producer.send(*[log_entry(n) for n in range(50)])
    answer, body = page(stack, "/logs", headers={"Accept-Encoding": "gzip"}, limit=50)
    assert answer.headers["content-encoding"] == "gzip" and len(body["events"]) == 50
    plain, same = page(stack, "/logs", limit=50)
    assert same == body and len(answer.body) < len(plain.body) / 3
