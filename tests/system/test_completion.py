"""Completion for bash, zsh and fish: written by the program, installed by packages, and tried in each shell."""

import os
import pathlib
import re
import subprocess
import tempfile

import pytest

from worker_process import BUILD_DIR, SOURCE_DIR

RINGSIDE = BUILD_DIR / "bin" / "ringside"
EMPTY_HOME = tempfile.TemporaryDirectory(prefix="rs-home-")
INSTALLED = SOURCE_DIR / "cli" / "completion"


def printed(shell):
    return subprocess.run([RINGSIDE, "completion", shell], capture_output=True, text=True, check=True).stdout


def shell(name, script, **environment):
    done = subprocess.run([name, "-c", script], capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **environment})
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_installed_file_is_what_the_program_prints(name):
    assert (INSTALLED / f"ringside.{name}").read_text() == printed(name), f"run: ringside completion {name} > cli/completion/ringside.{name}"


def in_bash(*words):
    line = " ".join(f"'{word}'" for word in ("ringside", *words))
    return shell("bash", f'source {INSTALLED}/ringside.bash; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _ringside; echo "${{COMPREPLY[*]}}"').split()


def test_bash_completes_commands_options_and_values(tmp_path):
    assert in_bash("dr") == ["drain"]
    assert in_bash("tail", "--no") == ["--no-follow"]
    assert in_bash("tail", "--events", "wo") == ["workflow"]
    assert in_bash("tail", "--output", "l") == ["long"]
    assert in_bash("status", "--output", "l") == []
    assert in_bash("token", "ins") == ["inspect"]
    assert "--secret" in in_bash("token", "inspect", "--") and "--ttl" not in in_bash("token", "inspect", "--")
    assert in_bash("completion", "z") == ["zsh"]
    assert "--run-dir" in in_bash("drain", "--")
    (tmp_path / "directory").mkdir()
    (tmp_path / "file").write_text("")
    assert in_bash("--run-dir", f"{tmp_path}/") == [f"{tmp_path}/directory"]
    assert sorted(in_bash("token", "--secret", f"{tmp_path}/")) == [f"{tmp_path}/directory", f"{tmp_path}/file"]


def test_words_of_options_that_take_others_as_well_are_all_there():
    refused = subprocess.run([RINGSIDE, "log", "--level", "loud", "x"], capture_output=True, text=True, check=False).stderr
    assert in_bash("tail", "--level", "") == [name.lower() for name in re.findall(r"\b[A-Z]{4,}\b", refused)]
    assert {"HS256:", "ES512:", "PS384:", "EdDSA:"} < set(in_bash("token", "--key", ""))
    assert in_bash("dump", "--events", "") == ["task", "batch", "system", "workflow", "log", "metric"]


def in_fish(line):
    out = shell("fish", f"source {INSTALLED}/ringside.fish; complete -C '{line}'", HOME=EMPTY_HOME.name)
    return [row.split("\t")[0] for row in out.splitlines()]


def test_fish_completes_commands_options_and_values(tmp_path):
    assert in_fish("ringside dr") == ["drain"]
    assert in_fish("ringside tail --no-f") == ["--no-follow"]
    assert in_fish("ringside tail --events wo") == ["workflow"]
    assert in_fish("ringside tail --output l") == ["long"]
    assert in_fish("ringside status --output l") == []
    assert "inspect" in in_fish("ringside token in")
    assert in_fish("ringside completion z") == ["zsh"]
    (tmp_path / "file").write_text("")
    assert in_fish(f"ringside token --secret {tmp_path}/") == [f"{tmp_path}/file"]


# A terminal that a person types into is more than this needs: _arguments and _describe say what they were given.
ZSH = """
_arguments() { [[ $1 != -C ]] || { state=$ASKED; }; print -rl -- "$@"; }
_describe() { print -rl -- "${(@P)2}"; }
_normal() { print normal; }
ringside_words() { words=("$@"); CURRENT=$#words; source %s/ringside.zsh; }
"""


def in_zsh(asked, *words):
    line = " ".join(f"'{word}'" for word in words)
    return shell("zsh", ZSH % INSTALLED + f"ASKED={asked}; ringside_words {line}", HOME=EMPTY_HOME.name).splitlines()


def test_zsh_describes_commands_options_and_values():
    subprocess.run(["zsh", "-n", INSTALLED / "ringside.zsh"], check=True)
    assert any(row.startswith("drain:close all connections") for row in in_zsh("command", "dr"))
    of_tail = in_zsh("argument", "tail", "--no")
    assert any(row.startswith("--no-follow[") for row in of_tail)
    assert any(row.startswith("*--filter=[") for row in of_tail)
    assert any(row.endswith(":value:(text long json)") for row in of_tail)
    assert any(row.startswith("--secret=[") and row.endswith(":file:_files") for row in in_zsh("argument", "token", "inspect", ""))
    assert not any(row.startswith("--ttl") for row in in_zsh("argument", "token", "inspect", ""))
    assert "1:argument:(bash zsh fish)" in in_zsh("argument", "completion", "")


def test_packages_install_all_three():
    text = (SOURCE_DIR / "packaging" / "CMakeLists.txt").read_text()
    for place in ("bash-completion/completions", "zsh/vendor-completions", "fish/vendor_completions.d"):
        assert place in text, place
    assert pathlib.Path(INSTALLED / "ringside.zsh").read_text().startswith("#compdef ringside\n")
