"""Every statement of the API has a test, every test's statement is listed, and the table in docs says so."""

import importlib.machinery
import importlib.util
import subprocess
import tomllib

from tree import ROOT, report

SCRIPT = ROOT / "script" / "conformance"


def load():
    loader = importlib.machinery.SourceFileLoader("conformance", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("conformance", loader))
    loader.exec_module(module)
    return module


def test_each_statement_has_a_test_and_each_claim_a_statement():
    listed = {statement for section in tomllib.loads((ROOT / "tests" / "system" / "statements.toml").read_text()).values()
              for statement in section}
    claimed = set(load().claims())
    report([f"tests/system/statements.toml: {statement} has no test" for statement in sorted(listed - claimed)]
           + [f"{statement} is claimed by a test and not listed in tests/system/statements.toml" for statement in sorted(claimed - listed)])


def test_the_table_is_up_to_date():
    done = subprocess.run(["/usr/bin/python3", "-B", SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
