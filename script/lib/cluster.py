#!/usr/bin/python3
"""Runs the processes of script/cluster: log servers and nodes. Plain Python, no packages.

The servers come first, with empty stores: their group sometimes forms with a server too few, and then they are started again.
Each process leads a session of its own, so that a Ctrl-C reaches this program alone, which ends them in order; the kernel ends
them should this program be killed.
"""

import argparse
import contextlib
import ctypes
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def say(text):
    print(f"cluster: {text}", file=sys.stderr, flush=True)


def free_ports(number):
    """Ports that nobody listens on now, in one call so that they differ."""
    with contextlib.ExitStack() as sockets:
        ports = []
        for _ in range(number):
            opened = sockets.enter_context(socket.socket())
            opened.bind(("127.0.0.1", 0))
            ports.append(opened.getsockname()[1])
        return ports


def get(port, path, timeout=2.0):
    """Status and body of a GET on the loopback; (0, "") when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def get_json(port, path):
    status, body = get(port, path)
    try:
        return json.loads(body) if status in (200, 503) else {}
    except ValueError:
        return {}


class Process:
    """One program, with its log and its pid in files."""

    def __init__(self, name, command, log, pid_file, first_signal):
        self.name, self.command = name, command
        self.log, self.pid_file, self.first_signal = log, pid_file, first_signal
        self.running = None
        self.end_told = False

    def start(self):
        with open(self.log, "ab") as out:
            self.running = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self.end_told = False
        self.pid_file.write_text(f"{self.running.pid}\n")

    def has_ended(self):
        return self.running is not None and self.running.poll() is not None

    def children(self):
        try:
            text = pathlib.Path(f"/proc/{self.running.pid}/task/{self.running.pid}/children").read_text()
        except OSError:
            return []
        return [int(pid) for pid in text.split()]

    def stop(self):
        if self.running is None:
            return
        if self.first_signal is None:  # lwsws: the parent would wait for its child; the child ends by SIGINT
            children = self.children()
            self.signal_group(signal.SIGKILL, only=self.running.pid)
            for pid in children:
                self.signal_group(signal.SIGINT, only=pid)
            deadline = time.monotonic() + 5
            while any(alive(pid) for pid in children) and time.monotonic() < deadline:
                time.sleep(0.02)
        else:
            self.signal_group(self.first_signal, only=self.running.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running.wait(8)
        self.signal_group(signal.SIGKILL)
        self.running.wait()
        self.running = None

    def signal_group(self, number, only=None):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(only, number) if only else os.killpg(self.running.pid, number)


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class LogServer:
    def __init__(self, cluster, number, port, route, monitor, routes):
        self.number, self.port, self.monitor = number, port, monitor
        self.dir = cluster.dir / f"server-{number}"
        self.dir.mkdir(parents=True, exist_ok=True)
        config = self.dir / "nats.conf"
        cluster_part = ""
        if len(routes) > 1:
            urls = ", ".join(f"nats://127.0.0.1:{at}" for at in routes)
            cluster_part = f"cluster {{ name: ringside, listen: 127.0.0.1:{route}, routes: [{urls}] }}\n"
        # Each message is on disk before it is confirmed: docs/cluster.md says why.
        config.write_text(
            f"server_name: log-{number}\nlisten: 127.0.0.1:{port}\nhttp: 127.0.0.1:{monitor}\n"
            f'jetstream {{ store_dir: "{self.dir}/store", sync_interval: always, max_file: 4GB, max_mem: 64MB }}\n'
            f"{cluster_part}")
        self.process = Process(f"server-{number}", [cluster.args.nats_server, "-c", str(config)],
                               self.dir / "nats.log", self.dir / "pid", signal.SIGTERM)

    def remove_store(self):
        shutil.rmtree(self.dir / "store", ignore_errors=True)

    def group_size(self):
        return get_json(self.monitor, "/jsz?meta=1").get("meta_cluster", {}).get("cluster_size", 0)


class Node:
    def __init__(self, cluster, number):
        self.number, self.port = number, cluster.args.port + number
        self.dir = cluster.dir / f"node-{number}"
        build = cluster.args.builds[number]
        self.worker = Process(f"node-{number}: ringsided", [f"{build}/bin/ringsided", "--config", str(self.dir / "ringside.toml")],
                              self.dir / "ringsided.log", self.dir / "ringsided.pid", signal.SIGTERM)
        self.web = Process(f"node-{number}: lwsws", [cluster.args.lws, "-n", "-d", "3", "-c", str(self.dir)],
                           self.dir / "lwsws.log", self.dir / "lwsws.pid", None)

    def is_ready(self):
        return get(self.port, "/readyz")[0] == 200


class Cluster:
    def __init__(self, args):
        self.args = args
        self.dir = pathlib.Path(args.dir)
        n = len(args.log_ports)
        routes, monitors = free_ports(2 * n)[:n], free_ports(n)
        self.servers = [LogServer(self, i, args.log_ports[i], routes[i], monitors[i], routes) for i in range(n)]
        self.nodes = [Node(self, i) for i in range(args.nodes)]
        self.stops = False

    def processes(self):
        return [server.process for server in self.servers] + [p for node in self.nodes for p in (node.worker, node.web)]

    def stop(self):
        for node in self.nodes:
            node.web.stop()
        for node in self.nodes:
            node.worker.stop()
        for server in self.servers:
            server.process.stop()
        for node in self.nodes:
            for name in ("events.sock", "events.dgram", "syslog.sock", "ingest.sock"):
                (node.dir / name).unlink(missing_ok=True)

    def wait(self, condition, seconds):
        deadline = time.monotonic() + seconds
        while not self.stops and time.monotonic() < deadline:
            if condition():
                return True
            time.sleep(0.1)
        return False

    def start_servers(self):
        wanted = len(self.servers) if len(self.servers) > 1 else 0
        for attempt in range(5):
            for server in self.servers:
                server.remove_store()
                server.process.start()
            def formed():
                sizes = [server.group_size() for server in self.servers]
                if any(0 < size < wanted for size in sizes):
                    raise ValueError(f"the group of servers has a size of {sizes}, not {wanted}")
                return all(get(server.monitor, "/healthz")[0] == 200 for server in self.servers) and (
                    wanted == 0 or all(size == wanted for size in sizes))
            try:
                if self.wait(formed, 60):
                    return
                if self.stops:
                    return
                reason = "the servers are not ready"
            except ValueError as error:
                reason = str(error)
            say(f"{reason}: starting them again ({attempt + 1})")
            for server in self.servers:
                server.process.stop()
        raise SystemExit("cluster: the log servers do not form a group; their logs are in " + str(self.dir))

    def start_nodes(self):
        for node in self.nodes:
            node.worker.start()
            node.web.start()
        if not self.wait(lambda: all(node.is_ready() for node in self.nodes), 120) and not self.stops:
            for node in self.nodes:
                say(f"node-{node.number}: {get(node.port, '/readyz')}")
            raise SystemExit("cluster: not all nodes became ready; their logs are in " + str(self.dir))

    def token(self):
        command = [f"{self.args.builds[0]}/bin/ringside", "--run-dir", str(self.nodes[0].dir), "token", "--secret",
                   str(self.nodes[0].dir / "jwt.secret"), "--user", "dev", "--role", "admin", "--ttl", "12h"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def look_after(self):
        for process in self.processes():
            if process.has_ended() and not process.end_told:
                code = process.running.returncode
                process.end_told = True
                process.signal_group(signal.SIGKILL)  # children of a parent that was killed
                say(f"{process.name} {'was killed by ' + signal.Signals(-code).name if code < 0 else f'ended with status {code}'}")
                if self.args.restart:
                    process.start()
                    say(f"{process.name} runs again (process {process.running.pid})")

    def leader(self):
        for server in self.servers:
            for account in get_json(server.monitor, "/jsz?streams=1").get("account_details", []):
                for stream in account.get("stream_detail", []):
                    if stream.get("name") == "RINGSIDE" and "cluster" in stream:
                        return stream["cluster"].get("leader", "?")
        return "-" if len(self.servers) > 1 else "log-0"

    def view(self):
        rows = [f"log: leader {self.leader()}, servers " + " ".join(
            f"log-{s.number}:{'up' if not s.process.has_ended() else 'DOWN'}" for s in self.servers)]
        for node in self.nodes:
            ready = get_json(node.port, "/readyz")
            cluster = ready.get("cluster", {})
            state = cluster.get("state", "down")
            rows.append(f"node-{node.number}: {state:8} behind {cluster.get('behind', '-'):>6}  head {ready.get('head', '-')}")
        return rows


def run(args):
    cluster = Cluster(args)
    def stop(_number, _frame):
        cluster.stops = True
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, stop)
    try:
        begun = time.monotonic()
        cluster.start_servers()
        if not cluster.stops:
            cluster.start_nodes()
        if cluster.stops:
            return
        token = cluster.token()
        say(f"ready after {time.monotonic() - begun:.1f} s; all is in {cluster.dir}; Ctrl-C stops it")
        for node in cluster.nodes:
            print(f"http://localhost:{node.port}/#token={token}", flush=True)
        print(f"token {token}", flush=True)
        at_terminal, n_rows, last = sys.stdout.isatty(), 0, []
        while not cluster.stops:
            cluster.look_after()
            rows = cluster.view()
            if at_terminal:
                up = f"\x1b[{n_rows}A" if n_rows else ""
                print(up + "".join(f"\r\x1b[K{row}\n" for row in rows), end="", flush=True)
                n_rows = len(rows)
            else:
                states = [row.split(" behind")[0] for row in rows]
                if states != last:
                    print("\n".join(rows), flush=True)
                    last = states
            deadline = time.monotonic() + 1
            while not cluster.stops and time.monotonic() < deadline:
                time.sleep(0.05)
    finally:
        say("stopping")
        cluster.stop()


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    ports = commands.add_parser("free-ports")
    ports.add_argument("number", type=int)
    runner = commands.add_parser("run")
    runner.add_argument("--dir", required=True)
    runner.add_argument("--nodes", type=int, required=True)
    runner.add_argument("--port", type=int, required=True)
    runner.add_argument("--log-ports", type=int, nargs="+", required=True)
    runner.add_argument("--builds", nargs="+", required=True)
    runner.add_argument("--lws", required=True)
    runner.add_argument("--nats-server", required=True)
    runner.add_argument("--restart", action="store_true")
    args = parser.parse_args()
    if args.command == "free-ports":
        print("\n".join(str(port) for port in free_ports(args.number)))
    else:
        run(args)


if __name__ == "__main__":
    main()
