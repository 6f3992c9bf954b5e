"""docs/style.md: words that the documentation, docstrings and comments of the tree do not use."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

INSTEAD = {
    r"told": "sent, reported or logged",
    r"tells? \w+ apart": "distinguish",
    r"mend(s|ed|ing)?": "fix or correct",
    r"ill": "failed",
    r"(goes|gone|went) on": "continues",
    r"whoever": "the person, program or user that is meant",
    r"at hand": "available",
    r"(on|in) a way of (its|their) own": "differently",
    r"never saw|never seen": "not in the training pictures",
    r"now and then|at times": "sometimes",
    r"give or take": "approximately",
    r"anew|afresh": "again",
    r"any ?more": "no longer",
    r"(?<!there )(is|are) no (?!longer\b|(more|less|older|younger|later|earlier) than\b)": "is not a",
    r"likes to|wants to|knows how": "a verb for software: reads, sends, stores",
    r"learnt|spelt|whilst": "American spelling",
    r"(colour|favour|neighbour|behaviour|honour)\w*": "American spelling",
    r"(centre|metre|grey|licence|catalogue)s?": "American spelling",
    r"(recognis|normalis|optimis|initialis|serialis|analys)(e[ds]?|ing|ation)\w*": "American spelling",
    r"(labell|cancell|modell|travell)(ed|ing)": "American spelling",
}
"""Expression, and what to write instead. ``analyses`` is excepted below, as the plural of a noun."""

_FORBIDDEN = re.compile(rf"\b(?:{'|'.join(INSTEAD)})\b", re.IGNORECASE)
_EXCEPTED = re.compile(r"analyses|cancelled\(\)", re.IGNORECASE)
_STYLE = "docs/style.md"  # lists the words


def found(text: str) -> list[str]:
    """The forbidden words of a text."""
    return [match[0] for match in _FORBIDDEN.finditer(_EXCEPTED.sub("", text))]


def prose(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of the docstrings and comments of a Python source."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def tracked(*patterns: str) -> list[Path]:
    """Files of the tree, without documents of other projects."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in names if name != _STYLE and "axe-core" not in name and (ROOT / name).is_file()]


@pytest.mark.parametrize("text", ["It is told so.", "The session goes on.", "a grey Colour", "Whoever asks"])
def test_forbidden_words_are_found(text: str) -> None:
    """Each of these sentences has a word that the style excludes."""
    assert found(text)


@pytest.mark.parametrize("text", ["It is reported.", "The session continues.", "a gray color", "Hill", "two analyses"])
def test_plain_words_are_not_found(text: str) -> None:
    """Parts of words and the words to use instead are allowed."""
    assert not found(text)


def test_docstrings_and_comments_hold_to_the_style() -> None:
    """No docstring or comment of a Python file has a forbidden word."""
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {', '.join(words)}"
        for path in tracked("*.py")
        for line, text in prose(path.read_text(encoding="utf-8"))
        if (words := found(text))
    ]
    assert not wrong, "\n".join(wrong)


def test_documents_hold_to_the_style() -> None:
    """No document has a forbidden word outside of code."""
    wrong = []
    for path in tracked("*.md"):
        text = re.sub(
            r"```.*?```|`[^`\n]*`", lambda code: "\n" * code[0].count("\n"), path.read_text("utf-8"), flags=re.S
        )
        wrong += [
            f"{path.relative_to(ROOT)}:{number}: {', '.join(words)}"
            for number, line in enumerate(text.splitlines(), start=1)
            if (words := found(line))
        ]
    assert not wrong, "\n".join(wrong)


def test_one_public_class_name_is_defined_once() -> None:
    """A name stands for one class in the whole package, so that a reader finds what is meant."""
    defined = defaultdict(list)
    for path in tracked("streamsign/*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined[node.name].append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in defined.items() if len(paths) > 1} == {}
