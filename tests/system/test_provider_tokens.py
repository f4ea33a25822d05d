"""Tokens as identity providers give them out: the type of access tokens, roles at another claim, and sets with a key that signs nothing."""

import base64
import hashlib
import json
import re

import pytest
from stack import Stack
from tokens import PrivateKey, b64, claims_of, openssl, part
from ws_client import Refused


def modulus_of(key):
    return bytes.fromhex(re.search(rb"Modulus=([0-9A-F]+)", openssl("rsa", "-in", key.private, "-noout", "-modulus")).group(1).decode())


def jwk(key, exponent="AQAB"):
    return {"kty": "RSA", "n": b64(modulus_of(key)), "e": exponent, "kid": key.kid, "alg": "RS256", "use": "sig"}


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    made = {kid: PrivateKey(directory, "RS256", kid) for kid in ("good", "weak")}
    made["elliptic"] = PrivateKey(directory, "ES256", "elliptic")
    made["set"] = directory / "jwks.json"
    made["set"].write_text(json.dumps({"keys": [jwk(made["good"])]}))
    return made


@pytest.fixture(scope="module")
def stack(keys):
    with Stack(keys=[f"jwks:{keys['set']}", f"ES256:kid=elliptic:{keys['elliptic'].public}"], limit_connections_per_user=0) as running:
        yield running


def status_of(stack, token):
    try:
        stack.connect(token=token).drop()
        return 101
    except Refused as refused:
        return refused.status


@pytest.mark.parametrize("kid", ["good", "elliptic"])
@pytest.mark.parametrize("kind", ["at+jwt", "AT+JWT", "application/at+jwt", "JWT", None])
def test_access_tokens_of_rfc_9068_are_taken(stack, keys, kind, kid):
    assert status_of(stack, keys[kid].token(header={"typ": kind} if kind else {"cty": "x"})) == 101


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", "", 7])
def test_tokens_of_another_type_are_refused(stack, keys, kind):
    assert status_of(stack, keys["good"].token(header={"typ": kind})) == 401


def forged(key, exponent):
    """A token that an RSA key with an exponent of 1 would have signed: the padded digest itself. No private key is needed."""
    size = len(modulus_of(key))
    text = f"{part({'alg': 'RS256', 'typ': 'JWT', 'kid': key.kid})}.{part(claims_of(user='forged'))}"
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(text.encode()).digest()
    padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
    signature = pow(int.from_bytes(padded, "big"), int.from_bytes(base64.urlsafe_b64decode(exponent + "=="), "big"), int.from_bytes(modulus_of(key), "big"))
    return f"{text}.{b64(signature.to_bytes(size, 'big'))}"


@pytest.mark.parametrize("exponent", ["AQ", "AAE"])
def test_a_key_with_the_exponent_one_verifies_nothing(keys, tmp_path, exponent):
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk(keys["weak"], exponent), jwk(keys["good"])]}))
    with Stack(keys=f"jwks:{tmp_path / 'jwks.json'}") as stack:
        assert status_of(stack, forged(keys["weak"], "AQ")) == 401
        assert status_of(stack, keys["good"].token()) == 101


def test_a_key_that_becomes_weak_while_it_is_used_is_dropped(keys, tmp_path):
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk(keys["weak"]), jwk(keys["good"])]}))
    with Stack(keys=f"jwks:{tmp_path / 'jwks.json'}") as stack:
        assert status_of(stack, keys["weak"].token()) == 101
        (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk(keys["weak"], "AQ"), jwk(keys["good"])]}))
        assert status_of(stack, keys["good"].token()) == 101
        assert status_of(stack, forged(keys["weak"], "AQ")) == 401


@pytest.mark.parametrize(("path", "claims", "roles"), [
    ("realm_access.roles", {"realm_access": {"roles": ["admin"]}}, ["admin"]), ("/realm_access/roles", {"realm_access": {"roles": ["admin"]}}, ["admin"]),
    ("roles", {"roles": ["admin"]}, ["admin"]), ("cognito:groups", {"cognito:groups": ["admin"]}, ["admin"]),
    ("https://example.com/roles", {"https://example.com/roles": ["admin"]}, ["admin"]), ("scope", {"scope": "read admin"}, ["read", "admin"]),
    ("zitadel", {"zitadel": {"admin": {"org": "x"}}}, ["admin"]), ("realm_access.roles", {"realm_access": {}}, [])])
def test_roles_are_where_the_provider_puts_them(path, claims, roles):
    with Stack(token_role_claim=path) as stack:
        client = stack.connect(token=stack.token(role="viewer", **claims))
        assert client.hello["roles"] == roles
        client.drop()
