"""ringside send --url: events over HTTP and HTTPS, in batches, repeated without being taken twice."""

import json
import os
import socket
import subprocess
import threading

import pytest
from http_ingest import lines_of, producer_token, seen
from stack import BUILD_DIR, Stack, custom, free_port, numbers
from waiting import SLOWNESS, eventually


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        (running.dir / "token").write_text(producer_token(running) + "\n")
        yield running


def ringside_send(stack, *arguments, events=(), url=None, token_file=None, **environment):
    command = [BUILD_DIR / "bin" / "ringside", "send", "--url", url or f"http://127.0.0.1:{stack.port}",
               *(["--token-file", token_file or stack.dir / "token"] if token_file != "" else []), *arguments]
    return subprocess.run(command, input=events if isinstance(events, bytes) else lines_of(events), capture_output=True, check=False,
                          timeout=120 * SLOWNESS, env={**os.environ, "no_proxy": "*", **environment})


def test_lines_of_standard_input(stack):
    done = ringside_send(stack, events=[custom(n, "Lines") for n in range(2500)])
    assert (done.returncode, done.stderr) == (0, b"")
    assert numbers(seen(stack, "Lines")) == list(range(1500, 2500))  # a page has 1000


def test_arguments_and_the_parts_of_an_event(stack):
    assert ringside_send(stack, json.dumps(custom(1, "Args")), json.dumps(custom(2, "Args"))).returncode == 0
    assert ringside_send(stack, "--type", "Args", "--data", '{"n":3}').returncode == 0
    assert numbers(seen(stack, "Args")) == [1, 2, 3]
    assert seen(stack, "Args")[0]["metadata"]["producer"] == "ci"


def test_rejected_lines_are_named_by_their_number(stack):
    done = ringside_send(stack, events=b"\n" + lines_of([custom(1, "Bad")]) + b"not json\n\n{}\n")
    assert done.returncode == 3
    assert b"line 3: is not JSON" in done.stderr
    assert b"line 5: event_type is missing" in done.stderr
    assert b"2 of 3 events were rejected" in done.stderr


def test_the_token_may_be_in_a_variable(stack):
    done = ringside_send(stack, events=[custom(1)], token_file="", RINGSIDE_TOKEN=producer_token(stack))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("form", ["{}\n", " {}\r\n", "{}"])
def test_white_space_around_a_token_does_not_matter(stack, tmp_path, form):
    text = form.format(producer_token(stack))
    (tmp_path / "token").write_text(text)
    assert ringside_send(stack, events=[custom(1)], token_file=tmp_path / "token").returncode == 0
    assert ringside_send(stack, events=[custom(1)], token_file="", RINGSIDE_TOKEN=text).returncode == 0


@pytest.mark.parametrize("text", ["", "\n", "two tokens", "a\r\nX-Header: b", "a\x7f", "\u00e9", "x" * 100_000])
def test_a_token_that_is_none_is_not_sent(stack, tmp_path, text):
    (tmp_path / "token").write_text(text)
    done = ringside_send(stack, events=[custom(1)], token_file=tmp_path / "token")
    assert (done.returncode, b"must have one token" in done.stderr) == (2, True)
    done = ringside_send(stack, events=[custom(1)], token_file="", RINGSIDE_TOKEN=text)
    assert (done.returncode, b"token" in done.stderr) == (2, True)
    assert text.encode() not in done.stderr or not text.strip()


@pytest.mark.parametrize(("how", "status", "message"), [
    ({"url": "ftp://x"}, 2, b"--url must be"),
    ({"token_file": ""}, 2, b"there is no token"),
    ({"token_file": "/nonexistent"}, 2, b"cannot read the token file"),
    ({"url": "http://127.0.0.1:1", "more": ["--retry-for", "0s"]}, 1, b"127.0.0.1"),
    ({"more": ["--retry-for", "soon"]}, 2, b"--retry-for must be"),
    ({"more": ["--socket", "/x"]}, 2, b""),
])
def test_what_cannot_be_done_is_said(stack, how, status, message):
    done = ringside_send(stack, *how.pop("more", []), events=[custom(1)], **how)
    assert done.returncode == status, done.stderr
    assert message in done.stderr


def test_a_token_that_may_not_fails_at_once(stack, tmp_path):
    (tmp_path / "token").write_text(stack.token("ci", "viewer"))
    done = ringside_send(stack, events=[custom(1)], token_file=tmp_path / "token")
    assert done.returncode == 1
    assert b"no role of this token may send events" in done.stderr


def test_a_worker_that_is_away_is_waited_for_and_nothing_is_taken_twice():
    with Stack(limit_connections_per_user=0) as stack:
        (stack.dir / "token").write_text(producer_token(stack))
        stack.stop_worker()
        result = []
        sender = threading.Thread(target=lambda: result.append(ringside_send(stack, events=[custom(n, "Waited") for n in range(10)])))
        sender.start()
        eventually(lambda: stack.lwsws[0].metrics()["ringside_ingest_refused_total"] > 0, "the first attempt has failed")
        stack.start_worker()
        sender.join()
        assert result[0].returncode == 0, result[0].stderr
        assert b"trying again" in result[0].stderr
        assert numbers(seen(stack, "Waited")) == list(range(10))


def test_an_answer_that_is_lost_does_no_harm(stack):
    """A proxy cuts the first connection when the answer comes; the repetition has the same key."""
    port = free_port()
    listener = socket.create_server(("127.0.0.1", port))
    cut = threading.Event()

    def relay(client, server, is_answer):
        while data := client.recv(65536):
            if is_answer and not cut.is_set():
                cut.set()
                break
            server.sendall(data)
        for each in (client, server):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", stack.port))
            threading.Thread(target=relay, args=(client, server, False), daemon=True).start()
            threading.Thread(target=relay, args=(server, client, True), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    done = ringside_send(stack, events=[custom(n, "Lost") for n in range(5)], url=f"http://127.0.0.1:{port}")
    listener.close()
    assert done.returncode == 0, done.stderr
    assert cut.is_set()
    assert numbers(seen(stack, "Lost")) == list(range(5))


def test_https_with_an_authority_of_ones_own():
    with Stack(alpn="http/1.1", limit_connections_per_user=0) as stack:
        (stack.dir / "token").write_text(producer_token(stack))
        url = f"https://localhost:{stack.port}"
        done = ringside_send(stack, "--retry-for", "0s", events=[custom(1)], url=url)
        assert done.returncode == 1
        assert b"certificate" in done.stderr.lower()
        done = ringside_send(stack, "--cacert", stack.dir / "cert.pem", events=[custom(1, "Tls")], url=url)
        assert done.returncode == 0, done.stderr


def test_a_line_goes_out_without_waiting_for_a_batch(stack):
    process = subprocess.Popen([BUILD_DIR / "bin" / "ringside", "send", "--url", f"http://127.0.0.1:{stack.port}", "--token-file",
                                stack.dir / "token"], stdin=subprocess.PIPE)
    process.stdin.write(lines_of([custom(1, "Live")]))
    process.stdin.flush()
    eventually(lambda: len(seen(stack, "Live")) == 1, "the first line is there while the input is open")
    process.stdin.close()
    assert process.wait(30 * SLOWNESS) == 0
