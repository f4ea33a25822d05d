"""Every single edit of the shipped configuration of the web server is found by `ringside check`, or harmless when lwsws starts with it.

Harmless means that everything that the shipped configuration serves is still served, over the port and the interface that the edited
one names. A failure prints the seed; RINGSIDE_SEED runs it again, RINGSIDE_MUTATIONS=1000 tries more.
"""

import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess

import pytest

from stack import BUILD_DIR, SOURCE_DIR, Stack, alive, children_of, free_port, kill, lws_prefix
from text_mutations import difference, mutate
from waiting import SLOWNESS, eventually
from ws_client import Client

SEED = int(os.environ.get("RINGSIDE_SEED", 0)) or random.randrange(1, 1 << 31)
N_MUTATIONS = int(os.environ.get("RINGSIDE_MUTATIONS", 0)) or (15 if SLOWNESS > 1 else 80)
START_S = 20 * SLOWNESS


class Place:
    """The shipped configuration with its paths led to a worker that runs, and whatever is edited in it."""

    def __init__(self, root, stack):
        self.stack = stack
        self.dir = root
        self.dir.mkdir()
        (self.dir / "conf.d").mkdir()
        self.files = {name: (SOURCE_DIR / "conf" / "lwsws" / name).read_text() for name in ("conf", "conf.d/ringside")}
        www = root.parent / "www"
        www.mkdir(exist_ok=True)
        (www / "index.html").write_text("a page")
        for old, new in (("/usr/lib/ringside/plugins", BUILD_DIR / "plugins"), ("/etc/ringside/jwt.secret", stack.dir / "secret"),
                         ("/usr/share/ringside/dashboard", www), ("/run/ringside", stack.run_dir), ('"9090"', f'"{free_port()}"')):
            assert any(old in text for text in self.files.values()), old
            self.files = {name: text.replace(old, str(new)) for name, text in self.files.items()}

    def write(self):
        for name, text in self.files.items():
            (self.dir / name).write_text(text)

    def check(self):
        done = subprocess.run([BUILD_DIR / "bin" / "ringside", "check", "--worker-config", self.stack.config, "--lwsws-dir", self.dir],
                              capture_output=True, text=True, timeout=60 * SLOWNESS, check=False)
        assert done.returncode in (0, 3), done.stderr
        assert done.returncode == (3 if re.search("^error", done.stdout, re.M) else 0), done.stdout
        return [line for line in done.stdout.splitlines() if not line.startswith("ok")]

    def listens_on(self):
        """Interface and port as the edited file has them."""
        text = re.sub(r"^\s*#.*$", "", self.files["conf.d/ringside"], flags=re.M)
        return re.search(r'"interface"\s*:\s*"([^"]*)"', text).group(1), int(re.search(r'"port"\s*:\s*"?(\d+)', text).group(1))

    def served(self):
        """What is served: the status of each request, and whether each stream welcomes a client; None when lwsws does not start."""
        log = self.dir.parent / "log"
        with open(log, "wb") as output:
            process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", lws_prefix() / "bin" / "lwsws", "-n", "-d", "3", "-c", self.dir],
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        try:
            host, port = self.listens_on()

            def ready():
                if process.poll() is not None or not [pid for pid in children_of(process.pid) if alive(pid)]:
                    return "ended" if "Context creation failed" in log.read_text(errors="replace") else None
                return self.status(host, port, "GET", "/healthz") == 200 and self.status(host, port, "GET", "/readyz") == 200 and "ready"

            try:
                if eventually(ready, "lwsws is ready or ends", START_S) != "ready":
                    return None
            except AssertionError:
                return None
            return self.requests(host, port)
        finally:
            children = children_of(process.pid)
            process.kill()
            process.wait()
            for pid in children:
                kill(pid, signal.SIGKILL)
            eventually(lambda: not any(alive(pid) for pid in children), "lwsws is gone")

    def status(self, host, port, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(host, port, timeout=5 * SLOWNESS)
        try:
            connection.request(method, path, body=body, headers={"Host": f"localhost:{port}", **{k.replace("_", "-"): v for k, v in headers.items()}})
            return connection.getresponse().status
        except OSError as error:
            return type(error).__name__
        finally:
            connection.close()

    def requests(self, host, port):
        user = f"user-{random.getrandbits(48):x}"  # another each time: the number of tickets of one user is limited
        bearer = {"Authorization": f"Bearer {self.stack.token(user, ['admin', 'producer'])}"}
        found = {path: self.status(host, port, "GET", path) for path in ("/", "/metrics")}
        found["/ticket"] = self.status(host, port, "POST", "/ticket", **bearer)
        found["/admin"] = self.status(host, port, "GET", "/admin/connections", **bearer)
        for path in ("/ws", "/logs"):
            found[path] = self.status(host, port, "GET", path, Accept="text/event-stream", **bearer)
        event = json.dumps({"event_type": "Deployed", "data": {}})
        found["/events"] = self.status(host, port, "POST", "/events", body=event, **bearer)
        for path, key in (("/v1/logs", "resourceLogs"), ("/v1/metrics", "resourceMetrics"), ("/v1/traces", "resourceSpans")):
            found[path] = self.status(host, port, "POST", path, body=json.dumps({key: []}), Content_Type="application/json", **bearer)
        for path in ("/ws", "/metrics", "/logs"):
            client = Client(port, path, token=self.stack.token("bob")) if host == "127.0.0.1" else None
            if client:
                found[f"WebSocket {path}"] = client.expect("welcome")["type"]
                client.drop()
        return found


@pytest.fixture(name="stack", scope="module")
def running_worker():
    with Stack(n_lwsws=0) as stack:
        (stack.dir / "secret").chmod(0o600)
        yield stack


def test_each_edit_is_found_or_harmless(stack, tmp_path):
    generator = random.Random(SEED)
    place = Place(tmp_path / "lwsws", stack)
    place.write()
    shipped, told = place.served(), place.check()
    assert shipped and set(shipped.values()) <= {200, "welcome", 404} and [path for path, status in shipped.items() if status == 404] == ["/v1/traces"]
    assert not told
    faults, n_found = [], 0
    for _ in range(N_MUTATIONS):
        edited = Place(tmp_path / "edited", stack)
        name = generator.choice(["conf", "conf.d/ringside", "conf.d/ringside"])
        old = edited.files[name]
        edit, edited.files[name] = mutate(old, generator)
        edited.write()
        if edited.check():
            n_found += 1
        else:
            served = edited.served()
            if served is None or any(served[key] != shipped[key] for key in served):
                faults.append(f"{edit} of {name}: {difference(old, edited.files[name])}\n    serves {served}")
        shutil.rmtree(edited.dir)
    assert n_found > N_MUTATIONS // 4
    assert not faults, f"seed {SEED}\n" + "\n".join(faults)
