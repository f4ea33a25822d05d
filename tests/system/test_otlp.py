"""OpenTelemetry over HTTP: its own SDK for JavaScript, and requests by hand in both encodings."""

import gzip
import json
import os
import shutil
import struct
import subprocess

import pytest
from http_ingest import post, producer_token, seen
from stack import SOURCE_DIR, Stack
from waiting import SLOWNESS

JSON, PROTOBUF = "application/json", "application/x-protobuf"
SDK = SOURCE_DIR / "tests" / "node_modules" / "@opentelemetry" / "sdk-logs"


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0, ring="64MiB", config='[http]\nmax_otlp = "1MiB"\n') as running:
        yield running


def export(stack, path, body, kind=JSON, **how):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return post(stack.port, path, body, token=producer_token(stack, "otel"), kind=kind, **how)


def logs(*records, attributes=()):
    return {"resourceLogs": [{"resource": {"attributes": list(attributes)}, "scopeLogs": [{"logRecords": list(records)}]}]}


def record(text, **more):
    return {"severityNumber": 9, "body": {"stringValue": text}, **more}


def entries(stack, text):
    return [event for event in seen(stack, "LogEntry") if text in event["data"]["message"]]


# --- a few bytes of protobuf by hand


def field(number, payload):
    size, head = len(payload), b""
    while size > 0x7F:
        head, size = head + bytes([size & 0x7F | 0x80]), size >> 7
    return bytes([number << 3 | 2]) + head + bytes([size]) + payload


def binary_record(text, severity=9):
    return bytes([0x09]) + struct.pack("<Q", 1544712660300000000) + bytes([0x10, severity]) + field(5, field(1, text))


def binary_logs(*records):
    return field(1, field(2, b"".join(field(2, each) for each in records)))


# --- the SDK


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_the_sdk_for_javascript(encoding, compression):
    node = shutil.which("node")
    if not node or not SDK.exists():
        pytest.skip("NOT TESTED: the OpenTelemetry SDK is not installed: npm ci --prefix tests")
    with Stack(limit_connections_per_user=0) as stack:
        done = subprocess.run([node, SOURCE_DIR / "tests/support/otel_send.mjs", f"http://127.0.0.1:{stack.port}", encoding, compression, "700",
                               SOURCE_DIR / "tests"], env={**os.environ, "TOKEN": producer_token(stack, "otel"), "NO_PROXY": "*"},
                              capture_output=True, text=True, timeout=90 * SLOWNESS, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        found = seen(stack, "LogEntry")
        assert [event["data"]["message"] for event in found] == [f"item {n}" for n in range(700)]
        event = found[7]
        assert event["data"] == {"level": "WARN", "message": "item 7", "component": "checkout",
                                 "details": {"n": 7, "user.id": "u-7", "paid": True, "price": 1.5, "tags": ["a", "b"]}}
        metadata = event["metadata"]
        assert metadata["producer"] == "otel"
        assert metadata["source"] == "otlp"
        assert metadata["scope"] == {"name": "cart", "version": "0.1"}
        assert metadata["resource"]["service.version"] == "1.2.3"
        values = {each["data"]["metric_name"]: each["data"] for each in seen(stack, "MetricUpdate")}
        assert values["orders"]["metric_type"] == "counter"
        assert values["orders"]["value"] == 3
        assert values["orders"]["labels"] == {"region": "eu"}
        assert (values["open"]["metric_type"], values["open"]["value"]) == ("gauge", -2)
        assert (values["heat"]["metric_type"], values["heat"]["value"]) == ("gauge", 21.5)
        assert (values["latency"]["metric_type"], values["latency"]["unit"], values["latency"]["value"]) == ("histogram", "ms", 12)
        assert values["latency"]["statistics"]["count"] == 1


# --- by hand


def test_success_is_an_empty_message_in_the_encoding_of_the_request(stack):
    answer = export(stack, "/v1/logs", logs(record("json success")))
    assert (answer.status, answer.headers["content-type"], answer.raw) == (200, JSON, b"{}")
    answer = export(stack, "/v1/logs", binary_logs(binary_record(b"binary success")), PROTOBUF)
    assert (answer.status, answer.headers["content-type"], answer.raw) == (200, PROTOBUF, b"")
    assert len(entries(stack, "success")) == 2
    assert entries(stack, "binary success")[0]["timestamp"] == "2018-12-13T14:51:00.300000Z"


def test_gzip_and_chunks(stack):
    body = json.dumps(logs(record("packed"))).encode()
    assert export(stack, "/v1/logs", body, zipped=True).status == 200
    assert export(stack, "/v1/logs", gzip.compress(body), headers={"Content-Encoding": "gzip"}, chunked=True).status == 200
    assert len(entries(stack, "packed")) == 2


def test_partial_success_counts_what_was_rejected(stack):
    answer = export(stack, "/v1/logs", logs(record("partial"), {"body": 7}, {"timeUnixNano": "x"}))
    assert answer.status == 200
    assert answer.body["partialSuccess"]["rejectedLogRecords"] == "2"
    assert "number 1" in answer.body["partialSuccess"]["errorMessage"]
    metrics = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "", "gauge": {"dataPoints": [{"asInt": "1"}]}},
                                                                  {"name": "m", "gauge": {"dataPoints": [{"asDouble": "NaN"}]}}]}]}]}
    answer = export(stack, "/v1/metrics", metrics)
    assert answer.body["partialSuccess"]["rejectedDataPoints"] == "2"
    answer = export(stack, "/v1/logs", binary_logs(b"\xff", binary_record(b"binary partial")), PROTOBUF)
    assert answer.status == 200
    assert answer.raw[0] == 0x0A and answer.raw[2:4] == b"\x08\x01"
    assert len(entries(stack, "binary partial")) == 1


def test_integers_of_64_bits_are_exact(stack):
    export(stack, "/v1/logs", logs(record("exact", attributes=[{"key": "n", "value": {"intValue": "9223372036854775807"}}])))
    assert entries(stack, "exact")[0]["data"]["details"]["n"] == 9223372036854775807


def test_redaction_and_schemas_hold_for_otlp(stack):
    export(stack, "/v1/logs", logs(record("hidden", attributes=[{"key": "password", "value": {"stringValue": "hunter2"}}])))
    assert "hunter2" not in json.dumps(entries(stack, "hidden"))


@pytest.mark.parametrize(("body", "kind", "status"), [
    (b"nonsense", JSON, 400), (b"nonsense", PROTOBUF, 400), (b"", JSON, 400), (b'{"resourceLogs":7}', JSON, 400),
    (b"{}", "text/plain", 415), (b"{}", None, 415), (b"x" * (1 << 20) + b"x", PROTOBUF, 413),
    (binary_logs(*[b""] * 65_537), PROTOBUF, 413),
])
def test_errors_are_a_status_message(stack, body, kind, status):
    answer = export(stack, "/v1/logs", body, kind)
    assert answer.status == status, answer
    if kind == PROTOBUF:
        assert answer.headers["content-type"] == PROTOBUF
        assert answer.raw[:2] == b"\x08\x03"
    else:
        assert answer.body["code"] == 3
        assert answer.body["message"]


def test_the_role_is_asked_for(stack):
    for token, status, code in ((None, 401, 16), (stack.token("a", "viewer"), 403, 7)):
        answer = post(stack.port, "/v1/metrics", b"{}", token=token, kind=JSON)
        assert (answer.status, answer.body["code"]) == (status, code)


def test_without_a_worker_the_sdk_is_told_to_try_again():
    with Stack() as stack:
        stack.stop_worker()
        answer = export(stack, "/v1/logs", b"", PROTOBUF)
        assert answer.status == 503
        assert answer.raw[:2] == b"\x08\x0e"
        assert "retry-after" in answer.headers


def test_a_bomb_of_records_keeps_nobody_waiting(stack):
    """As many records as there may be, each of two bytes: taken in parts, while others are served."""
    body = binary_logs(*[b""] * 65_536)
    answer = export(stack, "/v1/logs", body, PROTOBUF)
    assert answer.status == 200
    assert answer.raw == b""
    deep = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[' + b'{"body":{"arrayValue":{"values":[' * 5000 + b"]}}" * 5000 + b"]}]}]}"
    assert export(stack, "/v1/logs", deep).status in (200, 400)
    assert export(stack, "/v1/logs", logs(record("still here"))).status == 200


def test_what_a_client_sends_wrong_is_not_logged(stack):
    before = (stack.dir / "worker.log").read_text()
    export(stack, "/v1/logs", binary_logs(field(5, field(1, b"\xff\xfe"))), PROTOBUF)
    export(stack, "/v1/logs", b"nonsense", PROTOBUF)
    assert (stack.dir / "worker.log").read_text() == before
