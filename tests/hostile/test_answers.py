"""What HTTP wants of answers: the headers that belong to a status, HEAD like GET, and who may ask for what under which name."""

import pytest
from raw_client import KEY, RawClient, request, upgrade_headers
from stack import Stack


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=1) as running:
        yield running


def ask(stack, *args, **kwargs):
    with RawClient(stack.port) as client:
        return client.ask(*args, **kwargs)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/ws", "/nothing"])
def test_head_is_answered_with_the_length_of_get(stack, path):
    with RawClient(stack.port) as client:
        get, head, again = client.ask(path), client.ask(path, method="HEAD"), client.ask("/healthz")
    assert head.status == get.status and again.status == 200
    assert abs(int(head.headers["content-length"]) - len(get.body)) < (2000 if path == "/metrics" else 30) and int(head.headers["content-length"]) > 0


def test_each_refusal_has_the_headers_that_belong_to_it(stack):
    token = stack.token()
    unauthorized = ask(stack, "/ws?token=x", headers=upgrade_headers())
    assert unauthorized.status == 401 and unauthorized.headers["www-authenticate"].startswith("Bearer")
    with RawClient(stack.port) as first:
        assert first.upgrade(f"/ws?token={token}").status == 101
        first.read_message("welcome")
        many = ask(stack, f"/ws?token={token}", headers=upgrade_headers())
        assert many.status == 429 and int(many.headers["retry-after"]) > 0
    for answer in (ask(stack, "/ws"), ask(stack, "/ws", headers=upgrade_headers(version="8"))):
        assert (answer.status, answer.phrase, answer.headers["upgrade"]) == (426, "Upgrade Required", "websocket")
    assert answer.headers["sec-websocket-version"] == "13"
    assert ask(stack, "/readyz", method="DELETE").headers["allow"] == "GET, HEAD"
    stack.kill_worker()
    stale = ask(stack, "/readyz")
    while stale.status == 200:
        stale = ask(stack, "/readyz")
    assert stale.status == 503 and int(stale.headers["retry-after"]) > 0
    stack.start_worker()
    stack.lwsws[0].wait_ready()


@pytest.mark.parametrize(("change", "status"), [
    ({"method": "HEAD"}, 405), ({"method": "POST"}, 405), ({"version": "HTTP/1.0"}, 400), ({"key": "x"}, 400), ({"key": ""}, 400), ({"key": KEY[:-1]}, 400),
    ({"connection": "keep-alive"}, 400), ({"connection": None}, 400), ({"twice": True}, 400), ({}, 101), ({"connection": "keep-alive, " * 40 + "UPGRADE"}, 101)])
def test_an_upgrade_is_get_with_http_1_1_a_key_and_a_connection(stack, change, status):
    connection = change.get("connection", "Upgrade")
    headers = ["Upgrade: websocket", f"Sec-WebSocket-Key: {change.get('key', KEY)}", "Sec-WebSocket-Version: 13"]
    headers += [f"Sec-WebSocket-Key: {KEY}"] if "twice" in change else []
    headers += [f"Connection: {connection}"] if connection else []
    token = stack.token(user=f"user{status}{len(connection or '')}")
    with RawClient(stack.port) as client:
        client.send(request(f"/ws?token={token}", method=change.get("method", "GET"), version=change.get("version", "HTTP/1.1"), headers=headers))
        answer = client.answer(head_only=change.get("method") == "HEAD")
        assert (answer.version, answer.status) == ("HTTP/1.1", status), answer


def test_an_upgrade_may_be_the_second_request_and_is_checked_alike(stack):
    for headers, status in ((upgrade_headers(), 101), (upgrade_headers(version="7"), 426), (upgrade_headers(protocol="p" * 200), 400)):
        with RawClient(stack.port) as client:
            assert client.ask("/healthz").status == 200
            assert client.ask(f"/ws?token={stack.token(user=f'second{status}')}", headers=headers).status == status


@pytest.mark.parametrize("path", ["/ws?", "/ws?&", "/ws?&&", "/metrics?&", "/ws?token=TOKEN&", "/ws?&&token=TOKEN&", "/ws?token=TOKEN&&events=task", "/ws?token=TOKEN;"])
def test_empty_pieces_of_a_query_are_nothing(stack, path):
    token = stack.token(user="pieces" + str(len(path)))
    with RawClient(stack.port) as client:
        bearer = [] if "TOKEN" in path else [f"Authorization: Bearer {token}"]
        assert client.upgrade(path.replace("TOKEN", token), headers=bearer).status == 101


ORIGINS = [("https://events.example", "events.example:443", 101), ("http://events.example", "events.example:80", 101),
           ("http://events.example:80", "events.example", 101), ("https://events.example:443", "EVENTS.example", 101),
           ("https://events.example", "events.example:8443", 403), ("http://events.example", "events.example:443", 403),
           ("https://other.example", "events.example", 403), ("https://events.example", "events.example.evil.example", 403)]


@pytest.mark.parametrize(("origin", "host", "status"), ORIGINS)
def test_the_port_that_a_scheme_implies_makes_no_other_origin(stack, origin, host, status):
    with RawClient(stack.port) as client:
        token = stack.token(user=origin + host)
        assert client.upgrade(f"/ws?token={token}", host=host, headers=[f"Origin: {origin}"]).status == status


def test_a_name_that_could_be_rebound_sees_no_numbers(stack):
    for host in ("evil.example", "evil.example:9090", "127.0.0.1.evil.example"):
        assert ask(stack, "/metrics", host=host).status == 421
        ready = ask(stack, "/readyz", host=host)
        assert ready.status == 200 and ready.json() == {"status": "ready"}
        assert ask(stack, "/healthz", host=host).status == 200
    for host in ("127.0.0.1", f"localhost:{stack.port}", "[::1]:9090", "LOCALHOST"):
        assert ask(stack, "/metrics", host=host).status == 200
        assert "epoch" in ask(stack, "/readyz", host=host).json()


def test_with_a_list_only_its_names_may_ask(tmp_path):
    (tmp_path / "index.html").write_text("page")
    with Stack(allowed_hosts="events.example", www=tmp_path) as stack:
        for path in ("/", "/index.html", "/healthz", "/readyz", "/metrics", "/nothing"):
            assert ask(stack, path, host="evil.example").status == 421
            assert ask(stack, path, host="events.example:443").status in (200, 404)
            assert ask(stack, path, host="127.0.0.1").status in (200, 404)
        for host, status in (("evil.example", 421), ("events.example", 101)):
            assert ask(stack, f"/ws?token={stack.token()}", host=host, headers=upgrade_headers()).status == status


def test_the_numbers_may_need_a_role():
    with Stack(metrics_role="prometheus|admin") as stack:
        assert ask(stack, "/metrics").status == 401
        for role, status in (("viewer", 403), ("prometheus", 200), ("admin", 200)):
            assert ask(stack, "/metrics", headers=[f"Authorization: Bearer {stack.token(role=role)}"]).status == status
        assert ask(stack, "/metrics", headers=["Authorization: Bearer x.y.z"]).status == 401
        with RawClient(stack.port) as client:  # the stream of the same path has rules of its own
            assert client.upgrade(f"/metrics?token={stack.token(role='viewer')}").status == 101
