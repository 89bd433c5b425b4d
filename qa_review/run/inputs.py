"""Which calls there are: recordings in folders and object stores, and what tables say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa_review.base.errors import MetadataError
from qa_review.capture.metadata import read_calls
from qa_review.capture.places import Place, is_url, without_secrets
from qa_review.capture.recording import Call
from qa_review.keep.folder import Failure
from qa_review.run.found import Found
from qa_review.run.local_calls import add_local
from qa_review.run.remote_calls import add_remote

MANIFESTS = (".csv", ".parquet")
"""what a table of recordings ends with, which may lie anywhere"""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The calls to review, in order, and what could not become one.

    ``ignored`` counts files in the folders that are not recordings by their name.
    """

    calls: tuple[tuple[Call, Place], ...]
    failures: tuple[Failure, ...] = ()
    ignored: int = 0


def find_calls(
    paths: Sequence[str | Path], *, metadata: Path | None = None, results: Path | None = None
) -> Inputs:
    """Every call in ``paths``: files, folders, URLs, and manifests.

    A manifest is a table (CSV or Parquet) with a column ``file`` of paths and URLs, and the other
    columns of ``calls.csv``.

    Args:
        metadata: the table of calls, whose files are paths from its own folder or from one of
            ``paths``; ``None``: each ``calls.csv`` beside or among the recordings.
        results: where results go. That folder is passed over, as is any that holds results.

    Raises:
        QAReviewError: a path doesn't exist, or a folder or URL that was named can't be listed.
        MetadataError: a table can't be read at all, or ``metadata`` names none of the recordings.
    """
    found = Found()
    local: list[Path] = []
    remote: list[str] = []
    for path in paths:
        if is_url(str(path)):
            remote.append(str(path))
        elif Path(path).suffix.lower() in MANIFESTS and Path(path).is_file():
            _add_manifest(Path(path), found)
        else:
            local.append(Path(path))
    given = (metadata, read_calls(metadata)) if metadata else None
    named = add_local(local, given, results, found) if local else 0
    named += sum(add_remote(url, given, found) for url in remote)
    if given:
        table, read = given
        if read.calls and not named:
            told = f"none of its {len(read.calls):,} rows names one of the recordings: a file is a"
            raise MetadataError(table, [f"{told} path from the table's folder or from one named"])
        found.tell_problems(table.name, read)
    return Inputs(tuple(found.calls), tuple(found.failures), found.ignored)


def _add_manifest(table: Path, found: Found) -> None:
    """The rows of a manifest; a recording that isn't there fails when its turn comes."""
    read = read_calls(table, anywhere=True)
    found.tell_problems(table.name, read, left_out="row left out")
    for call in read.calls:
        file = call.file or ""
        place = Place(file) if is_url(file) else Place.of(table.parent / file)
        found.add(replace(call, file=without_secrets(file)), place, str(table))
