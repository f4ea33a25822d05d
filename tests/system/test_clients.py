"""Every library in clients/ passes the same cases; clients/conformance/README.md describes their drivers."""

import asyncio
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from client_drivers import BUFFERED, CLIENTS, LIBRARIES, Driver, built_drivers  # noqa: E402,F401  # pylint: disable=unused-import
from run_command import RINGSIDE, environment, of_type  # noqa: E402
from stack import Stack, log_entry, task  # noqa: E402
from worker_process import DEADLINE, Worker, eventually  # noqa: E402


def bursts(worker):
    return [int(event["data"]["message"].split()[1]) for event in of_type(worker.events(), "LogEntry")]


TEXTS = ["plain", "", "quotes \" and \\ and /", "tab\tand line\nand return\r", "\x01\x1f\x7f", "größe 你好 🎉", "x" * 5000]


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_is_sent_arrives_unchanged_and_in_order(drivers, name):
    texts = TEXTS if name != "shell" else [text for text in TEXTS if not text.endswith(("\n", "\r"))]
    with Worker() as worker, Driver(drivers(name), worker.run_dir) as driver:
        driver.say(*[("log", "warn", json.dumps(text, ensure_ascii=text.isascii())) for text in texts], ("send", "Deployed", '{"to":"eu","n":[1,2.5,null]}'),
                   ("metric", "rows", "-1.5"), ("task", "t 1", "Running", 'the "name"', "40"))
        assert driver.flush()
        driver.end()
        eventually(lambda: len(worker.events()) == len(texts) + 3, "all are there")
        events = worker.events()
    assert [event["data"]["message"] for event in of_type(events, "LogEntry")] == texts
    assert {event["data"]["level"] for event in of_type(events, "LogEntry")} == {"warn"}
    assert of_type(events, "Deployed")[0]["data"] == {"to": "eu", "n": [1, 2.5, None]}
    assert of_type(events, "MetricUpdate")[0]["data"].items() >= {"metric_name": "rows", "value": -1.5}.items()
    assert of_type(events, "TaskStatusChanged")[0]["data"] == {"task_id": "t 1", "status": "Running", "name": 'the "name"', "progress": 40}
    assert [event["event_type"] for event in events[-3:]] == ["Deployed", "MetricUpdate", "TaskStatusChanged"]


@pytest.mark.parametrize("name", BUFFERED)
def test_inside_a_run_events_belong_to_it(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir, RINGSIDE_TASK_ID="t\"1", RINGSIDE_WORKFLOW_ID="w1") as driver:
        driver.say(("log", "info", '"x"'))
        driver.end()
        event = eventually(worker.events, "it is there")[0]
    assert event["metadata"] == {"task_id": "t\"1", "workflow_id": "w1"}


@pytest.mark.parametrize("name", LIBRARIES)
def test_without_a_server_nothing_blocks_or_dies(drivers, name, tmp_path):
    with Driver(drivers(name), tmp_path, 1000) as driver:
        driver.say(("log", "info", '"x"'), ("burst", 5000 if name != "shell" else 5), ("metric", "m", "nan"))
        if name != "shell":
            assert not driver.flush(100)
            sent, dropped, rejected = driver.stats()
            assert (sent, dropped, rejected) == (1000, 4002, 0)
        driver.end()


@pytest.mark.parametrize("name", BUFFERED)
def test_a_number_that_json_does_not_have_is_dropped_and_counted(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir) as driver:
        driver.say(("metric", "m", "nan"), ("metric", "m", "1"))
        assert driver.flush()
        assert driver.stats() == (1, 1, 0)
        driver.end()
        assert len(worker.events()) == 1


@pytest.mark.parametrize("name", BUFFERED)
def test_refusals_are_counted(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir) as driver:
        driver.say(("send", "LogEntry", '{"level":"info"}'), ("send", "X", "{}"), ("send", "TaskStatusChanged", "{}"))
        assert driver.flush()
        eventually(lambda: driver.stats() == (3, 0, 2), "two were refused")
        driver.end()


@pytest.mark.parametrize("name", BUFFERED)
def test_a_server_that_is_killed_gets_the_rest_when_it_is_back(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir) as driver:
        driver.say(("burst", 100))
        assert driver.flush()
        worker.kill()
        driver.say(("log", "info", '"burst 100"'), ("log", "info", '"burst 101"'))
        assert not driver.flush(100)
        worker.start()
        assert driver.flush()
        driver.say(("log", "info", '"burst 102"'))
        assert driver.flush()
        driver.end()
        assert sorted(set(bursts(worker))) == list(range(103))


@pytest.mark.parametrize("name", BUFFERED)
def test_a_server_that_is_stopped_blocks_nothing_and_gets_what_fitted(drivers, name):
    with Worker() as worker, Driver(drivers(name), worker.run_dir, 2000) as driver:
        worker.process.send_signal(signal.SIGSTOP)
        driver.say(("burst", 30_000))
        sent, dropped, _ = driver.stats()
        assert sent + dropped == 30_000
        assert dropped >= 30_000 - 2000
        worker.process.send_signal(signal.SIGCONT)
        assert driver.flush()
        driver.end()
        assert bursts(worker) == list(range(sent))


@pytest.mark.parametrize("name", BUFFERED)
def test_a_large_burst_is_sent_whole_when_it_fits(drivers, name):
    with Worker(config='[ring]\nsize = "32MiB"\n') as worker, Driver(drivers(name), worker.run_dir, 100_000) as driver:
        driver.say(("burst", 20_000))
        assert driver.flush()
        assert driver.stats() == (20_000, 0, 0)
        driver.end()
        assert bursts(worker) == list(range(20_000))


def test_the_shell_functions_run_commands_and_do_nothing_without_ringside():
    script = f". {CLIENTS}/shell/ringside.sh; ringside_step 1/2 x; ringside_log info x; ringside_run build sh -c 'echo built; exit 3'"
    for command in (str(RINGSIDE), "/nonexistent"):
        done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, timeout=DEADLINE, check=False,
                              env=environment(RINGSIDE_COMMAND=command, RINGSIDE_RUN_DIR="/nonexistent"))
        assert (done.returncode, done.stdout, done.stderr) == (3, "built\n", "")


# --- subscribers


def follow(way, drivers, url, token, take, **parameters):
    """The messages that a subscriber gets, until take() of one is true."""
    sys.path.insert(0, str(CLIENTS / "python"))
    import ringside  # pylint: disable=import-outside-toplevel

    seen = []

    def is_last(message):
        seen.append(message)
        return take(message)

    if way == "sync":
        for message in ringside.subscribe(url, token, **parameters):
            if is_last(message):
                return seen
    if way == "asyncio":

        async def follow_all():
            async for message in ringside.asubscribe(url, lambda: token, **parameters):
                if await asyncio.get_running_loop().run_in_executor(None, is_last, message):
                    return

        asyncio.run(asyncio.wait_for(follow_all(), 4 * DEADLINE))
        return seen
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    process = subprocess.Popen([*drivers("go"), "subscribe", f"{url}?{query}", token], stdout=subprocess.PIPE, text=True)
    try:
        while not is_last(json.loads(process.stdout.readline())):
            pass
    finally:
        process.kill()
        process.communicate()
    return seen


def collect(stack, way, drivers, path, n, meanwhile, **parameters):
    """The first `n` messages that a subscriber gets; `meanwhile` runs after the first one."""
    n_seen = 0

    def take(_):
        nonlocal n_seen
        if n_seen == 0:
            meanwhile()
        n_seen += 1
        return n_seen == n

    return follow(way, drivers, f"http://127.0.0.1:{stack.port}{path}", stack.token(), take, **parameters)


@pytest.mark.parametrize("way", ["sync", "asyncio", "go"])
def test_a_subscriber_resumes_after_the_server_was_killed_without_loss(drivers, way):
    if way == "go":
        drivers("go")
    with Stack() as stack:
        stack.send(*[log_entry(n) for n in range(5)])

        def kill_and_go_on():
            stack.lwsws[0].kill()
            stack.send(*[log_entry(n) for n in range(5, 10)])
            stack.lwsws[0].start()

        seen = collect(stack, way, drivers, "/logs", 10 + 1, kill_and_go_on, tail=5)
        events = [message for message in seen if "event_type" in message]
        assert [event["data"]["n"] for event in events][:5] == [0, 1, 2, 3, 4]
        assert [event["data"]["n"] for event in events] == list(range(len(events)))
        assert len(events) >= 9


@pytest.mark.parametrize("way", ["sync", "asyncio", "go"])
def test_a_refusal_ends_a_subscriber_with_its_reason(drivers, way):
    sys.path.insert(0, str(CLIENTS / "python"))
    import ringside  # pylint: disable=import-outside-toplevel

    if way == "go":
        drivers("go")
    with Stack() as stack:
        stack.send(task(1))
        url = f"http://127.0.0.1:{stack.port}/ws"
        if way == "go":
            done = subprocess.run([*drivers("go"), "subscribe", url, "not a token"], capture_output=True, text=True, timeout=DEADLINE, check=False)
            assert done.stdout.startswith("ended 401")
        elif way == "sync":
            with pytest.raises(ringside.Refused) as refused:
                next(ringside.subscribe(url, "not a token"))
            assert refused.value.status == 401
        else:

            async def wait_for_it():
                async for _ in ringside.asubscribe(url, "not a token"):
                    pass

            with pytest.raises(ringside.Refused) as refused:
                asyncio.run(wait_for_it())
            assert refused.value.status == 401


@pytest.mark.parametrize("way", ["sync", "asyncio", "go"])
def test_a_server_that_ends_a_connection_without_an_answer_is_asked_again(drivers, way):
    if way == "go":
        drivers("go")
    answer = b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"type":"gap","token":"%s"}\n'
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        for n in range(2):
            peer, _ = listener.accept()
            with peer, peer.makefile("rb") as request:
                head = dict(line.decode().strip().partition(": ")[::2] for line in iter(request.readline, b"\r\n"))
                if n > 0:
                    peer.sendall(answer % head["Authorization"].encode())

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/ws"
    seen = follow(way, drivers, url, "t0ken\n", lambda _: True)
    server.join(DEADLINE)
    listener.close()
    assert seen == [{"type": "gap", "token": "Bearer t0ken"}]


# --- a producer in Python


def python_producer(*arguments):
    sys.path.insert(0, str(CLIENTS / "python"))
    import ringside  # pylint: disable=import-outside-toplevel

    return ringside.Producer(*arguments)


def test_a_producer_that_is_closed_leaves_no_thread_and_no_connection():
    with Worker() as worker:
        producer = python_producer(worker.run_dir / "events.sock")
        assert producer.log("info", "x")
        assert producer.close(DEADLINE)
        thread = producer._thread  # pylint: disable=protected-access
        thread.join(DEADLINE)
        assert not thread.is_alive()
        assert not producer.log("info", "y")
        assert producer.dropped == 1


def test_a_program_with_many_descriptors_can_send():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2000)), hard))
    held = [os.dup(0) for _ in range(1100)]
    try:
        with Worker() as worker:
            producer = python_producer(worker.run_dir / "events.sock")
            assert producer.log("info", "x")
            assert producer.close(DEADLINE)
    finally:
        for fd in held:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
