"""Waiting for a condition, with a deadline; the only place of the Python tests that pauses."""

import os
import time

SLOWNESS = 6 if os.environ.get("RINGSIDE_SANITIZE") else 1
DEADLINE = 30 * SLOWNESS  # seconds, for what has a deadline of its own


class Ended(Exception):
    """The process that is waited for has ended, so no later moment can be better: `eventually` lets it pass."""


def must_run(process, text):
    """For conditions: raises Ended with what `text` returns (the process's output) once the process has ended."""
    if process.poll() is not None:
        raise Ended(f"ended with status {process.returncode}: {text()}")


def eventually(condition, what, seconds=30):
    """Returns what `condition` returns as soon as that is true; fails after the deadline, longer for sanitized builds.

    An exception of `condition` counts as not yet, and is part of the failure; all but Ended, which is a failure at once.
    """
    end = time.monotonic() + seconds * SLOWNESS
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
        except (OSError, AssertionError, ValueError) as error:
            last = error
        if time.monotonic() >= end:
            raise AssertionError(f"not in {seconds * SLOWNESS} s: {what}" + (f" (last: {last!r})" if last else ""))
        time.sleep(0.05)
