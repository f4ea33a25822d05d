"""A producer that is killed leaves no run that is shown as running for ever: its worker says that it has gone."""

import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from run_command import run, start, tasks, workflows  # noqa: E402
from worker_process import Worker, eventually  # noqa: E402

COMMAND = ["sh", "-c", "echo $$; exec sleep 1000"]


def test_a_run_that_is_killed_is_disconnected_and_so_is_its_workflow():
    with Worker() as worker:
        process = start(worker.run_dir, COMMAND, "--workflow", "w1")
        command = int(process.stdout.readline())
        try:
            eventually(lambda: workflows(worker, status="Running"), "the run is told")
            process.kill()
            process.wait()
            eventually(lambda: workflows(worker, status="Disconnected"), "the worker says that it has gone")
        finally:
            os.kill(command, signal.SIGKILL)
        task, workflow = tasks(worker, status="Disconnected")[0], workflows(worker, status="Disconnected")[0]
        assert task["data"]["task_id"] == tasks(worker, status="Running")[0]["data"]["task_id"]
        assert workflow["data"]["workflow_id"] == workflows(worker, status="Running")[0]["data"]["workflow_id"]
        assert task["timestamp"] >= tasks(worker, status="Running")[0]["timestamp"]
        assert "may still run" in task["data"]["error"]


def test_a_run_that_ends_is_not_disconnected_and_neither_is_one_whose_worker_is_started_anew():
    with Worker() as worker:
        assert run(worker.run_dir, ["true"]).returncode == 0
        process = start(worker.run_dir, ["sh", "-c", "echo ready; read x"], stdin=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        worker.terminate()
        worker.start()
        process.communicate(b"\n")
        eventually(lambda: len(tasks(worker, status="Completed")) == 2, "both runs ended")
        assert tasks(worker, status="Disconnected") == []
