"""When descriptors run out lwsws neither spins nor floods its log, tells who waits, and serves again as soon as some are free."""

import contextlib
import os
import pathlib
import resource
import time

from raw_client import RawClient, request
from stack import Stack
from waiting import SLOWNESS, eventually


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def n_descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def answer_of(port):
    with RawClient(port) as client:
        client.socket.settimeout(2 * SLOWNESS)
        return client.ask("/healthz")


def test_a_full_table_is_told_and_does_not_spin():
    with Stack() as stack, contextlib.ExitStack() as held:
        child = stack.lwsws[0].child()
        assert answer_of(stack.port).status == 200
        old = resource.prlimit(child, resource.RLIMIT_NOFILE)
        resource.prlimit(child, resource.RLIMIT_NOFILE, (n_descriptors(child) + 2, old[1]))
        lines = len(stack.lwsws[0].log.read_text().splitlines())
        for _ in range(12):
            held.enter_context(RawClient(stack.port))
        refused = eventually(lambda: (answer := answer_of(stack.port)).status == 503 and answer, "somebody is told")
        assert refused.headers["retry-after"] and refused.json()["error"] == "overloaded"
        begun, used = time.monotonic(), cpu_seconds(child)
        eventually(lambda: time.monotonic() - begun > 3, "a while has passed")
        assert cpu_seconds(child) - used < 0.5 * (time.monotonic() - begun)
        assert 0 < len(stack.lwsws[0].log.read_text().splitlines()) - lines < 10
        held.close()
        eventually(lambda: answer_of(stack.port).status == 200, "it serves again though the limit is as it was")
        resource.prlimit(child, resource.RLIMIT_NOFILE, old)


def test_strangers_who_say_nothing_or_odd_things_do_not_keep_others_out():
    with Stack() as stack, contextlib.ExitStack() as held:
        child = stack.lwsws[0].child()
        old = resource.prlimit(child, resource.RLIMIT_NOFILE)
        resource.prlimit(child, resource.RLIMIT_NOFILE, (120, old[1]))
        for i in range(200):
            client = held.enter_context(RawClient(stack.port))
            if i % 10:
                client.send(b"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n" if i % 2 else request("/healthz", method="POST", headers=["Content-Length: 9"]))
        eventually(lambda: answer_of(stack.port).status == 200, "others are served though the strangers stay", 40)
        assert len(stack.lwsws[0].log.read_text().splitlines()) < 30
