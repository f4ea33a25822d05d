# MIT License, see LICENSE of Ringside.
"""Ansible callback: a playbook's plays, tasks, hosts and results as events of Ringside, while it runs."""

from __future__ import annotations

import datetime
import json
import queue
import subprocess
import threading

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: ringside
    type: notification
    short_description: shows a playbook in Ringside
    description:
      - Each task is a task, the run is a workflow, its hosts are a batch, and each result is a log entry.
      - Arguments of modules are never sent, and nothing of a result with no_log is.
      - A worker that is absent or stopped changes nothing about the run; events that do not fit are dropped and counted.
    requirements:
      - the program ringside
    options:
      command:
        description: the program
        default: ringside
        env: [{name: RINGSIDE_COMMAND}]
        ini: [{section: callback_ringside, key: command}]
      run_dir:
        description: Ringside's run directory
        default: /run/ringside
        env: [{name: RINGSIDE_RUN_DIR}]
        ini: [{section: callback_ringside, key: run_dir}]
      name:
        description: the workflow's name; that of the playbook's file if it is empty
        default: ""
        env: [{name: RINGSIDE_ANSIBLE_NAME}]
        ini: [{section: callback_ringside, key: name}]
      diffs:
        description: whether what changed in files is sent; it may be secret
        type: bool
        default: false
        env: [{name: RINGSIDE_ANSIBLE_DIFFS}]
        ini: [{section: callback_ringside, key: diffs}]
"""

KNOWN = ("changed", "failed", "unreachable", "skipped", "msg", "rc", "stderr", "module_stderr")
MOST_WAITING = 10_000
MOST_TEXT = 16_384


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def is_secret(task, result):
    return bool(getattr(task, "no_log", False)) or "censored" in result or bool(result.get("_ansible_no_log"))


def plain(value):
    """Texts, numbers and truths, without end."""
    return value[:MOST_TEXT] if isinstance(value, str) else value if isinstance(value, (bool, int, float)) else str(value)[:MOST_TEXT]


def known_part(task, result, diffs):
    """What of a result is sent."""
    if is_secret(task, result):
        return {"censored": True, **{name: True for name in ("changed", "failed", "unreachable", "skipped") if result.get(name) is True}}
    part = {name: plain(result[name]) for name in KNOWN if result.get(name) is not None}
    items = [item for item in result.get("results") or [] if isinstance(item, dict)]
    if items:
        part["results"] = [known_part(task, item, False) for item in items if item.get("failed") or item.get("unreachable")][:20]
    if diffs and result.get("diff"):
        part["diff"] = json.loads(json.dumps(result["diff"], default=str))
    return part


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "ringside"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display=None):
        super().__init__(display=display)
        self.waiting = queue.Queue(MOST_WAITING)
        self.dropped = 0
        self.process = None
        self.thread = None
        self.playbook = "ansible"
        self.by_host = False

    # --- to `ringside send`, by a thread, so that a run never waits for it

    def start(self):
        """Starts the program; without it, there are no events."""
        command = [self.get_option("command"), "--run-dir", self.get_option("run_dir"), "send", "--from", "ansible", "--quiet",
                   "--name", self.get_option("name") or self.playbook, *(["--diffs"] if self.get_option("diffs") else [])]
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,  # pylint: disable=consider-using-with
                                            stderr=subprocess.DEVNULL, start_new_session=True)
        except OSError as error:
            self._display.warning(f"ringside: no events, since {command[0]} cannot be started: {error}")
            return
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        try:
            while (record := self.waiting.get()) is not None:
                self.process.stdin.write(record)
                if self.waiting.empty():
                    self.process.stdin.flush()
            self.process.stdin.close()
        except OSError:
            pass

    def emit(self, event, record):
        line = json.dumps({"_event": event, "_timestamp": now(), **record}, default=str) + "\n"
        try:
            self.waiting.put_nowait(line.encode("utf-8", "replace"))
        except queue.Full:
            self.dropped += 1

    def finish(self):
        """Waits for a worker that takes the events, not for one that does not."""
        if self.process is None:
            return
        try:
            self.waiting.put(None, timeout=1)
            self.thread.join(2)
            self.process.wait(2)
        except (queue.Full, subprocess.TimeoutExpired):
            self._display.warning("ringside: not all events have been sent yet")
        if self.dropped:
            self._display.warning(f"ringside: {self.dropped} events were dropped")

    # --- what ansible tells

    def v2_playbook_on_start(self, playbook):
        self.playbook = str(getattr(playbook, "_file_name", "") or "ansible").rsplit("/", 1)[-1]
        self.start()

    def v2_playbook_on_play_start(self, play):
        self.by_host = play.strategy not in ("linear", "debug")
        self.emit("v2_playbook_on_play_start", {"play": {"name": play.get_name(), "id": str(play._uuid)}})

    def on_task(self, event, task):
        self.emit(event, {"task": {"name": task.get_name(), "id": str(task._uuid)}})

    def v2_playbook_on_task_start(self, task, is_conditional):
        if not self.by_host:
            self.on_task("v2_playbook_on_task_start", task)

    def v2_playbook_on_handler_task_start(self, task):
        if not self.by_host:
            self.on_task("v2_playbook_on_handler_task_start", task)

    def v2_runner_on_start(self, host, task):
        if self.by_host:
            self.on_task("v2_runner_on_start", task)

    def on_result(self, outcome, result, ignore_errors=False):
        task = result._task
        self.emit(f"v2_runner_on_{outcome}", {
            "task": {"name": task.get_name(), "id": str(task._uuid)}, "ignore_errors": bool(ignore_errors),
            "hosts": {result._host.get_name(): known_part(task, result._result, self.get_option("diffs"))}})

    def v2_runner_on_ok(self, result):
        self.on_result("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.on_result("failed", result, ignore_errors)

    def v2_runner_on_skipped(self, result):
        self.on_result("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self.on_result("unreachable", result)

    def v2_playbook_on_stats(self, stats):
        self.emit("v2_playbook_on_stats", {"stats": {host: stats.summarize(host) for host in sorted(stats.processed)}})
        self.finish()
