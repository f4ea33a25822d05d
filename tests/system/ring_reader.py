"""Reads events out of a ring file from its first record on, by docs/ring-format.md and nothing else.

For tests that look at what a worker put there; it does not cope with a ring that has wrapped.
"""

import json
import mmap
import os
import struct

MAGIC = 0x45444953474E4952
RECORD, PADDING = 1, 2


class RingReader:
    def __init__(self, path):
        with open(path, "rb") as file:
            self.map = mmap.mmap(file.fileno(), os.fstat(file.fileno()).st_size, prot=mmap.PROT_READ)
        assert self.word(0) == MAGIC, f"{path} is no ring"
        self.data = self.word(24)
        self.position = 0
        self.seq = 0

    def word(self, offset):
        return struct.unpack_from("<Q", self.map, offset)[0]

    def head(self):
        return self.word(128)

    def read(self):
        """The events that came since the last call."""
        events = []
        while self.seq < self.head():
            first, seq, _, lengths, _ = struct.unpack_from("<5Q", self.map, self.data + self.position)
            total, kind = first & 0xFFFFFFFF, (first >> 32) & 0xFF
            assert kind == RECORD, "the ring has wrapped: give the test a larger one"
            assert seq == self.seq + 1
            text_bytes, name_bytes = lengths & 0xFFFFFFFF, lengths >> 32
            begin = self.data + self.position + 40 + name_bytes
            events.append(json.loads(self.map[begin:begin + text_bytes]))
            self.position += total
            self.seq = seq
        return events
