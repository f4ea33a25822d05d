"""Requests with events: repeated, without a worker, at their limits, and many at once."""

import json
import threading

import pytest
from http_ingest import RawPost, lines_of, post, producer_token, seen, send
from stack import SOURCE_DIR, Stack, custom, numbers
from waiting import eventually


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0, limit_ingests_per_user=50, n_lwsws=2) as running:
        yield running


# --- repeated requests


@pytest.mark.conformance("ingest.repeat")
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


@pytest.mark.conformance("ingest.worker-away")
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


@pytest.mark.conformance("ingest.limits")
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
