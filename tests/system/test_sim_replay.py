"""The simulation's promise: one seed is one run, in whatever process and whichever run came before it."""

import os
import pathlib
import re
import subprocess

SIMULATION = pathlib.Path(os.environ["RINGSIDE_BUILD_DIR"]) / "tests" / "ringside_sim"
STEPS = 3000


def sent(*options):
    """The hash of all that the servers of these worlds sent."""
    done = subprocess.run([SIMULATION, "--steps", str(STEPS), *map(str, options)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return re.search(r"sent ([0-9a-f]{16})", done.stdout)[1]


def test_one_seed_is_one_run():
    assert sent("--seed", 7, "--seeds", 3) == sent("--seed", 7, "--seeds", 3)


def test_a_run_does_not_depend_on_those_before_it():
    combined = 0
    for seed in (7, 8, 9):
        combined = (combined * 31 + int(sent("--seed", seed), 16)) % 2**64
    assert sent("--seed", 7, "--seeds", 3) == f"{combined:016x}"


def test_another_seed_is_another_run():
    assert sent("--seed", 7) != sent("--seed", 8)
