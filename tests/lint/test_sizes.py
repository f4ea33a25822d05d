"""Files stay short enough to read at once. A longer one stands in long_files.txt with the reason."""

from tree import ROOT, all_files, read, report

MAX_LINES = 400
MAX_FUNCTION = 60


def listed():
    """path -> reason, from long_files.txt."""
    found = {}
    for number, line in enumerate(read("tests/lint/long_files.txt").splitlines(), 1):
        line = line.split("#")[0].strip()
        if line:
            path, dash, reason = line.partition(" - ")
            assert dash and reason, f"tests/lint/long_files.txt:{number}: must be PATH - REASON"
            found[path.strip()] = reason
    return found


def code():
    return [path for path in all_files() if path.suffix in (".cpp", ".hpp", ".js", ".mjs", ".py", ".sh", ".h", ".c", ".go", ".rs")
            and path.parts[0] in ("core", "module", "worker", "cli", "client", "clients", "packaging", "tests", "bench", "fuzz")]


def test_no_file_is_too_long():
    known = listed()
    lengths = {str(path): read(path).count("\n") for path in code()}
    report([f"{path}: {n} lines; at most {MAX_LINES}, or a line in tests/lint/long_files.txt" for path, n in lengths.items()
            if n > MAX_LINES and path not in known])
    report([f"tests/lint/long_files.txt: {path} is short enough, or does not exist" for path in known
            if lengths.get(path, 0) <= MAX_LINES])


def functions(path):
    """(line, length) of each function body: from a line at column 0 that ends in { to the } at column 0."""
    begin = None
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), 1):
        if begin is None:
            if line and not line[0].isspace() and line.rstrip().endswith("{") and "(" in line and not line.startswith(("namespace", "struct", "class", "enum", "extern", "constexpr auto", "//")):
                begin = number
        elif line == "}":
            yield begin, number - begin
            begin = None


def test_no_function_is_too_long():
    report([f"{path}:{line}: a function of {n} lines; at most {MAX_FUNCTION}" for path in code()
            if path.suffix == ".cpp" and path.parts[0] in ("core", "module", "worker", "cli") for line, n in functions(path)
            if n > MAX_FUNCTION])
