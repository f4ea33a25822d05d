"""Line and branch coverage of core and module by the tests of the clang build, as a table by directory. Called by script/coverage and ctest."""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Only tests/system reaches these: they need lwsws around them.
NOT_COUNTED = ("module/host/", "module/plugin.cpp")


def tool(name):
    """LLVM's tools belong to one version of clang."""
    version = subprocess.run(["clang", "-dumpversion"], capture_output=True, text=True, check=True).stdout.split(".")[0]
    found = shutil.which(f"{name}-{version}") or shutil.which(name)
    if found is None:
        sys.exit(f"coverage: {name}-{version} is missing; script/setup --for test installs it")
    return found


def summaries(build):
    """path -> {"lines": (covered, count), "branches": (covered, count)} of our sources."""
    profiles = sorted((build / "profiles").glob("*.profraw"))
    if not profiles:
        sys.exit(f"coverage: there are no counters in {build}/profiles; run the tests of that build first")
    merged = build / "merged.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "-o", merged, *profiles], check=True)
    programs = sorted(path for path in (build / "tests").iterdir() if os.access(path, os.X_OK) and path.is_file())
    objects = [word for program in programs[1:] for word in ("-object", program)]
    done = subprocess.run([tool("llvm-cov"), "export", "-summary-only", f"-instr-profile={merged}", programs[0], *objects,
                           "-ignore-filename-regex=^/usr/|(^|/)tests/"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("coverage: llvm-cov fails: " + done.stderr[-2000:])
    found = {}
    for each in json.loads(done.stdout)["data"][0]["files"]:
        # The compiler names a source after the directory of the build: ./build/clang/./core/x.cpp
        name = os.path.relpath(each["filename"], ROOT) if os.path.isabs(each["filename"]) else each["filename"]
        name = re.sub(r"^build/[^/]+/(\.\./)*", "", os.path.normpath(name))
        if name.startswith(("core/", "module/")) and not name.startswith(NOT_COUNTED):
            found[name] = {kind: (each["summary"][kind]["covered"], each["summary"][kind]["count"]) for kind in ("lines", "branches")}
    return found


def percent(pair):
    return 100.0 * pair[0] / pair[1] if pair[1] else 100.0


def row(name, files, width):
    sums = {kind: tuple(sum(each[kind][at] for each in files) for at in (0, 1)) for kind in ("lines", "branches")}
    cells = "".join(f"{sums[kind][0]:8} of {sums[kind][1]:6} {percent(sums[kind]):6.1f} %" for kind in ("lines", "branches"))
    return f"{name:<{width}}{cells}", percent(sums["lines"])


def table(found, goal):
    directories = {}
    for name, each in found.items():
        directories.setdefault(str(pathlib.PurePosixPath(name).parent), []).append(each)
    width = max(map(len, directories)) + 1
    out = [f"{'':<{width}}{'lines':>18}{'':9}{'branches':>18}"]
    out += [row(name, directories[name], width)[0] for name in sorted(directories)]
    total, lines = row("all", list(found.values()), width)
    out.append(total)
    below = sorted((percent(each["lines"]), name) for name, each in found.items() if percent(each["lines"]) < goal)
    if below:
        out.append(f"files with less than {goal:g} % of their lines:")
        out += [f"  {share:5.1f} %  {name}" for share, name in below]
    return "\n".join(out), lines


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--goal", type=float, default=95)  # files below are listed
    parser.add_argument("--minimum", type=float, default=90)  # in all, or it is an error
    parser.add_argument("build", type=pathlib.Path)
    options = parser.parse_args()
    text, lines = table(summaries(options.build), options.goal)
    print(text, flush=True)
    try:  # script/test passes its own output along, since ctest shows nothing of a test that passes
        os.write(int(os.environ.get("RINGSIDE_REPORT_FD", "-1")), f"\n{text}\n".encode())
    except OSError:
        pass
    if lines < options.minimum:
        sys.exit(f"coverage: {lines:.1f} % of the lines of core and module; at least {options.minimum:g} % are wanted")


if __name__ == "__main__":
    main()
