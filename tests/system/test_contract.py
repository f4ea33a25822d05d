"""The code is held against the schemas in conf/schemas by a validator that knows nothing of it, both ways: what a schema allows is taken,
what it does not is refused, and what is sent is what the schemas say."""

import json

import pytest
from contract import SCHEMAS, distinct, examples, spoiled, verdicts
from stack import Stack, custom, health, log_entry, metric, task
from ws_client import Refused

CLIENT_MESSAGES = ("subscribe", "unsubscribe", "ping", "debug", "auth")
SHAPE_ERRORS = {"invalid_message", "unknown_type", "bad_filter"}


@pytest.fixture(name="stack", scope="module")
def running_stack():
    with Stack(limit_messages_per_second=0, limit_connections_per_user=0, limit_replays_per_user=0, auth_timeout="60s") as stack:
        stack.send(task(1), log_entry(1), metric("cpu.usage", 1), health(), custom(1))
        yield stack


def refused_by_the_server(client, message):
    """The error that `message` gets for its shape, or None. A ping behind it tells that it was dealt with."""
    client.send(message)
    client.send({"type": "ping"})
    wanted = 2 if message == {"type": "ping"} else 1
    found = None
    while wanted:
        answer = client.read()
        if answer.get("type") == "pong":
            wanted -= 1
        elif answer.get("type") == "error" and answer["code"] in SHAPE_ERRORS:
            found = answer
    return found


@pytest.mark.parametrize("kind", [kind for kind in CLIENT_MESSAGES if kind != "auth"])
def test_a_client_message_is_taken_when_its_schema_allows_it_and_else_refused(stack, kind):
    messages = distinct([message for example in examples(f"client/{kind}") for message in [example, *spoiled(example)]
                         if isinstance(message, dict) and message.get("type") == kind])
    wrong = []
    with stack.connect() as client:
        for message, objection in zip(messages, verdicts("client/message", messages)):
            refused = refused_by_the_server(client, message)
            if (refused is None) != (objection is None):
                wrong.append(f"{json.dumps(message)}: server: {refused and refused['message']}; schema: {objection}")
    assert not wrong, "\n".join(wrong)
    assert len(messages) > 1


def test_an_auth_message_is_taken_when_its_schema_allows_it_and_else_refused(stack):
    messages = distinct(message for example in examples("client/auth") for message in spoiled(example))
    for message, objection in zip(messages, verdicts("client/auth", messages)):
        if objection is None or message.get("type") != "auth":
            continue
        with stack.connect() as client:
            assert refused_by_the_server(client, message), message
    with stack.connect() as client:
        good = {"type": "auth", "token": stack.token()}
        assert verdicts("client/message", [good]) == [None]
        client.send(good)
        client.expect("welcome")


def everything_a_server_says(stack):
    """One session with each of its messages."""
    said = []
    with stack.connect(query={"since": "2020-01-01T00:00:00Z"}) as client:
        said.append(client.hello)
        for message in ({"type": "subscribe", "events": ["task"], "filters": {"status": "Running"}}, {"type": "unsubscribe", "events": ["task"]},
                        {"type": "subscribe", "events": ["*"]}, {"type": "nonsense"}, {"type": "subscribe", "events": ["*"], "filters": {"search": {"regex": "("}}},
                        {"type": "subscribe", "events": 7}, {"type": "auth", "token": stack.token()},
                        *({"type": "debug", "action": action, **more} for action, more in (
                            ("pause", {}), ("step", {}), ("seek", {"to": client.hello["head"]}), ("seek", {"to": "00000000:1"}), ("inspect", {}),
                            ("resume", {"speed": 10}), ("attach", {"task_id": "task-1"}), ("step", {}), ("detach", {})))):
            client.send(message)
        client.send({"type": "ping"})
        while not said[-1].get("type") == "pong":
            said.append(client.read())
    with stack.connect(role="viewer") as client:
        client.send({"type": "subscribe", "events": ["log"]})
        said.append(client.read())
        client.send({"type": "auth", "token": stack.token(ttl=3)})
        said.append(client.expect("welcome"))
        said.append(client.until("auth_expiring")[1])
    with stack.connect(query={"max_rate": 1, "batch_size": 1000}) as client:
        stack.send(*[custom(n) for n in range(50)])
        said.append(client.until("gap")[1])
    return said


def test_whatever_the_server_says_is_what_its_schemas_say(stack):
    said = everything_a_server_says(stack)
    kinds = {message.get("type", "event") for message in said}
    assert kinds >= {"batch", "welcome", "subscribed", "unsubscribed", "pong", "error", "gap", "auth_expiring", "replay_end", "debug"}
    wrong = [f"{json.dumps(message)[:400]}: {objection}" for message, objection in zip(said, verdicts("server/message", said)) if objection]
    assert not wrong, "\n".join(wrong)


def test_refusals_and_probes_are_what_their_schemas_say(stack):
    bodies = []
    for path, more in (("/ws", {"query": {"batch_size": "0"}}), ("/nowhere", {}), ("/ws", {"token": "x.y.z"}), ("/ws", {"origin": "https://evil.example"}),
                       ("/ws", {"subprotocols": ["ringside-logs"]}), ("/ws", {"query": {"filter.search.regex": "("}})):
        with pytest.raises(Refused) as refused:
            stack.connect(path, **more)
        bodies.append(refused.value.body)
    assert verdicts("http/error", bodies) == [None] * len(bodies)
    for path, schema in (("/healthz", "http/health"), ("/readyz", "http/ready")):
        assert verdicts(schema, [json.loads(stack.lwsws[0].get(path).body)]) == [None]


EVENTS = [task(1, progress=50), log_entry(1, context={"host": "web-1"}), metric("cpu.usage", 42.5, host="web-1"), health(),
          {"event_type": "WorkflowProgressUpdate", "timestamp": "2026-01-01T00:00:00Z", "metadata": {"source": "me"},
           "data": {"workflow_id": "w1", "name": "deploy", "progress": 40, "current_step": "migrate", "total_steps": 4}},
          {"event_type": "BatchOperationUpdate", "data": {"batch_id": "b1", "name": "restart", "status": "Running", "progress": 10, "operations": []}}]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["event_type"])
def test_an_event_is_taken_when_its_schemas_allow_it_and_else_refused(stack, event):
    kind = event["event_type"]
    events = distinct(each for each in [event, *spoiled(event)] if isinstance(each, dict) and each.get("event_type") == kind)
    by_envelope = verdicts("producer/event", events)
    by_type = verdicts(f"events/{kind}", events)
    assert by_envelope[0] is None and by_type[0] is None, (by_envelope[0], by_type[0])
    producer = stack.producer()
    wrong = []
    for each, *objections in zip(events, by_envelope, by_type):
        n_errors = len(producer.errors)
        producer.send(each)
        taken = len(producer.errors) == n_errors
        if taken != (objections == [None, None]):
            wrong.append(f"{json.dumps(each)}: worker: {'taken' if taken else producer.errors[-1]}; schemas: {objections}")
    producer.close()
    assert not wrong, "\n".join(wrong)
    assert (SCHEMAS / "events" / f"{kind}.schema.json").is_file()
