"""The built-in sources end to end: the real ringsided, the real logger, files that are really rotated."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from ring_reader import RingReader

ROOT = Path(os.environ.get("RINGSIDE_SOURCE_DIR", Path(__file__).parents[2]))
BUILD = Path(os.environ.get("RINGSIDE_BUILD_DIR", ROOT / "build" / "release"))
RINGSIDED = BUILD / "bin" / "ringsided"
DEADLINE_S = 60 if os.environ.get("RINGSIDE_SANITIZE") else 20


def wait_for(condition, what):
    """Polls until `condition` gives something true, and gives that."""
    end = time.monotonic() + DEADLINE_S
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, f"not in time: {what() if callable(what) else what}"
        threading.Event().wait(0.01)  # the pause between two looks


class Worker:
    """A ringsided with a run directory of its own, and the events that it put in the ring."""

    def __init__(self, run_dir, sources):
        self.run_dir = run_dir
        self.config = run_dir / "ringside.toml"
        self.configure(sources)
        self.process = None
        self.reader = None
        self.events = []

    def configure(self, sources):
        self.config.write_text(
            f'run_dir = "{self.run_dir}"\nschema_dir = "{ROOT}/conf/schemas/events"\n\n'
            "[ring]\nsize = 16777216\n\n[history]\nenabled = false\n\n" + ("" if "host_metrics" in sources else "[sources.host_metrics]\nenabled = false\n\n")
            + sources)

    def start(self):
        with open(self.run_dir / "ringsided.log", "ab") as log:
            self.process = subprocess.Popen([RINGSIDED, "--config", self.config], stdout=log, stderr=log)
        wait_for(lambda: self.is_up() or self.process.poll() is not None, "the worker's start")
        assert self.process.poll() is None, self.log()
        if self.reader is None:
            self.reader = RingReader(self.run_dir / "ring")
        return self

    def is_up(self):
        # a worker that was killed leaves its file behind
        status = self.run_dir / "sources.json"
        return status.exists() and json.loads(status.read_text())["pid"] == self.process.pid

    def stop(self, with_signal=signal.SIGTERM):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(with_signal)
            self.process.wait(DEADLINE_S)
        return self.process.returncode if self.process else None

    def log(self):
        return (self.run_dir / "ringsided.log").read_text(errors="replace")

    def read(self):
        self.events += self.reader.read()
        return self.events

    def wait(self, event_type, n=1, **data):
        """Waits for `n` events of the type whose data have these members, and gives them."""
        def found():
            some = [event for event in self.read() if event["event_type"] == event_type
                    and all(event["data"].get(name) == value for name, value in data.items())]
            return some if len(some) >= n else None
        return wait_for(found, lambda: f"{n} {event_type} with {data}; there are {self.events[-20:]}\n{self.log()}")

    def messages(self):
        return [event["data"]["message"] for event in self.read() if event["event_type"] == "LogEntry"]

    def status(self, name):
        """What sources.json says of a source."""
        sources = json.loads((self.run_dir / "sources.json").read_text())["sources"]
        return next(source for source in sources if source["name"] == name)


@pytest.fixture(name="run_dir")
def short_run_dir():
    path = Path(tempfile.mkdtemp(prefix="rs-", dir=os.environ.get("RINGSIDE_TEST_TMP", "/tmp")))
    yield path
    shutil.rmtree(path)


@pytest.fixture(name="start")
def starter(run_dir):
    workers = []

    def start(sources):
        worker = Worker(run_dir, sources)
        workers.append(worker)
        return worker.start()

    yield start
    for worker in workers:
        assert worker.stop() in (0, -signal.SIGKILL), worker.log()


def syslog_of(run_dir):
    return f'[sources.syslog]\nsocket = "{run_dir}/syslog.sock"\n'


def files_of(directory):
    return f'[sources.files]\npaths = ["{directory}/*.log"]\n'


def logger(run_dir, *words):
    subprocess.run(["logger", "-u", run_dir / "syslog.sock", *words], check=True)


def append(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def test_logger_arrives_in_the_form_of_rfc_3164(start, run_dir):
    worker = start(syslog_of(run_dir))
    logger(run_dir, "-t", "backup", "-p", "daemon.err", "-i", "disk full")
    event = worker.wait("LogEntry", message="disk full")[0]
    assert event["data"]["level"] == "ERROR"
    assert event["data"]["component"] == "backup"
    assert event["data"]["details"]["facility"] == "daemon"
    assert isinstance(event["data"]["details"]["pid"], int)
    assert event["metadata"]["source"] == "syslog"
    assert event["id"].endswith(":1")


def test_logger_arrives_in_the_form_of_rfc_5424(start, run_dir):
    worker = start(syslog_of(run_dir))
    logger(run_dir, "--rfc5424", "-t", "app", "-p", "local0.warning", "--msgid", "M1", "--sd-id", "job@32473",
           "--sd-param", 'id="1\\"7"', "grün und gut")
    event = worker.wait("LogEntry", message="grün und gut")[0]
    assert event["data"]["level"] == "WARN"
    assert event["data"]["details"]["structured_data"]["job@32473"] == {"id": '1"7'}
    assert event["data"]["details"]["msgid"] == "M1"


def test_each_severity_of_logger_has_its_level(start, run_dir):
    worker = start(syslog_of(run_dir))
    levels = {"emerg": "CRITICAL", "alert": "CRITICAL", "crit": "CRITICAL", "err": "ERROR", "warning": "WARN",
              "notice": "NOTICE", "info": "INFO", "debug": "DEBUG"}
    for severity in levels:
        logger(run_dir, "-p", f"user.{severity}", "-t", "t", severity)
    for severity, level in levels.items():
        assert worker.wait("LogEntry", message=severity)[0]["data"]["level"] == level


def test_malformed_syslog_is_not_lost(start, run_dir):
    worker = start(syslog_of(run_dir))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect(str(run_dir / "syslog.sock"))
        for bad in (b"no priority at all", b"<11>1 yesterday - - - - - x", b"<999>y", b"\xff\xfe<13>z", b""):
            sock.send(bad)
        sock.send(b"<14>end: of it")
    worker.wait("LogEntry", message="of it")
    assert worker.messages() == ["no priority at all", "<11>1 yesterday - - - - - x", "<999>y", "\ufffd\ufffd<13>z", "of it"]
    assert worker.read()[0]["data"]["details"]["malformed"] == "it has no priority"


def test_secrets_in_syslog_are_redacted(start, run_dir):
    worker = start(syslog_of(run_dir))
    logger(run_dir, "-t", "t", "login with password=hunter2 failed")
    event = worker.wait("LogEntry", component="t")[0]
    assert "hunter2" not in json.dumps(event)
    assert "[redacted]" in event["data"]["message"]


def test_stale_syslog_socket_is_replaced(start, run_dir):
    worker = start(syslog_of(run_dir))
    worker.stop(signal.SIGKILL)
    assert (run_dir / "syslog.sock").exists()
    worker.start()
    logger(run_dir, "-t", "t", "after the kill")
    worker.wait("LogEntry", message="after the kill")


def test_file_is_followed_over_every_kind_of_rotation(start, run_dir):
    logs = run_dir / "var"
    logs.mkdir()
    # Named in full up to the file: a wildcard does not reach into the run directory.
    path = logs / "app.log"
    append(path, "before the start\n")
    worker = start(f'[sources.files]\npaths = ["{path}"]\n')
    append(path, "1\n")
    worker.wait("LogEntry", message="1")
    path.rename(logs / "app.log.1")
    append(logs / "app.log.1", "2 after the rename\n")
    append(path, "3 in the new file\n")
    worker.wait("LogEntry", message="3 in the new file")
    worker.wait("LogEntry", message="2 after the rename")
    shutil.copy(path, logs / "app.log.2")
    os.truncate(path, 0)
    append(path, "4 after copytruncate\n")
    worker.wait("LogEntry", message="4 after copytruncate")
    path.unlink()
    append(path, "5 in a file that came back\n")
    worker.wait("LogEntry", message="5 in a file that came back")
    assert sorted(worker.messages()) == ["1", "2 after the rename", "3 in the new file", "4 after copytruncate",
                                         "5 in a file that came back"]


def test_lines_written_while_no_worker_ran_are_read_by_the_next(start, run_dir):
    with tempfile.TemporaryDirectory(prefix="rs-logs-") as logs:
        path = Path(logs) / "app.log"
        append(path, "old\n")
        worker = start(files_of(logs))
        append(path, "1\n")
        worker.wait("LogEntry", message="1")
        worker.stop()
        append(path, "2\n")
        path.rename(Path(logs) / "app.log-20250926")
        append(path, "3\n")
        worker.start()
        worker.wait("LogEntry", message="3")
        assert worker.messages() == ["1", "2", "3"]


def test_log_lines_have_level_component_and_place(start):
    with tempfile.TemporaryDirectory(prefix="rs-logs-") as logs:
        worker = start(files_of(logs))
        path = Path(logs) / "shop.log"
        append(path, "2025-09-26 10:00:00 [warn] stock is low\n"
                     '{"time":"2025-09-26T10:00:00Z","level":"error","msg":"no stock","component":"cart","item":7}\n')
        plain = worker.wait("LogEntry", component="shop")[0]
        assert plain["data"]["level"] == "WARN"
        assert plain["data"]["details"] == {"file": str(path), "offset": 0}
        assert plain["metadata"] == {"source": "file", "path": str(path)}
        parsed = worker.wait("LogEntry", component="cart")[0]
        assert parsed["data"]["level"] == "ERROR"
        assert parsed["data"]["message"] == "no stock"
        assert parsed["data"]["details"]["item"] == 7
        assert parsed["timestamp"] == "2025-09-26T10:00:00.000000Z"


def test_worker_does_not_follow_its_own_log(start, run_dir):
    worker = start(f'[sources.files]\npaths = ["{run_dir}/ringsided.log", "{run_dir}/other.log"]\n')
    append(run_dir / "other.log", "heard\n")
    worker.wait("LogEntry", message="heard")
    worker.process.send_signal(signal.SIGHUP)  # it says something
    append(run_dir / "other.log", "heard again\n")
    worker.wait("LogEntry", message="heard again")
    assert worker.messages() == ["heard", "heard again"]


def test_host_metrics_and_health_of_this_machine(start):
    worker = start("[sources.host_metrics]\nenabled = true\ninterval = 1000\ncheck_interval = 5000\n")
    cpu = worker.wait("MetricUpdate", metric_name="host_cpu_usage_percent")[0]
    assert 0 <= cpu["data"]["value"] <= 100
    assert cpu["data"]["metric_type"] == "gauge"
    assert cpu["metadata"] == {"interval": 1, "unit": "percent", "source": "host_metrics"}
    memory = worker.wait("MetricUpdate", metric_name="host_memory_total_bytes")[0]
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        assert memory["data"]["value"] == int(meminfo.readline().split()[1]) * 1024
    health = worker.wait("SystemHealthUpdate")[0]
    assert health["data"]["overall_status"] in ("Healthy", "Warning", "Critical")
    assert {"cpu", "memory", "load", "ring", "worker"} <= set(health["data"]["components"])
    assert set(health["data"]["metrics"]) == {"cpu_usage", "memory_usage", "disk_usage", "active_workflows"}
    assert health["metadata"]["check_interval"] == 5
    assert health["metadata"]["next_check"] > health["timestamp"]


def test_statsd_over_udp(start):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    worker = start(f'[sources.statsd]\nlisten = "127.0.0.1:{port}"\ninterval = 1000\n')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        sock.send(b"hits:2|c|#path:/\nhits:1|c|@0.5|#path:/\nlatency:10:20:90|ms\nusers:a|s\nusers:b|s\ntemp:21.5|g\ngarbage")
    hits = worker.wait("MetricUpdate", metric_name="hits")[0]
    assert hits["data"]["value"] == 4
    assert hits["data"]["labels"] == {"path": "/"}
    latency = worker.wait("MetricUpdate", metric_name="latency")[0]
    assert latency["data"]["metric_type"] == "histogram"
    assert latency["data"]["value"] == 40
    assert latency["data"]["statistics"]["p95"] == 90
    assert worker.wait("MetricUpdate", metric_name="users")[0]["data"]["value"] == 2
    assert worker.wait("MetricUpdate", metric_name="temp")[0]["data"]["value"] == 21.5
    assert "1 StatsD lines were malformed" in worker.wait("LogEntry", component="statsd")[0]["data"]["message"]


def test_reload_takes_new_sources_and_keeps_the_others_positions(start, run_dir):
    with tempfile.TemporaryDirectory(prefix="rs-logs-") as logs:
        worker = start(files_of(logs))
        path = Path(logs) / "a.log"
        append(path, "1\n")
        worker.wait("LogEntry", message="1")
        worker.configure(files_of(logs) + syslog_of(run_dir))
        worker.process.send_signal(signal.SIGHUP)
        wait_for((run_dir / "syslog.sock").exists, "the socket after the reload")
        append(path, "2\n")
        logger(run_dir, "-t", "t", "3")
        worker.wait("LogEntry", message="2")
        worker.wait("LogEntry", message="3")
        assert sorted(worker.messages()) == ["1", "2", "3"]
        worker.configure(files_of(logs))
        worker.process.send_signal(signal.SIGHUP)
        wait_for(lambda: not (run_dir / "syslog.sock").exists(), "the socket's end after the reload")
        append(path, "4\n")
        worker.wait("LogEntry", message="4")


def test_source_that_cannot_start_does_not_stop_the_others(start, run_dir):
    (run_dir / "syslog.sock").write_text("in the way")
    with tempfile.TemporaryDirectory(prefix="rs-logs-") as logs:
        worker = start(files_of(logs) + syslog_of(run_dir))
        append(Path(logs) / "a.log", "1\n")
        worker.wait("LogEntry", message="1")
        assert "is not a socket" in worker.log()
        wait_for(lambda: worker.status("syslog")["state"] == "cannot listen", "the source's state")
    assert (run_dir / "syslog.sock").read_text() == "in the way"


def test_status_counts_what_sources_gave(start, run_dir):
    worker = start(syslog_of(run_dir))
    for i in range(3):
        logger(run_dir, "-t", "t", str(i))
    wait_for(lambda: worker.status("syslog")["events"] == 3, "the count in sources.json")
    assert worker.status("syslog")["errors"] == 0
    assert worker.status("syslog")["details"]["datagrams"] == 3


def journal_is_there():
    done = subprocess.run(["journalctl", "-n", "1", "-q", "-o", "cat"], capture_output=True, check=False)
    return done.returncode == 0 and done.stdout.strip() != b"" and Path("/run/systemd/journal/socket").exists()


def test_journal_is_followed(start):
    if shutil.which("journalctl") is None or not journal_is_there():
        pytest.skip("this machine runs no systemd-journald")
    worker = start("[sources.journald]\nenabled = true\n")
    wait_for(lambda: worker.status("journald")["state"] == "following", "the journal")
    subprocess.run(["systemd-cat", "-t", "ringside-test", "-p", "err", "echo", "from the journal"], check=True)
    event = worker.wait("LogEntry", message="from the journal")[0]
    assert event["data"]["level"] == "ERROR"
    assert event["data"]["component"] == "ringside-test"


def test_machine_without_a_journal_is_told_once_and_is_no_error(start):
    if Path("/run/systemd/journal/socket").exists():
        pytest.skip("this machine runs systemd-journald")
    worker = start("[sources.journald]\nenabled = true\n")
    status = worker.status("journald")
    assert status["errors"] == 0
    assert "no readable journal" in status["state"] or status["state"] == "following"
    assert worker.log().count("journald:") <= 1
