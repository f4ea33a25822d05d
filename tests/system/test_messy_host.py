# ctest: alone
"""A host that does to its log files all that hosts do: every line comes exactly once, whatever happens to the files and to the worker.

The same for the same seed: RINGSIDE_SEED runs a failure again, RINGSIDE_MINUTES makes it longer (60 for an hour). A line may come
again only when the worker was killed within three seconds after it was sent.

The clock of the worker is set by libfaketime, and the disk that fills is a tmpfs: both skip themselves, loudly, where they cannot be had.
"""

import contextlib
import datetime
import errno
import gzip
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from stack import SANITIZED
from test_sources import BUILD, ROOT, Worker, wait_for

RINGSIDED = BUILD / "bin" / "ringsided"
N_FILES = 4
N_KEPT = 3
CRASH_WINDOW_S = 3.0
KNOWN_BYTES = 64  # a copy is known by at least so many
CLOCK_STEPS = ["+0", "-2h", "+2h", "-3d", "+400d", "-1", "+1"]
FAKETIME = next((path for path in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
SECONDS = float(os.environ["RINGSIDE_MINUTES"]) * 60 if "RINGSIDE_MINUTES" in os.environ else 25


def ring_bytes():
    size = 64 << 20
    while size < SECONDS * 150_000:
        size *= 2
    return size


class MessyWorker(Worker):
    """A worker that may be short of inotify, and whose wall clock is set now and then."""

    def __init__(self, run_dir, sources, with_clock):
        super().__init__(run_dir, sources)
        self.clock = run_dir.parent / "clock"
        self.set_clock("+0")
        self.environment = {**os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_CACHE_DURATION": "1",
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"} if with_clock else None

    def set_clock(self, offset):
        draft = self.clock.with_suffix(".new")
        draft.write_text(offset + "\n")
        draft.rename(self.clock)

    def configure(self, sources):
        self.config.write_text(f'run_dir = "{self.run_dir}"\nschema_dir = "{ROOT}/conf/schemas/events"\n\n[ring]\nsize = {ring_bytes()}\n\n[history]\nenabled = false\n\n'
                               f"[sources.host_metrics]\nenabled = false\n\n{sources}")

    def start_with(self, inotify):
        command = [str(RINGSIDED), "--config", str(self.config)]
        if not inotify:  # a user namespace of its own has a limit of its own
            command = ["unshare", "--user", "--map-root-user", "sh", "-c",
                       'echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"', "sh", *command]
        with open(self.run_dir / "ringsided.log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment)
        wait_for(lambda: self.is_up() or self.process.poll() is not None, "the worker's start")
        assert self.process.poll() is None, self.log()
        if self.reader is None:
            from ring_reader import RingReader
            self.reader = RingReader(self.run_dir / "ring")


def can_limit_inotify():
    probe = ["unshare", "--user", "--map-root-user", "sh", "-c", "echo 0 > /proc/sys/user/max_inotify_instances"]
    return subprocess.run(probe, stderr=subprocess.DEVNULL, check=False).returncode == 0


def can_set_clock():
    """Not with a sanitizer, which has to be the first library."""
    if FAKETIME is None or SANITIZED:
        return False
    probe = subprocess.run(["date", "+%Y"], env={**os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME": "-4000d"}, capture_output=True, text=True, check=False)
    return probe.stdout.strip() < time.strftime("%Y")


def mount_small_disk(path, n_bytes):
    """Whether `path` is a disk of its own now."""
    return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={n_bytes}", "tmpfs", path], stderr=subprocess.DEVNULL, check=False).returncode == 0


class Host:
    def __init__(self, rng, directory, worker, with_namespaces, has_own_disk):
        self.rng = rng
        self.directory = directory
        self.worker = worker
        self.with_namespaces = with_namespaces
        self.has_own_disk = has_own_disk
        self.written = set()
        self.n_kills = 0
        self.checked = set()  # lines that have come, of the first n_checked
        self.n_checked = 0
        self.looks = []  # (when, how many lines the worker had sent then)
        self.may_come_again = set()
        self.n = 0
        self.done = []  # what was done, for a failure
        self.paths = [directory / f"app{i}.log" for i in range(N_FILES)]
        for path in self.paths:
            path.touch()

    # --- what programs write

    def lines(self, path, count):
        made = []
        for _ in range(count):
            self.n += 1
            made.append(f"{path.stem} line {self.n} {'x' * self.rng.randrange(0, 200)}".rstrip())
            self.written.add(made[-1])
        return made

    def write(self, path, file=None):
        text = "".join(line + self.rng.choice(["\n", "\n", "\r\n"]) for line in self.lines(path, self.rng.randrange(1, 15)))
        with file or open(path, "a", encoding="utf-8", newline="") as out:
            if self.rng.random() < 0.3 and len(text) > 4:  # a line in two pieces
                cut = self.rng.randrange(1, len(text) - 1)
                out.write(text[:cut])
                out.flush()
                threading.Event().wait(self.rng.random() * 0.05)
                text = text[cut:]
            out.write(text)

    # --- what happens to the files

    def shift(self, path):
        """app.log.2 becomes app.log.3, and so on; what is too old goes, or is compressed. What was
        written is read by then: a line that is half read when its file is truncated comes in two halves."""
        oldest = path.with_name(f"{path.name}.{N_KEPT}")
        if oldest.exists():
            self.wait_read()  # what is removed before anybody could look at it is nobody's to tell
            if self.rng.random() < 0.5:
                with gzip.open(f"{oldest}.gz", "wb") as archive:
                    archive.write(oldest.read_bytes())
            oldest.unlink()
        for i in reversed(range(1, N_KEPT)):
            source = path.with_name(f"{path.name}.{i}")
            if source.exists():
                source.rename(path.with_name(f"{path.name}.{i + 1}"))

    def rotate(self, path):
        self.shift(path)
        still_open = open(path, "a", encoding="utf-8", newline="")
        path.rename(path.with_name(f"{path.name}.1"))
        if self.rng.random() < 0.5:
            self.write(path, still_open)  # the program has not reopened yet
        else:
            still_open.close()
        path.touch()

    def copy_and_truncate(self, path):
        self.wait_read()
        if path.stat().st_size < KNOWN_BYTES:
            return
        self.shift(path)
        content = path.read_bytes()
        cut = self.rng.choice([0, len(content), self.rng.randrange(KNOWN_BYTES, len(content) + 1)])
        with open(path.with_name(f"{path.name}.1"), "wb", buffering=0) as out:  # as cp does it on a busy machine
            for piece in (content[:cut], content[cut:]):
                threading.Event().wait(self.rng.choice([0, 0, 0.1]))
                out.write(piece)
        os.truncate(path, 0)

    def truncate(self, path):
        self.wait_read()
        os.truncate(path, 0)

    def truncate_under_a_writer(self, path):
        """`program > file`: the writer goes on at its old offset, and leaves a hole."""
        self.wait_read()
        with open(path, "r+", encoding="utf-8", newline="") as out:
            out.seek(0, os.SEEK_END)
            os.truncate(path, 0)
            out.write("".join(line + "\n" for line in self.lines(path, 5)))

    # --- what happens to the worker

    def restart(self, with_signal):
        self.worker.stop(with_signal)
        if with_signal == signal.SIGKILL:
            self.on_killed()
        for path in self.rng.sample(self.paths, 2):
            self.write(path)
        self.worker.start_with(inotify=not self.with_namespaces or self.rng.random() < 0.6)

    def on_killed(self, state_failed_from=None):
        """What was sent after the last state that is surely on the disk may come again."""
        self.n_kills += 1
        safe = (state_failed_from or time.monotonic()) - CRASH_WINDOW_S
        n_safe = max((n for when, n in self.looks if when <= safe), default=0)
        self.may_come_again |= {*self.seen()[n_safe:], *self.missing()}

    def block_state(self):
        """The state of the sources cannot be written for a while."""
        state = self.worker.run_dir / "file_tail.state"
        blocker = state.with_suffix(".state.new")
        shutil.rmtree(blocker, ignore_errors=True)
        if blocker.exists():
            blocker.unlink()
        blocker.mkdir()  # a directory where the draft is to be
        self.write_until_state_fails()
        blocker.rmdir()
        self.wait_for_state()

    def fill_disk(self):
        """No byte is left where the worker keeps its ring, its state and its log."""
        filler = self.worker.run_dir / "filler"
        with open(filler, "ab", buffering=0) as out:
            for piece in (1 << 16, 1):
                try:
                    while True:
                        out.write(bytes(piece))
                except OSError as error:
                    assert error.errno == errno.ENOSPC
        began = time.monotonic()
        self.write_until_state_fails()
        stops = self.rng.random() < 0.3
        if stops:  # with a state as old as the full disk
            self.worker.stop()
            self.on_killed(began)
        filler.unlink()
        if stops:
            self.worker.start_with(inotify=True)
        self.wait_for_state()

    def write_until_state_fails(self):
        for path in self.paths:
            self.write(path)
        threading.Event().wait(1.2)

    def wait_for_state(self):
        """The state is written again, once there is something new to say."""
        state = self.worker.run_dir / "file_tail.state"
        before = state.stat() if state.exists() else None

        def is_new():
            now = state.stat()
            return before is None or (now.st_ino, now.st_mtime_ns) != (before.st_ino, before.st_mtime_ns)

        self.write(self.paths[0])
        wait_for(is_new, "the state is written again")

    def set_clock(self):
        self.worker.set_clock(self.rng.choice(CLOCK_STEPS))

    def clock_is_set(self):
        self.write(self.paths[0])
        self.wait_read()
        return self.spread_of_time() > 1

    def spread_of_time(self):
        """Hours between the first and the last that events were received, by the worker's clock."""
        times = sorted(event["timestamp"] for event in self.worker.read())
        first, last = (datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) for time in (times[0], times[-1]))
        return (last - first).total_seconds() / 3600

    # --- the model

    def seen(self):
        return [message for message in self.worker.messages() if " line " in message]

    def wait_read(self):
        wait_for(lambda: self.written <= set(self.seen()), self.what_is_wrong)

    def what_is_wrong(self):
        missing, unknown = ([line[:60] for line in sorted(lines)] for lines in (self.written - set(self.seen()), set(self.seen()) - self.written))
        files = [(path.name, path.stat().st_size) for path in sorted(self.directory.iterdir())]
        state = (self.worker.run_dir / "file_tail.state").read_text()
        return f"all lines; missing: {missing}, unknown: {unknown}, after {self.done[-40:]}\n{files}\n{state}\n{self.worker.log()[-2000:]}"

    def missing(self):
        return sorted(self.written - set(self.seen()))

    def check(self):
        """What has come since the last time: lines that were written, and each once. At once, for a failure says what was done just before."""
        seen = self.seen()
        for message in seen[self.n_checked:]:
            assert message in self.written, f"nobody wrote {message[:60]}; {self.what_is_wrong()}"
            assert message not in self.checked or message in self.may_come_again, f"again: {message[:60]}; {self.what_is_wrong()}"
            self.checked.add(message)
        self.n_checked = len(seen)

    def step(self):
        self.looks.append((time.monotonic(), len(self.seen())))
        path = self.rng.choice(self.paths)
        what, weight = zip(*[
            (lambda: self.write(path), 60), (lambda: self.rotate(path), 8), (lambda: self.copy_and_truncate(path), 10), (lambda: self.truncate(path), 3),
            (lambda: self.truncate_under_a_writer(path), 2), (lambda: self.restart(signal.SIGTERM), 1), (lambda: self.restart(signal.SIGKILL), 1),
            (self.fill_disk if self.has_own_disk else self.block_state, 1), (self.block_state, 1), (self.set_clock, 2), (lambda: threading.Event().wait(0.3), 4)])
        chosen = self.rng.choices(range(len(what)), weight)[0]
        self.done.append((self.n, chosen, path.name))
        what[chosen]()
        threading.Event().wait(self.rng.random() * 0.04)
        self.check()


@contextlib.contextmanager
def directories():
    """The base of all, and whether the run directory is a disk of its own."""
    base = Path(tempfile.mkdtemp(prefix="rs-"))
    (base / "run").mkdir()
    has_own_disk = mount_small_disk(base / "run", ring_bytes() + (32 << 20))
    try:
        (base / "run" / "state").mkdir()
        (base / "log").mkdir()
        yield base, has_own_disk
    finally:
        if has_own_disk:
            subprocess.run(["umount", "--lazy", base / "run"], check=True)  # the reader still has the ring open
        shutil.rmtree(base)


def test_every_line_comes_exactly_once():
    seed = int(os.environ.get("RINGSIDE_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"RINGSIDE_SEED={seed}")
    with_namespaces, with_clock = can_limit_inotify(), can_set_clock()
    if not with_namespaces:
        print("SKIPPED: a worker without inotify, since no user namespace can be made here")
    if not with_clock:
        print("SKIPPED: steps of the clock, which need libfaketime and a build without sanitizers")
    with directories() as (base, has_own_disk):
        if not has_own_disk:
            print("SKIPPED: a disk without space, since nothing can be mounted here")
        worker = MessyWorker(base / "run", f'[sources.files]\npaths = ["{base}/log/*.log*"]\n', with_clock)
        try:
            host = Host(random.Random(seed), base / "log", worker, with_namespaces, has_own_disk)
            worker.start_with(inotify=True)
            end = time.monotonic() + SECONDS
            host.write(host.paths[0])
            host.wait_read()
            if with_clock:
                worker.set_clock("-2h")
                wait_for(host.clock_is_set, "an event of two hours ago")
            while time.monotonic() < end:
                host.step()
            host.wait_read()
            host.check()
            worker.stop()
            hours = host.spread_of_time()
            print(f"{len(host.written)} lines, {len(host.done)} steps, {host.n_kills} kills, clocks {hours:.1f} hours apart")
            assert not with_clock or hours > 1
        finally:
            if worker.process is not None and worker.process.poll() is None:
                worker.process.kill()
                worker.process.wait()
