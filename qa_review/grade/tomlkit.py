"""A new version of a rubric from an old one: its comments and layout stay, one thing changes.

Takes the text of a rubric's file and gives the text of the next version's, which was read back
and found in order.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import tomlkit
from tomlkit.items import AoT

from qa_review.base.errors import UnknownName
from qa_review.grade.rubric import parse
from qa_review.grade.scores import LEVELS


def with_anchor(text: str, behaviour: str, level: int, words: str, *, version: str) -> str:
    """The rubric with other words for one level of one behaviour.

    Raises:
        UnknownName: there is no such behaviour.
        ValueError: there is no such level, or the words are blank or the same as before.
    """
    if level not in LEVELS:
        raise ValueError(f"an anchor is of a level 1 to 5, not {level!r}")
    if not words.strip():
        raise ValueError("an anchor needs words")
    file = _read(text)
    anchors = _one(file, "behaviours", behaviour)["anchors"]
    if anchors[str(level)] == words.strip():
        raise ValueError(f"level {level} of {behaviour} reads so already")
    anchors[str(level)] = words.strip()
    return _written(file, version)


def without_indicator(text: str, indicator: str, *, version: str) -> str:
    """The rubric without an indicator: no behaviour counts it, no level asks for it.

    Raises:
        UnknownName: there is no such indicator.
    """
    file = _read(text)
    _one(file, "indicators", indicator)
    _remove(file, "indicators", "id", indicator)
    _remove(file, "critical", "indicator", indicator)
    for behaviour in file["behaviours"]:
        behaviour.get("points", {}).pop(indicator, None)
        for step in behaviour.get("steps", ()):
            groups = step.get("any_of", [])
            for at in reversed(range(len(groups))):
                if indicator in (name.strip() for name in str(groups[at]).split("+")):
                    del groups[at]
            if "any_of" in step and not groups:
                del step["any_of"]
    return _written(file, version)


def next_version(existing: Iterable[str]) -> str:
    """The version after these: one more than the highest whole number among them.

    >>> next_version(["1", "2", "draft"]), next_version(["draft"])
    ('3', '2')
    """
    return str(max((int(one) for one in existing if one.isdecimal()), default=1) + 1)


def difference(before: str, after: str, *, names: tuple[str, str]) -> str:
    """The lines that differ, with a line of context, as unified diffs have them."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="", n=1)
    return "\n".join(lines)


def _read(text: str) -> Any:
    return tomlkit.parse(text)


def _one(file: Any, kind: str, name: str) -> Any:
    for table in file.get(kind, ()):
        if table.get("id") == name:
            return table
    known = (str(table.get("id")) for table in file.get(kind, ()))
    raise UnknownName(kind.removesuffix("s"), name, known)


def _remove(file: Any, kind: str, field: str, name: str) -> None:
    tables = file.get(kind)
    if not isinstance(tables, AoT):
        return
    for at in reversed(range(len(tables))):
        if tables[at].get(field) == name:
            del tables[at]
    if not len(tables):
        del file[kind]


def _written(file: Any, version: str) -> str:
    file["version"] = version
    text = tomlkit.dumps(file)
    parse(text, f"{file['id']} version {version}")
    return text
