"""docs/operations.md says of every metric what it means."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_metric_is_explained():
    counters = (ROOT / "core/control/counters.hpp").read_text(encoding="utf-8")
    names = set(re.findall(r'X\(\w+,\s*"(ringside_\w+)"', counters))
    explained = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert len(names) > 20
    assert not [name for name in sorted(names) if name not in explained]
