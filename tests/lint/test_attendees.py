"""Whoever takes up a connection can be ended: every attendee of the hub obeys an administrator's cut, revocations and drains."""

import re

from tree import cpp_files, read, report

OBEYS = {"is_cut(": "Hub::is_cut()", "is_revoked(": "revocations", "expires": "the end of its token"}


def attendees():
    """The stem of each header that has a class derived from Attendee."""
    return [path.with_suffix("") for path in cpp_files("module") if path.suffix == ".hpp" and re.search(r"\bclass \w+ (final )?: public Attendee\b", read(path))]


def test_every_attendee_can_be_ended():
    found = attendees()
    assert len(found) >= 3, found
    faults = []
    for stem in found:
        text = "".join(read(path) for path in cpp_files("module") if path.suffix == ".cpp" and (path.stem == stem.name or path.stem.startswith(f"{stem.name}_")))
        faults += [f"{stem}: does not look at {why} ({what})" for what, why in OBEYS.items() if what not in text]
    report(faults)
