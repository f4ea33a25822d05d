"""Every limit, what the client is told, and that it holds over several processes, a reload and a crash."""

import time

import pytest
from stack import Stack, custom, health, log_entry, numbers, task
from waiting import eventually
from ws_client import Client, Closed, Refused


@pytest.fixture(scope="module")
def stack():
    with Stack(n_lwsws=2) as running:
        yield running


def open_ones(stack, count, web=0, user="alice"):
    return [stack.connect(("/ws", "/metrics", "/logs")[i % 3], user=user, web=web) for i in range(count)]


def refused(stack, **where):
    with pytest.raises(Refused) as error:
        stack.connect(**where)
    return error.value


def drop(stack, clients):
    for client in clients:
        client.drop()
    eventually(lambda: all(web.metrics()['ringside_connections{endpoint="ws"}'] == 0 for web in stack.lwsws), "their places are free")


@pytest.mark.conformance("limits.connections")
def test_ten_connections_a_user_over_all_endpoints_and_processes(stack):
    clients = open_ones(stack, 6) + open_ones(stack, 4, web=1)
    assert clients[0].hello["limits"]["connections_per_user"] == 10
    for web in (0, 1):
        error = refused(stack, web=web)
        assert (error.status, error.body["error"]) == (429, "too_many_connections")
        late = Client(stack.lwsws[web].port, "/ws")
        late.send({"type": "auth", "token": stack.token()})
        assert late.wait_closed()[0] == 4009
    stack.connect(user="bob").drop()  # another user's are not counted here
    clients.pop().close()
    eventually(lambda: opened(stack, clients), "a place is free again")
    drop(stack, clients)


def opened(stack, clients):
    try:
        clients.append(stack.connect(web=1))
        return True
    except Refused:
        return False


def test_connections_count_over_a_reload():
    with Stack() as stack:
        clients = open_ones(stack, 7)
        old, new = stack.lwsws[0].reload()
        assert old != new
        clients += open_ones(stack, 3)
        assert refused(stack).status == 429
        for client in clients[:7]:
            client.close()
        eventually(lambda: opened_on(stack, clients), "the old process's places are free")


def opened_on(stack, clients):
    try:
        clients.append(stack.connect())
        return True
    except Refused:
        return False


def test_the_places_of_a_killed_process_are_reclaimed():
    with Stack(n_lwsws=2) as stack:
        doomed, living = open_ones(stack, 8, web=0), open_ones(stack, 2, web=1)
        assert refused(stack, web=1).status == 429
        stack.lwsws[0].kill()
        eventually(lambda: opened(stack, living), "the dead one's places are free")
        living += open_ones(stack, 7, web=1)
        assert len(doomed) == 8 and len(living) == 10
        assert refused(stack, web=1).status == 429


@pytest.mark.conformance("limits.messages")
def test_a_hundred_messages_a_second_then_an_error_with_the_time_to_wait(stack):
    with stack.connect(user="m1") as client:
        assert client.hello["limits"]["messages_per_second"] == 100
        client.send_raw(masked(b'{"type":"ping"}') * 150)
        kinds = [client.read()["type"] for _ in range(100)]
        assert kinds == ["pong"] * 100
        error = client.expect("error")
        assert error["code"] == "rate_limited" and 0 < error["retry_after_ms"] <= 1000
        eventually(lambda: pong_came(client), "it may speak again")


def pong_came(client):
    """Over the limit a ping gets no answer, so none is waited for."""
    client.send({"type": "ping"})
    while client.readable():
        if client.read()["type"] == "pong":
            return True
    return False


def masked(text, opcode=0x81):
    """A frame with a mask of zeros, for writing many at once."""
    if len(text) < 126:
        return bytes([opcode, 0x80 | len(text)]) + b"\0\0\0\0" + text
    if len(text) < 65536:
        return bytes([opcode, 0x80 | 126]) + len(text).to_bytes(2, "big") + b"\0\0\0\0" + text
    return bytes([opcode, 0x80 | 127]) + len(text).to_bytes(8, "big") + b"\0\0\0\0" + text


@pytest.mark.conformance("limits.messages", "close.4029")
def test_one_that_goes_on_is_closed_with_4029(stack):
    with stack.connect(user="m2") as client:
        try:
            for _ in range(50):
                client.send_raw(masked(b'{"type":"ping"}') * 100)
        except OSError:
            pass
        assert client.wait_closed()[0] == 4029


@pytest.mark.conformance("limits.subscription")
def test_fifty_events_in_a_subscription(stack):
    with stack.connect(user="s1") as client:
        assert client.hello["limits"]["events_per_subscription"] == 50
        names = [f"Type{i}" for i in range(50)]
        assert client.request({"type": "subscribe", "events": names}, "subscribed")["events"] == names
        error = client.request({"type": "subscribe", "events": ["OneMore"]}, "error")
        assert error["code"] == "too_many_events" and error["request"] == "subscribe"
        assert client.request({"type": "subscribe", "events": names[:5]}, "subscribed")  # no more than before
        stack.send(custom(1, kind="OneMore"), custom(2, kind="Type49"))
        assert numbers(client.read_events(1)) == [2]
        client.request({"type": "unsubscribe", "events": names[:1]}, "unsubscribed")
        assert client.request({"type": "subscribe", "events": ["OneMore"]}, "subscribed")
    assert refused(stack, user="s1", query={"events": ",".join(f"T{i}" for i in range(51))}).body["parameter"] == "events"


@pytest.mark.conformance("limits.message-size", "close.1009")
def test_a_message_of_64_kib_is_read_and_a_longer_one_closes_with_1009(stack):
    with stack.connect(user="b1") as client:
        limit = client.hello["limits"]["message_bytes"]
        assert limit == 65536
        error = client.request(b'{"type":"ping","x":"' + b"x" * (limit - 22) + b'"}', "error")
        assert error["code"] == "invalid_message"
        client.send(b'{"type":"ping","x":"' + b"x" * (limit - 21) + b'"}')
        assert client.wait_closed()[0] == 1009
    with stack.connect(user="b3") as client:  # the rest of it may be under way
        client.send(b"x" * 4_000_000)
        assert client.wait_closed()[0] == 1009
    with stack.connect(user="b2") as client:  # in fragments, too, and before its end
        client.send_raw(masked(b"x" * 40000, 0x01) + masked(b"x" * 40000, 0x00))
        assert client.wait_closed()[0] == 1009


def test_connections_that_wait_for_their_token_are_capped():
    with Stack(limit_awaiting_auth=5, limit_awaiting_auth_per_address=3) as stack:
        waiting = [Client(stack.port, "/ws") for _ in range(3)]
        with pytest.raises(Refused) as error:
            Client(stack.port, "/ws")
        assert error.value.status == 429
        more = [Client(stack.port, "/ws", source="127.0.0.2") for _ in range(2)]
        with pytest.raises(Refused):
            Client(stack.port, "/ws", source="127.0.0.3")
        stack.connect().drop()  # with a token there is no waiting
        waiting[0].send({"type": "auth", "token": stack.token()})
        waiting[0].expect("welcome")
        Client(stack.port, "/ws").drop()
        for client in waiting + more:
            client.drop()


def test_connections_of_a_process_can_be_limited():
    with Stack(limit_connections=3) as stack:
        clients = [stack.connect(user=f"user{i}") for i in range(3)]
        assert refused(stack, user="other").status == 503
        clients[0].close()
        eventually(lambda: opened_on(stack, clients), "a place is free")


def test_two_replays_a_user_at_a_time_and_the_third_still_comes():
    with Stack(limit_replays_per_user=1, replay_bytes_per_turn="4KiB") as stack:
        stack.send(*[custom(n) for n in range(2000)])
        clients = [stack.connect(query={"since": "2020-01-01T00:00:00Z", "batch_size": 100}) for _ in range(4)]
        for client in clients:
            events, end = client.until("replay_end")
            assert numbers(events) == list(range(2000)) and end["recovered"]


@pytest.mark.conformance("auth.revocation", "close.1008")
def test_a_revoked_user_is_closed_at_once_in_all_processes(stack):
    clients = [stack.connect(user="mallory", web=web) for web in (0, 1)]
    bystander = stack.connect(user="bob")
    old = stack.token("mallory")
    stack.ringside("revoke", "mallory")
    for client in clients:
        code, reason = client.wait_closed()
        assert code == 1008 and "revoked" in reason
    for web in (0, 1):
        error = refused(stack, web=web, token=old)
        assert error.status == 401 and "revoked" in error.body["message"]
    fresh = stack.token("mallory", iat=int(time.time()) + 2)
    stack.connect(token=fresh).drop()  # one issued later is good again
    assert bystander.request({"type": "ping"}, "pong")
    bystander.drop()


def test_a_revoked_token_is_closed_and_another_of_the_same_user_is_not(stack):
    stolen = stack.connect(token=stack.token("carol", jti="stolen-1"))
    other = stack.connect(token=stack.token("carol", jti="other-1"), web=1)
    stack.ringside("revoke", "--jti", "stolen-1")
    assert stolen.wait_closed()[0] == 1008
    assert other.request({"type": "ping"}, "pong")
    answer = other.request({"type": "auth", "token": stack.token("carol", jti="stolen-1")}, "error")
    assert answer["code"] == "unauthenticated" and "revoked" in answer["message"]
    other.drop()


@pytest.mark.conformance("auth.roles", "security.renewal", "server.permission")
def test_a_changed_role_takes_effect_with_the_next_event(stack):
    with stack.connect(user="r1", role="viewer") as client:
        stack.send(log_entry(1), health(), task(2))
        assert numbers(client.read_events(1)) == [2]
        assert client.request({"type": "subscribe", "events": ["LogEntry", "task"]}, "error")["code"] == "forbidden"
        assert client.expect("subscribed")["events"] == ["TaskStatusChanged"]
        client.request({"type": "auth", "token": stack.token("r1", "developer")}, "welcome")
        assert client.request({"type": "subscribe", "events": ["LogEntry"]}, "subscribed")["events"] == ["LogEntry"]
        stack.send(log_entry(3), health(), task(4))
        assert numbers(client.read_events(2)) == [3, 4]
        hello = client.request({"type": "auth", "token": stack.token("r1", "viewer")}, "welcome")
        assert hello["roles"] == ["viewer"]
        stack.send(log_entry(5), task(6))
        assert numbers(client.read_events(1)) == [6]


@pytest.mark.conformance("auth.expiring", "security.renewal")
def test_expiry_is_announced_and_a_renewal_prevents_the_close():
    with Stack(auth_expiring_notice="2s") as stack:
        client = stack.connect(token=stack.token(ttl=3))
        doomed = stack.connect(token=stack.token(ttl=3))
        notice = client.expect("auth_expiring")
        assert 0 < notice["expires_in"] <= 2
        hello = client.request({"type": "auth", "token": stack.token(ttl=3600)}, "welcome")
        assert hello["token_expires_at"] > client.hello["token_expires_at"]
        doomed.expect("auth_expiring")
        assert doomed.wait_closed() == (4001, "token expired")
        assert client.request({"type": "ping"}, "pong")
        stack.send(custom(1))
        assert numbers(client.read_events(1)) == [1]
        client.drop()


def test_a_token_without_expiry_is_refused_where_the_vhost_says_so():
    with Stack(token_require_expiry="true") as stack:
        error = refused(stack, token=stack.token(ttl=None))
        assert error.status == 401 and "expir" in error.body["message"]
        stack.connect().drop()


@pytest.mark.conformance("filter.permissions", "security.sensitive")
def test_restricted_members_are_left_out_for_those_who_may_not_see_them():
    with Stack(restrict="/data/details/ip_address=admin, /metadata/*=admin|developer") as stack:
        clients = {role: stack.connect(role=role) for role in ("admin", "developer")}
        searching = stack.connect(role="developer", query={"filter.search": "10.0.1.100"})
        sent = log_entry(1, details={"hostname": "web-01", "ip_address": "10.0.1.100"}) | {"metadata": {"thread": "worker-1"}}
        stack.send(sent, log_entry(2, message="see 10.0.1.100"))
        full, seen = (clients[role].read_events(2)[0] for role in ("admin", "developer"))
        assert full["data"]["details"] == {"hostname": "web-01", "ip_address": "10.0.1.100"}
        assert seen["data"]["details"] == {"hostname": "web-01"} and seen["metadata"] == {"thread": "worker-1"}
        assert numbers(searching.read_events(1)) == [2]  # nobody learns by searching what he may not read
        for client in (*clients.values(), searching):
            client.drop()


@pytest.mark.conformance("server.permission", "auth.authorisation", "security.roles")
@pytest.mark.parametrize(("role", "seen"), [("admin", ["SystemHealthUpdate", "LogEntry", "TaskStatusChanged", "Custom"]),
                                            ("developer", ["LogEntry", "TaskStatusChanged", "Custom"]),
                                            ("viewer", ["TaskStatusChanged", "Custom"]), (None, ["TaskStatusChanged", "Custom"]),
                                            (["viewer", "developer"], ["LogEntry", "TaskStatusChanged", "Custom"]),
                                            ("administrator", ["TaskStatusChanged", "Custom"])])
def test_the_role_table_decides_who_sees_what(stack, role, seen):
    with stack.connect(user="table", role=role) as client:
        stack.send(health(), log_entry(1), task(1), custom(1))
        assert [event["event_type"] for event in client.read_events(len(seen))] == seen


@pytest.mark.conformance("auth.claim-events")
def test_a_tokens_own_events_narrow_it_further(stack):
    with stack.connect(token=stack.token("narrow", "developer", events=["task", "LogEntry", "SystemHealthUpdate"])) as client:
        assert sorted(client.hello["events"]) == ["LogEntry", "TaskStatusChanged"]
        assert client.request({"type": "subscribe", "events": ["Custom"]}, "error")["code"] == "forbidden"
        stack.send(custom(1), health(), task(2), log_entry(3))
        assert numbers(client.read_events(2)) == [2, 3]


def test_roles_are_configuration():
    with Stack(roles="Custom=ops, LogEntry=") as stack:
        with stack.connect(role="viewer") as viewer, stack.connect(role="ops") as ops:
            stack.send(custom(1), log_entry(2), health(), task(3))
            assert numbers(viewer.read_events(2)) == [2, 3]
            assert numbers(ops.read_events(3)) == [1, 2, 3]


def test_a_closed_client_is_told_once():
    with Stack() as stack:
        with stack.connect() as client:
            client.send_binary(b"\0\1")
            assert client.wait_closed()[0] == 1003
            with pytest.raises((Closed, OSError)):
                client.read()
