"""JSON Web Tokens made by hand, good and forged, from hashlib and the openssl program: none of Ringside's own code is in them."""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import time

HASHES = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
CURVES = {"ES256": ("prime256v1", 32), "ES384": ("secp384r1", 48), "ES512": ("secp521r1", 66)}


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value):
    return b64(json.dumps(value).encode())


def claims_of(user="alice", role="admin", ttl=3600, **more):
    """`ttl` None: never expires. A claim given as None is left out."""
    claims = {"sub": user, "role": role, "iat": int(time.time())}
    if ttl is not None:
        claims["exp"] = int(time.time() + ttl)
    claims.update(more)
    return {name: value for name, value in claims.items() if value is not None}


class Secret:
    """An HMAC key."""

    def __init__(self, secret, algorithm="HS256", kid=None):
        self.secret = secret if isinstance(secret, bytes) else secret.encode()
        self.algorithm = algorithm
        self.kid = kid

    def sign(self, data):
        return hmac.new(self.secret, data, HASHES[self.algorithm[2:]]).digest()

    def token(self, header=None, **claims):
        head = {"alg": self.algorithm, "typ": "JWT"} | ({"kid": self.kid} if self.kid else {}) | (header or {})
        text = f"{part(head)}.{part(claims_of(**claims))}"
        return f"{text}.{b64(self.sign(text.encode()))}"


class PrivateKey(Secret):
    """An RSA or EC key that openssl made in `directory`; `public` is the file with its other half."""

    def __init__(self, directory, algorithm, kid=None):
        super().__init__(b"", algorithm, kid)
        self.private = pathlib.Path(directory) / f"{algorithm}-{kid or 'key'}.pem"
        self.public = self.private.with_suffix(".pub.pem")
        if algorithm.startswith("RS"):
            kind = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
        else:
            kind = ["-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{CURVES[algorithm][0]}"]
        openssl("genpkey", *kind, "-out", self.private)
        openssl("pkey", "-in", self.private, "-pubout", "-out", self.public)

    def sign(self, data):
        der = openssl("dgst", f"-sha{self.algorithm[2:]}", "-sign", self.private, stdin=data)
        return der if self.algorithm.startswith("RS") else der_to_raw(der, CURVES[self.algorithm][1])


def openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout


def der_to_raw(der, width):
    """An ECDSA signature as RFC 7518 section 3.4 wants it: two numbers side by side."""
    at = 2 if der[1] < 0x80 else 3
    numbers = []
    for _ in range(2):
        assert der[at] == 2
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big").to_bytes(width, "big"))
        at += 2 + length
    return b"".join(numbers)


def unsigned(**claims):
    """alg none, with an empty signature."""
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims_of(**claims))}."
