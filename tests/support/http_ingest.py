"""A client that sends events with POST, from http.client or a raw socket."""

import gzip
import http.client
import json

from raw_client import RawClient
from waiting import SLOWNESS


def lines_of(events):
    return b"".join((e if isinstance(e, bytes) else json.dumps(e).encode()) + b"\n" for e in events)


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.raw = body
        self.body = json.loads(body) if body and "json" in self.headers.get("content-type", "") else None

    def __repr__(self):
        return f"{self.status} {self.raw!r}"


def post(port, path="/events", body=b"", token=None, kind="application/x-ndjson", zipped=False, key=None, headers=None, chunked=False,
         connection=None):
    """`body`: bytes, or events. With `chunked`, an iterable of bytes, or bytes that are cut into some."""
    if not isinstance(body, bytes) and not chunked:
        body = lines_of(body)
    if zipped:
        body = gzip.compress(body)
    all_headers = {**({"Content-Type": kind} if kind else {}), **({"Authorization": f"Bearer {token}"} if token else {}),
                   **({"Content-Encoding": "gzip"} if zipped else {}), **({"Idempotency-Key": key} if key else {}), **(headers or {})}
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30 * SLOWNESS)
    try:
        if chunked:
            pieces = [body[i:i + 1000] for i in range(0, len(body), 1000)] if isinstance(body, bytes) else body
            own.request("POST", path, body=iter(pieces), headers=all_headers, encode_chunked=True)
        else:
            own.request("POST", path, body=body, headers=all_headers)
        answer = own.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        if not connection:
            own.close()


class RawPost:
    """A request whose body the test sends as it likes. `length`: Content-Length; None: in chunks."""

    def __init__(self, port, token, length=None, path="/events", headers=(), receive_buffer=None):
        self.raw = RawClient(port, receive_buffer=receive_buffer)
        framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", framing, *headers]
        self.raw.send(("\r\n".join(head) + "\r\n\r\n").encode())

    def chunk(self, data):
        self.raw.send(b"%x\r\n" % len(data) + data + b"\r\n")

    def end(self):
        self.raw.send(b"0\r\n\r\n")

    def answer(self):
        answer = self.raw.answer()
        return Answer(answer.status, answer.headers.items(), answer.body)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.socket.close()


# --- with a Stack


def producer_token(stack, user="ci", role="producer", **claims):
    return stack.token(user, role, **claims)


def send(stack, body, web=0, user="ci", **how):
    return post(stack.lwsws[web].port, body=body, token=producer_token(stack, user), **how)


def seen(stack, kind):
    """All events of one type in the ring, by a page of history."""
    answer = stack.lwsws[0].get(f"/ws?limit=1000&order=newest&events={kind}", headers={
        "Accept": "application/json", "Authorization": f"Bearer {stack.token('alice', 'admin')}"})
    return json.loads(answer.body)["events"][::-1]
