"""Events with POST: what is accepted, what is refused and how, and what a repetition does."""

import http.client
import json
import subprocess
import threading

import pytest
from http_ingest import RawPost, lines_of, post
from stack import SOURCE_DIR, Stack, custom, log_entry, numbers, rss_kib, task
from waiting import SLOWNESS, eventually

PAGE = {"Accept": "application/json"}


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0, limit_ingests_per_user=50, n_lwsws=2, config='[events]\nmax_line = "64KiB"\n') as running:
        yield running


def producer_token(stack, user="ci", role="producer", **claims):
    return stack.token(user, role, **claims)


def send(stack, body, web=0, user="ci", **how):
    return post(stack.lwsws[web].port, body=body, token=producer_token(stack, user), **how)


def seen(stack, kind):
    """All events of one type in the ring, by a page of history."""
    answer = stack.lwsws[0].get(f"/ws?limit=1000&order=newest&events={kind}", headers={
        **PAGE, "Authorization": f"Bearer {stack.token('alice', 'admin')}"})
    return json.loads(answer.body)["events"][::-1]


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


def test_an_event_is_in_the_ring_when_it_is_answered(stack):
    with stack.connect("/ws", query={"events": "Acked"}) as client:
        for n in range(20):
            assert send(stack, [custom(n, "Acked")]).body["accepted"] == 1
            assert numbers(seen(stack, "Acked"))[-1] == n
        assert numbers(client.read_events(20)) == list(range(20))


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


def test_a_token_without_the_role_may_not(stack):
    for role in ("admin", "developer", "", "producers", "producer|x"):
        answer = post(stack.port, body=[custom(1)], token=stack.token("ci", role))
        assert (answer.status, answer.body["error"]) == (403, "forbidden"), role
    assert post(stack.port, body=[custom(1)], token=stack.token("ci", ["viewer", "producer"])).status == 200


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


def test_a_revoked_user_may_not(stack):
    token = producer_token(stack, "gone")
    assert post(stack.port, body=[custom(1)], token=token).status == 200
    stack.ringside("revoke", "gone")
    assert post(stack.port, body=[custom(1)], token=token).status == 401


def test_the_roles_are_configuration():
    with Stack(producer_roles="ci|robot") as stack:
        assert post(stack.port, body=[custom(1)], token=stack.token("a", "robot")).status == 200
        assert post(stack.port, body=[custom(1)], token=stack.token("a", "producer")).status == 403


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


# --- repeated requests


def test_a_repeated_request_takes_nothing_twice_in_any_process(stack):
    events = [custom(1, "Once"), b"{}", custom(2, "Once")]
    first = send(stack, events, key="once-1")
    assert first.body["accepted"] == 2
    for web in (0, 1, 0):
        again = send(stack, events, web=web, key="once-1")
        assert (again.status, again.body) == (200, first.body)
    assert numbers(seen(stack, "Once")) == [1, 2]


def test_keys_of_users_are_apart(stack):
    for user in ("one", "two"):
        assert send(stack, [custom(1, "Apart")], user=user, key="the-same").body["accepted"] == 1
    assert len(seen(stack, "Apart")) == 2


def test_a_key_with_another_body_is_refused_and_nothing_is_taken(stack):
    send(stack, [custom(1, "Reused"), custom(2, "Reused")], key="reused")
    for body in ([custom(1, "Reused"), custom(3, "Reused")], [custom(1, "Reused")], [], [custom(9, "Reused")] * 5):
        answer = send(stack, body, key="reused")
        assert (answer.status, answer.body["error"]) == (422, "key_reused")
        assert answer.body["accepted"] == 0
    assert numbers(seen(stack, "Reused")) == [1, 2]


def test_a_request_that_was_broken_off_continues_where_it_was(stack):
    token = producer_token(stack)
    with RawPost(stack.port, token, headers=["Idempotency-Key: broken-off"]) as client:
        client.chunk(lines_of([custom(n, "Continued") for n in range(10)]) + b'{"event_type":"Continued","data":{"n"')
        eventually(lambda: len(seen(stack, "Continued")) == 10, "the first part is taken")
    body = [custom(n, "Continued") for n in range(25)]
    answer = eventually(lambda: (found := send(stack, body, web=1, key="broken-off")).status == 200 and found, "the first one is gone")
    assert answer.body == {"accepted": 25, "rejected": []}
    assert numbers(seen(stack, "Continued")) == list(range(25))


def test_a_key_that_is_being_used_is_409(stack):
    token = producer_token(stack)
    with RawPost(stack.port, token, headers=["Idempotency-Key: in-use"]) as client:
        client.chunk(lines_of([custom(1, "InUse")]))
        eventually(lambda: seen(stack, "InUse"), "the first one is being taken")
        answer = send(stack, [custom(1, "InUse")], web=1, key="in-use")
        assert (answer.status, answer.body["error"]) == (409, "key_in_use")
        assert "retry-after" in answer.headers
        client.end()
        assert client.answer().body["accepted"] == 1
    assert send(stack, [custom(1, "InUse")], key="in-use").status == 200
    assert len(seen(stack, "InUse")) == 1


# --- the worker is away


def test_without_a_worker_it_is_503_and_comes_back():
    with Stack(worker_timeout="500ms", limit_connections_per_user=0) as stack:
        token = stack.token("ci", "producer")
        assert post(stack.port, body=[custom(1)], token=token, key="k").status == 200
        stack.stop_worker()
        answer = post(stack.port, body=[custom(2)], token=token)
        assert (answer.status, answer.body["error"]) == (503, "worker_away")
        assert int(answer.headers["retry-after"]) > 0
        stack.start_worker()
        assert post(stack.port, body=[custom(3)], token=token).body["accepted"] == 1


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_a_worker_that_goes_in_the_middle_is_503(how):
    with Stack(limit_connections_per_user=0) as stack, RawPost(stack.port, stack.token("ci", "producer")) as client:
        client.chunk(lines_of([custom(1, "Middle")]))
        eventually(lambda: seen(stack, "Middle"), "the first event is taken")
        stack.kill_worker() if how == "killed" else stack.stop_worker()
        answer = client.answer()
        assert (answer.status, answer.body["error"]) == (503, "worker_away")


def test_a_worker_that_hangs_is_503_when_its_heart_has_stopped():
    with Stack(worker_timeout="1s", limit_connections_per_user=0) as stack:
        token = stack.token("ci", "producer")
        stack.worker.send_signal(19)  # SIGSTOP
        try:
            answer = post(stack.port, body=[custom(1)], token=token)
            assert (answer.status, answer.body["error"]) == (503, "worker_away")
        finally:
            stack.worker.send_signal(18)
        assert post(stack.port, body=[custom(1)], token=token).status == 200


def test_a_worker_that_may_not_take_events_over_http_has_no_socket():
    with Stack(config="[http]\nenabled = false\n") as stack:
        assert not (stack.run_dir / "ingest.sock").exists()
        assert post(stack.port, body=[custom(1)], token=stack.token("ci", "producer")).status == 503


def test_a_body_that_stops_coming_is_408():
    with Stack(ingest_timeout="500ms") as stack, RawPost(stack.port, stack.token("ci", "producer"), length=1000) as client:
        client.raw.send(b"{")
        answer = client.answer()
        assert (answer.status, answer.body["error"]) == (408, "body_timeout")


def test_a_token_that_ends_ends_the_stream():
    with Stack(token_leeway="0s") as stack:
        with RawPost(stack.port, stack.token("ci", "producer", ttl=2)) as client:
            client.chunk(b"\n")
            assert client.answer().status == 401


# --- limits and counters


def test_places_are_limited_for_a_user_and_in_total():
    with Stack(limit_ingests=3, limit_ingests_per_user=2, limit_connections_per_user=0) as stack:
        open_ones = [RawPost(stack.port, stack.token(user, "producer")) for user in ("a", "a", "b")]
        eventually(lambda: stack.lwsws[0].metrics()["ringside_ingest_requests_open"] == 3, "three are being taken")
        for user in ("a", "c"):
            answer = post(stack.port, body=[custom(1)], token=stack.token(user, "producer"))
            assert (answer.status, answer.body["error"]) == (429, "too_many_connections")
            assert "retry-after" in answer.headers
        for client in open_ones:
            client.end()
            assert client.answer().status == 200
            client.raw.socket.close()
        eventually(lambda: post(stack.port, body=[custom(1)], token=stack.token("a", "producer")).status == 200, "places are free again")


def test_the_worker_takes_so_many_at_once():
    with Stack(config="[http]\nmax_requests = 1\n", limit_connections_per_user=0) as stack:
        with RawPost(stack.port, stack.token("a", "producer")) as client:
            client.chunk(lines_of([custom(1, "First")]))
            eventually(lambda: seen(stack, "First"), "one is being taken")
            answer = post(stack.port, body=[custom(1)], token=stack.token("a", "producer"))
            assert (answer.status, answer.body["error"]) == (503, "overloaded")


def test_requests_are_counted(stack):
    before = stack.lwsws[0].metrics()

    def grown(name):
        return stack.lwsws[0].metrics()[name] - before[name]

    send(stack, [custom(1)], key="counted")
    send(stack, [custom(1)], kind="application/xml")
    with RawPost(stack.port, producer_token(stack)) as client:
        client.chunk(b"\n")
        eventually(lambda: stack.lwsws[0].metrics()["ringside_ingest_requests_open"] > before["ringside_ingest_requests_open"], "it is open")
    eventually(lambda: grown("ringside_ingest_broken_off_total") == 1, "the one that went is counted")
    assert grown("ringside_ingest_requests_total") == 1
    assert grown("ringside_ingest_refused_total") == 1
    assert grown("ringside_ingest_body_bytes_total") > len(json.dumps(custom(1)))
    eventually(lambda: grown("ringside_idempotency_keys") == 1, "the key is counted")


def test_secrets_of_several_lines_are_hidden_over_requests_and_not_mixed_among_users(stack):
    key = ["-----BEGIN RSA PRIVATE KEY-----", *["MIIEpAIBAAKCAQEA" + chr(65 + n) * 48 for n in range(4)], "-----END RSA PRIVATE KEY-----"]
    for n, line in enumerate(key):
        send(stack, [custom(n, "KeyLine", message=line)], user="leaky", web=n % 2)
        send(stack, [custom(n, "Innocent", message="MIIEpAIBAAKCAQEA" + "x" * 48)], user="careful")
    shown = [event["data"]["message"] for event in seen(stack, "KeyLine")]
    assert not any("MIIE" in message for message in shown), shown
    assert all("MIIE" in event["data"]["message"] for event in seen(stack, "Innocent"))


def test_many_clients_at_once_lose_nothing(stack):
    errors = []

    def run(user):
        for n in range(20):
            answer = send(stack, [custom(n, "Crowd", user=user)] * 3, user=user, web=n % 2, chunked=False)
            if answer.status != 200 or answer.body["accepted"] != 3:
                errors.append(answer)

    threads = [threading.Thread(target=run, args=(f"user-{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    events = seen(stack, "Crowd")
    assert len(events) == 8 * 20 * 3
    for i in range(8):
        own = [event["data"]["n"] for event in events if event["metadata"]["producer"] == f"user-{i}"]
        assert own == [n for n in range(20) for _ in range(3)]
        assert all(event["data"]["user"] == event["metadata"]["producer"] for event in events)


def test_the_documentation_says_what_the_virtual_host_serves():
    page = (SOURCE_DIR / "docs" / "protocol.md").read_text()
    for path in ("/events", "/v1/logs", "/v1/metrics"):
        assert f"`POST {path}`" in page
