"""Scores, survivors, and the list of survivors with a reason (tests/mutants.txt)."""

import pathlib
import re

from tree import ROOT, WORK

LIST = ROOT / "tests" / "mutants.txt"
DEAD = ("killed", "hung")


def wildcard(text):
    """A * matches anything; the rest is itself. \\* is an asterisk."""
    parts = re.split(r"(\\\*|\*)", text)
    return re.compile("".join(".*" if part == "*" else r"\*" if part == "\\*" else re.escape(part) for part in parts), re.S)


class Reasons:
    """The lines of tests/mutants.txt, whose head says what they mean."""

    def __init__(self, path=LIST):
        self.rows = []
        for number, line in enumerate(path.read_text().splitlines(), 1) if path.is_file() else ():
            if not line.strip() or line.startswith("#"):
                continue
            head, _, reason = line.rpartition(" | ")
            if head.count(" | ") < 2 or not re.match(r"(equivalent|accepted): \S", reason.strip()):
                raise SystemExit(f"{path.name}:{number}: must be FILE | FUNCTION | BEFORE => AFTER | equivalent: or accepted: REASON")
            self.rows.append([number, wildcard(head.strip()), reason.strip(), 0])

    def of(self, mutant):
        text = describe(mutant)
        for row in self.rows:
            if row[1].fullmatch(text):
                row[3] += 1
                return row[2]
        return ""

    def unused(self):
        return [row[0] for row in self.rows if row[3] == 0]


def one_line(text):
    return re.sub(r"\s+", " ", text).strip()


def describe(mutant):
    after = one_line(mutant["after"]) or "(deleted)"
    return f"{mutant['file']} | {mutant['function']} | {one_line(mutant['before'])} => {after}"


def directory(name):
    return str(pathlib.PurePosixPath(name).parent) if not name.startswith("worker/") else "worker/pipeline"


def rows_of(results, group):
    rows = {}
    for mutant, status, reason in results:
        row = rows.setdefault(group(mutant["file"]), {"all": 0, "killed": 0, "hung": 0, "survived": 0, "unreached": 0, "equivalent": 0})
        if status not in DEAD and reason.startswith("equivalent:"):
            row["equivalent"] += 1
        else:
            row["all"] += 1
            row[status] += 1
    return rows


def score(row):
    return 100.0 * (row["killed"] + row["hung"]) / row["all"] if row["all"] else 100.0


def table(results, group=directory):
    rows = rows_of(results, group)
    total = {key: sum(row[key] for row in rows.values()) for key in ("all", "killed", "hung", "survived", "unreached", "equivalent")}
    width = max([len(name) for name in rows] + [len("directory")])
    out = [f"{'':<{width}}  mutants  killed   hung  survived  not reached  equivalent   score"]
    for name, row in [*sorted(rows.items()), ("all", total)]:
        out.append(f"{name:<{width}}  {row['all']:7}  {row['killed']:6}  {row['hung']:5}  {row['survived']:8}  {row['unreached']:11}"
                   f"  {row['equivalent']:10}  {score(row):5.1f} %")
    return "\n".join(out), score(total)


def write_survivors(results, path=WORK / "survivors.txt"):
    lines = []
    for mutant, status, reason in results:
        if status not in DEAD:
            lines.append(f"{mutant['id']} {mutant['file']}:{mutant['line']} {status}\n    {describe(mutant)}" + (f"\n    {reason}" if reason else ""))
    path.write_text("\n".join(lines) + "\n" if lines else "")
    return sum(1 for _, status, reason in results if status not in DEAD and not reason)
