"""The patches to the host: each in the series, with a head that says what it is for, and known to the plugin."""

import re
import subprocess

from tree import ROOT, read, report

PATCHES = "cmake/lws/patches"


def series():
    lines = [line.split("#")[0].strip() for line in read(f"{PATCHES}/series").splitlines()]
    return [line for line in lines if line]


def test_series_and_directory_have_the_same_patches():
    there = {path.name for path in (ROOT / PATCHES).glob("*.patch")}
    report([f"{PATCHES}: {name} is in only one of the series and the directory" for name in sorted(there ^ set(series()))])


def test_each_says_what_why_and_where_it_is_tested():
    faults = []
    for name in series():
        head = read(f"{PATCHES}/{name}").split("\n---\n")[0]
        for field in ("Description: ", "Origin: ", "Forwarded: ", "Last-Update: ", "Test: "):
            if not re.search(rf"^{field}\S", head, re.MULTILINE):
                faults.append(f"{PATCHES}/{name}: has no {field.strip()}")
        for part in ("What: ", "Upstream: "):
            if f" {part}" not in head:
                faults.append(f"{PATCHES}/{name}: its description has no {part.strip()}")
        for test in re.findall(r"tests/[\w/.]+\.py", head):
            if not (ROOT / test).exists():
                faults.append(f"{PATCHES}/{name}: {test} is not there")
    report(faults)


def test_the_plugin_knows_the_series():
    source = read("module/host/host_patches.cpp")
    known = re.findall(r'^    "([a-z0-9-]+)",$', source, re.MULTILINE)
    assert [name.removesuffix(".patch") for name in series()] == known


def test_documentation_lists_them_all():
    text = read("docs/operations.md")
    report([f"docs/operations.md does not name the patch {name}" for name in (each.removesuffix(".patch") for each in series()) if f"`{name}`" not in text])


def apply_to(source, tmp_path):
    """What script/lib/lwsws.sh says when it applies a patch of "one" to "two" to a source that is `source`."""
    (tmp_path / "patches").mkdir()
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file.c").write_text(source)
    (tmp_path / "patches" / "one.patch").write_text("--- a/file.c\n+++ b/file.c\n@@ -1,3 +1,3 @@\n before\n-one\n+two\n after\n")
    done = subprocess.run(
        ["bash", "-c", f'. script/lib/common.sh; . script/lib/lwsws.sh; lws_work={tmp_path} lws_patches={tmp_path}/patches; lws_apply 9.9 one.patch'],
        cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, (tmp_path / "source" / "file.c").read_text()


def test_a_patch_that_applies_is_applied(tmp_path):
    status, _, text = apply_to("before\none\nafter\n", tmp_path)
    assert (status, text) == (0, "before\ntwo\nafter\n")


def test_a_patch_that_is_in_the_new_version_may_be_deleted(tmp_path):
    status, said, _ = apply_to("before\ntwo\nafter\n", tmp_path)
    assert status != 0 and "libwebsockets 9.9 has what" in said and "delete that file and its line" in said


def test_a_patch_that_does_not_apply_stops_the_build_and_says_what_to_do(tmp_path):
    status, said, _ = apply_to("quite\nanother\nfile\n", tmp_path)
    assert status != 0 and "does not apply to libwebsockets 9.9" in said and "quilt refresh" in said
