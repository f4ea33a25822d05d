"""Installs, starts and stops the servers that are compared."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

READY_SECONDS = 60


class PeerFailed(Exception):
    """A server did not start, or died."""


def install_missing(root):
    """Peers come from Debian and npm; what is there already is left alone."""
    wanted = {
        "nginx": "nginx-light",
        "/usr/lib/nginx/modules/ngx_nchan_module.so": "libnginx-mod-nchan",
        "nats-server": "nats-server",
        "node": "nodejs",
        "npm": "npm",
    }
    missing = [package for what, package in wanted.items()
               if not (os.path.exists(what) if what.startswith("/") else find_program(what))]
    if missing:
        sudo = [] if os.geteuid() == 0 else ["sudo"]
        subprocess.run(sudo + ["apt-get", "install", "-y", "--no-install-recommends",
                               "-o", "DPkg::Lock::Timeout=300"] + missing, check=True)
    ws = os.path.join(root, "bench", "peers", "ws")
    if not os.path.isdir(os.path.join(ws, "node_modules", "ws")):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=ws, check=True)


def find_program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port():
    """Below the ports that the kernel gives to clients, so that none of them takes it before the server does."""
    while True:
        port = random.randrange(12000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def processes_below(pid):
    """PIDs and command names of a process and its descendants."""
    parents, names = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                text = stat.read()
        except OSError:
            continue
        names[int(entry)] = text[text.index("(") + 1:text.rindex(")")]
        parents[int(entry)] = int(text[text.rindex(")") + 2:].split()[1])
    found = [pid]
    for one in found:
        found.extend(child for child, parent in parents.items() if parent == one)
    return [(one, names.get(one, "")) for one in found]


def mint_token(secret):
    """A token for everybody's eyes, good for a day, signed with HS256."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    now = int(time.time())
    head = part(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = part(json.dumps({"sub": "bench", "role": "admin", "iat": now, "exp": now + 86400}).encode())
    return (head + b"." + body + b"." + part(hmac.new(secret, head + b"." + body, hashlib.sha256).digest())).decode()


class Server:
    """One running server. `arguments` is what ringside-bench must be told to load it."""

    def __init__(self, command, directory, cwd=None, environment=None):
        self.directory = directory
        self.log = open(os.path.join(directory, "output.log"), "wb")
        self.process = subprocess.Popen(command, cwd=cwd, stdout=self.log, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, start_new_session=True,
                                        env=os.environ | (environment or {}))
        self.arguments = []
        self.others = []        # further processes that end with it
        self.reader = None      # a thread that asks it for pages, until it ends

    def wait_until(self, is_ready):
        deadline = time.monotonic() + READY_SECONDS
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise PeerFailed(f"{self.process.args[0]} did not start; its output:\n{self.output()}")
            select_nothing(0.02)

    def output(self):
        with open(os.path.join(self.directory, "output.log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-2000:]

    def stop(self):
        if self.reader is not None:
            self.reader.stop()
        for other in self.others:
            os.killpg(other.pid, signal.SIGKILL)
            other.wait()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def select_nothing(seconds):
    """Waits a moment between two looks at a server that is starting."""
    signal.sigtimedwait([], seconds)


def accepts(port):
    def check():
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0
    return check


def listens(pid, port):
    """Whether a process or one below it has a listening socket on the port."""
    with open("/proc/net/tcp", encoding="utf-8") as table:
        rows = [line.split() for line in table][1:]
    inodes = {row[9] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}
    for one, _name in processes_below(pid):
        try:
            for fd in os.listdir(f"/proc/{one}/fd"):
                target = os.readlink(f"/proc/{one}/fd/{fd}")
                if target.startswith("socket:[") and target[8:-1] in inodes:
                    return True
        except OSError:
            continue
    return False


def has_key(directory):
    """Whether script/server has made its key: until then another server may be the one that answers on the port."""
    return lambda: os.path.exists(os.path.join(directory, "jwt.secret"))


def answers_200(port, path):
    def check():
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as probe:
                probe.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                return probe.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False
    return check


def from_template(root, name, directory, values):
    with open(os.path.join(root, "bench", "peers", name + ".in"), encoding="utf-8") as template:
        text = template.read()
    for key, value in values.items():
        text = text.replace("@" + key + "@", str(value))
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return path


def start_floor(root, build, directory, **_options):
    port = free_port()
    server = Server([os.path.join(build, "bench", "ringside-floor"), str(port)], directory)
    server.wait_until(accepts(port))
    server.arguments = ["--peer", "floor", "--port", port, "--server", f"floor:{server.process.pid}"]
    return server


def start_nchan(root, build, directory, compression=False, **_options):
    port = free_port()
    os.chmod(directory, 0o755)  # nginx gives its worker another user
    config = from_template(root, "nchan.conf", directory, {
        "DIR": directory, "PORT": port, "BUFFER": 20000, "DEFLATE": "on" if compression else "off"})
    server = Server([find_program("nginx"), "-p", directory, "-c", config], directory)
    server.wait_until(answers_200(port, "/ready"))
    server.arguments = ["--peer", "nchan", "--port", port, "--producer", "wsack",
                        "--server", f"nginx:{server.process.pid}"]
    return server


def start_nats(root, build, directory, compression=False, **_options):
    port, client_port = free_port(), free_port()
    config = from_template(root, "nats.conf", directory, {
        "PORT": port, "CLIENT_PORT": client_port, "COMPRESSION": "true" if compression else "false"})
    server = Server([find_program("nats-server"), "-c", config], directory)
    server.wait_until(lambda: accepts(port)() and accepts(client_port)())
    server.arguments = ["--peer", "nats", "--port", port, "--producer", "nats", "--producer-port", client_port,
                        "--server", f"nats:{server.process.pid}"]
    return server


def start_ws(root, build, directory, compression=False, **_options):
    port = free_port()
    program = os.path.join(root, "bench", "peers", "ws", "server.js")
    server = Server([find_program("node"), program, str(port)] + (["compress"] if compression else []), directory)
    server.wait_until(accepts(port))
    server.arguments = ["--peer", "ws", "--port", port, "--producer", "ws", "--producer-path", "/",
                        "--server", f"node:{server.process.pid}"]
    return server


class PageReader(threading.Thread):
    """Asks for pages of the oldest history, four a second, as a dashboard that is scrolled back does."""

    def __init__(self, port, token):
        super().__init__(daemon=True)
        self.port, self.token, self.stopped, self.n_pages = port, token, threading.Event(), 0

    def run(self):
        while not self.stopped.wait(0.25):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request("GET", "/ws?limit=100", headers={"Authorization": f"Bearer {self.token}",
                                                                   "Accept": "application/json"})
                self.n_pages += connection.getresponse().read().startswith(b'{"events":[{')
            except OSError:
                pass
            finally:
                connection.close()

    def stop(self):
        self.stopped.set()
        self.join()


def fill_history(socket_path, n_events):
    """Events that are more than a small ring holds, acknowledged."""
    if n_events == 0:
        return
    with socket.socket(socket.AF_UNIX) as producer:
        producer.connect(socket_path)
        answers = producer.makefile("rb")
        producer.sendall(b'{"type":"hello","ack":true}\n')
        line = json.dumps({"event_type": "Filler", "data": {"text": "x" * 300}}).encode() + b"\n"
        for _ in range(n_events // 500):
            producer.sendall(line * 500)
        while json.loads(answers.readline()).get("ack", 0) < n_events // 500 * 500:
            pass


def start_ringside(root, build, directory, processes=1, history=False, ring=None, n_filler=0, pages=False, **_options):
    port = free_port()
    more = os.path.join(directory, "more.toml")
    with open(more, "w", encoding="ascii") as file:
        file.write(f"[history]\nenabled = {'true' if history else 'false'}\n")
        file.write(f'[ring]\nsize = "{ring}"\n' if ring else "")
    command = [os.path.join(root, "script", "server"), "--run-dir", directory, "--port", str(port), "--no-build",
               "--no-host-metrics", "--no-limits", "--worker-config", more]
    server = Server(command, directory)
    server.wait_until(has_key(directory))
    server.wait_until(answers_200(port, "/readyz"))
    with open(os.path.join(directory, "jwt.secret"), "rb") as file:
        secret = file.read().removesuffix(b"\n")
    below = processes_below(server.process.pid)
    if processes > 1:
        # The same command as the first: lwsws listens with SO_REUSEPORT, and the kernel shares connections out.
        first = next(pid for pid, name in below if name == "lwsws")
        with open(f"/proc/{first}/cmdline", "rb") as file:
            command = file.read().rstrip(b"\0").split(b"\0")
        command[0] = os.readlink(f"/proc/{first}/exe").encode()
        for _ in range(processes - 1):
            second = subprocess.Popen(command, stdout=server.log, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, start_new_session=True)
            server.others.append(second)
            server.wait_until(lambda pid=second.pid: listens(pid, port))
            below += processes_below(second.pid)
    hosts = ",".join(str(pid) for pid, name in below if name == "lwsws")
    workers = ",".join(str(pid) for pid, name in below if name == "ringsided")
    server.arguments = ["--peer", "ringside", "--port", port, "--producer", "unix",
                        "--socket", os.path.join(directory, "events.sock"), "--token", mint_token(secret),
                        "--server", f"lwsws:{hosts}", "--server", f"worker:{workers}"]
    fill_history(os.path.join(directory, "events.sock"), n_filler)
    if pages:
        server.reader = PageReader(port, mint_token(secret))
        server.reader.start()
    return server


STARTERS = {"floor": start_floor, "ringside": start_ringside, "nchan": start_nchan, "nats": start_nats,
            "ws": start_ws}


def start(name, root, build, **options):
    directory = tempfile.mkdtemp(prefix="rsb-")
    try:
        return STARTERS[name](root, build, directory, **options)
    except Exception:
        shutil.rmtree(directory, ignore_errors=True)
        raise
