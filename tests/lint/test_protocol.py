"""core/proto/protocol.json is the one table of close codes, HTTP errors and event types; all others are generated from it."""

import json
import re
import subprocess

from tree import ROOT, all_files, read, report


def table():
    return json.loads(read("core/proto/protocol.json"))


def http_errors():
    return {row["error"]: row["status"] for row in table()["http_errors"]}


def test_what_is_generated_is_current():
    done = subprocess.run(["/usr/bin/python3", "-B", ROOT / "script" / "generate", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_http_error_is_used():
    sources = "".join(read(path) for path in all_files() if str(path).startswith(("module/", "worker/ingest/", "core/proto/ingest_")) and path.suffix == ".cpp")
    host = read("cmake/lws/patches/strict-request-head.patch")
    report([f"core/proto/protocol.json: {row['error']} is refused nowhere" for row in table()["http_errors"]
            if f"HttpError::k{row['name']}" not in sources and f'"{row["error"]}"' not in host])


def test_every_close_code_that_is_sent_is_used():
    sources = "".join(read(path) for path in all_files() if str(path).startswith("module/") and path.suffix == ".cpp")
    report([f"core/proto/protocol.json: {row['code']} is sent nowhere" for row in table()["close_codes"]
            if row["sent"] and f"CloseCode::k{row['name']}" not in sources])


def test_every_close_code_that_is_sent_is_explained_to_clients():
    report([f"core/proto/protocol.json: {row['code']} has no meaning or no advice for clients" for row in table()["close_codes"]
            if row["sent"] and not (row.get("meaning") and row.get("client") and row["advice"])])


def test_the_host_has_no_codes_of_its_own():
    host = read("cmake/lws/patches/strict-request-head.patch")
    codes = {code: int(status) for status, code in re.findall(r'\{ (\d+), "[\w ]+", (?:"[^"]*"|""), "(\w+)"', host)}
    assert len(codes) > 5 and codes.items() <= http_errors().items()
