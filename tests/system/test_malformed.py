"""A thousand malformed messages and two hundred malformed handshakes: answered as documented, the process alive, its memory flat.

A failure prints the seed; RINGSIDE_SEED runs it again.
"""

import json
import os
import random
import socket
import zlib

import pytest
from stack import SANITIZED, Stack, alive, custom, numbers, rss_kib
from waiting import SLOWNESS, eventually
from ws_client import Client

N_MESSAGES = 1000
N_HANDSHAKES = 200
GROWTH_KIB = 16 << 10 if not SANITIZED else 256 << 10  # AddressSanitizer keeps what was freed in quarantine


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0, limit_messages_per_second=0) as running:
        yield running


@pytest.fixture
def rng():
    seed = int(os.environ.get("RINGSIDE_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"RINGSIDE_SEED={seed}")
    return random.Random(seed)


@pytest.fixture
def steady(stack):
    """The process is the same afterwards, and no larger than a little."""
    child = stack.lwsws[0].child()
    with stack.connect() as warm:
        for _ in range(200):
            warm.request({"type": "nonsense"}, "error")
    before = rss_kib(child)
    yield child
    assert alive(child) and stack.lwsws[0].child() == child
    assert rss_kib(child) - before < GROWTH_KIB


VALID = [
    {"type": "ping"}, {"type": "subscribe", "events": ["task", "LogEntry"], "filters": {"status": ["Running"], "search": {"regex": "a+"}}},
    {"type": "unsubscribe", "events": ["metric"]}, {"type": "auth", "token": "abc"}, {"type": "debug", "action": "step", "count": 2},
    {"type": "debug", "action": "seek", "to": "2025-09-26T10:00:00Z"}, {"type": "debug", "action": "attach", "task_id": "t"},
    {"type": "debug", "action": "resume", "speed": 2.5},
]
WRONG_VALUES = [None, 0, -1, 1e300, True, "", "x", "\u0000", [], [[]], {}, {"a": {}}, ["task", 7], "y" * 5000, "RFC", [None], "*"]


def not_json(rng, text):
    """Text that no JSON parser takes."""
    at = rng.randrange(len(text))
    ways = [text[:max(1, at)].rstrip("}"), text + "}", text.replace('"', "'"), "", " ", "{", "[" * 500, text + " " + text, "nul",
            '{"type":"ping",}', '{"type":"ping","type":"ping"}', '{"type":NaN}', text[:at] + "\x01" + text[at:] + "\x02",
            "{\"type\":\"\\ud800\"}", '{"a":' * 300 + "1" + "}" * 300, "\ufeff" + text + "\x03"]
    return rng.choice(ways)


def wrong_shape(rng):
    """JSON that is no message: not an object, a member missing, unknown or of the wrong kind."""
    way = rng.randrange(5)
    if way == 0:
        return rng.choice([[], 1, "ping", None, True, [{"type": "ping"}], 1.5])
    message = json.loads(json.dumps(rng.choice(VALID)))
    if way == 1:
        message["type"] = rng.choice(["Ping", "PING", "hello", "x" * 300, " ping", "batch", "welcome", None, 1, [], {}, ""])
    elif way == 2:
        message[rng.choice(["extra", "filter", "Events", "", "a" * 300])] = 1
    elif way == 3:
        del message["type"]
    else:
        message = rng.choice([{"type": "subscribe"}, {"type": "unsubscribe"}, {"type": "auth"}, {"type": "debug"},
                              {"type": "subscribe", "events": rng.choice([None, 1, {}, [], "task", [1], ["1x"], ["a b"], ["x" * 65]])},
                              {"type": "unsubscribe", "events": rng.choice([None, 1, {}, [], "task", [1], [""]])},
                              {"type": "subscribe", "events": ["task"], "filters": rng.choice([[], 1, "x", True])},
                              {"type": "auth", "token": rng.choice([None, 1, [], {}, ""])},
                              {"type": "debug", "action": rng.choice(["", "explode", None, 1, "Attach"])},
                              {"type": "debug", "action": "attach"},
                              {"type": "debug", "action": "step", "count": rng.choice([0, -1, 1.5, "2", 1001, None])},
                              {"type": "debug", "action": "seek", "to": rng.choice([None, "", "now", 5, "1:2:3"])},
                              {"type": "debug", "action": "resume", "speed": rng.choice([0, -2, "fast", 1e9, None])}])
    return message


def bad_filter(rng):
    key = rng.choice(["search", "level", "min_level", "since", "status", "a..b", ".", "names", "x" * 2000, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s"])
    value = rng.choice([{"regex": "("}, {"regex": 1}, {"regexp": "a"}, {}, [], None, [[1]], ["a"] * 2000, {"regex": "(a{1000}){1000}"}])
    if key == "status" and value == {}:
        value = None
    return {"type": "subscribe", "events": ["task"], "filters": {key: value}}


@pytest.mark.conformance("message.validated", "message.rejected")
def test_a_thousand_malformed_messages_are_answered_and_change_nothing(stack, rng, steady):
    client = stack.connect(query={"events": "Custom", "filter.status": "Running"})
    for i in range(N_MESSAGES):
        way = rng.randrange(4)
        if way == 0:
            message = not_json(rng, json.dumps(rng.choice(VALID)))
            codes = {"invalid_message"}
        elif way in (1, 2):
            message = json.dumps(wrong_shape(rng))
            codes = {"invalid_message", "unknown_type"}
        else:
            message = json.dumps(bad_filter(rng))
            codes = {"bad_filter"}
        answer = client.request(message)
        assert answer["type"] == "error" and answer["code"] in codes, f"{message[:300]} was answered by {answer}"
        assert answer["message"] and len(answer["message"]) < 1000
        if i % 100 == 0:  # the subscription is as it was
            stack.send(custom(-1, status="Pending"), custom(i, status="Running"))
            assert numbers(client.read_events(1)) == [i]
    client.drop()


@pytest.mark.conformance("close.1007", "close.1003")
def test_frames_that_are_no_text_messages_close_with_their_code(stack, steady):
    cases = [(b"\x81\x83\0\0\0\0\xff\xfe\xfd", 1007), (b"\x82\x83\0\0\0\0abc", 1003),
             (b"\x81\x86\0\0\0\0\"\xed\xa0\x80\"1", 1007)]
    for frame, code in cases:
        client = stack.connect()
        client.send_raw(frame)
        assert client.wait_closed()[0] == code


def test_broken_frames_end_the_connection_and_nothing_else(stack, rng, steady):
    """Unmasked, reserved bits, unknown opcodes, lengths that lie, random bytes: what RFC 6455 calls a failed connection."""
    bystander = stack.connect()
    frames = [b"\x81\x04ping", b"\xf1\x84\0\0\0\0abcd", b"\x83\x80\0\0\0\0", b"\x8b\x80\0\0\0\0", b"\x89\xfe\0\xff" + b"\0" * 300,
              b"\x80\x82\0\0\0\0ab", b"\x09\x80\0\0\0\0", b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0abc", b"\x88\x81\0\0\0\0a",
              b"\x01\x81\0\0\0\0a\x81\x81\0\0\0\0b"]
    frames += [rng.randbytes(rng.randrange(1, 400)) for _ in range(40)]
    for frame in frames:
        client = stack.connect()
        try:
            client.send_raw(frame)
            client.socket.shutdown(socket.SHUT_WR)
            while client.socket.recv(4096):
                pass
        except OSError:
            pass
        client.drop()
    assert bystander.request({"type": "ping"}, "pong")
    bystander.drop()


def handshake(rng, port, token):
    """A request that must not become a WebSocket."""
    good = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version": "13"}
    line = f"GET /ws?token={token} HTTP/1.1"
    way = rng.randrange(10)
    if way == 0:
        return rng.randbytes(rng.randrange(1, 3000))
    if way == 1:
        line = rng.choice(["GET", "FETCH /ws HTTP/1.1", "GET ws HTTP/1.1", " / ", "GET  HTTP/1.1",
                           "GET /%zz HTTP/1.1", "GET /" + "a" * 20000 + " HTTP/1.1", "\0\0\0", "POST /ws HTTP/1.1"])
    elif way == 2:
        del good["Sec-WebSocket-Key"]
    elif way == 3:
        good["Sec-WebSocket-Version"] = rng.choice(["12", "0", "x", "", "99999999999"])
    elif way == 4:
        good["X-Long"] = "y" * rng.choice([17000, 60000])
    elif way == 5:
        line = f"GET /ws?{rng.choice(['batch_size=' + 'x' * 3000, '&&&&=', '%', '%ff%fe=%00', 'a=b=c=d', '=' * 100, 'token=' + 'z' * 9000])} HTTP/1.1"
    elif way == 6:
        good["Sec-WebSocket-Protocol"] = rng.choice(["", ",,,,", "\x01", "a" * 3000, "ringside-logs"])
        line = line if good["Sec-WebSocket-Protocol"] not in ("", ",,,,") else "GET /nowhere HTTP/1.1"
    elif way == 7:
        good["Authorization"] = rng.choice(["", "Bearer", "Bearer ", "Bearer abc", "Bearer " + "q" * 9000, "\x7f"])
        line = "GET /nowhere HTTP/1.1" if good["Authorization"] in ("", "\x7f") else "GET /ws HTTP/1.1"
    elif way == 8:
        return "\r\n".join([line] + [f"H{i}: v" for i in range(2000)]).encode() + b"\r\n\r\n"
    else:
        good["Origin"] = rng.choice(["null", "http://" + "e" * 3000, "javascript:alert(1)", "http://evil.example"])
    return ("\r\n".join([line] + [f"{name}: {value}" for name, value in good.items()]) + "\r\n\r\n").encode("latin-1")


def answer_to(port, request):
    """What comes before the server closes, or until it has answered a request that it leaves open."""
    with socket.create_connection(("127.0.0.1", port), timeout=30 * SLOWNESS) as peer:
        answer = b""
        try:
            peer.sendall(request)
            peer.shutdown(socket.SHUT_WR)
            while data := peer.recv(65536):
                answer += data
        except OSError:
            pass
    return answer


@pytest.mark.conformance("message.rejected")
def test_two_hundred_malformed_handshakes_open_nothing(stack, rng, steady):
    bystander = stack.connect()
    token = stack.token()
    statuses = set()
    for _ in range(N_HANDSHAKES):
        request = handshake(rng, stack.port, token)
        answer = answer_to(stack.port, request)
        assert not answer.startswith(b"HTTP/1.1 101"), request[:300]
        if answer:
            assert answer.startswith(b"HTTP/1."), (request[:300], answer[:300])
            statuses.add(answer.split(b" ")[1])
        assert token.encode() not in answer
    assert {b"400", b"401", b"403", b"404"} <= statuses
    assert bystander.request({"type": "ping"}, "pong")
    bystander.drop()
    stack.connect().drop()


def test_a_request_that_never_ends_does_not_stay(stack, steady):
    half = socket.create_connection(("127.0.0.1", stack.port), timeout=60 * SLOWNESS)
    half.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: webs")
    assert half.recv(10) == b""  # lws' own deadline
    half.close()


def deflated(size):
    """A frame of permessage-deflate whose message is `size` spaces."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(size >> 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
    data = data[:-4]
    length = bytes([0x80 | 126]) + len(data).to_bytes(2, "big") if len(data) < 65536 else bytes([0x80 | 127]) + len(data).to_bytes(8, "big")
    return b"\xc1" + length + b"\0\0\0\0" + data


@pytest.mark.conformance("compression.bomb")
def test_a_decompression_bomb_is_cut_off_at_the_message_limit(stack, steady):
    def n_open():
        return stack.lwsws[0].metrics()['ringside_connections{endpoint="ws"}']

    before = n_open()
    frame = deflated(256 << 20)
    assert len(frame) < 300_000
    for _ in range(3):
        client = Client(stack.port, "/ws", token=stack.token(), query={"compression": "true"}, deflate=True)
        client.expect("welcome")
        client.send_raw(frame)
        assert client.wait_closed()[0] == 1009
    eventually(lambda: n_open() <= before, "they are gone")
