"""Log files as real programs write and rotate them: JSON that is not quite right, holes, links of others."""

import os
import pathlib
import pwd
import shutil
import tempfile

import pytest
from waiting import eventually
from worker_process import Worker

LEVELS = ["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "ERROR", "CRITICAL"]


@pytest.fixture(name="logs")
def directory_of_logs():
    """Below /tmp and not in a directory of pytest, which other users may not enter."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="rs-logs-", dir="/tmp"))
    path.chmod(0o755)
    (path / "followed").mkdir()
    yield path
    shutil.rmtree(path)


def follow(*paths):
    return "[sources.files]\npaths = [" + ", ".join(f'"{path}"' for path in paths) + "]\n"


def entries(worker):
    return [event["data"] for event in worker.events() if event["event_type"] == "LogEntry"]


def entries_until(worker, last):
    def found():
        got = entries(worker)
        return got if any(entry["message"] == last for entry in got) else None

    return eventually(found, f"there is {last}")


CUT = "x" * 17_000
JSON_LINES = [
    '{"level":"error","msg":"quota","limit":18446744073709551615}', '{"level":"error","msg":"name \\ud83d broken"}', '{"level":"error","msg":"a","msg":"b"}',
    '{"level":"error","error":"no message member"}', f'{{"level":"error","msg":"{CUT}"}}', '{"time":"2026-01-01T00:00:00Z","level":"ERROR+2","msg":"slog"}',
    '{"@timestamp":"2026-01-01T00:00:00Z","log":{"level":"error"},"message":"nested ECS"}']
OTHER_LINES = [
    f'{{"msg":"{CUT}","severity":"ERR"}}', '{"severityText":"Error","body":"otel"}', '{"level":50,"msg":"pino"}', '{"level":"error","msg":"tab\there"}',
    "{'level': 'error', 'msg': 'a dict of Python'}", '{"level":"error","msg":NaN}', '{"level":{"name":"error"},"message":"an object"}', '{"PRIORITY":"3","MESSAGE":"journal"}',
    'app[12]: {"level":"error","msg":"behind a prefix"}']


@pytest.mark.parametrize("lines", [JSON_LINES, OTHER_LINES], ids=["refused, cut or odd", "other loggers"])
def test_a_json_line_keeps_its_level_whatever_else_is_wrong_with_it(logs, lines):
    with Worker(follow(logs / "followed/*.log")) as worker:
        (logs / "followed/app.log").write_text("".join(line + "\n" for line in [*lines, '{"level":"info","msg":"no error at all"}', "last"]))
        got = entries_until(worker, "last")
    assert [(entry["level"], entry["message"][:60]) for entry in got[:len(lines)] if LEVELS.index(entry["level"]) < LEVELS.index("ERROR")] == []
    assert len(got) == len(lines) + 2 and got[-2]["level"] == "INFO"


def truncated_while_written(worker, path, n_before, after):
    """The file is truncated under a writer that does not append: its next line has a hole of zeros before it."""
    with open(path, "wb", buffering=0) as file:
        for n in range(n_before):
            file.write(b"%06d before " % n + b"x" * 80 + b"\n")
        last = "%06d before " % (n_before - 1) + "x" * 80
        entries_until(worker, last)
        os.truncate(path, 0)
        for line in after:
            file.write(line)
    return last


@pytest.mark.parametrize("n_before", [10, 300, 1200, 20_000])
def test_lines_after_a_hole_of_any_length_come_whole(logs, n_before):
    with Worker('[ring]\nsize = "32MiB"\n' + follow(logs / "followed/*.log")) as worker:
        last = truncated_while_written(worker, logs / "followed/app.log", n_before, [b"ERROR first line after\n", b"second line after\n"])
        got = entries_until(worker, "second line after")
    at = max(n for n, entry in enumerate(got) if entry["message"] == last)
    assert [(entry["level"], entry["message"]) for entry in got[at + 1:]] == [("ERROR", "ERROR first line after"), ("INFO", "second line after")]


def test_a_line_that_is_written_in_two_parts_after_a_hole_is_one(logs):
    path = logs / "followed/app.log"
    with Worker(follow(logs / "followed/*.log")) as worker, open(path, "wb", buffering=0) as file:
        file.write(b"before\n")
        file.seek(200_000)  # as a writer with an offset of its own
        file.write(b"ERROR in ")
        file.write(b"two parts\n")
        file.seek(100_000, os.SEEK_CUR)
        file.write(b"after another hole\n")
        got = entries_until(worker, "after another hole")
    assert [entry["message"] for entry in got] == ["before", "ERROR in two parts", "after another hole"]
    assert got[1]["level"] == "ERROR"


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make the links of others")


def give_away(path):
    nobody = pwd.getpwnam("nobody")
    os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


@pytest.fixture(name="secrets")
def files_of_root(logs):
    (logs / "root").mkdir()
    for name in ("secret", "service.log"):
        (logs / "root" / name).write_text("")
        (logs / "root" / name).chmod(0o600)
    (logs / "root/current.log").symlink_to("service.log")
    give_away(logs / "followed")
    return logs / "root"


@needs_root
@pytest.mark.parametrize("kind", ["symbolic", "relative", "directory"])
def test_a_link_of_another_user_shows_nothing_that_he_may_not_read(logs, secrets, kind):
    if kind == "directory":
        (logs / "followed/app").symlink_to(secrets)
        (secrets / "secret").rename(secrets / "secret.log")
        link, target = logs / "followed/app", secrets / "secret.log"
    else:
        link, target = logs / "followed/other.log", secrets / "secret"
        link.symlink_to(target if kind == "symbolic" else "../root/secret")
    give_away(link)
    with Worker(follow(logs / "followed/*.log", logs / "followed/*/*.log", secrets / "current.log")) as worker:
        target.write_text("the secret of root\n")
        (logs / "followed/mine.log").write_text("an ordinary line\n")
        give_away(logs / "followed/mine.log")
        (secrets / "service.log").write_text("named in full\n")
        entries_until(worker, "an ordinary line")
        got = entries_until(worker, "named in full")
    assert "the secret of root" not in [entry["message"] for entry in got]


@needs_root
def test_a_link_of_another_user_to_the_signing_secret_shows_nothing(logs, secrets):
    with Worker(follow(logs / "followed/*.log", secrets / "current.log")) as worker:
        (worker.run_dir / "jwt.secret").write_text("")
        (logs / "followed/pwn.log").symlink_to(worker.run_dir / "jwt.secret")
        give_away(logs / "followed/pwn.log")
        (worker.run_dir / "jwt.secret").write_text("signing-secret-of-this-run\n")
        (secrets / "service.log").write_text("later\n")
        (logs / "followed/mine.log").write_text("an ordinary line\n")
        entries_until(worker, "an ordinary line")
        got = entries_until(worker, "later")
    assert "signing-secret-of-this-run" not in [entry["message"] for entry in got]
