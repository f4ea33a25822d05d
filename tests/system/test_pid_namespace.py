"""A worker in another PID namespace than lwsws, as in two containers that share the run directory: its own number means nothing outside."""

import re
import subprocess

import pytest
from stack import BUILD_DIR, Stack, custom, numbers
from waiting import eventually

NAMESPACE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]


class ContainedStack(Stack):
    def start_worker(self):
        with open(self.dir / "worker.log", "ab") as log:
            self.worker = subprocess.Popen([*NAMESPACE, BUILD_DIR / "bin" / "ringsided", "--config", self.config],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        eventually(self.worker_listens, "ringsided listens in its namespace")


@pytest.fixture(scope="module")
def stack():
    if subprocess.run([*NAMESPACE, "true"], capture_output=True, timeout=30, check=False).returncode != 0:
        pytest.skip("this machine does not allow PID namespaces to unprivileged users")
    with ContainedStack() as running:
        yield running


def test_the_worker_counts_as_running(stack):
    def page():
        values = stack.lwsws[0].metrics()
        return values if values["ringside_worker_up"] == 1 else None

    values = eventually(page, "the worker is up")
    assert values['ringside_processes{kind="worker"}'] == 1


def test_status_lists_it_from_outside(stack):
    status = stack.ringside("status").stdout
    assert re.search(r"^worker +(?!NOT RUNNING)\S", status, re.MULTILINE), status
    assert re.search(r"^ringsided +pid \d+, up", status, re.MULTILINE), status


def test_events_arrive(stack):
    with stack.connect("/ws") as client:
        stack.send(custom(1), custom(2))
        assert numbers(client.read_events(2)) == [1, 2]


def test_a_worker_that_ended_in_its_namespace_counts_no_more(stack):
    stack.kill_worker()  # and with it all of its namespace
    values = eventually(lambda: (page := stack.lwsws[0].metrics())["ringside_worker_up"] == 0 and page, "the worker is down")
    assert values['ringside_processes{kind="worker"}'] == 0
    assert re.search(r"^worker +NOT RUNNING", stack.ringside("status", check=False).stdout, re.MULTILINE)
    stack.start_worker()
    eventually(lambda: stack.lwsws[0].metrics()['ringside_processes{kind="worker"}'] == 1, "the next one counts")
