"""What `ringside` writes to a terminal has no character that a terminal obeys, or that turns text around; a pipe gets what was sent."""

import os
import pty
import re
import select
import subprocess

import pytest
from worker_process import BUILD_DIR, DEADLINE, Worker

ODD = "A\x1b[31mRED\x07\x9b[31mC1\u202eRTL\u2066iso\u200bzw\x7fDEL\x85\u2069"
OBEYED = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def worker():
    escaped = ODD.replace("\x1b", "\\u001b").replace("\x07", "\\u0007")
    with Worker() as running:
        with running.producer() as producer:
            producer.send(f'{{"event_type":"LogEntry","data":{{"level":"INFO","component":"{escaped}","message":"{escaped}"}}}}'.encode(),
                          f'{{"event_type":"Custom","data":{{"{escaped}":"{escaped}","mark":"57"}}}}'.encode())
            assert not producer.errors
            producer.refused(f'{{"event_type":"Custom","data":{{}},"{escaped}":"{escaped}"}}'.encode())
        yield running


def command(worker, words):
    return [BUILD_DIR / "bin" / "ringside", "--run-dir", worker.run_dir, *words]


def at_terminal(worker, words):
    """All that it writes to its terminal."""
    master, slave = pty.openpty()
    with subprocess.Popen(command(worker, words), stdin=slave, stdout=slave, stderr=slave, env=os.environ | {"NO_COLOR": "1", "TERM": "xterm"}) as process:
        os.close(slave)
        seen = b""
        while select.select([master], [], [], DEADLINE)[0]:
            try:
                seen += os.read(master, 65536)
            except OSError:  # the other end is closed
                break
        os.close(master)
        assert process.wait(DEADLINE) == 0
    return seen.decode()


@pytest.mark.parametrize("words", [["tail", "-n", "3", "--no-follow", "--json"], ["dump"], ["tail", "-n", "3", "--no-follow"], ["dump", "--rejected"],
                                   ["tail", "-n", "3", "--no-follow", "--rejected", "--json"]], ids=" ".join)
def test_a_terminal_gets_no_controls(worker, words):
    text = at_terminal(worker, words)
    assert "RED" in text and "DEL" in text
    assert OBEYED.findall(text) == []


@pytest.mark.parametrize("words", [["tail", "-n", "3", "--no-follow", "--json"], ["dump"]], ids=" ".join)
def test_a_pipe_gets_what_was_sent(worker, words):
    done = subprocess.run(command(worker, words), capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert "\u202eRTL\u2066iso" in done.stdout
