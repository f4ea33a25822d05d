"""A cluster with real log servers: hops of clients, processes that are killed, servers that are away, servers that are too old."""
# ctest: alone

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "script" / "lib"))

from log_dump import NatsReader  # noqa: E402
from real_cluster import Cluster, Producer, why_not  # noqa: E402
from stack import Stack, alive, free_port  # noqa: E402
from waiting import eventually  # noqa: E402

BUILD = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR") or ROOT / "build" / "release")

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")


def send(cluster, node, *events):
    """Sends events with acks, and waits until all are in the log."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(cluster.dir / f"node-{node}" / "events.sock"))
        peer.settimeout(30)
        peer.sendall(b'{"type":"hello","ack":true}\n' + b"".join(json.dumps(event).encode() + b"\n" for event in events))
        answers, acked = b"", 0
        while acked < len(events):
            answers += peer.recv(4096)
            *lines, answers = answers.split(b"\n")
            acked = max([acked, *(json.loads(line)["ack"] for line in lines)])


def event(n):
    return {"event_type": "Chaos", "data": {"n": n}}


def numbers(events):
    return [each["data"]["n"] for each in events]


def ringside(cluster, node, *arguments):
    return subprocess.run([BUILD / "bin" / "ringside", "--run-dir", cluster.dir / f"node-{node}", *arguments],
                          check=True, capture_output=True, text=True).stdout


def data_of_equal_rings(cluster, producers):
    """After the producers have ended."""
    for producer in producers:
        producer.ends.set()
    for producer in producers:
        producer.join(60)
    eventually(lambda: cluster.events(0) == cluster.events(1) == cluster.events(2), "equal rings", 60)
    return [json.loads(text)["data"] for _, text in cluster.events(2)]


def test_a_cluster_from_its_start_to_its_end():
    with Cluster() as cluster:
        send(cluster, 0, event(1))
        send(cluster, 1, event(2), event(3))
        # the ids are equal on all nodes
        eventually(lambda: len(cluster.events(0)) == 3 and cluster.events(0) == cluster.events(1) == cluster.events(2), "equal rings")
        # a client continues at another node
        with cluster.connect(0, since="2020-01-01T00:00:00Z") as client:
            assert client.expect("welcome")["cluster"] == {"node": "node-0", "state": "live"}
            seen = client.read_events(3)
        with cluster.connect(2, since=seen[1]["id"]) as client:
            client.expect("welcome")
            assert numbers(client.read_events(1)) == [3]
            client.until("replay_end")
            send(cluster, 1, event(4))
            assert numbers(client.read_events(1)) == [4]
        # all nodes take the same tokens, and say how they are
        secret = (cluster.dir / "node-0" / "jwt.secret").read_text()
        assert all((cluster.dir / f"node-{i}" / "jwt.secret").read_text() == secret for i in range(3))
        assert json.loads(ringside(cluster, 2, "status", "--json"))["cluster"]["state"] == "live"
        assert "node node-2 is live" in ringside(cluster, 2, "status")
        # a revocation reaches the other nodes
        with cluster.connect(2) as client:
            client.expect("welcome")
            ringside(cluster, 0, "revoke", "dev")
            client.wait_closed()
        # and is not taken back on one of them: the others would bring it back
        undone = subprocess.run([BUILD / "bin" / "ringside", "--run-dir", cluster.dir / "node-0", "revoke", "--undo", "dev"],
                                capture_output=True, text=True, check=False)
        assert (undone.returncode, "nothing was undone" in undone.stderr, "cluster" in undone.stderr) == (1, True, True)
        assert ringside(cluster, 0, "revoke", "--list", "dev")
        # what is killed stays dead without --restart, and nothing is left at the end
        cluster.kill("node-1/ringsided.pid")
        pids = [cluster.pid(f"node-{i}/{name}.pid") for i in range(3) for name in ("ringsided", "lwsws")] + [
            cluster.pid(f"server-{i}/pid") for i in range(3)]
        eventually(lambda: "was killed by SIGKILL" in cluster.text(), "the death is told")
        cluster.process.send_signal(signal.SIGINT)
        assert cluster.process.wait(60) == 0
        assert not [pid for pid in pids if alive(pid)]
        assert not (cluster.dir / "node-0" / "events.sock").exists()


def test_two_of_three_servers_away_and_nothing_acknowledged_is_lost():
    """For as long as RINGSIDE_OUTAGE_SECONDS says; at least until all clients were told."""
    with Cluster() as cluster:
        producers = [Producer(cluster, i, f"p{i}", 100) for i in range(3)]
        for producer in producers:
            producer.start()
        eventually(lambda: all(p.acked > 50 for p in producers), "acknowledgements come")
        clients = [cluster.connect(i) for i in range(3)]
        for client in clients:
            client.expect("welcome")
        begun = time.monotonic()
        for i in (0, 1):
            cluster.kill(f"server-{i}/pid", signal.SIGSTOP)
        for client in clients:
            assert client.until("notice")[1]["code"] == "cluster_cut"
        before, made = [p.acked for p in producers], [p.made for p in producers]
        outage = float(os.environ.get("RINGSIDE_OUTAGE_SECONDS", "0"))
        eventually(lambda: time.monotonic() > begun + outage and all(p.made > m + 300 for p, m in zip(producers, made)), "the outage is over", outage + 30)
        assert [p.acked for p in producers] == before, "something was acknowledged by a minority"
        for i in (0, 1):
            cluster.kill(f"server-{i}/pid", signal.SIGCONT)
        for client in clients:
            assert client.until("notice")[1]["code"] == "cluster_live"
            client.drop()
        cluster.wait_live()
        eventually(lambda: all(p.acked >= m + 300 for p, m in zip(producers, made)), "what came meanwhile is acknowledged", 60)
        data = data_of_equal_rings(cluster, producers)
        for producer in producers:
            assert producer.acked == producer.made
            assert [each["n"] for each in data if each["producer"] == producer.producer] == list(range(1, producer.made + 1))


def test_a_worker_that_is_killed_while_the_log_is_away_loses_nothing_that_it_spooled():
    with Cluster("--restart") as cluster:
        send(cluster, 0, event(0))
        for i in (0, 1):
            cluster.kill(f"server-{i}/pid", signal.SIGSTOP)
        def cut():
            return cluster.ready(0)[1].get("cluster", {}).get("state") == "cut" or cluster.ready(0)[0] == 503
        eventually(cut, "node-0 is cut", 60)
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(cluster.dir / "node-0" / "events.sock"))
            peer.sendall(b"".join(json.dumps(event(n)).encode() + b"\n" for n in range(1, 101)))
        spool = cluster.dir / "node-0" / "state" / "spool"
        eventually(lambda: sum(file.stat().st_size for file in spool.iterdir()) > 100 * 40, "the events are on disk")
        cluster.kill("node-0/ringsided.pid")
        for i in (0, 1):
            cluster.kill(f"server-{i}/pid", signal.SIGCONT)
        cluster.wait_live()
        eventually(lambda: len(cluster.events(1)) >= 101, "the events are in the log", 60)
        assert [json.loads(text)["data"]["n"] for _, text in cluster.events(1)] == list(range(101))


def test_a_message_of_a_later_version_stops_the_nodes_and_they_say_why():
    with Cluster(nodes=2, servers=1) as cluster:
        send(cluster, 0, event(1))
        config = (cluster.dir / "server-0" / "nats.conf").read_text()
        port = int(next(line.rsplit(":", 1)[1] for line in config.splitlines() if line.startswith("listen: ")))
        with NatsReader(port) as log:
            log.publish("ringside.log", {"Ringside-Format": "2", "Ringside-Node": "later"}, b"what only a later version reads")
        for i in range(2):
            eventually(lambda i=i: "upgrade this node" in ringside(cluster, i, "status"), f"node-{i} says so")
            assert json.loads(ringside(cluster, i, "status", "--json"))["cluster"]["state"] == "fenced"
        assert numbers(json.loads(text) for _, text in cluster.events(1)) == [1]


@pytest.mark.skipif("RINGSIDE_PREVIOUS_BUILD_DIR" not in os.environ, reason="RINGSIDE_PREVIOUS_BUILD_DIR names no build of the version before")
def test_nodes_of_this_version_and_of_the_one_before_are_one_cluster():
    """A rolling upgrade, half way: node-0 and node-1 are of the version before."""
    before = os.environ["RINGSIDE_PREVIOUS_BUILD_DIR"]
    with Cluster("--restart", "--build-of", f"0={before}", "--build-of", f"1={before}") as cluster:
        producers = [Producer(cluster, i, f"p{i}", 50) for i in range(3)]
        for producer in producers:
            producer.start()
        eventually(lambda: all(p.acked > 100 for p in producers), "acknowledgements come")
        with cluster.connect(0, since="2020-01-01T00:00:00Z", batch_size="1") as client:
            client.expect("welcome")
            seen = client.read_events(50)
        with cluster.connect(2, since=seen[-1]["id"], batch_size="1") as client:  # a client of the old node continues at the new one
            client.expect("welcome")
            more = client.read_events(50)
        assert [int(each["id"].split(":")[1]) for each in seen + more] == list(range(1, 101))
        with cluster.connect(1, since=more[-1]["id"], batch_size="1") as client:  # and back
            client.expect("welcome")
            assert client.read_events(1)[0]["id"].endswith(":101")
        for i in (0, 2):  # each continues in the ring that it finds
            cluster.kill(f"node-{i}/ringsided.pid")
        cluster.kill("server-1/pid")
        cluster.wait_live()
        data = data_of_equal_rings(cluster, producers)
        for producer in producers:
            own = [each["n"] for each in data if each["producer"] == producer.producer]
            assert sorted(set(own)) == list(range(1, producer.acked + 1)) and producer.acked == producer.made


@pytest.mark.skipif(shutil.which("nats-server") is None, reason="there is no old nats-server here")
def test_a_server_that_is_too_old_is_refused_with_the_remedy(tmp_path):
    old = shutil.which("nats-server")
    if "v2.9" not in subprocess.run([old, "--version"], capture_output=True, text=True).stdout:
        pytest.skip("the installed nats-server is not an old one")
    port = free_port()
    server = subprocess.Popen([old, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        with Stack(f'[cluster]\nservers = ["nats://127.0.0.1:{port}"]\nreplicas = 1\n', start=False) as stack:
            stack.start_worker()
            def told():
                answer = stack.ringside("status", check=False)
                text = getattr(answer, "stdout", str(answer))
                return "2.10.27" in text
            eventually(told, "the status names the version that is needed")
    finally:
        server.terminate()
        server.wait()
