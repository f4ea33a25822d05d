"""The tables of the load tests: their goals and ratios, and their places in docs/performance.md."""

import os
import re
import sys

ROOT = os.environ.get("RINGSIDE_SOURCE_DIR", os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, ROOT)

from bench.driver import hostile, tables, workloads  # noqa: E402

COST = "cpu_per_million"
TABLE = workloads.Table(
    title="two", workload="fanout", variants=(workloads.Variant("new", "ringside"), workloads.Variant("old", "ringside")),
    columns=(workloads.COST,), goals=(workloads.Goal("new", "old", COST, "CPU", 1.1),))


def runs(*costs):
    return [{"round": number, COST: cost} for number, cost in enumerate(costs)]


def test_a_goal_is_met_up_to_its_limit():
    text = tables.markdown_of(TABLE, {"new": runs(1.1, 5.0, 1.0), "old": runs(1.0, 1.0, 1.0)})
    assert text.endswith('\n\nGoal: CPU of "new" is at most 1.10 times that of "old". Measured: 1.10, met.')


def test_a_goal_is_not_met_above_its_limit():
    text = tables.markdown_of(TABLE, {"new": runs(1.2), "old": runs(1.0)})
    assert text.endswith("Measured: 1.20, not met.")


def test_a_goal_compares_runs_of_the_same_round():
    text = tables.markdown_of(TABLE, {"new": runs(1.0, 10.0, 100.0), "old": runs(1.0, 10.0, 100.0)})
    assert text.endswith("Measured: 1.00, met.")


def test_a_goal_is_left_out_when_one_of_the_two_was_not_measured():
    text = tables.markdown_of(TABLE, {"new": runs(1.0), "old": []})
    assert "Goal" not in text


def all_tables():
    return [table for quick in (True, False) for workload in workloads.workloads(quick) for table in workload.tables]


def test_ratios_and_goals_name_variants_of_their_table():
    for table in all_tables():
        labels = {variant.label for variant in table.variants}
        assert {base for base, _key, _title in table.ratios} <= labels, table.title
        assert {label for goal in table.goals for label in (goal.variant, goal.base)} <= labels, table.title


def test_labels_and_titles_are_used_once():
    for table in all_tables():
        labels = [variant.label for variant in table.variants]
        assert len(labels) == len(set(labels)), table.title
    for quick in (True, False):
        titles = [table.title for workload in workloads.workloads(quick) for table in workload.tables]
        assert len(titles) == len(set(titles))


def test_every_workload_has_its_place_in_the_document():
    with open(os.path.join(ROOT, "docs", "performance.md"), encoding="utf-8") as file:
        places = re.findall(r"<!-- bench:(\w+) -->\n.*?<!-- /bench:\1 -->", file.read(), re.DOTALL)
    assert sorted(places) == sorted(workloads.NAMES)


def test_a_measurement_that_the_hypervisor_disturbed_is_repeated(monkeypatch):
    ticks = iter([(0, 0), (5, 100), (5, 100), (10, 200), (10, 200), (10, 300)])
    monkeypatch.setattr(hostile, "stolen_ticks", lambda: next(ticks))
    monkeypatch.setattr(hostile, "measure", lambda *_: {})
    assert hostile.measure_undisturbed(None, None, 1) == {"stolen_percent": 0, "attempts": 3}


def hostile_rounds(*stolen_and_attacked):
    return {"many_series": [{"alone": {"healthz_p99_ms": 1, "delivery_p99_ms": 1, "healthz_failures": 0, "stolen_percent": 0},
                             "attacked": {"healthz_p99_ms": attacked, "delivery_p99_ms": 1, "healthz_failures": 0, "stolen_percent": stolen}}
                            for stolen, attacked in stolen_and_attacked]}


def test_rounds_that_stayed_disturbed_do_not_count():
    assert hostile.markdown(hostile_rounds((9, 50), (9, 60), (0, 1.5))).endswith("| 1.50 | 1.0 | 1.0 | 1.00 | yes |")
    assert hostile.markdown(hostile_rounds((0, 2.5), (9, 1), (9, 1))).endswith("| no |")
    assert hostile.markdown(hostile_rounds((9, 1.5))).endswith("| disturbed |")
