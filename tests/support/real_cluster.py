"""A cluster of script/cluster, and what a test does to it: producers that want acks, clients, processes that are killed."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time

from stack import free_port
from waiting import eventually, must_run
from ws_client import Client
from worker_process import read_ring

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("RINGSIDE_CACHE_DIR") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "ringside")
NATS_SERVER = CACHE / "debs" / "nats-server" / "usr" / "sbin" / "nats-server"


def why_not():
    """Why a cluster cannot be run here; empty: it can."""
    if not os.environ.get("RINGSIDE_CLUSTER_TESTS"):
        return "not in the gate yet: they fail on a busy machine; RINGSIDE_CLUSTER_TESTS=1 runs them"
    if os.environ.get("RINGSIDE_SANITIZE"):
        return "log servers time out beside sanitized builds"
    return "" if NATS_SERVER.exists() else "nats-server 2.10.27 is missing: script/setup --for test could not fetch it"


class Cluster:
    def __init__(self, *options, nodes=3, servers=3):
        self.n_nodes, self.n_servers, self.options = nodes, servers, options

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="rs-")
        self.dir = pathlib.Path(self.temporary.name) / "c"
        for _ in range(5):  # of ports that follow each other
            self.port = free_port()
            if self.port + self.n_nodes < 65536:
                break
        self.output = open(pathlib.Path(self.temporary.name) / "out", "w+b")  # noqa: SIM115
        self.process = subprocess.Popen(
            [ROOT / "script" / "cluster", "--no-build", "--no-host-metrics", "--dir", self.dir, "--port", str(self.port),
             "--nodes", str(self.n_nodes), "--servers", str(self.n_servers), *self.options],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output, start_new_session=True)
        def ready():
            must_run(self.process, self.text)
            return "token " in self.text()
        try:
            eventually(ready, "the cluster is ready", 180)
        except BaseException:
            print(self.text())
            self.__exit__(AssertionError, None, None)
            raise
        self.token = next(line.split()[1] for line in self.text().splitlines() if line.startswith("token "))
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if kind is not None:
            print(self.text()[-4000:])
            for i in range(self.n_nodes):
                log = self.dir / f"node-{i}" / "ringsided.log"
                print(f"--- node-{i}\n" + (log.read_text(errors="replace")[-4000:] if log.exists() else "no log"))
        self.output.close()
        self.temporary.cleanup()

    def text(self):
        return pathlib.Path(self.output.name).read_text(encoding="utf-8", errors="replace")

    def pid(self, place):
        return int((self.dir / place).read_text())

    def kill(self, place, number=signal.SIGKILL):
        os.kill(self.pid(place), number)

    def ready(self, node):
        """Status and body of /readyz."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port + node, timeout=5)
        try:
            connection.request("GET", "/readyz", headers={"Host": f"localhost:{self.port + node}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except OSError:
            return 0, {}
        finally:
            connection.close()

    def wait_live(self, seconds=90):
        def live():
            return all(self.ready(i)[1].get("cluster", {}).get("state") == "live" for i in range(self.n_nodes))
        eventually(live, "all nodes are live", seconds)

    def connect(self, node, **query):
        return Client(self.port + node, token=self.token, query={"batch_size": "50", **query})

    def events(self, node):
        """(id, text without the id) of all that the node's ring holds."""
        out = []
        for _, _, text in read_ring(self.dir / f"node-{node}" / "ring"):
            event = json.loads(text)
            out.append((event.pop("id"), json.dumps(event, sort_keys=True)))
        return out


class Producer(threading.Thread):
    """Sends numbered events to a node and asks for acks; connects again, and sends again what was not acknowledged."""

    def __init__(self, cluster, node, name, rate):
        super().__init__(daemon=True)
        self.path = cluster.dir / f"node-{node}" / "events.sock"
        self.producer, self.rate = name, rate
        self.acked = 0  # events 1 to acked
        self.made = 0
        self.ends = threading.Event()

    def line(self, n):
        return json.dumps({"event_type": "Chaos", "data": {"producer": self.producer, "n": n}}) + "\n"

    def run(self):
        while not (self.ends.is_set() and self.acked == self.made):
            try:
                self.send_from(self.acked)
            except OSError:
                time.sleep(0.2)

    def send_from(self, first):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(self.path))
            peer.settimeout(0.05)
            peer.sendall(b'{"type":"hello","ack":true}\n')
            sent, pending, rest = first, b"", b""
            began, at_begin = time.monotonic(), self.made
            while not (self.ends.is_set() and self.acked == self.made):
                if not self.ends.is_set():
                    self.made = max(self.made, at_begin + int((time.monotonic() - began) * self.rate))
                while sent < self.made and len(pending) < 65536:
                    sent += 1
                    pending += self.line(sent).encode()
                if pending:
                    try:
                        pending = pending[peer.send(pending):]
                    except TimeoutError:
                        pass
                try:
                    piece = peer.recv(65536)
                    if not piece:
                        raise ConnectionError("the worker has gone")
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        answer = json.loads(line)
                        assert "ack" in answer, answer
                        self.acked = max(self.acked, first + answer["ack"])
                except TimeoutError:
                    pass
