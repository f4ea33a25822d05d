# MIT License, see LICENSE of Ringside.
"""Ansible callback: the same as lines of JSON on standard output, for `ansible-playbook ... | ringside send --from ansible`."""

from __future__ import annotations

import importlib.util
import json
import os

DOCUMENTATION = """
    name: ringside_jsonl
    type: stdout
    short_description: a line of JSON for each thing that happens
    description:
      - For a pipe to C(ringside send --from ansible). Arguments of modules are not printed, and nothing of a result with no_log is.
      - ansible.posix.jsonl has the same form, with whole results.
    requirements:
      - Set as stdout in the configuration
    options:
      diffs:
        description: whether what changed in files is printed; it may be secret
        type: bool
        default: false
        env: [{name: RINGSIDE_ANSIBLE_DIFFS}]
        ini: [{section: callback_ringside, key: diffs}]
"""

# Ansible loads plugins by their files, so the other one is not to be imported by name.
_spec = importlib.util.spec_from_file_location("ringside_callback", os.path.join(os.path.dirname(os.path.abspath(__file__)), "ringside.py"))
_ringside = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_ringside)


class CallbackModule(_ringside.CallbackModule):
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "ringside_jsonl"
    CALLBACK_NEEDS_ENABLED = False

    def start(self):
        pass

    def emit(self, event, record):
        self._display.display(json.dumps({"_event": event, "_timestamp": _ringside.now(), **record}, default=str))
