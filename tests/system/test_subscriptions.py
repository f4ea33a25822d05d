"""What a client asks for and what it gets: event types, subscriptions, filters, and the documented shapes of all of them."""

import json

import pytest
from stack import Stack, custom, health, log_entry, metric, numbers, task
from ws_client import Client

# What the API's documentation shows of each core type, as a producer sends it.
DOCUMENTED = {
    "TaskStatusChanged": (
        {"task_id": "uuid", "name": "create_servers", "status": "Running", "previous_status": "Pending", "progress": 45.5},
        {"task_id": "uuid", "workflow_type": "server_creation", "infra": "production"}),
    "BatchOperationUpdate": (
        {"batch_id": "uuid", "name": "multi_cloud", "status": "Running", "progress": 65.0,
         "operations": [{"id": "one", "status": "Completed", "progress": 100.0}, {"id": "two", "status": "Running", "progress": 30.0}]},
        {"total_operations": 5, "completed_operations": 2, "failed_operations": 0}),
    "SystemHealthUpdate": (
        {"overall_status": "Healthy", "components": {"storage": {"status": "Healthy", "last_check": "2025-09-26T09:59:55Z"},
                                                     "coordinator": {"status": "Warning", "last_check": "2025-09-26T09:59:55Z", "message": "memory"}},
         "metrics": {"cpu_usage": 45.2, "memory_usage": 2048, "disk_usage": 75.5, "active_workflows": 5}},
        {"check_interval": 30, "next_check": "2025-09-26T10:00:30Z"}),
    "WorkflowProgressUpdate": (
        {"workflow_id": "uuid", "name": "deployment", "progress": 75.0, "current_step": "CNI", "total_steps": 8, "completed_steps": 6,
         "estimated_time_remaining": 120, "step_details": {"step_name": "CNI", "step_progress": 45.0, "step_message": "Downloading"}},
        {"infra": "production", "provider": "upcloud", "started_at": "2025-09-26T09:45:00Z"}),
    "LogEntry": (
        {"level": "INFO", "message": "Server web-01 created", "component": "server-manager", "task_id": "uuid",
         "details": {"server_id": "s", "hostname": "web-01", "ip_address": "10.0.1.100"}},
        {"source": "orchestrator", "thread": "worker-1"}),
    "MetricUpdate": (
        {"metric_name": "workflow_duration", "metric_type": "histogram", "value": 180.5,
         "labels": {"workflow_type": "server_creation", "status": "completed", "infra": "production"}},
        {"interval": 15, "aggregation": "average"}),
    "CustomApplicationEvent": ({"anything": [1, None, {"deep": True}]}, {"custom_field": "custom_value"}),
}
SHORT = {"task": "TaskStatusChanged", "batch": "BatchOperationUpdate", "system": "SystemHealthUpdate", "workflow": "WorkflowProgressUpdate",
         "log": "LogEntry", "metric": "MetricUpdate"}


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


def documented(kind):
    data, metadata = DOCUMENTED[kind]
    return {"event_type": kind, "timestamp": "2025-09-26T10:00:00Z", "data": data, "metadata": metadata}


@pytest.mark.conformance("type.task", "type.batch", "type.health", "type.workflow", "type.log", "type.metric", "type.custom")
@pytest.mark.parametrize("kind", DOCUMENTED)
def test_each_type_arrives_in_its_documented_shape(stack, kind):
    with stack.connect(query={"events": kind}) as client:
        stack.send(documented(kind))
        got = client.read_events(1)[0]
        got.pop("id")
        assert got == documented(kind)


@pytest.mark.conformance("param.events")
@pytest.mark.parametrize(("short", "full"), SHORT.items())
def test_short_and_full_names_are_the_same(stack, short, full):
    others = [documented(kind) for kind in DOCUMENTED if kind != full]
    for name in (short, full):
        with stack.connect(query={"events": name}) as client:
            stack.send(*others, documented(full))
            assert [event["event_type"] for event in client.read_events(1)] == [full]


@pytest.mark.conformance("param.events", "server.events-list")
def test_the_list_of_types_may_have_spaces_and_empty_pieces(stack):
    with stack.connect(query={"events": " task ,, batch ,system,"}) as client:
        stack.send(*[documented(kind) for kind in DOCUMENTED])
        assert [event["event_type"] for event in client.read_events(3)] == ["TaskStatusChanged", "BatchOperationUpdate", "SystemHealthUpdate"]


@pytest.mark.conformance("param.events-optional", "stream.order")
def test_without_a_list_everything_that_the_role_may_see_comes(stack):
    with stack.connect() as client:
        stack.send(*[documented(kind) for kind in DOCUMENTED])
        assert [event["event_type"] for event in client.read_events(7)] == list(DOCUMENTED)


@pytest.mark.conformance("auth.flow", "stream.next")
def test_the_flow_of_a_connection(stack):
    """Connect with a token, be welcomed with what it allows, subscribe, get events; and nothing from before."""
    stack.send(custom(0))
    with stack.connect(query={"since": "2020-01-01T00:00:00Z"}) as seen:
        seen.until("replay_end")
    with stack.connect(role="developer") as client:
        assert {"connection_id", "protocol", "user", "roles", "events", "batch_size", "limits", "epoch", "head"} <= set(client.hello)
        assert (client.hello["user"], client.hello["roles"], client.hello["events"]) == ("alice", ["developer"], ["*"])
        answer = client.request({"type": "subscribe", "events": ["task"]}, "subscribed")
        assert (answer["events"], answer["filters"]) == (["TaskStatusChanged"], {})
        stack.send(custom(1), task(2))
        assert numbers(client.read_events(1)) == [2]


@pytest.mark.conformance("auth.message")
def test_a_token_in_the_first_message_gives_the_same_view_as_one_in_the_url(stack):
    with Client(stack.port, "/ws", query={"events": "task", "filter.status": "Running"}) as client:
        client.send({"type": "auth", "token": stack.token()})
        client.expect("welcome")
        stack.send(custom(1), task(2, status="Failed"), task(3))
        assert numbers(client.read_events(1)) == [3]


@pytest.mark.conformance("sub.subscribe", "sub.unsubscribe", "sub.change")
def test_the_first_subscribe_replaces_all_and_later_ones_add(stack):
    everything = [task(1), log_entry(2), custom(3), metric("m", 4)]
    with stack.connect() as client:
        for message, expected in (({"type": "subscribe", "events": ["task"]}, [1]), ({"type": "subscribe", "events": ["LogEntry", "metric"]}, [1, 2, 4]),
                                  ({"type": "unsubscribe", "events": ["task"]}, [2, 4]), ({"type": "subscribe", "events": ["Custom"]}, [2, 3, 4]),
                                  ({"type": "subscribe", "events": ["*"]}, [1, 2, 3, 4]), ({"type": "unsubscribe", "events": ["log", "Custom"]}, [1, 4])):
            client.request(message, message["type"] + "d")
            stack.send(*everything)
            assert numbers(client.read_events(len(expected))) == expected, message


@pytest.mark.conformance("sub.unsubscribe")
def test_types_can_be_taken_from_the_implied_all_and_of_a_named_list(stack):
    with stack.connect() as client, stack.connect(query={"events": "task,log"}) as named:
        client.request({"type": "unsubscribe", "events": ["task"]}, "unsubscribed")
        named.request({"type": "subscribe", "events": ["Custom"]}, "subscribed")
        named.request({"type": "unsubscribe", "events": ["task"]}, "unsubscribed")
        stack.send(task(1), log_entry(2), custom(3))
        assert numbers(client.read_events(2)) == [2, 3]
        assert numbers(named.read_events(2)) == [2, 3]


@pytest.mark.conformance("filter.fields", "filter.any-of", "filter.task-name")
def test_the_documented_task_filter(stack):
    with stack.connect() as client:
        client.request({"type": "subscribe", "events": ["TaskStatusChanged"],
                        "filters": {"task_name": "create_servers", "status": ["Running", "Completed", "Failed"]}}, "subscribed")
        stack.send(task(1), task(2, status="Pending"), task(3, name="other"), task(4, status="Failed"), task(5, status="Completed"), log_entry(6),
                   task(7, status="running"))
        assert numbers(client.read_events(3)) == [1, 4, 5]


@pytest.mark.conformance("filter.log-advanced")
def test_the_documented_log_filter(stack):
    with stack.connect() as client:
        client.request({"type": "subscribe", "events": ["LogEntry"], "filters": {
            "level": ["ERROR", "WARN"], "component": ["server-manager", "batch-coordinator"], "since": "2025-09-26T10:00:00Z"}}, "subscribed")
        client.until("replay_end")
        stack.send(log_entry(1, "ERROR"), log_entry(2, "INFO"), log_entry(3, "WARN", "batch-coordinator"), log_entry(4, "WARN", "other"))
        assert numbers(client.read_events(2)) == [1, 3]


FILTERS = [
    ({"region": "eu"}, [1, 2]), ({"region": ["eu", "us"]}, [1, 2, 3]), ({"size": 2}, [2, 3]), ({"size": "2"}, [2, 3]), ({"on": True}, [1]),
    ({"details.host": "b"}, [2]), ({"infra": "prod"}, [3]), ({"region": "eu", "size": 2}, [2]), ({"search": "QUICK"}, [1]),
    ({"search": ["quick", "lazy"]}, [1, 3]), ({"search": {"regex": "^the (quick|lazy)"}}, [1, 3]), ({"nothing": "x"}, []), ({"tags": "red"}, [1, 3]),
]


@pytest.mark.conformance("filter.fields", "filter.any-of", "filter.server-side", "filter.custom")
@pytest.mark.parametrize(("filters", "expected"), FILTERS, ids=[json.dumps(f[0]) for f in FILTERS])
def test_filters_by_message_and_in_the_url(stack, filters, expected):
    events = [custom(1, region="eu", size=1, on=True, text="the Quick fox", tags=["red", "blue"]),
              custom(2, region="eu", size=2, on=False, details={"host": "b"}),
              custom(3, region="us", size=2.0, text="The lazy dog", tags=["red"]) | {"metadata": {"infra": "prod"}},
              custom(4, region="asia", text="nothing"), {"event_type": "End", "data": {"n": 5}}]
    url = {}
    for key, value in filters.items():
        if isinstance(value, dict):
            url["filter.search.regex"] = value["regex"]
        else:
            url[f"filter.{key}"] = ",".join(value) if isinstance(value, list) else json.dumps(value).strip('"')
    by_url = stack.connect(query={"events": "Custom"} | url)
    by_message = stack.connect()
    by_message.request({"type": "subscribe", "events": ["Custom"], "filters": filters}, "subscribed")
    for client in (by_url, by_message):  # a type without the filter, to see the end by
        client.request({"type": "subscribe", "events": ["End"]}, "subscribed")
    stack.send(*events)
    for client in (by_url, by_message):
        with client:
            assert numbers(client.read_events(len(expected) + 1)) == [*expected, 5]


def test_filters_hold_for_the_types_of_their_message(stack):
    with stack.connect() as client:
        client.request({"type": "subscribe", "events": ["task"], "filters": {"status": "Failed"}}, "subscribed")
        client.request({"type": "subscribe", "events": ["Custom"]}, "subscribed")
        stack.send(task(1), task(2, status="Failed"), custom(3))
        assert numbers(client.read_events(2)) == [2, 3]
        client.request({"type": "subscribe", "events": ["task"]}, "subscribed")  # again: replaces its filters
        stack.send(task(4), custom(5))
        assert numbers(client.read_events(2)) == [4, 5]


def test_min_level_is_that_level_and_above(stack):
    with stack.connect(query={"events": "log", "filter.min_level": "WARN"}) as client:
        stack.send(*[log_entry(n, level) for n, level in enumerate(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "warning", "Fatal"])])
        assert numbers(client.read_events(4)) == [3, 4, 5, 6]


@pytest.mark.conformance("message.unknown")
def test_an_unknown_message_type_is_told_and_ignored(stack):
    with stack.connect() as client:
        error = client.request({"type": "hello"}, "error")
        assert error["code"] == "unknown_type" and "hello" in error["message"]
        assert client.request({"type": "ping"}, "pong")


@pytest.mark.conformance("sanitize.secrets")
def test_secrets_never_reach_a_client(stack):
    secrets = ["hunter2secret", "AKIAIOSFODNN7EXAMPLE", "4111 1111 1111 1111", "s3cr3tpassw0rd",
               "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ", "MIIEpAIBAAKCAQEAsecretkey"]
    events = [custom(1, password=secrets[0], nested={"api_key": secrets[0], "list": [{"token": secrets[0]}]}),
              log_entry(2, message=f"using {secrets[1]} for s3"), log_entry(3, message=f"card {secrets[2]} charged"),
              log_entry(4, message=f"connecting to postgres://bob:{secrets[3]}@db/x"), log_entry(5, message=f"bearer {secrets[4]}"),
              log_entry(6, message=f"-----BEGIN RSA PRIVATE KEY-----\n{secrets[5]}\n-----END RSA PRIVATE KEY-----")]
    with stack.connect() as client:
        stack.send(*events)
        got = client.read_events(6)
        assert numbers(got) == [1, 2, 3, 4, 5, 6]
        text = json.dumps(got)
        assert text.count("[redacted]") >= 8
        for secret in secrets:
            assert secret not in text


@pytest.mark.conformance("sanitize.pii")
def test_personal_data_never_reaches_a_client(stack):
    personal = ["jane.doe@example.org", "+49 151 23456789", "(202) 555-0123", "DE89 3704 0044 0532 0130 00", "078-05-1120",
                "RSSMRA85T10A562S", "1980-01-31-birthday"]
    with stack.connect() as client:
        stack.send(*[log_entry(n, message=f"about {value} here") for n, value in enumerate(personal[:-1], 1)],
                   custom(len(personal), date_of_birth=personal[-1], user={"email": personal[0]}))
        text = json.dumps(client.read_events(len(personal)))
        for value in personal:
            assert value not in text


@pytest.mark.conformance("sanitize.all")
def test_text_is_made_valid_before_it_is_sent(stack):
    with stack.connect() as client:
        stack.send(b'{"event_type":"Custom","data":{"n":1,"text":"a\xff\xfeb"}}')
        assert client.read_events(1)[0]["data"]["text"] == "a\ufffd\ufffdb"


@pytest.mark.conformance("close.1000")
def test_a_normal_close_is_answered_with_1000(stack):
    assert stack.connect().close(1000) == (1000, "")


@pytest.mark.conformance("filter.rate")
def test_a_rate_can_be_asked_for(stack):
    with stack.connect(query={"max_rate": 5}) as client:
        stack.send(*[custom(n) for n in range(30)])
        events, gap = client.until("gap")
        assert len(events) >= 5 and gap["reason"] == "rate" and gap["missed"] > 0
