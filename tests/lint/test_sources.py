"""The rules that a file can break by itself."""

import re

from tree import all_files, cpp_files, read, report

MAX_LINES = 600
SOURCES = {".cpp", ".hpp", ".py", ".js", ".mjs", ".ts", ".css", ".html", ".sh", ".cmake"}
WRITTEN_BY_TOOLS = ("package-lock.json",)


def written_by_people():
    for path in all_files():
        if path.name in WRITTEN_BY_TOOLS:
            continue
        if path.suffix in SOURCES or path.name == "CMakeLists.txt" or (path.parts[0] in ("script", ".ci") and not path.suffix):
            yield path


def test_no_file_is_longer_than_600_lines():
    report([f"{path}: {n} lines, {MAX_LINES} is the most: split it by concern"
            for path in written_by_people() if (n := read(path).count("\n")) > MAX_LINES])


def test_nothing_is_left_to_be_done():
    words = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    report([f"{path}:{number}: {line.strip()}"
            for path in written_by_people()
            for number, line in enumerate(read(path).splitlines(), 1) if words.search(line)])


def test_headers_are_guarded_and_say_what_they_are():
    faults = []
    for path in cpp_files("core", "module", "worker", "cli", "tests", "bench", "fuzz"):
        if path.suffix == ".hpp":
            head = [line for line in read(path).splitlines() if line.strip()]
            if "#pragma once" not in head:
                faults.append(f"{path}: has no #pragma once")
            if not any(line.startswith("//") for line in head[:2]):
                faults.append(f"{path}: does not begin by saying what it is for")
    report(faults)


def test_sources_begin_with_why_they_are_as_they_are():
    report([f"{path}: begins with a comment"
            for path in cpp_files("core", "module", "worker", "cli", "bench", "fuzz")
            if path.suffix == ".cpp" and not read(path).startswith("//")])


def test_atomic_stores_and_loads_are_paired_by_name():
    """SYNC(name): store and SYNC(name): load stand beside the atomics; one without the other is an error or a leftover."""
    seen = {}
    faults = []
    for path in cpp_files("core", "module", "worker", "cli"):
        for number, line in enumerate(read(path).splitlines(), 1):
            for name, side in re.findall(r"SYNC\(([a-z0-9_]+)\): *(\w+)", line):
                if side not in ("store", "load"):
                    faults.append(f"{path}:{number}: SYNC({name}) is a store or a load, not {side}")
                seen.setdefault(name, {}).setdefault(side, f"{path}:{number}")
    for name, sides in sorted(seen.items()):
        for side, other in (("store", "load"), ("load", "store")):
            if side in sides and other not in sides:
                faults.append(f"{sides[side]}: SYNC({name}) has a {side} and no {other}")
    report(faults)


# A fixed sleep in a test is either too short or too long. Waiting for a condition, with a deadline, is done by the
# helpers in tests/support, which alone may pause between two looks.
SLEEPS = {
    ".cpp": r"\b(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\b|(?<![\w.:>])(::)?sleep\(",
    ".hpp": r"\b(sleep_for|sleep_until|usleep|nanosleep|clock_nanosleep)\b|(?<![\w.:>])(::)?sleep\(",
    ".py": r"(\b|\\n)(time|asyncio)\.sleep\((?!0\))|\bfrom time import sleep\b",
    ".js": r"setTimeout\(\s*(r|res|resolve|done)\s*,",
    ".mjs": r"setTimeout\(\s*(r|res|resolve|done)\s*,",
}


def test_no_test_sleeps():
    faults = []
    for path in all_files():
        is_test = path.parts[0] == "tests" or "test" in path.parts
        if not is_test or path.parts[:2] in (("tests", "support"), ("tests", "lint")) or "support" in path.parts:
            continue
        pattern = SLEEPS.get(path.suffix)
        if pattern:
            faults += [f"{path}:{number}: waits for a time, not for a condition: {line.strip()}"
                       for number, line in enumerate(read(path).splitlines(), 1) if re.search(pattern, line)]
    report(faults)


def test_no_pipe_of_a_shell_script_has_a_reader_that_ends_early():
    """With pipefail, the writer's SIGPIPE then decides now and then, on a busy machine: grep -q, head."""
    faults = []
    for path in all_files():
        text = read(path) if path.suffix in (".sh", "") and path.parts[0] in ("script", "packaging", ".ci") else ""
        if path.suffix == ".sh" or re.match(r"#!.*\b(ba)?sh\b", text):
            faults += [f"{path}:{number}: {line.strip()}" for number, line in enumerate(text.splitlines(), 1)
                       if re.search(r"\|\s*(grep\s+-\w*q|head\b)", line)]
    report(faults)
