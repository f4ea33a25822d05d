"""Worker and web server are two users: what each may do, seen with the user, the groups and the files that its process has."""

# ctest: alone
# ctest: needs packages
import re
import shlex
import socket

import pytest
from booted_system import PORT, http_status
from waiting import eventually


def as_service(system, program):
    """Runs shell commands as that service: with its user, its groups and its view of the files."""
    pid = system.pids(program)[-1]
    status = dict(line.split(":", 1) for line in system.says(f"cat /proc/{pid}/status").splitlines())
    uid, gid = (status[key].split()[0] for key in ("Uid", "Gid"))
    groups = ",".join(status["Groups"].split())
    as_user = f"setpriv --reuid={uid} --regid={gid} {f'--groups={groups}' if groups else '--clear-groups'} --no-new-privs"

    def can(command):
        return system.run(f"nsenter -t {pid} -m {as_user} sh -c {shlex.quote(command)}", check=False).returncode == 0
    return can


def test_each_service_has_a_user_of_its_own_and_no_group_of_the_other(system):
    for program, user in (("ringsided", "ringside"), ("lwsws", "ringside-web")):
        for pid in system.pids(program):
            assert system.says(f"stat -c '%U %G' /proc/{pid}") == f"{user} {user}"
    assert system.says("id -Gn ringside-web") == "ringside-web"
    assert set(system.says("id -Gn ringside").split()) == {"ringside", "ringside-producers"}


def test_the_web_server_reads_the_ring_and_writes_nothing_but_the_control_segment(system):
    eventually(lambda: system.run("test -e /run/ringside/sources.json", check=False).returncode == 0, "sources report")
    can = as_service(system, "lwsws")
    assert can("head -c 8 /run/ringside/ring")
    assert can(": >>/run/ringside/control")  # opens it for writing, and leaves it as it is
    for name in system.says("ls -A /run/ringside").split():
        if name != "control":
            assert not can(f": >>/run/ringside/{name}"), name
    assert not can("touch /run/ringside/other")
    assert not can("mv /run/ringside/control /run/ringside/other")
    assert not can("ls /run/ringside")
    assert not can("ringside send --type Forged --data {}")


def test_events_over_http_come_by_a_socket_for_the_web_server_alone(system):
    assert system.says("stat -c '%A %U %G' /run/ringside/ingest.sock") == "srw-rw---- ringside ringside-web"


def test_the_web_server_cannot_read_what_the_worker_may(system):
    system.run("echo visible >/var/log/everybody.log && chmod 644 /var/log/everybody.log; mkdir -p /var/log/journal; : >/var/lib/ringside/probe")
    can = as_service(system, "lwsws")
    for path in ("/var/log/everybody.log", "/var/log/dpkg.log", "/var/log/journal", "/run/log/journal", "/var/lib/ringside/probe",
                 "/run/ringside/rejected", "/run/ringside/sources.json"):
        assert not can(f"test -r {path}"), path
    assert not can("journalctl -n 1 | grep -q .")
    assert can('test "$(ls /var/lib/ringside)" = history && head -c 8 /var/lib/ringside/history/*.seg')
    assert not can("touch /var/lib/ringside/history/other")
    worker = as_service(system, "ringsided")
    assert worker("test -r /var/log/everybody.log && test -w /var/lib/ringside")
    assert can("test -r /etc/ringside/jwt.secret")
    assert not worker("test -r /etc/ringside/jwt.secret")
    system.run("rm /var/lib/ringside/probe")


def test_check_as_the_web_server_finds_a_key_that_it_cannot_read(system):
    as_web_server = "runuser -u ringside-web -- ringside"
    assert system.run(f"{as_web_server} check", check=False).returncode == 0
    assert system.run(f"{as_web_server} status", check=False).returncode == 0
    system.run("chgrp root /etc/ringside/jwt.secret")
    found = system.run(f"{as_web_server} check", check=False)
    system.run("chgrp ringside-web /etc/ringside/jwt.secret")
    assert found.returncode != 0 and "jwt.secret" in found.stdout


def test_nobody_else_can_lock_or_list_the_run_directory(system):
    system.run("useradd passer-by")
    for command in ("flock -n /run/ringside true", "ls /run/ringside", "cat /run/ringside/ring", "cat /run/ringside/control"):
        assert system.run(f"su passer-by -s /bin/sh -c {shlex.quote(command)}", check=False).returncode != 0, command


def status_with(system, user):
    text = system.says(f"ringside token --secret /etc/ringside/jwt.secret --user {user} --role viewer --jti {user}-1")
    with socket.create_connection(("127.0.0.1", PORT), 5) as peer:
        peer.sendall((f"GET /ws HTTP/1.1\r\nHost: localhost:{PORT}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {text}\r\n\r\n").encode())
        return int(peer.makefile("rb").readline().split()[1])


def test_the_worker_stores_revocations_and_the_web_server_keeps_to_them_after_a_reboot(system):
    assert status_with(system, "mallory") == 101
    system.run("ringside revoke --jti mallory-1 --wait")
    assert status_with(system, "mallory") == 401
    assert system.says("stat -c '%A %U' /var/lib/ringside /var/lib/ringside/revocations").splitlines() == ["drwx------ ringside", "-rw------- ringside"]
    assert not as_service(system, "lwsws")("cat /var/lib/ringside/revocations")
    # A reboot is this: the control segment is gone.
    system.run("systemctl stop lwsws ringsided && rm /run/ringside/control && systemctl start ringsided lwsws")
    eventually(lambda: http_status("/readyz") == 200, "it serves again")
    assert status_with(system, "mallory") == 401
    assert status_with(system, "alice") == 101


@pytest.mark.parametrize("unit", ["ringsided.service", "lwsws.service"])
def test_the_running_units_are_hardened(system, unit):
    said = system.says(f"systemd-analyze security --no-pager {unit}")
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said)
    assert exposure and float(exposure[1]) <= 2.0, said


def test_upgrade_from_a_version_with_one_user(system):
    """That version's traces: its owners and modes, keys of its operator, and a control segment of its layout."""
    system.run("systemctl stop lwsws ringsided")
    system.run("""set -e
        mkdir -p /etc/ringside/tls && echo key >/etc/ringside/tls/privkey.pem && chmod 640 /etc/ringside/tls/privkey.pem
        chgrp -R ringside /etc/ringside/tls /etc/ringside/jwt.secret /etc/ringside/ringside.toml
        chgrp ringside /run/ringside /run/ringside/ring /run/ringside/control && chmod 755 /run/ringside
        chmod 640 /run/ringside/rejected && chmod 755 /var/lib/ringside
        printf '\\003' | dd of=/run/ringside/control bs=1 seek=8 conv=notrunc status=none
        userdel ringside-web""")
    head = system.says("stat -c %i /run/ringside/ring")
    system.run("apt-get install -y -q --reinstall /root/*.deb", timeout=300)
    eventually(lambda: http_status("/readyz") == 200, "it serves, with no help", 30)
    assert system.says("stat -c '%A %U %G' /run/ringside /run/ringside/ring /run/ringside/control").splitlines() == [
        "drwx--s--x ringside ringside-web", "-rw-r----- ringside ringside-web", "-rw-rw---- ringside ringside-web"]
    assert system.says("stat -c %G /etc/ringside/jwt.secret /etc/ringside/tls/privkey.pem /etc/ringside/ringside.toml").split() == [
        "ringside-web", "ringside-web", "ringside"]
    assert system.says("stat -c %a /var/lib/ringside") == "700"
    assert system.says("stat -c %i /run/ringside/ring") == head  # history is kept
    assert status_with(system, "mallory") == 401 and status_with(system, "alice") == 101
    for pid in system.pids("lwsws"):
        assert system.says(f"stat -c %U /proc/{pid}") == "ringside-web"
    system.run("rm -r /etc/ringside/tls && chgrp root /etc/ringside/ringside.toml")
