"""Two minutes of script/chaos: log servers and nodes are killed under load, and everything is compared with the log."""
# ctest: alone

import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "script" / "lib"))

import chaos  # noqa: E402
from real_cluster import why_not  # noqa: E402


@pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
def test_servers_and_nodes_are_killed_under_load():
    chaos.run(float(os.environ.get("RINGSIDE_CHAOS_MINUTES", "2")), int(os.environ.get("RINGSIDE_SEED", "1")), 300, 20)
