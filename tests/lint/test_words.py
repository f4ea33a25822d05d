"""Plain English: words and turns that a native reader has to translate, in documents and in what a person is told."""

import re

from tree import all_files, read, report

# What is discouraged, and what to write. CONTRIBUTING.md tells people about this list.
DISCOURAGED = {
    r"mend(s|ed|ing)?": "fix",
    r"farewell": "grace period",
    r"lets? go of": "release, close",
    r"what it stands on": "its state",
    r"stands? (for|at|in|beside|between|against)": "means, is in, is at",
    r"does not hold": "is invalid, is not valid",
    r"held against|holds? against": "compare with, check against",
    r"told apart": "distinguish",
    r"judge[sd]?": "evaluate, check",
    r"nobody knows": "is unknown",
    r"comes? to an end": "stop, end",
    r"to be had": "available",
    r"(is|are) none": "is not a ..., there is no ...",
    r"(?<!there )is no (?!longer|more|other|way|need|time|limit|such|ring|worker|user|group|key|journal|link)(\w+)": "is not a ...",
    r"less (those|its|their|what)": "without, except, minus",
    r"(go|goes|going) on": "continue",
    r"anew": "again",
    r"for ever": "forever, without an end",
    r"beside": "next to, in addition to",
    r"behind (a|an|the) (command|message|request|head|event|subprotocol)": "after",
    r"(it|what it|that it|they) knows? no\w*": "does not know, does not support",
    r"whoever": "all who, each client that",
    r"somebody": "someone, a person",
    r"made of\b(?= the (?:table|code))": "generated from",
    r"as (?:it|they) comes?\b": "as it arrives, unchanged",
}
PATTERN = re.compile(r"\b(?:" + "|".join(f"(?:{each})" for each in DISCOURAGED) + r")\b", re.I)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')


def texts():
    for path in all_files():
        if path.suffix == ".md" and path.parts[:2] != ("docs", "adr") and path.parts[0] != "bench" and "vendor" not in path.parts:
            for number, line in enumerate(read(path).splitlines(), 1):
                yield path, number, re.sub(r"`[^`]*`", "", line)
        elif path.parts[:2] == ("docs", "man"):
            for number, line in enumerate(read(path).splitlines(), 1):
                yield path, number, line
        elif path.suffix in (".cpp", ".hpp") and path.parts[0] in ("core", "module", "worker", "cli"):
            for number, line in enumerate(read(path).splitlines(), 1):
                for text in STRING.findall(re.sub(r"^\s*//.*", "", line)):
                    yield path, number, text


# In comments, too: those of everybody, and, in directories that have been read through, further turns.
NOWHERE = re.compile(r"\b(?:mend(?:s|ed|ing)?|farewell|lets? go of|what it stands on)\b", re.I)
TURNS = re.compile(
    r"\b(?:"
    r"(?:stands?|standing) (?:at|in(?! for)|on|behind|beside|before|there|together)|(?:may|must|can|should) stand|"  # is, are
    r"goes on|made anew|anew|for ever|gives? out|given out|"  # continues, again, forever, emits
    r"holds? no|hold none|"  # has no
    r"nobody looks at|"  # is not read
    r"judge[sd]?|"  # evaluate
    r"(?:is|are) told (?:as|with)|"  # reported
    r"before or behind"  # after
    r")\b", re.I)
READ_THROUGH = ("core", "worker", "cli", "fuzz", "module", "bench")


def comments(*dirs):
    for path in all_files():
        if path.parts[0] in dirs and path.suffix in (".cpp", ".hpp", ".js", ".sh") and "vendor" not in path.parts:
            for number, line in enumerate(read(path).splitlines(), 1):
                yield path, number, line


def test_comments_avoid_the_worst_of_them():
    dirs = ("core", "module", "worker", "cli", "client", "bench", "fuzz", "tests", "script")
    report([f"{path}:{number}: {line.strip()[:100]}" for path, number, line in comments(*dirs) if NOWHERE.search(line)])


def test_comments_use_standard_verbs():
    report([f"{path}:{number}: {line.strip()[:100]}" for path, number, line in comments(*READ_THROUGH)
            if TURNS.search(line.partition("//")[2])])


def test_documents_and_messages_are_in_plain_english():
    report([f"{path}:{number}: \"{match.group(0)}\" in: {text.strip()[:100]}" for path, number, text in texts()
            for match in PATTERN.finditer(text)])
