"""docs/asyncapi.yaml, held by AsyncAPI's own parser and against the schemas and parameters that there are."""

import re
import subprocess

import yaml
from stack import SOURCE_DIR

DOCUMENT = SOURCE_DIR / "docs" / "asyncapi.yaml"


def test_its_own_parser_finds_nothing_against_it():
    done = subprocess.run(["node", SOURCE_DIR / "tests" / "support" / "asyncapi_check.mjs", DOCUMENT], capture_output=True, text=True,
                          timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout.split() == ["/logs", "/metrics", "/ws"]


def test_it_has_every_message_that_has_a_schema():
    messages = yaml.safe_load(DOCUMENT.read_text())["components"]["messages"]
    for side in ("client", "server"):
        files = {path.name.removesuffix(".schema.json") for path in (SOURCE_DIR / "conf" / "schemas" / side).iterdir()} - {"message", "filters"}
        assert {name.removeprefix(f"{side}_") for name in messages if name.startswith(side)} == files


def test_it_has_every_parameter_that_the_code_knows():
    known = set(re.findall(r'\{"(\w+)", &QueryReader::', (SOURCE_DIR / "core" / "proto" / "query.cpp").read_text()))
    channels = yaml.safe_load(DOCUMENT.read_text())["channels"].values()
    assert known == {name for channel in channels for name in channel["bindings"]["ws"]["query"]["properties"]}
