"""Single edits of a configuration file, as people make them by mistake: a character, a line, a value of another kind."""

import re

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-_/."


def _replace(text, begin, end, by):
    return text[:begin] + by + text[end:]


def _in_string(text, generator):
    """A place in a string that is not in a comment, and the string's bounds."""
    strings = [match.span(1) for line in re.finditer(r"^[ \t]*[^\s#].*$", text, re.M)
               for match in re.compile(r'"((?:[^"\\\n]|\\.)+)"').finditer(text, *line.span())]
    begin, end = generator.choice(strings)
    return generator.randrange(begin, end), begin, end


def _lines(text):
    """(begin, end) of each line that says something, with its newline."""
    return [match.span() for match in re.finditer(r"^[ \t]*[^\s#].*\n", text, re.M)]


def delete_a_character(text, generator):
    at, _, _ = _in_string(text, generator)
    return _replace(text, at, at + 1, "")


def insert_a_character(text, generator):
    at, _, _ = _in_string(text, generator)
    return _replace(text, at, at, generator.choice(LETTERS))


def replace_a_character(text, generator):
    at, _, _ = _in_string(text, generator)
    return _replace(text, at, at + 1, generator.choice([each for each in LETTERS if each != text[at]]))


def swap_two_characters(text, generator):
    at, begin, end = _in_string(text, generator)
    if end - begin < 2:
        return delete_a_character(text, generator)
    at = min(at, end - 2)
    return _replace(text, at, at + 2, text[at + 1] + text[at])


def delete_a_line(text, generator):
    return _replace(text, *generator.choice(_lines(text)), "")


def repeat_a_line(text, generator):
    begin, end = generator.choice(_lines(text))
    return _replace(text, end, end, text[begin:end])


def delete_punctuation(text, generator):
    begin, end = generator.choice(_lines(text))
    places = [at for at in range(begin, end) if text[at] in '{}[],:="']
    if not places:
        return delete_a_line(text, generator)
    at = generator.choice(places)
    return _replace(text, at, at + 1, "")


def change_the_kind_of_a_value(text, generator):
    values = [match.span(1) for line in _lines(text) for match in re.compile(r'[:=]\s*("(?:[^"\\\n]|\\.)*"|\d+|true|false)').finditer(text, *line)]
    begin, end = generator.choice(values)
    return _replace(text, begin, end, generator.choice(["true", "5", "[]", "{}", '""', '"-1"', '"yes"', "null"]))


EDITS = [delete_a_character, insert_a_character, replace_a_character, swap_two_characters, delete_a_line, repeat_a_line,
         delete_punctuation, change_the_kind_of_a_value]


def mutate(text, generator):
    """The name of the edit, and the edited text, which differs."""
    while True:
        edit = generator.choice(EDITS)
        edited = edit(text, generator)
        if edited != text:
            return edit.__name__, edited


def difference(old, new):
    """The lines that differ, for messages."""
    before, after = old.splitlines(), new.splitlines()
    gone = [line.strip() for line in before if line not in after] or ["(a line that is there twice)"]
    come = [line.strip() for line in after if line not in before] or ["(nothing)"]
    return f"{' | '.join(gone)}  ->  {' | '.join(come)}"
