"""Master scores: calls with the levels that people agreed on.

Takes what was said (a folder of results, a JSON Lines file of dialogues, or one transcript) and a
table with a row a call: the column ``id``, and one for each behaviour by its id. A cell holds 1
to 5, ``N/A`` for a behaviour that had no opportunity, or nothing where nobody scored it. Other
columns are passed over. What can't be read costs its row, and is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_review.base.errors import MetadataError, QAReviewError
from qa_review.base.spreadsheet import filled_in
from qa_review.capture.dialogues import BadLine, read_dialogues
from qa_review.capture.formats import read_transcript
from qa_review.capture.recording import Call
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import Rubric
from qa_review.grade.rules import overall
from qa_review.grade.scores import LEVELS, Score
from qa_review.keep.reviews import Review
from qa_review.keep.store import Store
from qa_review.meet.masters import PEOPLE, masters_of
from qa_review.run.dialogues import LINES

NOT_OBSERVED = ("n/a", "na")


@dataclass(frozen=True, slots=True)
class Masters:
    """The reviews that people gave, and what of the files could not be read."""

    reviews: tuple[Review, ...]
    problems: tuple[str, ...] = ()


def read_said(path: Path) -> tuple[dict[str, Transcript], list[str]]:
    """Every transcript in a folder of results, a file of dialogues, or a transcript file.

    Also what of it could not be read.

    Raises:
        TranscriptError: the file can't be opened, or is a transcript in no known form.
    """
    path = Path(path)
    if not path.is_dir():
        if path.suffix not in LINES:
            said = read_transcript(path)
            return {said.call_id: said}, []
        lines = list(read_dialogues(path))
        bad = [f"{path.name}, line {one.number}: {one.reason}" for one in _bad(lines)]
        return {s.call_id: s for s in lines if not isinstance(s, BadLine)}, bad
    found, bad = {}, []
    inside = path / "transcripts" if (path / "transcripts").is_dir() else path
    for file in sorted(inside.glob("*.json")):
        try:
            said = read_transcript(file)
        except QAReviewError as error:
            bad.append(str(error))
            continue
        found[said.call_id] = said
    return found, bad


def _bad(lines: list[Transcript | BadLine]) -> Iterator[BadLine]:
    return (one for one in lines if isinstance(one, BadLine))


def read_masters(calls: Path, table: Path, rubric: Rubric) -> Masters:
    """The calls of ``table``, with what was said in them from ``calls``.

    Raises:
        MetadataError: the table can't be read, has no column ``id`` or none of a behaviour, or
            no row of it could be used.
        TranscriptError: as for :func:`read_said`.
    """
    said, problems = read_said(calls)
    names = [behaviour.id for behaviour in rubric.behaviours]
    reviews: dict[str, Review] = {}
    for line in filled_in(Path(table), lambda columns: _lacks(columns, names)):
        row, call_id = line.cells, line.cells["id"]
        try:
            if line.problem:
                raise ValueError(line.problem)
            if call_id not in said:
                raise ValueError(f"{calls} holds no call {call_id!r}")
            if call_id in reviews:
                raise ValueError(f"{call_id!r} has a row already")
            scores = tuple(_scores(row, [name for name in names if name in row]))
        except ValueError as error:
            problems.append(f"row {line.number}: {error}")
            continue
        if scores:
            figure = overall(rubric, scores)
            reviews[call_id] = Review(
                Call(call_id), said[call_id], rubric.ref, scores, figure, PEOPLE
            )
    if not reviews:
        raise MetadataError(table, ["no row could be used", *problems[:20]])
    return Masters(tuple(reviews.values()), tuple(problems))


def store_masters(store: Store, rubric: Rubric, *, blind: bool) -> tuple[Review, ...]:
    """The master scores that the sessions of a store agreed on.

    Args:
        blind: where the scorer was a rater, take what people gave before they saw its level.

    Raises:
        QAReviewError: no session on this rubric has decided anything.
    """
    reviews = masters_of(store, rubric.id, blind=blind)
    if not reviews:
        raise QAReviewError(f"{store.name} has no master scores on {rubric.id}: decide some first")
    return reviews


def _lacks(columns: Sequence[str], names: list[str]) -> str:
    if "id" in columns and set(columns) & set(names):
        return ""
    return f"needs the column id and at least one of {', '.join(names)}"


def _scores(row: dict[str, str], columns: list[str]) -> Iterator[Score]:
    for name in columns:
        cell = row[name]
        if not cell:
            continue
        if cell.lower() in NOT_OBSERVED:
            yield Score(name, None, 1.0, "not observed", "People saw no opportunity for it.")
            continue
        cell = cell.removesuffix(".0")  # as pandas writes a column with gaps
        if cell not in map(str, LEVELS):
            raise ValueError(f"{name} is 1 to 5, N/A or empty, not {cell!r}")
        yield Score(name, int(cell), 1.0, "given by people")
