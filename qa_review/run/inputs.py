"""Which calls there are: the recordings in a folder and what ``calls.csv`` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.capture.metadata import read_calls
from qa_review.capture.recording import Call
from qa_review.capture.spoken_by import whole
from qa_review.keep.folder import Failure

SUFFIXES = frozenset(
    ".3gp .aac .aif .aiff .amr .al .alaw .au .caf .flac .gsm .m4a .mkv .mov .mp3 .mp4 .mulaw .oga"
    " .ogg .opus .pcm .raw .sln .snd .ul .ulaw .w64 .wav .weba .webm .wma .wav49".split()
)
METADATA = "calls.csv"


@dataclass(frozen=True, slots=True)
class Inputs:
    """The calls to review, in order, and what could not become one.

    ``ignored`` counts files in the folders that are not recordings by their name.
    """

    calls: tuple[tuple[Call, Path], ...]
    failures: tuple[Failure, ...] = ()
    ignored: int = 0


def find_calls(paths: Sequence[Path], *, metadata: Path | None = None) -> Inputs:
    """Every call in ``paths``, files and folders.

    Args:
        metadata: the table of calls; ``None``: ``calls.csv`` beside the recordings, if any.

    Raises:
        QAReviewError: a path doesn't exist.
        MetadataError: the table can't be read at all.
    """
    files, ignored = _recordings(paths)
    beside = {_folder(path) / METADATA for path in paths}
    inside = {table for path in paths if path.is_dir() for table in path.rglob(METADATA)}
    tables = [metadata] if metadata else sorted(beside | inside)
    folders = {path.resolve() for path in paths if path.is_dir()}
    calls: list[tuple[Call, Path]] = []
    failures: list[Failure] = []
    taken: set[Path] = set()
    for table in tables:
        if metadata or table.is_file():
            listed, missing = _listed(table, files, folders)
            failures.extend(missing)
            for call, path in listed:
                if call.id in {known.id for known, _ in calls}:
                    detail = f"{table} gives the id {call.id!r} again; an id is one call's"
                    failures.append(Failure(call.id, str(path), "same id", detail))
                    taken.add(path)
                else:
                    calls.append((call, path))
    known = {path.resolve() for path in (*taken, *(path for _, path in calls))}
    rest = [path for path in files if path.resolve() not in known]
    calls.extend(zip(_by_name(rest, {call.id for call, _ in calls}), rest, strict=True))
    return Inputs(tuple(calls), tuple(failures), ignored)


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _recordings(paths: Iterable[Path]) -> tuple[list[Path], int]:
    found: dict[Path, None] = {}
    ignored = 0
    for path in paths:
        if not path.exists():
            raise QAReviewError(f"{path}: there is no such file or folder")
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in inside:
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if not file.is_file() or hidden:
                continue
            if path.is_dir() and file.suffix.lower() not in SUFFIXES:
                ignored += file.name != METADATA
                continue
            found[file] = None
    return list(found), ignored


def _listed(
    table: Path, files: Sequence[Path], folders: set[Path]
) -> tuple[list[tuple[Call, Path]], list[Failure]]:
    """The rows of a table whose file is there, and a failure for each problem and missing file.

    A file that a row names is a recording whatever its suffix, when its folder is reviewed whole.
    """
    read = read_calls(table)
    failures = [Failure("", table.name, "metadata", problem) for problem in read.problems]
    wanted = {file.resolve(): file for file in files}
    calls = []
    for call in read.calls:
        path = table.parent / (call.file or "")
        inside = any(path.resolve().is_relative_to(folder) for folder in folders)
        if path.resolve() in wanted:
            calls.append((call, wanted[path.resolve()]))
        elif inside and path.is_file():
            calls.append((call, path))
        elif inside:
            detail = f"{table.name} lists {call.file}, which is not there"
            failures.append(Failure(call.id, call.file or "", "no such file", detail))
    return calls, failures


def _by_name(paths: Sequence[Path], taken: set[str]) -> list[Call]:
    """A call for each path, its id the name without suffix, or with it where two share one."""
    stems = [path.stem for path in paths]
    calls = []
    for path in paths:
        name = path.stem if stems.count(path.stem) == 1 and path.stem not in taken else path.name
        name = told = whole(name)
        number = 2
        while name in taken:
            name, number = f"{told}-{number}", number + 1
        taken.add(name)
        calls.append(Call(name, file=whole(path.name)))
    return calls
