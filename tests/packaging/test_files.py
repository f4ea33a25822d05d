"""What is in the packages, without installing them on a running system."""

# ctest: needs packages
import os
import pathlib
import re
import subprocess

import pytest
from built_packages import packages_of_the_build

ROOT = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
UNITS = sorted((ROOT / "systemd").glob("*.service"))


@pytest.fixture(name="packages", scope="module")
def built_packages():
    return packages_of_the_build()


def files_below(root):
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}


def test_rpms_install_into_an_empty_root_the_same_files_at_the_same_places(packages, tmp_path):
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, tmp_path / "deb"], check=True)
    # Their own database, and no scripts: there is no system in it that could be told of services.
    rpm = ["rpm", "--root", tmp_path / "rpm", "--dbpath", "/rpmdb"]
    (tmp_path / "rpm").mkdir()
    subprocess.run([*rpm, "--initdb"], check=True)
    subprocess.run([*rpm, "-i", "--nodeps", "--noscripts", "--force-debian", *packages.glob("*.rpm")], check=True)
    of_deb = {re.sub(r"^lib/systemd", "usr/lib/systemd", name) for name in files_below(tmp_path / "deb")}
    of_rpm = {name for name in files_below(tmp_path / "rpm") if not name.startswith("rpmdb/")}
    documents = re.compile(r"^usr/share/(doc|lintian)/")
    assert {name for name in of_deb if not documents.match(name)} == {name for name in of_rpm if not documents.match(name)}
    assert "usr/lib/ringside/plugins/libprotocol_ringside.so" in of_deb
    assert {"usr/include/ringside.h", "usr/share/pkgconfig/ringside.pc", "usr/share/ringside/ringside.sh"} <= of_deb
    assert {"usr/share/ringside/ansible/ringside.py", "usr/share/ringside/ansible/ringside_jsonl.py"} <= of_deb


def test_no_secret_is_shipped(packages, tmp_path):
    for package in packages.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, tmp_path], check=True)
    assert not [name for name in files_below(tmp_path) if name.endswith((".secret", ".pem", ".key"))]


def test_no_secret_is_made_by_an_installation(packages):
    """What is installed into an image is on every machine of it."""
    scripts = ""
    for package in packages.glob("*.deb"):
        for name in ("preinst", "postinst"):
            scripts += subprocess.run(["dpkg-deb", "-I", package, name], capture_output=True, text=True, check=False).stdout
    for package in packages.glob("*.rpm"):
        scripts += subprocess.check_output(["rpm", "-qp", "--scripts", package], text=True)
    assert "make-users" in scripts
    assert "make-secret" not in scripts and "jwt.secret" not in scripts.replace("rm -f /etc/ringside/jwt.secret", "")


def test_configuration_is_conffiles_and_passes_its_own_check(packages, tmp_path):
    package = next(packages.glob("ringside_*.deb"))
    conffiles = subprocess.check_output(["dpkg-deb", "-I", package, "conffiles"], text=True).split()
    assert conffiles == ["/etc/lwsws/conf", "/etc/lwsws/conf.d/ringside", "/etc/ringside/ringside.toml"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_hardened(unit):
    said = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", unit], capture_output=True, text=True, timeout=60, check=False)
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout)
    assert exposure, said.stdout + said.stderr
    assert float(exposure[1]) <= 2.0
