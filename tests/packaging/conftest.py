"""A fresh Debian 12, booted, in which apt has installed the packages: one for each file of tests."""

import contextlib
import shutil
import socket

import pytest
from built_packages import packages_of_the_build
from booted_system import PORT, BootedSystem, CannotBoot, http_status, why_not
from waiting import eventually


def port_is_free():
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", PORT)) != 0


@pytest.fixture(name="system", scope="module")
def system_with_the_packages():
    if why_not():
        pytest.skip(why_not())
    eventually(port_is_free, f"nobody listens on port {PORT}, which the packages serve", 60)
    with contextlib.ExitStack() as stack:
        try:
            system = stack.enter_context(BootedSystem())
        except CannotBoot as error:
            pytest.skip(f"no system can be booted on this machine: {error}")
        for package in packages_of_the_build().glob("*.deb"):
            shutil.copy(package, system.inside("/root"))
        before = set(system.says("find / -xdev -not -path '/proc/*' -not -path '/sys/*' -not -path '/run/*'").splitlines())
        system.run("apt-get update -q && apt-get install -y -q --no-install-recommends /root/*.deb", timeout=600)
        system.before = before
        eventually(lambda: http_status("/readyz") == 200, "it serves")
        yield system
