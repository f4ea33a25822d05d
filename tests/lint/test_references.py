"""Every path that a comment or a document names exists."""

import re

from tree import ROOT, all_files, read, report

TOP = "core|module|worker|cli|client|clients|tests|docs|conf|script|bench|fuzz|packaging|systemd|cmake"
PATH = re.compile(rf"(?<![\w/.@~-])((?:{TOP})/[\w./*{{}}<>-]*[\w*}}/])")
# Names that stand for any name, and paths of an installed or built system.
PLACEHOLDER = re.compile(r"NAME|PRESET|RESULT|[*{}<>]|\.\.\.|^client/(dist|types|node_modules)\b|^packaging/(build|out)\b|^bench/results/\w+$")
COMMENT = {".cpp": r"//(.*)", ".hpp": r"//(.*)", ".js": r"(?://|^\s*\*)(.*)", ".py": r"#(.*)", ".cmake": r"#(.*)", ".txt": r"#(.*)"}


def mentions():
    for path in all_files():
        if path.parts[0] == "client" and "vendor" in path.parts:
            continue
        if path.suffix == ".md" and path.parts[0] != "bench":
            lines = enumerate(read(path).splitlines(), 1)
        elif path.suffix in COMMENT and path.name != "mirrors.txt":
            found = ((n, re.search(COMMENT[path.suffix], line)) for n, line in enumerate(read(path).splitlines(), 1))
            lines = ((n, match.group(1)) for n, match in found if match)
        else:
            continue
        for number, text in lines:
            for name in PATH.findall(text):
                yield path, number, name.rstrip(".")


def exists(path, name):
    for base in (ROOT, ROOT / path.parent, ROOT / path.parts[0]):
        at = base / name
        if at.exists() or any((base / (name + end)).exists() for end in (".hpp", ".cpp", ".py", ".js", ".md")):
            return True
    # A directory of files with a common beginning: client/src/event (event.js, event_names.js).
    parent = (ROOT / name).parent
    return parent.is_dir() and any(child.name.startswith(name.rsplit("/", 1)[-1]) for child in parent.iterdir()) and not name.endswith("/")


def test_every_path_that_is_named_exists():
    report([f"{path}:{number}: there is no {name}" for path, number, name in mentions()
            if not PLACEHOLDER.search(name) and not exists(path, name)])
