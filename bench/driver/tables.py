"""Medians, ratios and the Markdown that shows them."""

import os
import re
import statistics


def median_of(runs, key):
    values = [run[key] for run in runs if isinstance(run.get(key), (int, float))]
    return statistics.median(values) if values else None


def median_ratio(runs, base_runs, key):
    """Runs of the same round are compared with each other, and the middle one of the ratios is taken."""
    base = {run["round"]: run.get(key) for run in base_runs}
    ratios = [run[key] / base[run["round"]] for run in runs
              if isinstance(run.get(key), (int, float)) and base.get(run["round"])]
    return statistics.median(ratios) if ratios else None


def number(value, digits):
    return "" if value is None else f"{value:,.{digits}f}"


def markdown_of(table, results):
    """The table as Markdown; `results` maps a variant's label to its runs."""
    present = [variant for variant in table.variants if results.get(variant.label)]
    titles = [""] + [column.title for column in table.columns] + [title for _, _, title in table.ratios]
    lines = ["| " + " | ".join(titles) + " |", "| --- |" + " ---: |" * (len(titles) - 1)]
    for variant in present:
        runs = results[variant.label]
        cells = [variant.label]
        for column in table.columns:
            value = median_of(runs, column.key)
            cells.append(number(None if value is None else value * column.scale, column.digits))
        for base, key, _ in table.ratios:
            cells.append(number(median_ratio(runs, results.get(base, []), key), 2))
        lines.append("| " + " | ".join(cells) + " |")
    sentences = [sentence_of(goal, results) for goal in table.goals]
    return "\n\n".join(["\n".join(lines), *(sentence for sentence in sentences if sentence)])


def sentence_of(goal, results):
    """Whether a goal is met, for people; None when one of the two was not measured."""
    ratio = median_ratio(results.get(goal.variant, []), results.get(goal.base, []), goal.key)
    if ratio is None:
        return None
    return (f"Goal: {goal.title} of \"{goal.variant}\" is at most {goal.at_most:.2f} times that of \"{goal.base}\". "
            f"Measured: {ratio:.2f}, {'met' if ratio <= goal.at_most else 'not met'}.")


def summary_of(table, results):
    """The same figures for machines."""
    rows = {}
    for variant in table.variants:
        runs = results.get(variant.label)
        if not runs:
            continue
        rows[variant.label] = {
            "median": {column.key: median_of(runs, column.key) for column in table.columns},
            "ratio": {title: median_ratio(runs, results.get(base, []), key) for base, key, title in table.ratios},
        }
    return rows


def write_into(path, name, text):
    """Replaces what stands between the markers of `name` in a Markdown file."""
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8") as file:
        old = file.read()
    begin, end = f"<!-- bench:{name} -->", f"<!-- /bench:{name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(old):
        return False
    new = pattern.sub(lambda _: f"{begin}\n{text}\n{end}", old)
    with open(path, "w", encoding="utf-8") as file:
        file.write(new)
    return True
