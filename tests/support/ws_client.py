"""A WebSocket client without an event loop: the protocol is the websockets package's, the socket is ours.

So a test reads when it says so (a client that does not read is a slow one), sees every frame, and needs no thread.
"""

import json
import select
import socket
import time
from urllib.parse import urlencode

from waiting import DEADLINE
from websockets.client import ClientConnection
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Opcode
from websockets.http11 import Response
from websockets.uri import parse_uri


class Refused(Exception):
    """The server answered the upgrade with something else."""

    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        self.body = json.loads(response.body) if response.body else None
        super().__init__(f"{self.status} {self.body}")


class Closed(Exception):
    def __init__(self, code, reason):
        self.code = code
        self.reason = reason
        super().__init__(f"{code} {reason}")


class Client:
    """Connects at once. `query` is what stands behind the question mark, `token` one of its parameters."""

    def __init__(self, port, path="/ws", token=None, query=None, headers=None, subprotocols=None, origin=None, deflate=False,
                 receive_buffer=None, source=None):
        parameters = dict(query or {}) | ({"token": token} if token else {})
        url = f"ws://127.0.0.1:{port}{path}" + (f"?{urlencode(parameters)}" if parameters else "")
        extensions = [ClientPerMessageDeflateFactory(client_max_window_bits=True)] if deflate else None
        self.protocol = ClientConnection(parse_uri(url), origin=origin, extensions=extensions, subprotocols=subprotocols, max_size=None)
        self.socket = socket.socket()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.settimeout(DEADLINE)
        self.pending = []
        self.pieces = []
        self.n_bytes = 0
        self.n_pings = 0
        self.ended = False
        try:
            self.socket.connect(("127.0.0.1", port))
            request = self.protocol.connect()
            for name, value in (headers or {}).items():
                request.headers[name] = value
            self.protocol.send_request(request)
            self.flush()
            self.response = self.handshake()
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.drop()

    # --- the wire

    def flush(self):
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)

    def pump(self):
        """Takes what has arrived, waiting for something if nothing has."""
        try:
            data = self.socket.recv(1 << 18)
        except ConnectionResetError:  # what came before has been read
            data = b""
        self.n_bytes += len(data)
        if data:
            self.protocol.receive_data(data)
        else:
            self.ended = True
            try:
                self.protocol.receive_eof()
            except EOFError as error:  # before or within the answer to the upgrade: the server was killed, say
                raise ConnectionError("the connection was closed without an answer") from error
        try:
            self.flush()
        except OSError:
            pass
        for event in self.protocol.events_received():
            if isinstance(event, Response):
                self.pending.append(event)
            elif event.opcode is Opcode.PING:
                self.n_pings += 1
            elif event.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
                self.pieces.append(event.data)
                if event.fin:
                    self.pending.append(b"".join(self.pieces))
                    self.pieces = []

    def handshake(self):
        while not self.pending:
            self.pump()
        response = self.pending.pop(0)
        if response.status_code != 101:
            raise Refused(response)
        assert self.protocol.handshake_exc is None, self.protocol.handshake_exc
        return response

    def readable(self):
        return bool(self.pending) or bool(select.select([self.socket], [], [], 0)[0])

    # --- what is sent

    def send(self, message):
        """An object, or text (or bytes) as it is."""
        text = message if isinstance(message, (str, bytes)) else json.dumps(message)
        self.protocol.send_text(text if isinstance(text, bytes) else text.encode())
        self.flush()

    def send_binary(self, data):
        self.protocol.send_binary(data)
        self.flush()

    def send_raw(self, data):
        self.socket.sendall(data)

    def request(self, message, kind=None):
        """Sends, and returns the next message, which must be of that kind."""
        self.send(message)
        return self.expect(kind) if kind else self.read()

    # --- what comes

    def read_text(self):
        end = time.monotonic() + DEADLINE
        while not self.pending:
            if self.ended:
                code = self.protocol.close_rcvd.code if self.protocol.close_rcvd else 1006
                raise Closed(code, self.protocol.close_rcvd.reason if self.protocol.close_rcvd else "")
            assert time.monotonic() < end, "nothing came in time"
            self.pump()
        return self.pending.pop(0)

    def read(self):
        return json.loads(self.read_text())

    def expect(self, kind):
        message = self.read()
        assert message.get("type") == kind, f"{kind} was expected, not {str(message)[:600]}"
        return message

    def until(self, kind):
        """Returns the events before the next message of that kind, and the message."""
        events = []
        while True:
            message = self.read()
            if message.get("type") == kind:
                return events, message
            events += self.events_in(message)

    def read_events(self, count):
        events = []
        while len(events) < count:
            events += self.events_in(self.read())
        assert len(events) == count, f"{len(events)} events came, {count} were expected"
        return events

    def until_event(self, wanted):
        """Reads until the last event that has come is wanted; returns them all. For an event after which none comes."""
        events = []
        while not (events and wanted(events[-1])):
            events += self.events_in(self.read())
        return events

    def until_event_over_gaps(self, wanted):
        """The same where the client may be overtaken more than once; returns the number of gaps, too."""
        events, n_gaps = [], 0
        while not (events and wanted(events[-1])):
            message = self.read()
            if message.get("type") == "gap":
                n_gaps += 1
            else:
                events += self.events_in(message)
        return events, n_gaps

    @staticmethod
    def events_in(message):
        if "event_type" in message:
            return [message]
        assert message.get("type") == "batch", f"neither an event nor a batch: {str(message)[:600]}"
        return message["events"]

    def wait_closed(self):
        """Reads to the end; returns the close code and its reason."""
        while True:
            try:
                self.read_text()
            except Closed as closed:
                self.socket.close()
                return closed.code, closed.reason

    def drop(self):
        """Ends it without a word."""
        self.socket.close()

    def close(self, code=1000):
        self.protocol.send_close(code)
        self.flush()
        return self.wait_closed()
