"""/readyz tells the truth about a worker that died and about the ring, whatever the wall clock does and whether anybody is connected."""

import datetime
import json
import os
from pathlib import Path

import pytest
from stack import SANITIZED, Stack, task
from waiting import eventually
from ws_client import Refused

FAKETIME = next((path for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


def readiness(stack):
    answer = stack.lwsws[0].get("/readyz")
    return answer.status, json.loads(answer.body)


def test_head_is_the_newest_event_though_nobody_is_connected():
    with Stack() as stack:
        for n in range(3):
            stack.send(task(n))
            status, body = readiness(stack)
            assert status == 200
            assert body["head"].partition(":")[2] == str(n + 1)


class FakeClock:
    """The wall clock of the processes that are started meanwhile; their monotonic clocks are the machine's."""

    def __init__(self, path, monkeypatch):
        self.path = path
        self.set("+0")
        for name, value in {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(path), "FAKETIME_CACHE_DURATION": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}.items():
            monkeypatch.setenv(name, value)

    def set(self, offset):
        draft = self.path.with_suffix(".new")
        draft.write_text(offset + "\n")
        draft.rename(self.path)


def seconds_ahead(stack):
    """How far the clock of lwsws is ahead of ours, as the line about a refused client says."""
    before = stack.lwsws[0].log.stat().st_size
    with pytest.raises(Refused):
        stack.connect(token="no.token.atall")
    lines = stack.lwsws[0].log.read_bytes()[before:].splitlines()
    if not lines:  # more refusals than a log can bear
        return None
    said = datetime.datetime.fromisoformat(json.loads(lines[-1])["time"])
    return (said - datetime.datetime.now(datetime.UTC)).total_seconds()


@pytest.mark.skipif(FAKETIME is None or SANITIZED, reason="needs libfaketime and a build without sanitizers")
@pytest.mark.parametrize("hours", [-1, 1])
def test_a_dead_worker_is_not_ready_and_a_living_one_is_after_a_step_of_the_clock(tmp_path, monkeypatch, hours):
    clock = FakeClock(tmp_path / "clock", monkeypatch)
    with Stack(worker_timeout="1s", log_format="json") as stack:
        for name in ("LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE"):
            os.environ.pop(name)
        clock.set(f"{hours:+}h")

        def stepped():
            ahead = seconds_ahead(stack)
            return ahead is not None and abs(ahead - hours * 3600) < 600

        eventually(stepped, "lwsws has the other time")
        stack.send(task(1))
        status, body = readiness(stack)
        assert status == 200 and 0 <= body["heartbeat_age_ms"] < 60_000
        stack.kill_worker()
        status, body = eventually(lambda: (state := readiness(stack))[0] == 503 and state, "a dead worker is not ready")
        clock.set(f"{-hours:+}h")
        hours = -hours
        eventually(stepped, "lwsws has the other time")
        assert readiness(stack)[0] == 503
        assert stack.lwsws[0].metrics()["ringside_worker_up"] == 0
