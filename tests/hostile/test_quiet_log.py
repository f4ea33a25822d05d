"""Strangers do not fill the log: what a peer does wrong is answered; of refusals a few lines a second say who and why."""

import math
import re
import time

from raw_client import PING, RSV1, TEXT, RawClient, frame, opened, request, upgrade_headers
from stack import Stack

REQUESTS = [
    request("/ws?token=bad", headers=upgrade_headers()), request("/nothing", headers=upgrade_headers()),
    request("/ws", headers=upgrade_headers(version="12")), request("/ws", headers=upgrade_headers(protocol="p" * 300)),
    request("/ws", headers=upgrade_headers(protocol="a b, c")), request("/ws", headers=upgrade_headers(key="k" * 300)),
    request("/ws", headers=[line for line in upgrade_headers() if not line.startswith("Connection")]),
    request("/ws", headers=upgrade_headers(extensions="e" * 600)), request("/ws?a=%00", headers=upgrade_headers()),
    request(headers=["X-Padding: " + "x" * 20_000]), request("/healthz?" + "a&" * 300), b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\r\n\r\n", request(method="POST"), request(host=None),
]
FRAMES = [frame(TEXT, b"x", mask=None), frame(PING, b"x" * 200), frame(TEXT, b"\xff"), frame(TEXT, b"\x07\xff\xff", rsv=RSV1), frame(3, b""),
          b"\x81\xff\xff" + bytes(7)]


LINES_PER_SECOND = 5


def test_no_line_but_few_of_refusals_is_written_for_what_a_peer_does_wrong():
    with Stack(limit_connections_per_user=0) as stack:
        before = stack.lwsws[0].log.read_text()
        begun = time.monotonic()
        for data in REQUESTS * 10:
            with RawClient(stack.port) as client:
                client.send(data).answer()
        for data in FRAMES:
            with opened(stack.port, stack.token(), query="&compression=true", extensions="permessage-deflate") as client:
                client.send(data)
                assert client.close_code() in (1002, 1007)
        assert stack.lwsws[0].get("/healthz").status == 200
        seconds = math.ceil(time.monotonic() - begun)
        lines = stack.lwsws[0].log.read_text()[len(before):].splitlines()
        refusals = [line for line in lines if re.match(r"\S+ ringside-plugin info refused 127\.0\.0\.1 on ", line)]
        assert refusals == lines and 0 < len(lines) <= LINES_PER_SECOND * (seconds + 1)
