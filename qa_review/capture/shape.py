"""Whether JSON values have the shape of a record, told field by field."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def misfits(kind: Any, value: Any, where: str) -> Iterator[str]:
    """What keeps ``value`` from being read as ``kind``, each with its place; nothing when it fits.

    ``kind`` is a type hint: a dataclass, text, a number, ``tuple[X, ...]``, ``Literal`` or
    ``X | None``.
    """
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is not None:
            yield from misfits(next(o for o in inner if o is not type(None)), value, where)
    elif origin is tuple:
        if not isinstance(value, list):
            yield f"{where} is a list, not {shown(value)}"
            return
        for number, item in enumerate(value):
            yield from misfits(inner[0], item, f"{where}[{number}]")
    elif origin is typing.Literal:
        if value not in inner:
            yield f"{where} is one of {', '.join(inner)}, not {shown(value)}"
    elif is_dataclass(kind):
        yield from _record_misfits(typing.cast(type, kind), value, where)
    elif not _is(kind, value):
        yield f"{where} is {NAMES[kind]}, not {shown(value)}"


def _record_misfits(kind: type, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is an object, not {shown(value)}"
        return
    hints = typing.get_type_hints(kind)
    prefix = f"{where}." if where else ""
    for name in value:
        if name not in hints:
            yield f"{prefix}{name} is not known; there is {', '.join(hints)}"
    for field in fields(kind):
        if field.name in value:
            yield from misfits(hints[field.name], value[field.name], f"{prefix}{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            yield f"{prefix}{field.name} is missing"


def _is(kind: Any, value: Any) -> bool:
    if kind is float:
        return type(value) in (int, float) and math.isfinite(value)
    return type(value) is kind


def shown(value: Any) -> str:
    """``value`` as a message quotes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
