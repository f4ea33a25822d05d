"""The load generator counts right: against the floor, against a WebSocket server that nobody here wrote, and against bodies of
events that are cut in every way."""

import asyncio
import json
import os
import socket
import subprocess
import threading

import pytest
import websockets
from stack import free_port

BUILD = os.environ.get("RINGSIDE_BUILD_DIR", os.path.join(os.path.dirname(__file__), "..", "..", "build", "release"))
BENCH = os.path.join(BUILD, "bench", "ringside-bench")
FLOOR = os.path.join(BUILD, "bench", "ringside-floor")

pytestmark = pytest.mark.skipif(not os.path.exists(BENCH), reason="built without RINGSIDE_BENCH")


def run_bench(*words):
    return subprocess.run([BENCH, *[str(word) for word in words]], capture_output=True, text=True, timeout=120,
                          check=False)


@pytest.fixture(name="floor")
def running_floor():
    port = free_port()
    process = subprocess.Popen([FLOOR, str(port)])
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None
        yield port, process.pid
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("frames", [1, 10, 64])
def test_every_event_of_the_floor_is_counted_at_every_subscriber(floor, frames):
    port, pid = floor
    done = run_bench("fanout", "--peer", "floor", "--port", port, "--subscribers", 20, "--floor-frames", frames,
                     "--seconds", 0.2, "--server", f"floor:{pid}")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["deliveries"] == result["events"] * 20
    assert result["events"] > 0
    assert result["events"] % frames == 0
    assert result["out_of_order"] == 0
    assert 0 < result["p50_us"] <= result["p99_us"] <= result["max_us"]


def test_a_paced_run_has_the_rate_that_was_asked_for(floor):
    port, pid = floor
    done = run_bench("latency", "--peer", "floor", "--port", port, "--subscribers", 5, "--rate", 100, "--seconds", 1,
                     "--server", f"floor:{pid}")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["events"] <= 101
    assert result["deliveries"] == result["events"] * 5


def test_idle_connections_are_held_and_measured(floor):
    port, pid = floor
    done = run_bench("idle", "--peer", "floor", "--port", port, "--subscribers", 200, "--seconds", 0.1,
                     "--server", f"floor:{pid}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["lost_connections"] == 0


class Relay:
    """A broadcast server by python websockets; `spoil` may change what is passed on."""

    def __init__(self, spoil):
        self.spoil = spoil
        self.clients = set()
        self.port = free_port()
        self.loop = asyncio.new_event_loop()
        self.started = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        assert self.started.wait(10)

    async def handle(self, connection):
        self.clients.add(connection)
        try:
            async for message in connection:
                for client in list(self.clients):
                    if client is not connection:
                        for piece in self.spoil(message):
                            await client.send(piece)
        except websockets.ConnectionClosed:
            pass
        finally:
            self.clients.discard(connection)

    async def listen(self):
        await websockets.serve(self.handle, "127.0.0.1", self.port, compression=None)

    def serve(self):
        asyncio.set_event_loop(self.loop)

        async def start():
            await self.listen()
            self.started.set()
        self.loop.run_until_complete(start())
        self.loop.run_forever()
        self.loop.run_until_complete(self.cancel_all())
        self.loop.close()

    async def cancel_all(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


def run_on_relay(spoil):
    relay = Relay(spoil)
    try:
        return run_bench("latency", "--peer", "ws", "--port", relay.port, "--producer", "ws", "--producer-path", "/",
                         "--subscribers", 3, "--rate", 50, "--warmup", 0.1, "--seconds", 0.3)
    finally:
        relay.stop()


def test_events_come_through_a_foreign_server():
    done = run_on_relay(lambda message: [message])
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["deliveries"] == result["events"] * 3


def test_fragments_of_a_message_are_put_together():
    # a list is sent as one fragmented message; the cuts fall into the mark
    done = run_on_relay(lambda message: [[message[i:i + 7] for i in range(0, len(message), 7)]])
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["deliveries"] == result["events"] * 3


def test_an_event_delivered_twice_fails_the_run():
    done = run_on_relay(lambda message: [message, message])
    assert done.returncode == 1
    assert "out of order" in done.stderr


CHUNKED = b"Transfer-Encoding: chunked\r\n"


def chunk_of(data, extension=b""):
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


def pieces_of(data, size):
    return [data[i:i + size] for i in range(0, len(data), size)]


def as_event_stream(message):
    return b"id: 1:2\ndata: " + message.encode() + b"\n\n"


def as_line(message):
    return message.encode() + b"\n"


class StreamRelay(Relay):
    """Passes what is published over WebSocket on in bodies of plain HTTP; `spoil` says with which bytes."""

    def __init__(self, spoil, media_type, fields=CHUNKED, status=b"200 OK"):
        self.head = b"HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\n%s\r\n" % (status, media_type.encode(), fields)
        self.media_type = media_type
        self.requests = []
        self.http_port = free_port()
        super().__init__(spoil)

    async def listen(self):
        await super().listen()
        await asyncio.start_server(self.answer, "127.0.0.1", self.http_port)

    async def answer(self, reader, writer):
        self.requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.head)
        self.clients.add(writer)

    async def handle(self, connection):
        try:
            async for message in connection:
                for client in self.clients:
                    for piece in self.spoil(message):
                        client.write(piece)
                        await asyncio.sleep(0)
        except websockets.ConnectionClosed:
            pass


def run_on_stream_relay(spoil, media_type="text/event-stream", **answer):
    relay = StreamRelay(spoil, media_type, **answer)
    # One peer for each transport; both take what arrives after the head of the answer.
    peer, transport = (("nchan", "event-stream") if "event-stream" in media_type else ("ringside", "json-lines"))
    try:
        done = run_bench("latency", "--peer", peer, "--transport", transport, "--port", relay.http_port, "--producer", "ws",
                         "--producer-port", relay.port, "--producer-path", "/", "--subscribers", 3, "--rate", 50,
                         "--warmup", 0.1, "--seconds", 0.3)
        assert all(b"\r\nAccept: %s\r\n" % media_type.encode() in request for request in relay.requests)
        return done
    finally:
        relay.stop()


CUTS = {
    "a message a chunk": lambda text: [chunk_of(text)],
    "a chunk in many reads": lambda text: pieces_of(chunk_of(text), 5),
    "a message in many chunks": lambda text: [chunk_of(piece) for piece in pieces_of(text, 7)],
    "a byte a chunk": lambda text: [b"".join(chunk_of(piece) for piece in pieces_of(text, 1))],
    "chunks with an extension": lambda text: [chunk_of(text, b";name=value")],
    "messages with signs of life between them": lambda text: [chunk_of(b"\n"), chunk_of(text), chunk_of(b"\n")],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
@pytest.mark.parametrize("media_type, text_of", [("text/event-stream", as_event_stream), ("application/x-ndjson", as_line)])
def test_events_of_a_body_in_chunks_are_counted(media_type, text_of, cut):
    done = run_on_stream_relay(lambda message: cut(text_of(message)), media_type)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["events"] > 0
    assert result["deliveries"] == result["events"] * 3


@pytest.mark.parametrize("size", [1, 40, 100000])
def test_events_of_a_body_without_chunks_are_counted(size):
    done = run_on_stream_relay(lambda message: pieces_of(as_event_stream(message), size), fields=b"Connection: close\r\n")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["deliveries"] == result["events"] * 3


FAULTS = {
    "an event twice": (lambda text: [chunk_of(text + text)], "out of order"),
    "the end of the body": (lambda text: [chunk_of(text), b"0\r\n\r\n"], "the server ended the stream"),
    "no size": (lambda text: [b"size\r\n" + text], "not the size of a chunk: size"),
    "no end of the size": (lambda text: [b"1" * 300], "the line with the size of a chunk does not end"),
    "a size too large for a number": (lambda text: [b"1" * 20 + b"\r\n"], "not the size of a chunk: 1111"),
    "a size that is too small": (lambda text: [b"5\r\n" + text + b"\r\n"], "longer than its size says"),
}


@pytest.mark.parametrize("cut, error", FAULTS.values(), ids=FAULTS.keys())
def test_a_body_with_a_fault_fails_the_run(cut, error):
    done = run_on_stream_relay(lambda message: cut(as_event_stream(message)))
    assert done.returncode == 1
    assert error in done.stderr


def test_a_refused_stream_fails_the_run_with_the_status():
    done = run_on_stream_relay(lambda message: [], status=b"403 Forbidden")
    assert done.returncode == 1
    assert "403 Forbidden" in done.stderr


def test_a_peer_without_the_transport_is_named(floor):
    done = run_bench("fanout", "--peer", "floor", "--port", floor[0], "--transport", "event-stream", "--subscribers", 1)
    assert done.returncode == 2
    assert "floor has no transport event-stream" in done.stderr


def test_an_unknown_option_is_named():
    done = run_bench("fanout", "--subscriber", 3)
    assert done.returncode == 2
    assert "--subscriber" in done.stderr
