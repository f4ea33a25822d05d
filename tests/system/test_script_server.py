"""script/server as a person uses it: start it, look, kill things, end it."""

import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from stack import free_port, lws_prefix  # noqa: E402
from waiting import eventually, must_run  # noqa: E402

SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|runtime error:|WARNING: \w+Sanitizer")


class Server:
    """One script/server with its run directory."""

    def __init__(self, run_dir, *options, port=None, terminal=None):
        self.run_dir = pathlib.Path(run_dir)
        self.killed_with_sigsegv = set()
        self.port = port or free_port()
        self.output = tempfile.NamedTemporaryFile(prefix="out-", dir=self.run_dir.parent)  # noqa: SIM115 (closed by close())
        out = terminal if terminal is not None else self.output
        self.process = subprocess.Popen(
            [ROOT / "script" / "server", "--no-build", "--run-dir", run_dir, "--port", str(self.port), *options],
            stdin=terminal if terminal is not None else subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=terminal is None, preexec_fn=(lambda: os.login_tty(terminal)) if terminal is not None else None,
        )

    def text(self):
        return pathlib.Path(self.output.name).read_text(encoding="utf-8", errors="replace")

    def status_of(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    def wait_ready(self):
        def ready():
            must_run(self.process, self.text)
            return "#token=" in self.text()

        eventually(ready, "script/server says that it is ready", 60)

    def wait_answering(self):
        eventually(lambda: self.status_of("/readyz") == 200, "/readyz answers 200", 60)

    def pids(self, name):
        """The daemon's process, then its children."""
        for line in (self.run_dir / "server.pids").read_text().splitlines():
            words = line.split()
            if words[0] == name:
                return [int(word) for word in words[1:]]
        return []

    def serving_child(self):
        return eventually(lambda: len(pids := self.pids("lwsws")) > 1 and alive(pids[1]) and pids[1], "lwsws has a child")

    def left_behind(self):
        """Processes that name the run directory."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if f"{self.run_dir}/" in command + "/" and int(process.name) != os.getpid() and "pytest" not in command:
                found.append(command)
        return found

    def assert_gone(self):
        eventually(lambda: not self.left_behind(), f"no process is left (but {self.left_behind()})", 10)
        assert [path for path in self.run_dir.iterdir() if stat.S_ISSOCK(path.stat().st_mode)] == []
        assert not (self.run_dir / "server.pids").exists()

    def logs(self):
        return {path.name: path.read_text(errors="replace") for path in self.run_dir.glob("*.log*")}

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=120)
        self.output.close()
        for name, text in self.logs().items():
            for pid in self.killed_with_sigsegv:  # the sanitizer tells of that signal, too
                text = text.replace(f"=={pid}==ERROR: AddressSanitizer: SEGV", "")
            assert not SANITIZER_REPORT.search(text), f"{name}:\n{text}"


def alive(pid):
    """A zombie is dead; who adopted it may take its time to notice."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.fixture
def run_dir():
    base = pathlib.Path(tempfile.mkdtemp(prefix="rs-server-", dir="/tmp"))
    yield base / "run"
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def start(run_dir):
    servers = []

    def begin(*options, **named):
        servers.append(Server(run_dir, *options, **named))
        return servers[-1]

    yield begin
    for server in servers:
        server.close()


def test_ready_link_carries_a_token_and_the_paths_answer(start, run_dir):
    server = start()
    server.wait_ready()
    link = re.search(r"http://localhost:(\d+)/#token=([\w-]+\.[\w-]+\.[\w-]+)", server.text())
    assert link and int(link.group(1)) == server.port
    assert server.status_of("/readyz") == 200
    assert server.status_of("/healthz") == 200
    assert stat.S_IMODE((run_dir / "jwt.secret").stat().st_mode) == 0o600
    assert {"ring", "control", "events.sock", "events.dgram", "ringside.toml", "conf"} <= {path.name for path in run_dir.iterdir()}
    assert "\x1b" not in server.text(), "no colours where there is no terminal"


def test_secret_is_kept_and_random(start, run_dir):
    first = start()
    first.wait_ready()
    secret = (run_dir / "jwt.secret").read_text()
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(timeout=120) == 0
    second = start()
    second.wait_ready()
    assert (run_dir / "jwt.secret").read_text() == secret
    assert len(secret) >= 32


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_signal_leaves_no_process_and_no_socket_and_says_what_it_keeps(start, run_dir, how):
    server = start()
    server.wait_ready()
    server.process.send_signal(how)
    assert server.process.wait(timeout=120) == 0
    assert f"rm -r {run_dir}" in server.text()
    server.assert_gone()


def test_signal_before_it_is_ready_leaves_nothing_either(start, run_dir):
    server = start()
    eventually(lambda: (run_dir / "server.pids").exists(), "the first daemon was started")
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(timeout=120) == 0
    server.assert_gone()


def test_closed_terminal_ends_it(start, run_dir):
    ours, theirs = pty.openpty()
    server = start(terminal=theirs)
    os.close(theirs)
    server.wait_answering()
    eventually(lambda: (run_dir / "events.sock").exists(), "the socket is there")
    os.close(ours)
    server.process.wait(timeout=120)
    server.assert_gone()


def test_crashed_child_of_lwsws_is_told_and_replaced(start):
    server = start()
    server.wait_ready()
    child = server.serving_child()
    server.killed_with_sigsegv.add(child)
    os.kill(child, signal.SIGSEGV)
    eventually(lambda: "lwsws lost its serving child" in server.text(), "it says so")
    eventually(lambda: "lwsws runs again" in server.text(), "it says that it runs again")
    server.wait_answering()
    assert server.serving_child() != child


@pytest.mark.parametrize(("look", "holds"), [(8, False), (2, True)], ids=["after many looks", "while it is looked at"])
def test_a_lwsws_that_forks_late_has_lost_nothing(start, tmp_path, monkeypatch, look, holds):
    """It forks once script/server has looked at its children so many times: after that look, or between its question and the answer.

    The looks are those of `cat`. The first one only writes server.pids.
    """
    looks = tmp_path / "looks"
    looks.touch()
    lwsws, cat = tmp_path / "bin" / "lwsws", tmp_path / "path" / "cat"
    shim = f"#!/usr/bin/python3\nimport os, sys\nsys.path.insert(0, {str(ROOT / 'tests' / 'support')!r})\nfrom waiting import eventually\n"
    lwsws.parent.mkdir()
    lwsws.write_text(shim + f"eventually(lambda: os.path.getsize({str(looks)!r}) >= {look}, 'script/server looks')\n"
                     f"os.execv({str(lws_prefix() / 'bin' / 'lwsws')!r}, sys.argv)\n")
    cat.parent.mkdir()
    cat.write_text(shim + f"""
if not sys.argv[1:2] or not sys.argv[1].endswith("/children"):
    os.execv("/bin/cat", sys.argv)
children = lambda: open(sys.argv[1]).read()
seen = children()
if "lwsws" in open(os.path.dirname(sys.argv[1]) + "/cmdline").read():
    with open({str(looks)!r}, "a") as file:
        file.write(".")
    if {holds} and os.path.getsize({str(looks)!r}) == {look}:
        eventually(children, "lwsws forks")
print(seen)
""")
    for program in (lwsws, cat):
        program.chmod(0o755)
    monkeypatch.setenv("RINGSIDE_LWS_PREFIX", str(tmp_path))
    monkeypatch.setenv("PATH", f"{cat.parent}:{os.environ['PATH']}")
    server = start()
    server.wait_ready()
    assert looks.stat().st_size >= look
    assert "lost its serving child" not in server.text()


def test_killed_worker_is_told_and_replaced(start):
    server = start()
    server.wait_ready()
    worker = server.pids("ringsided")[0]
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: "ringsided was killed by KILL" in server.text(), "it says so")
    eventually(lambda: "ringsided runs again" in server.text(), "it says that it runs again")
    server.wait_answering()


def test_what_a_killed_supervisor_left_is_ended_by_the_next(start):
    first = start()
    first.wait_ready()
    child = first.serving_child()
    first.process.kill()
    first.process.wait()
    second = start(port=first.port)
    second.wait_ready()
    assert not alive(child)


def refused(*options):
    done = subprocess.run([ROOT / "script" / "server", "--no-build", *options], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    return done.stderr


def test_taken_port_is_said(run_dir):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert "is taken by another program" in refused("--run-dir", run_dir, "--port", str(other.getsockname()[1]))


def test_second_server_in_a_run_directory_is_refused(start, run_dir):
    start().wait_ready()
    assert "another script/server runs in" in refused("--run-dir", run_dir, "--port", str(free_port()))


@pytest.mark.parametrize(("options", "words"), [
    (["--run-dir", "/tmp/" + "long" * 25], "at most 99"),
    (["--run-dir", "/tmp/with\"quote"], "can have only"),
    (["--port", "70000"], "--port must be 1 to 65535"),
    (["--port"], "--port needs a value"),
    (["--option", "batch-size"], "NAME=VALUE"),
    (["--color"], "unknown option --color"),
])
def test_wrong_options_are_refused_with_the_reason(options, words):
    assert words in refused(*options)


@pytest.mark.parametrize("name,words", [("batch-sise", 'did you mean "batch-size"?'), ("batch-size", "batch-size")])
def test_a_wrong_option_of_the_plugin_is_told_before_anything_starts(start, run_dir, name, words):
    server = start("--option", f"{name}=none")
    assert server.process.wait(timeout=180) == 1
    assert f"{run_dir}/conf.d/ringside:" in server.text() and words in server.text()
    assert not (run_dir / "ring").exists() and not (run_dir / "lwsws.log").exists(), "nothing was started"
    server.assert_gone()


def test_a_wrong_option_of_the_worker_is_told_before_anything_starts(start, tmp_path, run_dir):
    (tmp_path / "more.toml").write_text("[history]\nsise = 1\n")
    server = start("--worker-config", str(tmp_path / "more.toml"))
    assert server.process.wait(timeout=180) == 1
    assert 'did you mean "history.size"?' in server.text() and f"{run_dir}/ringside.toml:" in server.text()
    server.assert_gone()
