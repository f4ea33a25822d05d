"""Keys of an identity provider: ringsided fetches them over TLS into the file that the plugin reads, and keeps the last good ones."""

import base64
import http.server
import json
import re
import ssl
import threading

import pytest
from stack import Stack
from tokens import PrivateKey, openssl
from waiting import eventually
from ws_client import Refused


def jwk_of(key):
    text = openssl("pkey", "-pubin", "-in", key.public, "-noout", "-text").decode()
    modulus = bytes.fromhex(re.search(r"Modulus:\n((?: +[0-9a-f:]+\n)+)", text).group(1).replace(":", "").replace(" ", "").replace("\n", ""))
    encoded = base64.urlsafe_b64encode(modulus.lstrip(b"\0")).rstrip(b"=").decode()
    return {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": key.kid, "n": encoded, "e": "AQAB"}


class Provider:
    """An identity provider's server of keys; `answer` is a status and a body."""

    def __init__(self, directory, name="localhost"):
        self.certificate = directory / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "2",
                "-keyout", directory / f"{name}.key", "-out", self.certificate)
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.n_asked += 1
                status, body = provider.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.answer = (503, b"")
        self.n_asked = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, directory / f"{name}.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def serve(self, *keys):
        self.answer = (200, json.dumps({"keys": [jwk_of(key) for key in keys]}).encode())

    def config(self, ca_file=None):
        return (f'[jwks]\nuri = "https://localhost:{self.server.server_port}/keys"\ninterval = "1s"\n'
                f'ca_file = "{ca_file or self.certificate}"\n')


@pytest.fixture(name="provider")
def running_provider(tmp_path):
    provider = Provider(tmp_path)
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


def stack_with(provider, **how):
    stack = Stack(config=provider.config(**how))
    for web in stack.lwsws:
        web.options["keys"] = [f"HS256:{stack.dir}/secret", f"jwks:{stack.run_dir}/jwks.json"]
    return stack


def admits(stack, token):
    try:
        stack.connect(token=token).drop()
        return True
    except Refused as refusal:
        assert refusal.status == 401
        return False


def test_keys_are_fetched_rotated_and_kept_while_the_provider_is_away(provider, tmp_path):
    old, new = PrivateKey(tmp_path, "RS256", "old"), PrivateKey(tmp_path, "RS256", "new")
    with stack_with(provider) as stack:
        assert not admits(stack, old.token())  # the provider answers with 503
        provider.serve(old)
        eventually(lambda: admits(stack, old.token()), "the key is there", 30)
        assert not admits(stack, new.token())
        provider.serve(old, new)
        eventually(lambda: admits(stack, new.token()), "the new key is there")
        for answer in ((503, b""), (200, b"x"), (200, b'{"keys":[]}'), (200, b'{"keys":[{"kty":"oct","k":"YWJj"}]}'), (200, b" " * 300_000),
                       (302, b"")):
            provider.answer = answer
            before = provider.n_asked
            eventually(lambda: provider.n_asked > before + 1, "it was asked again", 60)
            assert admits(stack, new.token()), answer
        metrics = stack.lwsws[0].metrics()
        assert metrics['ringside_jwks_fetches_total{result="good"}'] > 0 and metrics['ringside_jwks_fetches_total{result="failed"}'] > 0


def test_a_provider_that_cannot_prove_who_it_is_is_not_believed(provider, tmp_path):
    key = PrivateKey(tmp_path, "RS256", "k")
    provider.serve(key)
    stranger = Provider(tmp_path, "elsewhere.example")
    with stack_with(provider, ca_file=stranger.certificate) as stack:
        eventually(lambda: stack.lwsws[0].metrics()['ringside_jwks_fetches_total{result="failed"}'] > 0, "it failed", 30)
        assert not (stack.run_dir / "jwks.json").exists() and provider.n_asked == 0
        assert not admits(stack, key.token())
    stranger.server.shutdown()
    stranger.server.server_close()


def test_an_address_without_tls_is_refused(tmp_path):
    config = tmp_path / "ringside.toml"
    config.write_text('[jwks]\nuri = "http://localhost/keys"\n')
    with Stack(start=False) as stack:
        result = stack.ringside("check", "--worker-config", str(config), check=False)
        assert "https://" in result.stdout
