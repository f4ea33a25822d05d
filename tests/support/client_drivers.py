"""The drivers of the libraries in clients/, built when a test asks for them. clients/conformance/README.md describes their commands."""

import os
import shutil
import subprocess

import pytest
from run_command import environment
from worker_process import DEADLINE, SOURCE_DIR

CLIENTS = SOURCE_DIR / "clients"
CONFORMANCE = CLIENTS / "conformance"
LIBRARIES = ("python", "node", "c", "shell", "go", "rust")
BUFFERED = tuple(name for name in LIBRARIES if name != "shell")
PLACES = {"go": ("/usr/local/go/bin/go",), "cargo": (os.path.expanduser("~/.cargo/bin/cargo"), "/root/.cargo/bin/cargo")}


def tool(name):
    found = shutil.which(name) or next((place for place in PLACES.get(name, ()) if os.access(place, os.X_OK)), None)
    if not found:
        report = f"{name} is not on this machine: its library in clients/ is NOT tested"
        if "RINGSIDE_REPORT_FD" in os.environ:  # ctest shows nothing of a test that passes
            os.write(int(os.environ["RINGSIDE_REPORT_FD"]), f"SKIPPED: {report}\n".encode())
        pytest.skip(report)
    return found


def run(command, **more):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=20 * DEADLINE, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(name="drivers", scope="module")
def built_drivers(tmp_path_factory):
    """name -> command; built once, when it is asked for."""
    directory = tmp_path_factory.mktemp("drivers")
    built = {"python": ["/usr/bin/python3", CONFORMANCE / "driver.py"], "node": ["node", CONFORMANCE / "driver.mjs"],
             "shell": ["sh", CONFORMANCE / "driver.sh"]}

    def build(name):
        if name == "c":
            flags = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", f"-I{CLIENTS / 'c'}"]
            run(["cc", "-std=c99", *flags, "-o", directory / "c", CONFORMANCE / "driver.c", "-lm"])
            (directory / "header.cpp").write_text("#include <ringside.h>\nint main() { return ringside_open(nullptr, 0) == nullptr; }\n")
            run(["c++", "-std=c++17", *flags, "-o", directory / "cpp", directory / "header.cpp", "-lm"])  # it is for C++, too
            built[name] = [directory / "c"]
        elif name == "go":
            run([tool("go"), "build", "-o", directory / "go", "."], cwd=CONFORMANCE / "go",
                env=os.environ | {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOCACHE": str(directory / "gocache")})
            built[name] = [directory / "go"]
        elif name == "rust":
            run([tool("cargo"), "build", "--offline", "--release", "--example", "conformance", "--target-dir", directory / "rust"],
                cwd=CLIENTS / "rust")
            built[name] = [directory / "rust" / "release" / "examples" / "conformance"]

    def command(name):
        if name not in built:
            build(name)
        return [str(word) for word in built[name]]

    return command


class Driver:
    def __init__(self, command, run_dir, most=10_000, **variables):
        self.process = subprocess.Popen([*command, str(run_dir / "events.sock"), str(most)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, env=environment(PYTHONDONTWRITEBYTECODE="1", **variables))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def say(self, *lines):
        for line in lines:
            self.process.stdin.write("\t".join(str(word) for word in line) + "\n")
        self.process.stdin.flush()

    def flush(self, milliseconds=1000 * DEADLINE):
        self.say(("flush", milliseconds))
        return self.process.stdout.readline() == "flush 1\n"

    def stats(self):
        """(sent, dropped, rejected)"""
        self.say(("stats",))
        return tuple(int(word) for word in self.process.stdout.readline().split()[1:])

    def end(self):
        _, told = self.process.communicate(timeout=2 * DEADLINE)
        assert (self.process.returncode, told) == (0, "")
