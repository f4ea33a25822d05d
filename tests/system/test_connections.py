"""Who is connected: the list over all processes, on the command line and over HTTP, and cutting connections."""

import json
from urllib.parse import urlencode

import pytest
from http_ingest import RawPost
from http_stream import EVENT_STREAM, HttpStream
from stack import Stack, custom
from waiting import eventually


@pytest.fixture(scope="module")
def stack():
    with Stack(n_lwsws=2, limit_connections_per_user=0, admin_role="ops|admin") as stack:
        yield stack


def ask(stack, path, method="GET", role="admin", web=0, **query):
    headers = {"Authorization": f"Bearer {stack.token('root', role)}", "Content-Length": "0"}
    answer = stack.lwsws[web].get(path + (f"?{urlencode(query)}" if query else ""), method, headers)
    return answer.status, json.loads(answer.body)


def listed(stack, *arguments):
    return json.loads(stack.ringside("connections", "--output", "json", *arguments).stdout)["connections"]


@pytest.mark.conformance("connections.list")
def test_everybody_who_is_connected_is_listed_by_every_process(stack):
    with stack.connect(user="ann", role=["developer", "viewer"]) as one, stack.connect("/logs", user="bob", web=1) as two, \
            HttpStream(stack.port, "/metrics", EVENT_STREAM, token=stack.token("cid")):
        rows = {row["user"]: row for row in listed(stack)}
        assert set(rows) == {"ann", "bob", "cid"}
        assert rows["ann"]["id"] == one.hello["connection_id"] and rows["ann"]["roles"] == ["developer", "viewer"]
        assert (rows["bob"]["endpoint"], rows["bob"]["transport"], rows["bob"]["address"]) == ("/logs", "websocket", "127.0.0.1")
        assert (rows["cid"]["endpoint"], rows["cid"]["transport"]) == ("/metrics", "event-stream")
        assert rows["ann"]["pid"] != rows["bob"]["pid"]
        for web in (0, 1):
            status, body = ask(stack, "/admin/connections", web=web)
            assert status == 200 and {row["user"] for row in body["connections"]} == set(rows) and body["unlisted"] == 0
        assert [row["user"] for row in ask(stack, "/admin/connections", user="bob")[1]["connections"]] == ["bob"]
        assert ask(stack, "/admin/connections", limit=1)[1]["left_out"] == 2
        text = stack.ringside("connections", "--user", "ann").stdout
        assert one.hello["connection_id"] in text and "bob" not in text
        assert two.hello["user"] == "bob"
    eventually(lambda: listed(stack) == [], "nobody is connected")


@pytest.mark.conformance("connections.numbers")
def test_numbers_follow_what_is_sent_and_equal_views_look_alike(stack):
    with stack.connect(user="ann") as client, stack.connect(user="bob") as same, stack.connect(user="cid", query={"events": "Other"}), \
            stack.producer() as producer:
        producer.send(*[custom(n) for n in range(50)])
        client.read_events(50)
        same.read_events(50)
        rows = {row["user"]: row for row in listed(stack)}
        assert rows["ann"]["view"] == rows["bob"]["view"] != rows["cid"]["view"]
        eventually(lambda: {row["user"]: row["sent"] for row in listed(stack)} == {"ann": 50, "bob": 50, "cid": 0}, "the numbers are there")
        assert next(row for row in listed(stack) if row["user"] == "ann")["bytes"] > 50 * 50


@pytest.mark.conformance("connections.cut-one")
def test_one_connection_is_cut_by_its_id(stack):
    with stack.connect(user="ann") as one, stack.connect(user="ann") as other:
        assert stack.ringside("disconnect", one.hello["connection_id"]).stdout == "1 connection is closed\n"
        code, reason = one.wait_closed()
        assert code == 1008 and "administrator" in reason
        eventually(lambda: [row["id"] for row in listed(stack)] == [other.hello["connection_id"]], "the other one alone is listed")


@pytest.mark.conformance("connections.cut-user")
def test_all_connections_of_a_user_are_cut_in_all_processes(stack):
    clients = [stack.connect(user="ann", web=web) for web in (0, 1, 0, 1)]
    with HttpStream(stack.port, "/ws", EVENT_STREAM, token=stack.token("ann")) as stream, stack.connect(user="bob") as bystander:
        status, body = ask(stack, "/admin/disconnect", "POST", user="ann")
        assert (status, body) == (200, {"requested": True})
        assert [client.wait_closed()[0] for client in clients] == [1008] * 4
        assert stream.expect("close")["code"] == 1008
        eventually(lambda: [row["user"] for row in listed(stack)] == ["bob"], "the bystander alone is listed")
        bystander.send({"type": "ping"})
        bystander.expect("pong")
        stack.connect(user="ann").drop()  # it may come back; revoke keeps it out
    assert stack.lwsws[0].metrics()["ringside_connections_cut_total"] >= 5


@pytest.mark.conformance("connections.requests")
def test_a_long_request_with_events_is_listed_and_cut_with_its_user(stack):
    with RawPost(stack.port, stack.token("ci", "producer")) as first, RawPost(stack.port, stack.token("ci", "producer"), path="/v1/logs",
                                                                              headers=["Content-Type: application/json"]) as second:
        first.chunk(b"\n")
        second.chunk(b"{")
        rows = eventually(lambda: (found := listed(stack, "--user", "ci")) and len(found) == 2 and found, "both are listed")
        assert {(row["endpoint"], row["transport"], row["user"], row["address"]) for row in rows} == {
            (path, "request", "ci", "127.0.0.1") for path in ("/events", "/v1/logs")}
        stack.ringside("disconnect", next(row["id"] for row in rows if row["endpoint"] == "/events"))
        answer = first.answer()
        assert answer.status == 403 and "administrator" in answer.body["message"]
        assert stack.ringside("disconnect", "--user", "ci").stdout == "1 connection is closed\n"
        assert second.answer().status == 403
    eventually(lambda: listed(stack, "--user", "ci") == [], "neither is listed")


@pytest.mark.conformance("connections.admin")
def test_only_administrators_may_ask(stack):
    assert ask(stack, "/admin/connections", role="developer")[0] == 403
    assert ask(stack, "/admin/disconnect", "POST", role="developer", user="ann")[0] == 403
    assert stack.lwsws[0].get("/admin/connections").status == 401
    assert ask(stack, "/admin/connections", role="ops")[0] == 200
    assert ask(stack, "/admin/connections", "POST")[0] == 405
    assert ask(stack, "/admin/disconnect", user="ann")[0] == 405
    assert ask(stack, "/admin/other")[0] == 404


def test_wrong_questions_are_refused_with_the_reason(stack):
    for query in ({}, {"id": "7"}, {"id": "0" * 16, "user": "ann"}, {"nope": "1"}):
        status, body = ask(stack, "/admin/disconnect", "POST", **query)
        assert (status, body["error"]) == (400, "bad_parameter"), query
    for query in ({"limit": "0"}, {"limit": "1001"}, {"id": "0" * 16}):
        assert ask(stack, "/admin/connections", **query)[0] == 400
    for arguments in ((), ("x",), ("0" * 16, "--user", "ann")):
        assert stack.ringside("disconnect", *arguments, check=False).returncode == 2


def test_a_connection_that_is_not_there_is_told(stack):
    for arguments, message in ((("0123456789abcdef",), "there is no connection 0123456789abcdef"), (("--user", "zoe"), "zoe has no connection")):
        done = stack.ringside("disconnect", *arguments, check=False)
        assert (done.returncode, message in done.stderr, done.stdout) == (3, True, "")


@pytest.mark.conformance("connections.killed")
def test_the_connections_of_a_killed_process_are_gone_from_the_list(stack):
    client = stack.connect(user="ann", web=1)
    assert [row["user"] for row in listed(stack)] == ["ann"]
    stack.lwsws[1].kill()
    eventually(lambda: listed(stack) == [], "its slot was reclaimed")
    stack.lwsws[1].start()
    client.drop()
