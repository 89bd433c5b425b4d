"""Master scores: calls with the levels that people agreed on.

Takes what was said (a folder of results, a JSON Lines file of dialogues, or one transcript) and a
table with a row a call: the column ``id``, and one for each behaviour by its id. A cell holds 1
to 5, ``N/A`` for a behaviour that had no opportunity, or nothing where nobody scored it. Other
columns are passed over. What can't be read costs its row, and is listed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.errors import MetadataError
from qa_review.base.records import MadeBy
from qa_review.capture.dialogues import BadLine, read_dialogues
from qa_review.capture.formats import read_transcript
from qa_review.capture.recording import Call
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Rubric
from qa_review.grade.rules import overall
from qa_review.grade.scores import LEVELS, Score
from qa_review.keep.reviews import Review
from qa_review.run.dialogues import LINES

PEOPLE = MadeBy("people", "1")
NOT_OBSERVED = ("n/a", "na")


@dataclass(frozen=True, slots=True)
class Masters:
    """The reviews that people gave, and what of the files could not be read."""

    reviews: tuple[Review, ...]
    problems: tuple[str, ...] = ()


def read_said(path: Path) -> dict[str, Transcript]:
    """Every transcript in a folder of results, a file of dialogues, or a transcript file.

    Raises:
        TranscriptError: the file can't be opened, or holds no transcript.
    """
    return {said.call_id: said for said in _said(Path(path))}


def _said(path: Path) -> Iterator[Transcript]:
    if path.is_dir():
        inside = path / "transcripts" if (path / "transcripts").is_dir() else path
        yield from map(read_transcript, sorted(inside.glob("*.json")))
    elif path.suffix in LINES:
        yield from (said for said in read_dialogues(path) if not isinstance(said, BadLine))
    else:
        yield read_transcript(path)


def read_masters(calls: Path, table: Path, rubric: Rubric) -> Masters:
    """The calls of ``table``, with what was said in them from ``calls``.

    Raises:
        MetadataError: the table can't be read, has no column ``id`` or none of a behaviour, or
            no row of it could be used.
        TranscriptError: as for :func:`read_said`.
    """
    said = read_said(calls)
    names = [behaviour.id for behaviour in rubric.behaviours]
    try:
        text = Path(table).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MetadataError(table, [str(error)]) from error
    rows = csv.DictReader(text.splitlines())
    columns = [name for name in rows.fieldnames or () if name in names]
    if "id" not in (rows.fieldnames or ()) or not columns:
        wanted = ", ".join(names)
        raise MetadataError(table, [f"needs the column id and at least one of {wanted}"])
    reviews: dict[str, Review] = {}
    problems = []
    for number, row in enumerate(rows, 2):
        call_id = (row.get("id") or "").strip()
        try:
            if call_id not in said:
                raise ValueError(f"{calls} holds no call {call_id!r}")
            if call_id in reviews:
                raise ValueError(f"{call_id!r} has a row already")
            scores = tuple(_scores(row, columns))
        except ValueError as error:
            problems.append(f"row {number}: {error}")
            continue
        if scores:
            figure = overall(rubric, scores)
            reviews[call_id] = Review(
                Call(call_id), said[call_id], rubric.ref, scores, figure, PEOPLE
            )
    if not reviews:
        raise MetadataError(table, ["no row could be used", *problems[:20]])
    return Masters(tuple(reviews.values()), tuple(problems))


def _scores(row: dict[str, str], columns: list[str]) -> Iterator[Score]:
    for name in columns:
        cell = (row.get(name) or "").strip()
        if not cell:
            continue
        if cell.lower() in NOT_OBSERVED:
            yield Score(name, None, 1.0, "not observed", "People saw no opportunity for it.")
            continue
        if cell not in map(str, LEVELS):
            raise ValueError(f"{name} is 1 to 5, N/A or empty, not {cell!r}")
        yield Score(name, int(cell), 1.0, "given by people")
