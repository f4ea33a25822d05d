"""script/mutate: see its head."""

import argparse
import concurrent.futures
import difflib
import fnmatch
import json
import os
import queue
import random
import sys
import time

import report
import tests
import tree
from tree import WORK, say


def arguments():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--files", default="*")
    parser.add_argument("--tests", default=None)
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--mutant", default="")
    parser.add_argument("--by-file", action="store_true")
    parser.add_argument("--minimum", type=float, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def prepare(jobs, only):
    """Finds, rewrites, builds; returns the mutants and what the tests reach."""
    names = tree.tree_files()
    WORK.mkdir(parents=True, exist_ok=True)
    if not (tree.BUILD / "compile_commands.json").is_file():
        tree.copy_tree(names, {})
        tree.configure()
    all_sites = tree.find_sites(names, jobs)
    kept = {site["first"] for site in tree.build(names, all_sites, jobs, only)}
    everything = tree.numbered(all_sites)
    compiled = [mutant for mutant in everything if mutant["site"] in kept]
    mutants = [mutant for mutant in compiled if not tree.is_initial_value(mutant)]
    n_dropped = len(everything) - len(compiled)
    if n_dropped:
        say(f"{n_dropped} mutants do not compile and are left out")
    return mutants


def chosen(mutants, options):
    patterns = options.files.split(",")
    found = [mutant for mutant in mutants if any(fnmatch.fnmatch(mutant["file"], pattern) for pattern in patterns)]
    if options.again:
        last = json.loads((WORK / "results.json").read_text())
        found = [mutant for mutant in found if last.get(mutant["id"], "survived") not in report.DEAD]
    if options.mutant:
        found = [mutant for mutant in mutants if mutant["id"].startswith(options.mutant)]
    if options.sample and options.sample < len(found):
        found = sorted(random.Random(options.seed).sample(found, options.sample), key=lambda mutant: mutant["number"])
    if not found:
        sys.exit("mutate: no mutant matches")
    return found


def difference(mutant):
    text = (tree.ROOT / mutant["file"]).read_bytes()
    changed = text[:mutant["begin"]] + mutant["after"].encode() + text[mutant["end"] + (mutant["kind"] == "delete"):]
    if mutant["kind"] == "return":
        changed = text[:mutant["begin"]] + mutant["after"].removeprefix("return ").removesuffix(";").encode() + text[mutant["end"]:]
    return "".join(difflib.unified_diff(text.decode().splitlines(True), changed.decode().splitlines(True), mutant["file"], "mutant " + mutant["id"]))


class Progress:
    """A line that is written over, with the time that is left, when someone watches; a line a minute else."""

    def __init__(self, total):
        self.total, self.done, self.survived = total, 0, 0
        self.begin = self.told = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def count(self, status):
        self.done += 1
        self.survived += status not in report.DEAD
        now = time.monotonic()
        if now - self.told < (0.2 if self.terminal else 60) and self.done < self.total:
            return
        self.told = now
        left = (now - self.begin) / self.done * (self.total - self.done)
        text = f"{self.done} of {self.total}, {self.survived} survived, {left / 60:.0f} min left"
        print(f"\rmutate: {text}   " if self.terminal else f"mutate: {text}", end="" if self.terminal else "\n", file=sys.stderr, flush=True)

    def end(self):
        if self.terminal:
            print(file=sys.stderr)


def run_all(plan, mutants, jobs):
    """id -> (status, program)."""
    sandboxes = queue.SimpleQueue()
    for _ in range(jobs):
        sandboxes.put(tests.Sandbox())
    progress = Progress(len(mutants))
    outcomes = {}

    def one(mutant):
        sandbox = sandboxes.get()
        try:
            return mutant["id"], plan.try_mutant(mutant, sandbox)
        finally:
            sandboxes.put(sandbox)

    try:
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            # In a random order, so that the estimate is one; neighbours still find the test that killed the last one.
            for future in concurrent.futures.as_completed([pool.submit(one, mutant) for mutant in mutants]):
                identity, outcome = future.result()
                outcomes[identity] = outcome
                progress.count(outcome[0])
    finally:
        progress.end()
        while not sandboxes.empty():
            sandboxes.get().close()
    return outcomes


def show_one(plan, mutants):
    for mutant in mutants:
        print(difference(mutant), end="")
        sandbox = tests.Sandbox()
        status, program = plan.try_mutant(mutant, sandbox, lambda run, outcome: print(
            f"  {outcome:7} {run[0].program} {' '.join(case.name for case in run[:4])}{' ...' if len(run) > 4 else ''}"))
        sandbox.close()
        print(f"{mutant['id']} {status} {('by ' + program) if program else ''}".rstrip())


def main():
    options = arguments()
    mutants = prepare(options.jobs, options.tests)
    selected = chosen(mutants, options)
    if options.list:
        for mutant in selected:
            print(f"{mutant['id']} {mutant['file']}:{mutant['line']} {report.describe(mutant).split(' | ', 2)[2]}")
        return 0
    cases = tests.record(tree.targets(options.tests), mutants[-1]["number"] + 1, options.jobs)
    plan = tests.Plan(cases)
    if options.mutant:
        show_one(plan, selected)
        return 0
    begin = time.monotonic()
    outcomes = run_all(plan, selected, options.jobs)
    reasons = report.Reasons()
    store = WORK / "results.json"
    known = json.loads(store.read_text()) if store.is_file() else {}
    known.update({identity: outcome[0] for identity, outcome in outcomes.items()})
    present = {mutant["id"] for mutant in mutants}
    store.write_text(json.dumps({identity: status for identity, status in known.items() if identity in present}))
    shown = selected if not options.again else [mutant for mutant in mutants if mutant["id"] in known]
    results = [(mutant, known[mutant["id"]], "" if known[mutant["id"]] in report.DEAD else reasons.of(mutant)) for mutant in shown]
    text, total = report.table(results, (lambda name: name) if options.by_file else report.directory)
    n_open = report.write_survivors(results)
    print(text)
    print(f"{len(outcomes)} mutants tried in {(time.monotonic() - begin) / 60:.1f} minutes; survivors in {WORK / 'survivors.txt'}, "
          f"{n_open} of them without a reason in tests/mutants.txt")
    if total < options.minimum:
        sys.exit(f"mutate: {total:.1f} % of the mutants die; at least {options.minimum} % have to")
    return 0


if __name__ == "__main__":
    sys.exit(main())
