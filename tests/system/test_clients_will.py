"""The last will in the libraries of clients/: sent for a program that is killed, and for no other."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from client_drivers import BUFFERED, Driver, built_drivers  # noqa: E402,F401  # pylint: disable=unused-import
from run_command import of_type  # noqa: E402
from worker_process import Worker, eventually  # noqa: E402


def statuses(worker):
    return [event["data"]["status"] for event in of_type(worker.events(), "TaskStatusChanged")]


GONE = '{"task_id":"t1","status":"Disconnected"}'


@pytest.mark.parametrize("name", BUFFERED)
def test_the_will_of_a_killed_program_is_sent_after_what_it_said(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir, RINGSIDE_WORKFLOW_ID="w1") as driver:
        driver.say(("will", "TaskStatusChanged", '{"task_id":"t1","status":"Replaced"}'), ("task", "t1", "Running", "n", "1"))
        assert driver.flush()
        driver.say(("will", "TaskStatusChanged", GONE), ("task", "t1", "Running", "n", "2"))
        assert driver.flush()
        driver.process.kill()
        eventually(lambda: statuses(worker) == ["Running", "Running", "Disconnected"], "its will")
        assert worker.events()[-1]["metadata"] == {"workflow_id": "w1"}


@pytest.mark.parametrize("name", BUFFERED)
def test_a_will_is_withdrawn_by_the_end_of_a_program_and_by_itself(drivers, name):
    with Worker() as worker:
        with Driver(drivers(name), worker.run_dir) as driver:
            driver.say(("will", "TaskStatusChanged", GONE), ("task", "t1", "Running", "n", "1"), ("task", "t1", "Completed", "n", "100"))
            driver.end()
        with Driver(drivers(name), worker.run_dir) as driver:
            driver.say(("will", "TaskStatusChanged", GONE), ("task", "t2", "Running", "n", "1"))
            assert driver.flush()
            driver.say(("will",), ("task", "t2", "Completed", "n", "100"))
            assert driver.flush()
            driver.say(("burst", 1))
            assert driver.flush()  # what was to be withdrawn was withdrawn before that
            driver.process.kill()
        with Driver(drivers(name), worker.run_dir) as driver:  # the connections of the first two have ended by then
            driver.say(("task", "t3", "Completed", "n", "100"))
            driver.end()
        eventually(lambda: "t3" in [event["data"].get("task_id") for event in worker.events()], "the last")
        assert statuses(worker) == ["Running", "Completed", "Running", "Completed", "Completed"]


@pytest.mark.parametrize("name", BUFFERED)
def test_a_will_is_left_again_with_a_new_server(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir) as driver:
        driver.say(("will", "TaskStatusChanged", GONE), ("task", "t1", "Running", "n", "1"))
        assert driver.flush()
        worker.terminate()
        worker.start()
        driver.say(("task", "t1", "Running", "n", "2"))
        assert driver.flush()
        assert "Disconnected" not in statuses(worker)
        driver.process.kill()
        eventually(lambda: statuses(worker)[-1] == "Disconnected", "its will")


@pytest.mark.parametrize("name", BUFFERED)
def test_a_will_that_is_too_long_changes_nothing_and_stops_nothing(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir) as driver:
        driver.say(("will", "TaskStatusChanged", GONE), ("will", "TaskStatusChanged", json.dumps({"task_id": "x" * 5000, "status": "Long"})),
                   ("task", "t1", "Running", "n", "1"))
        assert driver.flush()
        assert driver.stats() == (1, 0, 0)
        driver.process.kill()
        eventually(lambda: statuses(worker) == ["Running", "Disconnected"], "the earlier will")
