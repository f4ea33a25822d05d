"""The README's examples, run as they stand there, against a real worker."""

import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from worker_process import BUILD_DIR, DEADLINE, Worker, eventually  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def examples(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def the_one_with(language, text):
    found = [example for example in examples(language) if text in example]
    assert len(found) == 1, f"README.md has {len(found)} {language} examples with {text}"
    return found[0]


@pytest.fixture(name="place")
def directory_with_a_running_worker(tmp_path):
    """A directory that looks like the repository with script/server running in it."""
    with Worker() as worker:
        (tmp_path / ".run").symlink_to(worker.run_dir)
        (tmp_path / "build").mkdir()
        (tmp_path / "build" / "release").symlink_to(BUILD_DIR)
        yield worker, tmp_path


def run(place, *command, text=None):
    done = subprocess.run(command, cwd=place, input=text, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def arrived(worker, event_type):
    eventually(lambda: any(event["event_type"] == event_type for event in worker.events()), f"{event_type} arrives")
    return [event["data"] for event in worker.events() if event["event_type"] == event_type]


def test_from_the_shell_with_the_command_line_and_with_socat(place):
    worker, directory = place
    script = the_one_with("sh", "socat").replace("ringside tail --since 5m ", "ringside tail --since 5m --no-follow ")
    seen = run(directory, "bash", text="shopt -s expand_aliases\n" + script)
    statuses = [task["status"] for task in arrived(worker, "TaskStatusChanged")]
    assert statuses[0] == "Running"
    eventually(lambda: len(arrived(worker, "TaskStatusChanged")) == 2, "both arrive")
    assert arrived(worker, "TaskStatusChanged")[1]["status"] == "Completed"
    assert "install nginx" in seen


def test_from_python(place):
    worker, directory = place
    run(directory, "/usr/bin/python3", "-c", the_one_with("python", "socket"))
    assert arrived(worker, "WorkflowProgressUpdate")[0]["current_step"] == "migrate"


def test_from_node(place):
    worker, directory = place
    (directory / "send.mjs").write_text(the_one_with("js", "node:net"), encoding="utf-8")
    run(directory, "node", "send.mjs")
    assert arrived(worker, "LogEntry")[0]["message"] == "hello from Node"


def test_from_c(place):
    worker, directory = place
    (directory / "send.c").write_text(the_one_with("c", "sockaddr_un"), encoding="utf-8")
    run(directory, "cc", "-Wall", "-Wextra", "-Werror", "-o", "send", "send.c")
    run(directory, "./send")
    assert arrived(worker, "MetricUpdate")[0]["value"] == 42


def test_links_lead_somewhere():
    missing = [target for target in re.findall(r"\]\(([^)#]+)", README)
               if "://" not in target and not (ROOT / target).exists()]
    assert not missing, f"README.md links to what is not there: {missing}"
