"""A fresh Debian 12, booted: the packages are installed by apt, serve, survive crashes and a reload, stop in good order, and go."""

# ctest: alone
# ctest: needs packages
import socket
import threading

import pytest
from booted_system import PORT, http_status
from waiting import eventually
from ws_client import Client, Closed


def token(system):
    return system.says("ringside token --secret /etc/ringside/jwt.secret --user alice --role admin --ttl 1h")


def connect(system, path="/ws", **query):
    client = Client(PORT, path, token=token(system), query=query)
    client.hello = client.expect("welcome")
    return client


def send(system, n):
    system.run(f"ringside send --type Deployed --data '{{\"n\":{n}}}'")


def numbers(events):
    return [event["data"]["n"] for event in events if event["event_type"] == "Deployed"]


def deployed(client, count):
    """The numbers of the next `count` events of ours; other sources speak in between."""
    found = []
    while len(found) < count:
        message = client.read()
        if message.get("type") not in ("replay_end", "welcome"):
            found += numbers(client.events_in(message))
    return found


def serving_child(system):
    """lwsws' parent does nothing; the younger one serves."""
    pids = system.pids("lwsws")
    return pids[-1] if len(pids) > 1 else None


def test_both_services_are_active_and_the_key_is_the_web_servers(system):
    for unit in ("ringsided.service", "lwsws.service", "ringsided-events.socket", "ringsided-datagrams.socket"):
        assert system.says(f"systemctl is-active {unit}") == "active"
        assert system.says(f"systemctl is-enabled {unit}") == "enabled"
    assert system.says("stat -c '%A %U %G' /etc/ringside/jwt.secret") == "-rw-r----- root ringside-web"
    assert len(system.inside("/etc/ringside/jwt.secret").read_bytes()) >= 32
    assert system.run("ringside check", check=False).returncode == 0



def test_a_machine_without_a_key_gets_one_of_its_own_when_it_starts(system):
    first = system.inside("/etc/ringside/jwt.secret").read_bytes()
    system.inside("/etc/ringside/jwt.secret").unlink()
    system.run("systemctl restart lwsws")
    eventually(lambda: http_status("/readyz") == 200, "it serves")
    assert system.inside("/etc/ringside/jwt.secret").read_bytes() != first
    assert system.says("stat -c '%A %U %G' /etc/ringside/jwt.secret") == "-rw-r----- root ringside-web"
    second = system.inside("/etc/ringside/jwt.secret").read_bytes()
    system.run("systemctl restart lwsws")
    assert system.inside("/etc/ringside/jwt.secret").read_bytes() == second


def test_an_event_by_the_command_line_and_a_line_by_logger_reach_a_client(system):
    system.run("sed -i '/^.sources.syslog.$/a socket = \"/run/ringside/syslog.sock\"' /etc/ringside/ringside.toml && ringside check")
    system.run("systemctl reload ringsided")
    eventually(lambda: system.run("test -S /run/ringside/syslog.sock", check=False).returncode == 0, "the syslog socket is there")
    with connect(system, events="Deployed") as client, connect(system, "/logs", search="hello from logger") as logs:
        send(system, 1)
        assert deployed(client, 1) == [1]
        system.run("logger -u /run/ringside/syslog.sock -t deploy 'hello from logger'")
        assert logs.read_events(1)[0]["data"]["message"] == "hello from logger"


def test_producers_are_a_group_of_their_own(system):
    system.run("useradd -G ringside-producers producer && useradd stranger")
    assert system.run("su producer -s /bin/sh -c 'ringside send --type Other --data {}'", check=False).returncode == 0
    assert system.run("su stranger -s /bin/sh -c 'ringside send --type Other --data {}'", check=False).returncode == 1
    assert system.run("su producer -s /bin/sh -c 'cat /etc/ringside/jwt.secret'", check=False).returncode != 0


def test_a_crashed_child_of_lwsws_is_recovered_and_nothing_is_lost(system):
    with connect(system, events="Deployed") as client:
        send(system, 10)
        assert deployed(client, 1) == [10]
        last = client.hello["head"]
    with connect(system, events="Deployed") as client:
        last = client.hello["head"]
        child = serving_child(system)
        system.run(f"kill -SEGV {child}")
        with pytest.raises((Closed, OSError, AssertionError)):
            while True:
                client.read()
    send(system, 11)
    eventually(lambda: http_status("/readyz") == 200 and serving_child(system) not in (None, child), "it serves again", 15)
    with connect(system, events="Deployed", since=last) as client:
        send(system, 12)
        assert deployed(client, 2) == [11, 12]


def test_a_killed_worker_is_recovered_and_connections_stay(system):
    with connect(system, events="Deployed") as client:
        send(system, 20)
        killed = system.pids("ringsided")
        system.run(f"kill -KILL {killed[0]}")
        eventually(lambda: killed[0] not in system.pids("ringsided"), "it is gone")
        send(system, 21)  # the socket is systemd's: it waits there until the next worker takes it
        eventually(lambda: system.pids("ringsided") not in ([], killed), "another worker runs", 15)
        send(system, 22)
        assert deployed(client, 3) == [20, 21, 22]
    eventually(lambda: http_status("/readyz") == 200, "the heartbeat is fresh again")


def test_a_stopped_worker_loses_nothing_that_is_written_meanwhile(system):
    with connect(system, events="Deployed") as client:
        system.run("systemctl stop ringsided.service")
        producer = socket.socket(socket.AF_UNIX)
        producer.connect(f"/proc/{system.init}/root/run/ringside/events.sock")
        producer.sendall(b'{"event_type":"Deployed","data":{"n":30}}\n')  # which starts it again
        producer.close()
        assert deployed(client, 1) == [30]
    assert system.says("systemctl is-active ringsided.service") == "active"


def test_a_reload_keeps_connections_and_the_old_child_leaves_with_the_last(system):
    client = connect(system, events="Deployed")
    old = serving_child(system)
    system.run("systemctl reload lwsws")
    new = eventually(lambda: next((pid for pid in system.pids("lwsws")[1:] if pid > old), None), "another child serves")
    eventually(lambda: http_status("/readyz") == 200, "new connections are taken")
    with connect(system, events="Deployed") as newer:
        send(system, 40)
        assert deployed(client, 1) == [40] and deployed(newer, 1) == [40]
        client.close()
        eventually(lambda: old not in system.pids("lwsws"), "the old child has left", 60)
        send(system, 41)
        assert deployed(newer, 1) == [41]
    assert new in system.pids("lwsws")


def test_a_reload_with_a_mistake_fails_and_changes_nothing(system):
    vhost, worker = system.inside("/etc/lwsws/conf.d/ringside"), system.inside("/etc/ringside/ringside.toml")
    for unit, file, find, put, reason in (("lwsws", vhost, '",', '"', "expected"), ("ringsided", worker, "[events]", "[evnets]", "evnets")):
        whole = file.read_text()
        with connect(system, events="Deployed") as client:
            before = serving_child(system), system.pids("ringsided")
            file.write_text(whole.replace(find, put, 1))
            assert file.read_text() != whole
            failed = system.run(f"systemctl reload {unit}", check=False)
            assert failed.returncode != 0
            assert reason in system.says(f"journalctl -u {unit} -n 30 --no-pager")
            assert http_status("/readyz") == 200
            send(system, 45)
            assert deployed(client, 1) == [45]
            assert (serving_child(system), system.pids("ringsided")) == before
        file.write_text(whole)
        system.run(f"systemctl reload {unit}")
        eventually(lambda: http_status("/readyz") == 200, "it serves")


def test_failures_in_quick_succession_do_not_end_the_sockets(system):
    config = system.inside("/etc/ringside/ringside.toml")
    whole = config.read_text()
    with connect(system, events="Deployed") as client:
        config.write_text("[broken\n" + whole)
        system.run(f"kill -KILL {system.pids('ringsided')[0]}")
        # A write starts the worker, too.
        eventually(lambda: int(system.says("systemctl show -P NRestarts ringsided.service")) > 8, "it has failed often", 60)
        for socket_unit in ("ringsided-events.socket", "ringsided-datagrams.socket"):
            assert system.says(f"systemctl is-active {socket_unit}") == "active"
        with socket.socket(socket.AF_UNIX) as producer:
            producer.connect(f"/proc/{system.init}/root/run/ringside/events.sock")
            producer.sendall(b'{"event_type":"Deployed","data":{"n":46}}\n')
            config.write_text(whole)
            assert deployed(client, 1) == [46]
    eventually(lambda: http_status("/readyz") == 200, "the worker is back")


def test_a_stop_says_goodbye(system):
    with connect(system, events="Deployed") as client:
        system.run("systemctl stop lwsws")
        assert client.wait_closed()[0] == 1001
    assert system.pids("lwsws") == []
    system.run("systemctl start lwsws")
    eventually(lambda: http_status("/readyz") == 200, "it serves again")


class Producers(threading.Thread):
    """One event after the other, each on a connection of its own, and as datagrams; what could be written must arrive."""

    def __init__(self, system):
        super().__init__(daemon=True)
        self.run_dir, self.done, self.sent = f"/proc/{system.init}/root/run/ringside", threading.Event(), []

    def run(self):
        n = 1000
        while not self.done.wait(0.02):
            n += 1
            line = f'{{"event_type":"Deployed","data":{{"n":{n}}}}}'.encode()
            kind, name = (socket.SOCK_STREAM, "events.sock") if n % 2 else (socket.SOCK_DGRAM, "events.dgram")
            with socket.socket(socket.AF_UNIX, kind) as producer:
                producer.connect(f"{self.run_dir}/{name}")
                producer.sendall(line + b"\n")
            self.sent.append(n)


def test_an_upgrade_loses_nothing_and_restarts_each_service_once(system):
    sockets = "stat -c %i /run/ringside/events.sock /run/ringside/events.dgram"
    before = system.says(sockets)
    begin = system.says("date +%s.%N")
    producers = Producers(system)
    with connect(system, events="Deployed") as client:
        head = client.hello["head"]
    producers.start()
    system.run("apt-get install -y -q --reinstall /root/*.deb", timeout=300)
    eventually(lambda: http_status("/readyz") == 200, "it serves")
    n_after = len(producers.sent) + 20
    eventually(lambda: len(producers.sent) > n_after or not producers.is_alive(), "some more were sent")
    assert producers.is_alive(), "the sockets were away"
    producers.done.set()
    producers.join()
    with connect(system, events="Deployed", since=head) as client:
        assert sorted(deployed(client, len(producers.sent))) == producers.sent
    assert system.says(sockets) == before
    for unit in ("ringsided.service", "lwsws.service"):
        started = [line for line in system.says(f"journalctl -u {unit} --since @{begin} -o cat --no-pager").splitlines() if line.startswith("Started ")]
        assert len(started) == 1, started


def test_upgrade_keeps_configuration_and_key(system):
    key = system.inside("/etc/ringside/jwt.secret").read_bytes()
    system.run("apt-get install -y -q --reinstall /root/*.deb", timeout=300)
    assert system.inside("/etc/ringside/jwt.secret").read_bytes() == key
    assert "syslog.sock" in system.inside("/etc/ringside/ringside.toml").read_text()
    eventually(lambda: http_status("/readyz") == 200, "it serves")


def test_purge_leaves_nothing_but_what_people_put_there(system):
    system.inside("/etc/ringside/mine.pem").write_text("a key of the owner's\n")
    system.run("apt-get purge -y -q ringside ringside-lwsws", timeout=300)
    assert system.pids("ringsided") + system.pids("lwsws") == []
    now = set(system.says("find / -xdev -not -path '/proc/*' -not -path '/sys/*' -not -path '/run/*'").splitlines())
    left = {path for path in now - system.before if any(word in path for word in ("ringside", "lwsws"))}
    assert left == {"/etc/ringside", "/etc/ringside/mine.pem"}
    assert system.run("ls /run/ringside", check=False).returncode != 0
