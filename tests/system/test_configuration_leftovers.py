"""Files that package managers and editors leave in conf.d are no configuration, for lwsws and for `ringside check`."""

import json
import shutil
import socket

import pytest
from stack import Lwsws, Stack, free_port

LEFTOVERS = ["ringside.dpkg-dist", "ringside.dpkg-old", "ringside.ucf-dist", "ringside.rpmnew", "ringside.rpmsave", "ringside~", "#ringside#",
             ".ringside.swp", "ringside.bak", "ringside.orig", "ringside.conf~", "ringside conf", ".json"]
CONFIGURATION = ["other", "other.conf", "10-other_one.json"]


def other_vhost(stack, port):
    """The configuration of the first process, on another port."""
    vhosts = json.loads((stack.lwsws[0].dir / "conf.d" / "ringside").read_text())
    vhosts["vhosts"][0] |= {"name": "other", "port": str(port)}
    return json.dumps(vhosts)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(name="stack", scope="module")
def running_stack():
    with Stack() as stack:
        yield stack


@pytest.mark.parametrize(("names", "is_read"), [(LEFTOVERS, False), (CONFIGURATION, True)], ids=["leftovers", "configuration"])
def test_names_decide(stack, names, is_read):
    web = Lwsws(stack, {**stack.lwsws[0].options})
    ports = {}
    for name in names:
        ports[name] = free_port()
        (web.dir / "conf.d" / name).write_text(other_vhost(stack, ports[name]).replace('"other"', f'"other-{ports[name]}"'))
    try:
        web.start()
        assert {name: listens(port) for name, port in ports.items()} == dict.fromkeys(names, is_read)
    finally:
        if web.process:
            web.stop()


def test_a_file_that_is_being_edited_keeps_nothing_from_starting(stack):
    web = Lwsws(stack, {**stack.lwsws[0].options})
    (web.dir / "conf.d" / ".ringside.swp").write_bytes(b"b0VIM 9.0\0\0\0\0" + bytes(range(256)))
    try:
        web.start()
    finally:
        web.stop()


def test_check_says_which_files_are_ignored(stack, tmp_path):
    shutil.copytree(stack.lwsws[0].dir, tmp_path / "lwsws")
    for name in LEFTOVERS:
        (tmp_path / "lwsws" / "conf.d" / name).write_text("{ this is no JSON")
    (tmp_path / "lwsws" / "conf.d" / "directory.d").mkdir()
    said = stack.ringside("check", "--only", "lwsws", "--lwsws-dir", str(tmp_path / "lwsws"), check=False)
    assert [line for line in said.stdout.splitlines() if line.startswith("error") and "/secret: " not in line] == []  # the test's own secret
    for name in LEFTOVERS:
        assert any(line.startswith("note") and line.split(": ")[0].endswith(f"/{name}") and "not read" in line for line in said.stdout.splitlines()), said.stdout
    (tmp_path / "lwsws" / "conf.d" / "other.conf").write_text("{ this is no JSON")
    said = stack.ringside("check", "--only", "lwsws", "--lwsws-dir", str(tmp_path / "lwsws"), check=False)
    assert said.returncode == 3 and "other.conf:1" in said.stdout
