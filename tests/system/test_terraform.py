"""`terraform apply -json | ringside send --from terraform`: a run as it happens, whatever becomes of the worker.

Terraform itself is played from tests/data/terraform, a line at a time.
"""

import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from stack import Stack, eventually  # noqa: E402
from worker_process import BUILD_DIR, DEADLINE, SOURCE_DIR, Worker  # noqa: E402

RINGSIDE = BUILD_DIR / "bin" / "ringside"
DATA = SOURCE_DIR / "tests" / "data" / "terraform"


def lines_of(file):
    return (DATA / file).read_text().splitlines(keepends=True)


class Run:
    """The command with a pipe for its standard input."""

    def __init__(self, run_dir, *words):
        self.process = subprocess.Popen([str(RINGSIDE), "--run-dir", str(run_dir), "send", "--from", "terraform", *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def say(self, lines):
        self.process.stdin.write("".join(lines))
        self.process.stdin.flush()

    def end(self, lines=()):
        """Says the rest; returns the exit status and what was printed."""
        printed, told = self.process.communicate("".join(lines), timeout=2 * DEADLINE)
        return self.process.returncode, printed, told


def run_whole(run_dir, file, *words):
    with Run(run_dir, *words) as run:
        return run.end(lines_of(file))


class Seen:
    """What a client has got so far."""

    def __init__(self, client):
        self.client = client
        self.events = []

    def wait_for(self, event_type, **data):
        """The latest event of that type, as soon as one with that in its data has come."""

        def those():
            return [event for event in of_type(self.events, event_type) if data.items() <= event["data"].items()]

        while not those():
            self.events += self.client.events_in(self.client.read())
        return those()[-1]


def of_type(events, event_type):
    return [event for event in events if event["event_type"] == event_type]


def test_a_run_is_seen_by_clients_while_it_is_under_way():
    lines = lines_of("apply.jsonl")
    with Stack() as stack, stack.connect(query={"events": "task,workflow,batch"}) as client, Run(stack.run_dir, "--name", "shop") as run:
        run.say(lines[:40])  # the input stays open
        seen = Seen(client)
        seen.wait_for("TaskStatusChanged", name="aws_instance.web[1]", status="Running")
        seen.wait_for("BatchOperationUpdate", name="shop", status="Running")
        assert run.process.poll() is None
        status, printed, told = run.end(lines[40:])
        assert (status, told) == (0, "")
        last = seen.wait_for("WorkflowProgressUpdate", status="Completed")
        assert last["data"]["progress"] == 100
        said = datetime.datetime.fromisoformat(json.loads(lines[-2])["@timestamp"])  # by terraform's own clock
        assert last["timestamp"] == said.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert "aws_instance.web[0]: Creation complete after 15s [id=i-0new0]\n" in printed
    assert len(printed.splitlines()) == len(lines) + printed.count("\n  ")


@pytest.mark.parametrize("file,expected", [("apply.jsonl", 0), ("apply_failed.jsonl", 3), ("plan.jsonl", 0), ("destroy_tofu.jsonl", 0)])
def test_every_event_of_a_run_is_taken_and_its_outcome_is_the_exit_status(file, expected):
    with Worker() as worker:
        status, _, told = run_whole(worker.run_dir, file)
        assert (status, told) == (expected, "")
        events = worker.events()
    assert len(of_type(events, "LogEntry")) == len(lines_of(file))
    workflow = of_type(events, "WorkflowProgressUpdate")[-1]["data"]
    assert workflow["status"] == ("Failed" if expected else "Completed")
    assert workflow["name"] == pathlib.Path.cwd().name


def message(kind, text, **more):
    return json.dumps({"@level": "info", "@message": text, "@module": "terraform.ui", "@timestamp": "2026-11-26T06:00:00.000000Z", "type": kind, **more}) + "\n"


VERSION = message("version", "Terraform 1.9.5", terraform="1.9.5", ui="1.2")
APPLIED = message("change_summary", "Apply complete!", changes={"add": 1, "change": 0, "import": 0, "remove": 0, "operation": "apply"})


@pytest.mark.parametrize("last,is_told", [
    (message("outputs", "Outputs: 2", outputs={"quota": {"sensitive": False, "type": "number", "value": 2**64 - 1}, "mail": {"sensitive": False, "value": "the-output"}}), True),
    (message("outputs", "Outputs: 2", outputs={"quota": {"value": 10**400}, "mail": {"value": "the-output"}}).replace(str(10**400), "1e400"), False),
    (message("outputs", "Outputs: 2", outputs={"mail": {"value": "the-output \ud83d"}, "quota": {"value": 2**64 - 1}}), False),
    (message("outputs", "Outputs: 2", outputs={"quota": {"value": 2**64 - 1}, "mail": {"value": ["the-output"] * 5000}}), True)], ids=["uint64", "too large", "broken text", "long"])
def test_values_of_outputs_are_neither_in_the_ring_nor_on_the_terminal(last, is_told):
    with Worker() as worker, Run(worker.run_dir, "--name", "big") as run:
        status, printed, told = run.end([VERSION, APPLIED, last])
        assert status == 0
        content = "".join((worker.run_dir / name).read_bytes().decode(errors="replace") for name in ("ring", "rejected"))
        assert ("Outputs: 2" in [event["data"]["message"] for event in of_type(worker.events(), "LogEntry")]) == is_told
    for value in ("the-output", str(2**64 - 1)):
        assert value not in printed + told + content


def run_of_tests(status):
    return [VERSION, message("test_abstract", "Found 1 file", test_abstract={"tests/a.tftest.hcl": ["one"]}),
            message("test_run", f'  "one"... {status}', test_run={"path": "tests/a.tftest.hcl", "run": "one", "progress": "complete", "status": status}),
            message("test_summary", "summary", test_summary={"status": status, "passed": 1, "failed": 0, "errored": 0, "skipped": 0})]


@pytest.mark.parametrize("lines,expected", [(run_of_tests("pass"), 0), (run_of_tests("skip"), 0), (run_of_tests("fail"), 3), (run_of_tests("error"), 3), (run_of_tests("pass")[:3], 3),
                                            ([VERSION, message("init_output", "Initializing")], 0), (run_of_tests("pass") + run_of_tests("fail"), 3)],
                         ids=["pass", "skip", "fail", "error", "cut off", "init", "one of two"])
def test_the_outcome_of_tests_is_the_exit_status(lines, expected):
    with Worker() as worker, Run(worker.run_dir, "--name", "t") as run:
        status, _, _ = run.end(lines)
        states = [event["data"]["status"] for event in of_type(worker.events(), "WorkflowProgressUpdate")]
    assert status == expected
    assert ("Failed" in states) == (expected != 0)


def test_what_it_says_can_be_left_unprinted_and_controls_never_reach_the_terminal():
    with Worker() as worker:
        assert run_whole(worker.run_dir, "plan.jsonl", "--quiet") == (0, "", "")
        with Run(worker.run_dir) as run:
            _, printed, _ = run.end([json.dumps({"@message": "\x1b]0;owned\x07 two\nlines"}) + "\n", "plain \x1b[2J text"])
        assert printed == "\\x1b]0;owned\\x07 two\n  lines\nplain \\x1b[2J text\n"
        assert [event["data"]["message"] for event in of_type(worker.events(), "LogEntry")][-1] == "plain \x1b[2J text"


def test_secrets_in_what_it_says_are_taken_out_like_everywhere():
    with Worker() as worker, Run(worker.run_dir) as run:
        run.end([json.dumps({"@level": "info", "type": "provision_progress", "@message": "login with password=hunter2hunter2"}) + "\n"])
        assert "hunter2" not in json.dumps(worker.events())


def test_a_worker_killed_in_the_middle_costs_neither_the_run_nor_an_event():
    lines = lines_of("apply.jsonl")
    with Worker() as worker, Run(worker.run_dir) as run:
        run.say(lines[:25])
        eventually(lambda: len(of_type(worker.events(), "LogEntry")) == 25, "the first half is there")
        worker.kill()
        run.say(lines[25:30])
        eventually(lambda: run.process.stderr.readline(), "it says so")
        assert run.process.poll() is None
        worker.start()
        status, _, told = run.end(lines[30:])
        assert status == 0
        assert "connected again" in told
        messages = [event["data"]["message"] for event in of_type(worker.events(), "LogEntry")]
    wanted = [json.loads(line)["@message"] for line in lines]
    assert set(message.split(": The argument")[0] for message in messages) == set(wanted)
    assert len(messages) >= len(wanted)  # what was not acknowledged may be there twice


def test_without_a_worker_the_output_is_read_to_its_end_all_the_same(tmp_path):
    status, printed, told = run_whole(tmp_path, "apply.jsonl")
    assert status == 1
    assert "is ringsided running?" in told
    n_events = int(told.split("send: ")[-1].split(" of ")[0])
    assert f"{n_events} of {n_events} events were not acknowledged" in told
    assert n_events > len(lines_of("apply.jsonl"))
    assert printed.startswith("Terraform 1.9.8\n")


def test_ctrl_c_is_left_to_terraform():
    lines = lines_of("apply.jsonl")
    with Worker() as worker, Run(worker.run_dir) as run:
        run.say(lines[:30])
        eventually(lambda: len(of_type(worker.events(), "LogEntry")) == 30, "it is under way")
        run.process.send_signal(signal.SIGINT)
        run.say(lines[30:31])
        eventually(lambda: len(of_type(worker.events(), "LogEntry")) == 31, "it goes on")
        status, _, _ = run.end()  # terraform has ended early
        assert status == 3
        assert of_type(worker.events(), "WorkflowProgressUpdate")[-1]["data"]["current_step"] == "The output ended before the run did"


def test_nobody_who_reads_what_it_prints_is_no_reason_to_stop():
    with Worker() as worker, Run(worker.run_dir) as run:
        run.process.stdout.close()
        run.say(lines_of("apply.jsonl"))
        run.process.stdin.close()
        assert run.process.wait(DEADLINE) == 0
        assert of_type(worker.events(), "WorkflowProgressUpdate")[-1]["data"]["status"] == "Completed"
        run.process = subprocess.Popen(["true"], stdout=subprocess.PIPE)


@pytest.mark.parametrize("words,message", [
    (["--from", "puppet"], "--from"),
    (["--from", "terraform", "{}"], "--from"),
    (["--name", "x"], "--from"),
])
def test_wrong_usage_is_told(words, message):
    done = subprocess.run([str(RINGSIDE), "send", *words], capture_output=True, text=True, timeout=DEADLINE, check=False,
                          stdin=subprocess.DEVNULL, env=os.environ)
    assert done.returncode == 2
    assert message in done.stderr
