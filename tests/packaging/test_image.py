"""The OCI image: made from the packages by script/image, and run by crun as Docker, Podman and Kubernetes run it.

crun needs a hierarchy of control groups of version 2, so it gets one in a mount namespace of its own; nothing of the machine changes.
"""

# ctest: needs packages
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest
import yaml
from built_packages import ROOT, packages_of_the_build, run_in
from waiting import eventually

USER = 10101
KEY = "/var/lib/ringside/keys/jwt.secret"
IN_A_NAMESPACE = 'umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup && exec "$@"'
TMPFS = {
    "/run/ringside": [f"uid={USER}", f"gid={USER}", "mode=2711", "size=192m"],
    "/var/lib/ringside": [f"uid={USER}", f"gid={USER}", "mode=0700", "size=64m"],
    "/tmp": ["mode=1777", "size=16m"],
}


def why_not():
    if os.geteuid() != 0:
        return "a root file system is made as root"
    for program in ("mmdebstrap", "umoci", "crun"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    probe = subprocess.run(["unshare", "--mount", "sh", "-c", IN_A_NAMESPACE, "sh", "true"], capture_output=True, text=True, check=False)
    return "" if probe.returncode == 0 else f"this machine gives no mount namespace with control groups: {probe.stderr.strip()}"


pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


@pytest.fixture(name="image", scope="module")
def made_image():
    """The directory that umoci unpacks it to: config.json and rootfs."""
    with tempfile.TemporaryDirectory(prefix="rs-image-") as here:
        here = pathlib.Path(here)
        archive, layout = here / "image.oci.tar", here / "layout"
        done = subprocess.run([ROOT / "script" / "image", "--packages", packages_of_the_build(), "--to", archive],
                              capture_output=True, text=True, check=False, timeout=800)
        assert done.returncode == 0, done.stdout + done.stderr
        layout.mkdir()
        subprocess.run(["tar", "-xf", archive, "-C", layout], check=True)
        subprocess.run(["umoci", "unpack", "--image", f"{layout}:latest", here / "bundle"], check=True, capture_output=True)
        yield here / "bundle"


class Container:
    """Read-only, without capabilities, with memory where its volumes are."""

    def __init__(self, image, name, tmpfs=None, files=None):
        self.name, self.here = name, pathlib.Path(tempfile.mkdtemp(prefix="rs-container-"))
        config = json.loads((image / "config.json").read_text())
        config["root"] = {"path": str(image / "rootfs"), "readonly": True}
        config["process"] |= {"terminal": False, "noNewPrivileges": True, "capabilities": {}}
        mounts = TMPFS | (tmpfs or {})
        config["mounts"] = [mount for mount in config["mounts"] if mount["destination"] not in {*mounts, "/sys/fs/cgroup"}]
        config["mounts"] += [{"destination": place, "type": "tmpfs", "source": "tmpfs", "options": options} for place, options in mounts.items()]
        for number, (place, text) in enumerate((files or {}).items()):
            file = self.here / str(number)
            file.write_text(text)
            file.chmod(0o644)
            config["mounts"].append({"destination": place, "type": "bind", "source": str(file), "options": ["bind", "ro"]})
        (self.here / "config.json").write_text(json.dumps(config))
        self.log = self.here / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(["unshare", "--mount", "sh", "-c", IN_A_NAMESPACE, "sh", *self.crun("run"), "--bundle", self.here,
                                             "--pid-file", self.here / "pid", name], stdout=log, stderr=subprocess.STDOUT)

    def crun(self, *words):
        return ["crun", f"--root={self.here}/state", "--cgroup-manager=disabled", *words]

    def run(self, *command):
        """In the container, as its user. It is entered by the namespaces of its first program, as nobody else."""
        return subprocess.run(["nsenter", "--target", self.pid(), "--mount", "--net", "--pid", f"--setuid={USER}", f"--setgid={USER}", "--root", "--wd=/",
                               *command], capture_output=True, text=True, check=False, timeout=30, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})

    def says(self, *command):
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pid(self):
        return (self.here / "pid").read_text().strip()

    def is_healthy(self):
        return (self.here / "pid").exists() and self.run("/usr/lib/ringside/image/healthy").returncode == 0

    def get(self, path, token):
        """From within its network, by a program of this machine."""
        return subprocess.check_output(["nsenter", "--target", self.pid(), "--net", "curl", "-sS", "-H", f"Authorization: Bearer {token}", "-H", "Accept: application/json",
                                        f"http://127.0.0.1:9090{path}"], text=True, timeout=30)

    def stop(self):
        """As an engine does: SIGTERM to its first program. Returns how it ended."""
        if self.process.poll() is None and (self.here / "pid").exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(self.pid()), 15)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()

    def end(self):
        self.stop()
        shutil.rmtree(self.here, ignore_errors=True)


@pytest.fixture(name="container", scope="module")
def running_container(image):
    container = Container(image, "ringside-test")
    try:
        eventually(container.is_healthy, "the container is healthy", 60)
        yield container
    finally:
        container.end()


def test_it_runs_as_a_user_that_is_not_root_with_volumes_and_a_port(image):
    config = json.loads((image / "config.json").read_text())
    assert (config["process"]["user"]["uid"], config["process"]["user"]["gid"]) == (USER, USER)
    assert config["process"]["args"] == ["/usr/lib/ringside/image/start"]
    assert {"/run/ringside", "/var/lib/ringside"} <= {mount["destination"] for mount in config["mounts"]}


def test_it_has_no_key_and_no_identity_of_a_machine(image):
    root = image / "rootfs"
    assert not [path for path in root.rglob("jwt.secret*") if path.is_file()]
    assert not (root / "etc/machine-id").exists()
    assert {path.name for path in (root / "var/lib/apt/lists").iterdir()} <= {"lock", "partial"}


def test_events_come_in_by_the_socket_and_out_by_http(container):
    container.says("ringside", "send", "--type", "TaskStatusChanged", "--data", '{"task_id":"in-a-container","status":"Running"}')
    token = container.says("ringside", "token", "--secret", KEY, "--user", "me", "--role", "admin").strip()
    assert "in-a-container" in container.get("/ws?since=-1h", token)


def test_a_worker_that_is_killed_comes_back_and_the_history_stays(container):
    container.says("ringside", "send", "--type", "TaskStatusChanged", "--data", '{"task_id":"before","status":"Running"}')
    pid = container.says("pgrep", "-x", "ringsided").strip()
    container.says("kill", "-9", pid)
    eventually(lambda: container.run("pgrep", "-x", "ringsided").stdout.strip() not in ("", pid), "the worker runs again", 30)
    eventually(container.is_healthy, "the container is healthy again", 30)
    container.says("ringside", "send", "--type", "TaskStatusChanged", "--data", '{"task_id":"after","status":"Running"}')
    history = container.says("ringside", "dump")
    assert '"before"' in history and '"after"' in history


def test_a_mistake_in_the_configuration_ends_it_with_the_reason(image):
    container = Container(image, "ringside-mistake", files={"/etc/ringside/ringside.toml": "[ring]\nsise = \"64MiB\"\n"})
    try:
        assert container.process.wait(60) == 1
        assert "sise" in container.log.read_text()
    finally:
        container.end()


def test_a_volume_that_it_may_not_write_to_is_named(image):
    container = Container(image, "ringside-volume", tmpfs={"/var/lib/ringside": ["mode=0755", "size=1m"]})
    try:
        assert container.process.wait(60) == 1
        assert f"user {USER} cannot write to /var/lib/ringside" in container.log.read_text()
    finally:
        container.end()


def test_sigterm_ends_both_services(image):
    container = Container(image, "ringside-term")
    try:
        eventually(container.is_healthy, "the container is healthy", 60)
        assert container.stop() == 0
        assert "ringsided info stopping" in container.log.read_text()
    finally:
        container.end()


def test_the_examples_name_what_the_image_has(image):
    compose = yaml.safe_load((ROOT / "packaging/image/compose.yaml").read_text())
    service = compose["services"]["ringside"]
    assert os.access(image / "rootfs" / service["healthcheck"]["test"][1].lstrip("/"), os.X_OK)
    assert f"uid={USER},gid={USER}" in compose["volumes"]["run"]["driver_opts"]["o"]
    documents = [one for one in yaml.safe_load_all((ROOT / "packaging/image/kubernetes.yaml").read_text()) if one]
    pods = [one["spec"]["template"]["spec"] for one in documents if one["kind"] in ("DaemonSet", "Deployment")]
    assert len(pods) == 2
    for pod in pods:
        assert (pod["securityContext"]["runAsUser"], pod["securityContext"]["fsGroup"]) == (USER, USER)
        volumes = {volume["name"] for volume in pod["volumes"]}
        [container] = pod["containers"]
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert {"/run/ringside", "/var/lib/ringside", os.path.dirname(KEY), "/tmp"} <= {mount["mountPath"] for mount in container["volumeMounts"]}


def test_the_configuration_of_the_cluster_example_is_one(image):
    documents = list(yaml.safe_load_all((ROOT / "packaging/image/kubernetes.yaml").read_text()))
    [text] = [one["data"]["ringside.toml"] for one in documents if one and one["kind"] == "ConfigMap"]
    (image / "rootfs/tmp/cluster.toml").write_text(text)
    done = run_in(image / "rootfs", "ringsided", "--check", "--config", "/tmp/cluster.toml")
    assert done.returncode == 0, done.stdout + done.stderr
