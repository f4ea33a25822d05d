"""`ringside run`: the command is as it would be without it, and everything that it prints and does becomes events."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from run_command import RINGSIDE, dumped, ended, environment, messages, of_type, run, start, tasks, words, workflows  # noqa: E402
from stack import SANITIZED  # noqa: E402
from worker_process import DEADLINE, Worker, eventually  # noqa: E402


def sh(script):
    return ["sh", "-c", script]


# --- what the command's user sees


@pytest.mark.parametrize("script,status", [("true", 0), ("exit 3", 3), ("exit 255", 255), ("kill -9 $$", 137), ("kill -TERM $$", 143)])
def test_the_exit_status_is_the_commands(script, status):
    with Worker() as worker:
        assert run(worker.run_dir, sh(script)).returncode == status
        event = ended(worker)["data"]
    assert event["status"] == ("Failed" if status else "Completed")
    assert event["exit_status"] == status
    assert event.get("signal") == {137: "SIGKILL", 143: "SIGTERM"}.get(status)


def test_output_passes_through_unchanged_and_apart(tmp_path):
    data = bytes(range(256)) * 300 + b"\n\n\xff\x00 no end"
    (tmp_path / "data").write_bytes(data)
    with Worker() as worker:
        done = run(worker.run_dir, sh(f"cat {tmp_path}/data; cat {tmp_path}/data >&2"), text=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, data, data)
        n = data.count(b"\n") + 1
        assert len(messages(worker, "stdout")) == n
        assert len(messages(worker, "stderr")) == n
        assert messages(worker, "stdout")[-2:] == ["", "\ufffd\x00 no end"]


def test_one_file_for_both_keeps_the_order_of_its_lines():
    script = "; ".join(f"echo {i}; echo {i} >&2" for i in range(200))
    with Worker() as worker:
        done = subprocess.run(words(worker.run_dir, sh(script)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=DEADLINE, check=False, env=environment())
        assert done.stdout.split() == [str(i) for i in range(200) for _ in range(2)]
        assert messages(worker, "both") == done.stdout.split()


def test_input_is_the_commands():
    with Worker() as worker:
        assert run(worker.run_dir, ["cat"], input="a\nb\n").stdout == "a\nb\n"


def test_arguments_are_passed_as_they_are_and_are_in_no_event():
    arguments = ["[a,b]", "--run-dir", "x y", "", "--", "-v", "send", "$HOME", "*", "hunter2hunter2"]
    with Worker() as worker:
        done = run(worker.run_dir, ["printf", "%s|", *arguments])
        assert done.stdout == "".join(f"{argument}|" for argument in arguments)
        assert done.returncode == 0
        assert "hunter2hunter2" not in dumped(tasks(worker) + workflows(worker))


@pytest.mark.parametrize("command,status", [(["/nonexistent"], 127), (["no-such-command"], 127), (["/etc/passwd"], 126), (["/"], 126)])
def test_a_command_that_cannot_be_executed_is_told(command, status):
    with Worker() as worker:
        done = run(worker.run_dir, command)
        assert done.returncode == status
        assert f"cannot execute {command[0]}" in done.stderr
        event = ended(worker)["data"]
        assert (event["status"], event["exit_status"]) == ("Failed", status)
        assert "cannot execute" in event["error"]


def test_without_a_command_the_usage_is_told():
    for options in ([], ["--"], ["make"]):
        done = subprocess.run([str(RINGSIDE), "run", *options], capture_output=True, text=True, timeout=DEADLINE, check=False)
        assert done.returncode == 2
        assert done.stderr
    done = run("/nowhere", ["true"], "--progress", "(")
    assert done.returncode == 125
    assert "--progress" in done.stderr


def test_a_reader_that_goes_ends_the_command_as_it_would_without():
    with Worker() as worker:
        command = " ".join(words(worker.run_dir, ["yes"]))
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {command} | head -n 2"], capture_output=True, text=True,
                              timeout=DEADLINE, check=False, env=environment())
        assert done.stdout == "y\ny\n"
        assert done.returncode == 141
        assert ended(worker)["data"]["signal"] == "SIGPIPE"


def test_a_command_may_close_its_output_and_live_on():
    with Worker() as worker:
        done = run(worker.run_dir, sh("echo a; exec >&- 2>&-; exec sh -c 'exit 5'"))
        assert (done.returncode, done.stdout) == (5, "a\n")
        assert messages(worker) == ["a"]


@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_descriptors_that_are_closed_stay_closed(tmp_path, closing):
    script = f"ls -l /proc/self/fd | awk '{{print $9}}' | grep -v '^$' | head -3 | tr '\\n' ' ' > {tmp_path}/fds; exit 4"
    with Worker() as worker:
        command = " ".join(words(worker.run_dir, [])) + f" sh -c 'sh {tmp_path}/script'"
        (tmp_path / "script").write_text(script)
        status = {}
        for name, line in (("with", command), ("without", f"sh {tmp_path}/script")):
            done = subprocess.run(["sh", "-c", f"{line} {closing}"], timeout=DEADLINE, check=False, env=environment(),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            status[name] = (done.returncode, (tmp_path / "fds").read_text())
        assert status["with"][0] == status["without"][0] == 4
        assert ended(worker)["data"]["exit_status"] == 4


def test_processes_that_are_left_running_neither_hold_it_up_nor_die(tmp_path):
    script = f"(read go < {tmp_path}/go; echo late; echo late >&2; echo done > {tmp_path}/done) & echo now"
    os.mkfifo(tmp_path / "go")
    with Worker() as worker:
        process = start(worker.run_dir, sh(script))
        assert process.stdout.readline() == b"now\n"
        assert process.wait(DEADLINE) == 0
        assert ended(worker)["data"]["status"] == "Completed"
        (tmp_path / "go").write_text("go\n")
        assert process.communicate(timeout=DEADLINE) == (b"late\n", b"late\n")
        eventually((tmp_path / "done").exists, "it was not killed by SIGPIPE")
        eventually(lambda: sorted(messages(worker)) == ["late", "late", "now"], "their lines are in the log")


def test_processes_that_are_left_running_speak_for_the_run(tmp_path):
    os.mkfifo(tmp_path / "go")
    os.mkfifo(tmp_path / "end")
    with Worker() as worker:
        process = start(worker.run_dir, sh(f"(read go < {tmp_path}/go; ringside log spoken; read end < {tmp_path}/end) & echo now"))
        assert process.wait(DEADLINE) == 0
        (tmp_path / "go").write_text("go\n")
        try:
            eventually(lambda: messages(worker) == ["now", "spoken"], "it does not wait for more output")
        finally:
            (tmp_path / "end").write_text("end\n")
            process.communicate(timeout=DEADLINE)


def test_orphans_are_reaped():
    script = "i=0; while [ $i -lt 20 ]; do (sh -c 'exit 0' &) ; i=$((i+1)); done; read line"
    with Worker() as worker:
        process = start(worker.run_dir, sh(script), stdin=subprocess.PIPE)

        def children():
            pids = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            return [pid for pid in pids if pathlib.Path(f"/proc/{pid}/stat").exists()]

        eventually(lambda: len(children()) == 1, "only the command is left")
        process.communicate(b"\n", timeout=DEADLINE)
        assert process.returncode == 0


@pytest.mark.parametrize("n", range(4, 32))
def test_too_few_descriptors_are_no_reason_to_treat_it_differently(n):
    script = "echo out; echo err >&2; grep SigBlk /proc/self/status; exit 3"
    with Worker() as worker:
        command = " ".join(words(worker.run_dir, ["sh", "-c", f"'{script}'"]))
        with_run, without = (
            subprocess.run(["sh", "-c", f"ulimit -n {n}; exec {line}"], capture_output=True, text=True, timeout=DEADLINE, check=False, env=environment())
            for line in (command, f"sh -c '{script}'"))
    if "shared libraries" in with_run.stderr:
        pytest.skip("the program itself cannot be loaded")
    if SANITIZED and n < 6:
        pytest.skip("the sanitizer needs a pipe to look at a pointer")
    assert (with_run.returncode, with_run.stdout, with_run.stderr) == (without.returncode, without.stdout, without.stderr)


# --- what becomes of it


def test_start_and_end_are_told_with_what_it_took():
    with Worker() as worker:
        run(worker.run_dir, sh("x=$(head -c 20000000 /dev/zero | tr '\\0' x); echo ${#x}"), "--name", "fill")
        first, last = tasks(worker)
    assert first["data"] == {"task_id": last["data"]["task_id"], "name": "fill", "status": "Running"}
    assert last["data"]["previous_status"] == "Running"
    assert last["data"]["duration_seconds"] >= 0
    assert last["data"]["cpu_seconds"] >= 0
    assert last["data"]["peak_memory_bytes"] > 20_000_000
    assert (last["data"]["lines"], last["data"]["lines_dropped"]) == (1, 0)
    assert last["metadata"]["source"] == "run"


def test_lines_have_their_level_and_their_task():
    with Worker() as worker:
        run(worker.run_dir, sh("echo hello; echo 'ERROR: no' >&2; printf '\\033[33mwarning:\\033[0m old\\n'"))
        entries = of_type(worker.events(), "LogEntry")
        task_id = tasks(worker)[0]["data"]["task_id"]
    assert {entry["data"]["message"]: entry["data"]["level"] for entry in entries} == {
        "hello": "INFO", "ERROR: no": "ERROR", "\x1b[33mwarning:\x1b[0m old": "WARN"}
    assert {entry["data"]["task_id"] for entry in entries} == {task_id}


def test_secrets_in_its_output_are_redacted_in_events_alone():
    with Worker() as worker:
        done = run(worker.run_dir, sh("echo login with password=hunter2hunter2"))
        assert "hunter2hunter2" in done.stdout
        assert "hunter2" not in dumped(worker.events())


def test_long_lines_are_cut_and_many_are_counted():
    with Worker() as worker:
        done = run(worker.run_dir, sh("head -c 1000000 /dev/zero | tr '\\0' x; echo; seq 1 30000"))
        assert len(done.stdout) == 1_000_001 + sum(len(str(i)) + 1 for i in range(1, 30_001))
        event = ended(worker)["data"]
        assert event["lines"] + event["lines_dropped"] == 30_001
        said = messages(worker)
    assert said[-1] == "30000" or "not in the log" in said[-1]


@pytest.mark.parametrize("script,options,expected", [
    ("echo 10%; echo 'half: 50%'; false", [], 50),
    ("echo '[3/8] Installing'; false", [], 37.5),
    ("printf '10%%\\r75%%'; false", [], 75),
    ("echo 'done 7 of 10'; echo 99%; false", ["--progress", r"done (\d+) of (\d+)"], 70),
    ("echo 50%; false", ["--progress", "none"], None),
])
def test_progress_is_read_from_the_output(script, options, expected):
    with Worker() as worker:
        run(worker.run_dir, sh(script), *options)
        assert ended(worker)["data"].get("progress") == expected
        assert workflows(worker)[-1]["data"].get("progress") == expected


def test_progress_is_told_while_it_runs():
    with Worker() as worker:
        process = start(worker.run_dir, sh("printf '40%%'; read line"), stdin=subprocess.PIPE)
        eventually(lambda: tasks(worker, progress=40, status="Running"), "without a whole line")
        process.communicate(b"\n", timeout=DEADLINE)
        assert ended(worker)["data"]["progress"] == 100


# --- workflows


SCRIPT = """set -e
ringside step 1/3 "Building it"
ringside run --name build -- sh -c 'echo built'
ringside step 2/3 "Testing it"
ringside log --level warn two tests were skipped
ringside metric tests_passed 42 --unit tests --label suite=unit
{third}
"""


def test_a_script_with_steps_and_runs_inside_is_one_workflow(tmp_path):
    (tmp_path / "deploy.sh").write_text(SCRIPT.format(third="ringside step 3/3 'Done'"))
    with Worker() as worker:
        done = run(worker.run_dir, ["sh", tmp_path / "deploy.sh"], "--workflow", "demo", "--name", "deploy")
        assert (done.returncode, done.stdout, done.stderr) == (0, "built\n", "")
        events = worker.events()
        steps = [(event["data"]["status"], event["data"]["current_step"], event["data"].get("progress")) for event in workflows(worker)]
    assert steps == [("Running", "deploy", None), ("Running", "Building it", 0), ("Running", "Testing it", 33.3), ("Running", "Done", 66.7),
                     ("Completed", "Done", 100)]
    assert {event["data"]["workflow_id"] for event in of_type(events, "WorkflowProgressUpdate")} == {"demo"}
    assert {event["metadata"]["workflow_id"] for event in events} == {"demo"}
    outer, inner = (of_type(events, "TaskStatusChanged", name=name) for name in ("deploy", "build"))
    assert [event["data"]["status"] for event in outer] == [event["data"]["status"] for event in inner] == ["Running", "Completed"]
    assert inner[0]["metadata"]["parent_task_id"] == outer[0]["data"]["task_id"]
    entry = of_type(events, "LogEntry", message="two tests were skipped")[0]
    assert (entry["data"]["level"].upper(), entry["data"]["task_id"]) == ("WARN", outer[0]["data"]["task_id"])
    metric = of_type(events, "MetricUpdate")[0]
    assert (metric["data"]["value"], metric["data"]["labels"], metric["data"]["unit"]) == (42, {"suite": "unit"}, "tests")


def test_a_line_of_a_run_inside_is_logged_once_and_by_that_run(tmp_path):
    inner = tmp_path / "inner.sh"
    inner.write_text("for i in 1 2 3; do echo same; echo inner $i >&2; done; ringside run --name innermost -- sh -c 'echo deep; echo same'\n")
    script = f"echo same; ringside run --name inner -- sh {inner}; ringside run --name other -- sh -c 'echo same >/dev/null; echo other'; echo same; echo outer"
    with Worker() as worker:
        done = run(worker.run_dir, sh(script), "--name", "outer")
        assert done.stdout.split() == ["same"] * 4 + ["deep", "same", "other", "same", "outer"]
        said = sorted((event["data"]["component"], event["data"]["message"]) for event in of_type(worker.events(), "LogEntry"))
        assert ended(worker)["data"]["status"] == "Completed"
    assert said == sorted([("outer", "same"), ("outer", "same"), ("outer", "outer"), ("other", "other"), ("innermost", "deep"), ("innermost", "same"),
                           *[("inner", "same")] * 3, *[("inner", f"inner {i}") for i in (1, 2, 3)]])


def test_a_workflow_that_fails_says_at_which_step(tmp_path):
    (tmp_path / "deploy.sh").write_text(SCRIPT.format(third="exit 9"))
    with Worker() as worker:
        assert run(worker.run_dir, ["sh", tmp_path / "deploy.sh"]).returncode == 9
        last = workflows(worker)[-1]["data"]
    assert (last["status"], last["current_step"], last["progress"], last["error"]) == ("Failed", "Testing it", 33.3, "exit status 9")
    assert (last["total_steps"], last["completed_steps"]) == (3, 1)


def test_an_id_from_outside_joins_runs_that_are_not_inside_one_another():
    with Worker() as worker:
        for name in ("build", "test"):
            run(worker.run_dir, ["true"], "--name", name, env=environment(RINGSIDE_WORKFLOW_ID="ci-77"))
        assert {event["metadata"]["workflow_id"] for event in worker.events()} == {"ci-77"}
        assert [event["data"]["status"] for event in workflows(worker)] == ["Running", "Completed"] * 2


@pytest.mark.parametrize("command,message", [
    (["step", "9/8"], "3/8"), (["step", "x"], "3/8"), (["log", "--level", "loud", "x"], "--level must be"), (["metric", "m", "x"], "number"),
    (["metric", "m", "1", "--label", "x"], "NAME=VALUE"), (["step"], "position"), (["log"], "text"),
])
def test_wrong_words_are_told(command, message):
    done = subprocess.run([str(RINGSIDE), *command], capture_output=True, text=True, timeout=DEADLINE, check=False, env=environment())
    assert done.returncode == 2
    assert message in done.stderr


def test_outside_of_a_run_they_speak_for_themselves_and_a_missing_worker_is_no_error(tmp_path):
    with Worker() as worker:
        for command in (["step", "1/2", "x"], ["log", "hello"], ["metric", "m", "--", "-5"]):
            done = subprocess.run([str(RINGSIDE), "--run-dir", str(worker.run_dir), *command], capture_output=True, text=True,
                                  timeout=DEADLINE, check=False, env=environment())
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        eventually(lambda: len(worker.events()) == 3, "they have arrived")
        assert messages(worker) == ["step 1/2: x", "hello"]
        assert of_type(worker.events(), "MetricUpdate", value=-5)
    for options, told in (([], False), (["--verbose"], True)):
        done = subprocess.run([str(RINGSIDE), "--run-dir", str(tmp_path), "log", *options, "x"], capture_output=True, text=True,
                              timeout=DEADLINE, check=False, env=environment())
        assert (done.returncode, "nothing runs in" in done.stderr) == (0, told)


# --- a worker that is away


def test_without_a_worker_nothing_is_different(tmp_path):
    done = run(tmp_path, sh("echo out; echo err >&2; exit 3"))
    assert (done.returncode, done.stdout, done.stderr) == (3, "out\n", "err\n")
    told = run(tmp_path, sh("echo out"), "--verbose").stderr
    assert "run: 5 events were not acknowledged and are given up" in told


def test_a_worker_that_is_stopped_gets_it_when_it_continues():
    with Worker() as worker:
        worker.process.send_signal(signal.SIGSTOP)
        done = run(worker.run_dir, sh("ringside step 1/2 first; ringside log hello; echo out; exit 3"))
        assert (done.returncode, done.stdout) == (3, "out\n")
        worker.process.send_signal(signal.SIGCONT)
        assert ended(worker)["data"]["exit_status"] == 3
        assert messages(worker) == ["step 1/2: first", "hello", "out"]


def test_a_worker_that_is_stopped_holds_up_no_flood():
    with Worker() as worker:
        worker.process.send_signal(signal.SIGSTOP)
        done = run(worker.run_dir, sh("seq 1 2000000"), "--verbose")
        assert done.returncode == 0
        assert done.stdout.endswith("\n2000000\n")
        assert done.stdout.count("\n") == 2_000_000
        assert "lines of output did not become events" in done.stderr
        worker.process.send_signal(signal.SIGCONT)


def test_a_worker_that_is_killed_gets_the_rest_when_it_is_back():
    with Worker() as worker:
        process = start(worker.run_dir, sh("echo one; read a; echo two; read b; echo three"), stdin=subprocess.PIPE)
        eventually(lambda: messages(worker) == ["one"], "it has begun")
        worker.kill()
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.stdout.readline() + process.stdout.readline() == b"one\ntwo\n"
        worker.start()
        process.communicate(b"\n", timeout=DEADLINE)
        assert ended(worker)["data"]["status"] == "Completed"
        said = messages(worker)
        assert [line for i, line in enumerate(said) if line not in said[:i]] == ["one", "two", "three"]
