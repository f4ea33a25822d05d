#!/usr/bin/python3
"""The clients of script/chaos: many of them in one process, which hop between nodes and always say how far they came.

Two thousand events a second to two hundred clients are too many to be parsed in Python. So a client looks at the ids of a message
alone, which must go on where the last one ended, and takes a checksum of the very text that came: the text of the events as the
ring has it, with a comma in between. Whoever has the log knows what it must be.

Standard input: a line "end" ends it. Standard output: a line of JSON on each request ("look") and one at the end.
"""

import argparse
import base64
import json
import os
import random
import selectors
import socket
import struct
import sys
import time
import zlib

ID = b'"id":"'
BATCH = b'{"type":"batch"'
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Wire:
    """The frames of a WebSocket connection, of which a server sends whole messages, not masked."""

    def __init__(self):
        self.buffer = bytearray()

    def frames(self, piece):
        self.buffer += piece
        at, out, n = 0, [], len(self.buffer)
        while n - at >= 2:
            size, head = self.buffer[at + 1] & 127, 2
            if size == 126 and n - at >= 4:
                size, head = struct.unpack_from(">H", self.buffer, at + 2)[0], 4
            elif size == 127 and n - at >= 10:
                size, head = struct.unpack_from(">Q", self.buffer, at + 2)[0], 10
            elif size >= 126:
                break
            if n - at < head + size:
                break
            out.append((self.buffer[at] & 15, bytes(self.buffer[at + head:at + head + size])))
            at += head + size
        del self.buffer[:at]
        return out


def masked(opcode, payload):
    assert len(payload) < 126
    key = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + key + bytes(b ^ key[i % 4] for i, b in enumerate(payload))


class Client:
    def __init__(self, crowd, number):
        self.crowd, self.number = crowd, number
        self.dice = random.Random(crowd.seed * 1000 + number)
        self.node = number % crowd.n_nodes
        self.epoch, self.first, self.last = b"", 0, 0
        self.checksum = 0
        self.problems, self.n_hops, self.n_notices = [], 0, 0
        self.socket = None
        self.answered = False
        self.until = 0.0  # when it hops, or tries again

    def state(self):
        return {"number": self.number, "epoch": self.epoch.decode(), "first": self.first, "last": self.last, "crc": self.checksum,
                "hops": self.n_hops, "notices": self.n_notices, "problems": self.problems[:5]}

    def problem(self, text):
        if len(self.problems) < 20:
            self.problems.append(f"node-{self.node}: {text}")

    # --- the connection

    def connect(self):
        self.wire, self.head, self.answered = Wire(), b"", False
        self.until = time.monotonic() + self.dice.uniform(1, 6)
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(("127.0.0.1", self.crowd.port + self.node))
        self.crowd.selector.register(self.socket, selectors.EVENT_WRITE, self)

    def drop(self, pause=0.0):
        if self.socket is not None:
            self.crowd.selector.unregister(self.socket)
            self.socket.close()
            self.socket = None
        self.until = time.monotonic() + pause

    def hop(self):
        self.drop()
        self.node = self.dice.randrange(self.crowd.n_nodes)
        self.n_hops += 1
        self.connect()

    def ask(self):
        since = f"{self.epoch.decode()}:{self.last}" if self.last else "2020-01-01T00:00:00Z"
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((
            f"GET /ws?since={since}&batch_size=500&token={self.crowd.token} HTTP/1.1\r\nHost: localhost:{self.crowd.port + self.node}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.crowd.selector.modify(self.socket, selectors.EVENT_READ, self)

    def on_socket(self, events):
        try:
            if events & selectors.EVENT_WRITE:
                if self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    self.drop(0.3)
                else:
                    self.ask()
                return
            piece = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self.drop(0.3)
            return
        if not self.answered:
            self.head += piece
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.head.startswith(b"HTTP/1.1 101"):
                self.drop(0.3)
                return
            self.answered, piece = True, self.head[end + 4:]
        for opcode, payload in self.wire.frames(piece):
            self.on_frame(opcode, payload)
            if self.socket is None:
                return

    def on_frame(self, opcode, payload):
        if opcode == TEXT:
            self.on_message(payload)
        elif opcode == PING:
            try:
                self.socket.sendall(masked(PONG, payload))
            except OSError:
                self.drop(0.3)
        elif opcode == CLOSE:
            self.drop(0.3)

    # --- what comes

    def on_message(self, text):
        if text.startswith(BATCH):
            self.on_events(text[text.index(b"[") + 1:-2])
        elif b'"event_type":' in text:
            self.on_events(text)
        else:
            message = json.loads(text)
            if message["type"] == "notice":
                self.n_notices += 1
            elif message["type"] == "gap" or (message["type"] == "replay_end" and self.last and not message["recovered"]):
                self.problem(f"after {self.epoch.decode()}:{self.last}: {text.decode()}")

    def on_events(self, texts):
        n = texts.count(ID)
        begin, end = texts.find(ID) + len(ID), texts.rfind(ID) + len(ID)
        epoch, _, first = texts[begin:texts.index(b'"', begin)].partition(b":")
        last = int(texts[end:texts.index(b'"', end)].partition(b":")[2])
        first = int(first)
        if self.last and (epoch != self.epoch or first != self.last + 1):
            self.problem(f"{epoch.decode()}:{first} comes after {self.epoch.decode()}:{self.last}")
        if last - first + 1 != n:
            self.problem(f"{n} events have the ids {first} to {last}")
        if not self.last:
            self.first = first
        else:
            self.checksum = zlib.crc32(b",", self.checksum)
        self.checksum = zlib.crc32(texts, self.checksum)
        self.epoch, self.last = epoch, last


class Crowd:
    def __init__(self, args):
        self.port, self.n_nodes, self.token, self.seed = args.port, args.nodes, args.token, args.seed
        self.selector = selectors.DefaultSelector()
        self.clients = [Client(self, i) for i in range(args.clients)]
        self.commands = b""
        self.ends = False

    def answer(self):
        print(json.dumps([client.state() for client in self.clients]), flush=True)

    def on_command(self):
        piece = os.read(0, 4096)
        *lines, self.commands = (self.commands + piece).split(b"\n")
        for line in lines:
            self.answer()
            self.ends = self.ends or line == b"end"
        self.ends = self.ends or not piece

    def run(self):
        os.set_blocking(0, False)
        self.selector.register(0, selectors.EVENT_READ, None)
        for i, client in enumerate(self.clients):  # not all at the same moment
            client.until = time.monotonic() + 2.0 * i / len(self.clients)
        next_look = 0.0
        while not self.ends:
            for key, events in self.selector.select(0.05):
                if key.data is None:
                    self.on_command()
                elif key.data.socket is not None:
                    key.data.on_socket(events)
            now = time.monotonic()
            if now < next_look:
                continue
            next_look = now + 0.05
            for client in self.clients:
                if now > client.until:
                    client.connect() if client.socket is None and not client.last else client.hop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--nodes", type=int, required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    Crowd(parser.parse_args()).run()


if __name__ == "__main__":
    sys.exit(main())
