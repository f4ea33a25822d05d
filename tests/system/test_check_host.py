"""`ringside check` finds what lwsws starts with and serves otherwise, or not at all, or to the wrong people."""

import grp
import os
import pwd
import re

import pytest

from test_check import BUILD_DIR, Tree, run

PORT = '"port": "9090",'
HEALTH, READY = "/healthz", "/readyz"
METRICS = '{ "ringside-metrics":'


@pytest.fixture(name="tree")
def configuration(tmp_path):
    return Tree(tmp_path)


def other_vhost(tree, file, **changes):
    text = tree.vhost.read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    (tree.lwsws / "conf.d" / file).write_text(text)


@pytest.mark.parametrize("old,new,what", [
    ('{ "ringside-ws": {', '{ "ringside-wss": {', '"ringside-wss" is not a protocol of Ringside; did you mean "ringside-ws"?'),
    (PORT, '"port": "909o",', '"port" must be a number from 1 to 65535, is "909o"'),
    (PORT, '"port": "90900",', '"port" must be a number from 1 to 65535'),
    (PORT, "", 'needs a "port"'),
    (PORT, PORT + PORT, '"port" is given twice'),
    ('"interface": "127.0.0.1"', '"interface": "eth9"', 'no interface and no address "eth9"'),
    ('"interface": "127.0.0.1"', '"interface": "203.0.113.7"', 'no interface and no address "203.0.113.7"'),
    ('"callback://ringside-metrics"', '"callback://ringside-metric"', 'did you mean "ringside-metrics"?'),
    ('"callback://ringside-metrics"', '"calback://ringside-metrics"', "must begin with one of http://"),
    (METRICS + ' { "status": "ok" } },', "", 'has no "ringside-metrics"'),
    (f'"mountpoint": "{HEALTH}"', '"mountpoint": "healthz"', "must begin with /"),
    (f'"mountpoint": "{HEALTH}"', f'"mountpoint": "{READY}"', "/readyz is mounted twice"),
    (f'"mountpoint": "{HEALTH}"', f'"mountpiont": "{HEALTH}"', 'did you mean "mountpoint"?'),
    ('"default": "index.html"', '"default": "index.htm"', "index.htm is not there"),
    ('"noipv6": "on"', '"noipv6": "onn"', '"noipv6" must be "on" or "off"'),
    ('"noipv6": "on"', '"noipv6": []', '"noipv6" must be a string'),
    ('"cache-max-age": "0"', '"cache-max-age": "0s"', '"cache-max-age" must be a number'),
    ('"headers": [', '"headres": [', 'did you mean "headers"?'),
    ('"x-content-type-options"', '"x-content-type options"', "must be the name of a header"),
    ('"vhosts": [', '"vhost": [', 'did you mean "vhosts"?'),
    ('# "host-ssl-cert": "/etc/ringside/tls/fullchain.pem"', '"host-ssl-crt": "/etc/ringside/tls/fullchain.pem"', 'did you mean "host-ssl-cert"?'),
    ('# "host-ssl-key": "/etc/ringside/tls/privkey.pem"', '"host-ssl-keyfile": "/etc/ringside/tls/privkey.pem"', 'did you mean "host-ssl-key"?'),
])
def test_mistakes_in_a_virtual_host_are_found_with_their_line(tree, old, new, what):
    tree.edit(tree.vhost, old, new)
    done = tree.check()
    assert done.returncode == 3
    assert re.search(r"^error .*conf\.d.*" + re.escape(what), done.stdout, re.M), done.stdout


def test_a_number_as_a_port_is_fine(tree):
    tree.edit(tree.vhost, PORT, '"port": 9090,')
    assert tree.check().returncode == 0


def test_an_option_that_is_repeated_is_a_list_and_each_part_is_looked_at(tree):
    tree.edit(tree.vhost, '"default": "1",', '"default": "1", "roles": "LogEntry=admin", "roles": "MetricUpdate=ops",')
    assert tree.check().returncode == 0
    tree.edit(tree.vhost, '"roles": "LogEntry=admin"', '"roles": "LogEntry"')
    assert re.search(r'^error .*/ringside:\d+: roles: "LogEntry" must be NAME=ROLE', tree.check().stdout, re.M)


@pytest.mark.parametrize("old,new,what", [
    ('"plugin-dir": "', '"plugin-dir": "/nowhere', "does not have libprotocol_ringside.so"),
    ('"plugin-dir"', '"plugins-dir"', 'did you mean "plugin-dir"?'),
    ('"rlimit-nofile": "65536"', '"rlimit-nofile": "many"', '"rlimit-nofile" must be a number'),
    ('# "username": "ringside-web"', '"username": "no-such-user"', 'there is no user "no-such-user"'),
    ('# "groupname": "ringside-web"', '"groupname": "no-such-group"', 'there is no group "no-such-group"'),
    ('"init-ssl": "yes"', '"init-ssl": "yess"', '"init-ssl" must be "on" or "off"'),
    ('"global": {', '"globel": {', 'did you mean "global"?'),
])
def test_mistakes_in_the_settings_of_all_are_found(tree, old, new, what):
    tree.edit(tree.lwsws / "conf", old, new)
    done = tree.check()
    assert done.returncode == 3
    assert re.search(r"^error .*/conf.*" + re.escape(what), done.stdout, re.M), done.stdout


def test_no_virtual_host_and_none_with_the_plugin_are_found(tree):
    tree.edit(tree.vhost, '"ringside-ws": {', '"other": {')
    assert 'no virtual host has the protocol "ringside-ws"' in tree.check().stdout
    tree.vhost.rename(tree.root / "away")
    assert "nothing would listen" in tree.check().stdout and tree.check().returncode == 3


def test_virtual_hosts_in_each_others_way_are_found(tree):
    other_vhost(tree, "same")
    assert re.search(r'^error .*conf\.d/same:\d+: vhost "localhost" on port 9090 is also in .*/ringside:\d+', tree.check().stdout, re.M)
    other_vhost(tree, "same", name=('"name": "localhost"', '"name": "other"'))
    done = tree.check()
    assert done.returncode == 0 and re.search(r"^note .*/same:\d+: port 9090 is also in", done.stdout, re.M)
    other_vhost(tree, "same", name=('"name": "localhost"', '"name": "other"'), port=("9090", "9091"))
    assert "also in" not in tree.check().stdout


def test_plain_text_beyond_this_machine_is_noted(tree):
    tree.edit(tree.vhost, '"interface": "127.0.0.1",', "")
    done = tree.check()
    assert done.returncode == 0
    assert re.search(r"^note .* listens on all interfaces without TLS", done.stdout, re.M)
    tree.edit(tree.vhost, PORT, PORT + ' "interface": "lo",')
    assert "without TLS" not in tree.check().stdout


def test_run_directories_that_differ_are_found(tree):
    tree.edit(tree.toml, '#run_dir = "/run/ringside"', f'run_dir = "{tree.root}"')
    done = tree.check()
    assert done.returncode == 3 and f"run-dir is /run/ringside, and run_dir of the worker is {tree.root}" in done.stdout
    tree.edit(tree.vhost, '"run-dir": "/run/ringside"', f'"run-dir": "{tree.root}/../{tree.root.name}"')
    assert tree.check().returncode == 0


def test_a_ring_that_has_no_room_is_found(tree):
    tree.edit(tree.toml, '#size = "64MiB"', 'size = "64GiB"')
    tree.edit(tree.toml, '#run_dir = "/run/ringside"', 'run_dir = "/dev/shm/ringside-check"')
    tree.edit(tree.vhost, '"run-dir": "/run/ringside"', '"run-dir": "/dev/shm/ringside-check"')
    room = os.statvfs("/dev/shm")
    has_room = room.f_bavail * room.f_frsize >= 64 << 30
    assert ("the worker would not start" in tree.check().stdout) != has_room


def test_metrics_from_everywhere_are_noted(tree):
    text = tree.toml.read_text()
    section = text.index("[sources.statsd]")
    tree.toml.write_text(text[:section] + text[section:].replace('#listen = ""', 'listen = "0.0.0.0:8125"', 1))
    done = tree.check()
    assert done.returncode == 0 and "IPAddressDeny=any" in done.stdout


# --- as another user


def as_user(tree, name):
    return run("check", "--worker-config", tree.toml, "--lwsws-dir", tree.lwsws, "--as-user", name)


def opened_to_all(tree):
    for path in (tree.root, *tree.root.parents):
        if str(path).startswith("/tmp/"):
            path.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_files_that_the_web_servers_user_cannot_read_are_found(tree):
    opened_to_all(tree)
    plugins = tree.root / "plugins"
    plugins.mkdir()
    (plugins / "libprotocol_ringside.so").write_text("")
    tree.edit(tree.lwsws / "conf", str(BUILD_DIR / "plugins"), str(plugins))
    group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    assert f"the user nobody cannot read it: chgrp {group} {tree.secret}" in as_user(tree, "nobody").stdout
    os.chown(tree.secret, 0, pwd.getpwnam("nobody").pw_gid)
    tree.secret.chmod(0o640)
    assert as_user(tree, "nobody").returncode == 0
    tree.www.chmod(0o700)
    assert f"the user nobody cannot pass the directory {tree.www}" in as_user(tree, "nobody").stdout
    assert as_user(tree, "root").returncode == 0


def test_a_user_that_does_not_exist_is_told(tree):
    done = as_user(tree, "no-such-user")
    assert (done.returncode, "there is no user no-such-user" in done.stderr) == (2, True)
