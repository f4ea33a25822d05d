"""A real ringsided in a directory of its own, its sockets, and its ring read by a reader that is not Ringside's own code.

The ring is read as docs/ring-format.md describes it, so that what the tests see is the file and not what the library makes of it.
"""

import json
import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

from waiting import DEADLINE, eventually, must_run

SOURCE_DIR = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD_DIR = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR", SOURCE_DIR / "build" / "debug"))
RINGSIDED = pathlib.Path(os.environ.get("RINGSIDED", BUILD_DIR / "bin" / "ringsided"))

HEADER_BYTES = 40
MARK_SLOTS = 7


def read_ring(path):
    """All events that a ring file holds, oldest first, as (sequence, name, text)."""

    def oldest(header):
        return struct.unpack_from("<Q", header, 192)[0]

    def whole():
        """A copy whose oldest record was not overwritten while it was made."""
        with open(path, "rb") as file:
            copy = file.read()
            file.seek(0)
            return copy if oldest(file.read(256)) == oldest(copy) else None

    content = eventually(whole, "the ring can be copied before it is overwritten")
    magic, _, _, data_offset, capacity = struct.unpack_from("<5Q", content, 0)
    assert magic == 0x45444953474E4952

    def mark(at):
        seq = struct.unpack_from("<Q", content, at)[0]
        return seq, struct.unpack_from("<Q", content, at + 8 + 8 * (seq % MARK_SLOTS))[0]

    head, end = mark(128)
    seq, position = mark(192)
    records = []
    while seq <= head and position < end:
        at = data_offset + position % capacity
        first, number, _, lengths, _ = struct.unpack_from("<5Q", content[at:at + HEADER_BYTES].ljust(HEADER_BYTES, b"\0"))
        total = first & 0xFFFFFFFF
        if first >> 32 & 0xFF == 2:
            position += total
            continue
        assert number == seq, f"record {number} where {seq} should be"
        n_text, n_name = lengths & 0xFFFFFFFF, lengths >> 32
        start = at + HEADER_BYTES
        records.append((seq, content[start:start + n_name].decode(), content[start + n_name:start + n_name + n_text].decode()))
        position += total
        seq += 1
    return records


class Worker:
    """`with Worker() as worker:` starts it and waits until it listens."""

    def __init__(self, config="", schemas=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="rw"))
        self.run_dir = self.dir / "run"
        self.config = self.dir / "ringside.toml"
        self.schemas = schemas or SOURCE_DIR / "conf" / "schemas" / "events"
        self.write_config(config)
        self.process = None

    def write_config(self, extra=""):
        self.config.write_text(
            f'run_dir = "{self.run_dir}"\nschema_dir = "{self.schemas}"\n'
            + ("" if "[ring]" in extra else '[ring]\nsize = "8MiB"\n')
            + ("" if "[history]" in extra else "[history]\nenabled = false\n")
            + "[sources.host_metrics]\nenabled = false\n" + extra)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def spawn(self, *arguments, **more):
        return subprocess.Popen([RINGSIDED, "--config", self.config, *arguments], stderr=subprocess.PIPE,
                                stdout=subprocess.PIPE, text=True, **more)

    def start(self, **more):
        self.process = self.spawn(**more)
        eventually(self.accepts, "the worker listens")
        if "[sources.files]" in self.config.read_text():  # sources start after the sockets: what is written before that is old
            eventually((self.run_dir / "file_tail.state").exists, "the worker follows log files")

    def accepts(self):
        must_run(self.process, self.process.stderr.read)
        try:
            self.connect().close()
            return True
        except OSError:
            return False

    def wait_until_it_says(self, text):
        """Reads what it writes on standard error, until the text is there."""
        said = ""

        def more():
            nonlocal said
            if select.select([self.process.stderr], [], [], 0)[0]:
                said += os.read(self.process.stderr.fileno(), 65536).decode()
            return text in said

        eventually(more, f"ringsided says: {text}")

    def run_to_end(self, *arguments):
        """For a start that is to fail: (status, what it printed)."""
        done = subprocess.run([RINGSIDED, "--config", self.config, *arguments], capture_output=True, text=True,
                              timeout=DEADLINE, check=False)
        return done.returncode, done.stdout + done.stderr

    def kill(self):
        self.process.kill()
        self.process.wait()

    def terminate(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(DEADLINE)
        return self.process.returncode, self.process.stderr.read()

    def connect(self):
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(DEADLINE)
        peer.connect(str(self.run_dir / "events.sock"))
        return peer

    def producer(self):
        return Producer(self.connect())

    def send_datagram(self, payload):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            sender.sendto(payload, str(self.run_dir / "events.dgram"))

    def records(self, name="ring"):
        return read_ring(self.run_dir / name)

    def events(self):
        return [json.loads(text) for _, _, text in self.records()]

    def rejected(self):
        return [json.loads(text) for _, _, text in self.records("rejected")]


class Producer:
    """A connection that asked for acknowledgements."""

    def __init__(self, peer):
        self.peer = peer
        self.lines = peer.makefile("r", encoding="utf-8")
        self.acked = -1
        self.errors = []
        self.n_sent = 0
        self.peer.sendall(b'{"type":"hello","ack":true}\n')
        self.wait_for_ack(0)

    def read_answer(self):
        line = self.lines.readline()
        assert line, "the worker closed the connection"
        answer = json.loads(line)
        if "ack" in answer:
            assert answer["ack"] >= self.acked
            self.acked = answer["ack"]
        else:
            self.errors.append(answer)
        return answer

    def wait_for_ack(self, count):
        while self.acked < count:
            self.read_answer()

    def send(self, *events):
        """Sends events (objects, or lines as bytes) and waits until they are dealt with."""
        lines = [e if isinstance(e, bytes) else json.dumps(e).encode() for e in events]
        self.n_sent += len(lines)
        self.peer.sendall(b"".join(line + b"\n" for line in lines))
        self.wait_for_ack(self.n_sent)

    def refused(self, line):
        """Sends one line that must be refused; returns the answer."""
        before = len(self.errors)
        self.send(line)
        assert len(self.errors) == before + 1, f"not refused: {line[:200]}"
        return self.errors[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.lines.close()
        self.peer.close()
