"""`ringside check`: what is wrong with a configuration, with file, line and remedy."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from tokens import openssl

SOURCE_DIR = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD_DIR = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR", SOURCE_DIR / "build" / "debug"))
RINGSIDE = BUILD_DIR / "bin" / "ringside"
SECRET = "a-secret-of-more-than-32-bytes-for-the-tests"


def run(*words):
    return subprocess.run([str(RINGSIDE), *[str(word) for word in words]], capture_output=True, text=True, timeout=60, check=False)


class Tree:
    """The default configuration with its paths led into a directory of this test."""

    def __init__(self, root):
        self.root = root
        self.toml = root / "ringside.toml"
        self.lwsws = root / "lwsws"
        shutil.copytree(SOURCE_DIR / "conf" / "lwsws", self.lwsws)
        self.vhost = self.lwsws / "conf.d" / "ringside"
        self.secret = root / "jwt.secret"
        self.secret.write_text(SECRET)
        self.secret.chmod(0o600)
        self.edit(self.vhost, "/etc/ringside/jwt.secret", str(self.secret))
        self.www = root / "www"
        self.www.mkdir()
        (self.www / "index.html").write_text("a page")
        self.edit(self.vhost, "/usr/share/ringside/dashboard", str(self.www))
        self.edit(self.lwsws / "conf", "/usr/lib/ringside/plugins", str(BUILD_DIR / "plugins"))
        schemas = root / "schemas"
        schemas.mkdir()
        (schemas / "Deployed.schema.json").write_text('{"type": "object"}')
        self.toml.write_text((SOURCE_DIR / "conf" / "ringside.toml").read_text() + "")
        self.edit(self.toml, '#schema_dir = "/usr/share/ringside/schemas"', f'schema_dir = "{schemas}"')

    @staticmethod
    def edit(path, old, new):
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def check(self):
        return run("check", "--worker-config", self.toml, "--lwsws-dir", self.lwsws)

    def line_of(self, path, text):
        return 1 + path.read_text().split(text)[0].count("\n")

    def expect_error(self, where, what):
        done = self.check()
        assert done.returncode == 3, done.stdout
        lines = [line for line in done.stdout.splitlines() if line.startswith("error")]
        assert any(f"{where}: " in line and what in line for line in lines), done.stdout + done.stderr


@pytest.fixture(name="tree")
def configuration(tmp_path):
    return Tree(tmp_path)


def test_the_default_configuration_is_found_valid(tree):
    done = tree.check()
    assert done.returncode == 0, done.stdout
    assert "error" not in done.stdout


def test_check_prints_the_default_file():
    assert run("check", "--print-default").stdout == (SOURCE_DIR / "conf" / "ringside.toml").read_text()


def test_a_mistake_of_the_workers_file_is_told_with_line_and_remedy(tree):
    tree.edit(tree.toml, '#size = "64MiB"', 'sise = "64MiB"')
    tree.expect_error(f"{tree.toml}:{tree.line_of(tree.toml, 'sise')}", 'did you mean "ring.size"?')


def test_a_mistake_among_the_plugins_options_is_told_with_line_and_remedy(tree):
    tree.edit(tree.vhost, '"default": "1",', '"default": "1",\n            "batch-sise": "5",')
    tree.expect_error(f"{tree.vhost}:{tree.line_of(tree.vhost, 'batch-sise')}", 'did you mean "batch-size"?')


@pytest.mark.parametrize("old,new,what", [
    ('"default": "1",', "", '"default": "1"'),
    ('"alpn": "http/1.1",', "", "http/1.1"),
    ('"status": "ok",', '"status": "ok", "roles": "LogEntry",', "NAME=ROLE|ROLE"),
    ('"status": "ok",', '"status": "ok", "restrict": "data=admin",', "restrict"),
    ('"status": "ok",', '"status": "ok", "batch-size": 5,', "must be a string"),
    ("HS256:", "HS257:", "is not an algorithm"),
    ("HS256:", "RS256:", "PEM"),
])
def test_wrong_settings_of_a_virtual_host_are_found(tree, old, new, what):
    tree.edit(tree.vhost, old, new)
    done = tree.check()
    assert done.returncode == 3
    assert what in done.stdout


def test_paths_without_a_mount_are_told_and_are_no_error(tree):
    text = tree.vhost.read_text()
    tree.vhost.write_text("\n".join(line for line in text.splitlines() if '"/ticket"' not in line and '"/logs"' not in line))
    done = tree.check()
    assert "does not serve /logs, /ticket" in done.stdout and '"mountpoint": "/logs"' in done.stdout
    tree.vhost.write_text(text)
    assert "does not serve" not in tree.check().stdout


@pytest.fixture(name="tls", scope="module")
def certificates(tmp_path_factory):
    """Two certificates with their keys, and one that is over."""
    place = tmp_path_factory.mktemp("tls")
    for name in ("one", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ringside.example", "-days", "30",
                "-keyout", place / f"{name}.key", "-out", place / f"{name}.pem")
    openssl("req", "-new", "-key", place / "one.key", "-subj", "/CN=ringside.example", "-out", place / "one.csr")
    openssl("x509", "-req", "-in", place / "one.csr", "-signkey", place / "one.key", "-days", "-1", "-out", place / "over.pem")
    openssl("rsa", "-in", place / "one.key", "-aes128", "-passout", "pass:secret", "-out", place / "locked.key")
    return place


def with_tls(tree, certificate, key):
    tree.edit(tree.vhost, '# "host-ssl-cert": "/etc/ringside/tls/fullchain.pem",', f'"host-ssl-cert": "{certificate}",')
    tree.edit(tree.vhost, '# "host-ssl-key": "/etc/ringside/tls/privkey.pem",', f'"host-ssl-key": "{key}",')


def test_tls_takes_two_lines_and_says_for_whom_and_until_when(tree, tls):
    with_tls(tree, tls / "one.pem", tls / "one.key")
    done = tree.check()
    assert done.returncode == 0, done.stdout
    assert re.search(r"one\.pem: for ringside\.example, until \d{4}-\d\d-\d\d\n", done.stdout)
    tree.edit(tree.lwsws / "conf", '"init-ssl": "yes"', '"init-ssl": "no"')
    tree.expect_error(f"{tree.lwsws}/conf:{tree.line_of(tree.lwsws / 'conf', 'init-ssl')}", 'must be "yes"')


@pytest.mark.parametrize("certificate,key,what", [
    ("absent.pem", "one.key", "absent.pem"),
    ("one.pem", "absent.key", "absent.key"),
    ("one.key", "one.key", "has no certificate"),
    ("one.pem", "one.pem", "has no private key"),
    ("one.pem", "locked.key", "without a passphrase"),
    ("one.pem", "other.key", "does not belong to the certificate"),
    ("over.pem", "one.key", "expired on"),
])
def test_certificates_that_lwsws_could_not_use_are_found(tree, tls, certificate, key, what):
    with_tls(tree, tls / certificate, tls / key)
    tree.expect_error(f"{tree.vhost}:{tree.line_of(tree.vhost, 'host-ssl-cert')}", what)


def test_a_certificate_without_its_key_is_found(tree, tls):
    tree.edit(tree.vhost, '# "host-ssl-cert": "/etc/ringside/tls/fullchain.pem",', f'"host-ssl-cert": "{tls}/one.pem",')
    tree.expect_error(f"{tree.vhost}:{tree.line_of(tree.vhost, 'host-ssl-cert')}", "both host-ssl-cert and host-ssl-key")


def test_rules_of_events_that_the_worker_would_refuse_are_found(tree):
    (tree.root / "schemas" / "Deployed.schema.json").write_text('{"properties": {"data": {"if": {}}}}')
    tree.expect_error(tree.root / "schemas", "properties.data.if")
    (tree.root / "schemas" / "Deployed.schema.json").write_text("{}")
    tree.edit(tree.toml, "#custom = []", 'custom = ["(unclosed"]')
    tree.expect_error(tree.toml, "(unclosed")


def test_json_that_is_broken_is_told_with_its_line(tree):
    tree.edit(tree.vhost, '"port": "9090",', '"port": "9090"')
    line = tree.line_of(tree.vhost, '"interface"')
    tree.expect_error(f"{tree.vhost}:{line}", "expected")


def test_a_secret_that_everybody_can_read_or_that_is_short_is_found(tree):
    tree.secret.chmod(0o644)
    tree.expect_error(tree.secret, f"chmod 640 {tree.secret}")
    tree.secret.chmod(0o600)
    tree.secret.write_text("short")
    assert "at least 32 bytes" in tree.check().stdout
    tree.secret.unlink()
    assert tree.check().returncode == 3


def test_missing_files_schemas_and_paths_that_are_too_long_are_found(tree):
    (tree.root / "schemas" / "Deployed.schema.json").write_text('{\n"type": }')
    tree.expect_error(f"{tree.root}/schemas/Deployed.schema.json:2", "")
    (tree.root / "schemas" / "Deployed.schema.json").unlink()
    tree.expect_error(tree.root / "schemas", "schema_dir")
    long_dir = "/tmp/" + "x" * 100
    assert "shorter than 100" in run("check", "--worker-config", tree.toml, "--lwsws-dir", long_dir).stdout
    tree.edit(tree.toml, '#run_dir = "/run/ringside"', f'run_dir = "{long_dir}"')
    assert "at most 107 bytes" in tree.check().stdout
    assert "Is a directory" in run("check", "--worker-config", tree.root, "--lwsws-dir", tree.lwsws).stdout
    assert "No such file" in run("check", "--worker-config", "/nowhere", "--lwsws-dir", tree.lwsws).stdout


def test_check_redact_prints_what_would_be_hidden(tmp_path):
    log = tmp_path / "app.log"
    log.write_text('plain line\nDB_PASSWORD=hunter2\n{"event_type":"X","data":{"api_key":"hunter2","n":1.50}}\n'
                   "-----BEGIN PRIVATE KEY-----\nAAAABBBBCCCC\n-----END PRIVATE KEY-----\nlast\n")
    done = run("check", "--redact", str(log), "--worker-config", "/nonexistent")
    assert done.returncode == 0
    assert "hunter2" not in done.stdout and "AAAABBBB" not in done.stdout
    assert "2: DB_PASSWORD=[redacted]" in done.stdout
    assert '"n":1.50' in done.stdout
    assert done.stdout.endswith("5 of 7 lines would be changed\n")
