"""The load generator counts right: against the floor, and against a WebSocket server that nobody here wrote."""

import asyncio
import json
import os
import socket
import subprocess
import threading

import pytest
import websockets

BUILD = os.environ.get("RINGSIDE_BUILD_DIR", os.path.join(os.path.dirname(__file__), "..", "..", "build", "release"))
BENCH = os.path.join(BUILD, "bench", "ringside-bench")
FLOOR = os.path.join(BUILD, "bench", "ringside-floor")

pytestmark = pytest.mark.skipif(not os.path.exists(BENCH), reason="built without RINGSIDE_BENCH")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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

    def serve(self):
        asyncio.set_event_loop(self.loop)

        async def start():
            await websockets.serve(self.handle, "127.0.0.1", self.port, compression=None)
            self.started.set()
        self.loop.run_until_complete(start())
        self.loop.run_forever()

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


def test_an_unknown_option_is_named():
    done = run_bench("fanout", "--subscriber", 3)
    assert done.returncode == 2
    assert "--subscriber" in done.stderr
