"""The examples of docs/reverse-proxy.md, with the real nginx and the real HAProxy in front of a real lwsws.

A configuration is run as it stands in docs/examples; what is put in its place here is no more than addresses, paths and, in one test, times.
"""

import asyncio
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile

import pytest
from raw_client import RawClient, request
from stack import SOURCE_DIR, Stack, custom, free_port, numbers, task
from tokens import openssl
from waiting import SLOWNESS, eventually, must_run
from websockets.client import connect as connect_websocket
from ws_client import Client, Closed, Refused

EXAMPLES = SOURCE_DIR / "docs" / "examples"
PROGRAMS = ["nginx", "haproxy"]


class Proxy:
    """One of the two, in front of the back ends; `port` is plain, `tls_port` is not."""

    def __init__(self, kind, backends, timeout=None):
        program = shutil.which(kind)
        if program is None:
            pytest.skip(f"{kind} is not there: script/setup --for test unpacks it")
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="rsp-", dir="/tmp"))
        self.dir.chmod(0o755)  # nginx gives its worker another user
        self.port, self.tls_port = free_port(), free_port()
        self.log = self.dir / "access.log"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                "-keyout", self.dir / "privkey.pem", "-out", self.dir / "fullchain.pem")
        (self.dir / "combined.pem").write_text((self.dir / "fullchain.pem").read_text() + (self.dir / "privkey.pem").read_text())
        command = getattr(self, kind)(program, backends, timeout)
        with open(self.dir / "output", "wb") as output:
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command], stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output, start_new_session=True)

    def example(self, name, backends, replacements):
        """The example with `replacements` (each of which must be there) made, and as many back ends as asked for."""
        text = (EXAMPLES / name).read_text()
        for old, new in [*replacements, ("127.0.0.1:9090", f"127.0.0.1:{backends[0]}")]:
            assert old in text, f"{name} has no {old}"
            text = text.replace(old, new)
        if len(backends) > 1:
            assert "# server" in text
            text = text.replace("# server", "server").replace("127.0.0.1:9091", f"127.0.0.1:{backends[1]}")
        return text

    def nginx(self, program, backends, timeout):
        (self.dir / "ringside.conf").write_text(self.example("nginx.conf", backends, [
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.tls_port} ssl; listen 127.0.0.1:{self.port};"),
            ("/etc/ssl/ringside", str(self.dir)),
            ("/var/log/nginx/ringside.log", str(self.log)),
            ("/var/log/nginx/ringside.error.log", str(self.dir / "error.log"))] + ([("90s", timeout)] if timeout else [])))
        places = "".join(f"{what}_temp_path {self.dir};" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.dir / "nginx.conf").write_text(
            f"daemon off; pid {self.dir}/pid; error_log stderr; worker_processes 1;\n"
            f"events {{ worker_connections 256; }}\nhttp {{ {places} include {self.dir}/ringside.conf; }}\n")
        return [program, "-e", "stderr", "-p", self.dir, "-c", self.dir / "nginx.conf"]

    def haproxy(self, program, backends, timeout):
        config = self.dir / "haproxy.cfg"
        config.write_text(self.example("haproxy.cfg", backends, [
            ("bind :443 ssl", f"bind 127.0.0.1:{self.port}\n  bind 127.0.0.1:{self.tls_port} ssl"),
            ("/etc/ssl/ringside", str(self.dir)),
            ("log /dev/log local0", "log stdout format raw local0")] + ([("90s", timeout)] if timeout else [])))
        self.log = self.dir / "output"
        return [program, "-db", "-f", config]

    def __enter__(self):
        try:
            eventually(lambda: self.get("/healthz").status == 200, "the proxy leads to lwsws", 20)
        except BaseException:
            text = (self.dir / "output").read_text(errors="replace")
            self.__exit__()
            raise AssertionError(text)
        return self

    def __exit__(self, *_):
        # The group: nginx has a worker besides.
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20 * SLOWNESS)
        shutil.rmtree(self.dir, ignore_errors=True)

    def get(self, path, headers=None):
        must_run(self.process, lambda: (self.dir / "output").read_text(errors="replace"))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * SLOWNESS)
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            answer.body = answer.read()
            return answer
        finally:
            connection.close()

    def everything_logged(self):
        return "".join(path.read_text(errors="replace") for path in [self.log, self.dir / "output", self.dir / "error.log"] if path.exists())


@pytest.fixture(name="stack", scope="module")
def one_stack():
    with Stack(ping_interval="1s", limit_connections_per_user=0) as stack:
        yield stack


@pytest.fixture(name="proxy", scope="module", params=PROGRAMS)
def one_proxy(request, stack):
    with Proxy(request.param, [stack.port]) as proxy:
        yield proxy


def welcome(client):
    client.hello = client.expect("welcome")
    return client


@pytest.mark.parametrize("path", ["/ws", "/metrics", "/logs"])
def test_each_endpoint_is_reached_with_the_token_in_query_or_header(stack, proxy, path):
    token = stack.token()
    for how in ({"token": token}, {"headers": {"Authorization": f"Bearer {token}"}}):
        with welcome(Client(proxy.port, path, **how)) as client:
            assert client.request({"type": "ping"}, "pong")


def test_events_large_ones_and_compressed_ones_arrive(stack, proxy):
    large = "x y z " * 20_000
    with welcome(Client(proxy.port, token=stack.token())) as plain, \
         welcome(Client(proxy.port, token=stack.token(), query={"compression": "true"}, deflate=True)) as compressed:
        assert "permessage-deflate" in compressed.response.headers["Sec-WebSocket-Extensions"]
        stack.send(task(1), custom(2, text=large))
        for client in (plain, compressed):
            events = client.read_events(2)
            assert numbers(events) == [1, 2]
            assert events[1]["data"]["text"] == large
        assert compressed.n_bytes < plain.n_bytes / 10


def test_refusals_keep_their_status_and_their_words(stack, proxy):
    for how, status in (({"token": "forged"}, 401),
                        ({"token": stack.token(), "origin": "https://elsewhere.example"}, 403),
                        ({"token": stack.token(), "query": {"since": "yesterday"}}, 400)):
        with pytest.raises(Refused) as refused:
            Client(proxy.port, **how)
        assert refused.value.status == status
        assert refused.value.body["error"], refused.value.body
    assert proxy.get("/ws").status == 404  # no upgrade was asked for


def test_pages_of_the_proxys_own_host_may_connect(stack, proxy):
    with welcome(Client(proxy.port, token=stack.token(), origin=f"http://127.0.0.1:{proxy.port}")) as client:
        assert client.request({"type": "ping"}, "pong")


def test_health_is_told_and_the_numbers_are_not(stack, proxy):
    assert proxy.get("/healthz").status == 200
    assert proxy.get("/readyz").status == 200
    assert proxy.get("/metrics").status == 404
    assert stack.lwsws[0].get("/metrics").status == 200


# Ways to the page of numbers that a proxy and lwsws could read differently.
DETOURS = ["/metrics", "//metrics", "/metrics%0a", "/metrics%0A", "/%6detrics", "/./metrics", "/x/../metrics", "/metrics/", "/metrics/.", "/metrics//", "/metrics?x",
           "/metrics%3f", "/metrics;x", "/metrics%00", "/metrics#", "/METRICS", "/healthz/../metrics", "/dashboard/../metrics", "/dashboard/%2e%2e/metrics",
           "/metrics%20", "/%2fmetrics", "http://127.0.0.1/metrics", "/metrics\\", "/ws/../metrics", "/a.js/../metrics"]
UPGRADES = [[], ["Upgrade: foo", "Connection: Upgrade"], ["Upgrade: h2c", "Connection: Upgrade"], ["Upgrade: websocket"], ["Connection: Upgrade"],
            ["Upgrade: websocket", "Connection: keep-alive"], ["Upgrade: websocket, foo", "Connection: close"]]


@pytest.mark.parametrize("path", DETOURS)
def test_no_way_around_leads_to_the_numbers(stack, proxy, path):
    for version in ("HTTP/1.1", "HTTP/1.0"):
        for upgrade in UPGRADES:
            with RawClient(proxy.port) as client:
                client.send(request(path, version=version, headers=[*upgrade, "Connection: close"] if not upgrade else upgrade))
                try:
                    answer = client.answer()
                except EOFError:
                    continue
                assert b"ringside_" not in answer.body and 400 <= answer.status < 500, (version, upgrade, answer)


@pytest.mark.parametrize("path", ["/", "/dashboard/app.js", "/src/index.js", "/vendor/uplot/uPlot.min.css", "/vendor/fonts/inter.woff2"])
def test_the_files_of_the_dashboard_pass(stack, proxy, path):
    answer = proxy.get(path)  # no files are mounted here: lwsws itself says so
    assert (answer.status, json.loads(answer.body)["error"]) == (404, "not_found")


def test_tls_ends_at_the_proxy(stack, proxy):
    async def talk():
        context = ssl.create_default_context(cafile=proxy.dir / "fullchain.pem")
        context.check_hostname = False
        async with connect_websocket(f"wss://127.0.0.1:{proxy.tls_port}/ws?token={stack.token()}", ssl=context) as client:
            assert json.loads(await client.recv())["type"] == "welcome"
            await client.send('{"type":"ping"}')
            assert json.loads(await client.recv())["type"] == "pong"

    asyncio.run(asyncio.wait_for(talk(), 30 * SLOWNESS))


def test_no_token_stands_in_its_logs(stack, proxy):
    token = stack.token(user="somebody-else")
    welcome(Client(proxy.port, token=token)).close()
    with pytest.raises(Refused):
        Client(proxy.port, token=token + "x")
    proxy.get("/nowhere?token=" + token)
    eventually(lambda: "/nowhere" in proxy.everything_logged(), "it is logged")
    logged = proxy.everything_logged()
    assert "/ws" in logged
    assert "token" not in logged and token[-20:] not in logged


@pytest.mark.parametrize("kind", PROGRAMS)
def test_heartbeats_keep_a_connection_that_the_proxy_would_cut(stack, kind):
    with Proxy(kind, [stack.port], timeout="3s") as proxy, welcome(Client(proxy.port, token=stack.token())) as client:
        while client.n_pings < 5:  # one a second
            assert not client.ended
            client.pump()
        assert client.request({"type": "ping"}, "pong")


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_client_resumes_through_another_process_when_its_own_dies(kind):
    with Stack(n_lwsws=2) as stack, Proxy(kind, [web.port for web in stack.lwsws]) as proxy:
        clients = [welcome(Client(proxy.port, token=stack.token(user=f"user{i}"))) for i in range(4)]
        stack.send(custom(1))
        last = [client.read_events(1)[0]["id"] for client in clients]
        hosts = [web.metrics()['ringside_connections{endpoint="ws"}'] for web in stack.lwsws]
        assert hosts[0] + hosts[1] == 8  # the two share the counters of one machine
        stack.lwsws[0].kill()
        stack.send(custom(2))
        n_cut = 0
        for i, client in enumerate(clients):
            try:
                assert numbers(client.read_events(1)) == [2]
            except (Closed, OSError):
                n_cut += 1
                again = eventually(lambda i=i: try_resume(proxy, stack, i, last[i]), "it is back")
                events, end = again.until("replay_end")
                assert (numbers(events), end["missed"]) == ([2], 0)
                again.drop()
            client.drop()
        assert 0 < n_cut < 4  # they were shared out


def try_resume(proxy, stack, i, since):
    try:
        return welcome(Client(proxy.port, token=stack.token(user=f"user{i}"), query={"since": since}))
    except (Refused, OSError):
        return None


@pytest.mark.parametrize("kind", PROGRAMS)
def test_without_a_back_end_it_says_so_and_goes_on_when_one_is_there(kind):
    with Stack() as stack, Proxy(kind, [stack.port]) as proxy:
        client = welcome(Client(proxy.port, token=stack.token()))
        stack.ringside("drain", "--spread", "0s")
        assert client.wait_closed()[0] == 1001  # the code comes through
        stack.lwsws[0].stop()
        eventually(lambda: proxy.get("/healthz").status in (502, 503), "it says that nobody is there")
        assert not re.search("token", proxy.everything_logged())
        stack.lwsws[0].start()
        eventually(lambda: proxy.get("/readyz").status == 200, "it finds the new one", 30)
        welcome(Client(proxy.port, token=stack.token())).close()
