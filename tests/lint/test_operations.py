"""The documents tell operators what they need: the meaning of every metric, and what the packaged units keep from working."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def test_every_metric_is_explained():
    counters = (ROOT / "core/control/counters.hpp").read_text(encoding="utf-8")
    names = set(re.findall(r'X\(\w+,\s*"(ringside_\w+)"', counters))
    explained = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert len(names) > 20
    assert not [name for name in sorted(names) if name not in explained]


def test_counters_keep_their_places_in_shared_memory():
    counters = re.findall(r"^  X\((k\w+),", (ROOT / "core/control/counters.hpp").read_text(encoding="utf-8"), re.MULTILINE)
    before = [line for line in (ROOT / "tests/data/counters.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert counters[:len(before)] == before, "a counter has another place than in the version before: add new ones at the end of the table"
    assert counters == before, "add the new counters at the end of tests/data/counters.txt"


def part_of(path, heading):
    """From a heading to the next one of its level; the whole document without a heading."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return text if heading is None else text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(("path", "heading", "what"), [("docs/sources.md", "## StatsD", "other machines"), ("docs/cluster.md", None, "addresses of the servers"),
                                                       ("docs/operations.md", None, "`jwks.uri`")])
def test_where_other_machines_are_configured_it_is_told_how_the_unit_lets_them_in(path, heading, what):
    unit = (ROOT / "systemd/ringsided.service").read_text(encoding="utf-8")
    assert "\nIPAddressDeny=any\nIPAddressAllow=localhost\n" in unit
    assert [paragraph for paragraph in part_of(path, heading).split("\n\n") if "IPAddressAllow=" in paragraph], f"{path} does not name IPAddressAllow="
    assert what in part_of(path, heading)
