"""The schemas in conf/schemas as a contract: what an independent validator says of a value, and how to spoil a value in every way."""

import copy
import json
import subprocess

from stack import SOURCE_DIR

SCHEMAS = SOURCE_DIR / "conf" / "schemas"
# One value of each kind that JSON has.
OF_EVERY_KIND = (None, True, 7, -1.5, "text", "", [], ["text"], [7], {}, {"text": "text"})


def verdicts(schema, values):
    """What ajv says of each value by `schema`, as in "client/ping": None where it holds, else why not."""
    done = subprocess.run(["node", SOURCE_DIR / "tests" / "support" / "ajv_verdicts.mjs", SCHEMAS / f"{schema}.schema.json"],
                          input="".join(json.dumps(value) + "\n" for value in values), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(values)
    return [None if one["valid"] else one["errors"] for one in said]


def examples(schema):
    return json.loads((SCHEMAS / f"{schema}.schema.json").read_text()).get("examples", [])


def places(value, path=()):
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from places(member, (*path, name))


def spoiled(value):
    """`value` with each of its parts taken away, replaced by a value of every kind, or given a stranger for company."""
    for path in places(value):
        for other in OF_EVERY_KIND if path else ():
            changed = copy.deepcopy(value)
            at(changed, path[:-1])[path[-1]] = other
            yield changed
        if path and isinstance(path[-1], str):
            changed = copy.deepcopy(value)
            del at(changed, path[:-1])[path[-1]]
            yield changed
        if isinstance(at(value, path), dict):
            changed = copy.deepcopy(value)
            at(changed, path)["stranger"] = 1
            yield changed


def at(value, path):
    for name in path:
        value = value[name]
    return value


def distinct(values):
    return [json.loads(text) for text in dict.fromkeys(json.dumps(value, sort_keys=True) for value in values)]
