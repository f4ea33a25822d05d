"""Signals that `ringside run` gets are for its command."""

import pathlib
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from run_command import ended, environment, start, words  # noqa: E402
from worker_process import DEADLINE, Worker, eventually  # noqa: E402

# Says which signal came first, and whether another one did before it read a line. (Not bash, which loses 1 of 300 of its traps for
# SIGINT and SIGQUIT where they come just as `read` begins.)
ANSWERS = """
import signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, awaited := {getattr(signal, f"SIG{name}") for name in "HUP INT QUIT TERM USR1 USR2".split()})
print("ready", flush=True)
print("got", signal.Signals(signal.sigwait(awaited)).name[3:], flush=True)
sys.stdin.readline()
sys.exit(8 if signal.sigpending() else 7)
"""


@pytest.mark.parametrize("name", ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2"])
def test_a_signal_is_passed_on_once_and_the_command_decides(name):
    with Worker() as worker:
        process = start(worker.run_dir, [sys.executable, "-c", ANSWERS], stdin=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.stdout.readline() == f"got {name}\n".encode()
        assert process.poll() is None
        assert process.communicate(b"\n", timeout=DEADLINE)[0] == b""  # and not a second time
        assert process.returncode == 7


@pytest.mark.parametrize("name,status", [("TERM", 143), ("INT", 130), ("HUP", 129)])
def test_a_command_that_a_signal_kills_is_told_so(name, status):
    with Worker() as worker:
        process = start(worker.run_dir, ["sh", "-c", "echo ready; exec sleep 1000"])
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert process.wait(DEADLINE) == status
        assert ended(worker)["data"]["signal"] == f"SIG{name}"


def test_signals_that_were_ignored_stay_ignored():
    with Worker() as worker:
        script = "trap '' INT; exec " + " ".join(words(worker.run_dir, ["sh", "-c", "'kill -INT $$; echo alive'"]))
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=DEADLINE, check=False, env=environment())
        assert (done.returncode, done.stdout) == (0, "alive\n")


def test_the_command_has_no_signal_blocked_and_no_descriptor_of_ours():
    with Worker() as worker:
        process = start(worker.run_dir, ["sh", "-c", "grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd"])
        said = process.communicate(timeout=DEADLINE)[0].decode().split()
    plain = subprocess.run(["sh", "-c", "grep -E 'SigBlk|SigIgn' /proc/self/status; ls /proc/self/fd"], capture_output=True, text=True,
                           check=True, stdin=subprocess.DEVNULL).stdout.split()
    assert said == plain


def test_a_reader_that_reads_nothing_is_no_reason_to_be_unkillable(tmp_path):
    with Worker() as worker:
        process = start(worker.run_dir, ["sh", "-c", f"head -c 90000 /dev/zero; touch {tmp_path}/written"])
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        eventually(lambda: (tmp_path / "written").exists() and children.read_text() == "", "the command has written all and ended")
        assert process.poll() is None  # more than one pipe holds is not read yet, and less than two
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE) in (0, 143)
