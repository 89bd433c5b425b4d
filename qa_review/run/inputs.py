"""Which calls there are: the recordings in a folder and what ``calls.csv`` says of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.capture.metadata import read_calls
from qa_review.capture.recording import Call
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
    tables = [metadata] if metadata else sorted({_folder(path) / METADATA for path in paths})
    calls: list[tuple[Call, Path]] = []
    failures: list[Failure] = []
    wanted = set(files)
    for table in tables:
        if metadata or table.is_file():
            listed, missing = _listed(table, wanted, all_rows=any(path.is_dir() for path in paths))
            calls.extend(listed)
            failures.extend(missing)
    known = {path for _, path in calls}
    rest = [path for path in files if path not in known]
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
    table: Path, wanted: set[Path], *, all_rows: bool
) -> tuple[list[tuple[Call, Path]], list[Failure]]:
    """The rows of a table whose file is there, and a failure for each problem and missing file."""
    read = read_calls(table)
    failures = [Failure("", table.name, "metadata", problem) for problem in read.problems]
    calls = []
    for call in read.calls:
        path = table.parent / (call.file or "")
        if path in wanted:
            calls.append((call, path))
        elif all_rows and not path.is_file():
            detail = f"{table.name} lists {call.file}, which is not there"
            failures.append(Failure(call.id, call.file or "", "no such file", detail))
    return calls, failures


def _by_name(paths: Sequence[Path], taken: set[str]) -> list[Call]:
    """A call for each path, its id the name without suffix, or with it where two share one."""
    stems = [path.stem for path in paths]
    calls = []
    for path in paths:
        name = path.stem if stems.count(path.stem) == 1 and path.stem not in taken else path.name
        number = 2
        while name in taken:
            name, number = f"{path.name}-{number}", number + 1
        taken.add(name)
        calls.append(Call(name, file=path.name))
    return calls
