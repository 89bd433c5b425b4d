"""A new version of a rubric from an old one: its comments and layout stay, one thing changes.

Takes the text of a rubric's file and gives the text with one thing changed. What makes a version
was read back and found in order; :func:`with_value` and what stands on it change a draft, which
may break the rules of a rubric for a while: :func:`as_version` lists every break.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from qa_review.base.errors import RubricError, UnknownName
from qa_review.grade.rubric import parse
from qa_review.grade.scores import LEVELS

Place = Sequence[str | int]
"""where a value stands: keys, ids of tables and places in lists, from the outside in"""


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
    return as_version(without(text, "indicators", indicator), version)


def without(text: str, kind: str, name: str) -> str:
    """A draft without one of its ``behaviours`` or ``indicators``: nothing asks for it any more.

    Raises:
        RubricError: ``text`` is not TOML.
        UnknownName: there is no such behaviour, or no such indicator.
    """
    file = _read(text)
    _one(file, kind, name)
    for indicator in file.get("indicators", ()) if kind == "behaviours" else ():
        for side in ("for", "against"):
            for at in reversed(range(len(indicator.get(side, ())))):
                if indicator[side][at] == name:
                    del indicator[side][at]
    for behaviour in file.get("behaviours", ()) if kind == "indicators" else ():
        _forget(behaviour, name)
    made = _without_table(tomlkit.dumps(file), kind, name)
    while kind == "indicators" and _has(_read(made), "critical", name, "indicator"):
        made = _without_table(made, "critical", name, "indicator")
    return made


def _forget(behaviour: Any, indicator: str) -> None:
    """A behaviour that doesn't count an indicator, and asks for it at no level."""
    behaviour.get("points", {}).pop(indicator, None)
    for step in behaviour.get("steps", ()):
        groups = step.get("any_of", [])
        for at in reversed(range(len(groups))):
            if indicator in (name.strip() for name in str(groups[at]).split("+")):
                del groups[at]
        if "any_of" in step and not groups:
            del step["any_of"]


def with_value(text: str, path: Place, value: Any) -> str:
    """A draft with ``value`` at ``path``, and every other byte as it was.

    A text in ``path`` is a key, or the ``id`` of one table among many; a number is a place in a
    list, and one past its end adds to it. ``None`` takes away. A table of an ``id`` that isn't
    there yet comes after the others of its kind.

    >>> text = 'title = "Small"  # why\\n[[behaviours]]\\nid = "care"\\nweight = 1.0\\n'
    >>> print(with_value(text, ("behaviours", "care", "weight"), 2), end="")
    title = "Small"  # why
    [[behaviours]]
    id = "care"
    weight = 2

    Raises:
        RubricError: ``text`` is not TOML.
        UnknownName: nothing on the way has that name.
        ValueError: there is no such place, or it can't be changed without changing another.
    """
    file = _read(text)
    for way in (_with_table, _with_key, _with_item, _with_item_before_last):
        made = way(text, file, path, value)
        if made is not None and _holds(made, text, path, value):
            return made
    raise ValueError(f"{_named(path)} can't be changed without changing more: edit the text")


def as_version(text: str, version: str) -> str:
    """A draft as a version, read back.

    Raises:
        RubricError: it breaks the rules of a rubric; lists every break.
    """
    return _written(_read(text), version)


def line_of(text: str, where: str) -> int | None:
    """The line, from 1, of what a problem names: ``behaviours.care.anchors.5``, ``title``.

    The line of its table where it has none of its own; ``None`` where nothing has that name.
    """
    lines = text.splitlines()
    kind, _, rest = re.sub(r"\[\d+\]", "", where).partition(".")
    name, _, keys = rest.partition(".")
    if not rest:
        return next((n for n, line in enumerate(lines, 1) if _begins(line, kind)), None)
    try:
        start, end = _block(lines, kind, name)
    except UnknownName:
        return next((n for n, line in enumerate(lines, 1) if _begins(line, name)), None)
    for key in reversed(keys.split(".")):
        for number in range(start, end):
            if key and _begins(lines[number], key):
                return number + 1
    return start + 1


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
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise RubricError(Path("rubric.toml"), [f"not TOML: {error}"]) from error


def _has(file: Any, kind: str, name: str, field: str = "id") -> bool:
    tables = file.get(kind, ())
    return isinstance(tables, list) and any(table.get(field) == name for table in tables)


def _at(node: Any, path: Place) -> Any:
    """What holds the last step of ``path``; a table or list that isn't there yet is made."""
    kind = ""
    for step, then in pairwise(path):
        if isinstance(step, str) and isinstance(node, list):
            node = _one({kind: node}, kind, step)
        else:
            if isinstance(step, str) and step not in node:
                node[step] = tomlkit.inline_table() if isinstance(then, str) else tomlkit.array()
            node = node[step]
        kind = str(step)
    return node


def _set(node: Any, path: Place, value: Any) -> None:
    last = path[-1]
    if isinstance(last, int):
        if not isinstance(node, list) or not 0 <= last < len(node) + (value is not None):
            raise ValueError(f"there is no {_named(path)}")
        if value is None:
            del node[last]
        elif last == len(node):
            node.append(_item(value))
        else:
            node[last] = _item(value)
    elif value is None:
        node.pop(last, None)
    else:
        node[last] = _item(value)


# --- the ways to an edited text, each for what those before it can't do --------------------------


def _with_table(text: str, file: Any, path: Place, value: Any) -> str | None:
    """One table of many added, or taken away."""
    if len(path) != 2 or not (isinstance(value, dict) or isinstance(file.get(path[0]), AoT)):
        return None
    kind, name = str(path[0]), str(path[1])
    if value is None:
        _one(file, kind, name)
        return _without_table(text, kind, name)
    return None if _has(file, kind, name) else _new_table(text, kind, {"id": name, **value})


def _with_key(text: str, file: Any, path: Place, value: Any) -> str | None:
    """One more key of a table with an id: after its others, before comments and inner tables."""
    if len(path) != 3 or value is None or isinstance(value, dict) or isinstance(path[2], int):
        return None
    kind, name, key = str(path[0]), str(path[1]), path[2]
    if key in _one(file, kind, name):
        return None
    lines = text.splitlines()
    start, end = _block(lines, kind, name)
    inner = (n for n in range(start + 1, end) if _HEADER.match(lines[n]))
    at = _back(lines, start, next(inner, end))
    return "\n".join([*lines[:at], f"{key} = {_item(value).as_string()}", *lines[at:], ""])


def _with_item(text: str, file: Any, path: Place, value: Any) -> str | None:
    _set(_at(file, path), path, value)
    return tomlkit.dumps(file)


def _with_item_before_last(text: str, file: Any, path: Place, value: Any) -> str | None:
    """One more item of a list that ends in a comment: its last is doubled, and then replaced."""
    file = _read(text)  # the way before this one changed what it was given
    items = _at(file, path)
    if not isinstance(items, list) or not items:
        return None
    items.insert(len(items) - 1, items[-1])
    items[-1] = _item(value)
    return tomlkit.dumps(file)


def _item(value: Any) -> Any:
    """A value as it is written by hand: a table on one line has spaces inside its braces."""
    if not isinstance(value, dict):
        return tomlkit.item(value)
    inside = ", ".join(f"{key} = {_item(one).as_string()}" for key, one in value.items())
    return tomlkit.parse(f"x = {{ {inside} }}")["x"]


def _holds(made: str, before: str, path: Place, value: Any) -> bool:
    """Whether ``made`` says what ``before`` said, but for ``value`` at ``path``."""
    wanted = tomllib.loads(before)
    kind, name = str(path[0]), path[-1]
    if len(path) == 2 and isinstance(wanted.get(kind, []), list) and isinstance(name, str):
        kept = [table for table in wanted.get(kind, []) if table.get("id") != name]
        wanted[kind] = kept if value is None else [*kept, {"id": name, **value}]
    else:
        _set(_at(wanted, path), path, value)
    try:
        return tomllib.loads(made) == {key: one for key, one in wanted.items() if one != []}
    except tomllib.TOMLDecodeError:
        return False


def _named(path: Place) -> str:
    return ".".join(map(str, path))


_HEADER = re.compile(r"\s*\[\[?\s*([\w.\-]+)")


def _begins(line: str, key: str) -> bool:
    """Whether a line gives ``key`` its value, or is the header of a table of that name."""
    name = re.escape(key)
    return bool(re.match(rf"\s*(\[+[\w.\-]*\.)?{name}(\s*=|\])|.*[{{,]\s*{name}\s*=", line))


def _back(lines: Sequence[str], start: int, end: int) -> int:
    """``end`` without the comments and blank lines before it."""
    while end > start and (not lines[end - 1].strip() or lines[end - 1].lstrip()[0] == "#"):
        end -= 1
    return end


def _block(lines: Sequence[str], kind: str, name: str = "", field: str = "id") -> tuple[int, int]:
    """The lines ``[start, end)`` of one table with its inner ones, or of the last of its kind.

    Comments and blank lines after it belong to what follows.
    """
    heads = [(n, match[1]) for n, line in enumerate(lines) if (match := _HEADER.match(line))]
    starts = [n for n, head in heads if head == kind]
    quoted = re.compile(rf"\s*{field}\s*=\s*[\"']{re.escape(name)}[\"']")
    for start in reversed(starts):
        inner = (n for n, head in heads if n > start and not head.startswith(f"{kind}."))
        end = next(inner, len(lines))
        end = _back(lines, start, end)
        if not name or any(quoted.match(line) for line in lines[start:end]):
            return start, end
    raise UnknownName(kind.removesuffix("s"), name, ())


def _new_table(text: str, kind: str, values: dict[str, Any]) -> str:
    plain = {key: one for key, one in values.items() if not isinstance(one, dict)}
    inner = {key: one for key, one in values.items() if isinstance(one, dict)}
    made = ["", f"[[{kind}]]", *(f"{key} = {_item(one).as_string()}" for key, one in plain.items())]
    for key, table in inner.items():
        made += ["", f"[{kind}.{key}]"]
        made += [f"{name} = {_item(one).as_string()}" for name, one in table.items()]
    lines = text.splitlines()
    try:
        _, at = _block(lines, kind)
    except UnknownName:
        at = len(lines)
    return "\n".join([*lines[:at], *made, *lines[at:], ""])


def _without_table(text: str, kind: str, name: str, field: str = "id") -> str:
    lines = text.splitlines()
    start, end = _block(lines, kind, name, field)
    while start and end < len(lines) and not lines[end].strip() and not lines[start - 1].strip():
        end += 1  # one of the blank lines around it is enough
    while end == len(lines) and start and not lines[start - 1].strip():
        start -= 1
    return "\n".join([*lines[:start], *lines[end:], ""])


def _one(file: Any, kind: str, name: str) -> Any:
    for table in file.get(kind, ()):
        if table.get("id") == name:
            return table
    known = (str(table.get("id")) for table in file.get(kind, ()))
    raise UnknownName(kind.removesuffix("s"), name, known)


def _written(file: Any, version: str) -> str:
    file["version"] = version
    text = tomlkit.dumps(file)
    parse(text, f"{file['id']} version {version}")
    return text
