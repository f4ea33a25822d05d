"""Every kind of token, good and bad, at the upgrade and as the first message, and the exact answer to each."""

import json
import time

import pytest
from stack import Stack, custom, numbers
from tokens import PrivateKey, Secret, b64, part, unsigned
from ws_client import Client, Closed, Refused

AUDIENCE = "dashboards"
ISSUER = "https://issuer.example"


class Keys:
    def __init__(self, directory):
        self.hs256 = Secret("x" * 40, "HS256", "hs256")
        self.hs384 = Secret("y" * 48, "HS384", "hs384")
        self.hs512 = Secret("z" * 64, "HS512", "hs512")
        self.asymmetric = {name: PrivateKey(directory, name, name.lower()) for name in ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")}
        self.by_name = {"HS256": self.hs256, "HS384": self.hs384, "HS512": self.hs512} | self.asymmetric
        self.other_ec = PrivateKey(directory, "ES256", "other")
        sources = []
        for name, key in self.by_name.items():
            file = getattr(key, "public", None)
            if file is None:
                file = directory / name
                file.write_bytes(key.secret + b"\n")
            sources.append(f"{name}:kid={name.lower()}:{file}")
        self.option = sources


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def stack(keys):
    with Stack(keys=keys.option, token_audience=AUDIENCE, token_issuer=ISSUER, auth_timeout="700ms",
               limit_connections_per_user=0, token_leeway="5s") as running:
        yield running


def good(key, **claims):
    return key.token(**({"aud": AUDIENCE, "iss": ISSUER} | claims))


def pieces(keys):
    return good(keys.hs256).split(".")


def none_signed(keys, algorithm, signature):
    return f"{part({'alg': algorithm, 'kid': 'hs256'})}.{pieces(keys)[1]}.{signature}"


def with_public_key(keys, strip):
    public = keys.asymmetric["RS256"].public.read_bytes()
    return good(Secret(public.strip() if strip else public, "HS256", "rs256"))


def changed(keys, claims=None, signature=None):
    head, old_claims, old_signature = pieces(keys)
    return f"{head}.{claims or old_claims}.{old_signature if signature is None else signature}"


def flipped(keys):
    signature = pieces(keys)[2]
    return changed(keys, signature=("A" if signature[0] != "A" else "B") + signature[1:])


# What it is: (how to make it, words of the answer).
FORGERIES = {
    "garbage": (lambda keys: "garbage", "not a JSON Web Token"),
    "only dots": (lambda keys: "..", "not a JSON Web Token"),
    "header is no JSON": (lambda keys: ".".join([b64(b"no"), *pieces(keys)[1:]]), "not a JSON Web Token"),
    "two parts": (lambda keys: ".".join(pieces(keys)[:2]), "not a JSON Web Token"),
    "alg none": (lambda keys: unsigned(aud=AUDIENCE, iss=ISSUER), "algorithm"),
    "alg none with a kid": (lambda keys: none_signed(keys, "none", ""), "algorithm"),
    "alg none with a signature": (lambda keys: none_signed(keys, "none", pieces(keys)[2]), "algorithm"),
    "alg nOnE": (lambda keys: none_signed(keys, "nOnE", pieces(keys)[2]), "algorithm"),
    "algorithm of another key": (lambda keys: good(Secret(keys.hs256.secret, "HS384", "hs256")), "algorithm"),
    "HMAC made with the public key": (lambda keys: with_public_key(keys, False), "algorithm"),
    "HMAC made with the public key, trimmed": (lambda keys: with_public_key(keys, True), "algorithm"),
    "wrong secret": (lambda keys: good(Secret("w" * 40, "HS256", "hs256")), "signature"),
    "wrong RSA key": (lambda keys: good_with(keys.asymmetric["RS512"], "RS256", "rs256"), "signature"),
    "wrong EC key": (lambda keys: good_with(keys.other_ec, "ES256", "es256"), "signature"),
    "changed signature": (flipped, "signature"),
    "no signature": (lambda keys: changed(keys, signature=""), "signature"),
    "changed claims": (lambda keys: changed(keys, claims=part({"sub": "root", "aud": AUDIENCE, "iss": ISSUER})), "signature"),
    "unknown kid": (lambda keys: good(Secret(keys.hs256.secret, "HS256", "nobody")), "that this server does not have"),
    "no kid among many keys": (lambda keys: good(Secret(keys.hs256.secret, "HS256")), "that this server does not have"),
    "kid is a number": (lambda keys: good(keys.hs256, header={"kid": 7}), "kid"),
    "critical extension": (lambda keys: good(keys.hs256, header={"crit": ["exp"]}), "critical"),
    "not yet valid": (lambda keys: good(keys.hs256, nbf=int(time.time()) + 600), "not valid yet"),
    "wrong audience": (lambda keys: good(keys.hs256, aud="others"), "audience"),
    "no audience": (lambda keys: good(keys.hs256, aud=None), "audience"),
    "wrong issuer": (lambda keys: good(keys.hs256, iss="https://other.example"), "issuer"),
    "no user": (lambda keys: good(keys.hs256, user=None), "sub"),
    "user is a number": (lambda keys: good(keys.hs256, user=7), "sub"),
    "role is an object": (lambda keys: good(keys.hs256, role={"admin": True}), "role"),
    "expiry is a text": (lambda keys: good(keys.hs256, exp="tomorrow"), "exp"),
    "longer than 8 KiB": (lambda keys: good(keys.hs256, padding="p" * 7000), "longer than 8192 bytes"),
}


@pytest.fixture(params=FORGERIES)
def forgery(request, keys):
    make, words = FORGERIES[request.param]
    return make(keys), words


def good_with(key, algorithm, kid):
    """A token that names another algorithm's key, signed by `key`."""
    made = object.__new__(PrivateKey)
    made.secret, made.algorithm, made.kid, made.private = b"", algorithm, kid, key.private
    return good(made)


def first_message(stack, token):
    client = Client(stack.port, "/ws")
    client.send({"type": "auth", "token": token})
    return client.wait_closed()


@pytest.mark.conformance("auth.bad-token", "server.401", "security.valid-token")
def test_a_bad_token_is_refused_at_the_upgrade_with_401(stack, forgery):
    token, words = forgery
    with pytest.raises(Refused) as refused:
        stack.connect(token=token)
    assert refused.value.status == 401
    assert refused.value.body["error"] == "unauthenticated"
    assert words in refused.value.body["message"]


@pytest.mark.conformance("auth.bad-token")
def test_a_bad_token_in_the_header_is_refused_with_401(stack, forgery):
    token, words = forgery
    with pytest.raises(Refused) as refused:
        Client(stack.port, "/ws", headers={"Authorization": f"Bearer {token}"})
    assert refused.value.status == 401 and words in refused.value.body["message"]


@pytest.mark.conformance("auth.message", "close.1008")
def test_a_bad_token_in_the_first_message_closes_with_1008(stack, forgery):
    token, words = forgery
    code, reason = first_message(stack, token)
    assert code == 1008 and words in reason


@pytest.mark.parametrize("name", ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
@pytest.mark.conformance("auth.url", "auth.message", "param.token")
def test_a_good_token_of_each_algorithm_is_taken_three_ways(stack, keys, name):
    token = good(keys.by_name[name], user="bob", role=["developer", "ops"])
    late = Client(stack.port, "/ws")
    late.send({"type": "auth", "token": token})
    in_header = Client(stack.port, "/ws", headers={"Authorization": f"Bearer {token}"})
    for client in (Client(stack.port, "/ws", token=token), in_header, late):
        hello = client.expect("welcome")
        assert (hello["user"], hello["roles"]) == ("bob", ["developer", "ops"])
        client.drop()


@pytest.mark.conformance("auth.expired", "close.4001")
def test_an_expired_token_is_closed_with_4001_so_that_a_browser_can_tell(stack, keys):
    expired = good(keys.hs256, ttl=-60)
    client = stack.connect(token=expired, welcome=False)
    assert client.wait_closed() == (4001, "token expired")
    assert first_message(stack, expired) == (4001, "token expired")


def test_expiry_and_validity_have_a_leeway(stack, keys):
    with stack.connect(token=good(keys.hs256, ttl=-1)) as client:
        assert client.hello["user"] == "alice"
        assert client.wait_closed()[0] == 4001  # and no longer than that
    with stack.connect(token=good(keys.hs256, nbf=int(time.time()) + 3)) as client:
        assert client.hello["user"] == "alice"


@pytest.mark.conformance("auth.required", "auth.message")
def test_without_a_token_the_connection_waits_for_one_until_the_deadline(stack):
    client = Client(stack.port, "/ws")
    code, reason = client.wait_closed()
    assert code == 4002 and "in time" in reason


@pytest.mark.conformance("auth.required")
def test_before_its_token_a_client_gets_no_event_and_no_answer_but_an_error(stack, keys):
    with Client(stack.port, "/ws") as client:
        for message in ({"type": "ping"}, {"type": "subscribe", "events": ["task"]}, {"type": "debug", "action": "inspect"}):
            assert client.request(message, "error")["code"] == "unauthenticated"
        stack.send(custom(1))
        with stack.connect(token=good(keys.hs256), query={"since": "2020-01-01T00:00:00Z"}) as other:
            other.until("replay_end")  # so the first has been handed out
        client.send({"type": "auth", "token": good(keys.hs256)})
        client.expect("welcome")
        stack.send(custom(2))
        assert numbers(client.read_events(1)) == [2]


def test_a_token_in_both_places_is_told_apart(stack, keys):
    token = good(keys.hs256)
    with pytest.raises(Refused) as refused:
        Client(stack.port, "/ws", token=token, headers={"Authorization": f"Bearer {token}"})
    assert (refused.value.status, refused.value.body["parameter"]) == (400, "token")


def test_the_authorization_of_a_proxy_in_front_does_not_hide_the_token(stack, keys):
    with Client(stack.port, "/ws", token=good(keys.hs256), headers={"Authorization": "Basic YTpi"}) as client:
        client.expect("welcome")


def test_a_rotated_key_works_at_once_and_the_old_one_no_longer(tmp_path):
    file = tmp_path / "secret"
    old, new = Secret("o" * 40), Secret("n" * 40)
    file.write_bytes(old.secret)
    with Stack(keys=f"HS256:{file}") as stack:
        stack.connect(token=old.token()).drop()
        file.write_bytes(new.secret)
        stack.connect(token=new.token()).drop()
        with pytest.raises(Refused):
            stack.connect(token=old.token())


def test_a_jwk_set_is_read_and_its_keys_rotated(tmp_path):
    def jwk(secret, kid):
        return {"kty": "oct", "k": b64(secret.encode()), "alg": "HS256", "kid": kid}

    one, two = Secret("1" * 32, kid="one"), Secret("2" * 32, kid="two")
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [jwk("1" * 32, "one")]}))
    with Stack(keys=f"jwks:{file}") as stack:
        stack.connect(token=one.token()).drop()
        with pytest.raises(Refused):
            stack.connect(token=two.token())
        file.write_text(json.dumps({"keys": [jwk("1" * 32, "one"), jwk("2" * 32, "two")]}))
        stack.connect(token=one.token()).drop()
        stack.connect(token=two.token()).drop()


@pytest.mark.conformance("security.renewal")
def test_a_bad_token_on_a_live_connection_is_told_and_changes_nothing(stack, keys):
    with stack.connect(token=good(keys.hs256)) as client:
        for make, words in FORGERIES.values():
            token = make(keys)
            answer = client.request({"type": "auth", "token": token}, "error")
            assert (answer["code"], answer["request"]) == ("unauthenticated", "auth") and words in answer["message"]
        answer = client.request({"type": "auth", "token": good(keys.hs256, user="mallory")}, "error")
        assert "another user" in answer["message"]
        stack.send(custom(5))
        assert numbers(client.read_events(1)) == [5]


def test_no_token_reaches_a_log(stack, keys):
    for token in (good(keys.hs256, user="logged"), "garbage-token-to-look-for"):
        for path in ("/ws", "/nowhere"):
            try:
                Client(stack.port, path, token=token).drop()
            except (Refused, Closed):
                pass
        assert token not in stack.lwsws[0].log.read_text(errors="replace")
