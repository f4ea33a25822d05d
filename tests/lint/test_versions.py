"""The version of this tree is one number, and formats have the versions that docs/compatibility.md lists."""

import re

from tree import read


def version():
    return re.search(r"^project\(ringside VERSION ([\d.]+)", read("CMakeLists.txt"), re.M).group(1)


def test_programs_and_documents_have_the_version_of_the_build():
    assert re.search(r'kVersion = "([\d.]+)"', read("core/base/version.hpp")).group(1) == version()
    assert re.search(r"^  version: ([\d.]+)$", read("docs/asyncapi.yaml"), re.M).group(1) == version()


def test_the_changelog_has_what_is_unreleased_and_the_current_release_with_its_date():
    heads = re.findall(r"^## (.+)$", read("CHANGELOG.md"), re.M)
    assert heads[0] == "[Unreleased]"
    assert re.fullmatch(rf"\[{re.escape(version())}\] - \d{{4}}-\d\d-\d\d", heads[1]), heads[1]


def test_the_layouts_versions_are_in_the_documents():
    ring = re.search(r"kRingLayoutVersion = (\d+)", read("core/ring/layout.hpp")).group(1)
    control = re.search(r"kControlLayoutVersion = (\d+)", read("core/control/control_layout.hpp")).group(1)
    page = read("docs/compatibility.md")
    assert f"| layout of the ring | {ring} |" in page
    assert f"| layout of the control segment | {control} |" in page
    formats = read("docs/ring-format.md")
    assert f"| 8 | u64 | `layout_version` | once | {ring} |" in formats
    assert f"`layout_version` ({control})" in formats
