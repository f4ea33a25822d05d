"""What is measured: every workload with its variants, in the order in which they alternate."""

import dataclasses

SERVERS = ("floor", "ringside", "nchan", "nats", "ws")


@dataclasses.dataclass(frozen=True)
class Variant:
    """One row of a table: a server and how it is loaded."""
    label: str
    server: str
    bench: tuple = ()       # arguments of ringside-bench
    options: tuple = ()     # pairs for the server's start


@dataclasses.dataclass(frozen=True)
class Column:
    """One figure of the result, and how a table shows it."""
    key: str
    title: str
    digits: int = 2
    scale: float = 1.0


@dataclasses.dataclass(frozen=True)
class Goal:
    """How much more of something a variant may take than another one."""
    variant: str            # labels
    base: str
    key: str                # a figure of the result
    title: str              # its name in a sentence
    at_most: float


@dataclasses.dataclass(frozen=True)
class Table:
    """Variants that are compared with each other."""
    title: str
    workload: str           # of ringside-bench
    variants: tuple
    columns: tuple
    ratios: tuple = ()      # (label of the base, figure, title)
    bench: tuple = ()
    seconds: float = 3.0
    quick_seconds: float = 1.0
    fresh: bool = False     # every run gets a newly started server
    goals: tuple = ()


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    tables: tuple


COST = Column("cpu_per_million", "CPU s per million")
RATE = Column("deliveries_per_s", "deliveries/s", 0)
P50 = Column("p50_us", "p50 ms", 2, 1e-3)
P99 = Column("p99_us", "p99 ms", 2, 1e-3)
PER_MESSAGE = Column("events_per_message", "events a message", 1)
WORKER = Column("worker_cpu_per_million", "worker's CPU s per million")

FLOOR_1 = Variant("floor, 1 event a send", "floor", ("--floor-frames", 1))
FLOOR_10 = Variant("floor, 10 events a send", "floor", ("--floor-frames", 10))
FLOOR_64 = Variant("floor, 64 events a send", "floor", ("--floor-frames", 64))
RINGSIDE = Variant("Ringside", "ringside")
RINGSIDE_100 = Variant("Ringside, batch_size=100", "ringside", ("--query", "batch_size=100"))
NCHAN = Variant("nginx + nchan", "nchan")
NATS = Variant("nats-server", "nats")
WS = Variant("node ws", "ws")


def window_of(n_subscribers):
    """Events that may be under way: what a slow server still has to deliver when the time is over."""
    return 1000 if n_subscribers <= 100 else 400


def fanout_table(n_subscribers):
    return Table(
        title=f"{n_subscribers:,} subscribers, one view, saturated",
        workload="fanout",
        variants=(FLOOR_1, FLOOR_10, FLOOR_64, RINGSIDE, RINGSIDE_100, NCHAN, NATS, WS),
        columns=(COST, RATE, PER_MESSAGE, P99, WORKER),
        ratios=((FLOOR_10.label, "cpu_per_million", "to floor 10"), (FLOOR_64.label, "cpu_per_million", "to floor 64"),
                (NCHAN.label, "cpu_per_million", "to nchan"), (NATS.label, "cpu_per_million", "to nats")),
        bench=("--subscribers", n_subscribers, "--window", window_of(n_subscribers)))


def filter_table(n_subscribers):
    return Table(
        title=f"{n_subscribers:,} subscribers, saturated: one view and 100 different filters",
        workload="fanout",
        variants=(Variant("Ringside, one filter", "ringside", ("--filters", 1)),
                  Variant("Ringside, 100 filters", "ringside", ("--filters", 100))),
        columns=(COST, RATE, PER_MESSAGE, P99),
        ratios=(("Ringside, one filter", "cpu_per_million", "to one filter"),),
        bench=("--subscribers", n_subscribers, "--window", window_of(n_subscribers)))


LATENCY = Table(
    title="200 events/s to 500 subscribers",
    workload="latency",
    variants=(FLOOR_1, Variant("floor, 20 ms timer", "floor", ("--floor-flush-ms", 20)), RINGSIDE,
              Variant("Ringside, flush_ms=20", "ringside", ("--query", "flush_ms=20")), NCHAN, NATS, WS),
    columns=(COST, P50, P99, PER_MESSAGE, WORKER),
    ratios=((FLOOR_1.label, "cpu_per_million", "CPU to floor 1"), (FLOOR_1.label, "p99_us", "p99 to floor 1"),
            ("floor, 20 ms timer", "cpu_per_million", "CPU to floor 20 ms")),
    bench=("--subscribers", 500, "--rate", 200), seconds=6, quick_seconds=2)


def idle_table(n_connections):
    return Table(
        title=f"{n_connections:,} idle connections",
        workload="idle",
        variants=(RINGSIDE, NCHAN, NATS, WS, Variant("floor", "floor")),
        columns=(Column("private_bytes_per_connection", "user bytes a connection", 0),
                 Column("kernel_slab_bytes_per_connection", "kernel bytes a connection, both ends", 0),
                 Column("seconds_to_connect", "s to connect all", 2)),
        bench=("--subscribers", n_connections), quick_seconds=0.5, seconds=1.0, fresh=True)


INGEST = Table(
    title="8 producers, nobody listening",
    workload="ingest",
    variants=(RINGSIDE, Variant("nginx + nchan, POST", "nchan", ("--producer", "post")),
              Variant("nginx + nchan, WebSocket", "nchan", ("--producer", "wsack")), NATS),
    columns=(Column("events_per_s", "events/s", 0), Column("worker_cpu_per_million", "worker's CPU s per million"), COST),
    ratios=(("nginx + nchan, POST", "events_per_s", "rate to nchan POST"),
            ("nginx + nchan, WebSocket", "events_per_s", "rate to nchan WebSocket"),
            (NATS.label, "events_per_s", "rate to nats")),
    bench=("--producers", 8))

REPLAY = Table(
    title="The whole ring (64 MiB) to 100 clients at once",
    workload="replay",
    variants=(RINGSIDE, RINGSIDE_100),
    columns=(Column("seconds", "s", 2), RATE, COST, Column("bytes_per_s", "MB/s", 0, 1e-6),
             Column("least_events", "events each", 0)),
    bench=("--subscribers", 100))

SLOW = Table(
    title="1,000 events/s to 99 quick clients and one that reads 10 KiB/s",
    workload="slow",
    variants=(RINGSIDE, NATS, NCHAN),
    columns=(Column("quick_p99_us", "p99 ms without the slow one", 2, 1e-3), Column("p99_us", "p99 ms with it", 2, 1e-3),
             Column("p99_ratio", "ratio"), Column("slow_behind_events", "slow one behind by", 0)),
    bench=("--subscribers", 100, "--rate", 1000), seconds=5, quick_seconds=2)

STORM = Table(
    title="1,000 clients dropped and reconnecting at once",
    workload="storm",
    variants=(Variant("floor", "floor"), RINGSIDE, NCHAN, NATS, WS),
    columns=(Column("seconds", "s until all are back", 3), Column("back_p99_us", "p99 ms", 1, 1e-3),
             Column("cpu_per_million", "CPU us a connection", 0)),
    bench=("--subscribers", 1000))

COMPRESSION = Table(
    title="100 subscribers, saturated, permessage-deflate",
    workload="fanout",
    variants=(RINGSIDE, RINGSIDE_100, Variant(NCHAN.label, "nchan", (), (("compression", True),)),
              Variant(NATS.label, "nats", (), (("compression", True),)),
              Variant(WS.label, "ws", (), (("compression", True),))),
    columns=(COST, RATE, Column("bytes_per_delivery", "bytes a delivery", 0), PER_MESSAGE),
    bench=("--subscribers", 100, "--window", 1000, "--compression", 1))

MEMORY = Variant("Ringside, in memory", "ringside")
DISK = Variant("Ringside, on disk, too", "ringside", (), (("history", True),))
SEGMENTS = Table(
    title="8 producers, nobody listening: history in memory, and on disk, too",
    workload="ingest",
    variants=(MEMORY, DISK),
    columns=(WORKER, Column("events_per_s", "events/s", 0)),
    ratios=((MEMORY.label, "worker_cpu_per_million", "worker's CPU to memory"),),
    goals=(Goal(DISK.label, MEMORY.label, "worker_cpu_per_million", "worker's CPU", 1.4),),
    bench=("--producers", 8))

OLD_HISTORY = (("history", True), ("ring", "4MiB"), ("n_filler", 60_000))
QUIET = Variant("nobody reads the disk", "ringside", (), OLD_HISTORY)
READ = Variant("four pages a second from disk", "ringside", (), (*OLD_HISTORY, ("pages", True)))
PAGES_FROM_DISK = Table(
    title="200 events/s to 100 subscribers while another client reads old history",
    workload="latency",
    variants=(QUIET, READ),
    columns=(P50, P99, COST),
    ratios=((QUIET.label, "p99_us", "p99 to nobody"),),
    goals=(Goal(READ.label, QUIET.label, "p99_us", "p99 of the others", 1.1),),
    bench=("--subscribers", 100, "--rate", 200), seconds=6, quick_seconds=2)

TWO_PROCESSES = Table(
    title="1,000 subscribers, saturated: one lwsws and two on one port",
    workload="fanout",
    variants=(RINGSIDE, Variant("Ringside, two lwsws", "ringside", (), (("processes", 2),))),
    columns=(COST, RATE, PER_MESSAGE, P99),
    ratios=((RINGSIDE.label, "deliveries_per_s", "rate to one"),),
    bench=("--subscribers", 1000, "--window", window_of(1000)))


EVENT_STREAM = ("--transport", "event-stream")
RINGSIDE_SOCKET = Variant("Ringside, WebSocket", "ringside")
RINGSIDE_EVENTS = Variant("Ringside, Server-Sent Events", "ringside", EVENT_STREAM)
RINGSIDE_LINES = Variant("Ringside, JSON lines", "ringside", ("--transport", "json-lines"))
NCHAN_SOCKET = Variant("nginx + nchan, WebSocket", "nchan")
NCHAN_EVENTS = Variant("nginx + nchan, EventSource", "nchan", EVENT_STREAM)


def streams_table(title, workload, bench, seconds, quick_seconds):
    return Table(
        title=title, workload=workload,
        variants=(RINGSIDE_SOCKET, RINGSIDE_EVENTS, RINGSIDE_LINES, NCHAN_SOCKET, NCHAN_EVENTS),
        columns=(COST, RATE, Column("bytes_per_delivery", "bytes a delivery", 0), P50, P99),
        ratios=((RINGSIDE_SOCKET.label, "cpu_per_million", "CPU to Ringside's WebSocket"),
                (RINGSIDE_SOCKET.label, "p99_us", "p99 to Ringside's WebSocket"),
                (NCHAN_EVENTS.label, "cpu_per_million", "CPU to nchan's EventSource"),
                (NCHAN_EVENTS.label, "p99_us", "p99 to nchan's EventSource")),
        goals=(Goal(RINGSIDE_EVENTS.label, RINGSIDE_SOCKET.label, "cpu_per_million", "CPU per delivered event", 1.1),),
        bench=bench, seconds=seconds, quick_seconds=quick_seconds)


def saturated_streams(n_subscribers):
    return streams_table(f"{n_subscribers:,} subscribers over WebSocket and over HTTP, saturated", "fanout",
                         ("--subscribers", n_subscribers, "--window", window_of(n_subscribers)), 3, 1)


PACED_STREAMS = streams_table("200 events/s to 500 subscribers over WebSocket and over HTTP", "latency",
                              ("--subscribers", 500, "--rate", 200), 6, 2)


def workloads(quick):
    idle = (5000,) if quick else (1000, 5000, 10000)
    return (
        Workload("fanout", tuple(fanout_table(n) for n in (10, 100, 1000))),
        Workload("filters", tuple(filter_table(n) for n in (100, 1000))),
        Workload("latency", (LATENCY,)),
        Workload("streams", (*(saturated_streams(n) for n in ((1000,) if quick else (100, 1000))), PACED_STREAMS)),
        Workload("idle", tuple(idle_table(n) for n in idle)),
        Workload("ingest", (INGEST,)),
        Workload("segments", (SEGMENTS, PAGES_FROM_DISK)),
        Workload("replay", (REPLAY,)),
        Workload("slow", (SLOW,)),
        Workload("storm", (STORM,)),
        Workload("compression", (COMPRESSION,)),
        Workload("processes", (TWO_PROCESSES,)),
    )


HOSTILE = "hostile"     # measured in its own way: bench/driver/hostile.py
NAMES = (*(workload.name for workload in workloads(True)), HOSTILE)
