"""A review: one call, scored on one version of a rubric, by someone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qa_review.base.errors import UnknownName
from qa_review.base.frames import frame
from qa_review.base.records import MadeBy
from qa_review.capture.recording import Call, Recording
from qa_review.capture.transcript import Transcript
from qa_review.grade.friction import Friction, counted, lost_ms, systems_named
from qa_review.grade.rubric import RubricVersion
from qa_review.grade.scores import Overall, Score
from qa_review.grade.timing import Timing

if TYPE_CHECKING:
    import pandas as pd

SCORE_COLUMNS = {
    "id": "string",
    "behaviour": "string",
    "level": "Int64",
    "confidence": "Float64",
    "reason": "string",
    "abstained": "boolean",
    "unproven": "string",
}
EVIDENCE_COLUMNS = {
    "id": "string",
    "behaviour": "string",
    "indicator": "string",
    "stance": "string",
    "turn": "Int64",
    "quote": "string",
    "start_ms": "Int64",
    "end_ms": "Int64",
    "finder": "string",
    "note": "string",
    "weight": "Float64",
    "moves": "Float64",
}
FRICTION_COLUMNS = {
    "id": "string",
    "kind": "string",
    "system": "string",
    "turn": "Int64",
    "quote": "string",
    "start_ms": "Int64",
    "end_ms": "Int64",
    "lost_ms": "Int64",
    "note": "string",
}
CALL_COLUMNS = {
    "id": "string",
    "file": "string",
    "agent": "string",
    "team": "string",
    "queue": "string",
    "issue": "string",
    "customer": "string",
    "started_at": "string",
    "handle_ms": "Int64",
    "hold_ms": "Int64",
    "after_call_work_ms": "Int64",
    "csat": "Float64",
    "resolved": "boolean",
    "repeat_contact": "boolean",
    "transferred": "boolean",
    "overall": "Float64",
    "capped": "string",
    "duration_ms": "Int64",
    "agent_talk_share": "Float64",
    "silence_share": "Float64",
    "longest_silence_ms": "Int64",
    "overlap_ms": "Int64",
    "interruptions": "Int64",
    "response_ms": "Int64",
    "agent_words_per_minute": "Float64",
    "friction_ms": "Int64",
    "frictions": "Int64",
    "systems": "Int64",
    "language": "string",
    "words": "Int64",
    "words_dropped": "Int64",
    "agent_is": "string",
    "agent_confidence": "Float64",
    "transcribed_by": "string",
    "scored_by": "string",
    "rubric": "string",
    "other": "string",
}
GIVEN = tuple(CALL_COLUMNS)[: tuple(CALL_COLUMNS).index("overall")]
"""the columns that a call brings along: its place in the business"""
TIMINGS = (
    "agent_talk_share",
    "silence_share",
    "longest_silence_ms",
    "overlap_ms",
    "interruptions",
    "response_ms",
    "agent_words_per_minute",
)


@dataclass(frozen=True, slots=True)
class Review:
    """One call, scored on one version of a rubric.

    ``by`` is the scorer that made it; ``recording`` and ``timing`` are ``None`` for a
    written dialogue. ``friction`` is what slowed the call down; ``None`` where nobody looked: a
    review that people gave, or a language that its phrases don't cover. Reviews are never edited:
    a change is a new ``revision``.
    """

    call: Call
    transcript: Transcript
    rubric: RubricVersion
    scores: tuple[Score, ...]
    overall: Overall
    by: MadeBy
    timing: Timing | None = None
    recording: Recording | None = None
    revision: int = 1
    note: str = ""
    friction: tuple[Friction, ...] | None = None

    @property
    def friction_ms(self) -> int | None:
        """The time lost to friction; ``None`` where nobody looked, or the call has no times."""
        if self.friction is None or not self.transcript.timed:
            return None
        return lost_ms(self.friction)

    def score(self, behaviour: str) -> Score:
        """The score of one behaviour, by its id.

        Raises:
            UnknownName: the rubric has no such behaviour.
        """
        for score in self.scores:
            if score.behaviour == behaviour:
                return score
        raise UnknownName("behaviour", behaviour, (score.behaviour for score in self.scores))

    def to_frame(self) -> pd.DataFrame:
        """One row a behaviour: ``id, behaviour, level, confidence, reason, …``.

        ``level`` is missing where the behaviour was not observed or the scorer ``abstained``;
        ``reason`` then says why. ``unproven`` says why the scorer is not yet trusted with the
        behaviour, and is missing where it is.
        """
        return frame(SCORE_COLUMNS, score_rows([self]))

    def evidence_frame(self) -> pd.DataFrame:
        """One row a quote: ``id, behaviour, indicator, stance, turn, quote, start_ms, …``.

        Times are in milliseconds and missing in a written dialogue; turns count from 0.
        ``weight`` is in (0, 1], ``moves`` in levels and 0 where the scorer does not tell.
        """
        return frame(EVIDENCE_COLUMNS, evidence_rows([self]))

    def friction_frame(self) -> pd.DataFrame:
        """One row a friction: ``id, kind, system, turn, quote, start_ms, end_ms, lost_ms, note``.

        Kinds are those of :mod:`qa_review.grade.friction`. Times are in milliseconds and missing
        in a written dialogue; ``lost_ms`` of rows that overlap must not be added up, as the
        column ``friction_ms`` of the calls doesn't.
        """
        return frame(FRICTION_COLUMNS, friction_rows([self]))


def score_rows(reviews: Iterable[Review]) -> Iterator[tuple[Any, ...]]:
    """The rows of ``SCORE_COLUMNS``, a behaviour each."""
    for review in reviews:
        for score in review.scores:
            yield (
                review.call.id,
                score.behaviour,
                score.level,
                score.confidence,
                score.reason,
                score.abstained,
                score.unproven or None,
            )


def evidence_rows(reviews: Iterable[Review]) -> Iterator[tuple[Any, ...]]:
    """The rows of ``EVIDENCE_COLUMNS``, a quote and behaviour each."""
    for review in reviews:
        for score in review.scores:
            for piece in score.evidence:
                quote, span = piece.quote, piece.quote.span
                yield (
                    review.call.id,
                    piece.behaviour,
                    piece.indicator,
                    piece.stance,
                    quote.turn,
                    quote.text,
                    span.start_ms if span else None,
                    span.end_ms if span else None,
                    piece.finder,
                    piece.note,
                    piece.weight,
                    piece.moves,
                )


def friction_rows(reviews: Iterable[Review]) -> Iterator[tuple[Any, ...]]:
    """The rows of ``FRICTION_COLUMNS``, a friction each."""
    for review in reviews:
        for one in review.friction or ():
            quote, span = one.quote, one.quote.span
            yield (
                review.call.id,
                one.kind,
                one.system or None,
                quote.turn,
                quote.text,
                span.start_ms if span else None,
                span.end_ms if span else None,
                one.lost_ms,
                one.note or None,
            )


def call_rows(reviews: Iterable[Review]) -> Iterator[tuple[Any, ...]]:
    """The rows of ``CALL_COLUMNS``, a call each."""
    for review in reviews:
        call, said = review.call, review.transcript
        yield (
            *(getattr(call, name) for name in GIVEN),
            review.overall.value,
            review.overall.capped or None,
            said.duration_ms,
            *(getattr(review.timing, name) if review.timing else None for name in TIMINGS),
            *_friction_figures(review),
            said.language,
            said.words,
            said.dropped.total,
            said.agent_is.reason,
            said.agent_is.confidence,
            str(said.made_by),
            str(review.by),
            f"{review.rubric.id}.{review.rubric.version} {review.rubric.digest}",
            json.dumps(call.other, ensure_ascii=False, sort_keys=True) if call.other else None,
        )


def _friction_figures(review: Review) -> tuple[int | None, int | None, int | None]:
    """Milliseconds lost, how often, and to how many systems; ``None`` where nobody looked."""
    if review.friction is None:
        return None, None, None
    found = review.friction
    return review.friction_ms, len(counted(found)), len(systems_named(found))
