"""Mounts, headers and protocols of the virtual host are written down in one file, and all that starts lwsws reads that."""

import re

from tree import all_files, read, report

TEMPLATE = "conf/lwsws/conf.d/ringside"


def test_mounts_and_headers_are_written_down_once():
    parts = {"a mount": r'mountpoint"?\s*:\s*"/(?:healthz|readyz|metrics)', "the content security policy": r"default-src '",
             "a protocol": r'"ringside-(?:metrics|logs)":\s*\{'}
    template = read(TEMPLATE)
    for what, pattern in parts.items():
        assert re.search(pattern, template), f"{TEMPLATE} has no {what}"
    report([f"{path}: has {what} of the virtual host; read {TEMPLATE} instead"
            for path in all_files() if path.parts[0] in ("script", "tests", "packaging", "bench", "client") and path.name != "test_vhost.py"
            for what, pattern in parts.items() if re.search(pattern, read(path))])
