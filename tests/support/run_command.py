"""`ringside run` as a test starts it, and the events that come of it."""

import json
import os
import subprocess

from worker_process import BUILD_DIR, DEADLINE, eventually

RINGSIDE = BUILD_DIR / "bin" / "ringside"
VARIABLES = ("RINGSIDE_TASK_ID", "RINGSIDE_WORKFLOW_ID", "RINGSIDE_WORKFLOW", "RINGSIDE_RUN_DIR", "RINGSIDE_RUN_SOCKET")


def environment(**more):
    """Ours, without a run around it, and with this build's ringside in PATH."""
    own = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    return {**own, "PATH": f"{RINGSIDE.parent}:{own['PATH']}", **more}


def words(run_dir, command, *options):
    return [str(RINGSIDE), "--run-dir", str(run_dir), "run", *options, "--", *[str(word) for word in command]]


def run(run_dir, command, *options, text=True, env=None, **more):
    """Runs it to its end, and returns what subprocess.run returns."""
    return subprocess.run(words(run_dir, command, *options), capture_output=True, text=text, timeout=2 * DEADLINE, check=False,
                          env=env or environment(), **more)


def start(run_dir, command, *options, **more):
    return subprocess.Popen(words(run_dir, command, *options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), **more)


def of_type(events, event_type, **data):
    return [event for event in events if event["event_type"] == event_type and data.items() <= event["data"].items()]


def tasks(worker, **data):
    return of_type(worker.events(), "TaskStatusChanged", **data)


def workflows(worker, **data):
    return of_type(worker.events(), "WorkflowProgressUpdate", **data)


def messages(worker, stream=None):
    return [event["data"]["message"] for event in of_type(worker.events(), "LogEntry")
            if stream is None or event["data"].get("details", {}).get("stream") == stream]


def ended(worker):
    """The event that says how the (only) task ended, as soon as it is there."""

    def found():
        return [event for event in tasks(worker) if event["data"]["status"] != "Running"]

    return eventually(found, "the task has ended")[-1]


def dumped(events):
    return json.dumps(events, ensure_ascii=False)
