"""Recordings in folders of this machine, and the tables of calls among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.base.folders import (
    NOWHERE,
    files_in,
    is_broken_link,
    is_file,
    once_each,
    real_path,
    unlisted,
)
from qa_review.capture.metadata import read_calls
from qa_review.capture.places import Place
from qa_review.capture.recording import Call
from qa_review.capture.spoken_by import storable
from qa_review.keep.folder import POINTER, RUN, STORE, Failure
from qa_review.run.found import METADATA, Found, Given, is_recording


def add_local(
    paths: Sequence[Path], given: Given | None, results: Path | None, found: Found
) -> int:
    """Add the calls in files and folders; how many of them a table names.

    Args:
        given: the table of calls to go by, instead of those beside and among the recordings.
        results: a folder to pass over.

    Raises:
        QAReviewError: a path doesn't exist, or is a folder that can't be listed.
        MetadataError: a table can't be read at all.
    """
    walk = _Walk(results, found)
    pairs = once_each({path: walk.files(path) for path in paths})
    files: dict[Path, str] = {}
    others = _sorted(pairs, files, found)
    wanted = {real_path(file): file for file in files}
    folders = [path if path.is_dir() else path.parent for path in paths]
    known: set[Path] = set()
    for table, read in [given] if given else _tables(folders, pairs, found):
        for call in read.calls:
            path = _named(call, [table.parent, *(folders if given else [])], wanted)
            there = real_path(path)
            # a file that a row names is a recording whatever its suffix
            if there in wanted or (walk.reaches(there) and path.is_file()):
                found.add(call, Place.of(wanted.get(there, path)), str(table))
                known.add(there)
            elif walk.reaches(there):
                found.lack(call, table.name)
    found.ignored += len(others - known)
    found.add_by_name({Place.of(f): n for f, n in files.items() if real_path(f) not in known})
    return len(known)


class _Walk:
    """Through the folders that were named."""

    def __init__(self, results: Path | None, found: Found) -> None:
        self._results = results.resolve() if results else None
        self._found = found
        self._roots: set[Path] = set()
        self._lost: set[Path] = set()

    def files(self, path: Path) -> list[Path]:
        """All files in a folder, without folders of results; a file itself."""
        if not path.exists():
            raise QAReviewError(f"{path}: there is no such file or folder")
        if not path.is_dir():
            return [path]
        top = real_path(path)
        self._roots.add(top)

        def skip(real: Path, names: frozenset[str]) -> bool:
            if real != top:  # who names one means it
                if STORE in names or {POINTER, RUN} <= names or real == self._results:
                    return True
                if not real.is_relative_to(top):
                    self._roots.add(real)
            return False

        def lost(error: OSError) -> None:
            folder = Path(error.filename)
            if folder == path:
                raise QAReviewError(f"{path}: {unlisted(error)}") from error
            if real_path(folder) not in self._lost:
                self._lost.add(real_path(folder))
                failure = Failure("", storable(str(folder)), "unreadable", unlisted(error))
                self._found.failures.append(failure)

        return list(files_in(path, skip=skip, lost=lost))

    def reaches(self, real: Path) -> bool:
        """Whether a file lies, or would lie, in one of the folders."""
        return not self._roots.isdisjoint(real.parents)


def _sorted(
    pairs: Iterable[tuple[Path, Path]], recordings: dict[Path, str], found: Found
) -> set[Path]:
    """Put recordings among ``recordings``, with their path in the folder named; the other files."""
    others: set[Path] = set()
    for root, file in pairs:
        # a pipe, or a link that leads nowhere, is a recording by its name: its turn tells why
        if file == root:
            recordings[file] = file.name
        elif is_recording(file.name):
            recordings[file] = file.relative_to(root).as_posix()
        elif is_broken_link(file):
            found.failures.append(Failure("", storable(str(file)), "unreadable", NOWHERE))
        elif is_file(file) and file.name != METADATA:
            others.add(real_path(file))
    return others


def _tables(
    folders: Sequence[Path], pairs: Iterable[tuple[Path, Path]], found: Found
) -> Iterator[Given]:
    """Each table of calls beside or among the recordings, once."""
    inside = [file for _, file in pairs if file.name == METADATA]
    tables = {real_path(table): table for table in inside}
    for beside in (folder / METADATA for folder in folders):
        if beside.is_file():
            tables.setdefault(real_path(beside), beside)
    for table in sorted(tables.values()):
        if table.is_file():
            read = read_calls(table)
            found.tell_problems(table.name, read)
            yield table, read


def _named(call: Call, bases: Iterable[Path], wanted: Mapping[Path, Path]) -> Path:
    """The path that a row means: from a folder where it names a recording, else from the first."""
    paths = [base / (call.file or "") for base in bases]
    return next((path for path in paths if real_path(path) in wanted), paths[0])
