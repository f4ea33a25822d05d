"""subscribe and asubscribe: events as they happen, over plain HTTP (lines of JSON), resumed after the last one by its id.

A broken connection is made again, with growing pauses; the server then continues after the last event, or says in a `gap` or
`replay_end` how many are gone.
"""

import asyncio
import http.client
import json
import random
import ssl
import time
from urllib.parse import urlencode, urlsplit

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
SILENCE = 90.0  # seconds without a sign of life, which comes every 30
LONGEST_LINE = 16 << 20


class Refused(Exception):
    """The server will not serve this, now or later: `status` is 400, 401, 403 or 404, the text says why."""

    def __init__(self, status, text):
        super().__init__(f"{status}: {text}")
        self.status = status


class _Stream:
    """What both ways of reading share: where to, from where on, and when again."""

    def __init__(self, url, token, parameters):
        self.url = urlsplit(url)
        if self.url.scheme not in ("http", "https") or not self.url.hostname:
            raise ValueError(f"the URL must be http://... or https://..., is {url}")
        self.token = token
        self.parameters = parameters
        self.last = None
        self.pause = FIRST_PAUSE

    @property
    def is_secure(self):
        return self.url.scheme == "https"

    @property
    def port(self):
        return self.url.port or (443 if self.is_secure else 80)

    def target(self):
        query = {name: ",".join(value) if isinstance(value, (list, tuple)) else value for name, value in self.parameters.items()}
        if self.last:
            query["since"] = self.last
            query.pop("tail", None)
        return (self.url.path or "/ws") + (f"?{urlencode(query)}" if query else "")

    def headers(self):
        token = ((self.token() if callable(self.token) else self.token) or "").strip()  # of a file, it may end with a newline
        return {"Accept": "application/x-ndjson", **({"Authorization": f"Bearer {token}"} if token else {})}

    def check(self, status, body):
        if status != 200:
            try:
                text = json.loads(body).get("message", "")
            except (ValueError, AttributeError):
                text = body[:200].decode("utf-8", "replace")
            if status in (400, 401, 403, 404):
                raise Refused(status, text)
            raise ConnectionError(f"{status}: {text}")

    def take(self, line):
        """The event or message of a line; None for a sign of life."""
        if not line.strip():
            return None
        message = json.loads(line)
        self.pause = FIRST_PAUSE
        if "id" in message and "event_type" in message:
            self.last = message["id"]
        return message

    def next_pause(self):
        pause = self.pause * random.uniform(0.5, 1)
        self.pause = min(self.pause * 2, LONGEST_PAUSE)
        return pause


def subscribe(url, token=None, **parameters):
    """Yields events and messages of the server for ever. `url`: that of /ws, /logs or /metrics; `token`: text or a function that gives
    one; `parameters`: as in the protocol (`filter.status` as **{"filter.status": ...})."""
    stream = _Stream(url, token, parameters)
    while True:
        kind = http.client.HTTPSConnection if stream.is_secure else http.client.HTTPConnection
        connection = kind(stream.url.hostname, stream.port, timeout=SILENCE)
        try:
            connection.request("GET", stream.target(), headers=stream.headers())
            answer = connection.getresponse()
            stream.check(answer.status, b"" if answer.status == 200 else answer.read(65536))
            while line := answer.readline(LONGEST_LINE):
                if line.endswith(b"\n") and (message := stream.take(line)) is not None:
                    yield message
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()
        time.sleep(stream.next_pause())


async def asubscribe(url, token=None, **parameters):
    """The same for asyncio."""
    stream = _Stream(url, token, parameters)
    while True:
        writer = None
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection(
                stream.url.hostname, stream.port, ssl=ssl.create_default_context() if stream.is_secure else None, limit=LONGEST_LINE), SILENCE)
            async for line in _lines(reader, writer, stream):
                if (message := stream.take(line)) is not None:
                    yield message
        except (OSError, ValueError, asyncio.TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            if writer is not None:
                writer.close()
        await asyncio.sleep(stream.next_pause())


async def _lines(reader, writer, stream):
    """The lines of an answer whose body comes in chunks, or to the end of the connection."""
    head = {"Host": stream.url.netloc.rpartition("@")[2], "Connection": "close", **stream.headers()}
    writer.write(f"GET {stream.target()} HTTP/1.1\r\n".encode() + b"".join(f"{name}: {value}\r\n".encode() for name, value in head.items()) + b"\r\n")
    first = await asyncio.wait_for(reader.readline(), SILENCE)
    if not first.startswith(b"HTTP/1."):
        raise ConnectionError("the connection ended without an answer")
    status = int(first[9:12])
    fields = {}
    while (line := (await asyncio.wait_for(reader.readline(), SILENCE)).strip()):
        name, _, value = line.decode("latin-1").partition(":")
        fields[name.lower()] = value.strip().lower()
    is_chunked = fields.get("transfer-encoding") == "chunked"
    if status != 200:
        stream.check(status, await asyncio.wait_for(reader.read(65536), SILENCE))
    waiting = b""
    while True:
        if is_chunked:
            size = int((await asyncio.wait_for(reader.readline(), SILENCE)).split(b";")[0], 16)
            data = (await asyncio.wait_for(reader.readexactly(size + 2), SILENCE))[:-2]
        else:
            data = await asyncio.wait_for(reader.read(65536), SILENCE)
        if not data:
            return
        *lines, waiting = (waiting + data).split(b"\n")
        if len(waiting) > LONGEST_LINE:
            raise ConnectionError("a line has no end")
        for line in lines:
            yield line
