"""Tickets: once and for seconds, in any process, for every form of events, and in no log."""

import json

import pytest
from http_stream import EVENT_STREAM, JSON_LINES, HttpStream
from http_stream import Refused as StreamRefused
from raw_client import RawClient, request
from stack import Stack, custom, numbers
from ws_client import Client, Refused


@pytest.fixture(scope="module")
def stack():
    with Stack(n_lwsws=2, limit_connections_per_user=0, origins="https://good.example") as stack:
        yield stack


def ask(stack, web=0, token=None, **headers):
    return stack.lwsws[web].get("/ticket", "POST", {"Authorization": f"Bearer {token or stack.token()}", "Content-Length": "0", **headers})


def ticket_of(stack, **how):
    answer = ask(stack, **how)
    body = json.loads(answer.body)
    assert answer.status == 200 and body["expires_in"] == 30 and answer.headers["cache-control"] == "no-store"
    return body["ticket"]


@pytest.mark.conformance("tickets.once")
def test_a_ticket_of_one_process_opens_a_websocket_of_another_once(stack):
    query = {"ticket": ticket_of(stack)}
    client = Client(stack.lwsws[1].port, query=query)
    assert client.expect("welcome")["user"] == "alice"
    for web in (0, 1):
        with pytest.raises(Refused) as refusal:
            Client(stack.lwsws[web].port, query=query)
        assert refusal.value.status == 401 and "ticket" in refusal.value.body["message"]
    client.drop()


@pytest.mark.conformance("tickets.forms")
@pytest.mark.parametrize("accept", [EVENT_STREAM, JSON_LINES])
def test_a_ticket_opens_a_stream_once(stack, accept):
    query = {"ticket": ticket_of(stack, web=1)}
    with HttpStream(stack.port, "/ws", accept, query=query) as stream, stack.producer() as producer:
        producer.send(custom(1))
        assert numbers(stream.events(1)) == [1]
    with pytest.raises(StreamRefused) as refusal:
        HttpStream(stack.port, "/ws", accept, query=query)
    assert refusal.value.status == 401


@pytest.mark.conformance("tickets.forms")
def test_a_ticket_opens_a_page_once(stack):
    ticket = ticket_of(stack)
    headers = {"Accept": "application/json"}
    assert stack.lwsws[0].get(f"/ws?ticket={ticket}", headers=headers).status == 200
    assert stack.lwsws[0].get(f"/ws?ticket={ticket}", headers=headers).status == 401


@pytest.mark.conformance("tickets.token")
def test_no_ticket_is_made_for_a_bad_token_or_a_strange_page(stack):
    assert ask(stack, token="a.b.c").status == 401
    assert stack.lwsws[0].get("/ticket", "POST", {"Content-Length": "0"}).status == 401
    answer = stack.lwsws[0].get("/ticket", headers={"Authorization": f"Bearer {stack.token()}"})
    assert answer.status == 405 and answer.headers["allow"] == "POST"
    assert ask(stack, Origin="https://evil.example").status == 403
    answer = ask(stack, Origin="https://good.example")
    assert answer.status == 200 and answer.headers["access-control-allow-origin"] == "https://good.example"
    preflight = stack.lwsws[0].get("/ticket", "OPTIONS", {"Origin": "https://good.example", "Access-Control-Request-Method": "POST"})
    assert preflight.status == 204 and "authorization" in preflight.headers["access-control-allow-headers"]


@pytest.mark.conformance("tickets.revoked")
def test_a_revoked_user_has_no_use_for_a_ticket(stack):
    ticket = ticket_of(stack, token=stack.token("eve"))
    stack.ringside("revoke", "eve")
    assert stack.lwsws[1].get(f"/ws?ticket={ticket}", headers={"Accept": "application/json"}).status == 401


@pytest.mark.conformance("tickets.rights")
def test_a_ticket_keeps_the_rows_of_its_token(stack):
    with stack.producer() as producer:
        producer.send(custom(1, "Row"), custom(2, "Row"))
    ticket = ticket_of(stack, token=stack.token(filter={"n": 2}))
    answer = stack.lwsws[0].get(f"/ws?ticket={ticket}&events=Row", headers={"Accept": "application/json"})
    assert numbers(json.loads(answer.body)["events"]) == [2]


@pytest.mark.conformance("tickets.limit")
def test_tickets_are_bounded_for_each_user_and_counted(stack):
    token = stack.token("greedy")
    statuses = [ask(stack, token=token).status for _ in range(140)]
    assert 64 <= statuses.count(200) <= 128 and statuses[-1] == 429
    assert ask(stack, token=stack.token("modest")).status == 200
    metrics = stack.lwsws[0].metrics()
    assert metrics["ringside_tickets_issued_total"] >= 64 and metrics["ringside_tickets_refused_total"] > 0
    assert metrics["ringside_tickets_used_total"] > 0


def test_a_request_for_a_ticket_may_have_a_body_and_another_request_after_it(stack):
    with RawClient(stack.port) as client:
        head = [f"Authorization: Bearer {stack.token()}", "Content-Length: 2"]
        client.send(request("/ticket", "POST", head, body=b"{}"))
        assert client.answer().status == 200


@pytest.mark.conformance("tickets.unlogged")
def test_no_ticket_is_logged(stack):
    ticket = ticket_of(stack)
    assert stack.lwsws[0].get(f"/ws?ticket={ticket}", headers={"Accept": "application/json"}).status == 200
    assert stack.lwsws[0].get(f"/ws?ticket={ticket}", headers={"Accept": "application/json"}).status == 401
    assert ticket[:40] not in stack.lwsws[0].log.read_text(errors="replace")
