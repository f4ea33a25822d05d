"""In a libwebsockets without our patches the plugin says at start what is missing, in one line; in ours it says nothing."""

import subprocess

import pytest
from raw_client import RawClient, opened
from stack import SANITIZED, Stack


def lines_about_patches(stack):
    return [line for line in stack.lwsws[0].log.read_text().splitlines() if "lacks patches" in line]


def test_our_host_has_them_all():
    with Stack() as stack:
        assert lines_about_patches(stack) == []


@pytest.mark.skipif(SANITIZED, reason="a preloaded library comes before the sanitizer's")
def test_another_host_is_told_apart_and_still_serves(tmp_path, monkeypatch):
    source, library = tmp_path / "other.c", tmp_path / "other.so"
    source.write_text('const char *lws_host_patches(void) { return "separate-read-buffer,ws-reserved-bits"; }\n')
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    monkeypatch.setenv("LD_PRELOAD", str(library))
    with Stack(limit_connections_per_user=0, start=False) as stack:
        stack.start_worker()
        stack.lwsws[0].start()
        monkeypatch.delenv("LD_PRELOAD")
        (line,) = lines_about_patches(stack)
        assert "strict-request-head" in line and "separate-read-buffer" not in line and "ws-reserved-bits" not in line
        # What the plugin can do by itself, it does: what such a host would get wrong is refused or done without.
        token = stack.token()
        with opened(stack.port, token, query="&compression=true", extensions="permessage-deflate; client_no_context_takeover") as client:
            assert client.accepted["sec-websocket-extensions"] == "permessage-deflate; client_no_context_takeover"
        for extensions in ("permessage-deflate, permessage-deflate", "permessage-deflate; server_max_window_bits=10"):
            with opened(stack.port, token, query="&compression=true", extensions=extensions) as client:
                assert "sec-websocket-extensions" not in client.accepted
        for how, status in (({"extensions": "foo, " * 80 + "permessage-deflate"}, 431), ({"protocol": "x, " * 60 + "ringside-ws"}, 400),
                            ({"protocol": "ringside-logs, ringside-ws"}, 400), ({"protocol": "other, ringside-ws"}, 101)):
            with RawClient(stack.port) as client:
                assert client.upgrade(f"/ws?token={token}", **how).status == status
