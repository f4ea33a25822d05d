"""A fresh Debian 12 that was made by debootstrap and booted by systemd-nspawn, with the machine's own network."""

import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from waiting import Ended, eventually, must_run  # noqa: E402

CACHE = pathlib.Path(os.environ.get("RINGSIDE_CACHE_DIR") or pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "ringside")
MIRROR = os.environ.get("RINGSIDE_DEBIAN_MIRROR", "http://deb.debian.org/debian")
# Where the packages serve.
PORT = 9090
# What an ordinary installation has and the smallest one has not.
PACKAGES = "systemd,systemd-sysv,dbus,ca-certificates"


def why_not():
    """Why this machine cannot do it; None when it can."""
    if os.geteuid() != 0:
        return "needs root, to make a system and to boot it"
    missing = [tool for tool in ("debootstrap", "systemd-nspawn", "nsenter") if not shutil.which(tool)]
    return f"{', '.join(missing)} is missing; script/setup --for test installs it" if missing else None


def base_root():
    """Made once on a machine: nothing but Debian."""
    root = CACHE / "root-bookworm"
    if not root.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        work = pathlib.Path(tempfile.mkdtemp(prefix=".root-", dir=CACHE))
        work.chmod(0o755)
        done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", work, MIRROR], capture_output=True,
                              text=True, timeout=900, check=False)
        if done.returncode != 0:
            subprocess.run(["rm", "-rf", "--one-file-system", work], check=False)
            raise CannotBoot(f"debootstrap could not make a Debian from {MIRROR}: {(done.stdout + done.stderr)[-500:]}")
        work.rename(root)
    return root


class CannotBoot(Exception):
    """This machine makes no system, or boots none: a container without the rights, no network to Debian's archive."""


class BootedSystem:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="ringside-system-", dir="/var/tmp"))
        self.root = self.dir / "root"
        self.process = None

    def __enter__(self):
        try:
            subprocess.run(["cp", "-a", "--reflink=auto", base_root(), self.root], check=True)
            # How this machine reaches the network is no part of Debian: names, and a proxy for apt if there is one.
            for name in ("resolv.conf", "hosts"):
                shutil.copyfile(f"/etc/{name}", self.root / "etc" / name)
            proxy = [line for line in subprocess.check_output(["apt-config", "dump"], text=True).splitlines() if "::Proxy" in line]
            (self.root / "etc/apt/apt.conf.d/90proxy").write_text("\n".join(proxy) + "\n")
            self.console = open(self.dir / "console", "wb")  # noqa: SIM115 (closed with the system)
            self.process = subprocess.Popen(["systemd-nspawn", "-q", "-D", self.root, "-b", "--register=no", "--keep-unit", "--console=pipe",
                                             "--resolv-conf=off"], stdin=subprocess.DEVNULL, stdout=self.console, stderr=self.console)
            try:
                self.init = eventually(self.find_init, "systemd runs in it", 60)
                eventually(lambda: self.run("systemctl is-system-running", check=False).stdout.strip() in ("running", "degraded"), "it is up", 120)
            except (AssertionError, Ended) as error:
                raise CannotBoot(f"{error}; its console: {(self.dir / 'console').read_text(errors='replace')[-1500:]}") from error
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.console.close()
        subprocess.run(["rm", "-rf", "--one-file-system", self.dir], check=False)

    def find_init(self):
        must_run(self.process, lambda: (self.dir / "console").read_text(errors="replace")[-2000:])
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next((int(pid) for pid in children if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "systemd"), None)

    def run(self, command, check=True, text_in="", timeout=300):
        """A shell command inside."""
        done = subprocess.run(["nsenter", "-t", str(self.init), "-m", "-u", "-i", "-p", "-r", "/usr/bin/env", "-i",
                               "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root", "DEBIAN_FRONTEND=noninteractive",
                               "/bin/sh", "-c", f"cd /; {command}"], input=text_in, capture_output=True, text=True, timeout=timeout, check=False)
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def says(self, command):
        return self.run(command).stdout.strip()

    def inside(self, path):
        """A path of the system, from here."""
        return self.root / path.lstrip("/")

    def pids(self, program):
        """Processes of that program, oldest first, as they are numbered inside."""
        return sorted(int(pid) for pid in self.says(
            f'for p in /proc/[0-9]*; do read -r name < "$p/comm" 2>/dev/null && [ "$name" = {shlex.quote(program)} ] && echo "${{p#/proc/}}"; done; true').split())


def http_status(path):
    with socket.create_connection(("127.0.0.1", PORT), 5) as peer:
        peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost:{PORT}\r\nConnection: close\r\n\r\n".encode())
        return int(peer.makefile("rb").readline().split()[1])
