"""What producers send to ringsided, and what they get: over the real sockets, read back from the real ring."""

import json
import pathlib
import re
import socket
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from worker_process import SOURCE_DIR, Worker, eventually  # noqa: E402

TASK = {"event_type": "TaskStatusChanged", "data": {"task_id": "t", "status": "Running"}}


@pytest.fixture(scope="module")
def worker():
    with Worker() as running:
        yield running


@pytest.fixture()
def producer(worker):
    connection = worker.producer()
    yield connection
    connection.close()


def event_line(data, **more):
    return json.dumps({"event_type": "Custom", "data": data, **more}).encode()


# What the API's six core types look like, as their producers send them.
CORE = [
    ("TaskStatusChanged",
     {"task_id": "uuid", "name": "create_servers", "status": "Running", "previous_status": "Pending", "progress": 45.5},
     {"task_id": "uuid", "workflow_type": "server_creation", "infra": "production"}),
    ("BatchOperationUpdate",
     {"batch_id": "uuid", "name": "deploy", "status": "Running", "progress": 65.0,
      "operations": [{"id": "a", "status": "Completed", "progress": 100.0}, {"id": "b", "status": "Running", "progress": 30.0}]},
     {"total_operations": 5, "completed_operations": 2, "failed_operations": 0}),
    ("SystemHealthUpdate",
     {"overall_status": "Healthy",
      "components": {"storage": {"status": "Healthy", "last_check": "2025-09-26T09:59:55Z"},
                     "batch": {"status": "Warning", "last_check": "2025-09-26T09:59:55Z", "message": "High memory usage"}},
      "metrics": {"cpu_usage": 45.2, "memory_usage": 2048, "disk_usage": 75.5, "active_workflows": 5}},
     {"check_interval": 30, "next_check": "2025-09-26T10:00:30Z"}),
    ("WorkflowProgressUpdate",
     {"workflow_id": "uuid", "name": "k8s", "progress": 75.0, "current_step": "CNI", "total_steps": 8, "completed_steps": 6,
      "estimated_time_remaining": 120, "step_details": {"step_name": "CNI", "step_progress": 45.0, "step_message": "Downloading"}},
     {"infra": "production", "provider": "upcloud", "started_at": "2025-09-26T09:45:00Z"}),
    ("LogEntry",
     {"level": "INFO", "message": "Server web-01 created", "component": "server-manager", "task_id": "uuid",
      "details": {"server_id": "s", "hostname": "web-01", "ip_address": "10.0.1.100"}},
     {"source": "orchestrator", "thread": "worker-1"}),
    ("MetricUpdate",
     {"metric_name": "workflow_duration", "metric_type": "histogram", "value": 180.5,
      "labels": {"workflow_type": "server_creation", "status": "completed", "infra": "production"}},
     {"interval": 15, "aggregation": "average"}),
    ("CustomApplicationEvent", {"anything": [1, None, {"deep": True}]}, {"custom_field": "custom_value"}),
]


@pytest.mark.parametrize("name,data,metadata", CORE, ids=[c[0] for c in CORE])
def test_core_and_custom_events_arrive_as_they_were_sent_with_an_id(worker, producer, name, data, metadata):
    sent = {"event_type": name, "timestamp": "2025-09-26T10:00:00Z", "data": data, "metadata": metadata}
    producer.send(sent)
    seq, record_name, text = worker.records()[-1]
    got = json.loads(text)
    assert re.fullmatch(rf"[0-9a-f]{{8}}:{seq}", got.pop("id"))
    assert got == sent and record_name == name
    assert text.startswith(json.dumps(sent)[:-1])  # the producer's own bytes


def test_a_missing_timestamp_is_stamped_and_a_producers_id_is_replaced(worker, producer):
    producer.send({"event_type": "Custom", "id": "mine:1", "data": {"n": 1}})
    got = worker.events()[-1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", got["timestamp"])
    assert re.fullmatch(r"[0-9a-f]{8}:\d+", got["id"]) and got["data"] == {"n": 1}


REFUSED = [
    (b'{"event_type":"Custom","data":{}', "is not JSON", None),
    (b"hello", "is not JSON", None),
    (b'{"event_type":"Custom","data":{}} {}', "is not JSON", None),
    (b'{"event_type":"Custom","data":{"a":1,"a":2}}', "twice", None),
    (b'{"event_type":"Custom","data":{"a":"x\x00y"}}', "control character 0x0", None),
    (b"[1,2]", "must be a JSON object", None),
    (b'"text"', "must be a JSON object", None),
    (b"{}", "event_type is missing", "event_type"),
    (b'{"event_type":7,"data":{}}', "event_type must be a string", "event_type"),
    (b'{"event_type":"task","data":{}}', "event_type must be the full name, TaskStatusChanged", "event_type"),
    (b'{"event_type":"1x","data":{}}', "event_type must begin with a letter", "event_type"),
    (b'{"event_type":"Custom"}', "data is missing", "data"),
    (b'{"event_type":"Custom","data":[]}', "data must be an object", "data"),
    (b'{"event_type":"Custom","data":{},"metadata":"m"}', "metadata must be an object", "metadata"),
    (b'{"event_type":"Custom","data":{},"timestamp":"yesterday"}', "timestamp must be a time", "timestamp"),
    (b'{"event_type":"Custom","data":{},"timestamp":"2025-02-30T10:00:00Z"}', "timestamp must be a time", "timestamp"),
    (b'{"event_type":"Custom","data":{},"extra":1}', "extra is not known", "extra"),
    (b'{"event_type":"TaskStatusChanged","data":{"task_id":"t"}}', "data.status is missing", "data.status"),
    (b'{"event_type":"TaskStatusChanged","data":{"task_id":"t","status":4}}', "data.status must be a string", "data.status"),
    (b'{"event_type":"BatchOperationUpdate","data":{"batch_id":"b"}}', "data must have status or progress", "data"),
    (b'{"event_type":"BatchOperationUpdate","data":{"batch_id":"b","status":"x","operations":[{"id":"1"},{"id":2}]}}',
     "data.operations[1].id must be a string", "data.operations[1].id"),
    (b'{"event_type":"SystemHealthUpdate","data":{}}', "data.overall_status is missing", "data.overall_status"),
    (b'{"event_type":"WorkflowProgressUpdate","data":{"workflow_id":"w","progress":"half"}}',
     "data.progress must be a number or null", "data.progress"),
    (b'{"event_type":"LogEntry","data":{"level":"INFO"}}', "data.message is missing", "data.message"),
    (b'{"event_type":"MetricUpdate","data":{"metric_name":"m","value":"1"}}', "data.value must be a number", "data.value"),
    (b'{"event_type":"Custom","data":' + b'{"a":' * 40 + b"1" + b"}" * 41, "nested deeper than 32 levels", None),
    (b'{"event_type":"Custom","data":{"a":"' + b"x" * 262144 + b'"}}', "line is longer than 262144 bytes", None),
]


@pytest.mark.parametrize("line,message,member", REFUSED, ids=[f"{i}-{r[1][:24]}" for i, r in enumerate(REFUSED)])
def test_a_bad_line_is_answered_with_line_and_reason_and_the_connection_goes_on(worker, producer, line, message, member):
    before = len(worker.records())
    answer = producer.refused(line)
    assert answer["error"] == "invalid_event"
    assert answer["line"] == 2  # the hello was the first
    assert message in answer["message"]
    assert answer.get("member") == member
    producer.send(TASK)
    assert len(worker.records()) == before + 1  # only the good one
    last = worker.rejected()[-1]
    assert last["event_type"] == "EventRejected"
    assert last["data"]["reason"].startswith(answer["message"].split(" near ")[0])
    assert last["data"]["line"] == 2 and last["data"]["source"] == "events.sock"


def test_rejections_are_told_without_a_hello_too(worker):
    with worker.connect() as peer:
        peer.sendall(b"\n{broken\n")
        answer = json.loads(peer.makefile().readline())
    assert answer["line"] == 2 and "is not JSON" in answer["message"]


def test_invalid_utf8_is_repaired(worker, producer):
    producer.send(b'{"event_type":"Custom","data":{"a":"\xff\xc3(ok"}}')
    assert worker.events()[-1]["data"]["a"] == "\ufffd\ufffd(ok"


def test_ten_thousand_empty_lines_are_no_events_and_no_errors(worker, producer):
    before = len(worker.records()), len(worker.rejected())
    producer.peer.sendall(b"\n" * 10_000)
    producer.send(TASK)
    assert (len(worker.records()), len(worker.rejected())) == (before[0] + 1, before[1])
    assert producer.acked == 1
    assert producer.refused(b"x")["line"] == 10_003  # but lines they are


def test_a_line_in_pieces_is_one_line(worker, producer):
    line = event_line({"text": "ä" * 300}) + b"\n"
    for i in range(len(line)):
        producer.peer.sendall(line[i:i + 1])
    producer.wait_for_ack(1)
    assert worker.events()[-1]["data"] == {"text": "ä" * 300}


def test_windows_line_ends_are_taken(worker, producer):
    producer.send(event_line({"n": 1}) + b"\r")
    assert worker.records()[-1][2].startswith('{"event_type": "Custom", "data": {"n": 1}')


def test_a_line_never_ended_is_an_event_when_the_producer_closes(worker):
    connection = worker.producer()
    connection.peer.sendall(event_line({"last": True}))
    connection.peer.shutdown(socket.SHUT_WR)
    connection.wait_for_ack(1)
    assert worker.events()[-1]["data"] == {"last": True}
    assert connection.lines.readline() == ""  # and the worker closes, too
    connection.close()


def test_half_a_line_of_a_producer_that_died_is_refused_and_harms_nobody(worker, producer):
    with worker.connect() as dying:
        dying.sendall(b'{"event_type":"Custom","da')
    eventually(lambda: worker.rejected()[-1]["data"]["text"] == '{"event_type":"Custom","da', "the half line is refused")
    producer.send(TASK)


def test_a_line_without_end_is_refused_once_and_costs_no_memory(worker, producer):
    def resident():
        status = pathlib.Path(f"/proc/{worker.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1])

    producer.send(TASK)
    before = resident()
    for _ in range(64):
        producer.peer.sendall(b"x" * (1 << 20))
    producer.peer.sendall(b"\n")
    producer.n_sent += 1
    producer.send(TASK)
    assert len(producer.errors) == 1 and "longer than 262144" in producer.errors[0]["message"]
    assert resident() - before < 16 << 10


def test_a_producer_that_reads_no_answers_is_not_waited_for_and_learns_what_it_missed(worker):
    with worker.connect() as peer:
        peer.sendall(b"x\n" * 100_000)  # some seven megabytes of answers
        before = len(worker.records())
        other = worker.producer()
        other.send(TASK)
        other.close()
        assert len(worker.records()) == before + 1
        peer.shutdown(socket.SHUT_WR)
        answers = [json.loads(line) for line in peer.makefile()]
    errors = [a for a in answers if a["error"] == "invalid_event"]
    suppressed = [a["count"] for a in answers if a["error"] == "answers_suppressed"]
    assert 0 < len(errors) < 100_000
    assert len(errors) + sum(suppressed) == 100_000


def test_datagrams_are_events_and_may_hold_newlines(worker):
    before = len(worker.records())
    worker.send_datagram(b'{"event_type":"Custom",\n  "data": {"via":"dgram"}\n}\n')
    eventually(lambda: len(worker.records()) == before + 1, "the datagram arrives")
    text = worker.records()[-1][2]
    assert "\n" not in text and json.loads(text)["data"] == {"via": "dgram"}


def test_a_bad_datagram_is_counted_and_shown(worker):
    worker.send_datagram(b"no json")
    eventually(lambda: worker.rejected()[-1]["data"]["source"] == "events.dgram", "the datagram is refused")
    last = worker.rejected()[-1]
    assert last["data"]["text"] == "no json" and "is not JSON" in last["data"]["reason"]
    assert last["metadata"]["uid"] >= 0


def test_eight_producers_at_once_lose_nothing_and_keep_their_order(worker):
    n_each = 2000
    base = len(worker.records())

    def produce(number):
        connection = worker.producer()
        for start in range(0, n_each, 50):
            connection.send(*({"event_type": "Order", "data": {"who": number, "n": start + i}} for i in range(50)))
        connection.close()

    threads = [threading.Thread(target=produce, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = [e["data"] for e in worker.events()[base:] if e["event_type"] == "Order"]
    for who in range(8):
        assert [e["n"] for e in events if e["who"] == who] == list(range(n_each))
    seqs = [seq for seq, _, _ in worker.records()]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


def test_secrets_never_reach_the_ring(worker, producer):
    jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
    pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEsecretkeymaterial\n-----END RSA PRIVATE KEY-----"
    aws_id = "AKIA" + "IOSFODNN7EXAMPLE"
    card = "4111 1111 1111 1111"
    producer.send(
        {"event_type": "LogEntry", "data": {"level": "INFO", "message": f"login with {jwt} ok"}},
        {"event_type": "Custom", "data": {"Password": "hunter2", "api-key": 123456789012, "nested": [{"TOKEN": {"a": "deepsecret"}}],
                                          "token_count": 5, "secret_name": "kept"}},
        {"event_type": "Custom", "data": {"key": pem, "aws": f"id {aws_id} used", "url": "postgres://app:dbpass99@db.local/x",
                                          "paid": f"card {card} charged", "cmd": "run --password s3same now",
                                          "http": "Authorization: Bearer abc.DEF-123", "env": "DB_PASSWORD=swordfish7 other"}},
        {"event_type": "Custom", "data": {}, "metadata": {"session_token": "metasecret"}},
        event_line({"a": "b"})[:-2] + b',"password":"in_broken_json',
    )
    content = b"".join((worker.run_dir / name).read_bytes() for name in ("ring", "rejected"))
    for secret in (jwt, "MIIEsecretkeymaterial", aws_id, "dbpass99", card, "s3same", "abc.DEF-123", "swordfish7", "hunter2",
                   "123456789012", "deepsecret", "metasecret", "in_broken_json"):
        assert secret.encode() not in content, secret
    events = worker.events()[-4:]
    assert events[0]["data"]["message"] == "login with [redacted] ok"
    assert events[1]["data"] == {"Password": "[redacted]", "api-key": "[redacted]", "nested": [{"TOKEN": "[redacted]"}],
                                 "token_count": 5, "secret_name": "kept"}
    assert events[2]["data"]["url"] == "postgres://app:[redacted]@db.local/x"
    assert events[2]["data"]["env"] == "DB_PASSWORD=[redacted] other"


def test_schemas_in_the_tree_are_what_the_worker_accepts():
    names = sorted(path.name for path in (SOURCE_DIR / "conf" / "schemas" / "events").glob("*.schema.json"))
    assert names == sorted(f"{name}.schema.json" for name, _, _ in CORE[:6])
