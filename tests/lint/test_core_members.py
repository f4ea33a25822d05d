"""The command line knows the members that the schemas of the core types name, and no others."""

import json
import re

from tree import ROOT, read


def test_the_members_are_those_of_the_schemas():
    table = re.search(r"kCoreMembers = [^{]*\{(.*?)\}", read("cli/core_members.hpp"), re.S).group(1)
    schemas = [json.loads(path.read_text()) for path in (ROOT / "conf/schemas/events").glob("*.schema.json")]
    assert len(schemas) >= 6
    assert set(re.findall(r'"([^"]+)"', table)) == {name for schema in schemas for name in schema["properties"]["data"]["properties"]}
