"""/metrics: the stream with its names and interval, and the page for Prometheus."""

import shutil
import subprocess

import pytest
from stack import Stack, custom, health, metric, numbers, task
from waiting import eventually
from ws_client import Refused


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


def names(events):
    return [event["data"]["metric_name"] for event in events]


@pytest.mark.conformance("metrics.live", "metrics.health", "metrics.custom")
def test_metrics_and_health_come_and_nothing_else(stack):
    with stack.connect("/metrics") as admin, stack.connect("/metrics", role="viewer") as viewer:
        stack.send(metric("cpu", 1), health(), task(1), metric("my_own.thing", 2, any="label"), custom(3))
        assert [event["event_type"] for event in admin.read_events(3)] == ["MetricUpdate", "SystemHealthUpdate", "MetricUpdate"]
        assert names(viewer.read_events(2)) == ["cpu", "my_own.thing"]


def test_names_are_globs(stack):
    with stack.connect("/metrics", query={"names": "cpu*,disk.?.used"}) as client:
        stack.send(*[metric(name, i) for i, name in enumerate(["cpu", "cpu.user", "mem", "disk.a.used", "disk.ab.used", "xcpu", "disk.b.used"])])
        assert names(client.read_events(4)) == ["cpu", "cpu.user", "disk.a.used", "disk.b.used"]


def test_an_interval_begins_with_a_snapshot_and_gives_the_latest_of_each_series(stack):
    stack.send(*[metric("snap.a", n) for n in range(10)], metric("snap.b", 100, host="x"), metric("snap.b", 200, host="y"))
    with stack.connect("/metrics", query={"interval": 1000, "names": "snap.*", "batch_size": 100}) as client:
        snapshot = client.read_events(3)
        assert sorted(numbers(snapshot)) == [9, 100, 200]
        stack.send(*[metric("snap.a", n) for n in range(1000, 2001)], metric("snap.b", 300, host="x"))
        got = client.until_event(lambda event: numbers([event]) == [300])
        ours = [n for n in numbers(got) if n != 300]
        assert ours[-1] == 2000 and len(ours) < 10, "every value came, not the latest"


def test_an_interval_leaves_what_is_no_metric_as_it_is(stack):
    with stack.connect("/metrics", query={"interval": 3600000}) as client:
        stack.send(*[health(f"State{n}") for n in range(3)])
        events = client.until_event(lambda event: event["event_type"] == "SystemHealthUpdate" and event["data"]["overall_status"] == "State2")
        assert [event["data"]["overall_status"] for event in events if event["event_type"] == "SystemHealthUpdate"] == ["State0", "State1", "State2"]


@pytest.mark.conformance("metrics.performance")
def test_the_machines_own_metrics_arrive():
    """The worker's built-in source, as an owner has it: CPU, memory, disks, load."""
    with Stack() as stack:
        stack.stop_worker()
        text = stack.config.read_text().replace("[sources.host_metrics]\nenabled = false", '[sources.host_metrics]\nenabled = true\ninterval = "1s"')
        stack.config.write_text(text)
        with stack.connect("/metrics") as client:
            stack.start_worker()
            seen = set()
            while not all(any(word in name for name in seen) for word in ("cpu", "mem", "disk", "load", "net")):
                seen.update(event["data"].get("metric_name", "") for event in client.events_in(client.read()))


# --- for Prometheus


def page(stack):
    answer = stack.lwsws[0].get("/metrics")
    assert answer.status == 200 and answer.getheader("content-type").startswith("text/plain; version=0.0.4")
    return answer.body.decode()


def test_promtool_finds_nothing_to_say_against_the_page(stack):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not there; script/setup --for test unpacks it")
    stack.send(custom(1))
    done = subprocess.run([promtool, "check", "metrics"], input=page(stack), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_page_has_what_an_operator_alerts_on(stack):
    text = page(stack)
    for name in ("ringside_connections", "ringside_events_received_total", "ringside_events_sent_total", "ringside_events_rejected_total",
                 "ringside_events_redacted_total", "ringside_gaps_total", "ringside_delivery_lag_seconds_bucket", "ringside_closes_total",
                 "ringside_auth_failures_total", "ringside_ring_history_seconds", "ringside_ring_bytes", "ringside_worker_up"):
        assert f"\n{name}" in text or text.startswith(name), f"{name} is missing in:\n{text[:3000]}"


def difference(stack, act):
    before = stack.lwsws[0].metrics()
    act()
    return lambda name: stack.lwsws[0].metrics()[name] - before.get(name, 0)


def test_what_happens_is_counted(stack):
    def act():
        with stack.connect() as client:
            stack.send(custom(1), custom(2, password="hunter2"))
            producer = stack.producer()
            producer.refused(b"{broken")
            producer.close()
            assert len(client.read_events(2)) == 2
            client.request({"type": "nonsense"}, "error")
            client.close()
        with pytest.raises(Refused):
            stack.connect(token="bad")

    grown = difference(stack, act)
    for name, count in {"ringside_events_received_total": 2, "ringside_events_sent_total": 2, "ringside_events_rejected_total": 1,
                        "ringside_auth_failures_total": 1, 'ringside_closes_total{code="1000"}': 1,
                        "ringside_delivery_lag_seconds_count": 2}.items():
        eventually(lambda name=name, count=count: total(grown, name) == count, f"{name} grew by {count}")


def total(grown, name):
    try:
        return grown(name)
    except KeyError:
        return None
