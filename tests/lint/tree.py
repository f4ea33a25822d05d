"""What the lints share: the sources of this tree, as git or, in a copy without git, the directories have them."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR") or pathlib.Path(__file__).resolve().parents[2])

CODE_DIRS = ("core", "module", "worker", "cli", "bench", "fuzz", "tests", "client", "script", "packaging")
LEFT_OUT = {"node_modules", "build", "dist", ".run", "__pycache__", ".git", "results", "vendor"}


def all_files():
    """Every file of the repository, as a path relative to its root."""
    listed = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        found = [pathlib.PurePosixPath(line) for line in listed.stdout.splitlines()]
    else:
        found = [pathlib.PurePosixPath(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    return sorted(path for path in found
                  if not LEFT_OUT.intersection(path.parts) and (ROOT / path).is_file())


def read(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def cpp_files(*dirs):
    return [path for path in all_files() if path.suffix in (".cpp", ".hpp") and path.parts[0] in dirs]


def includes(path):
    """(line number, name, whether in quotes) of each include."""
    found = []
    for number, line in enumerate(read(path).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match:
            found.append((number, match.group(2), match.group(1) == '"'))
    return found


def report(faults):
    """Fails with one line a fault."""
    assert not faults, "\n" + "\n".join(faults)
