"""All kinds of hostile clients at once: lwsws lives, its memory is bounded, and well-behaved clients get every event once, in order.

script/soak does the same for half an hour, and then also says whether the memory grows.
"""

# ctest: alone
from soak import soak
from stack import SANITIZED, scaled

MOST_KIB = 200 * 1024  # caches of 32 MiB, the table of series, filters and buffers of 3,000 connections, and room for the allocator


def test_well_behaved_clients_get_everything_while_all_kinds_attack():
    figures = soak(seconds=20, share=scaled(0.3, 0.05), n_history=scaled(50_000, 5_000))
    attacks = figures["attackers"]
    for what in ("requests of CONNECT", "silent connections", "subscriptions of 64 KiB", "upgrades answered with 401", "values of series",
                 "snapshots asked for"):
        assert attacks.get(what), attacks
    assert figures["counted"] > 0
    assert SANITIZED or figures["memory_kib"]["most"] < MOST_KIB, figures
