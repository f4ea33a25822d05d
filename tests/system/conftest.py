"""What all system tests share: where the support is, and the record of what was shown to hold.

A test that shows a statement of the API to hold says so, `@pytest.mark.conformance("auth.url")`; the statements are listed in
statements.toml. Each run leaves what it saw in BUILD/conformance/, from which script/conformance makes docs/conformance.md.
"""

import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

seen = {}


def pytest_configure(config):
    config.addinivalue_line("markers", "conformance(id, ...): statements of statements.toml that the test shows to hold")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    for mark in item.iter_markers("conformance"):
        name = f"{pathlib.Path(item.path).name}::{item.originalname}"
        outcomes = seen.setdefault(item.path, {})
        if report.when == "call" or report.outcome != "passed":
            worst = "failed" if "failed" in (report.outcome, outcomes.get(name, {}).get("result")) else report.outcome
            outcomes[name] = {"statements": sorted({*outcomes.get(name, {}).get("statements", []), *mark.args}), "result": worst}


def pytest_sessionfinish():
    build = os.environ.get("RINGSIDE_BUILD_DIR")
    for path, outcomes in seen.items() if build else ():
        directory = pathlib.Path(build) / "conformance"
        directory.mkdir(exist_ok=True)
        (directory / f"{pathlib.Path(path).stem}.json").write_text(json.dumps(outcomes, indent=1, sort_keys=True) + "\n")
