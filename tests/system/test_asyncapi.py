"""docs/asyncapi.yaml and docs/openapi.yaml, held by AsyncAPI's own parser and against the schemas and parameters that there are."""

import re
import subprocess

import yaml
from stack import SOURCE_DIR

DOCUMENT = SOURCE_DIR / "docs" / "asyncapi.yaml"
OPENAPI = SOURCE_DIR / "docs" / "openapi.yaml"


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


def parameters_of_the_code():
    """Name -> whether it belongs to streams only, to pages only, or to both (None)."""
    found = re.findall(r'\{"(\w+)", &QueryReader::\w+, [^,]+, ([^}]+)\}', (SOURCE_DIR / "core" / "proto" / "query.cpp").read_text())
    assert len(found) > 10
    return {name: use.strip().removeprefix("QueryUse::") for name, use in found}


def test_it_has_every_parameter_that_the_code_knows():
    known = {name for name, use in parameters_of_the_code().items() if use != "kPage"}
    channels = yaml.safe_load(DOCUMENT.read_text())["channels"].values()
    assert known == {name for channel in channels for name in channel["bindings"]["ws"]["query"]["properties"]}


def test_openapi_has_every_parameter_path_and_form():
    document = yaml.safe_load(OPENAPI.read_text())
    named = {reference["$ref"].rsplit("/", 1)[1] for path in document["paths"].values() for operation in path.values()
             for reference in operation.get("parameters", []) if "$ref" in reference}
    assert named - {"filter", "last_event_id", "idempotency_key", "content_encoding"} == set(parameters_of_the_code()) and named == set(document["components"]["parameters"])
    taking = re.findall(r'\{IngestKind::\w+, "(/[\w/]+)"', (SOURCE_DIR / "core" / "proto" / "ingest.cpp").read_text())
    assert len(taking) == 3
    assert set(document["paths"]) == {"/ws", "/metrics", "/logs", "/healthz", "/readyz", "/ticket", "/admin/connections", "/admin/disconnect", *taking}
    errors = yaml.safe_load((SOURCE_DIR / "core" / "proto" / "protocol.json").read_text())["http_errors"]
    for path in taking:
        assert set(document["paths"][path]["post"]["responses"]) - {"200"} <= {str(row["status"]) for row in errors}
    forms = re.findall(r'\{"([\w/+-]+)", MediaType::', (SOURCE_DIR / "core" / "proto" / "media_type.cpp").read_text())
    for path in ("/ws", "/metrics", "/logs"):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        assert set(content) - {"text/plain"} <= set(forms) and len(content) >= 3
    for reference in re.findall(r"\$ref: (\.\./\S+)", OPENAPI.read_text()):
        assert (OPENAPI.parent / reference).is_file(), reference
