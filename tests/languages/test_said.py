"""Nothing that people read goes around the catalogues."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.languages.collect import ERRORS, ROOT

ROOMS = ("core", "prompt", "policy", "imaging", "services", "ui")
OWNERS = {"bot/core/fast.py", "bot/imaging/receipt.py", "bot/prompt/tag_list.py"}
"""What the owner alone reads, in the config and on the command line, is English."""
FILES = [
    path
    for folder in (*(f"bot/{room}" for room in ROOMS), "cogs")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if str(path.relative_to(ROOT)) not in OWNERS
]
SHOWN = {"label", "title", "placeholder", "name"}
"""Arguments of discord's things that people read; a plain word of letters there is not said."""
PARTS = {"Button", "Select", "SelectOption", "TextInput", "Modal", "Embed", "add_field", "set_author"}


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            yield called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", ""), node


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_errors_for_askers_have_values_in_place_of_f_strings(path: Path) -> None:
    wrong = [
        node.lineno
        for name, node in calls(path)
        if name in ERRORS and node.args and isinstance(node.args[0], ast.JoinedStr)
    ]
    assert not wrong


@pytest.mark.parametrize("path", sorted((ROOT / "bot" / "ui").glob("*.py")), ids=lambda path: path.name)
def test_what_is_shown_is_said(path: Path) -> None:
    literals = [
        (keyword.value.lineno, keyword.arg)
        for name, node in calls(path)
        if name in PARTS
        for keyword in node.keywords
        if keyword.arg in SHOWN
        and (
            isinstance(keyword.value, ast.JoinedStr)
            or (isinstance(keyword.value, ast.Constant) and any(map(str.isalpha, str(keyword.value.value))))
        )
    ]
    assert not literals
