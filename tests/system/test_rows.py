"""Row-level rights: a token's filter, and filters of roles, decide which events there are at all, in every form in which events come."""

import json
import subprocess
from urllib.parse import urlencode

import pytest
from http_stream import EVENT_STREAM, JSON_LINES, HttpStream
from http_stream import Refused as StreamRefused
from stack import Stack, custom, metric, numbers, seq_of
from ws_client import Refused

LONG_AGO = "2020-01-01T00:00:00Z"
TEAM_FILTERS = "team-a: metadata.team=a, team-b: metadata.team=b, everything: *"
HIDDEN = 1 << 62  # no ring of a test has so many events


def of_team(event, team):
    return event | {"metadata": {"team": team}}


def tenant(stack, team, **claims):
    return stack.token(f"user-{team}", "admin", filter={"metadata.team": team}, **claims)


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0, limit_replays_per_user=0) as stack:
        with stack.producer() as producer:
            producer.send(*[of_team(custom(n), "ab"[n % 2]) for n in range(40)])
        yield stack


def page(stack, token, path="/ws", **query):
    answer = stack.lwsws[0].get(f"{path}?{urlencode(query)}", headers={"Accept": "application/json", "Authorization": f"Bearer {token}"})
    return answer.status, json.loads(answer.body)


@pytest.mark.conformance("rows.claim")
def test_history_has_the_rows_of_the_token_in_every_form(stack):
    token = tenant(stack, "a")
    wanted = list(range(0, 40, 2))
    with stack.connect(token=token, query={"since": LONG_AGO, "events": "Custom"}) as client:
        events, end = client.until("replay_end")
        assert numbers(events) == wanted and end["missed"] == 0
    for accept in (EVENT_STREAM, JSON_LINES):
        with HttpStream(stack.port, "/ws", accept, token=token, query={"since": LONG_AGO, "events": "Custom"}) as stream:
            assert numbers(stream.events(len(wanted))) == wanted
    for order, parameter in (("oldest", "since"), ("newest", "until")):
        got, place = [], {}
        while True:
            _, body = page(stack, token, order=order, limit=7, events="Custom", **place)
            got += numbers(body["events"])
            if body["next"] is None:
                break
            place = {parameter: body["next"]}
        assert (got if order == "oldest" else got[::-1]) == wanted


@pytest.mark.conformance("rows.narrow")
def test_a_client_cannot_widen_its_rows(stack):
    token = tenant(stack, "a")
    for query in ({"filter.metadata.team": "b"}, {"filter.team": "a,b", "filter.n": "1"}, {"filter.search": "b"}):
        _, body = page(stack, token, events="Custom", **query)
        assert all(n % 2 == 0 for n in numbers(body["events"]))
    with stack.connect(token=token) as client:
        client.send({"type": "subscribe", "events": ["*"], "filters": {"metadata.team": "b", "since": LONG_AGO}})
        client.expect("subscribed")
        assert client.until("replay_end")[0] == []


@pytest.mark.conformance("rows.tell-nothing")
def test_ids_and_counts_tell_nothing_of_other_rows(stack):
    token = tenant(stack, "a")
    status, body = page(stack, token, limit=5, events="Custom")
    ids = [event["id"] for event in body["events"]] + [body["head"], body["next"]]
    assert status == 200 and all(seq_of(each) > HIDDEN for each in ids)
    with stack.connect(token=token) as client, stack.producer() as producer:
        heads = [client.hello["head"]]
        assert client.hello["rows"] == "filtered"
        client.send({"type": "debug", "action": "pause"})
        client.expect("debug")
        for team in "bbb":
            producer.send(of_team(custom(100), team))
            client.send({"type": "debug", "action": "inspect"})
            answer = client.expect("debug")
            heads.append(answer["head"])
            assert [answer[name] for name in ("behind", "denied", "headroom_bytes", "filtered", "delivered")] == [None, None, None, 0, 0]
        assert len(set(heads)) == len(heads) and all(seq_of(head) > HIDDEN for head in heads)
        client.send({"type": "debug", "action": "step", "count": 9})
        assert client.expect("debug")["delivered"] == 0
    # The true sequence cannot be found by asking for it either.
    true_ids = [event["id"] for event in page(stack, stack.token(), limit=1000, events="Custom")[1]["events"]]
    assert page(stack, token, events="Custom", **{"filter.id": ",".join(true_ids[:20])})[1]["events"] == []


@pytest.mark.conformance("rows.resume")
def test_a_tenant_resumes_from_its_ids_after_a_restart_of_both(stack):
    token = tenant(stack, "b")
    first = page(stack, token, limit=3, events="Custom")[1]["events"]
    stack.kill_worker()
    stack.start_worker()
    stack.lwsws[0].restart()
    with stack.connect(token=token, query={"since": first[-1]["id"], "events": "Custom", "batch_size": 1}) as client:
        assert numbers([client.read()]) == [7]


@pytest.mark.conformance("rows.roles")
def test_several_roles_open_the_rows_of_each_and_the_token_narrows_them():
    with Stack(role_filters=TEAM_FILTERS) as stack, stack.producer() as producer:
        producer.send(*[of_team(custom(n), "abc"[n % 3]) for n in range(9)])
        for roles, claims, wanted in ((["team-a"], {}, [0, 3, 6]), (["team-a", "team-b"], {}, [0, 1, 3, 4, 6, 7]),
                                      (["team-a", "admin"], {}, [0, 3, 6]), (["team-a", "everything"], {}, list(range(9))),
                                      (["admin"], {}, list(range(9))), (["team-a", "team-b"], {"filter": {"n": [1, 2, 3]}}, [1, 3])):
            token = stack.token("u", roles, **claims)
            assert numbers(page(stack, token, events="Custom")[1]["events"]) == wanted, roles
        # Pages with numbers of all events are for admins then, and the probe does not tell the head.
        assert stack.lwsws[0].get("/metrics").status == 401
        admin = {"Authorization": f"Bearer {stack.token()}"}
        assert b"ringside_ring_head_sequence" in stack.lwsws[0].get("/metrics", headers=admin).body
        assert b"head" not in stack.lwsws[0].get("/readyz").body


@pytest.mark.conformance("rows.series")
def test_series_of_two_tenants_with_one_name_are_two():
    with Stack() as stack, stack.producer() as producer:
        producer.send(of_team(metric("cpu", 1), "a"), of_team(metric("cpu", 2), "b"), of_team(metric("cpu", 3), "b"))
        for team, value in (("a", 1), ("b", 3)):
            with stack.connect("/metrics", token=tenant(stack, team), query={"interval": 1000, "batch_size": 1}) as client:
                assert numbers(client.read_events(1)) == [value]


@pytest.mark.conformance("rows.bad-filter")
@pytest.mark.parametrize("claim", [7, "x", [], {"search": {"regex": "("}}, {"since": LONG_AGO}])
def test_a_filter_that_cannot_be_used_refuses_the_token(stack, claim):
    token = stack.token(filter=claim)
    with pytest.raises(Refused) as refusal:
        stack.connect(token=token)
    assert refusal.value.status == 401 and "claim filter" in refusal.value.body["message"]
    with pytest.raises(StreamRefused) as refusal:
        HttpStream(stack.port, "/ws", EVENT_STREAM, token=token)
    assert refusal.value.status == 401 and "claim filter" in refusal.value.body["message"]
    with stack.connect() as client:
        client.send({"type": "auth", "token": token})
        assert "claim filter" in client.expect("error")["message"]


def test_values_of_an_identity_provider_become_roles():
    with Stack(token_role_claim="groups", token_role_map="/ops=admin|ops, /web=developer") as stack:
        with stack.connect(token=stack.token(role=None, groups=["/web", "admin", "/ops"])) as client:
            assert client.hello["roles"] == ["developer", "admin", "ops"]
        with stack.connect(token=stack.token(role=None, groups=["admin"])) as client:
            assert client.hello["roles"] == []


def test_the_command_line_makes_tokens_with_a_filter(stack):
    def made(*arguments, check=True):
        return stack.ringside("token", "--secret", f"{stack.dir}/secret", "--user", "tom", "--role", "admin", *arguments, check=check)

    token = made("--filter", '{"metadata.team":"b"}').stdout.strip()
    events = page(stack, token, events="Custom")[1]["events"]
    assert events and all(event["metadata"]["team"] == "b" for event in events)
    for wrong in ("x", "[]", '{"search":{"regex":"("}}', '{"since":"2020-01-01T00:00:00Z"}'):
        result = made("--filter", wrong, check=False)
        assert result.returncode == 2 and "--filter" in result.stderr


def test_the_check_reports_wrong_filters_and_maps(tmp_path, stack):
    lwsws = tmp_path / "lwsws"
    subprocess.run(["cp", "-r", stack.lwsws[0].dir, lwsws], check=True)
    text = (lwsws / "conf.d" / "ringside").read_text()
    (lwsws / "conf.d" / "ringside").write_text(text.replace('"status": "ok"', '"role-filters": "x: min_level=LOUD", "token-role-map": "x"'))
    result = stack.ringside("check", "--worker-config", stack.config, "--lwsws-dir", str(lwsws), check=False)
    assert result.returncode == 3
    assert "role-filters" in result.stdout + result.stderr and "token-role-map" in result.stdout + result.stderr
