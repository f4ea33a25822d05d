"""An HTTP and WebSocket client that sends exactly the bytes it is told to, right or wrong, and reads what really comes back."""

import json
import socket
import struct
import time

from waiting import DEADLINE

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
RSV1 = 0x40


class Answer:
    """A whole HTTP answer: `status` is a number, `headers` have lower-case names."""

    def __init__(self, version, status, phrase, headers, body):
        self.version, self.status, self.phrase, self.headers, self.body = version, status, phrase, headers, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.version} {self.status} {self.phrase} {self.headers} {self.body[:300]!r}"


def request(path="/healthz", method="GET", headers=(), host="localhost", version="HTTP/1.1", body=b""):
    """The bytes of a request. `headers` are whole lines; those of `host` come first unless it is None."""
    lines = [f"{method} {path} {version}"] + ([f"Host: {host}"] if host is not None else []) + list(headers)
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def upgrade_headers(key=KEY, version="13", protocol=None, extensions=None):
    lines = ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Version: {version}"]
    if protocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    if extensions is not None:
        lines.append(f"Sec-WebSocket-Extensions: {extensions}")
    return lines


def frame(opcode, payload=b"", fin=True, rsv=0, mask=b"\1\2\3\4", length=None):
    """A frame of a client; without a mask where that is None. `length`: what the header says instead of the truth."""
    n = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | rsv | opcode])
    flag = 0x80 if mask is not None else 0
    if n < 126:
        head += bytes([flag | n])
    elif n < 65536:
        head += bytes([flag | 126]) + struct.pack(">H", n)
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", n)
    if mask is None:
        return head + payload
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


class RawClient:
    """Connects at once; sends nothing by itself."""

    def __init__(self, port, address="127.0.0.1", source=None, receive_buffer=None):
        self.socket = socket.socket()
        self.socket.settimeout(DEADLINE)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((address, port))
        self.buffer = b""
        self.ended = False
        self.bytes_per_second = None  # set it for a client that reads slowly

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def more(self):
        """Reads something more; False at the end of the connection."""
        if self.ended:
            return False
        try:
            if self.bytes_per_second:
                time.sleep(0.05)
                data = self.socket.recv(self.bytes_per_second // 20)
            else:
                data = self.socket.recv(1 << 16)
        except ConnectionResetError:  # what came before has been read
            data = b""
        self.buffer += data
        self.ended = not data
        return bool(data)

    def take(self, n):
        while len(self.buffer) < n:
            if not self.more():
                raise EOFError(f"the connection ended after {self.buffer[:200]!r}, {n} bytes were expected")
        data, self.buffer = self.buffer[:n], self.buffer[n:]
        return data

    def read_to_end(self):
        while self.more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    # --- HTTP

    def answer(self, head_only=False):
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                raise EOFError(f"the connection ended without an answer, after {self.buffer[:200]!r}")
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        status_line, *fields = head.decode("latin-1").split("\r\n")
        version, status, *phrase = status_line.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        has_body = not head_only and int(status) not in (101, 204, 304)
        return Answer(version, int(status), phrase[0] if phrase else "", headers,
                      self.take(int(headers.get("content-length", 0))) if has_body else b"")

    def ask(self, *args, **kwargs):
        """Sends one request and returns its answer."""
        return self.send(request(*args, **kwargs)).answer(head_only=kwargs.get("method") == "HEAD")

    # --- WebSocket

    def upgrade(self, path="/ws", behind=b"", headers=(), host="localhost", **how):
        """Asks for a WebSocket; `behind` is sent in the same segment. Returns the answer, whatever it is."""
        return self.send(request(path, headers=[*upgrade_headers(**how), *headers], host=host) + behind).answer()

    def read_frame(self):
        """(opcode, first byte without opcode, payload)"""
        first, second = self.take(2)
        assert not second & 0x80, "a server does not mask"
        n = second & 0x7F
        if n == 126:
            n = struct.unpack(">H", self.take(2))[0]
        elif n == 127:
            n = struct.unpack(">Q", self.take(8))[0]
        return first & 0xF, first & 0xF0, self.take(n)

    def read_until(self, opcode):
        """The payload of the next frame of that kind; others are read over."""
        while True:
            got, _, payload = self.read_frame()
            if got == opcode:
                return payload

    def read_message(self, kind=None):
        """The next uncompressed message; of that `type` where one is given."""
        while True:
            message = json.loads(self.read_until(TEXT))
            if kind is None or message.get("type") == kind:
                return message

    def close_code(self):
        """What the server's close frame says; 1006 when the connection ended without one, 1005 when it gives no code."""
        try:
            payload = self.read_until(CLOSE)
        except EOFError:
            return 1006
        return struct.unpack(">H", payload[:2])[0] if payload else 1005


def opened(port, token, path="/ws", query="", **how):
    """A client whose WebSocket is open and whose welcome is read."""
    client = RawClient(port)
    answer = client.upgrade(f"{path}?token={token}{query}", **how)
    assert answer.status == 101, answer
    client.accepted = answer.headers
    client.hello = client.read_message("welcome")
    return client
