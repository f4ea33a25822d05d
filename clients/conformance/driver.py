"""The conformance driver for Python; README.md describes the commands."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))
from ringside import Producer  # noqa: E402


def main():
    ringside = Producer(sys.argv[1], max_events=int(sys.argv[2]))
    for line in sys.stdin:
        word, *rest = line.rstrip("\n").split("\t")
        if word == "send":
            ringside.send(rest[0], json.loads(rest[1]))
        elif word == "log":
            ringside.log(rest[0], json.loads(rest[1]))
        elif word == "metric":
            ringside.metric(rest[0], float(rest[1]))
        elif word == "task":
            ringside.task(rest[0], rest[1], name=rest[2], progress=float(rest[3]))
        elif word == "will":
            ringside.will(*[(rest[0], json.loads(rest[1]))] if rest else [])
        elif word == "burst":
            for n in range(int(rest[0])):
                ringside.log("INFO", f"burst {n}")
        elif word == "flush":
            print(f"flush {int(ringside.flush(int(rest[0]) / 1000))}", flush=True)
        elif word == "stats":
            print(f"stats {ringside.sent} {ringside.dropped} {ringside.rejected}", flush=True)


main()
