"""The history on disk: over a reboot, beyond the ring, and on a disk that is full.

The run directory is in memory on a real machine, so a reboot is simulated by removing the ring while nothing runs; a machine that
lost power has, besides, a part of what was not synced.
"""

import datetime
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
from stack import Stack, custom, numbers
from waiting import eventually
from worker_process import Worker

HISTORY = '[history]\nsize = "{size}"\nage = "{age}"\nsync = "{sync}"\n'
SMALL_RING = "64KiB"
EVENTS = "[events]\nmax_line = \"8KiB\"\n"
PADDING = "x" * 500


def history(size="64MiB", age="7d", sync="1s"):
    return HISTORY.format(size=size, age=age, sync=sync) + EVENTS


def send(stack, first, last):
    """Events `first` to `last`, each acknowledged."""
    for begin in range(first, last + 1, 500):
        stack.send(*[custom(n, padding=PADDING) for n in range(begin, min(begin + 500, last + 1))])


def segments(stack):
    return sorted((stack.run_dir / "state" / "history").glob("*.seg"))


def forget_memory(stack):
    """As a reboot does: what is in the run directory is in memory."""
    for name in ("ring", "ring.old", "rejected", "control", "history", "events.sock", "events.dgram", "ingest.sock"):
        (stack.run_dir / name).unlink(missing_ok=True)


def reboot(stack, clean):
    stack.lwsws[0].stop()
    if clean:
        stack.stop_worker()
    else:
        stack.kill_worker()
    forget_memory(stack)


def start(stack):
    stack.start_worker()
    stack.lwsws[0].start()


def replay(stack, since, path="/ws", **more):
    """(numbers, replay_end) of what a client gets that comes back with `since`."""
    with stack.connect(path, query={"since": since} | more) as client:
        events, end = client.until("replay_end")
        return numbers(events), end, events


def page(stack, **query):
    from urllib.parse import urlencode
    answer = stack.lwsws[0].get("/ws?" + urlencode(query), headers={"Authorization": f"Bearer {stack.token()}", "Accept": "application/json"})
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def ids_of(stack, n_events):
    """The ids of the first events, by number."""
    _, _, events = replay(stack, "2020-01-01T00:00:00Z")
    return {event["data"]["n"]: event["id"] for event in events[:n_events]}


@pytest.mark.parametrize("clean", [True, False], ids=["clean", "killed"])
def test_after_a_reboot_an_id_from_before_gives_exactly_the_rest(clean):
    with Stack(config=history(), ring=SMALL_RING) as stack:
        send(stack, 1, 1000)
        ids = ids_of(stack, 1000)
        assert len(ids) == 1000
        reboot(stack, clean)
        start(stack)
        send(stack, 1001, 1100)
        for n in (1, 400, 999, 1000):
            got, end, _ = replay(stack, ids[n])
            assert got == list(range(n + 1, 1101)), n
            assert (end["recovered"], end["missed"]) == (True, 0), end
            assert end.get("cuts", []) == ([] if clean else [end["cuts"][0]]), end
            assert clean or end["cuts"][0].endswith(":1000"), end
        with stack.connect(query={"since": ids[1000]}) as client:  # then live
            client.until("replay_end")
            stack.send(custom(5000))
            assert numbers(client.read_events(1)) == [5000]
            same_epoch = client.hello["epoch"] == ids[1].partition(":")[0]
            assert same_epoch == clean


def test_what_did_not_reach_the_disk_is_said_to_be_missing():
    with Stack(config=history(), ring=SMALL_RING) as stack:
        send(stack, 1, 1000)
        ids = ids_of(stack, 1000)
        reboot(stack, clean=False)
        newest = segments(stack)[-1]
        os.truncate(newest, newest.stat().st_size - 700)  # more than one event, less than two
        start(stack)
        send(stack, 2001, 2010)
        got, end, _ = replay(stack, ids[900])
        left = got[:-10]
        assert left == list(range(901, left[-1] + 1)) and 997 <= left[-1] <= 999, left
        assert got[-10:] == list(range(2001, 2011))
        assert (end["recovered"], end["missed"]) == (True, 0)
        assert end["cuts"][0].endswith(f":{left[-1]}"), end
        # An id of an event that is gone: what came after the last one that is left, and nobody knows how many are missing.
        got, end, _ = replay(stack, ids[1000])
        assert got == list(range(2001, 2011))
        assert (end["recovered"], end["missed"]) == (False, None)


def test_several_reboots_keep_every_id_valid():
    with Stack(config=history(), ring=SMALL_RING) as stack:
        known = {}
        for turn in range(4):
            send(stack, turn * 100 + 1, turn * 100 + 100)
            _, _, events = replay(stack, "2020-01-01T00:00:00Z")
            known |= {event["id"]: event["data"]["n"] for event in events}
            reboot(stack, clean=turn % 2 == 0)
            start(stack)
        assert len({name.partition(":")[0] for name in known}) == 2  # the clean stops kept the epoch
        for name, n in list(known.items())[::37]:
            got, end, _ = replay(stack, name)
            assert got == list(range(n + 1, 401)), name
            assert end["recovered"] is True


def test_a_killed_worker_loses_nothing_and_continues_both():
    with Stack(config=history(), ring=SMALL_RING) as stack:
        send(stack, 1, 300)
        ids = ids_of(stack, 300)
        for turn in range(3):
            stack.kill_worker()
            stack.start_worker()
            send(stack, 301 + turn * 200, 500 + turn * 200)
        got, end, _ = replay(stack, ids[10])
        assert got == list(range(11, 901))
        assert (end["recovered"], end["missed"]) == (True, 0)
        assert "cuts" not in end


def test_history_far_older_than_the_ring_is_read_in_every_way():
    with Stack(config=history(), ring=SMALL_RING) as stack:
        send(stack, 1, 2000)
        middle = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        send(stack, 2001, 4000)
        tail = int(json.loads(stack.ringside("status", "--json").stdout)["ring"]["tail"])
        assert tail > 3000, "the ring is not small enough"
        ids = ids_of(stack, 4000)
        # since, by id and by time
        assert replay(stack, ids[5])[0] == list(range(6, 4001))
        assert replay(stack, middle)[0] == list(range(2001, 4001))
        # pages, in both orders
        seen, since = [], None
        while True:
            got = page(stack, limit=1000, **({"since": since} if since else {}))
            seen += numbers(got["events"])
            assert got["missed"] == 0
            since = got["next"]
            if since is None:
                break
        assert seen == list(range(1, 4001))
        got = page(stack, limit=50, order="newest", until=ids[1000])
        assert numbers(got["events"]) == list(range(999, 949, -1))
        # the last that match
        with stack.connect("/logs", query={"tail": 3, "search": "no such text"}) as client:
            events, _ = client.until("replay_end")
            assert events == []
        # debug seek, then steps
        with stack.connect(query={"batch_size": 1}) as client:
            client.request({"type": "debug", "action": "pause"}, "debug")
            answer = client.request({"type": "debug", "action": "seek", "to": ids[42]}, "debug")
            assert (answer["ok"], answer["missed"]) == (True, 0), answer
            client.send({"type": "debug", "action": "step", "count": 5})
            events, answer = client.until("debug")
            assert numbers(events) == [42, 43, 44, 45, 46]
            assert answer["delivered"] == 5
        # what is live does not read the disk: a client that is too slow is told, as ever
        assert "ringside_history_bytes" in stack.lwsws[0].metrics()


def test_a_ring_of_another_size_keeps_history_and_ids_also_without_a_disk():
    for config in (history(), "[history]\nenabled = false\n" + EVENTS):
        with Stack(config=config, ring="2MiB") as stack:
            send(stack, 1, 500)
            ids = ids_of(stack, 500)
            stack.stop_worker()
            stack.config.write_text(stack.config.read_text().replace('size = "2MiB"', 'size = "4MiB"'))
            stack.start_worker()
            send(stack, 501, 510)
            stack.lwsws[0].wait_ready()
            got, end, _ = eventually(lambda: (lambda all: all if all[0][-1:] == [510] else None)(replay(stack, ids[100])),
                                     "the new ring is followed")
            assert got == list(range(101, 511))
            assert end["recovered"] is True


def test_events_that_are_too_old_or_too_many_are_removed_and_counted_as_missed():
    with Stack(config=history(size="4MiB"), ring=SMALL_RING) as stack:
        send(stack, 1, 200)
        ids = ids_of(stack, 200)
        send(stack, 201, 12_000)

        def settled():
            now = stack.lwsws[0].metrics()
            return now if now["ringside_history_events_removed_total"] > 0 and now["ringside_history_bytes"] <= 4 << 20 else None

        eventually(settled, "the oldest events are removed")
        first = int(segments(stack)[0].name[:20])
        assert first > 1000

        def missed():
            got, end, _ = replay(stack, ids[100])
            return end["missed"] == got[0] - 101 and got == list(range(got[0], 12_001)) and end["recovered"] is False

        eventually(missed, "what is gone is counted exactly")


def test_without_history_there_is_no_file_and_no_link():
    with Stack(config="[history]\nenabled = false\n") as stack:
        send(stack, 1, 10)
        assert not (stack.run_dir / "history").is_symlink()
        assert not (stack.run_dir / "state" / "history").exists()


def test_acknowledgements_wait_for_the_disk_where_that_is_wanted():
    with Worker('[history]\nsync = "batch"\n') as worker:
        with worker.producer() as producer:
            producer.send(*[custom(n) for n in range(200)])
            assert producer.acked == 200
        worker.terminate()
        assert (worker.run_dir / "state" / "history" / "clean").exists()


@pytest.fixture
def small_disk():
    path = pathlib.Path(tempfile.mkdtemp(prefix="rs-disk-"))
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", path], stderr=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        path.rmdir()
        pytest.skip("nothing can be mounted here")
    yield path
    subprocess.run(["umount", "--lazy", path], check=True)
    shutil.rmtree(path, ignore_errors=True)


def test_a_full_disk_stops_the_history_and_nothing_else(small_disk):
    config = history().replace("[history]\n", f'[history]\ndir = "{small_disk}/history"\n')
    with Stack(config=config, ring="4MiB") as stack:
        with stack.connect(query={"batch_size": 1}) as client:
            send(stack, 1, 500)
            ballast = small_disk / "ballast"
            with open(ballast, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 4096)
                except OSError:
                    pass
            send(stack, 501, 1000)
            eventually(lambda: stack.lwsws[0].metrics()["ringside_history_stopped"] == 1, "the disk is seen to be full")
            assert json.loads(stack.lwsws[0].get("/readyz").body)["history"] == "stopped"
            status = stack.ringside("status")
            assert "STOPPED" in status.stdout, status.stdout
            assert numbers(client.read_events(1000)) == list(range(1, 1001))  # the ring goes on
            ballast.unlink()
            eventually(lambda: stack.lwsws[0].metrics()["ringside_history_stopped"] == 0, "the history continues")
            metrics = stack.lwsws[0].metrics()
            assert metrics["ringside_history_events_lost_total"] == 0
            assert metrics["ringside_history_errors_total"] >= 1
            send(stack, 1001, 1010)
            ids = ids_of(stack, 1010)
        reboot(stack, clean=True)
        start(stack)
        assert replay(stack, ids[3])[0] == list(range(4, 1011))
