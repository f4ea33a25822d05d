"""`ringside run` in a terminal: the command has one, too."""

import fcntl
import os
import pathlib
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from run_command import ended, environment, messages, words  # noqa: E402
from worker_process import DEADLINE, Worker, eventually  # noqa: E402


class Terminal:
    """A terminal that this test is at, with a program that has it for its controlling terminal."""

    def __init__(self, command, rows=24, columns=80, **pipes):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.mode = termios.tcgetattr(slave)
        streams = {"stdin": slave, "stdout": slave, "stderr": slave} | pipes
        self.slave = slave
        self.seen = b""
        self.process = subprocess.Popen(command, env=environment(), start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0), **streams)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def read_some(self):
        if select.select([self.master], [], [], 0.05)[0]:
            self.seen += os.read(self.master, 65536)

    def wait_for(self, pattern):
        end = time.monotonic() + DEADLINE
        while not (match := re.search(pattern, self.seen)):
            assert time.monotonic() < end, f"{pattern!r} not in {self.seen!r}"
            self.read_some()
        self.seen = self.seen[match.end():]
        return match

    def type(self, keys):
        os.write(self.master, keys)

    def wait(self):
        end = time.monotonic() + DEADLINE
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end: {self.seen!r}"
            self.read_some()
        return self.process.returncode


def sh(worker, script):
    return words(worker.run_dir, ["sh", "-c", script])


def test_the_command_is_in_a_terminal_of_the_same_size():
    with Worker() as worker, Terminal(sh(worker, "test -t 0 && test -t 1 && test -t 2 && stty size; exit 6"), 33, 111) as terminal:
        terminal.wait_for(rb"33 111\r\n")
        assert terminal.wait() == 6
        assert messages(worker, "both") == ["33 111"]
        assert ended(worker)["data"]["exit_status"] == 6


def test_a_change_of_the_windows_size_reaches_the_command():
    script = "trap 'stty size; kill %1; exit 0' WINCH; sleep 1000 & echo ready; while :; do wait; done"
    with Worker() as worker, Terminal(words(worker.run_dir, ["bash", "-c", script])) as terminal:
        terminal.wait_for(rb"ready\r\n")
        fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        terminal.wait_for(rb"40 120\r\n")
        assert terminal.wait() == 0


def test_keys_go_to_the_command_and_ctrl_c_is_its_terminals():
    script = "trap 'echo interrupted; exit 9' INT; read -p 'name? ' name; echo hello $name; read again"
    with Worker() as worker, Terminal(words(worker.run_dir, ["bash", "-c", script])) as terminal:
        terminal.wait_for(rb"name\? ")
        terminal.type(b"Ann\r")
        terminal.wait_for(rb"hello Ann\r\n")
        terminal.type(b"\x03")
        terminal.wait_for(rb"interrupted\r\n")
        assert terminal.wait() == 9


def test_the_terminal_has_its_mode_again_afterwards():
    with Worker() as worker, Terminal(sh(worker, "echo ready; read line; exit 0")) as terminal:
        terminal.wait_for(rb"ready")
        assert termios.tcgetattr(terminal.slave)[3] & termios.ICANON == 0
        terminal.type(b"\r")
        terminal.wait()
        assert termios.tcgetattr(terminal.slave)[:4] == terminal.mode[:4]
    with Worker() as worker, Terminal(words(worker.run_dir, ["/nonexistent"])) as terminal:
        assert terminal.wait() == 127
        assert termios.tcgetattr(terminal.slave)[:4] == terminal.mode[:4]


def test_an_error_output_that_is_no_terminal_is_kept_apart():
    with Worker() as worker, Terminal(sh(worker, "echo out; echo err >&2; test -t 2 || echo piped"), stderr=subprocess.PIPE) as terminal:
        terminal.wait_for(rb"out\r\npiped\r\n")
        assert terminal.process.stderr.read() == b"err\n"
        assert terminal.wait() == 0
        assert messages(worker, "stderr") == ["err"]
        terminal.process.stderr.close()


def test_input_that_is_no_terminal_is_the_commands():
    with Worker() as worker, Terminal(sh(worker, "cat; test -t 1 && echo terminal"), stdin=subprocess.PIPE) as terminal:
        terminal.process.stdin.write(b"from a pipe\n")
        terminal.process.stdin.close()
        terminal.wait_for(rb"from a pipe\r\nterminal\r\n")
        assert terminal.wait() == 0


def test_without_a_terminal_of_its_own_ctrl_c_comes_once_and_ctrl_z_stops_it(tmp_path):
    script = "n=0; trap 'n=$((n+1)); echo got $n' INT; echo ready; while :; do read line && exit $n; done"
    with Worker() as worker:
        command = " ".join(f"'{word}'" if "/" in word else word for word in words(worker.run_dir, ["bash", tmp_path / "script"]))
        (tmp_path / "script").write_text(script)
        out = tmp_path / "out"
        shell = f"set -m; {command} > {out}; echo stopped $?; fg; echo ended $?"
        with Terminal(["bash", "-c", shell]) as terminal:
            eventually(lambda: out.exists() and out.read_text() == "ready\n", "it is ready")
            terminal.type(b"\x03")
            eventually(lambda: out.read_text() == "ready\ngot 1\n", "it was interrupted")
            terminal.type(b"\x1a")
            terminal.wait_for(rb"stopped 148\r\n")
            terminal.type(b"\r")
            terminal.wait_for(rb"ended 1\r\n")
            assert out.read_text() == "ready\ngot 1\n"
        assert ended(worker)["data"]["exit_status"] == 1
