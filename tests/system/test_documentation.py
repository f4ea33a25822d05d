"""What the documents show is run: URLs against a real server, command lines against the program that they are for."""

import json
import os
import re
import shlex
import subprocess

import pytest

from stack import BUILD_DIR, SOURCE_DIR, Stack, log_entry, task
from waiting import SLOWNESS
from ws_client import Client

RINGSIDE = BUILD_DIR / "bin" / "ringside"
DOCUMENTS = [SOURCE_DIR / "README.md", *sorted((SOURCE_DIR / "docs").glob("*.md"))]
COMMANDS = re.findall(r"^  (\w+) ", subprocess.run([RINGSIDE, "--help"], capture_output=True, text=True, check=True)
                      .stdout.split("Subcommands:")[1].split("\n\n")[0], re.M)


def blocks():
    """(document, text) of each block of code."""
    for path in DOCUMENTS:
        for block in re.findall(r"^```\w*\n(.*?)^```$", path.read_text(), re.S | re.M):
            yield path.name, re.sub(r"\\\n\s*", " ", block)


def found_in_blocks(pattern):
    return [pytest.param(found, id=f"{name}-{found[:60]}") for name, block in blocks() for found in re.findall(pattern, block, re.M)]


@pytest.fixture(name="stack", scope="module")
def busy_server():
    with Stack() as stack:
        with stack.producer() as producer:
            producer.send(task(1, status="Failed"))
            producer.send(log_entry(1, level="ERROR", message="a timeout after 3 s"))
        yield stack


@pytest.mark.parametrize("url", found_in_blocks(r"^ws://localhost:9090(/\S+)$"))
def test_urls_get_events(stack, url):
    if url.startswith("/metrics"):
        metric = {"event_type": "MetricUpdate", "data": {"metric_name": "host_cpu_usage_percent", "value": 7.5, "metric_type": "gauge"}}
        stack.send(metric)
    client = Client(stack.port, url.replace("$TOKEN", stack.token("alice")), token=None)
    try:
        client.expect("welcome")
        client.read_events(1)
    finally:
        client.drop()


@pytest.mark.parametrize("line", found_in_blocks(r"^(?:\$ )?(curl .*localhost:9090.*)$"))
def test_requests_are_answered(stack, line, tmp_path):
    (tmp_path / "events.jsonl").write_text(json.dumps(task(2)) + "\n")
    command = line.split("     #")[0].replace("localhost:9090", f"localhost:{stack.port}")
    environment = {**os.environ, "TOKEN": stack.token("alice", ["admin", "producer"])}
    done = subprocess.run(["bash", "-c", command.replace("curl ", "curl --fail --no-progress-meter --max-time 3 --write-out ' %{http_code}' ", 1)], cwd=tmp_path,
                          env=environment, capture_output=True, text=True, timeout=60 * SLOWNESS, check=False)
    assert done.returncode in (0, 28), done.stderr  # 28: a stream, which the time ended
    assert re.search(r" 20[0-9]$", done.stdout), done.stdout


def command_lines():
    texts = [(name, block) for name, block in blocks()]
    texts += [("ringside.1", example.replace("\\-", "-")) for example in
              re.findall(r"^\.EX\n(.*?)^\.EE$", (SOURCE_DIR / "docs/man/ringside.1").read_text(), re.S | re.M)]
    texts += [(f"{command} --help", subprocess.run([RINGSIDE, command, "--help"], capture_output=True, text=True, check=True).stdout)
              for command in COMMANDS]
    for name, text in texts:
        for line in text.splitlines():
            for found in re.findall(r"(?:^|[|;&]\s*|-- )\s*(?:\$ )?(ringside(?: --run-dir \S+)? (?:" + "|".join(COMMANDS) + r")\b[^|]*)", line):
                if "..." not in found and "…" not in found and "[" not in found:
                    yield pytest.param(found, id=f"{name}-{found[:60]}")


@pytest.mark.parametrize("line", command_lines())
def test_command_lines_are_accepted(tmp_path, line):
    """None of them is wrong usage; without a server, most fail."""
    (tmp_path / "token").write_text("x.y.z")
    line = re.sub(r'"?\$\([^)]*\)"?', "1", line)  # the output of a command
    words = shlex.split(re.sub(r"\s[<>&]+.*", "", line), comments=True)[1:]
    if "--" in words and words[0] != "metric":
        words = [*words[:words.index("--")], "--", "true"]
    if "--url" in words:
        words += ["--retry-for", "0s"]
        words[words.index("--url") + 1] = "http://127.0.0.1:1"
    environment = {**os.environ, "RINGSIDE_RUN_DIR": str(tmp_path), "RINGSIDE_TOKEN": "x.y.z"}
    done = subprocess.run([RINGSIDE, *words], cwd=tmp_path, env=environment, input="", capture_output=True, text=True,
                          timeout=60 * SLOWNESS, check=False)
    assert done.returncode != 2, done.stderr


def test_something_was_found():
    assert len(list(command_lines())) > 30
    assert len(found_in_blocks(r"^ws://localhost:9090(/\S+)$")) >= 3
    assert len(found_in_blocks(r"^(?:\$ )?(curl .*localhost:9090.*)$")) >= 4


def test_shown_filters_name_values_that_exist():
    """Filters are compared exactly, so an example with another spelling selects nothing."""
    statuses = {"Pending", "Queued", "Running", "Completed", "Failed", "Cancelled"}
    shown = [value for path in [*DOCUMENTS, SOURCE_DIR / "docs/man/ringside.1", SOURCE_DIR / "client/README.md"]
             for values in re.findall(r"(?:filter\.|--filter )status=([\w,]+)", path.read_text()) for value in values.split(",")]
    assert shown
    assert set(shown) <= statuses, sorted(set(shown) - statuses)
