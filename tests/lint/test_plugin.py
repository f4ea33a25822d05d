"""What the built plugin shows to the process that loads it."""

import os
import pathlib
import subprocess

import pytest

PLUGIN = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR", "build/release")) / "plugins" / "libprotocol_ringside.so"


@pytest.mark.skipif(not PLUGIN.exists(), reason="the plugin is not built here")
def test_plugin_exports_its_one_symbol():
    listed = subprocess.run(["nm", "-D", "--defined-only", PLUGIN], capture_output=True, text=True, check=True).stdout
    names = [line.split()[-1] for line in listed.splitlines()]
    assert names == ["ringside"]
