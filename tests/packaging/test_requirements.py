"""What the packages require is what their programs need, all of it and nothing else, and their programs run on a system with nothing more.

What programs need is read from the programs themselves: sonames (NEEDED) and symbol versions.
"""

# ctest: needs packages
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from built_packages import ROOT, packages_of_the_build, programs_below, readelf, run_in, unpack_debs, unpack_rpms

PRIVATE = re.compile(r"^lib(" + "|".join(re.escape(line.split()[0]) for line in (ROOT / "packaging" / "private-libraries.txt").read_text().splitlines()
                                         if not line.startswith("#")) + r")\.so\.")
MULTIARCH = subprocess.check_output(["dpkg-architecture", "-qDEB_HOST_MULTIARCH"], text=True).strip()
HOST = "libwebsockets.so.19"
# A symbol version that only Debian's libcurl has; packaging/rpm/ringside.spec says why it is not required.
ONLY_IN_DEBIAN = {("libcurl.so.4", "CURL_OPENSSL_4")}


@pytest.fixture(name="dist", scope="module")
def packages():
    return packages_of_the_build()


@pytest.fixture(name="deb_tree", scope="module")
def tree_of_the_debs(dist, tmp_path_factory):
    return unpack_debs(dist, tmp_path_factory.mktemp("deb"))


@pytest.fixture(name="rpm_tree", scope="module")
def tree_of_the_rpms(dist, tmp_path_factory):
    return unpack_rpms(dist, tmp_path_factory.mktemp("rpm"))


def needed(file):
    return set(re.findall(r"\(NEEDED\)\s+Shared library: \[(.+?)\]", readelf("--dynamic", file)))


def symbol_versions(file):
    """Pairs of a soname and a version that the file needs of it."""
    found, library = set(), None
    for line in readelf("--version-info", file).partition("Version needs section")[2].splitlines():
        if match := re.search(r"File: (\S+)", line):
            library = match[1]
        elif match := re.search(r"Name: (\S+)", line):
            found.add((library, match[1]))
    return found


def number_of(version):
    return tuple(int(part) for part in re.findall(r"\d+", version.rpartition("_")[2]))


def of_the_system(tree):
    """{soname: {name of versions: the newest}} of everything that the tree does not bring itself."""
    inside = {path.name for path in tree.rglob("*.so.*")}
    found = {}
    for file in programs_below(tree):
        for soname in needed(file) - inside:
            found.setdefault(soname, {})
        for soname, version in symbol_versions(file):
            if soname not in inside:
                kind = version.rpartition("_")[0]
                of = found.setdefault(soname, {})
                if number_of(version) >= number_of(of.get(kind, "")):
                    of[kind] = version
    return found


def test_sonames_and_symbol_versions_are_those_of_the_table(deb_tree):
    table = {}
    for line in (ROOT / "packaging" / "system-libraries.txt").read_text().splitlines():
        if not line.startswith("#"):
            soname, *versions = line.split()
            table[soname] = sorted(versions)
    found = {soname: sorted(versions.values()) for soname, versions in of_the_system(deb_tree).items()}
    assert found == table


def test_copies_of_libraries_are_those_that_are_listed_and_each_is_used(deb_tree):
    private = deb_tree / "usr" / "lib" / "ringside" / "private"
    wanted = set().union(*(needed(file) for file in programs_below(deb_tree)))
    copies = {path.name for path in private.iterdir()}
    assert {name for name in wanted if PRIVATE.match(name)} <= copies
    for path in private.iterdir():
        assert PRIVATE.match(path.name), path
        soname = re.search(r"\(SONAME\)\s+Library soname: \[(.+?)\]", readelf("--dynamic", path))[1]
        assert soname in wanted and soname in copies, path
    notices = deb_tree / "usr" / "share" / "doc" / "ringside" / "copyrights"
    assert len(list(notices.iterdir())) == len([path for path in private.iterdir() if not path.is_symlink()])


def test_the_loader_finds_each_library_in_the_package_or_in_the_table(deb_tree):
    """As the program finds them: what a copy needs of another copy, too."""
    for name in ("usr/bin/ringside", "usr/sbin/ringsided", "usr/lib/ringside/bin/lwsws"):
        lines = subprocess.check_output(["ldd", deb_tree / name], text=True, env={"PATH": os.environ["PATH"]})
        assert "not found" not in lines
        for line in lines.splitlines():
            soname, _, place = line.strip().partition(" => ")
            if PRIVATE.match(soname) or soname == HOST:
                assert pathlib.Path(place.split(" (")[0]).resolve().is_relative_to(deb_tree), line


def required_by_rpm(dist):
    return set(subprocess.check_output(["rpm", "-qp", "--requires", *dist.glob("*.rpm")], text=True).splitlines())


def test_rpms_require_each_library_that_a_program_needs_and_no_other(dist, rpm_tree):
    inside = {path.name for path in rpm_tree.rglob("*.so.*")}
    wanted = set()
    for file in programs_below(rpm_tree):
        wanted |= {f"{soname}()(64bit)" for soname in needed(file) - inside}
        wanted |= {f"{soname}({version})(64bit)" for soname, version in symbol_versions(file) - ONLY_IN_DEBIAN if soname not in inside}
    required = {line for line in required_by_rpm(dist) if ".so." in line}
    assert required == wanted


def test_rpms_require_the_same_host_of_the_same_architecture_and_programs_by_name(dist):
    required = required_by_rpm(dist)
    assert any(re.fullmatch(r"ringside-lwsws\(x86-64\) = \S+-1", line) for line in required), required
    other = {line.split()[0] for line in required if ".so." not in line and not line.startswith(("rpmlib(", "config(", "ringside-lwsws("))}
    assert other == {"/bin/sh", "rtld(GNU_HASH)", "systemd", "procps-ng", "coreutils", "findutils"}


def test_rpms_offer_no_library_to_others_and_say_which_they_have_a_copy_of(dist, rpm_tree):
    provided = subprocess.check_output(["rpm", "-qp", "--provides", *dist.glob("*.rpm")], text=True)
    assert ".so" not in provided
    copies = [path for path in (rpm_tree / "usr/lib/ringside/private").iterdir() if not path.is_symlink()]
    assert len(re.findall(r"^bundled\(\S+\) = \d", provided, flags=re.M)) == len(copies)


def test_no_lint_of_requirements_is_switched_off():
    filters = re.findall(r'^addFilter\("(.*)"\)', (ROOT / "packaging" / "rpm" / "rpmlintrc").read_text(), flags=re.M)
    assert [each for each in filters if re.search("depend|requir|undefined|unused", each) and "-debuginfo" not in each] == ["requires-on-release"]
    assert "AutoReq" not in (ROOT / "packaging" / "rpm" / "ringside.spec").read_text()


def test_debs_depend_on_the_package_of_each_library_and_on_no_other(dist, deb_tree):
    """By the names of Debian's packages that have them, whatever dpkg-shlibdeps made of it."""
    fields = "".join(subprocess.check_output(["dpkg-deb", "-f", package, "Depends"], text=True) + ", " for package in dist.glob("*.deb"))
    depends = {re.split(r"[ (]", entry.strip())[0] for entry in fields.replace("\n", "").split(",")} - {"", "procps", "ringside-lwsws"}
    owners = set()
    for soname in of_the_system(deb_tree):
        lines = subprocess.check_output(["dpkg-query", "-S", f"*/{MULTIARCH}/{soname}"], text=True).splitlines()
        owners.add(next(line.partition(":")[0] for line in lines if not line.partition(": ")[2].startswith("/usr/lib/debug")))
    assert depends == owners


def copy_libraries_of_the_table(root):
    """Into an empty root, what the table names and what these need in turn, and nothing else."""
    cache = dict(re.findall(r"^\s+(\S+) \(libc6,x86-64.*\) => (\S+)", subprocess.check_output(["/sbin/ldconfig", "-p"], text=True), flags=re.M))
    waiting = [line.split()[0] for line in (ROOT / "packaging" / "system-libraries.txt").read_text().splitlines() if not line.startswith("#")]
    done = set()
    while waiting:
        soname = waiting.pop()
        if soname in done:
            continue
        done.add(soname)
        assert not PRIVATE.match(soname), soname
        place = root / ("lib64" if soname.startswith("ld-linux") else f"usr/lib/{MULTIARCH}")
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(cache[soname], place / soname)
        waiting += needed(cache[soname])


@pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root")
def test_programs_run_in_a_root_that_has_what_is_required_and_nothing_else(rpm_tree, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(rpm_tree, root, symlinks=True)
    copy_libraries_of_the_table(root)
    (root / "proc").mkdir()
    for command in (["/usr/bin/ringside", "--version"], ["/usr/sbin/ringsided", "--version"], ["/usr/lib/ringside/bin/lwsws", "--help"]):
        done = run_in(root, *command)
        assert "error while loading" not in done.stderr and done.returncode in (0, 1), done.stderr
        assert "--help" in command or done.stdout.startswith("ringside"), done
    # The plugin as a program would be: the loader resolves all that it needs, beside the host that loads it.
    loader = ["/lib64/ld-linux-x86-64.so.2", "--library-path", "/usr/lib/ringside/lib", "--list"]
    done = run_in(root, *loader, "/usr/lib/ringside/plugins/libprotocol_ringside.so")
    assert done.returncode == 0 and "not found" not in done.stdout, done.stdout + done.stderr
