"""The mutated copy of the tree: which sources are mutated, numbering, rewriting, building.

Each source is rewritten once with all its mutants. A place that does not compile when rewritten (a bit-field, a literal that has to be a
null pointer) is dropped: the compiler's messages name the lines.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
WORK = ROOT / "build" / "mutate"
TREE = WORK / "tree"
BUILD = WORK / "build"

# module/host and module/plugin.cpp need lwsws: tests/system covers them, and no unit test links them.
SCOPE = re.compile(r"^(core/(ring|policy|auth|redact)/|module/(?!host/|plugin\.cpp)|worker/pipeline\.).*?(cpp|hpp)$")
CONFIGURE = ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Mutate", "-DRINGSIDE_BENCH=OFF", "-DCMAKE_CXX_FLAGS_MUTATE=-O1", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
             f"-DCMAKE_CXX_FLAGS=-w -Wno-narrowing -D_GLIBCXX_ASSERTIONS -include {HERE / 'mutant.hpp'}"]


def say(text):
    print(f"mutate: {text}", file=sys.stderr, flush=True)


def tree_files():
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=True).stdout.decode().split("\0")
    return sorted(name for name in listed if name and (ROOT / name).is_file())


SOURCES = {}  # as they were when the places were found: someone may edit them while this runs


def source(name):
    if name not in SOURCES:
        SOURCES[name] = (ROOT / name).read_bytes()
    return SOURCES[name]


def write_if_changed(path, content):
    if not path.is_file() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def copy_tree(names, rewritten):
    """Copies the tree; what did not change keeps its time, so that the build does only what is due."""
    for name in names:
        if name not in rewritten:
            write_if_changed(TREE / name, source(name))
        if os.access(ROOT / name, os.X_OK):
            (TREE / name).chmod(0o755) if (TREE / name).is_file() else None
    wanted = set(names)
    for path in TREE.rglob("*"):
        if path.is_file() and str(path.relative_to(TREE)) not in wanted:
            path.unlink()


# --- finding


def compile_arguments():
    """source -> the arguments of its compilation, from the copy's database, without what clang does not know."""
    found = {}
    resources = subprocess.run(["clang", "-print-resource-dir"], capture_output=True, text=True, check=True).stdout.strip()
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        name = os.path.relpath(entry["file"], TREE)
        words = [word for word in re.findall(r"(?:[^\s\"]|\"(?:\\.|[^\"])*\")+", entry["command"])]
        kept = [word.replace('\\"', '"').replace(str(TREE), str(ROOT)) for word in words if re.match(r"-[ID]|-std=", word)]
        for at, word in enumerate(words):
            if word == "-isystem":
                kept += ["-isystem", words[at + 1]]
        found.setdefault(name, kept + ["-w", "-resource-dir", resources])
    return found


def find_in(job):
    name, arguments, scope = job
    sys.path.insert(0, str(HERE))
    import sites  # noqa: PLC0415 (needs clang's bindings, which only this step has to have)
    return sites.find(str(ROOT / name), arguments, scope)


def closure_digest(name, known):
    """Of a file and everything of ours that it includes."""
    seen, todo = set(), [name]
    while todo:
        each = todo.pop()
        if each in seen or each not in known:
            continue
        seen.add(each)
        todo += re.findall(r'^\s*#\s*include\s*"([^"]+)"', source(each).decode(errors="replace"), re.M)
    digest = hashlib.sha256((HERE / "sites.py").read_bytes())
    for each in sorted(seen):
        digest.update(each.encode() + b"\0" + source(each))
    return digest.hexdigest()


def find_sites(names, jobs):
    """All sites, of every file in scope, sorted by file and place. Looks only at files that changed."""
    in_scope = [name for name in names if SCOPE.match(name)]
    known = set(names)
    cache = WORK / "sites"
    cache.mkdir(parents=True, exist_ok=True)
    sources = [name for name in in_scope if name.endswith(".cpp")]
    digests = {name: cache / closure_digest(name, known) for name in sources}
    due = [name for name in sources if not digests[name].is_file()]
    if due:
        scope = {str(ROOT / name): name for name in in_scope}
        known_arguments = compile_arguments()
        # A new source is not in the last build's database; its neighbours are compiled alike.
        alike = {name.partition("/")[0]: words for name, words in known_arguments.items()}
        work = [(name, known_arguments.get(name) or alike[name.partition("/")[0]], scope) for name in due]
        say(f"looking for places in {len(due)} sources")
        with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
            for name, result in zip(due, pool.map(find_in, work)):
                digests[name].write_text(json.dumps(result))
    everything = {}
    for name in sources:
        if digests[name].is_file():
            for site in json.loads(digests[name].read_text()):
                everything.setdefault((site["file"], site["begin"], -site["end"], site["kind"]), site)
    return [everything[key] for key in sorted(everything)]


# --- numbering and rewriting


def mutant_id(site, number, n_alike):
    """Short, and the same as long as the place's text and function are."""
    before, after = site["mutants"][number]
    text = "\0".join((site["file"], site["function"], before, after, str(n_alike)))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def numbered(all_sites):
    """Gives each site its first number; returns the mutants as a list of dicts in that order."""
    mutants, alike = [], {}
    for site in all_sites:
        site["first"] = len(mutants)
        for number, (before, after) in enumerate(site["mutants"]):
            key = (site["file"], site["function"], before, after)
            alike[key] = alike.get(key, 0) + 1
            mutants.append({"number": len(mutants), "id": mutant_id(site, number, alike[key]), "site": site["first"], "file": site["file"],
                            "line": site["line"], "function": site["function"], "kind": site["kind"], "before": before, "after": after,
                            "begin": site["begin"], "end": site["end"]})
    return mutants


def is_initial_value(mutant):
    """Of a member of a class in a header. Each member has to have one, and most are set again before anything reads them."""
    if mutant["function"] or mutant["kind"] != "literal" or not mutant["file"].endswith(".hpp"):
        return False
    line = source(mutant["file"]).split(b"\n")[mutant["line"] - 1].decode()
    return re.match(r"\s+[\w:<>,* ]+\s\w+\s*(=\s*-?[\w.']+|\{-?[\w.']*\});", line) is not None


def rewritten(name, file_sites):
    """The source with all its mutants in it; lines stay where they are."""
    text = source(name)
    changes = []  # (offset, order, bytes, bytes to remove)
    for site in file_sites:
        first = str(site["first"])
        for at, (offset, last, depth, inserted) in enumerate(site["edits"]):
            # At one offset: what ends comes before what begins; inner ends first, outer begins first.
            order = (0, -depth, -at) if last else (1, depth, at)
            changes.append((offset, order, inserted.replace("@", first + "U").encode(), 0))
        for begin, end, replacement in site["cuts"]:
            changes.append((begin, (0.5, 0, 0), replacement.encode(), end - begin))
    changes.sort(key=lambda change: change[:2])
    out, at = [], 0
    for offset, _, inserted, removed in changes:
        out += [text[at:offset], inserted] if offset >= at else [inserted]
        at = max(at, offset) + removed
    return b"".join([*out, text[at:]])


def by_file(all_sites):
    found = {}
    for site in all_sites:
        found.setdefault(site["file"], []).append(site)
    return found


# --- building


def configure():
    BUILD.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["cmake", "-S", TREE, "-B", BUILD, *CONFIGURE], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("mutate: cmake does not accept the copy of the tree:\n" + done.stdout[-2000:] + done.stderr[-4000:])


LIBRARIES = ["ringside_ring", "ringside_policy", "ringside_auth", "ringside_redact", "ringside_module_lib", "ringside_worker_lib"]


def targets(only=None):
    """The test programs: unit tests of core, module and the pipeline's surroundings, the ring's model, the corpus, the simulation."""
    done = subprocess.run(["ninja", "-C", BUILD, "-t", "targets", "all"], capture_output=True, text=True, check=True)
    names = re.findall(r"^([\w.]+): phony$", done.stdout, re.M)
    wanted = re.compile(r"(unit_(core|module|worker)_(?!sources|net|rs_)\w+_test|model_ring_model_test|redact_\w+_test|ringside_sim)$")
    return sorted({name for name in names if wanted.match(name) and (only is None or re.search(only, name))})


def faulty_lines(output):
    """(file, line) of every line of ours that the compiler names in an error or in what led to one."""
    found = set()
    for line in output.splitlines():
        match = re.match(r"(?:In file included from |\s*from )?(\S+?):(\d+)(?::\d+)?:? ?(.*)", line)
        if match and ("error" in match.group(3) or "required from" in match.group(3) or "in 'constexpr'" in match.group(3)):
            path = match.group(1)
            name = os.path.relpath(path, TREE) if os.path.isabs(path) else os.path.relpath(BUILD / path, TREE)
            found.add((name, int(match.group(2))))
    return found


def build(names, all_sites, jobs, only=None):
    """Builds with all the sites that compile and returns them. Numbers stay when places are dropped: only their files are built again."""
    numbered(all_sites)
    dropped_file = WORK / "dropped.json"
    dropped = set(map(tuple, json.loads(dropped_file.read_text()))) if dropped_file.is_file() else set()

    def key(site):
        return (site["file"], site["function"], site["kind"], *site["mutants"][0])

    for attempt in range(20):
        kept = [site for site in all_sites if key(site) not in dropped]
        files = by_file(kept)
        texts = {name: rewritten(name, files[name]) for name in files}
        copy_tree(names, texts)
        for name, text in texts.items():
            write_if_changed(TREE / name, text)
        if attempt == 0:
            configure()
        # The libraries first: an error in a header would be found once for each test otherwise.
        say(f"building {len(targets(only))} test programs with {sum(len(site['mutants']) for site in kept)} mutants")
        for wanted in ([], targets(only)) if only else (LIBRARIES, targets()):
            if not wanted:
                continue
            command = ["nice", "-n", "5", "cmake", "--build", BUILD, "-j", str(jobs), "--", "-k", "0", *wanted]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            (WORK / "build.log").write_text(done.stdout + done.stderr)
            if done.returncode != 0:
                break
        else:
            dropped_file.write_text(json.dumps(sorted(dropped)))
            return kept
        lines = faulty_lines(done.stdout)
        faulty = [site for site in kept if any((site["file"], line) in lines for line in
                                               range(site["line"], site["line"] + 1 + site["mutants"][0][0].count("\n")))]
        # Literals first: a 0 that has to be a null pointer is the most frequent cause.
        literals = [site for site in faulty if site["kind"] == "literal"]
        if not faulty:
            break
        dropped |= {key(site) for site in (literals if literals and attempt % 2 == 0 else faulty)}
        say(f"{len(faulty)} places do not compile; trying without")
    sys.exit(f"mutate: the mutated tree does not compile; see {WORK / 'build.log'}")


def clean():
    shutil.rmtree(WORK, ignore_errors=True)
