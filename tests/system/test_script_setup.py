"""script/setup knows the packages of each system by name, and says at once which cannot be had."""

# ctest: release only: a script, which no sanitizer sees
import os
import pathlib
import subprocess

ROOT = pathlib.Path(os.environ["RINGSIDE_SOURCE_DIR"])


def packages_sh(command):
    return subprocess.run(["bash", "-euo", "pipefail", "-c", f". script/lib/common.sh; . script/lib/packages.sh; {command}"],
                          cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_package_has_the_name_that_the_system_gives_it():
    assert packages_sh("names_on bookworm libfmt-dev python3-clang-14").stdout.split() == ["libfmt-dev", "python3-clang-14"]
    assert packages_sh("names_on trixie libfmt-dev python3-clang-14").stdout.split() == ["libfmt-dev", "python3-clang-19"]


def test_a_package_that_a_system_does_not_have_is_told_with_what_is_lost():
    done = packages_sh("names_on noble chromium libfmt-dev")
    assert done.stdout.split() == ["libfmt-dev"]
    assert "noble has no chromium: tests of the dashboard in a browser are skipped" in done.stderr


def test_what_is_missing_everywhere_says_what_is_lost_without_it():
    done = packages_sh('for name in "${!other_names[@]}"; do [[ ${other_names[$name]} != - ]] || echo "${lost_without[${name#*/}]}"; done')
    assert done.returncode == 0 and len(done.stdout.splitlines()) >= 2, done.stderr


def test_packages_that_apt_does_not_know_are_named_before_anything_is_installed():
    done = packages_sh("as_root() { :; }; install_packages bash nonesuch-one nonesuch-two")
    assert done.returncode == 1
    assert "has no package nonesuch-one nonesuch-two" in done.stderr and "script/lib/packages.sh" in done.stderr
