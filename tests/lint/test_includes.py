"""Layers go one way: core/layers.txt says which, and these tests hold the includes to it."""

import functools
import pathlib

from tree import ROOT, cpp_files, includes, read, report

OURS = ("core", "module", "worker", "cli")

# Headers of others, and the only places that may see them.
GUARDED = {
    "libwebsockets.h": ("module/plugin.cpp", "module/host/"),
    "uv.h": ("worker/",),
    "jwt.h": ("core/auth/",),
    "jansson.h": ("core/base/json.", "core/base/json_parse.",),
    "toml++/": ("core/config/",),
    "re2/": ("core/policy/", "core/schema/", "core/redact/", "cli/run/progress_finder."),
    "spdlog/": ("core/base/log.",),
    "xxhash.h": ("core/shm/", "core/ring/"),
    "cmocka.h": ("tests/support/",),
}


def layer_of(path):
    for name, patterns in layers_of_files().items():
        if any(pathlib.PurePosixPath(path).match(pattern) for pattern in patterns):
            return name
    parts = str(path).split("/")
    return parts[1] if parts[0] == "core" else parts[0]


@functools.cache
def layers_of_files():
    """The layers that patterns define: name -> patterns."""
    lines = (line.split("#")[0] for line in read("core/layers.txt").splitlines())
    return {name.strip(): rest.split() for line in lines if "=" in line for name, _, rest in [line.partition("=")]}


def allowed_edges():
    edges = {}
    for line in read("core/layers.txt").splitlines():
        line = line.split("#")[0].strip()
        if line and "=" not in line:
            name, _, rest = line.partition(":")
            edges[name.strip()] = set(rest.split())
    return edges


def test_every_layer_is_in_layers_txt():
    edges = allowed_edges()
    report([f"{path}: layer {layer_of(path)} is not in core/layers.txt"
            for path in cpp_files(*OURS) if layer_of(path) not in edges])
    report([f"core/layers.txt: {name} names the unknown layer {other}"
            for name, others in edges.items() for other in others if other not in edges])


def test_layers_have_no_cycle():
    edges = allowed_edges()
    done = set()

    def visit(name, above):
        assert name not in above, f"core/layers.txt: {' -> '.join((*above, name))} is a circle"
        if name not in done:
            for other in edges.get(name, ()):
                visit(other, (*above, name))
            done.add(name)

    for name in edges:
        visit(name, ())


def test_includes_follow_the_layers():
    edges = allowed_edges()
    faults = []
    for path in cpp_files(*OURS):
        own = layer_of(path)
        for number, name, quoted in includes(path):
            if quoted and name.split("/")[0] in OURS:
                other = layer_of(name)
                if other != own and other not in edges.get(own, ()):
                    faults.append(f"{path}:{number}: {own} may not include {other} ({name})")
    report(faults)


def test_our_includes_are_written_from_the_root():
    faults = []
    for path in cpp_files(*OURS, "tests", "fuzz"):
        for number, name, quoted in includes(path):
            if quoted and not (ROOT / name).is_file():
                faults.append(f'{path}:{number}: there is no "{name}" below the root')
            if not quoted and (ROOT / name).is_file():
                faults.append(f'{path}:{number}: <{name}> is ours, so it stands in quotes')
    report(faults)


def test_headers_of_others_stay_where_they_belong():
    faults = []
    for path in cpp_files(*OURS, "tests"):
        for number, name, quoted in includes(path):
            for header, places in GUARDED.items():
                if not quoted and name.startswith(header) and not str(path).startswith(places):
                    faults.append(f"{path}:{number}: <{name}> only in {', '.join(places)}")
    report(faults)
