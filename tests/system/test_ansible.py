# ctest: release only: its subject is Ansible and its callback plugin, in Python
"""Real playbooks in real Ansible: by the callback plugin, and by a pipe into `ringside send --from ansible`."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from run_command import dumped, environment, of_type  # noqa: E402
from worker_process import BUILD_DIR, DEADLINE, SOURCE_DIR, Worker, eventually  # noqa: E402

SECRET = "Xk2vParsnipDoor"  # of no shape that redaction knows
DATA = SOURCE_DIR / "tests" / "data" / "ansible"
RINGSIDE = BUILD_DIR / "bin" / "ringside"

assert shutil.which("ansible-playbook"), "ansible-core is missing: script/setup --for test installs it"


class Play:
    def __init__(self, tmp_path, run_dir):
        self.dir = tmp_path
        self.run_dir = run_dir
        (tmp_path / "hosts").write_text("[web]\n" + "".join(
            f"web{n} ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n" for n in (1, 2))
            + "[away]\naway ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_timeout=1\n")
        self.environment = environment(
            ANSIBLE_CALLBACK_PLUGINS=str(SOURCE_DIR / "packaging" / "ansible"), ANSIBLE_LOCAL_TEMP=str(tmp_path / "tmp"),
            ANSIBLE_HOME=str(tmp_path / "home"), ANSIBLE_RETRY_FILES_ENABLED="0", ANSIBLE_NOCOLOR="1", RINGSIDE_RUN_DIR=str(run_dir),
            PYTHONDONTWRITEBYTECODE="1", HOME=str(tmp_path))

    def command(self, playbook, *options):
        variables = json.dumps({"secret": SECRET, "place": str(self.dir)})
        return ["ansible-playbook", "-i", str(self.dir / "hosts"), "-e", variables, *options, str(DATA / playbook)]

    def by_plugin(self, playbook, *options, **more):
        return subprocess.run(self.command(playbook, *options), capture_output=True, text=True, timeout=4 * DEADLINE, check=False,
                              env=self.environment | {"ANSIBLE_CALLBACKS_ENABLED": "ringside"} | more)

    def by_pipe(self, playbook, *options, send=(), **more):
        said = subprocess.run(self.command(playbook, *options), stdout=subprocess.PIPE, text=True, timeout=4 * DEADLINE, check=False,
                              env=self.environment | {"ANSIBLE_STDOUT_CALLBACK": "ringside_jsonl"} | more)
        done = subprocess.run([str(RINGSIDE), "send", "--from", "ansible", *send], input=said.stdout, capture_output=True, text=True,
                              timeout=DEADLINE, check=False, env=self.environment)
        return said, done


def run_ended(worker):
    return eventually(lambda: [event for event in of_type(worker.events(), "WorkflowProgressUpdate") if event["data"]["status"] != "Running"],
                      "the workflow has ended")[-1]["data"]


def tasks_of(events):
    """The last of each task."""
    return {event["data"]["name"]: event["data"] for event in of_type(events, "TaskStatusChanged")}


def log_of(events):
    return {event["data"]["message"]: event["data"]["level"] for event in of_type(events, "LogEntry")}


def check_site(events):
    tasks = tasks_of(events)
    assert {name: task["status"] for name, task in tasks.items()} == {
        "Write a file": "Completed", "Set a password": "Completed", "Set passwords in a loop": "Completed", "Only on the second": "Completed",
        "May fail": "Failed", "Arguments are not sent": "Completed"}
    assert tasks["Write a file"]["hosts"] == {"ok": 0, "changed": 2, "failed": 0, "unreachable": 0, "skipped": 0}
    assert tasks["Only on the second"]["hosts"] == {"ok": 0, "changed": 1, "failed": 0, "unreachable": 0, "skipped": 1}
    assert tasks["Arguments are not sent"]["hosts"]["ok"] == 2
    log = log_of(events)
    assert log["Write a file | web1: changed"] == "INFO"
    assert log["Only on the second | web1: skipped"] == "DEBUG"
    assert log["May fail | web2: failed: non-zero return code"] == "WARN"
    hosts = of_type(events, "BatchOperationUpdate")[-1]
    assert [(one["id"], one["status"]) for one in hosts["data"]["operations"]] == [("web1", "Completed"), ("web2", "Completed")]
    workflow = {event["data"]["workflow_id"] for event in of_type(events, "WorkflowProgressUpdate")}
    assert len(workflow) == 1
    assert {event["metadata"].get("workflow_id") for event in of_type(events, "TaskStatusChanged") + of_type(events, "LogEntry")} == workflow
    assert SECRET not in dumped(events)


def test_a_playbook_is_a_workflow_by_the_plugin(tmp_path):
    with Worker() as worker:
        done = Play(tmp_path, worker.run_dir).by_plugin("site.yml")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "PLAY RECAP" in done.stdout  # the usual output is still there
        last = run_ended(worker)
        assert (last["name"], last["status"], last["progress"]) == ("site.yml", "Completed", 100)
        check_site(worker.events())


def test_a_playbook_is_a_workflow_by_a_pipe(tmp_path):
    with Worker() as worker:
        said, done = Play(tmp_path, worker.run_dir).by_pipe("site.yml", send=["--name", "shop"])
        assert (said.returncode, done.returncode, done.stderr) == (0, 0, "")
        assert run_ended(worker)["name"] == "shop"
        check_site(worker.events())
        assert SECRET not in said.stdout
    task = done.stdout.partition("TASK [Write a file]\n")[2].partition("TASK [")[0]
    assert sorted(task.splitlines()) == ["changed: [web1]", "changed: [web2]"]  # hosts run side by side
    assert "PLAY RECAP\n" in done.stdout


@pytest.mark.parametrize("way", ["plugin", "pipe"])
def test_failures_say_why_and_hidden_ones_do_not(tmp_path, way):
    with Worker() as worker:
        play = Play(tmp_path, worker.run_dir)
        if way == "plugin":
            assert play.by_plugin("failing.yml").returncode == 2
        else:
            said, done = play.by_pipe("failing.yml")
            assert (said.returncode, done.returncode) == (2, 3)
        assert run_ended(worker)["status"] == "Failed"
        events = worker.events()
    tasks = tasks_of(events)
    assert (tasks["Look"]["status"], tasks["Go on"]["status"], tasks["Hidden failure"]["status"]) == ("Failed", "Completed", "Failed")
    log = log_of(events)
    assert log["Look | web1: failed: non-zero return code: cannot open the door"] == "ERROR"
    assert log["Hidden failure | web2: failed: the output is hidden (no_log)"] == "ERROR"
    assert SECRET not in dumped(events)


def test_a_host_that_cannot_be_reached(tmp_path):
    with Worker() as worker:
        play = Play(tmp_path, worker.run_dir)
        (tmp_path / "away.yml").write_text("- hosts: away\n  gather_facts: false\n  tasks:\n    - name: Ping\n      ansible.builtin.ping:\n")
        done = play.by_plugin(str(tmp_path / "away.yml"))
        assert done.returncode == 4, done.stdout
        assert run_ended(worker)["status"] == "Failed"
        events = worker.events()
    assert tasks_of(events)["Ping"]["hosts"]["unreachable"] == 1
    assert of_type(events, "BatchOperationUpdate")[-1]["data"]["operations"][0]["status"] == "Unreachable"


def test_diffs_are_sent_with_consent_only(tmp_path):
    for consent, sent in (("0", False), ("1", True)):
        with Worker() as worker:
            done = Play(tmp_path, worker.run_dir).by_plugin("small.yml", "--diff", RINGSIDE_ANSIBLE_DIFFS=consent)
            assert done.returncode == 0, done.stdout + done.stderr
            run_ended(worker)
            assert ("port = 80" in dumped(worker.events())) == sent
            assert SECRET not in dumped(worker.events())
        (tmp_path / "small.conf").unlink()


def test_a_worker_that_is_absent_or_stopped_changes_nothing(tmp_path):
    done = Play(tmp_path, tmp_path / "nowhere").by_plugin("small.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    with Worker() as worker:
        worker.process.send_signal(signal.SIGSTOP)
        done = Play(tmp_path, worker.run_dir).by_plugin("small.yml")
        assert done.returncode == 0, done.stdout + done.stderr
        worker.process.send_signal(signal.SIGCONT)
        assert run_ended(worker)["status"] == "Completed"  # it was kept


def test_without_the_program_there_are_no_events_and_a_warning(tmp_path):
    done = Play(tmp_path, tmp_path).by_plugin("small.yml", RINGSIDE_COMMAND=os.fspath(tmp_path / "absent"))
    assert done.returncode == 0
    assert "no events" in done.stderr + done.stdout


def test_lines_of_the_posix_callback_are_read(tmp_path):
    """A recorded run of ansible.posix.jsonl, which Debian 12 does not have: whole results, arguments included."""
    with Worker() as worker:
        done = subprocess.run([str(RINGSIDE), "--run-dir", str(worker.run_dir), "send", "--from", "ansible", "--quiet"],
                              input=(DATA / "posix.jsonl").read_text(), capture_output=True, text=True, timeout=DEADLINE, check=False, cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (3, "", "")
        assert run_ended(worker)["status"] == "Failed"
        events = worker.events()
    assert tasks_of(events)["Install nginx"]["status"] == "Completed"
    assert tasks_of(events)["Start it"]["status"] == "Failed"
    assert "parsnip" not in dumped(events)
    assert log_of(events)["Start it | web2: failed: Unable to start service nginx"] == "ERROR"
