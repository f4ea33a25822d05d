"""The packages, which are built on Debian 12, install on Debian 13, and their programs run with its libraries.

apt gets a configuration of its own, for an empty system of Debian 13: the sources and packages of this machine are neither read nor changed, and the
archive's signature is checked.
"""

# ctest: needs packages
import os
import pathlib
import subprocess

import pytest
from built_packages import packages_of_the_build, readelf, run_in

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MERGED = ("bin", "sbin", "lib", "lib64")  # links to directories of /usr, in every Debian since 12


class Apt:
    """Of Debian 13, with nothing installed."""

    def __init__(self, work):
        self.work = work
        for directory in ("lists/partial", "cache/archives/partial", "etc"):
            (work / directory).mkdir(parents=True)
        (work / "sources.list").write_text(f"deb [signed-by={KEYRING}] http://deb.debian.org/debian trixie main\n")
        (work / "status").touch()

    def __call__(self, *arguments):
        options = {"Dir::Etc::sourcelist": self.work / "sources.list", "Dir::Etc::sourceparts": "-", "Dir::Etc::preferencesparts": "-",
                   "Dir::State::lists": self.work / "lists", "Dir::State::status": self.work / "status", "Dir::Cache": self.work / "cache",
                   "Acquire::Languages": "none", "Acquire::Retries": 3, "APT::Update::Error-Mode": "any", "Debug::NoLocking": 1,
                   "Dir::State::extended_states": self.work / "extended_states", "APT::Sandbox::User": "root"}
        return subprocess.run(["apt-get", "-q", "-y", *(f"-o{name}={value}" for name, value in options.items()), *arguments],
                              capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(name="root", scope="module")
def root_of_debian_13_with_the_packages(tmp_path_factory):
    if not KEYRING.exists():
        pytest.skip(f"{KEYRING} is missing")
    apt = Apt(tmp_path_factory.mktemp("apt"))
    updated = apt("update")
    if updated.returncode != 0:
        pytest.skip(f"Debian's archive cannot be reached: {updated.stderr}")
    ours = sorted(packages_of_the_build().glob("*.deb"))
    done = apt("install", "--download-only", "--no-install-recommends", *ours)
    assert done.returncode == 0, done.stdout + done.stderr  # what is required is there
    root = tmp_path_factory.mktemp("root")
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    packages = [*sorted((apt.work / "cache" / "archives").glob("*.deb")), *ours]
    for package in packages:
        archive = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "--keep-directory-symlink", "-C", root], input=archive, check=True)
    for name in ("proc", "run"):
        (root / name).mkdir(exist_ok=True)
    return root


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
@pytest.mark.parametrize("program", ["/usr/bin/ringside", "/usr/sbin/ringsided"])
def test_programs_start(root, program):
    done = run_in(root, program, "--version")
    assert done.returncode == 0 and done.stdout.startswith("ringside"), done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_the_host_starts_and_the_plugin_finds_all_that_it_needs(root):
    assert "error while loading" not in run_in(root, "/usr/lib/ringside/bin/lwsws", "--help").stderr
    loader = readelf("--program-headers", root / "usr/bin/ringside").partition("program interpreter: ")[2].partition("]")[0]
    plugin = "/usr/lib/ringside/plugins/libprotocol_ringside.so"
    done = run_in(root, loader, "--library-path", "/usr/lib/ringside/lib", "--list", plugin)
    assert done.returncode == 0 and "not found" not in done.stdout, done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_the_shipped_configuration_is_valid(root):
    done = run_in(root, "/usr/bin/ringside", "check", "--only", "worker")
    assert done.returncode == 0, done.stdout + done.stderr
