"""ringside, the command line, where no worker is needed: tokens, the check of configuration, usage, and its documents."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

SOURCE_DIR = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD_DIR = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR", SOURCE_DIR / "build" / "debug"))
RINGSIDE = BUILD_DIR / "bin" / "ringside"
COMMANDS = ["run", "step", "log", "metric", "send", "tail", "dump", "status", "token", "revoke", "drain", "check"]
SECRET = "a-secret-of-more-than-32-bytes-for-the-tests"


def run(*words, text_in="", **environment):
    return subprocess.run([str(RINGSIDE), *[str(word) for word in words]], input=text_in, capture_output=True, text=True,
                          timeout=60, check=False, env={**os.environ, **environment})


def part(token, index):
    text = token.split(".")[index]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture(name="secret")
def secret_file(tmp_path):
    path = tmp_path / "jwt.secret"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return path


def openssl(*words):
    subprocess.run(["openssl", *[str(word) for word in words]], check=True, capture_output=True)


# --- token


def test_a_token_is_printed_alone_and_is_signed_with_the_file_less_its_newline(secret):
    done = run("token", "--secret", secret, "--user", "dev", "--role", "admin", "--ttl", "12h")
    assert (done.returncode, done.stderr) == (0, "")
    token = done.stdout.removesuffix("\n")
    assert "\n" not in token
    signed, _, _ = token.rpartition(".")
    assert part(token, 2) == hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest()
    assert json.loads(part(token, 0)) == {"alg": "HS256", "typ": "JWT"}
    claims = json.loads(part(token, 1))
    assert claims["sub"] == "dev"
    assert claims["role"] == ["admin"]
    assert claims["exp"] - claims["iat"] == 12 * 3600
    assert abs(claims["iat"] - time.time()) < 120


def test_every_claim_can_be_given(secret):
    done = run("token", "--key", f"HS512:kid=k1:{secret}", "--user", "alice", "--role", "a", "--role", "b", "--events",
               "task,Deployed", "--jti", "t1", "--issuer", "us", "--audience", "them", "--claim", 'team={"id":7}')
    assert done.returncode == 0, done.stderr
    claims = json.loads(part(done.stdout, 1))
    assert claims["role"] == ["a", "b"]
    assert claims["events"] == ["TaskStatusChanged", "Deployed"]
    assert (claims["jti"], claims["iss"], claims["aud"], claims["team"]) == ("t1", "us", "them", {"id": 7})
    header = json.loads(part(done.stdout, 0))
    assert (header["alg"], header["kid"]) == ("HS512", "k1")


@pytest.mark.parametrize("algorithm,options", [("RS256", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
                                               ("ES384", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"])])
def test_a_private_key_signs_and_its_public_key_verifies(tmp_path, algorithm, options):
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    openssl("genpkey", *options, "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    made = run("token", "--key", f"{algorithm}:{private}", "--user", "ci")
    assert made.returncode == 0, made.stderr
    seen = run("token", "inspect", "--key", f"{algorithm}:{public}", text_in=made.stdout)
    assert seen.returncode == 0, seen.stderr
    assert "verdict valid" in seen.stdout
    assert '"sub":"ci"' in seen.stdout
    unsigned = run("token", "--key", f"{algorithm}:{public}", "--user", "ci")
    assert unsigned.returncode == 1
    assert unsigned.stdout == ""


def test_inspect_says_whether_a_token_holds(secret, tmp_path):
    token = run("token", "--secret", secret, "--user", "dev").stdout.strip()
    other = tmp_path / "other"
    other.write_text("x" * 40)
    assert run("token", "inspect", token).returncode == 0
    assert "verdict" not in run("token", "inspect", token).stdout
    wrong = run("token", "inspect", "--secret", other, token)
    assert (wrong.returncode, "verdict bad_signature" in wrong.stdout) == (3, True)
    old = run("token", "--secret", secret, "--user", "dev", "--ttl", "0s", "--claim", "exp=1000").stdout
    expired = run("token", "inspect", "--secret", secret, "-", text_in=old)
    assert (expired.returncode, "verdict expired" in expired.stdout) == (3, True)
    assert run("token", "inspect", "garbage").returncode == 1


@pytest.mark.parametrize("expires", ["1e300", "-1e300", "1e15", "9223372036854775807"])
def test_inspect_says_that_a_time_is_none(secret, expires):
    token = run("token", "--secret", secret, "--user", "dev", "--claim", f"exp={expires}").stdout
    inspected = run("token", "inspect", "-", text_in=token)
    assert inspected.returncode == 0
    assert "which is not a time between 1678 and 2261" in inspected.stdout


@pytest.mark.parametrize("words,message", [
    (["--user", "dev"], "--secret FILE or --key"),
    (["--secret", "SECRET"], "--user"),
    (["--secret", "SECRET", "--user", "dev", "--ttl", "long"], "--ttl must be a time"),
    (["--secret", "SECRET", "--user", "dev", "--claim", "team=web"], "--claim must be NAME=JSON"),
    (["--key", "none:SECRET", "--user", "dev"], "none is not an algorithm"),
    (["--secret", "/nowhere", "--user", "dev"], "No such file"),
])
def test_what_cannot_become_a_token_is_told(secret, words, message):
    done = run("token", *[word.replace("SECRET", str(secret)) for word in words])
    assert done.returncode in (1, 2)
    assert message in done.stderr
    assert done.stdout == ""


def test_a_secret_that_the_server_would_refuse_signs_nothing(tmp_path):
    short = tmp_path / "short"
    short.write_text("too short")
    done = run("token", "--secret", short, "--user", "dev")
    assert done.returncode == 1
    assert "32 bytes" in done.stderr


# --- check


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
    assert "No such file" in run("check", "--worker-config", "/nowhere", "--lwsws-dir", tree.lwsws).stdout


# --- usage and documents


def test_wrong_usage_has_status_2_and_help_has_0():
    for words in ([], ["sing"], ["send", "--colour"], ["tail", "--since"], ["send", "--data", "{}"]):
        done = run(*words)
        assert done.returncode == 2, words
        assert done.stderr or done.stdout
    assert run("--version").stdout.startswith("ringside ")
    for command in COMMANDS:
        done = run(command, "--help")
        assert done.returncode == 0
        assert "Example" in done.stdout, command


def test_a_run_directory_without_anything_is_told(tmp_path):
    for words in (["status"], ["tail"], ["dump"], ["send", "{}"], ["revoke", "alice"], ["drain"]):
        done = run("--run-dir", tmp_path, *words)
        assert done.returncode in (1, 3), words
        assert str(tmp_path) in done.stderr


def options_of(command):
    usage = run(*command, "--help").stdout.split("Example")[0]
    return {option for line in usage.splitlines() if re.match(r"  -", line)
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line[:34])} - {"--help"}


def test_the_manual_and_the_completion_have_every_option():
    manual = (SOURCE_DIR / "docs" / "man" / "ringside.1").read_text().replace("\\-", "-")
    completion = (SOURCE_DIR / "cli" / "completion" / "ringside.bash").read_text()
    for command in [[name] for name in COMMANDS] + [["token", "inspect"]]:
        words = re.search(rf"\[{command[-1]}\]='([^']*)'", completion).group(1).split()
        options = options_of(command)
        assert options or command[-1] == "send", command
        for option in options - {"--run-dir"}:
            assert option in words, f"completion of {command}: {option}"
            assert option in manual, f"manual of {command}: {option}"
        assert {word for word in words if word.startswith("--")} - options - {"--no-follow"} == set(), command


def test_the_completion_completes():
    script = f"""source {SOURCE_DIR}/cli/completion/ringside.bash
COMP_WORDS=(ringside dr); COMP_CWORD=1; _ringside; echo "${{COMPREPLY[*]}}"
COMP_WORDS=(ringside tail --no); COMP_CWORD=2; _ringside; echo "${{COMPREPLY[*]}}"
COMP_WORDS=(ringside tail --events wo); COMP_CWORD=3; _ringside; echo "${{COMPREPLY[*]}}\""""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["drain", "--no-follow", "workflow"]


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
