"""A worker's life: starts, second starts, reloads, ends, and being killed."""

import json
import os
import pathlib
import pwd
import signal
import socket
import sys
import threading

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from worker_process import DEADLINE, Worker, eventually  # noqa: E402

EVENT = {"event_type": "Custom", "data": {"n": 1}}


def test_sigterm_leaves_no_socket_and_the_history():
    with Worker() as worker:
        worker.producer().send(EVENT)
        status, log = worker.terminate()
        assert status == 0, log
        assert not list(worker.run_dir.glob("*.sock")) and not list(worker.run_dir.glob("*.dgram"))
        assert len(worker.events()) == 1


def test_sigterm_takes_what_producers_have_sent():
    with Worker() as worker:
        worker.process.send_signal(signal.SIGSTOP)
        peers = [worker.connect() for _ in range(4)]  # in the backlog: not accepted yet
        for i, peer in enumerate(peers):
            lines = [json.dumps({"event_type": "Late", "data": {"who": i, "n": n}}) + "\n" for n in range(100)]
            peer.sendall("".join(lines).encode())
        worker.send_datagram(json.dumps(EVENT).encode())
        worker.process.send_signal(signal.SIGTERM)
        worker.process.send_signal(signal.SIGCONT)
        worker.process.wait(DEADLINE)
        events = worker.events()
        for i in range(4):
            assert [e["data"]["n"] for e in events if e["data"].get("who") == i] == list(range(100))
        assert sum(e["event_type"] == "Custom" for e in events) == 1


def test_sigint_ends_it_as_well():
    with Worker() as worker:
        assert worker.terminate(signal.SIGINT)[0] == 0


def test_a_stale_socket_is_replaced_and_nothing_acknowledged_is_lost_by_kill_9():
    with Worker() as worker:
        acked = {}

        def produce(who):
            connection = worker.producer()
            try:
                for n in range(100_000):
                    connection.send({"event_type": "K", "data": {"who": who, "n": n}})
                    acked[who] = n
            except (OSError, AssertionError):
                pass  # killed

        threads = [threading.Thread(target=produce, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(acked) == 4 and min(acked.values()) > 50, "all producers are under way")
        worker.kill()
        for thread in threads:
            thread.join()
        assert (worker.run_dir / "events.sock").exists()  # stale
        before = worker.events()
        worker.start()
        worker.producer().send(EVENT)
        after = worker.events()
        assert after[:len(before)] == before and len(after) == len(before) + 1
        assert after[-1]["id"].split(":")[0] == before[0]["id"].split(":")[0]  # the same epoch
        for who, last in acked.items():
            got = [e["data"]["n"] for e in after if e["data"].get("who") == who]
            assert got[:last + 1] == list(range(last + 1))


def test_a_second_worker_refuses_to_start_and_names_the_first():
    with Worker() as worker:
        status, printed = worker.run_to_end()
        assert status == 1
        assert f"pid {worker.process.pid}" in printed
        worker.producer().send(EVENT)  # the first is undisturbed


def test_a_socket_that_another_program_listens_on_is_left_alone():
    worker = Worker()
    worker.run_dir.mkdir()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(worker.run_dir / "events.sock"))
        other.listen()
        status, printed = worker.run_to_end()
        assert status == 1 and f"in use by process {os.getpid()}" in printed
        assert (worker.run_dir / "events.sock").exists()
    worker.__exit__()


BAD_CONFIGS = [
    ("[events]\nmax_lin = 1\n", "events.max_lin", "did you mean"),
    ("[redact]\ncustom = [\"(\"]\n", "redact.custom", "not a regular expression"),
    ("[redact]\ncustom = [\"x*\"]\n", "redact.custom", "matches the empty text"),
    ("[events]\nallow_users = [\"no-such-user\"]\n", "events.allow_users", "no-such-user"),
    ("[events]\nallow_groups = [\"no-such-group\"]\n", "events.allow_groups", "no-such-group"),
    ("[ring]\nsize = \"5MiB\"\n", "ring.size", "power of two"),
    ("[events\n", "ringside.toml", ""),
]


@pytest.mark.parametrize("config,name,why", BAD_CONFIGS, ids=[c[1] + "-" + c[2][:12] for c in BAD_CONFIGS])
@pytest.mark.parametrize("arguments", [[], ["--check"]], ids=["start", "check"])
def test_a_wrong_configuration_is_named_and_nothing_started(config, name, why, arguments):
    worker = Worker(config)
    status, printed = worker.run_to_end(*arguments)
    assert status in (1, 2) and name in printed and why in printed
    assert not (worker.run_dir / "events.sock").exists()
    worker.__exit__()


@pytest.mark.parametrize("content,why", [
    ("{", "is not JSON"),
    ('{"if": {}}', "keyword is not known"),
    ('{"properties": {"data": {"type": "objekt"}}}', "properties.data.type"),
    ('{"$ref": "other.json"}', "$ref"),
])
def test_a_wrong_schema_is_named_by_file_and_place(tmp_path, content, why):
    (tmp_path / "Mine.schema.json").write_text(content)
    worker = Worker(schemas=tmp_path)
    status, printed = worker.run_to_end("--check")
    assert status == 2 and "Mine.schema.json" in printed and why in printed
    worker.__exit__()


def test_check_says_that_a_good_configuration_is_fine():
    worker = Worker()
    status, printed = worker.run_to_end("--check")
    assert status == 0 and "6 event schemas" in printed
    assert not worker.run_dir.exists()
    worker.__exit__()


def test_a_reload_takes_new_rules_and_a_broken_one_leaves_the_old(tmp_path):
    (tmp_path / "Mine.schema.json").write_text('{"properties": {"data": {"required": ["a"]}}}')
    with Worker(schemas=tmp_path) as worker:
        producer = worker.producer()
        assert producer.refused(b'{"event_type":"Mine","data":{"b":1}}')["member"] == "data.a"

        def status_of(line):
            before = len(producer.errors)
            producer.send(line)
            return len(producer.errors) == before

        (tmp_path / "Mine.schema.json").write_text("{broken")
        worker.process.send_signal(signal.SIGHUP)
        worker.wait_until_it_says("not reloaded")  # or it could read the next files instead of this one
        producer.send(b'{"event_type":"Mine","data":{"a":1}}')
        assert not status_of(b'{"event_type":"Mine","data":{"b":1}}')
        (tmp_path / "Mine.schema.json").write_text('{"properties": {"data": {"required": ["b"]}}}')
        worker.write_config('[redact]\nmembers = ["colour"]\n[events]\nmax_line = "2KiB"\n')
        worker.process.send_signal(signal.SIGHUP)
        eventually(lambda: status_of(b'{"event_type":"Mine","data":{"b":1,"colour":"blue","password":"kept"}}'), "the new rules hold")
        assert worker.events()[-1]["data"] == {"b": 1, "colour": "[redacted]", "password": "kept"}
        assert "longer than 2048" in producer.refused(b"x" * 3000)["message"]
        producer.close()


def test_producers_beyond_the_limit_are_told():
    with Worker("[events]\nmax_producers = 2\n") as worker:
        # the connection that looked whether the worker listens may be there still
        first, second = eventually(lambda: two(worker), "two producers are let in")
        with worker.connect() as third:
            answer = json.loads(third.makefile().readline())
        assert answer["error"] == "refused" and "max_producers" in answer["message"]
        first.close()
        second.close()


def two(worker):
    made = []
    try:
        for _ in range(2):
            made.append(worker.producer())
        return made
    except AssertionError:
        for one in made:
            one.close()
        return None


@pytest.mark.skipif(os.getuid() != 0, reason="needs another user to be")
def test_only_users_on_the_list_may_send():
    nobody = pwd.getpwnam("nobody")
    with Worker('[events]\nallow_users = ["nobody"]\nsocket_mode = "0666"\n') as worker:
        answer = json.loads(worker.connect().makefile().readline())
        assert answer["error"] == "refused" and "uid 0" in answer["message"]
        os.chmod(worker.dir, 0o755)
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setgid(nobody.pw_gid)
                os.setuid(nobody.pw_uid)
                worker.producer().send(EVENT)
                worker.send_datagram(json.dumps(EVENT).encode())
                code = 0
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        worker.send_datagram(json.dumps({"event_type": "FromRoot", "data": {}}).encode())
        eventually(lambda: len(worker.records()) == 2, "both events of the allowed user")
        assert {e["event_type"] for e in worker.events()} == {"Custom"}


def test_sockets_have_the_mode_that_was_configured():
    with Worker('[events]\nsocket_mode = "0622"\n') as worker:
        for name in ("events.sock", "events.dgram"):  # the second is bound after the first accepts
            eventually(lambda path=worker.run_dir / name: path.stat().st_mode & 0o777 == 0o622, f"{name} has its mode")
        assert (worker.run_dir / "ring").stat().st_mode & 0o777 == 0o640


def test_the_service_manager_is_told_and_may_hand_over_sockets(tmp_path):
    worker = Worker()
    worker.run_dir.mkdir()
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(tmp_path / "notify"))
    notify.settimeout(DEADLINE)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(worker.run_dir / "events.sock"))
    listening.listen()

    def told(what):
        while what not in notify.recv(4096).decode():
            pass
        return True

    def hand_over():
        os.dup2(listening.fileno(), 3)
        os.set_inheritable(3, True)
        os.environ["LISTEN_PID"] = str(os.getpid())

    child = os.fork()
    if child == 0:
        try:
            hand_over()
            os.environ |= {"LISTEN_FDS": "1", "LISTEN_FDNAMES": "events.sock", "NOTIFY_SOCKET": str(tmp_path / "notify"),
                           "WATCHDOG_USEC": "2000000"}
            from worker_process import RINGSIDED
            os.execv(RINGSIDED, [str(RINGSIDED), "--config", str(worker.config)])
        finally:
            os._exit(127)
    try:
        assert told("READY=1") and told("WATCHDOG=1")
        worker.producer().send(EVENT)
        os.kill(child, signal.SIGHUP)
        assert told("RELOADING=1") and told("READY=1")
        os.kill(child, signal.SIGTERM)
        assert told("STOPPING=1")
    except BaseException:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise
    assert os.waitpid(child, 0)[1] == 0
    assert (worker.run_dir / "events.sock").exists()  # the service manager's, not the worker's
    assert not (worker.run_dir / "events.dgram").exists()
    worker.__exit__()
