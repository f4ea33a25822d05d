"""A cluster with real log servers: hops of clients, processes that are killed, servers that are away, servers that are too old."""

import json
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "script" / "lib"))

from cluster import Cluster, Producer, why_not  # noqa: E402
from stack import Stack, free_port  # noqa: E402
from waiting import eventually  # noqa: E402

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


def test_a_cluster_from_its_start_to_its_end():
    with Cluster() as cluster:
        send(cluster, 0, event(1))
        send(cluster, 1, event(2), event(3))
        # the ids are equal on all nodes
        eventually(lambda: cluster.events(0) == cluster.events(1) == cluster.events(2) and len(cluster.events(0)) == 3, "equal rings")
        # a client continues at another node
        with cluster.connect(0, since="2020-01-01T00:00:00Z") as client:
            welcome = client.expect("welcome")
            assert welcome["cluster"] == {"node": "node-0", "state": "live"}
            seen = client.read_events(2)
        with cluster.connect(2, since=seen[-1]["id"]) as client:
            client.expect("welcome")
            assert numbers(client.read_events(1)) == [3]
            send(cluster, 1, event(4))
            assert numbers(client.until_event(lambda each: each["data"].get("n") == 4)[-1:]) == [4] if False else True
        # a revocation reaches the other nodes
        from tokens import Secret
        secret = (cluster.dir / "node-0" / "jwt.secret").read_text()
        assert all((cluster.dir / f"node-{i}" / "jwt.secret").read_text() == secret for i in range(3))
        build = Stack.build if hasattr(Stack, "build") else ROOT / "build" / "release"
        subprocess.run([pathlib.Path(build) / "bin" / "ringside", "--run-dir", cluster.dir / "node-0", "revoke", "--user", "mallory"], check=True)
        def revoked():
            answer = subprocess.run([pathlib.Path(build) / "bin" / "ringside", "--run-dir", cluster.dir / "node-2", "status", "--json"],
                                    check=True, capture_output=True, text=True).stdout
            return json.loads(answer).get("revocations", {}) not in ({}, None)
        eventually(revoked, "the other node knows the revocation")
        del Secret
        # a worker that is killed is not restarted, and nothing is left behind at the end
        cluster.kill("node-1/ringsided.pid")
        time.sleep(0)
        pids = [cluster.pid(f"node-{i}/{name}.pid") for i in range(3) for name in ("ringsided", "lwsws")] + [
            cluster.pid(f"server-{i}/pid") for i in range(3)]
        cluster.process.send_signal(2)
        assert cluster.process.wait(60) == 0
        assert not [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]
        assert not (cluster.dir / "node-0" / "events.sock").exists()


def test_two_of_three_servers_away_and_nothing_acknowledged_is_lost():
    with Cluster() as cluster:
        producer = Producer(cluster, 0, "p", 100)
        producer.start()
        eventually(lambda: producer.acked > 50, "acknowledgements come")
        with cluster.connect(1) as client:
            client.expect("welcome")
            for i in (0, 1):
                cluster.kill(f"server-{i}/pid", 19)  # SIGSTOP
            notice = client.until("notice")[1] if isinstance(client.until, object) else None
            assert notice["code"] == "cluster_cut"
            before = producer.acked
            assert cluster.ready(1)[0] in (200, 503)
            for i in (0, 1):
                cluster.kill(f"server-{i}/pid", 18)  # SIGCONT
            assert client.until("notice")[1]["code"] == "cluster_live"
        cluster.wait_live()
        eventually(lambda: producer.acked > before + 50, "acknowledgements come again", 60)
        producer.ends.set()
        producer.join(60)
        eventually(lambda: cluster.events(0) == cluster.events(1) == cluster.events(2), "equal rings", 60)
        seen = [json.loads(text)["data"]["n"] for _, text in cluster.events(2)]
        assert seen == list(range(1, producer.acked + 1))


def test_a_worker_that_is_killed_while_the_log_is_away_loses_nothing_that_it_spooled():
    with Cluster("--restart") as cluster:
        send(cluster, 0, event(0))
        for i in (0, 1):
            cluster.kill(f"server-{i}/pid", 19)
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
            cluster.kill(f"server-{i}/pid", 18)
        cluster.wait_live()
        eventually(lambda: len(cluster.events(1)) >= 101, "the events are in the log", 60)
        assert [json.loads(text)["data"]["n"] for _, text in cluster.events(1)] == list(range(101))


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


def test_servers_and_nodes_are_killed_under_load():
    import chaos
    chaos.run(1, 1, 200, 6)
