"""A worker whose clock was wrong for a while: what it stored then does not spoil what is asked for later."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from stack import SANITIZED
from waiting import eventually
from worker_process import BUILD_DIR, Worker

FAKETIME = next((path for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
pytestmark = pytest.mark.skipif(FAKETIME is None or SANITIZED, reason="needs libfaketime and a build without sanitizers")


def ringside(worker, *words):
    return subprocess.run([BUILD_DIR / "bin" / "ringside", "--run-dir", worker.run_dir, *words], capture_output=True, text=True, timeout=30, check=True).stdout


def numbers_since(worker, time):
    return [json.loads(line)["data"]["n"] for line in ringside(worker, "tail", "--since", time, "--no-follow", "--json").splitlines()]


def send(worker, *numbers):
    with worker.producer() as producer:
        producer.send(*({"event_type": "Custom", "data": {"n": n}} for n in numbers))


def run_with_clock(worker, offset, numbers):
    worker.start(env=os.environ | {"LD_PRELOAD": str(FAKETIME), "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"})
    send(worker, *numbers)
    assert worker.terminate()[0] == 0


@pytest.mark.parametrize(("offset", "n_wrong"), [("+3650d", 1), ("+1d", 1), ("+3650d", 2000), ("-3650d", 1)])
def test_since_gives_what_is_new_and_nothing_older(offset, n_wrong):
    worker = Worker()
    try:
        run_with_clock(worker, offset, range(n_wrong))
        worker.start()
        send(worker, 10_002, 10_003)
        eventually(lambda: numbers_since(worker, "1s") == [], "what was sent is older than a second")
        send(worker, 10_004)
        assert numbers_since(worker, "1s") in ([10_004], [])  # this machine may be slow
        assert numbers_since(worker, "10min")[-3:] == [10_002, 10_003, 10_004]
    finally:
        worker.__exit__()


@pytest.mark.parametrize("offset", ["+3650d", "+1h"])
def test_no_length_of_time_is_negative(offset):
    worker = Worker()
    try:
        run_with_clock(worker, offset, [1])
        worker.start()
        send(worker, 2, 3)
        status = ringside(worker, "status")
        assert "history" in status and not re.search(r"\s-\d", status), status
    finally:
        worker.__exit__()
