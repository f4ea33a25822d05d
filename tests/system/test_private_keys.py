"""A private key that a program writes line by line is hidden as a whole, whichever way its lines come."""

import socket

import pytest
from waiting import eventually
from worker_process import Worker

BEGIN, END = ["-----" + word + " {}PRIVATE KEY-----" for word in ("BEGIN", "END")]


def key(kind, *body):
    return [BEGIN.format(kind), *body, END.format(kind)]


PLAIN = key("", "TUlJRXZBSUJBREFOQmdrcWhraUc5dzBCQVFFRkFBU0NCS1l3AAAAAAAAAAAAAAAA", "S0VZLUJPRFktTElORS1UV08tAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "S0VZLUJPRFk=")
RSA = key("RSA ", "U1lTTE9HLUtFWS1PTkUtQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBAAAAAAAAAAAA", "U1lTTE9HLUtFWS1UV08tQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBAAAAAAAAAAAA", "U1lTTE9HLUtFWQ==")
ENCRYPTED = key("EC ", "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF", "", "SGVsbG8tRUMtS0VZLUxJTkUtT05FAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "RUMtS0VZ")
FORMS = {"plain": PLAIN, "RSA": RSA, "encrypted": ENCRYPTED,
         "with a time before each line": [f"2026-11-27T10:00:0{n} keytool: {line}" for n, line in enumerate(RSA)],
         "as lines of source code": [f'    "{line}\\n"' for line in PLAIN],
         "indented in YAML": [f"    {line}" for line in PLAIN]}


def bodies(lines):
    return [line for line in lines if line.strip() and "PRIVATE KEY" not in line]


@pytest.fixture(name="logs")
def directory_of_logs(tmp_path):
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


@pytest.fixture(name="worker")
def worker_with_sources(logs):
    with Worker(f'[sources.files]\npaths = ["{logs}/*.log"]\n[sources.syslog]\nsocket = "{logs}/syslog.sock"\n') as running:
        eventually((logs / "syslog.sock").exists, "syslog listens")
        yield running


def append(path, lines):
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))


def send_syslog(socket_path, lines):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        for line in lines:
            sender.sendto(f"<13>Nov 27 10:00:00 host keytool[77]: {line}".encode(), str(socket_path))


def messages_until(worker, last):
    def messages():
        found = [event["data"]["message"] for event in worker.events() if event["event_type"] == "LogEntry"]
        return found if last in found else None

    return eventually(messages, f"there is {last}")


def secret_of(line):
    """The part of a line that is of the key, without what the program put around it."""
    return line.replace('"', " ").replace("\\n", " ").split()[-1]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", ["file", "syslog"])
def test_no_line_of_a_key_is_readable_and_the_lines_around_it_stay(worker, logs, way, form):
    lines = ["deploy: writing key", *FORMS[form], "deploy: done"]
    if way == "file":
        append(logs / "app.log", lines)
    else:
        send_syslog(logs / "syslog.sock", lines)
    found = messages_until(worker, "deploy: done")
    assert found[0].startswith("deploy: writing key")  # indented lines go with the one before
    assert [secret for secret in map(secret_of, bodies(FORMS[form])) if secret in "\n".join(found)] == []


def test_keys_of_two_files_at_once_are_hidden_and_other_files_are_not_touched(worker, logs):
    for path in ("a.log", "b.log"):
        (logs / path).touch()
    for n in range(max(len(PLAIN), len(RSA))):
        append(logs / "a.log", PLAIN[n:n + 1])
        append(logs / "b.log", RSA[n:n + 1])
        append(logs / "c.log", [f"S0VZbG9va3MtbGlrZS1vbmU{n}"])
    append(logs / "a.log", ["a is done"])
    append(logs / "b.log", ["b is done"])
    append(logs / "c.log", ["c is done"])
    for last in ("a is done", "b is done", "c is done"):
        found = messages_until(worker, last)
    text = "\n".join(found)
    assert [line for line in bodies(PLAIN) + bodies(RSA) if line in text] == []
    assert f"S0VZbG9va3MtbGlrZS1vbmU{len(PLAIN) - 1}" in text


@pytest.mark.parametrize("word", ["ordinary line {} of the log", "word"])
def test_a_key_that_never_ends_hides_a_bounded_number_of_lines(worker, logs, word):
    append(logs / "endless.log", ["start", *PLAIN[:3], *(word.format(n) for n in range(2000)), "the last one"])
    found = messages_until(worker, "the last one")
    assert found[0] == "start" and found.count("[redacted]") <= 250
    assert [line for line in PLAIN[1:3] if line in "\n".join(found)] == []
