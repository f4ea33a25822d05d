"""The documents that packages ship: complete, with links that lead somewhere."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(os.environ.get("RINGSIDE_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(name="shipped", scope="module")
def staged_documents(tmp_path_factory):
    target = tmp_path_factory.mktemp("doc")
    subprocess.run([ROOT / "script" / "lib" / "stage_documents.py", target], check=True)
    return target


def test_every_link_leads_to_a_file_that_is_shipped(shipped):
    dead, n_links = [], 0
    for path in shipped.rglob("*.md"):
        for target in LINK.findall(re.sub(r"^```.*?^```", "", path.read_text(), flags=re.S | re.M)):
            if "://" in target or target.startswith(("#", "mailto:")):
                continue
            n_links += 1
            if not (path.parent / target.partition("#")[0]).exists():
                dead.append(f"{path.relative_to(shipped)}: {target}")
    assert n_links > 80
    assert not dead, "\n".join(dead)


def test_examples_schemas_and_the_changelog_are_there(shipped):
    for name in ("README.md", "CHANGELOG.md", "docs/operations.md", "docs/asyncapi.yaml", "docs/openapi.yaml", "docs/adr/0001-ring-is-the-queue.md",
                 "docs/examples/nginx.conf", "docs/examples/haproxy.cfg", "conf/schemas/events/LogEntry.schema.json"):
        assert (shipped / name).is_file(), name
    for kind in ("client", "server", "http", "producer"):
        assert list((shipped / "conf" / "schemas" / kind).rglob("*.json")), kind


def test_the_packages_take_them():
    assert "stage_documents.py" in (ROOT / "script" / "package").read_text()
