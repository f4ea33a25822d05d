# ctest: release only: starts two programs for hundreds of files; what reads their options has unit tests under the sanitizers
"""`ringside check` and a start of `ringsided` refuse the same configurations of the worker.

Generated configurations, each started for real. A failure prints the seed; RINGSIDE_SEED runs it again.
"""

import os
import random
import re
import shutil
import signal
import subprocess

import pytest

from text_mutations import difference, mutate
from waiting import eventually
from worker_process import SOURCE_DIR, Worker

N_RANDOM = 40
SEED = int(os.environ.get("RINGSIDE_SEED", 0)) or random.randrange(1, 1 << 31)
RINGSIDE = os.environ.get("RINGSIDE_BUILD_DIR", str(SOURCE_DIR / "build" / "release")) + "/bin/ringside"

# Values by the form of the default, and for some options by name. Each list has right ones and wrong ones.
BY_KIND = {
    "bool": ["true", "false", '"true"', "1", "[]"],
    "number": ["1", "2", "5", "64", "600", "65536", "65537", "0", "-1", "1.5", '"64"', "true"],
    "size": ['"64KiB"', '"128KiB"', '"1MiB"', '"8MiB"', '"5MiB"', '"1KiB"', '"1TiB"', '"x"', "65536", "true"],
    "time": ['"100ms"', '"1s"', '"30s"', '"2d"', '"9999d"', '"5 parsecs"', "1500", '"0s"', "false"],
    "list": ["[]", '["a"]', '["email"]', '["("]', '["x*"]', "[1]", '"a"', '["' + "x" * 70 + '"]'],
    "text": ['""', '"info"', '"loud"', '"relative"', '"0660"', "7", '"a\\u0000b"'],
}
BY_NAME = {
    "events.allow_users": ['["root"]', '["nobody", "0"]', '["no-such-user"]', '["4294967295"]', '["-1"]', '[""]'],
    "events.allow_groups": ['["root"]', '["12345"]', '["no-such-group"]', '["root", "no-such-group"]'],
    "events.socket_mode": ['"0600"', '"660"', '"0888"', '"rw"', '"06600"'],
    "sources.statsd.listen": ['"127.0.0.1:0"', '"[::1]:0"', '"everywhere"', '"127.0.0.1:70000"', '"' + "/x" * 60 + '"', '"a/b"'],
    "sources.syslog.socket": ['"{dir}/syslog"', '"' + "/x" * 60 + '"', '"relative"'],
    "schema_dir": ['"{schemas}"', '"/no/such/directory"', '"{dir}/broken"', '"{dir}/keyword"', '"{dir}/named"', '"{file}"', '""'],
    "run_dir": ['"{dir}/run"', '"{dir}/none/run"', '"{file}"', '"{file}/run"', '"' + "/y" * 60 + '"', '"relative"', '""'],
    "state_dir": ['"{dir}/state"', '"{dir}/run/state"', '"{dir}/none/state"', '"{file}"', '"relative"'],
    "redact.custom": ['["EMP-[0-9]+"]', '["("]', '["a*"]', '["a", "["]'],
    "log_level": ['"debug"', '"error"', '"loud"', '""'],
    "redact.patterns": ['["jwt"]', '["phone"]'],
    "redact.pii": ['["phone"]', '["jwt"]'],
}
KEPT_SMALL = {"ring.size": '"8MiB"'}  # unless a case sets it


def defaults():
    """(name, default) of every option, from the file that `ringside check --print-default` writes."""
    text = subprocess.run([RINGSIDE, "check", "--print-default"], capture_output=True, text=True, check=True).stdout
    found, section = [], ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[(.+)\]", line):
            section = heading.group(1) + "."
        elif row := re.fullmatch(r"#([a-z_]+) = (.*)", line):
            found.append((section + row.group(1), row.group(2)))
    return found


def kind_of(default):
    return ("bool" if default in ("true", "false") else "list" if default.startswith("[")
            else "number" if default.isdigit() else "size" if re.fullmatch(r'"\d+[KMG]iB"', default)
            else "time" if re.fullmatch(r'"\d+(ms|s|min|h|d)"', default) else "text")


def options():
    """(name, kind) of every option."""
    return [(name, kind_of(default)) for name, default in defaults()]


def values_of(name, kind):
    return BY_NAME.get(name, []) + BY_KIND[kind]


def one_by_one():
    return [{name: value} for name, kind in options() for value in values_of(name, kind)]


def at_random():
    generator = random.Random(SEED)
    rows = options()
    drawn = [{name: generator.choice(values_of(name, kind)) for name, kind in generator.sample(rows, generator.randint(2, 5))}
             for _ in range(N_RANDOM)]
    return [{}, *drawn]  # one that is good, whatever was drawn


class Trial:
    """One configuration in a directory of its own."""

    def __init__(self, root, lwsws, settings, more=""):
        self.dir = root
        self.lwsws = lwsws
        self.worker = Worker()
        shutil.rmtree(self.worker.dir)
        self.worker.dir = root
        self.worker.config = root / "ringside.toml"
        self.worker.run_dir = root / "run"
        (root / "file").write_text("")
        for name, content in (("broken/A", "{"), ("keyword/A", '{"if": {}}'), ("named/bad name", "{}")):
            path = root / f"{name}.schema.json"
            path.parent.mkdir()
            path.write_text(content)
        places = {"{dir}": str(root), "{file}": str(root / "file"), "{schemas}": str(SOURCE_DIR / "conf/schemas/events")}
        base = {"run_dir": '"{dir}/run"', "schema_dir": '"{schemas}"', "sources.host_metrics.enabled": "false", **KEPT_SMALL}
        self.text = "".join(f"{name} = {value}\n" for name, value in {**base, **settings}.items())
        self.text += more
        for place, value in places.items():
            self.text = self.text.replace(place, value)
        self.worker.config.write_text(self.text)

    def check_accepts(self):
        done = subprocess.run([RINGSIDE, "check", "--only", "worker", "--worker-config", self.worker.config, "--lwsws-dir", self.lwsws],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode in (0, 3), done.stderr
        assert (done.returncode == 3) == ("error" in done.stdout)
        return done.returncode == 0, done.stdout

    def start_succeeds(self):
        process = self.worker.spawn()
        try:
            eventually(lambda: process.poll() is not None or (self.worker.run_dir / "sources.json").exists(),
                       f"the worker is ready or ends with\n{self.text}")
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            _, printed = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                process.kill()
        assert process.returncode in (0, 1, 2), printed
        return process.returncode == 0, printed


@pytest.fixture(name="lwsws", scope="module")
def valid_lwsws(tmp_path_factory):
    root = tmp_path_factory.mktemp("lwsws")
    shutil.copytree(SOURCE_DIR / "conf" / "lwsws", root / "lwsws")
    secret = root / "jwt.secret"
    secret.write_text("a-secret-of-more-than-32-bytes-for-the-tests")
    secret.chmod(0o600)
    vhost = root / "lwsws" / "conf.d" / "ringside"
    pages = root / "www"
    pages.mkdir()
    (pages / "index.html").write_text("a page")
    text = vhost.read_text().replace("/etc/ringside/jwt.secret", str(secret)).replace("/usr/share/ringside/dashboard", str(pages))
    vhost.write_text(text)
    conf = root / "lwsws" / "conf"
    conf.write_text(conf.read_text().replace("/usr/lib/ringside/plugins", f"{os.path.dirname(os.path.dirname(RINGSIDE))}/plugins"))
    return root / "lwsws"


def disagreements(cases, tmp_path_factory, lwsws):
    """Each case is a dictionary of settings, or text that is added to the file."""
    faults, n_refused = [], 0
    for settings in cases:
        is_text = isinstance(settings, str)
        trial = Trial(tmp_path_factory.mktemp("t"), lwsws, {} if is_text else settings, settings if is_text else "")
        accepts, found = trial.check_accepts()
        starts, printed = trial.start_succeeds()
        n_refused += not starts
        if accepts != starts:
            faults.append(f"{settings}\n  ringside check: {found.strip()}\n  ringsided: {printed.strip()}")
    assert 0 < n_refused < len(cases)
    assert not faults, f"seed {SEED}\n" + "\n".join(faults)


def test_check_refuses_each_value_that_a_start_refuses(tmp_path_factory, lwsws):
    disagreements(one_by_one(), tmp_path_factory, lwsws)


def test_check_refuses_each_combination_that_a_start_refuses(tmp_path_factory, lwsws):
    disagreements(at_random(), tmp_path_factory, lwsws)


def test_check_refuses_each_edit_of_the_shipped_file_that_a_start_refuses(tmp_path_factory, lwsws):
    """Of a file with all options at their defaults: one character, line or value is another."""
    generator = random.Random(SEED)
    elsewhere = {"run_dir", "schema_dir", "sources.host_metrics.enabled", "sources.files.paths", *KEPT_SMALL}
    shipped = "".join(f"{name} = {value}\n" for name, value in defaults() if name not in elsewhere)
    edited = [mutate(shipped, generator)[1] for _ in range(N_RANDOM)]
    print(f"seed {SEED}", *(difference(shipped, each) for each in edited), sep="\n")
    disagreements([shipped, *edited], tmp_path_factory, lwsws)
