"""Where a workshop's rubrics come from, and where a new version goes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qa_review.base.errors import StoreError, UnknownName
from qa_review.base.resources import folder
from qa_review.grade.rubric import Rubric, parse
from qa_review.grade.tomlkit import as_version, next_version
from qa_review.keep.calls import keep_rubric_text
from qa_review.keep.rows import RubricRow
from qa_review.keep.store import read
from qa_review.widgets.place import Place


@dataclass(frozen=True, slots=True)
class Known:
    """One version of a rubric as its file has it, from the ``store``, ``shipped``, or a path."""

    id: str
    version: str
    title: str
    text: str
    where: str

    @property
    def name(self) -> str:
        return f"{self.id}.v{self.version}"


@lru_cache(maxsize=8)
def rubric_in(text: str) -> Rubric:
    """The rubric in a text.

    Raises:
        RubricError: it breaks the rules; lists every break.
    """
    return parse(text, "the rubric")


def known(place: Place) -> tuple[Known, ...]:
    """Every version that can be worked on: the store's, those shipped, and the place's own file.

    A version that is in the store is taken from there. By id, the newest first.
    """
    found: dict[tuple[str, str], Known] = {}
    own = Path(place.rubric_name)
    files = [*folder("rubrics").glob("*.toml"), *([own] if own.suffix == ".toml" else [])]
    for file in files:
        where = str(file) if file == own else "shipped"
        _add(found, file.read_text(encoding="utf-8"), where)
    for row in read(place.store, RubricRow):
        _add(found, row.text, "store")
    return tuple(sorted(found.values(), key=lambda one: (one.id, *_order(one.version))))


def _add(found: dict[tuple[str, str], Known], text: str, where: str) -> None:
    title, name, version = _head(text)
    if name and version:
        found[name, version] = Known(name, version, title, text, where)


@lru_cache(maxsize=32)
def _head(text: str) -> tuple[str, str, str]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return "", "", ""
    title, name, version = (str(values.get(key, "")) for key in ("title", "id", "version"))
    return title, name, version


def _order(version: str) -> tuple[int, str]:
    return -int(version) if version.isdecimal() else 0, version


def one_of(versions: tuple[Known, ...], rubric_id: str, version: str) -> Known:
    """The version of that name.

    Raises:
        UnknownName: there is none.
    """
    for one in versions:
        if (one.id, one.version) == (rubric_id, version):
            return one
    raise UnknownName("rubric", f"{rubric_id}.v{version}", [one.name for one in versions])


def to_be(text: str, versions: tuple[Known, ...]) -> tuple[str, str]:
    """The id and the version that a draft is saved under: its own where that is a new one."""
    _, name, version = _head(text)
    there = [one.version for one in versions if one.id == name]
    return name, version if version and version not in there else next_version(there)


def save(place: Place, text: str, file: str) -> Known:
    """Keep a draft as a new version in the store, and in ``file`` where one is named.

    Raises:
        RubricError: the draft breaks the rules.
        StoreError: somebody saved this version first, or the store takes none.
        FileExistsError, ValueError, OSError: the file is there already, or can't be one.
    """
    name, version = to_be(text, known(place))
    made = as_version(text, version)
    path = Path(file).expanduser() if file.strip() else None
    if path and path.suffix != ".toml":
        raise ValueError(f"{path} can't hold a rubric: its name must end in .toml")
    written = False
    try:
        with place.store.writing() as unit:
            if unit.find(RubricRow, rubric_id=name, version=version):
                raise StoreError(f"{name} version {version} was saved meanwhile: save again")
            rubric = keep_rubric_text(unit, made, f"{name}.v{version}.toml", place.who)
            if path:
                _write_new(path, made)
                written = True
    except BaseException:
        if path and written:
            path.unlink(missing_ok=True)  # the store didn't keep it
        raise
    return Known(rubric.id, rubric.version, rubric.title, made, "store")


def _write_new(path: Path, text: str) -> None:
    """Write a file that isn't there yet, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise FileExistsError(
            f"{path} is there already: a version is never written over, so give another name"
        ) from None
    try:
        with file:
            file.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise
