"""A real ringsided and real lwsws processes with the plugin, on free ports, in a run directory of their own."""

import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

from tokens import Secret, openssl
from waiting import SLOWNESS, eventually, must_run
from worker_process import Producer
from ws_client import Client

SOURCE_DIR = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD_DIR = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR", SOURCE_DIR / "build" / "release"))
SANITIZED = bool(os.environ.get("RINGSIDE_SANITIZE"))
SANITIZER_REPORT = re.compile(r"ERROR: \w+Sanitizer|runtime error:|WARNING: \w+Sanitizer")
SECRET = "a secret of more than thirty-two bytes, for tests only"


def lws_prefix():
    given = os.environ.get("RINGSIDE_LWS_PREFIX")
    return pathlib.Path(given or subprocess.check_output([SOURCE_DIR / "script" / "setup", "--print-lws-prefix"], text=True).strip())


def scaled(count, sanitized):
    """`count` in an ordinary build, `sanitized` in one that is six times as slow."""
    return sanitized if SANITIZED else count


def free_port():
    """Below the ports that the kernel gives to clients, so that none of them takes it before the server does."""
    while True:
        port = random.SystemRandom().randrange(12000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def children_of(pid):
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def members_of_session(leader):
    """The processes that are in the session of this one, whether it is still there or not."""
    members = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[3] == str(leader):
                members.append(int(stat.parent.name))
    return members


def servers_of(directory):
    """The lwsws and ringsided processes whose configuration is in this directory, with their commands."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            program, *arguments = path.read_text(errors="replace").split("\0")
            if pathlib.Path(program).name in ("lwsws", "ringsided") and any(word.startswith(f"{directory}/") for word in arguments):
                found[int(path.parent.name)] = " ".join([program, *arguments])
    return found


def alive(pid):
    """A zombie is dead."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def rss_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


def installed_vhost():
    """The virtual host of conf/lwsws, which is JSON with comments."""
    text = (SOURCE_DIR / "conf" / "lwsws" / "conf.d" / "ringside").read_text()
    return json.loads(re.sub(r"^\s*#.*$", "", text, flags=re.M))["vhosts"][0]


class Lwsws:
    """The parent that forks and the child that serves."""

    def __init__(self, stack, options):
        self.stack = stack
        self.options = options
        self.port = free_port()
        self.dir = stack.dir / f"web-{self.port}"
        (self.dir / "conf.d").mkdir(parents=True)
        self.log = self.dir / "log"
        self.process = None
        self.known_pids = set()

    def configure(self, **options):
        self.options |= options
        settings = [("status", "ok")] + [(name.replace("_", "-"), str(each)) for name, value in self.options.items()
                                         for each in (value if isinstance(value, list) else [value])]
        (self.dir / "conf").write_text(json.dumps({"global": {
            "count-threads": "1", "init-ssl": "yes", "server-string": "ringside", "rlimit-nofile": "20000",
            "plugin-dir": str(BUILD_DIR / "plugins")}}))
        vhost = installed_vhost()
        vhost["port"] = str(self.port)
        if self.stack.alpn:
            vhost |= {"alpn": self.stack.alpn, "host-ssl-cert": str(self.stack.dir / "cert.pem"),
                      "host-ssl-key": str(self.stack.dir / "key.pem")}
        pages = [mount for mount in vhost["mounts"] if mount["mountpoint"] != "/"]
        dashboard = [mount | {"origin": f"file://{self.stack.www}"} for mount in vhost["mounts"] if mount["mountpoint"] == "/"]
        vhost["mounts"] = pages + (dashboard if self.stack.www else [])
        # By hand, because an option may be given several times.
        pairs = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in [*settings, ("default", "1")])
        main = next(protocol for protocol in vhost["ws-protocols"] if "ringside-ws" in protocol)
        main["ringside-ws"] = "OPTIONS"
        (self.dir / "conf.d" / "ringside").write_text(json.dumps({"vhosts": [vhost]}).replace('"OPTIONS"', f"{{{pairs}}}"))

    def start(self, wait=True):
        self.configure()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", lws_prefix() / "bin" / "lwsws", "-n", "-d", "3", "-c", str(self.dir)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            must_run(self.process, lambda: self.log.read_text(errors="replace"))
            return self.get("/readyz").status == 200

        eventually(ready, "/readyz answers 200")
        self.known_pids.update(children_of(self.process.pid))

    def child(self):
        """The process that serves (after a reload: the newest)."""
        return eventually(lambda: [pid for pid in children_of(self.process.pid) if alive(pid)], "lwsws has a child")[-1]

    def get(self, path, method="GET", headers=None):
        if self.stack.alpn:
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30 * SLOWNESS, context=ssl._create_unverified_context())
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * SLOWNESS)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def metrics(self):
        """The Prometheus page as {line without value: value}."""
        lines = self.get("/metrics").body.decode().splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line and line[0] != "#")}

    def reload(self, **options):
        """SIGHUP: a new child serves, the old one keeps its connections. Returns the two."""
        old = self.child()
        self.configure(**options)
        self.process.send_signal(signal.SIGHUP)
        new = eventually(lambda: [pid for pid in children_of(self.process.pid) if pid != old and alive(pid)], "a new child serves")[-1]
        self.wait_ready()
        self.known_pids.add(new)
        return old, new

    def members(self):
        """Every process of this lwsws: also a child that the parent left behind, or forked just before it was killed."""
        return [pid for pid in members_of_session(self.process.pid) if alive(pid)]

    def kill(self):
        """All its processes, with SIGKILL; the parent first, for it replaces a child that dies."""
        self.process.kill()
        self.process.wait()
        self.end_members(signal.SIGKILL)

    def stop(self):
        """As script/server does: the parent first, then the child by SIGINT, its clean stop."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        try:
            self.end_members(signal.SIGINT)
        finally:
            for pid in self.members():
                kill(pid, signal.SIGKILL)

    def end_members(self, number):
        for pid in self.members():
            kill(pid, number)
        eventually(lambda: not self.members(), "lwsws ends", 10)

    def restart(self):
        self.stop()
        self.start()


def kill(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Stack:
    """`with Stack(limit_connections_per_user=3) as stack:` has a worker and one lwsws; the options are the plugin's.

    An option whose value is a list is given several times. With `alpn` ("h2,http/1.1") it speaks TLS and offers these. The files of
    `www` are served at /.
    """

    def __init__(self, config="", ring="16MiB", n_lwsws=1, start=True, alpn=None, www=None, **options):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="rs-", dir="/tmp"))
        self.run_dir = self.dir / "run"
        self.run_dir.mkdir()
        self.alpn = alpn
        self.www = www
        if alpn:
            openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                    "-keyout", self.dir / "key.pem", "-out", self.dir / "cert.pem")
        self.key = Secret(SECRET)
        (self.dir / "secret").write_text(SECRET)
        self.config = self.dir / "ringside.toml"
        self.config.write_text(
            f'run_dir = "{self.run_dir}"\nschema_dir = "{SOURCE_DIR}/conf/schemas/events"\n[ring]\nsize = "{ring}"\n'
            + ("" if "[history]" in config else "[history]\nenabled = false\n")
            + f"[sources.host_metrics]\nenabled = false\n{config}")
        self.options = {"run_dir": self.run_dir, "keys": f"HS256:{self.dir}/secret"} | options
        self.worker = None
        self.lwsws = [Lwsws(self, dict(self.options)) for _ in range(n_lwsws)]
        self.begin = start

    def __enter__(self):
        try:
            if self.begin:
                self.start_worker()
                for web in self.lwsws:
                    web.start(wait=False)
                for web in self.lwsws:
                    web.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            for web in self.lwsws:
                web.stop()
        finally:
            if self.worker and self.worker.poll() is None:
                self.worker.kill()
                self.worker.wait()
            logs = {path: path.read_text(errors="replace") for path in [*self.dir.glob("web-*/log"), *self.dir.glob("worker.log")]}
            self.end_all()
            shutil.rmtree(self.dir, ignore_errors=True)
        for path, text in logs.items():
            assert not SANITIZER_REPORT.search(text), f"{path}:\n{text}"

    def end_all(self):
        """No process outlives its test."""
        try:
            eventually(lambda: not servers_of(self.dir), "the test's processes have ended", 10)
        except AssertionError as error:
            left = servers_of(self.dir)
            for pid in left:
                kill(pid, signal.SIGKILL)
            raise AssertionError(f"processes that outlived the test: {left}") from error

    # --- the worker

    def start_worker(self):
        with open(self.dir / "worker.log", "ab") as log:
            self.worker = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", BUILD_DIR / "bin" / "ringsided", "--config", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self.worker_listens, "ringsided listens")

    def worker_listens(self):
        if self.worker.poll() is not None:
            raise RuntimeError((self.dir / "worker.log").read_text(errors="replace"))
        self.connect_producer().close()
        return True

    def kill_worker(self):
        self.worker.kill()
        self.worker.wait()

    def stop_worker(self):
        self.worker.terminate()
        assert self.worker.wait(30 * SLOWNESS) == 0

    def connect_producer(self):
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.settimeout(30 * SLOWNESS)
        try:
            peer.connect(str(self.run_dir / "events.sock"))
        except OSError:
            peer.close()
            raise
        return peer

    def producer(self):
        return Producer(self.connect_producer())

    def send(self, *events):
        """Returns when the worker has acknowledged them: they are in the ring."""
        producer = self.producer()
        producer.send(*events)
        assert not producer.errors, producer.errors
        producer.close()

    # --- clients and tokens

    @property
    def port(self):
        return self.lwsws[0].port

    def token(self, user="alice", role="admin", **claims):
        return self.key.token(user=user, role=role, **claims)

    def connect(self, path="/ws", user="alice", role="admin", web=0, welcome=True, token=None, **more):
        """A client that has read its welcome, which is its `hello`."""
        client = Client(self.lwsws[web].port, path, token=token or self.token(user, role), **more)
        if welcome:
            client.hello = client.expect("welcome")
        return client

    def ringside(self, *arguments, check=True):
        return subprocess.run([BUILD_DIR / "bin" / "ringside", "--run-dir", self.run_dir, *arguments], capture_output=True, text=True,
                              timeout=60 * SLOWNESS, check=check)


# --- events as producers send them


def task(n, name="create_servers", status="Running", **data):
    return {"event_type": "TaskStatusChanged", "data": {"task_id": f"task-{n}", "name": name, "status": status, "n": n, **data}}


def log_entry(n, level="INFO", component="server-manager", message=None, **data):
    return {"event_type": "LogEntry", "data": {"level": level, "message": message or f"line {n}", "component": component, "n": n, **data}}


def metric(name, value, **labels):
    return {"event_type": "MetricUpdate", "data": {"metric_name": name, "metric_type": "gauge", "value": value, "labels": labels}}


def health(status="Healthy"):
    return {"event_type": "SystemHealthUpdate", "data": {"overall_status": status, "components": {}, "metrics": {"cpu_usage": 1.5}}}


def custom(n, kind="Custom", **data):
    return {"event_type": kind, "data": {"n": n, **data}}


def numbers(events):
    """What the event makers above were given; of a metric, its value."""
    return [event["data"]["value"] if event["event_type"] == "MetricUpdate" else event["data"]["n"] for event in events]


def seq_of(event_id):
    return int(event_id.partition(":")[2])
