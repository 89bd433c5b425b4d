"""The task that a worker does for one part: read its dialogues, score them, write their tables.

Nothing of a dialogue goes back to whoever asked, only counts and costs. Done again, a part leaves
the same bytes behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from qa_review.base.errors import QAReviewError, TranscriptError
from qa_review.base.plugs import plug
from qa_review.base.records import digest
from qa_review.capture.dialogues import BadLine
from qa_review.capture.transcript import Transcript
from qa_review.grade.friction import made_by as friction_by
from qa_review.keep.parts import PartsFolder
from qa_review.run.costs import Cost, measured
from qa_review.run.dialogues import Part, Stretch
from qa_review.run.engine import Stage
from qa_review.run.settings import Settings
from qa_review.run.tally import SAME_ID, Tally, Where, id_digest
from qa_review.run.versions import PARTS, SCORED

if TYPE_CHECKING:
    from qa_review.run.pipeline import Reviewer

How = Literal["score", "name", "list"]
"""``score`` the dialogues, or tell of each why it wasn't: by its ``name``, which has to be read, or
by its place, to ``list`` it"""
LONGEST_DETAIL = 500
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Job:
    """A part to do, and where; ``reason`` and ``detail`` are for what is not to be scored."""

    part: Part
    name: str
    home: Path
    settings: Settings
    how: How = "score"
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What a part held, and what it took.

    ``load`` is what the rubric and the scorer took; ``None`` where this worker had them already.
    """

    dialogues: int
    scored: int
    scored_with: str
    cost: Cost
    load: Cost | None


class Unread(Exception):
    """The dialogues of a part can't be read on; which of them is to blame isn't known."""


def do(job: Job) -> Done:
    """Score a part, and write its tables and its mark.

    Raises:
        Unread: its file can't be read on.
        QAReviewError: its file changed, or the settings name what isn't there.
    """
    before = _loaded.cache_info().misses
    with measured() as load:
        reviewer, scored_with = loaded(job.settings) if job.how == "score" else (None, "")
    first = _loaded.cache_info().misses > before
    with measured() as cost, PartsFolder(job.home).writing(job.name) as tables:
        tally = Tally(tables)
        if job.how == "list":
            _list(job, tally)
        else:
            _read(job, tally, reviewer)
        mark = tally.mark(made_from(job.part, scored_with))
        tables.finish(mark)
    return Done(mark.dialogues, mark.scored, scored_with, cost(), load() if first else None)


SCORE: Stage[Job, Done] = Stage("score", do)


def made_from(part: Part, scored_with: str) -> str:
    """A digest of all that decides the tables of a part, but the ids that earlier parts have."""
    return digest(PARTS, SCORED, part.key, scored_with)


def _list(job: Job, tally: Tally) -> None:
    """A failure for each dialogue; none is so much as looked at."""
    for name, stretch in job.part.stretches:
        for number in _numbers(stretch):
            where = Where(name, stretch.unit, number)
            tally.fail(where, str(where), job.reason, where.says(job.detail))


def _numbers(stretch: Stretch) -> Iterable[int]:
    """Of what is there; where not even that can be told, of what was counted."""
    try:
        return list(stretch.numbers())
    except TranscriptError:
        return range(stretch.first, stretch.first + stretch.count)


def _read(job: Job, tally: Tally, reviewer: Reviewer | None) -> None:
    """Each dialogue read, and scored if there is a reviewer."""
    seen: dict[str, Where] = {}
    for name, stretch in job.part.stretches:
        for number, said in _on(stretch.read()):
            where = Where(name, stretch.unit, number)
            if isinstance(said, BadLine):
                tally.fail(where, said.id or str(where), stretch.bad, where.says(said.reason))
            elif said.call_id in seen:
                told = where.same_id_as(seen[said.call_id])
                tally.fail(where, said.call_id, SAME_ID, told)
            else:
                seen[said.call_id] = where
                tally.take(where, id_digest(said.call_id))
                if reviewer is None:
                    tally.fail(where, said.call_id, job.reason, where.says(job.detail))
                else:
                    _score(said, where, tally, reviewer)


def _score(said: Transcript, where: Where, tally: Tally, reviewer: Reviewer) -> None:
    try:
        review = reviewer.score(said)
    except QAReviewError as error:
        reason = getattr(error, "reason", "could not be scored")
        tally.fail(where, said.call_id, reason, str(error))
    except Exception as error:  # a fault of ours: it may cost this dialogue, and no other
        told = f"{type(error).__name__}: {error}"[:LONGEST_DETAIL]
        tally.fail(where, said.call_id, "unexpected error", where.says(told))
    else:
        call = replace(review.call, file=where.file)
        tally.score(replace(review, call=call))


def _on(read: Iterator[Item]) -> Iterator[Item]:
    """What is read, with trouble of the file told apart from that of a dialogue."""
    try:
        yield from read
    except TranscriptError as error:
        raise Unread(str(error)) from error


def loaded(settings: Settings) -> tuple[Reviewer, str]:
    """The reviewer of these settings, with its files as they are now, and a digest of it.

    Raises:
        QAReviewError: the settings name what isn't there.
    """
    return _loaded(settings, settings.files())


@lru_cache(maxsize=2)
def _loaded(settings: Settings, files: tuple[str, ...]) -> tuple[Reviewer, str]:
    """One a process for each rubric, scorer and trust card, as their files are."""
    reviewer: Reviewer = plug("part", "reviewer")(settings)
    by = reviewer.scorer.made_by
    return reviewer, digest(reviewer.rubric.digest, by, files, friction_by())
