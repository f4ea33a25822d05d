"""Tests mirror the sources: core/ring/reader.cpp has tests/unit/core/ring/reader_test.cpp (or tests/unit/ring/...).

A source whose behaviour is only seen through another one is listed in mirrors.txt with the test that covers it.
"""

import pathlib
import re

from tree import ROOT, all_files, cpp_files, read, report

# What cannot be linked without the process or the host around it; tests/system covers these.
ENTRIES = re.compile(r"^(worker/main|cli/main|module/plugin|module/host/\w+)\.cpp$")


def elsewhere():
    """source -> test, from mirrors.txt."""
    pairs = {}
    for number, line in enumerate(read("tests/lint/mirrors.txt").splitlines(), 1):
        line = line.split("#")[0].strip()
        if line:
            source, arrow, test = line.partition("->")
            assert arrow, f"tests/lint/mirrors.txt:{number}: must be SOURCE -> TEST"
            pairs[source.strip()] = test.strip()
    return pairs


def test_every_source_has_its_test():
    listed = elsewhere()
    faults = []
    for path in cpp_files("core", "module", "worker", "cli"):
        if path.suffix != ".cpp" or ENTRIES.match(str(path)) or str(path) in listed:
            continue
        own = pathlib.PurePosixPath(path.parent, path.stem + "_test.cpp")
        places = [pathlib.PurePosixPath("tests/unit", own)]
        if path.parts[0] == "core":
            places.append(pathlib.PurePosixPath("tests/unit", *own.parts[1:]))
        if not any((ROOT / place).is_file() for place in places):
            faults.append(f"{path}: has no {places[0]}")
    report(faults)


def test_mirrors_txt_is_true():
    listed = elsewhere()
    report([f"tests/lint/mirrors.txt: {name} does not exist"
            for pair in listed.items() for name in pair if not (ROOT / name).is_file()])


def test_every_unit_test_has_its_source():
    faults = []
    for path in all_files():
        if path.parts[:2] == ("tests", "unit") and path.name.endswith("_test.cpp"):
            stem = path.name[: -len("_test.cpp")]
            below = pathlib.PurePosixPath(*path.parts[2:-1])
            places = [ROOT / base / below / (stem + end)
                      for base in ("", "core", "tests") for end in (".cpp", ".hpp")]
            if not any(place.is_file() for place in places):
                faults.append(f"{path}: mirrors no source")
    report(faults)
