"""Records to JSON and back, and the digests that tell whether anything changed.

Every type that flows is a frozen dataclass. :func:`to_json` writes one as plain JSON values,
:func:`from_json` reads it back by its type hints; the round trip is exact.
"""

from __future__ import annotations

import hashlib
import json
import types
import typing
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What made a result: a name, its version, and a digest of its settings.

    ``weights`` says which model file was used, ``""`` where there is none.
    """

    name: str
    version: str
    settings: str = ""
    weights: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.name, self.version, self.weights) if part)


def to_json(record: Any) -> Any:
    """``record`` as dicts, lists, strings, numbers, booleans and ``None``."""
    if is_dataclass(record) and not isinstance(record, type):
        return {f.name: to_json(getattr(record, f.name)) for f in fields(record)}
    if isinstance(record, dict):
        return {str(key): to_json(value) for key, value in record.items()}
    if isinstance(record, (list, tuple)):
        return [to_json(item) for item in record]
    if isinstance(record, Path):
        return str(record)
    return record


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def from_json(kind: type[T], value: Any) -> T:
    """The record of type ``kind`` that :func:`to_json` wrote as ``value``.

    Fields that are missing take their default.

    Raises:
        TypeError: a field without default is missing, or there is one that ``kind`` lacks.
    """
    return typing.cast(T, _read(kind, value))


def _read(kind: Any, value: Any) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        return _read(next(option for option in inner if option is not type(None)), value)
    if origin is tuple:
        return tuple(_read(inner[0], item) for item in value)
    if origin is list:
        return [_read(inner[0], item) for item in value]
    if origin is dict:
        return {key: _read(inner[1], item) for key, item in value.items()}
    if kind is Path:
        return Path(value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        unknown = set(value) - set(hints)
        if unknown:
            raise TypeError(f"{kind.__name__} has no field {', '.join(sorted(unknown))}")
        return kind(**{name: _read(hints[name], item) for name, item in value.items()})
    return value


def dumps(record: Any, *, indent: int | None = None) -> str:
    """``record`` as JSON text, the same for the same record on every machine."""
    separators = (",", ":") if indent is None else (",", ": ")
    return json.dumps(to_json(record), ensure_ascii=False, indent=indent, separators=separators)


def digest(*parts: Any) -> str:
    """Sixteen hexadecimal digits that change when any part does."""
    text = json.dumps([to_json(part) for part in parts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
