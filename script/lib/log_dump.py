"""Reads the whole log of a cluster out of a log server, with nothing but sockets: what nodes and clients have is compared with it."""

import json
import os
import socket


class NatsReader:
    """As much of the protocol of NATS as reading a stream needs."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb", buffering=1 << 20)
        self.file.readline()  # INFO
        self.inbox = "_INBOX.dump" + os.urandom(8).hex()
        self.send('CONNECT {"verbose":false,"headers":true,"no_responders":true,"lang":"py","version":"1","protocol":1}')
        for number, name in enumerate(("answer", "log"), 1):  # by name: a server delivers to no pattern
            self.send(f"SUB {self.inbox}.{name} {number}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, line, body=None):
        self.socket.sendall(line.encode() + b"\r\n" + (b"" if body is None else body + b"\r\n"))

    def publish(self, subject, headers, body):
        head = b"NATS/1.0\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items()) + b"\r\n"
        self.send(f"HPUB {subject} {len(head)} {len(head) + len(body)}", head + body)

    def read(self):
        """(subject, reply, headers as bytes, body) of the next message."""
        while True:
            words = self.file.readline().split()
            if not words:
                raise ConnectionError("the log server has closed the connection")
            if words[0] == b"PING":
                self.send("PONG")
            elif words[0] == b"-ERR":
                raise ConnectionError(b" ".join(words).decode())
            elif words[0] in (b"MSG", b"HMSG"):
                n_sizes = 2 if words[0] == b"HMSG" else 1
                subject, reply = words[1], words[3] if len(words) == 4 + n_sizes else b""
                n_head, size = int(words[-2]) if n_sizes == 2 else 0, int(words[-1])
                content = self.file.read(size + 2)[:-2]
                return subject.decode(), reply.decode(), content[:n_head], content[n_head:]

    def request(self, subject, **body):
        text = json.dumps(body).encode()
        self.send(f"PUB {subject} {self.inbox}.answer {len(text)}", text)
        while True:
            to, _, head, answer = self.read()
            if to == self.inbox + ".answer":
                if not answer:
                    raise ConnectionError(f"{subject}: {head!r}")
                parsed = json.loads(answer)
                if "error" in parsed:
                    raise ConnectionError(f"{subject}: {parsed['error']}")
                return parsed


def headers_of(head):
    lines = head.decode().split("\r\n")[1:]
    return dict(line.split(": ", 1) if ": " in line else line.split(":", 1) for line in lines if ":" in line)


def dump_log(port, stream="RINGSIDE"):
    """All messages of the log, as (number, headers, body), oldest first. Errors: ConnectionError, TimeoutError."""
    with NatsReader(port) as reader:
        state = reader.request(f"$JS.API.STREAM.INFO.{stream}")["state"]
        out = []
        if state["messages"] == 0:
            return out
        reader.request(
            f"$JS.API.CONSUMER.CREATE.{stream}", stream_name=stream,
            config={"deliver_subject": reader.inbox + ".log", "deliver_policy": "all", "ack_policy": "none", "replay_policy": "instant",
                    "flow_control": True, "idle_heartbeat": 1_000_000_000, "inactive_threshold": 30_000_000_000, "mem_storage": True, "num_replicas": 1})
        while not out or out[-1][0] < state["last_seq"]:
            _, reply, head, body = reader.read()
            if head.startswith(b"NATS/1.0 100"):  # a heartbeat, or the server asks whether it may go on
                if reply:
                    reader.send(f"PUB {reply} 0", b"")
            else:
                number = int(reply.split(".")[5])
                out.append((number, headers_of(head), body))
        numbers = [number for number, _, _ in out]
        if numbers != list(range(state["first_seq"], state["last_seq"] + 1)):
            raise ConnectionError(f"{len(numbers)} messages were read of {state}")
        return out
