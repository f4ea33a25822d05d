"""Producer: events to ringsided's socket, by a thread, so that no call waits for the server.

What the server has not acknowledged is kept, within bounds, and sent again over the next connection; so an event may arrive
twice after a broken connection. What does not fit is dropped, the new events first, and counted.
"""

import asyncio
import atexit
import collections
import json
import os
import select
import socket
import threading
import time

HELLO = b'{"type":"hello","ack":true}\n'
WITHDRAWN = b'{"type":"will","events":[]}\n'
MOST_OF_WILL = 4096  # bytes; the server takes no longer one
RETRY = 0.1  # seconds between two attempts to connect


def default_socket():
    return os.path.join(os.environ.get("RINGSIDE_RUN_DIR") or "/run/ringside", "events.sock")


class Producer:
    """Threads: any may call. After a fork, the child makes its own."""

    def __init__(self, path=None, max_events=10_000, max_bytes=8 << 20):
        self.path = os.fspath(path or default_socket())
        self.max_events, self.max_bytes = max_events, max_bytes
        self.sent = 0  # accepted for sending
        self.dropped = 0  # did not fit, or cannot be JSON
        self.rejected = 0  # refused by the server
        self._waiting = collections.deque()  # not acknowledged; the first _n_written of them are on their way
        self._n_written = self._n_bytes = 0
        self._changed = threading.Condition()
        self._will = b""  # a line, sent over each connection
        self._is_will_due = False  # it is still to be written over this one
        self._is_connected = self._closing = False
        self._thread = None
        self._wake = None
        self._inside = {key: os.environ[name] for key, name in (("task_id", "RINGSIDE_TASK_ID"), ("workflow_id", "RINGSIDE_WORKFLOW_ID"))
                        if os.environ.get(name)}

    # --- events

    def send(self, event_type, data, metadata=None, timestamp=None):
        """Returns whether the event will be sent; False when it was dropped. Never raises."""
        try:
            line = _line(self._event(event_type, data, metadata, timestamp))
        except (TypeError, ValueError, RecursionError):
            line = None
        with self._changed:
            if line is None or self._closing or len(self._waiting) >= self.max_events or self._n_bytes + len(line) > self.max_bytes:
                self.dropped += 1
                return False
            self._waiting.append(line)
            self._n_bytes += len(line)
            self.sent += 1
            if not self._start():
                return True
            self._changed.notify_all()
        self._wake_thread()
        return True

    def will(self, *events):
        """Events that the server sends when this program is killed, each (type, data) or (type, data, metadata); without any, there
        is no will any more. It replaces the one before. Returns False, and changes nothing, for more than 8 events or 4,096 bytes."""
        try:
            line = _line({"type": "will", "events": [self._event(*event) for event in events]})
        except (TypeError, ValueError, RecursionError):
            return False
        if len(events) > 8 or len(line) > MOST_OF_WILL:
            return False
        with self._changed:
            self._will = line if events else b""
            self._is_will_due = True
            if not self._closing:
                self._start()
        self._wake_thread()
        return True

    def _event(self, event_type, data, metadata=None, timestamp=None):
        event = {"event_type": event_type, "data": data}
        if timestamp is not None:
            event["timestamp"] = timestamp
        if metadata or self._inside:
            event["metadata"] = {**self._inside, **(metadata or {})}
        return event

    def log(self, level, message, component=None, **more):
        return self.send("LogEntry", _present(level=level, message=str(message), component=component, **more))

    def metric(self, name, value, unit=None, labels=None, metric_type="gauge"):
        return self.send("MetricUpdate", _present(metric_name=name, value=value, unit=unit, labels=labels, metric_type=metric_type))

    def task(self, task_id, status, name=None, progress=None, **more):
        return self.send("TaskStatusChanged", _present(task_id=task_id, status=status, name=name, progress=progress, **more))

    def workflow(self, workflow_id, status=None, name=None, progress=None, current_step=None, **more):
        return self.send("WorkflowProgressUpdate", _present(workflow_id=workflow_id, status=status, name=name, progress=progress,
                                                            current_step=current_step, **more))

    def flush(self, timeout=2.0):
        """Waits until everything is acknowledged; returns whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    async def aflush(self, timeout=2.0):
        return await asyncio.get_running_loop().run_in_executor(None, self.flush, timeout)

    def close(self, timeout=2.0):
        """Sends what is left, withdraws the will, and ends the thread; returns whether everything was acknowledged. What cannot be said
        in time leaves the will as it is."""
        end = time.monotonic() + timeout
        done = self.flush(timeout)
        if done and self._will and self.will():
            with self._changed:
                self._changed.wait_for(lambda: not (self._is_will_due and self._is_connected), max(0, end - time.monotonic()))
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._wake_thread()
        atexit.unregister(self.close)
        return done

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- the thread

    def _start(self):
        """Whether there is a thread, with the lock held."""
        if self._thread is None or not self._thread.is_alive():
            try:
                self._wake, awake = socket.socketpair()
                self._wake.setblocking(False)
                awake.setblocking(False)
                self._thread = threading.Thread(target=self._run, args=(awake,), daemon=True, name="ringside")
                self._thread.start()
                atexit.register(self.close, 0.5)
            except (OSError, RuntimeError):
                self._thread = None
                return False
        return True

    def _wake_thread(self):
        try:
            if self._wake is not None:
                self._wake.send(b"x")
        except OSError:
            pass  # it is awake already

    def _run(self, awake):
        while not self._closing:
            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
                    peer.setblocking(False)
                    peer.connect(self.path)
                    with self._changed:
                        self._n_written = 0
                        self._is_will_due = bool(self._will)
                        self._is_connected = True
                    self._talk(peer, awake)
            except (OSError, ValueError):
                pass
            with self._changed:
                self._is_connected = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closing, RETRY)

    def _talk(self, peer, awake):
        """Sends and takes answers until the connection breaks."""
        unsent, answers, n_acknowledged, will = HELLO, b"", 0, None
        waiting = select.poll()  # select() does not take descriptors from 1024 on
        waiting.register(awake, select.POLLIN)
        while not self._closing:
            if len(unsent) < 65536:
                with self._changed:
                    if will is not None and not unsent:  # it is written
                        self._is_will_due, will = will != self._will, None
                        self._changed.notify_all()
                    if self._is_will_due and will is None and self._will:
                        will = self._will
                        unsent += will
                    more = [self._waiting[i] for i in range(self._n_written, min(len(self._waiting), self._n_written + 500))]
                    self._n_written += len(more)
                    unsent += b"".join(more)
                    if self._is_will_due and will is None and self._n_written == len(self._waiting):  # the end of a run is said before
                        will = b""
                        unsent += WITHDRAWN
            waiting.register(peer, select.POLLIN | (select.POLLOUT if unsent else 0))
            ready = dict(waiting.poll())
            if awake.fileno() in ready:
                awake.recv(4096)
            of_peer = ready.get(peer.fileno(), 0)
            if of_peer & select.POLLOUT:
                try:
                    unsent = unsent[peer.send(unsent[:65536]):]
                except BlockingIOError:
                    pass
            if of_peer & ~select.POLLOUT:  # also when the connection has broken
                data = peer.recv(65536)
                if not data:
                    return
                *lines, answers = (answers + data).split(b"\n")
                for line in lines:
                    n_acknowledged = self._take(line, n_acknowledged)

    def _take(self, line, n_acknowledged):
        answer = json.loads(line)
        with self._changed:
            if "error" in answer:
                self.rejected += int(answer.get("count", 1)) if "line" in answer or "count" in answer else 0
            while n_acknowledged < answer.get("ack", 0) and self._waiting:
                self._n_bytes -= len(self._waiting.popleft())
                self._n_written -= 1
                n_acknowledged += 1
            self._changed.notify_all()
        return n_acknowledged


def _line(message):
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"  # ASCII: lone surrogates are escaped


def _present(**members):
    return {name: value for name, value in members.items() if value is not None}
