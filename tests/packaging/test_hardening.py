"""What is shipped is compiled and linked with every defence that costs nothing measurable (cmake/CompilerFlags.cmake, script/lib/lwsws.sh)."""

import json
import os
import pathlib
import platform
import re
import subprocess

import pytest

BUILD_DIR = pathlib.Path(os.environ["RINGSIDE_BUILD_DIR"])
OURS = [BUILD_DIR / "bin" / "ringsided", BUILD_DIR / "bin" / "ringside", BUILD_DIR / "plugins" / "libprotocol_ringside.so"]
HOST = [pathlib.Path(os.environ["RINGSIDE_LWS_PREFIX"]) / path for path in ("bin/lwsws", "lib/libwebsockets.so")]
FLAGS = {"-fstack-protector-strong", "-fstack-clash-protection"}
if platform.machine() == "x86_64":
    FLAGS.add("-fcf-protection=full")


def readelf(*arguments):
    return subprocess.check_output(["readelf", "--wide", *arguments], text=True, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("file", OURS + HOST, ids=lambda file: file.name)
def test_every_source_file_was_compiled_with_the_defences_of_the_stack(file):
    units = readelf("--debug-dump=info", "--dwarf-depth=1", file).split("DW_TAG_compile_unit")[1:]
    compiled = [(re.search(r"DW_AT_name\s*:.*: (\S+)", unit).group(1), set(re.search(r"DW_AT_producer\s*:.*: (GNU .*)", unit).group(1).split()))
                for unit in units if "GNU C" in unit]
    assert compiled
    assert {name: FLAGS - flags for name, flags in compiled if not flags >= FLAGS} == {}


@pytest.mark.parametrize("file", OURS + HOST, ids=lambda file: file.name)
def test_calls_of_the_library_are_checked_and_the_tables_of_the_linker_are_read_only(file):
    needed = readelf("--dyn-syms", file)
    assert "__stack_chk_fail" in needed and re.search(r"\b__\w+_chk\b", needed)
    dynamic, segments = readelf("--dynamic", file), readelf("--segments", file)
    assert "BIND_NOW" in dynamic and "GNU_RELRO" in segments
    assert re.search(r"GNU_STACK.* RW ", segments), "the stack is not executable"
    assert "DYN (" in readelf("--file-header", file), "its address is chosen at start"
    if file in OURS:
        assert "glibcxx_assert_fail" in needed


def test_definitions_of_the_checks_are_on_the_command_lines():
    """The debug information does not have them."""
    shipped = {"core", "worker", "module", "cli"}
    commands = {entry["file"]: entry["command"] for entry in json.loads((BUILD_DIR / "compile_commands.json").read_text())}
    root = pathlib.Path(os.environ["RINGSIDE_SOURCE_DIR"])
    ours = {file: command for file, command in commands.items() if pathlib.Path(file).is_relative_to(root)
            and pathlib.Path(file).relative_to(root).parts[0] in shipped}
    assert len(ours) > 100
    assert [file for file, command in ours.items() if "-D_FORTIFY_SOURCE=3" not in command or "-D_GLIBCXX_ASSERTIONS" not in command] == []
