"""The same build gives the same packages, wherever, whenever and by whomever they are packed. `script/reproduce` compares two builds."""

# ctest: needs packages
import difflib
import hashlib
import os
import re
import shutil
import subprocess

import pytest
from built_packages import ROOT, pack, packages_of_the_build, programs_below, unpack_debs

ANOTHER_UMASK = 0o077


def digests(dist):
    return {str(path.relative_to(dist)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(dist.rglob("*")) if path.is_file()}


def described(package):
    """All that is in a package's head, and the names, times, modes and digests of its files, a line each."""
    if package.suffix == ".rpm":
        return subprocess.check_output(["rpm", "-qp", "--xml", package], text=True).splitlines()
    return [line for what in (["-I"], ["-c"], ["-I", "md5sums"])
            for line in subprocess.check_output(["dpkg-deb", what[0], package, *what[1:]], text=True).splitlines()]


@pytest.fixture(name="first", scope="module")
def packed_here():
    return packages_of_the_build()


def test_another_directory_umask_time_zone_and_language_make_no_difference(tmp_path):
    (tmp_path / "first").mkdir()
    first = pack(tmp_path / "first", "--no-symbols")  # script/reproduce compares those with symbols, too
    other = {**os.environ, "TZ": "Pacific/Auckland", "LANG": "tr_TR.UTF-8", "LC_ALL": "", "USER": "somebody", "HOSTNAME": "elsewhere"}
    (tmp_path / "to").mkdir()
    second = pack(tmp_path / "to", "--no-symbols", env=other, cwd=tmp_path, umask=ANOTHER_UMASK)
    assert set(digests(second)) == set(digests(first))
    for name in digests(first):
        if digests(first)[name] != digests(second)[name]:
            pytest.fail(f"{name} differs:\n" + "\n".join(difflib.unified_diff(described(first / name), described(second / name), "first", "second", n=1)))


def test_symbols_of_each_program_are_in_packages_of_their_own(first, tmp_path):
    shipped = unpack_debs(first, tmp_path / "deb")
    ids = {}
    for file in programs_below(shipped):
        if "private" not in file.parts:
            notes = subprocess.check_output(["readelf", "-n", file], text=True)
            ids[re.search(r"Build ID: (\w+)", notes)[1]] = file.name
            assert ".debug_info" not in subprocess.check_output(["readelf", "-SW", file], text=True), file
    assert sorted(ids.values()) == sorted(["ringside", "ringsided", "libprotocol_ringside.so", "lwsws", next(shipped.rglob("libwebsockets.so.*")).name])
    listed = {"deb": "", "rpm": ""}
    for package in (first / "debug").glob("*.deb"):
        listed["deb"] += subprocess.check_output(["dpkg-deb", "-c", package], text=True)
    for package in (first / "debug").glob("*.rpm"):
        listed["rpm"] += subprocess.check_output(["rpm", "-qpl", package], text=True)
    for kind, files in listed.items():
        assert {name for build_id, name in ids.items() if f"/usr/lib/debug/.build-id/{build_id[:2]}/{build_id[2:]}.debug" not in files} == set(), kind
    assert not [name for name in digests(first) if "/" not in name and re.search(r"dbg|debug", name)], "what is installed has no symbols in it"


def test_no_file_says_where_it_was_built(first, tmp_path):
    places = [str(place).encode() for place in (ROOT, os.environ["RINGSIDE_BUILD_DIR"], os.environ["RINGSIDE_LWS_PREFIX"])]
    for directory in (first, first / "debug"):
        unpack_debs(directory, tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    for path in files:
        if path.suffix == ".debug":
            subprocess.run(["objcopy", "--decompress-debug-sections", path], check=True)
        content = path.read_bytes()
        assert not [place for place in places if place in content], path


# --- versions -----------------------------------------------------------------------------------------------------------


def git(checkout, *arguments, date="2026-03-01T12:00:00Z"):
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", date))}
    return subprocess.check_output(["git", "-C", checkout, *arguments], text=True, env={**os.environ, **who}).strip()


def version_of(checkout):
    script = f'set -euo pipefail; root={checkout}; die() {{ echo "$*" >&2; exit 1; }}; . "{ROOT}/script/lib/package_version.sh"; package_version "$(package_time)"'
    return subprocess.check_output(["bash", "-c", script], text=True).strip()


def newer(kind, left, right):
    if kind == "deb":
        return subprocess.run(["dpkg", "--compare-versions", left, "gt", right], check=False).returncode == 0
    return subprocess.check_output(["rpm", "--eval", f"%{{lua:print(rpm.vercmp('{left}', '{right}'))}}"], text=True).strip() == "1"


@pytest.fixture(name="checkout")
def small_checkout(tmp_path):
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "CMakeLists.txt").write_text("project(ringside VERSION 0.9.0 LANGUAGES CXX)\n")
    (checkout / "CHANGELOG.md").write_text("# Changelog\n")
    git(checkout, "init", "-q")
    git(checkout, "add", ".")
    git(checkout, "commit", "-q", "-m", "first")
    return checkout


def test_versions_grow_from_commit_to_release_to_commit(checkout):
    def commit(message, date):
        git(checkout, "commit", "-q", "--allow-empty", "-m", message, date=date)
        return version_of(checkout)

    versions = [version_of(checkout), commit("second", "2026-03-01T12:00:01Z"), commit("third", "2026-10-01T00:00:00Z")]
    git(checkout, "tag", "v0.9.0")
    versions.append(version_of(checkout))
    assert versions[-1] == "0.9.0"
    versions += [commit("after", "2026-10-02T00:00:00Z"), commit("after that", "2026-10-02T00:00:01Z")]
    (checkout / "CMakeLists.txt").write_text("project(ringside VERSION 0.9.1 LANGUAGES CXX)\n")
    versions.append(version_of(checkout))
    assert "0.9.1~git" in versions[-1] and versions[-1].endswith(".changed")
    for kind in ("deb", "rpm"):
        for older, younger in zip(versions, versions[1:], strict=False):
            assert newer(kind, younger, older), (kind, older, younger)


def test_a_change_that_is_not_committed_makes_a_newer_version_each_time(checkout):
    clean = version_of(checkout)
    versions = [clean]
    for second in (1, 2):
        (checkout / "new.txt").write_text(str(second))
        os.utime(checkout / "new.txt", (1800000000 + second,) * 2)
        versions.append(version_of(checkout))
    assert newer("deb", versions[1], versions[0]) and newer("deb", versions[2], versions[1])
    (checkout / "new.txt").unlink()
    assert version_of(checkout) == clean


def test_sources_without_git_are_those_of_a_release(checkout):
    shutil.rmtree(checkout / ".git")
    assert version_of(checkout) == "0.9.0"
