"""What one identity does takes no place from another: users with chosen names, members of the producers' group."""

import contextlib
import json
import os
import signal
import subprocess
import sys

import pytest
from stack import Stack
from waiting import eventually

# The names acct81, acct499, ... share one of 256 buckets with the name "victim" in a table that hashes names with XXH3 and no key.
CHOSEN = [
    81, 499, 1460, 1731, 1841, 2283, 2705, 3016, 3041, 3217, 3258, 3483, 3575, 3769, 4031, 4561, 4682, 4834, 5055, 5355,
    5635, 5641, 6031, 6067, 6721, 6982, 7515, 7544, 7574, 7696, 7890, 8350, 8369, 8833, 9087, 9282, 9478, 11134, 11303,
    11452, 11541, 11937, 12107, 12992, 13070, 13173, 13577, 13584, 13742, 13907, 14326, 14571, 15361, 15374, 15503, 16318,
    16409, 16856, 17146, 17242, 17570, 17674, 18042, 18305,
]


def test_users_with_chosen_names_lock_nobody_out():
    with Stack() as stack:
        others = [stack.connect(user=f"acct{number}") for number in CHOSEN]
        with stack.connect(user="victim") as victim:
            assert victim.request({"type": "ping"}, "pong")
        for other in others:
            other.drop()


# Connects as often as it is told, as another user, says so, and stays.
CROWD = """
import contextlib, os, socket, sys
os.setuid(int(sys.argv[1]))
peers = []
for _ in range(int(sys.argv[3])):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(sys.argv[2])
    with contextlib.suppress(BrokenPipeError):  # a refused one may be closed already; what it was told can be read
        peer.sendall(b'{"type":"hello","ack":true}\\n')
    peers.append(peer)
print(*[peer.recv(500).decode().strip() for peer in peers], sep="\\n", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def crowd(stack, uid, count):
    """`count` connections of a user, and what each was answered."""
    with subprocess.Popen([sys.executable, "-c", CROWD, str(uid), str(stack.run_dir / "events.sock"), str(count)],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield [json.loads(process.stdout.readline()) for _ in range(count)]
        finally:
            process.stdin.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to connect as other users")
def test_one_user_cannot_take_all_places_of_producers():
    config = '[events]\nsocket_mode = "0666"\nmax_producers = 12\nmax_producers_per_uid = {}\n'
    with Stack(config=config.format(5)) as stack:
        os.chmod(stack.dir, 0o711)
        with crowd(stack, 65534, 9) as answers:
            assert answers[:5] == [{"ack": 0}] * 5
            for answer in answers[5:]:
                assert answer["error"] == "refused"
                assert "5 producers of uid 65534" in answer["message"] and "events.max_producers_per_uid" in answer["message"]
            with crowd(stack, 65533, 3) as others:
                assert others == [{"ack": 0}] * 3
            assert stack.lwsws[0].metrics()["ringside_producers_refused_total"] == 4
            stack.config.write_text(stack.config.read_text().replace("per_uid = 5", "per_uid = 7"))
            stack.worker.send_signal(signal.SIGHUP)

            def two_more():
                with crowd(stack, 65534, 3) as more:
                    return ["ack" in answer for answer in more] == [True, True, False]

            eventually(two_more, "the new limit is in force")

        def places_are_free():
            with crowd(stack, 65534, 5) as again:
                return all("ack" in answer for answer in again)

        eventually(places_are_free, "places of those who have left are free")
