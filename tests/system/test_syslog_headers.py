"""Headers of syslog as devices write them, sent to the socket of the real worker."""

import datetime
import socket

import pytest
from waiting import eventually
from worker_process import Worker


@pytest.fixture(scope="module", name="worker")
def worker_with_syslog(tmp_path_factory):
    path = tmp_path_factory.mktemp("s") / "syslog.sock"
    with Worker(f'[sources.syslog]\nsocket = "{path}"\n') as running:
        running.syslog = path
        eventually(path.exists, "syslog listens")
        yield running


def entry_of(worker, line):
    before = len(worker.events())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(line.encode(), str(worker.syslog))
    return eventually(lambda: worker.events()[before:], f"{line} arrives")[0]


def test_a_number_before_the_time_is_no_component(worker):
    data = entry_of(worker, "<189>45: *Nov 26 06:56:32.555: %SYS-5-CONFIG_I: configured")["data"]
    assert (data["component"], data["message"]) == ("%SYS-5-CONFIG_I", "configured")


@pytest.mark.parametrize("line", ["<189>46: router1: *Nov 26 06:56:32.555: %SYS-5-X: up", "<189>: 2026 Nov 26 06:56:32 UTC: %SYS-5-X: up"])
def test_what_else_devices_put_before_the_time_is_no_component(worker, line):
    data = entry_of(worker, line)["data"]
    assert (data["component"], data["message"]) == ("%SYS-5-X", "up")


@pytest.mark.parametrize("stamp", ["Nov 26 06:56:32.123", "Nov 26 2026 06:56:32", "2026 Nov 26 06:56:32", "2026-11-26 06:56:32", "NOV 26 06:56:32.5 UTC"])
def test_fractions_and_years_are_read(worker, stamp):
    data = entry_of(worker, f"<13>{stamp} h app: text")["data"]
    assert (data["component"], data["message"], data["details"]["hostname"]) == ("app", "text", "h")


@pytest.mark.parametrize("day", ["Feb 29", "Feb 30", "Apr 31"])
def test_a_day_that_this_year_does_not_have_is_not_the_next_one(worker, day):
    event = entry_of(worker, f"<13>{day} 00:00:00 h app: a day that is not there")
    time = datetime.datetime.fromisoformat(event["timestamp"])
    received = datetime.datetime.now(datetime.UTC)
    assert abs(received - time) < datetime.timedelta(minutes=5) or (time.month, time.day) == (2, 29)
    assert event["data"]["component"] == "app"
