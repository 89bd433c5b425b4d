"""Which written dialogues there are, and in which parts they are scored.

Takes files and folders; makes a :class:`Plan`. JSON Lines and Parquet are cut into stretches, any
other file holds one transcript. A file that fills a part is cut by itself, so that a file that
grows, or one that comes after it, leaves the parts before as they were; small files share a part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import ClassVar, Protocol

from qa_review.base.errors import QAReviewError, TranscriptError
from qa_review.base.folders import (
    NOWHERE,
    files_in,
    is_broken_link,
    once_each,
    real_path,
    unlisted,
)
from qa_review.base.records import digest, file_sha256
from qa_review.capture.dialogues import BadLine, Lines, Said, changed, line_stretches
from qa_review.capture.formats import read_transcript
from qa_review.capture.parquet import row_stretches
from qa_review.capture.spoken_by import storable
from qa_review.keep.parts import MARKS, TABLES

LINES = {".jsonl", ".ndjson", ".txt", ""}
"""suffixes of files with a dialogue a line"""
ROWS = {".parquet", ".pq"}
"""suffixes of files with a dialogue a row; any other holds one transcript"""
IN_FOLDERS = {".jsonl", ".ndjson", *ROWS, ".json", ".vtt"}
"""suffixes of the files that are taken from a folder"""
PART = 1_000
"""dialogues in a part: seconds to minutes of work, which is what a kill can cost"""
PART_BYTES = 32 << 20
"""a part of very long dialogues holds fewer"""
MOST_PARTS = 100_000
"""five digits in the names of parts"""
PARTS = ".parts"
"""where parts lie until they are joined"""
NOTE = "scored.json"
"""the file that says that a run is finished: a folder that has it holds results, no dialogues"""


class Stretch(Protocol):
    """Dialogues of one file that are read in one go."""

    @property
    def unit(self) -> str:
        """What one of them is: a line, a row; ``""`` where the file is one transcript."""
        ...

    @property
    def bad(self) -> str:
        """The reason of a failure where there is something, but no dialogue."""
        ...

    @property
    def path(self) -> Path: ...
    @property
    def first(self) -> int:
        """The number of the first, from 1."""
        ...

    @property
    def count(self) -> int:
        """How many they are at most."""
        ...

    @property
    def weight(self) -> int:
        """Their bytes."""
        ...

    @property
    def digest(self) -> str:
        """Of their bytes."""
        ...

    def read(self, *, language: str = "en") -> Iterator[tuple[int, Said]]:
        """Each with its number.

        Raises:
            TranscriptError: they can't be read on.
        """
        ...

    def numbers(self) -> Iterator[int]:
        """The numbers alone."""
        ...

    def cut(self, count: int) -> Sequence[Stretch]:
        """The same in shorter stretches."""
        ...


@dataclass(frozen=True, slots=True)
class Transcripts:
    """A file that holds one transcript; ``problem`` is why it holds none, where that is known.

    It also stands for what is left of a file that can't be read to its end; ``first`` is then more
    than the numbers before.
    """

    path: Path
    weight: int = 0
    digest: str = ""
    problem: str = ""
    first: int = 1

    unit: ClassVar[str] = ""
    count: ClassVar[int] = 1

    @property
    def bad(self) -> str:
        return "unreadable" if self.problem else "not a dialogue"

    def read(self, *, language: str = "en") -> Iterator[tuple[int, Said]]:
        """The transcript, or why there is none."""
        if self.problem:
            yield self.first, BadLine(self.first, self.path.stem, self.problem)
            return
        if not self.path.is_file() or file_sha256(self.path) != self.digest:
            raise changed(self.path)
        try:
            yield 1, read_transcript(self.path, language=language)
        except TranscriptError as error:
            yield 1, BadLine(1, self.path.stem, str(error))

    def numbers(self) -> Iterator[int]:
        return iter((self.first,))

    def cut(self, count: int) -> list[Transcripts]:
        return [self]


Named = tuple[str, Stretch]
"""a stretch with the name that its file goes by"""


@dataclass(frozen=True, slots=True)
class Part:
    """Dialogues that are scored together."""

    stretches: tuple[Named, ...]

    @property
    def count(self) -> int:
        """How many dialogues they are at most."""
        return sum(stretch.count for _, stretch in self.stretches)

    @property
    def weight(self) -> int:
        """Their bytes."""
        return sum(stretch.weight for _, stretch in self.stretches)

    @property
    def key(self) -> str:
        """A digest of all of what is in it."""
        return digest([(name, s.unit, s.first, s.count, s.digest) for name, s in self.stretches])

    def __str__(self) -> str:
        (name, stretch), *more = self.stretches
        if more:
            return f"{name} and {len(self.stretches) - 1} more"
        last = stretch.first + stretch.count - 1
        return f"{name}, {stretch.unit}s {stretch.first:,} to {last:,}" if stretch.unit else name

    def cut(self, count: int) -> list[Part]:
        """The same dialogues, in order, in parts of at most ``count``."""
        pieces = [(name, p) for name, s in self.stretches for p in s.cut(count)]
        return [Part(tuple(some)) for some in _filled(pieces, count)]


def holds_scores(folder: Path) -> bool:
    """Whether a run over dialogues left something in a folder, finished or not."""
    return (folder / NOTE).is_file() or any((folder / name).is_dir() for name in (PARTS, MARKS))


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a run; ``ignored`` counts files of folders that hold no dialogues."""

    parts: tuple[Part, ...]
    ignored: int = 0


def plan(paths: Sequence[Path], out: Path, *, part: int = PART) -> Plan:
    """The parts of all dialogues in ``paths``, files and folders; what is in ``out`` is not read.

    Raises:
        QAReviewError: a path doesn't exist, there is no dialogue file, ``out`` is among the
            dialogues, or the parts would be too many.
    """
    if part < 1:
        raise ValueError(f"a part has 1 dialogue or more, not {part}")
    files, lost, ignored = _files(paths, out)
    if not files:
        told = ", ".join(sorted(IN_FOLDERS))
        raise QAReviewError(f"{', '.join(map(str, paths))}: there is no file of {told}")
    parts: list[Part] = []
    for some in _shared(chain(_stretches(files, part), [[one] for one in lost]), part):
        parts.append(Part(tuple(some)))
        if len(parts) > MOST_PARTS:
            raise QAReviewError(
                f"these are more than {MOST_PARTS:,} parts; let one have more than {part} dialogues"
            )
    return Plan(tuple(parts), ignored)


def _stretches(files: Iterable[tuple[str, Path]], part: int) -> Iterator[list[Named]]:
    """The stretches of each file; what can't be read of a file costs nothing else."""
    for name, path in files:
        found: list[Named] = []
        try:
            found.extend((name, stretch) for stretch in _of_file(path, part))
        except (TranscriptError, OSError) as error:
            problem = str(error).replace(str(path), name)
            first = found[-1][1].first + found[-1][1].count if found else 1
            found.append((name, Transcripts(path, problem=problem, first=first)))
        yield found or [(name, Lines(path, 0, 0, 1, 0))]


def _of_file(path: Path, part: int) -> Iterator[Stretch]:
    kind = path.suffix.lower()
    if kind in LINES:
        yield from line_stretches(path, part, PART_BYTES)
    elif kind in ROWS:
        yield from row_stretches(path, part, PART_BYTES)
    else:
        yield Transcripts(path, path.stat().st_size, file_sha256(path))


def _shared(files: Iterable[list[Named]], part: int) -> Iterator[list[Named]]:
    """What goes into each part: small files together, a larger file by itself."""
    small: list[Named] = []
    for pieces in files:
        count = _counted(pieces)
        alone = count > part or len(pieces) > 1
        if small and (alone or _counted(small) + count > part):
            yield small
            small = []
        if alone:
            yield from _filled(pieces, part)
        else:
            small.extend(pieces)
    if small:
        yield small


def _filled(pieces: Iterable[Named], count: int) -> Iterator[list[Named]]:
    """Pieces in a row, as many as together are at most ``count``."""
    some: list[Named] = []
    for piece in pieces:
        if some and _counted(some) + piece[1].count > count:
            yield some
            some = []
        some.append(piece)
    if some:
        yield some


def _counted(pieces: Iterable[Named]) -> int:
    return sum(stretch.count for _, stretch in pieces)


def _files(paths: Sequence[Path], out: Path) -> tuple[list[tuple[str, Path]], list[Named], int]:
    """Every file with the name that it goes by, what can't be read, and how many are passed over.

    Raises:
        QAReviewError: a path doesn't exist, is a folder that can't be listed, or holds ``out``.
    """
    lost: dict[Path, Named] = {}
    found: list[tuple[str, Path]] = []
    ignored, results = 0, real_path(out)
    for path in paths:
        if not path.exists():
            raise QAReviewError(f"{path}: there is no such file or folder")
        if real_path(path) == results or _in_the_way(path, results):
            raise QAReviewError(f"--out {out} holds dialogues; give the results their own folder")
    for path, file in once_each({path: _inside(path, results, lost) for path in paths}):
        if file == path or file.suffix.lower() in IN_FOLDERS:
            name = path.name if file == path else file.relative_to(path).as_posix()
            found.append((name, file))
        elif is_broken_link(file):
            _lose(file, NOWHERE, lost)
        else:
            ignored += 1
    # a worker may have another folder for its own
    named = [(name, path.absolute()) for name, path in _one_each(found)]
    return named, [lost[real] for real in sorted(lost)], ignored


def _lose(path: Path, why: str, lost: dict[Path, Named]) -> None:
    name = storable(str(path))
    lost.setdefault(real_path(path), (name, Transcripts(path, problem=f"{name}: {why}")))


def _one_each(files: Iterable[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """Each file with a name that no other has: that in its folder, else its path."""
    named = [(storable(name), path) for name, path in files]
    for longer in (Path.as_posix, lambda path: path.absolute().as_posix()):
        often = Counter(name for name, _ in named)
        named = [(n if often[n] == 1 else storable(longer(path)), path) for n, path in named]
    return named


def _inside(path: Path, results: Path, lost: dict[Path, Named]) -> list[Path]:
    """The files of a folder without results of ours; a file itself."""
    if path.is_file():
        return [path]

    def skip(real: Path, names: frozenset[str]) -> bool:
        return real.is_relative_to(results) or NOTE in names or names >= {MARKS, *TABLES}

    def told(error: OSError) -> None:
        folder = Path(error.filename)
        if folder == path:
            raise QAReviewError(f"{path}: {unlisted(error)}") from error
        _lose(folder, unlisted(error), lost)

    return list(files_in(path, skip=skip, lost=told))


def _in_the_way(path: Path, results: Path) -> bool:
    """Whether a file of dialogues lies where a table would be written."""
    table = path.suffix.lower() in (".csv", *ROWS)
    return path.is_file() and table and path.resolve().is_relative_to(results)
