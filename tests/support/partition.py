"""Machines in network namespaces, on one switch: three with a log server, three with a node. For test_partition.py, which runs
this as the first process of namespaces of its own, so that nothing is left behind and nobody outside is reached:

    unshare --user --map-root-user --net --mount --pid --fork --kill-child --mount-proc python3 partition.py SCENARIO DIR
"""

import contextlib
import ctypes
import json
import os
import pathlib
import subprocess
import sys

from real_cluster import NATS_SERVER, ROOT, Producer
from waiting import eventually
from worker_process import read_ring
from ws_client import Client

BUILD = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR") or ROOT / "build" / "release")
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
N = 3


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True, **more).stdout


class Machine:
    def __init__(self, number):
        self.address = f"10.77.0.{number}"
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.namespace = f"/proc/{self.holder.pid}/ns/net"
        own = os.readlink("/proc/self/ns/net")
        eventually(lambda: os.readlink(self.namespace) != own, "the namespace is there")
        run("ip", "link", "add", "name", f"m{number}", "type", "veth", "peer", "name", "eth0", "netns", self.holder.pid)
        run("ip", "link", "set", f"m{number}", "master", "switch", "up")
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "address", "add", f"{self.address}/24", "dev", "eth0")
        self.run("ip", "link", "set", "eth0", "up")

    def run(self, *command):
        return run("nsenter", f"--net={self.namespace}", *command)

    def start(self, log, *command):
        with open(log, "ab") as out:
            return subprocess.Popen(["nsenter", f"--net={self.namespace}", *map(str, command)], stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    @contextlib.contextmanager
    def inside(self):
        """Sockets that are made meanwhile are this machine's."""
        with open("/proc/self/ns/net") as here, open(self.namespace) as there:
            assert LIBC.setns(there.fileno(), CLONE_NEWNET) == 0
            try:
                yield
            finally:
                assert LIBC.setns(here.fileno(), CLONE_NEWNET) == 0


CONFIGURE = """
. script/lib/common.sh
. script/lib/run_dir.sh
run_dir=$1 port=9090 build=$2 limits=no plugin_extra=() host_metrics=no worker_extra=$1/cluster.toml
write_worker_config
write_lwsws_config
"""


class Network:
    """What `Producer` and the scenarios need of a cluster."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        run("ip", "link", "add", "name", "switch", "type", "bridge")
        run("ip", "link", "set", "switch", "up")
        self.servers = [Machine(1 + i) for i in range(N)]
        self.nodes = [Machine(11 + i) for i in range(N)]
        for i, machine in enumerate(self.servers):
            self.start_server(i, machine)
        eventually(lambda: all(self.group_size(i) == N for i in range(N)), "the log servers are a group", 60)
        secret = os.urandom(32).hex()
        for i, machine in enumerate(self.nodes):
            self.start_node(i, machine, secret)
        self.wait_live()
        self.token = run(BUILD / "bin" / "ringside", "--run-dir", self.dir / "node-0", "token", "--secret", self.dir / "node-0" / "jwt.secret",
                         "--user", "dev", "--role", "admin", "--ttl", "1h").strip()

    def start_server(self, i, machine):
        where = self.dir / f"server-{i}"
        where.mkdir(parents=True)
        routes = ", ".join(f"nats://{each.address}:6222" for each in self.servers)
        (where / "nats.conf").write_text(
            f"server_name: log-{i}\nlisten: {machine.address}:4222\nhttp: {machine.address}:8222\n"
            f'jetstream {{ store_dir: "{where}/store", sync_interval: always, max_file: 1GB, max_mem: 64MB }}\n'
            f"cluster {{ name: ringside, listen: {machine.address}:6222, routes: [{routes}] }}\n")
        machine.start(where / "log", NATS_SERVER, "-c", where / "nats.conf")

    def group_size(self, i):
        address = self.servers[i].address
        try:
            text = self.nodes[0].run("/usr/bin/python3", "-c", "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=2).read().decode())",
                                     f"http://{address}:8222/jsz?meta=1")
            return json.loads(text)["meta_cluster"]["cluster_size"]
        except (subprocess.CalledProcessError, KeyError, ValueError):
            return 0

    def start_node(self, i, machine, secret):
        where = self.dir / f"node-{i}"
        where.mkdir(mode=0o700)
        (where / "jwt.secret").write_text(secret)
        (where / "jwt.secret").chmod(0o600)
        servers = ", ".join(f'"nats://{each.address}:4222"' for each in self.servers)
        (where / "cluster.toml").write_text(f'[cluster]\nservers = [{servers}]\nnode = "node-{i}"\nmax_bytes = "256MiB"\n')
        run("bash", "-euc", CONFIGURE, "configure", where, BUILD, cwd=ROOT)
        machine.start(where / "ringsided.log", BUILD / "bin" / "ringsided", "--config", where / "ringside.toml")
        machine.start(where / "lwsws.log", pathlib.Path(os.environ["RINGSIDE_LWS_PREFIX"]) / "bin" / "lwsws", "-n", "-d", "3", "-c", where)

    def cut(self, some, others):
        """Nothing goes from these machines to the others, and so no connection holds."""
        for one in some:
            for other in others:
                one.run("ip", "route", "add", "blackhole", f"{other.address}/32")

    def heal(self):
        for machine in self.servers + self.nodes:
            machine.run("ip", "route", "flush", "type", "blackhole")

    # --- what a node says and has

    def status(self, i):
        try:
            return json.loads(run(BUILD / "bin" / "ringside", "--run-dir", self.dir / f"node-{i}", "status", "--json"))["cluster"]
        except (subprocess.CalledProcessError, KeyError, ValueError):
            return {"state": "none"}

    def wait_live(self, nodes=range(N), seconds=90):
        eventually(lambda: all(self.status(i)["state"] == "live" for i in nodes), f"nodes {list(nodes)} are live", seconds)

    def connect(self, i, **query):
        def connected():
            try:
                with self.nodes[i].inside():
                    return Client(9090, token=self.token, query=query)
            except OSError:
                return None
        return eventually(connected, f"node-{i} takes a client")

    def numbers(self, i):
        """(producer, n) of what the ring of a node has."""
        events = [json.loads(text) for _, _, text in read_ring(self.dir / f"node-{i}" / "ring")]
        return [(event["data"]["producer"], event["data"]["n"]) for event in events]

    def check_equal(self, producers):
        eventually(lambda: all(p.acked == p.made for p in producers), "everything is acknowledged", 60)
        eventually(lambda: self.numbers(0) == self.numbers(1) == self.numbers(2), "equal rings", 60)
        everything = self.numbers(0)
        for producer in producers:
            own = [n for name, n in everything if name == producer.producer]
            assert own == list(range(1, producer.made + 1)), f"{producer.producer}: {len(own)} of {producer.made}"


def producers_of(network, *nodes):
    producers = [Producer(network, i, f"p{i}", 50) for i in nodes]
    for producer in producers:
        producer.start()
    eventually(lambda: all(p.acked > 20 for p in producers), "acknowledgements come")
    return producers


def end(producers):
    for producer in producers:
        producer.ends.set()
    for producer in producers:
        producer.join(60)


def minority(network):
    """A machine with a node and one with a log server are cut off from the others: history and spool on one side, life on the other."""
    producers = producers_of(network, 0, 1)
    with network.connect(0, batch_size=50) as client:
        client.expect("welcome")
        network.cut([network.servers[0], network.nodes[0]], network.servers[1:] + network.nodes[1:])
        assert client.until("notice")[1]["code"] == "cluster_cut"
        network.wait_live([1, 2])
        assert network.status(0)["state"] == "cut" and network.status(0)["reason"]
        held, acked = network.numbers(0), [p.acked for p in producers]
        eventually(lambda: producers[1].acked > acked[1] + 100, "the majority goes on", 60)
        assert network.numbers(0) == held and producers[0].acked == acked[0], "the minority has invented something"
        with network.connect(0, since="2020-01-01T00:00:00Z", batch_size=50) as late:  # the history is served
            assert late.expect("welcome")["cluster"]["state"] == "cut"
            assert len(late.read_events(len(held))) == len(held)
        assert network.numbers(1)[:len(held)] == held
        network.heal()
        assert client.until("notice")[1]["code"] == "cluster_live"
    network.wait_live()
    eventually(lambda: producers[0].acked > acked[0] + 100, "the minority's producer is acknowledged", 60)
    end(producers)
    network.check_equal(producers)


def lonely_server(network):
    """A log server that reaches no other one, and all nodes reach it: they go to the others."""
    producers = producers_of(network, 0, 1)
    network.cut([network.servers[0]], network.servers[1:])
    network.cut(network.servers[1:], [network.servers[0]])
    acked = [p.acked for p in producers]
    eventually(lambda: all(p.acked > before + 200 for p, before in zip(producers, acked)), "acknowledgements come again", 90)
    network.wait_live()
    network.heal()
    end(producers)
    network.check_equal(producers)


if __name__ == "__main__":
    {"minority": minority, "lonely_server": lonely_server}[sys.argv[1]](Network(sys.argv[2]))
    print("partition: as it should be")
    sys.stdout.flush()
    os._exit(0)  # the first process of its namespace: all others end with it
