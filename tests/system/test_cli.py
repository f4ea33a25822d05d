"""ringside, the command line, where no worker is needed: tokens, usage, and its documents."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import subprocess
import time

import pytest

SOURCE_DIR = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD_DIR = pathlib.Path(os.environ.get("RINGSIDE_BUILD_DIR", SOURCE_DIR / "build" / "debug"))
RINGSIDE = BUILD_DIR / "bin" / "ringside"
COMMANDS = ["run", "step", "log", "metric", "send", "tail", "dump", "status", "token", "revoke", "drain", "connections", "disconnect", "check", "completion"]
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


@pytest.mark.parametrize("words,message", [
    (["tial"], 'unknown command "tial"; did you mean "tail"?'),
    (["sing"], 'unknown command "sing"'),
    ([], "name a command: send, tail"),
    (["tail", "--evnts", "task"], 'tail: unknown option --evnts; did you mean "--events"?'),
    (["tail", "--run-dri", "/tmp"], 'tail: unknown option --run-dri; did you mean "--run-dir"?'),
    (["tail", "--since"], "tail: --since needs a value"),
    (["tail", "now"], 'tail: unexpected argument "now"'),
    (["token", "inspekt"], 'token: unknown command "inspekt"; did you mean "inspect"?'),
    (["tail", "--events", "a b"], 'tail: --events: "a b" is not the name of a type of events'),
    (["tail", "--output", "xml"], "--output: xml not in {text,long,json}"),
])
def test_a_wrong_command_line_is_told_with_the_wrong_word(words, message):
    done = run(*words)
    assert done.returncode == 2
    assert message in done.stderr


def test_the_worker_has_the_same_exit_statuses_and_advice():
    wrong = subprocess.run([RINGSIDE.parent / "ringsided", "--confg", "x"], capture_output=True, text=True, timeout=60, check=False)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert 'unknown option --confg; did you mean "--config"?' in wrong.stderr
    good = subprocess.run([RINGSIDE.parent / "ringsided", "--version"], capture_output=True, text=True, timeout=60, check=False)
    assert (good.returncode, good.stderr) == (0, "")


def test_a_run_directory_without_anything_is_told_with_the_option_that_names_another(tmp_path):
    for words in (["status"], ["tail"], ["dump"], ["send", "{}"], ["log", "-v", "text"], ["revoke", "alice"], ["drain"], ["connections"],
                  ["disconnect", "--user", "alice"]):
        done = run("--run-dir", tmp_path, *words)
        assert done.returncode in ((0,) if words[0] == "log" else (1, 3)), words
        assert str(tmp_path) in done.stderr and "--run-dir" in done.stderr, words


def test_a_token_is_signed_with_the_key_of_the_run_directory(tmp_path, secret):
    told = run("--run-dir", tmp_path / "empty", "token", "--user", "alice")
    if not pathlib.Path("/etc/ringside/jwt.secret").exists():
        assert (told.returncode, "/etc/ringside/jwt.secret" in told.stderr, "--secret" in told.stderr) == (1, True, True)
    (tmp_path / ".run").mkdir()
    (tmp_path / ".run" / "jwt.secret").write_text(SECRET)
    hint = subprocess.run([RINGSIDE, "--run-dir", "/nowhere", "token", "--user", "alice"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert hint.returncode == 0 or "--run-dir .run" in hint.stderr
    token = run("--run-dir", tmp_path / ".run", "token", "--user", "alice").stdout.strip()
    assert run("token", "inspect", "--secret", secret, token).returncode == 0
    assert run("--run-dir", tmp_path / ".run", "token", "--user", "alice", "--secret", secret, "--key", f"HS256:{secret}").returncode == 2


def test_inspect_says_that_a_token_is_accepted_after_its_end(secret):
    token = run("token", "--secret", secret, "--user", "alice", "--claim", f"exp={int(time.time()) - 5}").stdout.strip()
    done = run("token", "inspect", "--secret", secret, token)
    assert done.returncode == 0
    assert "verdict valid, within the leeway of 30 s" in done.stdout
    token = run("token", "--secret", secret, "--user", "alice").stdout.strip()
    assert "verdict valid\n" in run("token", "inspect", "--secret", secret, token).stdout


def options_of(command):
    usage = run(*command, "--help").stdout.split("Example")[0]
    return {option for line in usage.splitlines() if re.match(r"  -", line)
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", line[:34])} - {"--help"}


def test_the_manual_has_every_command_and_option():
    manual = (SOURCE_DIR / "docs" / "man" / "ringside.1").read_text().replace("\\-", "-")
    for command in [[name] for name in COMMANDS] + [["token", "inspect"]]:
        options = options_of(command)
        assert options or command[-1] in ("send", "completion"), command
        assert re.search(rf"^\.SS .*\b{command[-1]}\b", manual, re.M), command
        for option in options - {"--run-dir"}:
            assert option in manual, f"manual of {command}: {option}"
