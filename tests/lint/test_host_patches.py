"""The patches to the host: each in the series, with a head that says what it is for, and known to the plugin."""

import re

from tree import ROOT, read, report

PATCHES = "cmake/lws/patches"


def series():
    lines = [line.split("#")[0].strip() for line in read(f"{PATCHES}/series").splitlines()]
    return [line for line in lines if line]


def test_series_and_directory_have_the_same_patches():
    there = {path.name for path in (ROOT / PATCHES).glob("*.patch")}
    report([f"{PATCHES}: {name} is in only one of the series and the directory" for name in sorted(there ^ set(series()))])


def test_each_says_what_why_and_where_it_is_tested():
    faults = []
    for name in series():
        head = read(f"{PATCHES}/{name}").split("\n---\n")[0]
        for field in ("Description: ", "Origin: ", "Forwarded: ", "Last-Update: ", "Test: "):
            if not re.search(rf"^{field}\S", head, re.MULTILINE):
                faults.append(f"{PATCHES}/{name}: has no {field.strip()}")
        for part in ("What: ", "Upstream: "):
            if f" {part}" not in head:
                faults.append(f"{PATCHES}/{name}: its description has no {part.strip()}")
        for test in re.findall(r"tests/[\w/.]+\.py", head):
            if not (ROOT / test).exists():
                faults.append(f"{PATCHES}/{name}: {test} is not there")
    report(faults)


def test_the_plugin_knows_the_series():
    source = read("module/host/host_patches.cpp")
    known = re.findall(r'^    "([a-z0-9-]+)",$', source, re.MULTILINE)
    assert [name.removesuffix(".patch") for name in series()] == known


def test_documentation_lists_them_all():
    text = read("docs/operations.md")
    report([f"docs/operations.md does not name the patch {name}" for name in (each.removesuffix(".patch") for each in series()) if f"`{name}`" not in text])
