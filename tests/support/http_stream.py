"""A client of the streams over plain HTTP: Server-Sent Events and lines of JSON, from a raw socket, so that a test reads when it
says so and sees every byte."""

import json
import zlib
from urllib.parse import urlencode

from raw_client import RawClient

EVENT_STREAM = "text/event-stream"
JSON_LINES = "application/x-ndjson"


class Refused(Exception):
    def __init__(self, answer):
        self.status = answer.status
        self.headers = answer.headers
        self.body = json.loads(answer.body)
        super().__init__(f"{self.status} {self.body}")


class HttpStream:
    """Connects, asks, and reads the head of the answer. `messages` are dicts; those of an event stream have `sse_id` and
    `sse_event` beside what their data says."""

    def __init__(self, port, path, accept, token=None, query=None, headers=(), receive_buffer=None):
        self.accept = accept
        self.raw = RawClient(port, receive_buffer=receive_buffer)
        target = path + (f"?{urlencode(query)}" if query else "")
        head = [f"GET {target} HTTP/1.1", "Host: localhost", f"Accept: {accept}",
                *([f"Authorization: Bearer {token}"] if token else []), *headers]
        self.raw.send(("\r\n".join(head) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.raw.buffer:
            if not self.raw.more():
                raise EOFError("the connection ended without an answer")
        status = int(self.raw.buffer.split(b" ", 2)[1])
        if status != 200:
            raise Refused(self.raw.answer())
        head, _, self.raw.buffer = self.raw.buffer.partition(b"\r\n\r\n")
        self.headers = {name.lower(): value.strip() for name, _, value in
                        (line.partition(":") for line in head.decode().split("\r\n")[1:])}
        self.inflater = zlib.decompressobj(31) if self.headers.get("content-encoding") == "gzip" else None
        self.text = b""
        self.complete = False  # the last chunk has come
        self.last_id = None
        self.n_comments = 0
        self.retry = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    def drop(self):
        self.raw.socket.close()

    def _line(self):
        """A line of the body without its end; None after the last chunk."""
        while b"\n" not in self.text:
            if self.complete:
                return None
            while b"\r\n" not in self.raw.buffer:
                if not self.raw.more():
                    raise EOFError("the connection ended in the middle of the body")
            size, _, self.raw.buffer = self.raw.buffer.partition(b"\r\n")
            n = int(size, 16)
            piece = self.raw.take(n)
            self.text += self.inflater.decompress(piece) if self.inflater else piece
            assert self.raw.take(2) == b"\r\n"
            self.complete = n == 0
            assert not self.complete or not self.inflater or self.inflater.eof, "the compressed text has no end"
        line, _, self.text = self.text.partition(b"\n")
        return line.decode()

    def read(self):
        """The next message or event; None at the end of the stream."""
        if self.accept == JSON_LINES:
            while (line := self._line()) == "":
                self.n_comments += 1
            return None if line is None else json.loads(line)
        fields = {}
        while (line := self._line()) is not None:
            if line == "":
                if "id" in fields:
                    self.last_id = fields["id"]
                if "data" in fields:
                    return json.loads(fields["data"]) | {"sse_id": self.last_id, "sse_event": fields.get("event", "message")}
                fields = {}
            elif line.startswith(":"):
                self.n_comments += 1
            else:
                name, _, value = line.partition(": ")
                assert name in ("id", "event", "data", "retry"), line
                if name == "retry":
                    self.retry = int(value)
                fields[name] = value
        return None

    def events(self, n):
        """The next n events; messages in between are kept in `messages`."""
        found = []
        self.messages = []
        while len(found) < n:
            message = self.read()
            assert message is not None, f"the stream ended after {len(found)} of {n} events"
            (found if "event_type" in message else self.messages).append(message)
        return found

    def expect(self, kind):
        """The next message of this type; events and other messages before it are skipped."""
        while (message := self.read()) is not None:
            if message.get("type") == kind:
                return message
        raise AssertionError(f"the stream ended without {kind}")
