"""compression=true: for those who ask and nobody else, with clients that nobody here wrote."""

import asyncio
import json
import pathlib
import subprocess

import pytest
import websockets
from stack import Stack, custom, numbers
from waiting import SLOWNESS

NODE_CLIENT = pathlib.Path(__file__).resolve().parents[1] / "support" / "ws_compressed.mjs"
TEXT = "the same words again and again " * 40


@pytest.fixture(scope="module")
def stack():
    with Stack(limit_connections_per_user=0) as running:
        yield running


@pytest.mark.conformance("param.compression", "param.compression-default")
def test_only_those_who_offer_and_ask_get_it(stack):
    taken = {}
    for asked in (None, "false", "true"):
        for offered in (False, True):
            client = stack.connect(query={"compression": asked} if asked else {}, deflate=offered)
            agreed = "permessage-deflate" in client.response.headers.get("Sec-WebSocket-Extensions", "")
            assert agreed == (offered and asked == "true")
            before = client.n_bytes
            stack.send(*[custom(n, text=TEXT) for n in range(20)])
            events = client.read_events(20)
            assert numbers(events) == list(range(20)) and events[0]["data"]["text"] == TEXT
            taken[asked, offered] = client.n_bytes - before
            client.drop()
    assert taken["true", True] < taken["true", False] / 5
    assert taken["false", True] == pytest.approx(taken[None, False], rel=0.1)


@pytest.mark.parametrize("compression", ["true", "false"])
def test_the_ws_package_of_npm(stack, compression):
    process = subprocess.Popen(["node", NODE_CLIENT, f"ws://127.0.0.1:{stack.port}/ws?token={stack.token()}&compression={compression}", "50"],
                               stdout=subprocess.PIPE, text=True)
    agreed = json.loads(process.stdout.readline())
    assert agreed["extensions"] == ("permessage-deflate" if compression == "true" else "")
    stack.send(*[custom(n, text=TEXT) for n in range(50)])
    result = json.loads(process.communicate(timeout=60 * SLOWNESS)[0])
    assert result["numbers"] == list(range(50))
    assert (result["bytes"] < 20_000) == (compression == "true")


OFFERS = [{}, {"client_max_window_bits": 12}, {"server_no_context_takeover": True}, {"client_no_context_takeover": True},
          {"server_no_context_takeover": True, "client_no_context_takeover": True}]


@pytest.mark.parametrize("offer", OFFERS, ids=[",".join(offer) or "plain" for offer in OFFERS])
def test_the_websockets_package_with_each_offer(stack, offer):
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

    async def talk():
        url = f"ws://127.0.0.1:{stack.port}/ws?token={stack.token()}&compression=true&batch_size=1"
        async with websockets.connect(url, compression=None, extensions=[ClientPerMessageDeflateFactory(**offer)]) as client:
            assert json.loads(await client.recv())["type"] == "welcome"
            assert [extension.name for extension in client.extensions] == ["permessage-deflate"]
            for n in range(5):
                await client.send(json.dumps({"type": "subscribe", "events": [f"Padding{n}" + "x" * 30] * 40 + ["Custom"]}))
                assert json.loads(await client.recv())["type"] == "subscribed"
            stack.send(*[custom(n, text=TEXT) for n in range(30)])
            assert [json.loads(await client.recv())["data"]["n"] for _ in range(30)] == list(range(30))

    asyncio.run(talk())


def test_a_window_that_the_host_cannot_keep_is_not_agreed_on(stack):
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

    async def talk():
        url = f"ws://127.0.0.1:{stack.port}/ws?token={stack.token()}&compression=true"
        async with websockets.connect(url, compression=None, extensions=[ClientPerMessageDeflateFactory(server_max_window_bits=10)]) as client:
            assert json.loads(await client.recv())["type"] == "welcome"
            assert client.extensions == []

    asyncio.run(talk())
