"""Sec-WebSocket-Extensions as RFC 7692 section 5 and RFC 6455 section 9.1 have it: the first offer that can be kept is taken, and kept to."""

import zlib

import pytest
from raw_client import RSV1, TEXT, RawClient, frame, opened
from stack import Stack


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


PLAIN, SERVER, CLIENT = "permessage-deflate", "server_no_context_takeover", "client_no_context_takeover"
OFFERS = [
    (PLAIN, PLAIN),
    (f"{PLAIN}; {CLIENT}", f"{PLAIN}; {CLIENT}"),
    (f"{PLAIN}; {SERVER}", f"{PLAIN}; {SERVER}"),
    (f"{PLAIN};{CLIENT};{SERVER}", f"{PLAIN}; {SERVER}; {CLIENT}"),
    (f"{PLAIN}; client_max_window_bits", PLAIN), (f"{PLAIN}; client_max_window_bits=10", PLAIN), (f'{PLAIN}; client_max_window_bits="9"', PLAIN),
    (f"{PLAIN}; client_max_window_bits, {PLAIN}; {CLIENT}", PLAIN), (f"foo; {CLIENT}, {PLAIN}", PLAIN),
    (f"{PLAIN}; client_max_window_bits, foo; {CLIENT}", PLAIN),
    (f"{PLAIN}, {PLAIN}", PLAIN), (f"{PLAIN}, {PLAIN}; {CLIENT}", PLAIN), (f"{PLAIN}; {CLIENT}, {PLAIN}, {PLAIN}", f"{PLAIN}; {CLIENT}"),
    (f"{PLAIN}; server_max_window_bits=10, {PLAIN}", PLAIN), (f"x-foo; server_max_window_bits=9, {PLAIN}", PLAIN),
    (f"{PLAIN}; server_max_window_bits=10; {SERVER}, {PLAIN}; server_max_window_bits=10, {PLAIN}; {CLIENT}", f"{PLAIN}; {CLIENT}"),
    (", ".join(f"foo{i}" for i in range(60)) + f", {PLAIN}", PLAIN), ((f"{PLAIN}; unknown, " * 200) + PLAIN, PLAIN),
    (", ".join([PLAIN] * 300), PLAIN), ("x" * 7000 + f", {PLAIN}", PLAIN),
    *[(f"{PLAIN}; {bad}", None) for bad in (
        "foo", "client_max_window_bits=7", "client_max_window_bits=16", "client_max_window_bits=abc", "client_max_window_bits=010",
        f"{CLIENT}=1", f"{CLIENT}; {CLIENT}", f"{SERVER}; {SERVER}", "client_max_window_bits; client_max_window_bits", "server_max_window_bits=10",
        "server_max_window_bits")],
    ("foo", None), ("x-webkit-deflate-frame", None), (f"{PLAIN}x", None), (f"x{PLAIN}", None), (";", None), (",", None), (f"{PLAIN};", None), ("e" * 600, None),
]


@pytest.mark.parametrize(("offer", "answer"), OFFERS, ids=[f"{i}-{offer[:50]}" for i, (offer, _) in enumerate(OFFERS)])
def test_the_first_offer_that_can_be_kept_is_taken(stack, offer, answer):
    with opened(stack.port, stack.token(), query="&compression=true", extensions=offer) as client:
        assert client.accepted.get("sec-websocket-extensions") == answer
    with opened(stack.port, stack.token(), extensions=offer) as client:
        assert "sec-websocket-extensions" not in client.accepted


@pytest.mark.parametrize("offer", [offer for offer, answer in OFFERS if answer and len(offer) < 300])
def test_messages_are_inflated_as_was_agreed(stack, offer):
    with opened(stack.port, stack.token(), query="&compression=true", extensions=offer) as client:
        resets = CLIENT in client.accepted["sec-websocket-extensions"]
        packer = None
        for _ in range(6):
            if packer is None or resets:
                packer = zlib.compressobj(9, zlib.DEFLATED, -15)
            data = packer.compress(b'{"type":"ping"}') + packer.flush(zlib.Z_SYNC_FLUSH)
            client.send(frame(TEXT, data[:-4], rsv=RSV1))
            first, flags, payload = client.read_frame()
            if flags & RSV1:
                payload = zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")
            assert first == TEXT and b'"pong"' in payload


def test_an_answer_never_holds_what_was_not_asked_for(stack):
    with RawClient(stack.port) as client:
        answer = client.upgrade(f"/ws?token={stack.token()}&compression=true", headers=["Sec-WebSocket-Extensions: foo"], extensions=PLAIN)
        assert answer.status == 101
        assert answer.headers["upgrade"].lower() == "websocket" and answer.headers["sec-websocket-accept"]
