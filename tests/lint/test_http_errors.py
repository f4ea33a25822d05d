"""core/proto/http_error.cpp is the one table of HTTP errors: schema and documentation say the same."""

import json
import re

from tree import all_files, read, report

ROW = re.compile(r'\{HttpError::k\w+, (\d+), "(\w+)"')


def table():
    rows = {code: int(status) for status, code in ROW.findall(read("core/proto/http_error.cpp"))}
    assert len(rows) > 10, "the table was not found"
    return rows


def test_the_schema_lists_exactly_these_codes():
    listed = json.loads(read("conf/schemas/http/error.schema.json"))["properties"]["error"]["enum"]
    assert sorted(listed) == sorted(table())


def test_the_documentation_lists_exactly_these_codes_with_their_status():
    text = read("docs/protocol.md")
    text = text[text.index("| status | `error` |"):]
    text = text[: text.index("\n\n")]
    rows = {code: int(status) for status, code in re.findall(r"^\| (\d+) \| `(\w+)` \|", text, re.M)}
    assert rows == table()


def test_every_code_is_used():
    enumerators = re.findall(r'\{HttpError::(k\w+), \d+, "(\w+)"', read("core/proto/http_error.cpp"))
    sources = "".join(read(path) for path in all_files() if str(path).startswith("module/") and path.suffix == ".cpp")
    host = read("cmake/lws/patches/strict-request-head.patch")
    report([f"core/proto/http_error.hpp: {name} is refused nowhere" for name, code in enumerators
            if f"HttpError::{name}" not in sources and f'"{code}"' not in host])


def test_the_host_has_no_codes_of_its_own():
    host = read("cmake/lws/patches/strict-request-head.patch")
    codes = {code: int(status) for status, code in re.findall(r'\{ (\d+), "[\w ]+", (?:"[^"]*"|""), "(\w+)"', host)}
    assert len(codes) > 5 and codes.items() <= table().items()
