"""Lines of the log: who was refused and why, as fail2ban reads it, and JSON for machines."""

import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from stack import SOURCE_DIR, Stack
from waiting import eventually
from ws_client import Client, Closed, Refused

CACHE = pathlib.Path(os.environ.get("RINGSIDE_CACHE_DIR") or pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "ringside")
UNPACKED = CACHE / "debs" / "fail2ban"


def refused(stack, **how):
    with pytest.raises(Refused) as error:
        stack.connect(**how)
    return error.value.status


def lines_about(stack, text):
    """Returns the lines of lwsws that have the text, as soon as there is one."""
    return eventually(lambda: [line for line in stack.lwsws[0].log.read_text().splitlines() if text in line], f"lwsws says {text}")


def test_refused_client_is_logged_with_its_address_the_reason_and_the_user_but_no_token():
    with Stack(limit_connections_per_user=1) as stack:
        assert refused(stack, token="no.token.atall") == 401
        assert "refused 127.0.0.1 on /ws: 401 unauthenticated: " in lines_about(stack, "refused")[0]
        with stack.connect(user="bob"):
            assert refused(stack, user="bob") == 429
        assert re.search(r"refused 127\.0\.0\.1 on /ws: 429 \w+: .* \(user bob\)$", lines_about(stack, "429")[0])
        assert stack.lwsws[0].get("/admin/connections", headers={"Authorization": "Bearer no.token.atall"}).status == 401
        assert lines_about(stack, "refused 127.0.0.1 on /admin/connections: 401 ")
        late = Client(stack.port)  # its token comes in the first message
        late.send({"type": "auth", "token": "no.token.atall"})
        with pytest.raises(Closed) as closed:
            late.read()
        assert closed.value.code == 1008
        eventually(lambda: len(lines_about(stack, "refused 127.0.0.1 on /ws: 401 unauthenticated")) == 2, "a first message is logged, too")
        assert "atall" not in stack.lwsws[0].log.read_text()


def fail2ban_regex():
    """The command, from an installed or an unpacked package."""
    if shutil.which("fail2ban-regex"):
        return ["fail2ban-regex"], {}
    if not UNPACKED.is_dir():
        pytest.skip("no fail2ban: run script/setup")
    return ["/usr/bin/python3", UNPACKED / "usr/bin/fail2ban-regex"], {"PYTHONPATH": str(UNPACKED / "usr/lib/python3/dist-packages")}


def found_by_fail2ban(path):
    """The lines of a log that the filter of the documentation finds."""
    command, environment = fail2ban_regex()
    config = UNPACKED / "etc" / "fail2ban" if UNPACKED.is_dir() else pathlib.Path("/etc/fail2ban")
    done = subprocess.run([*command, "-c", config, "--print-all-matched", path, SOURCE_DIR / "docs/examples/fail2ban.conf"],
                          env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False)
    assert "Lines: " in done.stdout, done.stdout + done.stderr
    return re.findall(r"^\|  (.*refused.*)$", done.stdout.partition("Matched line(s)")[2].partition("Missed line(s)")[0], re.M)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_fail2ban_finds_wrong_tokens_and_nothing_else(tmp_path, log_format):
    with Stack(limit_connections_per_user=1, log_format=log_format) as stack:
        assert refused(stack, token="no.token.atall") == 401
        pretender = "bob refused 192.0.2.1 on /ws: 401 x"
        with stack.connect(user=pretender):
            assert refused(stack, user=pretender) == 429
        assert pretender[:40] in lines_about(stack, " 429 ")[0]
        lines = [line for line in stack.lwsws[0].log.read_text().splitlines() if "refused" in line]
    assert len(lines) == 2
    (tmp_path / "log").write_text("".join(line + "\n" for line in lines))
    assert found_by_fail2ban(tmp_path / "log") == lines[:1]
    # As fail2ban has it from the journal.
    (tmp_path / "log").write_text("".join(f"2026-11-27T09:00:00Z host lwsws[71]: {line.partition(' info ')[2] or line}\n" for line in lines))
    assert len(found_by_fail2ban(tmp_path / "log")) == 1


def test_json_lines_are_objects_in_both_processes():
    stack = Stack(log_format="json")
    stack.config.write_text('log_format = "json"\n' + stack.config.read_text())
    with stack:
        assert refused(stack, token="no.token.atall") == 401
        line = json.loads(lines_about(stack, "refused")[0])
        assert line["message"].startswith("refused 127.0.0.1 on /ws: 401 ")
        assert (line["level"], line["program"], line["pid"]) == ("info", "ringside-plugin", stack.lwsws[0].child())
        stack.stop_worker()
        said = [json.loads(text) for text in (stack.dir / "worker.log").read_text().splitlines()]
    assert said and all(set(line) == {"time", "level", "program", "pid", "message"} for line in said)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]) for line in said)
