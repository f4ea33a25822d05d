"""The packages of the build under test, packed and unpacked, without installing them.

ctest packs them once (the fixture "packages" in tests/CMakeLists.txt) for all files that say "ctest: needs packages".
"""

import atexit
import functools
import os
import pathlib
import subprocess
import tempfile

ROOT = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))


def pack(to, *options, **how):
    done = subprocess.run([ROOT / "script" / "package", "--no-build", "--to", to, *options], capture_output=True, text=True, timeout=900, check=False, **how)
    assert done.returncode == 0, done.stdout + done.stderr
    return to


@functools.cache
def packages_of_the_build():
    """The directory with the packages of both formats and, in debug/, their symbols."""
    if "RINGSIDE_PACKAGES" in os.environ:
        return pathlib.Path(os.environ["RINGSIDE_PACKAGES"])
    here = tempfile.TemporaryDirectory(prefix="rs-packages-")
    atexit.register(here.cleanup)
    return pack(pathlib.Path(here.name))


def unpack_debs(dist, to):
    for package in dist.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, to], check=True)
    return to


def unpack_rpms(dist, to):
    to.mkdir(exist_ok=True)
    for package in dist.glob("*.rpm"):
        archive = subprocess.run(["rpm2cpio", package], check=True, capture_output=True).stdout
        subprocess.run(["cpio", "-idmu", "--quiet"], input=archive, cwd=to, check=True)
    return to


def programs_below(root):
    """ELF files, programs and libraries."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
    return [path for path in files if path.open("rb").read(4) == b"\x7fELF"]


def readelf(*arguments):
    return subprocess.check_output(["readelf", "--wide", *arguments], text=True, stderr=subprocess.DEVNULL)


def run_in(root, *command):
    """With /proc, by which the loader knows where a program is; mounted in a namespace that ends with the command."""
    script = 'mount -t proc proc "$1/proc" && exec chroot "$@"'
    return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", root, *command], capture_output=True, text=True, timeout=60, check=False)
