"""ringside, the command line, against a real worker: send, tail, dump, status, revoke and drain."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from worker_process import BUILD_DIR, DEADLINE, Worker, eventually  # noqa: E402

RINGSIDE = BUILD_DIR / "bin" / "ringside"


def event(number, **data):
    return json.dumps({"event_type": "Deployed", "data": {"n": number, **data}})


def log_entry(level, message):
    return json.dumps({"event_type": "LogEntry", "data": {"level": level, "message": message, "component": "test"}})


def run(run_dir, *words, text_in="", **environment):
    return subprocess.run([str(RINGSIDE), "--run-dir", str(run_dir), *[str(word) for word in words]], input=text_in,
                          capture_output=True, text=True, timeout=DEADLINE, check=False, env={**os.environ, **environment})


@pytest.fixture(name="worker")
def running_worker():
    with Worker() as worker:
        yield worker


def numbers(text):
    return [json.loads(line)["data"]["n"] for line in text.splitlines()]


class Following:
    """`ringside tail` in the background, its lines collected."""

    def __init__(self, run_dir, *words):
        self.process = subprocess.Popen([str(RINGSIDE), "--run-dir", str(run_dir), "tail", *words], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.told = []
        self.threads = [threading.Thread(target=self.collect, args=pair, daemon=True)
                        for pair in ((self.process.stdout, self.lines), (self.process.stderr, self.told))]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def collect(stream, into):
        for line in stream:
            into.append(line)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(DEADLINE)
        finally:
            self.process.kill()
            for thread in self.threads:
                thread.join()


# --- send


def test_what_is_sent_is_in_the_ring_when_send_returns(worker):
    done = run(worker.run_dir, "send", event(1), event(2))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [e["data"]["n"] for e in worker.events()] == [1, 2]


def test_an_event_is_made_of_options(worker):
    done = run(worker.run_dir, "send", "--type", "Deployed", "--data", '{"n": 1}', "--metadata", '{"who": "me"}')
    assert done.returncode == 0, done.stderr
    made = worker.events()[0]
    assert (made["event_type"], made["data"], made["metadata"]["who"]) == ("Deployed", {"n": 1}, "me")
    assert run(worker.run_dir, "send", "--type", "Deployed", "--data", "{broken").returncode == 2
    assert len(worker.events()) == 1


def test_lines_of_standard_input_are_sent_whatever_their_end_and_blank_ones_between(worker):
    done = run(worker.run_dir, "send", text_in=f"{event(1)}\n\n  \n{event(2)}\r\n{event(3)}")
    assert (done.returncode, done.stderr) == (0, "")
    assert [e["data"]["n"] for e in worker.events()] == [1, 2, 3]


def test_each_rejection_is_told_with_its_line_and_the_rest_gets_through(worker):
    done = run(worker.run_dir, "send", text_in=f"{event(1)}\nnot json\n\n{event(2)}\n[]\n")
    assert done.returncode == 3
    assert "line 2: " in done.stderr
    assert "line 5: " in done.stderr
    assert "2 of 4 events were rejected" in done.stderr
    assert [e["data"]["n"] for e in worker.events()] == [1, 2]


def test_many_events_arrive_complete_and_in_order(worker):
    done = run(worker.run_dir, "send", text_in="".join(event(n) + "\n" for n in range(20_000)))
    assert (done.returncode, done.stderr) == (0, "")
    assert numbers(run(worker.run_dir, "dump").stdout) == list(range(20_000))


def test_a_connection_that_breaks_says_what_was_acknowledged(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "events.sock"))
        listener.listen()

        def serve():
            peer, _ = listener.accept()
            with peer, peer.makefile("rb") as lines:
                lines.readline()
                lines.readline()
                peer.sendall(b'{"ack":1}\n')
                for _ in range(2):  # all is read, or the closed socket would take the answer away
                    lines.readline()
        server = threading.Thread(target=serve)
        server.start()
        done = run(tmp_path, "send", event(1), event(2), event(3))
        server.join()
    assert done.returncode == 1
    assert "1 were acknowledged" in done.stderr


def test_a_producer_that_is_not_wanted_is_told(tmp_path):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "events.sock"))
        listener.listen()

        def serve():
            peer, _ = listener.accept()
            with peer, peer.makefile("rb") as lines:
                lines.readline()
                lines.readline()
                peer.sendall(b'{"error":"refused","message":"user 7 may not send events"}\n')
        server = threading.Thread(target=serve)
        server.start()
        done = run(tmp_path, "send", event(1))
        server.join()
    assert done.returncode == 1
    assert "user 7 may not send events" in done.stderr
    assert "line" not in done.stderr


# --- tail and dump


def test_dump_is_the_whole_ring_as_it_is(worker):
    run(worker.run_dir, "send", event(1), event(2))
    done = run(worker.run_dir, "dump")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [text for _, _, text in worker.records()]


def test_tail_shows_the_last_that_match(worker):
    run(worker.run_dir, "send", *[event(n, kind="even" if n % 2 == 0 else "odd") for n in range(10)])
    words = ["tail", "--json", "--no-follow"]
    assert numbers(run(worker.run_dir, *words, "-n", 3).stdout) == [7, 8, 9]
    assert numbers(run(worker.run_dir, *words, "-n", 2, "--filter", "kind=even").stdout) == [6, 8]
    assert numbers(run(worker.run_dir, *words, "-n", 99, "--filter", "kind=odd,none").stdout) == [1, 3, 5, 7, 9]
    assert run(worker.run_dir, *words, "-n", 5, "--events", "task").stdout == ""


def test_tail_begins_where_since_says(worker):
    run(worker.run_dir, "send", *[event(n) for n in range(5)])
    middle = worker.events()[2]
    words = ["tail", "--json", "--no-follow", "--since"]
    assert numbers(run(worker.run_dir, *words, middle["id"]).stdout) == [3, 4]
    assert numbers(run(worker.run_dir, *words, "10m").stdout) == [0, 1, 2, 3, 4]
    assert numbers(run(worker.run_dir, *words, "2020-01-01T00:00:00Z").stdout) == [0, 1, 2, 3, 4]
    assert run(worker.run_dir, *words, "2100-01-01T00:00:00Z").stdout == ""
    wrong = run(worker.run_dir, *words, "yesterday")
    assert (wrong.returncode, "--since must be" in wrong.stderr) == (2, True)


def test_an_id_of_another_epoch_gives_all_and_says_so(worker):
    run(worker.run_dir, "send", event(1))
    epoch, _, _ = worker.events()[0]["id"].partition(":")
    other = f"{int(epoch, 16) ^ 1:08x}:1"
    done = run(worker.run_dir, "tail", "--json", "--no-follow", "--since", other)
    assert numbers(done.stdout) == [1]
    assert f"has no event {other}" in done.stderr


def test_level_search_and_component_select_log_entries(worker):
    run(worker.run_dir, "send", log_entry("info", "all is well"), log_entry("error", "Disk FULL"), event(1))
    words = ["dump"]
    assert [json.loads(line)["data"]["message"] for line in run(worker.run_dir, *words, "--level", "warn", "--events", "log")
            .stdout.splitlines()] == ["Disk FULL"]
    assert "Disk FULL" in run(worker.run_dir, *words, "--search", "disk full").stdout
    assert run(worker.run_dir, *words, "--component", "other").stdout == ""
    assert run(worker.run_dir, *words, "--filter", "broken").returncode == 2


def test_tail_for_people_has_no_colours_in_a_pipe_and_no_controls(worker):
    run(worker.run_dir, "send", log_entry("error", "red \x1b[31m and\nmore"))
    done = run(worker.run_dir, "tail", "-n", 1, "--no-follow")
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} error +test red  and \(\+1 line\)\n", done.stdout)


def test_tail_prints_text_json_or_all_lines_with_ids_and_times_as_asked(worker):
    run(worker.run_dir, "send", log_entry("error", "first\n  second"))
    words = ["tail", "-n", 1, "--no-follow"]
    identity = json.loads(run(worker.run_dir, *words, "--output", "json").stdout)["id"]
    done = run(worker.run_dir, *words, "--output", "long", "--time", "utc")
    head, *more = done.stdout.splitlines()
    assert re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z " + identity + " error ", head) and more == ["      second"]
    assert re.match(r"\d{10}\.\d{3} error", run(worker.run_dir, *words, "--time", "unix").stdout)
    assert re.match(r"\S+\+05:30 error", run(worker.run_dir, *words, "--time", "local", TZ="IST-5:30").stdout)


def test_tail_ends_where_until_says(worker):
    run(worker.run_dir, "send", event(1), event(2), event(3))
    ids = [each["id"] for each in worker.events()]
    assert numbers(run(worker.run_dir, "tail", "--json", "--until", ids[2]).stdout) == [1, 2]
    assert numbers(run(worker.run_dir, "tail", "--json", "--since", ids[0], "--until", ids[2]).stdout) == [2]
    assert numbers(run(worker.run_dir, "tail", "--json", "--no-follow", "--since", "-5m").stdout) == [1, 2, 3]


@pytest.mark.parametrize("words,hint", [
    (["--events", "tsk"], '--events tsk: none of the last 3 events has this type; did you mean "task"?'),
    (["--events", "deployed"], '--events deployed: none of the last 3 events has this type; did you mean "Deployed"?'),
    (["--events", "Rolledback"], "--events Rolledback: none of the last 3 events has this type"),
    (["--filter", "statsu=Failed"], '--filter statsu: none of the last 3 events has this member; did you mean "status"?'),
    (["--filter", "reigon=eu"], '--filter reigon: none of the last 3 events has this member; did you mean "region"?'),
    (["--filter", "status=failed"], '--filter status=failed: values are compared exactly; did you mean "Failed"?'),
    (["--events", "task", "--filter", "status=Failed"], ""),
    (["--events", "log,Deployed", "--level", "warn"], ""),
    (["--filter", "level=ERROR"], ""),
    (["--filter", "component=db"], ""),
    (["--events", "*"], ""),
])
def test_tail_says_what_may_have_been_meant(worker, words, hint):
    failed = json.dumps({"event_type": "TaskStatusChanged", "data": {"task_id": "t1", "name": "a", "status": "Failed"}})
    run(worker.run_dir, "send", failed, event(1, region="eu"), log_entry("error", "gone"))
    done = run(worker.run_dir, "tail", "--no-follow", "--since", "1h", *words)
    assert done.returncode == 0
    assert (hint in done.stderr) if hint else done.stderr == ""


def test_what_ringside_defines_is_suggested_without_any_event(worker):
    assert 'did you mean "task"?' in run(worker.run_dir, "tail", "--no-follow", "--events", "taks").stderr
    assert 'did you mean "status"?' in run(worker.run_dir, "tail", "--no-follow", "--filter", "statsu=x").stderr
    assert run(worker.run_dir, "tail", "--no-follow", "--events", "Deployed", "--filter", "zone=eu").stderr == ""


def test_tail_follows_over_a_restart_of_the_worker(worker):
    run(worker.run_dir, "send", event(0))
    following = Following(worker.run_dir, "--json", "-n", "1")
    try:
        eventually(lambda: len(following.lines) == 1, "the last event is shown")
        run(worker.run_dir, "send", event(1))
        eventually(lambda: len(following.lines) == 2, "a new event is shown")
        worker.kill()
        worker.start()
        run(worker.run_dir, "send", event(2))
        eventually(lambda: len(following.lines) == 3, "an event after the restart is shown")
    finally:
        status = following.stop()
    assert status == 0
    assert numbers("".join(following.lines)) == [0, 1, 2]


def test_tail_goes_over_to_a_ring_of_another_size(worker):
    run(worker.run_dir, "send", event(0))
    following = Following(worker.run_dir, "--json", "-n", "1")
    try:
        eventually(lambda: len(following.lines) == 1, "the last event is shown")
        worker.terminate()
        worker.write_config('[ring]\nsize = "16MiB"\n')
        worker.start()
        run(worker.run_dir, "send", event(1))
        eventually(lambda: len(following.lines) == 2, "an event in the new ring is shown")
    finally:
        following.stop()
    assert numbers("".join(following.lines)) == [0, 1]
    first, second = (json.loads(line)["id"].split(":") for line in following.lines)
    assert (second[0], int(second[1])) == (first[0], int(first[1]) + 1)  # the history continues


def test_rejected_events_are_shown_with_the_reason(worker):
    run(worker.run_dir, "send", "not json")
    done = eventually(lambda: run(worker.run_dir, "dump", "--rejected").stdout, "the rejected one is there")
    assert json.loads(done)["data"]["text"] == "not json"


# --- status


def test_status_makes_no_control_segment_where_there_is_none(worker):
    worker.kill()
    (worker.run_dir / "control").unlink()
    done = run(worker.run_dir, "status")
    assert done.returncode == 3 and "control" in done.stderr
    assert not (worker.run_dir / "control").exists()


def test_status_tells_of_a_worker_that_lives_and_of_one_that_does_not(worker):
    run(worker.run_dir, "send", event(1), event(2), "broken")
    done = run(worker.run_dir, "status", "--json")
    assert done.returncode == 0, done.stderr
    status = json.loads(done.stdout)
    assert status["healthy"] is True
    assert status["worker"]["pid"] == worker.process.pid
    assert (status["ring"]["tail"], status["ring"]["head"]) == (1, 2)
    assert status["ring"]["capacity_bytes"] == 8 << 20
    assert status["ring"]["epoch"] == worker.events()[0]["id"].partition(":")[0]
    assert any(process["pid"] == worker.process.pid and process["kind"] == "worker" for process in status["processes"])
    assert "alive" in run(worker.run_dir, "status").stdout
    worker.kill()
    eventually(lambda: run(worker.run_dir, "status").returncode == 3, "the missing heartbeat is noticed")
    assert "NOT RUNNING" in run(worker.run_dir, "status").stdout


# --- revoke and drain


def test_revoke_and_drain_are_written_and_what_is_ambiguous_is_refused(worker):
    assert run(worker.run_dir, "revoke", "alice").returncode == 0
    assert run(worker.run_dir, "revoke", "--jti", "t1").returncode == 0
    assert run(worker.run_dir, "revoke").returncode == 2
    assert run(worker.run_dir, "revoke", "alice", "--jti", "t1").returncode == 2
    nothing = run(worker.run_dir, "drain", "--spread", "0s", "--wait")
    assert (nothing.returncode, nothing.stdout) == (0, "no lwsws process runs: nothing to drain\n")
    other = run(worker.run_dir, "drain", "--pid", "999999")
    assert (other.returncode, "no lwsws process has the id 999999: none runs" in other.stderr) == (1, True)
    mine = run(worker.run_dir, "drain", "--pid", str(worker.process.pid))
    assert mine.returncode == 1, "the worker has no connections"
    wrong = run(worker.run_dir, "drain", "--spread", "soon")
    assert (wrong.returncode, "--spread must be a time" in wrong.stderr) == (2, True)
