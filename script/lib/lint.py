"""Runs clang-format and clang-tidy over the sources, in parallel, and remembers what was clean.

A file is remembered by a digest of itself, of every header of ours that it includes directly or not, and of the rules; the
cache (one empty file a digest) is shared by all checkouts. Called by script/lint.
"""

import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DIRS = ("core", "module", "worker", "cli", "tests", "bench", "fuzz")
BUILD = ROOT / "build" / "debug"


def git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


def is_source(name):
    path = pathlib.PurePath(name)
    return path.suffix in (".cpp", ".hpp") and path.parts[0] in DIRS and (ROOT / path).is_file()


def every_source():
    return sorted(str(path.relative_to(ROOT)) for name in DIRS for path in (ROOT / name).rglob("*.?pp")
                  if is_source(path.relative_to(ROOT)))


def changed_sources():
    base = next((b for b in ("origin/main", "main") if git("rev-parse", "--verify", "--quiet", b)), "HEAD")
    fork = git("merge-base", base, "HEAD") or ["HEAD"]
    names = set(git("diff", "--name-only", fork[0])) | set(git("ls-files", "--others", "--exclude-standard"))
    return sorted(name for name in names if is_source(name))


class Digests:
    """The digest of a file with all that it includes of ours."""

    def __init__(self, *rules):
        self.rules = b"".join((ROOT / rule).read_bytes() for rule in rules)
        self.closures = {}

    def closure(self, name, above=()):
        if name not in self.closures:
            text = (ROOT / name).read_bytes()
            names = {name}
            for include in re.findall(rb'^\s*#\s*include\s*"([^"]+)"', text, re.M):
                include = include.decode()
                if include not in above and (ROOT / include).is_file():
                    names |= self.closure(include, (*above, name))
            self.closures[name] = names
        return self.closures[name]

    def of(self, name):
        digest = hashlib.sha256(self.rules)
        for part in sorted(self.closure(name)):
            digest.update(part.encode() + b"\0" + (ROOT / part).read_bytes())
        return digest.hexdigest()


def check_format(names, fix):
    if not names:
        return 0
    command = ["clang-format", "--style=file", *(["-i"] if fix else ["--dry-run", "-Werror"])]
    done = subprocess.run([*command, *names], cwd=ROOT, capture_output=True, text=True, check=False)
    places = re.findall(r"^(\S+?:\d+):\d+: error", done.stderr, re.M)
    for place in places:
        print(f"{place}: not formatted (script/lint --fix does it)")
    return 1 if done.returncode else 0


def tidy(name):
    done = subprocess.run(
        ["nice", "clang-tidy", "-p", BUILD, "--quiet", "--extra-arg=-Wno-unknown-warning-option", name],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    return done.returncode == 0, done.stdout


def check_tidy(names, jobs, cache):
    digests = Digests(".clang-tidy")
    cache.mkdir(parents=True, exist_ok=True)
    due = {}
    for name in names:
        mark = cache / digests.of(name)
        if not mark.exists():
            due[name] = mark
    status = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(tidy, name): name for name in due}
        for number, future in enumerate(concurrent.futures.as_completed(running), 1):
            name = running[future]
            clean, output = future.result()
            if clean:
                due[name].touch()
            else:
                status = 1
                sys.stdout.write(output.replace(f"{ROOT}/", ""))
            print(f"[{number}/{len(due)}] {'clean' if clean else 'FAULTY'} {name}", file=sys.stderr)
    return status


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--fix", action="store_true")
    parser.add_argument("--no-tidy", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    names = [os.path.relpath(name, ROOT) for name in options.files]
    wrong = [name for name in names if not is_source(name)]
    if wrong:
        parser.error(f"no source file: {', '.join(wrong)}")
    names = names or (every_source() if options.all else changed_sources())
    status = check_format(names, options.fix)
    if not options.no_tidy:
        # What is not in the compilation database (a target that is not configured here) cannot be judged.
        database = (BUILD / "compile_commands.json").read_text()
        status |= check_tidy([name for name in names if name.endswith(".cpp") and f"/{name}\"" in database],
                             options.jobs, options.cache)
    return status


if __name__ == "__main__":
    sys.exit(main())
