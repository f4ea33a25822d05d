"""Pages of a long history cost what a page costs, and not what the history does: the index is read, and the page.

RINGSIDE_HISTORY_EVENTS=43200000 is a day of 500 events a second, RINGSIDE_HISTORY_RING=64MiB the usual ring.
"""

import datetime
import json
import os
import pathlib
import socket
import time
from urllib.parse import urlencode

from stack import Stack, children_of, scaled
from waiting import eventually

N_EVENTS = int(os.environ.get("RINGSIDE_HISTORY_EVENTS") or scaled(600_000, 60_000))
RING = os.environ.get("RINGSIDE_HISTORY_RING", "2MiB")
PAGE = 200
# A page is read in windows of some hundred kilobytes; beside it, a part of the index of one segment.
MOST_BYTES = 3 << 20
LINE = json.dumps({"event_type": "LongHistory", "data": {"n": 123456789012, "host": "web-17.example.net", "padding": "x" * 120}}).encode() + b"\n"


def fill(stack):
    """Sends the events, and remembers when some of them were in the ring."""
    times = {}
    with socket.socket(socket.AF_UNIX) as producer:
        producer.connect(str(stack.run_dir / "events.sock"))
        producer.sendall(b'{"type":"hello","ack":true}\n')
        answers, acked = b"", 0

        def take():
            nonlocal answers, acked
            answers += producer.recv(1 << 16)
            *lines, answers = answers.split(b"\n")
            acked = max([acked, *(json.loads(line)["ack"] for line in lines)])

        sent, marks = 0, [N_EVENTS * share // 10 for share in (1, 3, 5, 7, 9)]
        while acked < N_EVENTS:
            if sent < N_EVENTS and sent - acked < 20_000:
                n = min(2000, N_EVENTS - sent, *(mark - sent for mark in marks if mark > sent))
                producer.sendall(LINE * n)
                sent += n
            if sent in marks and sent not in times:
                while acked < sent:
                    take()
                # What is less than 250 ms older is looked at too, as clocks are set; here nothing is.
                last = time.monotonic()
                eventually(lambda last=last: time.monotonic() > last + 0.3, "there are no events for a moment")
                times[sent] = datetime.datetime.now(datetime.UTC)
            elif sent == N_EVENTS or sent - acked >= 20_000:
                take()
    return times


def read_bytes(pids):
    return sum(int(pathlib.Path(f"/proc/{pid}/io").read_text().split("rchar: ")[1].split()[0]) for pid in pids)


def test_a_page_costs_what_a_page_costs():
    with Stack(config='[history]\nsize = "64GiB"\n', ring=RING) as stack:
        begun = time.monotonic()
        times = fill(stack)
        print(f"{N_EVENTS:,} events in {time.monotonic() - begun:.1f} s")
        directory = stack.run_dir / "state" / "history"
        eventually(lambda: any(directory.glob("*.seg")), "there are segments")
        n_bytes = sum(file.stat().st_size for file in directory.glob("*.seg"))
        web = stack.lwsws[0]
        pids = [web.process.pid, *children_of(web.process.pid)]
        token = stack.token()

        def page(**query):
            before, begun = read_bytes(pids), time.monotonic()
            answer = web.get("/ws?" + urlencode({"limit": PAGE, **query}), headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
            took, cost = time.monotonic() - begun, read_bytes(pids) - before
            assert answer.status == 200, answer.body
            return json.loads(answer.body), took, cost

        epoch = page()[0]["events"][0]["id"].split(":")[0]
        print(f"{n_bytes / 1e9:.2f} GB in {len(list(directory.glob('*.seg')))} segments, a ring of {RING}")
        for mark, moment in times.items():
            got, took, cost = page(since=f"{epoch}:{mark}")
            assert [int(event["id"].split(":")[1]) for event in got["events"]] == list(range(mark + 1, mark + 1 + PAGE))
            assert cost < MOST_BYTES, f"a page after event {mark} read {cost} bytes of {n_bytes}"
            print(f"  by id, after event {mark:,}: {took * 1e3:.1f} ms, {cost / 1024:.0f} KiB read")
            got, took, cost = page(since=moment.isoformat())
            assert int(got["events"][0]["id"].split(":")[1]) == mark + 1
            assert cost < MOST_BYTES, f"a page from {moment} on read {cost} bytes of {n_bytes}"
            print(f"  by time, after event {mark:,}: {took * 1e3:.1f} ms, {cost / 1024:.0f} KiB read")
