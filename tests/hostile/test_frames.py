"""Frames that RFC 6455 and RFC 7692 forbid, or that clients send in odd ways: answered by a close frame with the right code."""

import os
import zlib

import pytest
from raw_client import CLOSE, PING, PONG, RSV1, TEXT, BINARY, frame, opened
from stack import Stack

MESSAGE = b'{"type":"ping"}'


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


@pytest.fixture
def client(stack):
    with opened(stack.port, stack.token()) as one:
        yield one


@pytest.fixture
def deflating(stack):
    with opened(stack.port, stack.token(), query="&compression=true", extensions="permessage-deflate") as one:
        assert one.accepted["sec-websocket-extensions"].startswith("permessage-deflate")
        yield one


def deflate(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


BROKEN = {
    "a frame without a mask": (frame(TEXT, MESSAGE, mask=None), 1002),
    "a ping without a mask": (frame(PING, b"x", mask=None), 1002),
    "a close without a mask": (frame(CLOSE, b"\x03\xe8", mask=None), 1002),
    "an empty frame without a mask": (frame(TEXT, b"", mask=None), 1002),
    "RSV1 without an extension": (frame(TEXT, MESSAGE, rsv=RSV1), 1002),
    "RSV2": (frame(TEXT, MESSAGE, rsv=0x20), 1002),
    "RSV3": (frame(TEXT, MESSAGE, rsv=0x10), 1002),
    "a reserved opcode": (frame(3, MESSAGE), 1002),
    "a reserved control opcode": (frame(11, b""), 1002),
    "a fragmented ping": (frame(PING, b"x", fin=False), 1002),
    "a continuation of nothing": (frame(0, MESSAGE), 1002),
    "a message within a message": (frame(TEXT, b"{", fin=False) + frame(TEXT, MESSAGE), 1002),
    "a ping of 126 bytes": (frame(PING, b"x" * 126), 1002),
    "a ping of 65536 bytes": (frame(PING, b"x" * 65536), 1002),
    "a close of 200 bytes": (frame(CLOSE, b"\x03\xe8" + b"x" * 198), 1002),
    "a length with its top bit": (b"\x81\xff\x80" + bytes(7) + b"\1\2\3\4", 1002),
    "a close of one byte": (frame(CLOSE, b"a"), 1002),
    "a close reason that is not UTF-8": (frame(CLOSE, b"\x03\xe8\xff\xfe"), 1007),
    "a close reason that ends within a character": (frame(CLOSE, b"\x03\xe8\xe2\x82"), 1007),
    "text that is not UTF-8": (frame(TEXT, b'{"type":"\xff"}'), 1007),
    **{f"close code {code}": (frame(CLOSE, code.to_bytes(2, "big")), 1002)
       for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)},
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_frame_ends_the_connection_with_its_code(client, what):
    data, code = BROKEN[what]
    client.send(data)
    assert client.close_code() == code
    assert client.read_to_end() == b""


@pytest.mark.parametrize("what", [what for what in BROKEN if "RSV1" not in what])
def test_it_does_with_compression_too(deflating, what):
    data, code = BROKEN[what]
    deflating.send(data)
    assert deflating.close_code() == code


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_frame_that_comes_byte_by_byte_ends_alike(client, what):
    data, code = BROKEN[what]
    try:
        for i in range(min(len(data), 200)):
            client.send(data[i:i + 1])
        client.send(data[200:])
    except OSError:
        pass  # it has closed already
    assert client.close_code() == code


RSV_ON_DEFLATED = {
    "a ping": frame(PING, b"x", rsv=RSV1),
    "a pong": frame(PONG, b"x", rsv=RSV1),
    "a close": frame(CLOSE, b"\x03\xe8", rsv=RSV1),
    "a continuation": frame(TEXT, deflate(MESSAGE)[:5], rsv=RSV1, fin=False) + frame(0, deflate(MESSAGE)[5:], rsv=RSV1),
}


@pytest.mark.parametrize("what", RSV_ON_DEFLATED)
def test_only_the_first_frame_of_a_message_says_that_it_is_compressed(deflating, what):
    deflating.send(RSV_ON_DEFLATED[what])
    assert deflating.close_code() == 1002


def test_a_compressed_message_may_be_fragmented_and_others_uncompressed(deflating):
    data = deflate(MESSAGE)
    deflating.send(frame(TEXT, data[:5], rsv=RSV1, fin=False) + frame(PING, b"between") + frame(0, data[5:]))
    deflating.send(frame(TEXT, MESSAGE))
    assert deflating.read_until(PONG) == b"between"


@pytest.mark.parametrize("garbage", [b"\xff" * 20, b"\x06" * 40, os.urandom(8) + b"\xff" * 600])
def test_data_that_does_not_inflate_is_told(deflating, garbage):
    deflating.send(frame(TEXT, b"\x07" + garbage, rsv=RSV1))
    assert deflating.close_code() == 1007


@pytest.mark.parametrize("n", [2, 3, 10, 40])
def test_each_ping_of_a_burst_is_answered_in_order(client, n):
    client.send(b"".join(frame(PING, b"%d" % i) for i in range(n)))
    assert [client.read_until(PONG) for _ in range(n)] == [b"%d" % i for i in range(n)]


def test_the_latest_ping_is_answered_though_nobody_reads(stack):
    with opened(stack.port, stack.token()) as client:
        client.send(b"".join(frame(PING, b"%-125d" % i) for i in range(20_000)) + frame(PING, b"last"))
        while client.read_until(PONG) != b"last":
            pass


def test_nothing_is_executed_after_a_close(client):
    client.send(frame(CLOSE, b"\x03\xe8") + frame(TEXT, MESSAGE) * 3 + frame(PING, b"x") + b"not a frame")
    opcode, _, payload = client.read_frame()
    assert (opcode, payload) == (CLOSE, b"\x03\xe8")
    assert client.read_to_end() == b""


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe8bye", b"\x0f\xa0" + b"r" * 123, b"\x13\x87", "\u00e4\u20ac".encode().join([b"\x03\xe9", b""])])
def test_a_right_close_is_returned(client, payload):
    client.send(frame(CLOSE, payload))
    assert client.read_frame()[::2] == (CLOSE, payload)
    assert client.read_to_end() == b""


def test_a_message_that_would_be_too_long_is_refused_at_its_first_bytes(client):
    client.send(frame(TEXT, b'{"type":', length=1 << 40))
    assert client.close_code() == 1009


def test_binary_is_refused_with_its_code(client):
    client.send(frame(BINARY, b"x"))
    assert client.close_code() == 1003
