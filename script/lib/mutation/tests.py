"""The test programs: which test reaches which place, how long it takes, and one run with a mutant selected.

Every test is run once without a mutant and notes the places that it reaches. A mutant then needs only those tests that reach it.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from tree import BUILD, ROOT, WORK, say

PROGRAMS = BUILD / "tests"
SEED = "1"  # of tests that draw one
SIM_SEEDS = range(1, 9)
SIM_STEPS = "4000"
SLOWER = 5  # a mutant may take so many times the normal CPU time
IDLE_SECONDS = 20  # and may wait so long for something that does not come


class Case:
    """One test: a program and the name of a case in it (a seed, for the simulation)."""

    def __init__(self, program, name, seconds=0.0, reached=()):
        self.program, self.name, self.seconds = program, name, seconds
        self.reached = frozenset(reached)

    def kind(self):
        return 2 if self.program == "ringside_sim" else 1 if not self.program.startswith("unit_") else 0


def command(program, names):
    if program == "ringside_sim":
        return [PROGRAMS / program, "--seed", names[0], "--seeds", str(len(names)), "--steps", SIM_STEPS]
    return [PROGRAMS / program, *names]


def busy_seconds(pid):
    """What a process's busiest thread has run or wanted to run: a machine that others use too does not make a test hang."""
    busiest = 0
    for path in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            running, waiting, _ = path.read_text().split()
        except OSError:
            continue
        busiest = max(busiest, int(running) + int(waiting))
    return busiest / 1e9


def finished(process):
    """Its status and CPU seconds once it ends; status None when it has done nothing for IDLE_SECONDS."""
    begin = time.monotonic()
    pause = 0.0005
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime
        if pause > 0.1 and time.monotonic() - begin - busy_seconds(process.pid) > IDLE_SECONDS:
            return None, 0.0
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)


class Sandbox:
    """A directory for a test's files; processes that a test leaves behind are ended."""

    counter = 0
    lock = threading.Lock()

    def __init__(self):
        # Short: a socket's path has 108 bytes.
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="rsm", dir="/tmp"))

    def run(self, program, names, cpu_seconds, environment):
        """("passed", "failed" or "hung", and the CPU seconds that it took)."""
        env = {**os.environ, "RINGSIDE_SOURCE_DIR": str(ROOT), "RINGSIDE_BUILD_DIR": str(BUILD), "RINGSIDE_TEST_SEED": SEED,
               "RINGSIDE_TEST_TMP": str(self.path), **environment}

        def limits():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))

        process = subprocess.Popen(command(program, names), env=env, cwd=self.path, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=limits, start_new_session=True)
        try:
            status, seconds = finished(process)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            for left in self.path.iterdir():
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        if status in (None, -signal.SIGXCPU):
            return "hung", seconds
        return ("passed" if status == 0 else "failed"), seconds

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


def case_names(program):
    if program == "ringside_sim":
        return [str(seed) for seed in SIM_SEEDS]
    done = subprocess.run([PROGRAMS / program, "--list"], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.split()


def record_one(program, name, n_mutants):
    sandbox = Sandbox()
    with tempfile.NamedTemporaryFile(prefix="sites", dir=WORK) as sites:
        sites.truncate(n_mutants)
        outcome, seconds = sandbox.run(program, [name], 120, {"RINGSIDE_MUTANT_SITES": sites.name})
        reached = [at for at, byte in enumerate(pathlib.Path(sites.name).read_bytes()) if byte]
    sandbox.close()
    return outcome, seconds, reached


def digest_of(program):
    """Of a program and of the examples that it reads when it runs."""
    digest = hashlib.sha256((PROGRAMS / program).read_bytes())
    if program.startswith("redact_"):
        for path in sorted((ROOT / "tests" / "redact").iterdir()):
            if path.suffix in (".txt", ".jsonl"):
                digest.update(path.read_bytes())
    return digest.hexdigest()


def record(programs, n_mutants, jobs):
    """All tests with what they reach. What did not change since the last time is not run again."""
    store = WORK / "reached"
    store.mkdir(exist_ok=True)
    cases, due = [], []
    for program in programs:
        file = store / f"{program}-{digest_of(program)[:16]}.json"
        if file.is_file():
            cases += [Case(program, *each) for each in json.loads(file.read_text())]
        else:
            for old in store.glob(f"{program}-*.json"):
                old.unlink()
            due.append((program, file))
    if due:
        say(f"running the tests of {len(due)} programs without a mutant")
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for program, file in due:
            names = case_names(program)
            results = list(pool.map(lambda name, program=program: record_one(program, name, n_mutants), names))
            found = [Case(program, name, seconds, reached) for name, (outcome, seconds, reached) in zip(names, results) if outcome == "passed"]
            for name, (outcome, _, _) in zip(names, results):
                if outcome != "passed":
                    say(f"{program} {name} does not pass without a mutant ({outcome}): not used")
            file.write_text(json.dumps([(each.name, each.seconds, sorted(each.reached)) for each in found]))
            cases += found
    return cases


# --- which tests, in which order


def mirrors():
    pairs = {}
    for line in (ROOT / "tests/lint/mirrors.txt").read_text().splitlines():
        source, arrow, test = line.split("#")[0].partition("->")
        if arrow:
            pairs[source.strip()] = test.strip()
    return pairs


def own_program(file, known=None):
    """The unit test of a source: by its place, or by tests/lint/mirrors.txt."""
    known = mirrors() if known is None else known
    source = re.sub(r"\.hpp$", ".cpp", file)
    test = known.get(source) or f"tests/unit/{source[:-4]}_test.cpp"
    return re.sub(r"^tests/|\.cpp$", "", test).replace("/", "_")


class Plan:
    """The runs that a mutant gets: its file's own unit test, other unit tests, the models, the simulation."""

    def __init__(self, cases):
        self.at = {}
        for case in cases:
            for site in case.reached:
                self.at.setdefault(site, []).append(case)
        self.known = mirrors()
        self.killers = {}  # file -> the test that last killed a mutant of it
        self.lock = threading.Lock()

    def runs(self, mutant):
        """Lists of cases of one program."""
        own = own_program(mutant["file"], self.known)
        groups = {}
        for case in self.at.get(mutant["site"], ()):
            # A seed of the simulation is a run of its own, and so is a slow case.
            single = case.kind() > 0 or case.seconds > 1
            groups.setdefault((case.program, case.name if single else ""), []).append(case)
        runs = sorted(groups.values(), key=lambda run: (run[0].program != own, run[0].kind(), sum(case.seconds for case in run)))
        with self.lock:
            killer = self.killers.get(mutant["file"])
        if killer is not None and killer[0] != own:
            for run in runs:
                if run[0].program == killer[0] and any(case.name == killer[1] for case in run):
                    at = 1 if runs[0][0].program == own else 0
                    runs.remove(run)
                    runs.insert(at, run)
                    break
        return runs

    def try_mutant(self, mutant, sandbox, tell=None):
        """(status, program): "killed" or "hung" by a program, "survived", or "unreached"."""
        runs = self.runs(mutant)
        for run in runs:
            limit = int(2 + SLOWER * sum(case.seconds for case in run))
            outcome, _ = sandbox.run(run[0].program, [case.name for case in run], limit, {"RINGSIDE_MUTANT": str(mutant["number"])})
            if tell is not None:
                tell(run, outcome)
            if outcome != "passed":
                with self.lock:
                    self.killers[mutant["file"]] = (run[0].program, run[0].name)
                return ("killed" if outcome == "failed" else "hung"), run[0].program
        return ("survived" if runs else "unreached"), ""
