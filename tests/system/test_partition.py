"""A cluster whose network is cut in two, in network namespaces of its own: tests/support/partition.py has the scenarios."""
# ctest: alone

import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from real_cluster import why_not  # noqa: E402

NAMESPACES = ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def cannot():
    if why := why_not():
        return why
    bridge = subprocess.run([*NAMESPACES, "ip", "link", "add", "name", "switch", "type", "bridge"], capture_output=True, timeout=30, check=False)
    return "" if bridge.returncode == 0 else "this machine allows no network namespaces with a bridge"


@pytest.mark.skipif(bool(cannot()), reason=cannot() or "-")
@pytest.mark.parametrize("scenario", ["minority", "lonely_server"])
def test_a_network_that_is_cut(scenario, tmp_path):
    run = subprocess.run([*NAMESPACES, sys.executable, "-B", ROOT / "tests" / "support" / "partition.py", scenario, tmp_path / "m"],
                         capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "tests" / "support")})
    logs = "".join(f"--- {log}\n{log.read_text(errors='replace')[-2000:]}" for log in sorted(tmp_path.rglob("*log")) if log.is_file()) if run.returncode else ""
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}\n{logs}"
