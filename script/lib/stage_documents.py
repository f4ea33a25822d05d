#!/usr/bin/python3
"""usage: stage_documents.py DIR

Copies the documents that packages ship to DIR, in the same places as in the sources, so that their links lead somewhere. A link to a
file that is not shipped becomes its text. script/package runs it.
"""

import pathlib
import re
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "CHANGELOG.md", "SECURITY.md", "CONTRIBUTING.md", "client/README.md", "client/API.md", "clients/README.md",
             "packaging/image/compose.yaml", "packaging/image/kubernetes.yaml"]
DIRECTORIES = ["docs", "conf/schemas"]
NOT_SHIPPED = {"docs/man", "docs/images"}  # installed as manual pages; large
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")


def shipped_files():
    found = [pathlib.Path(name) for name in DOCUMENTS]
    for directory in DIRECTORIES:
        found += [path.relative_to(ROOT) for path in sorted((ROOT / directory).rglob("*")) if path.is_file()]
    return [path for path in found if not any(path.is_relative_to(each) for each in NOT_SHIPPED) and path.name != ".gitignore"]


def without_dead_links(text, path, shipped):
    def replaced(match):
        is_image, label, target = match.groups()
        if "://" in target or target.startswith("#") or target.startswith("mailto:"):
            return match.group(0)
        place = (ROOT / path.parent / target.partition("#")[0]).resolve()
        if place.is_relative_to(ROOT) and (place.relative_to(ROOT) in shipped or place.is_dir() and any(each.is_relative_to(place.relative_to(ROOT)) for each in shipped)):
            return match.group(0)
        return "" if is_image else label

    previous = None
    while previous != text:  # an image in a link
        previous, text = text, LINK.sub(replaced, text)
    return text


def stage(target):
    files = shipped_files()
    shipped = set(files)
    for path in files:
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            place.write_text(without_dead_links((ROOT / path).read_text(encoding="utf-8"), path, shipped), encoding="utf-8")
        else:
            shutil.copyfile(ROOT / path, place)
        place.chmod(0o644)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    stage(pathlib.Path(sys.argv[1]))
