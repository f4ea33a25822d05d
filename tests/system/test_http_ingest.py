"""Events with POST: what is accepted, from whom, and what is refused and how."""

import http.client
import json
import subprocess

import pytest
from http_ingest import RawPost, lines_of, post, producer_token, seen, send
from stack import SANITIZED, Stack, custom, log_entry, numbers, rss_kib, task
from waiting import SLOWNESS


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0, limit_ingests_per_user=50, n_lwsws=2, config='[events]\nmax_line = "64KiB"\n') as running:
        yield running


FORMS = {
    "one event": ("application/json", lambda events: json.dumps(events[0]).encode(), 1),
    "one event over several lines": ("application/json", lambda events: json.dumps(events[0], indent=2).encode(), 1),
    "an array": ("application/json", lambda events: json.dumps(events).encode(), 5),
    "an array over several lines": ("application/json; charset=utf-8", lambda events: json.dumps(events, indent=1).encode(), 5),
    "lines": ("application/x-ndjson", lines_of, 5),
    "lines without the last end": ("application/x-ndjson", lambda events: lines_of(events)[:-1], 5),
    "lines that are called JSON": ("application/json", lines_of, 5),
    "lines as curl --data-binary sends them": ("application/x-www-form-urlencoded", lines_of, 5),
    "lines without a type": (None, lines_of, 5),
    "an array that is called lines": ("application/x-ndjson", lambda events: json.dumps(events).encode(), 5),
}


@pytest.mark.conformance("ingest.forms")
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_body_is_taken(stack, form, zipped, chunked):
    kind, make, count = FORMS[form]
    name = f"Form{list(FORMS).index(form)}{'z' if zipped else ''}{'c' if chunked else ''}"
    answer = send(stack, make([custom(n, name) for n in range(5)]), kind=kind, zipped=zipped, chunked=chunked)
    assert answer.status == 200, answer
    assert answer.body == {"accepted": count, "rejected": []}
    assert numbers(seen(stack, name)) == list(range(count))


@pytest.mark.conformance("ingest.acknowledged")
def test_an_event_is_in_the_ring_when_it_is_answered(stack):
    with stack.connect("/ws", query={"events": "Acked"}) as client:
        for n in range(20):
            assert send(stack, [custom(n, "Acked")]).body["accepted"] == 1
            assert numbers(seen(stack, "Acked"))[-1] == n
        assert numbers(client.read_events(20)) == list(range(20))


@pytest.mark.conformance("ingest.rejected")
def test_rejected_events_are_named_by_their_place(stack):
    events = [task(1), b"not json", {"event_type": "TaskStatusChanged", "data": {}}, b"", log_entry(2), {"data": {}}]
    answer = send(stack, events)
    assert answer.status == 200
    assert answer.body["accepted"] == 2
    assert [each["index"] for each in answer.body["rejected"]] == [1, 2, 4]
    assert "not JSON" in answer.body["rejected"][0]["message"]
    assert answer.body["rejected"][1]["message"].startswith("data.task_id")


def test_the_list_of_rejected_events_ends_and_their_number_is_said(stack):
    answer = send(stack, [custom(1, "Many"), *([b"{}"] * 500)])
    assert answer.body["accepted"] == 1
    assert len(answer.body["rejected"]) == 100
    assert answer.body["rejected_total"] == 500


def test_nothing_but_bad_events_is_an_error(stack):
    answer = send(stack, b"hello", kind="application/json")
    assert answer.status == 400
    assert answer.body["error"] == "invalid_events"
    assert answer.body["rejected"][0]["index"] == 0


def test_an_empty_body_has_no_events(stack):
    for chunked in (False, True):
        answer = send(stack, b"", chunked=chunked)
        assert (answer.status, answer.body) == (200, {"accepted": 0, "rejected": []})


# --- who sent it


@pytest.mark.conformance("ingest.producer")
def test_the_user_of_the_token_is_the_producer_and_nobody_can_say_otherwise(stack):
    forged = [
        custom(1, "Forged") | {"metadata": {"producer": "root", "source": "mine"}},
        custom(2, "Forged") | {"metadata": {}},
        custom(3, "Forged"),
        custom(4, "Forged") | {"metadata": {"source": "mine"}},
        b'{"event_type":"Forged","data":{"n":5},"metadata":{"pr\\u006fducer":"root"}}',
        b'{"event_type":"Forged","data":{"n":6},"metadata":{"producer":"root","producer":"root"}}',
        b'{"event_type":"Forged","metadata":{"producer":"\\ud800"},"data":{"n":7}}',  # is repaired before it is read
        b'{"event_type":"Forged","data":{"n":8,"text":"\xff"}}',
    ]
    answer = send(stack, forged, user="eve")
    assert [each["index"] for each in answer.body["rejected"]] == [5]  # a member that is there twice
    events = seen(stack, "Forged")
    assert numbers(events) == [1, 2, 3, 4, 5, 7, 8]
    assert {event["metadata"]["producer"] for event in events} == {"eve"}
    assert events[0]["metadata"]["source"] == "mine"


def test_a_local_producer_is_not_stamped(stack):
    stack.send(custom(1, "Local"))
    assert "metadata" not in seen(stack, "Local")[0]


def test_a_rejected_event_is_kept_with_its_producer(stack):
    send(stack, b'{"event_type":"Kept","data":7}', user="mallory")
    shown = stack.ringside("tail", "--rejected", "-n", "5", "--no-follow", "--json", check=False)
    assert '"producer":"mallory"' in shown.stdout, shown


# --- who may


@pytest.mark.conformance("ingest.role")
def test_a_token_without_the_role_may_not(stack):
    for role in ("admin", "developer", "", "producers", "producer|x"):
        answer = post(stack.port, body=[custom(1)], token=stack.token("ci", role))
        assert (answer.status, answer.body["error"]) == (403, "forbidden"), role
    assert post(stack.port, body=[custom(1)], token=stack.token("ci", ["viewer", "producer"])).status == 200


@pytest.mark.conformance("ingest.token")
def test_without_a_good_token_it_is_401(stack):
    for token in (None, "nonsense", stack.token("ci", "producer", ttl=-3600), stack.token("ci", "producer") + "x"):
        answer = post(stack.port, body=[custom(1)], token=token)
        assert (answer.status, answer.body["error"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_the_token_may_be_in_the_query_but_not_twice(stack):
    token = producer_token(stack)
    assert post(stack.port, f"/events?token={token}", [custom(1)]).status == 200
    assert post(stack.port, f"/events?token={token}", [custom(1)], token=token).status == 400
    answer = post(stack.port, f"/events?token={token}&level=WARN", [custom(1)])
    assert (answer.status, answer.body["parameter"]) == (400, "level")


@pytest.mark.conformance("ingest.revoked")
def test_a_revoked_user_may_not(stack):
    token = producer_token(stack, "gone")
    assert post(stack.port, body=[custom(1)], token=token).status == 200
    stack.ringside("revoke", "gone")
    assert post(stack.port, body=[custom(1)], token=token).status == 401


def test_the_roles_are_configuration():
    with Stack(producer_roles="ci|robot") as stack:
        assert post(stack.port, body=[custom(1)], token=stack.token("a", "robot")).status == 200
        assert post(stack.port, body=[custom(1)], token=stack.token("a", "producer")).status == 403


@pytest.mark.conformance("ingest.origin")
def test_a_page_of_another_origin_may_not(stack):
    answer = send(stack, [custom(1)], headers={"Origin": "https://evil.example"})
    assert (answer.status, answer.body["error"]) == (403, "origin_not_allowed")


# --- what is not a request with events


@pytest.mark.parametrize(("how", "status", "error"), [
    ({"kind": "application/xml"}, 415, "unsupported_media_type"),
    ({"headers": {"Content-Encoding": "br"}}, 415, "unsupported_media_type"),
    ({"kind": "application/x-protobuf"}, 415, "unsupported_media_type"),
    ({"key": "two words"}, 400, "bad_request"),
    ({"key": "k" * 256}, 400, "bad_request"),
])
def test_what_the_head_says_wrong_is_refused(stack, how, status, error):
    answer = send(stack, [custom(1)], **how)
    assert (answer.status, answer.body["error"]) == (status, error)


def test_other_methods_are_refused_and_the_right_one_is_named(stack):
    for method in ("GET", "HEAD", "PUT"):
        answer = stack.lwsws[0].get("/events", method=method, headers={"Authorization": f"Bearer {producer_token(stack)}"})
        assert answer.status == 405
        assert answer.headers["allow"] == "POST"


def test_a_body_without_a_length_is_411(stack):
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30 * SLOWNESS)
    connection.putrequest("POST", "/events")
    connection.putheader("Authorization", f"Bearer {producer_token(stack)}")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


# --- connections and size


def test_one_connection_takes_many_requests(stack):
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30 * SLOWNESS)
    for n in range(30):
        answer = send(stack, [custom(n, "Kept")], connection=connection)
        assert answer.status == 200
        assert answer.headers["connection"] == "keep-alive"
        own_socket = own_socket if n else connection.sock
        assert connection.sock is own_socket
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b'{"status":"ok"}'
    connection.close()
    assert numbers(seen(stack, "Kept")) == list(range(30))


def test_requests_that_were_sent_at_once_are_answered_in_order(stack):
    token = producer_token(stack)
    with RawPost(stack.port, token, length=2) as client:
        client.raw.send(b"[]")
        for n in range(5):
            body = json.dumps([custom(n, "Pipelined")] * (n + 1)).encode()
            client.raw.send(f"POST /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert client.answer().body["accepted"] == 0
        assert [client.answer().body["accepted"] for _ in range(5)] == [1, 2, 3, 4, 5]


@pytest.mark.conformance("ingest.length")
def test_a_stream_of_any_length_is_taken_in_bounded_memory(stack):
    """128 MiB in chunks, as fast as the worker takes it."""
    event = json.dumps(log_entry(1, message="x" * 900)).encode() + b"\n"
    piece = event * (65536 // len(event))
    count = (128 << 20) // len(piece)

    def memory():
        return rss_kib(stack.lwsws[0].child()), rss_kib(stack.worker.pid)

    before = memory()
    peak = [0, 0]

    def pieces():
        for n in range(count):
            if n % 100 == 0:
                peak[:] = map(max, peak, memory())
            yield piece

    answer = send(stack, pieces(), chunked=True)
    assert answer.body == {"accepted": count * (65536 // len(event)), "rejected": []}
    if SANITIZED:
        return  # a sanitizer keeps what was freed
    assert peak[0] - before[0] < 56 << 10  # what it has of the ring, 16 MiB, and its cache of events, 24 MiB, are among them
    assert peak[1] - before[1] < 40 << 10  # the ring's pages are, too


def test_an_event_that_is_too_long_is_rejected_and_the_next_is_taken(stack):
    answer = send(stack, [custom(1, "Long", text="x" * 70_000), custom(2, "Long")])
    assert answer.body["accepted"] == 1
    assert "longer than 65536 bytes" in answer.body["rejected"][0]["message"]


def test_curl_with_a_file_and_an_expectation(stack, tmp_path):
    body = tmp_path / "events.ndjson"
    body.write_bytes(lines_of([custom(n, "Curl", text="x" * 1000) for n in range(2000)]))
    done = subprocess.run(["curl", "-sS", "--max-time", "60", "-H", f"Authorization: Bearer {producer_token(stack)}", "-H", "Expect: 100-continue",
                           "-H", "Content-Type: application/x-ndjson", "--data-binary", f"@{body}", f"http://127.0.0.1:{stack.port}/events"],
                          capture_output=True, check=True)
    assert json.loads(done.stdout) == {"accepted": 2000, "rejected": []}
    done = subprocess.run(["curl", "-sS", "--max-time", "60", "-H", f"Authorization: Bearer {producer_token(stack)}", "-T", "-", "-X", "POST",
                           f"http://127.0.0.1:{stack.port}/events"], input=body.read_bytes(), capture_output=True, check=True)
    assert json.loads(done.stdout) == {"accepted": 2000, "rejected": []}
