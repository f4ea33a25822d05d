"""script/test repeats the end of each failure before ctest's closing lines, and changes nothing else."""

import os
import pathlib
import subprocess

FILTER = pathlib.Path(os.environ["RINGSIDE_SOURCE_DIR"]) / "script" / "lib" / "failures.awk"

BEGIN = """\
      Start  7: unit.good
 1/3 Test  #7: unit.good ........   Passed    0.01 sec
      Start  8: unit.bad
 2/3 Test  #8: unit.bad .........***Failed    0.01 sec
first line
the reason
      Start  9: unit.skipped
 3/3 Test  #9: unit.skipped .....***Skipped   0.01 sec
no file
"""
END = """\
The following tests FAILED:
\t  8 - unit.bad (Failed)
Errors while running CTest
"""


def filtered(text):
    return subprocess.run(["awk", "-f", FILTER], input=text, capture_output=True, text=True, check=True, timeout=30).stdout


def test_the_end_of_a_failure_is_repeated():
    counts = "\n67% tests passed, 1 tests failed out of 3\n\n"
    assert filtered(BEGIN + counts + END) == BEGIN + counts + "last lines of unit.bad:\n  first line\n  the reason\n" + END


def test_what_passes_is_left_alone():
    text = BEGIN.replace("***Failed ", "   Passed") + "\n100% tests passed, 0 tests failed out of 3\n"
    assert filtered(text) == text
