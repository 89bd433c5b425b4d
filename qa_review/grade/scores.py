"""A level for each behaviour, with its reason and the quotes behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa_review.base.records import MadeBy
from qa_review.capture.transcript import Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.timing import Timing

LEVELS = (1, 2, 3, 4, 5)


@dataclass(frozen=True, slots=True)
class Score:
    """How one behaviour went on one call.

    ``level`` is 1 to 5, or ``None`` when the call held no opportunity or the scorer
    ``abstained``; then ``why_none`` says so. ``confidence`` is in [0, 1]. ``reason`` is a
    sentence for the person scored.
    """

    behaviour: str
    level: int | None
    confidence: float
    reason: str
    why_none: str | None = None
    evidence: tuple[Evidence, ...] = ()
    chances: tuple[float, ...] = ()
    """how likely each level is, from 1 to 5; empty where the scorer does not tell"""
    abstained: bool = False
    """there was something to judge, but the scorer was too unsure to give a level"""
    unproven: str = ""
    """why this scorer is not yet trusted with this behaviour; ``""`` when it is"""

    def __post_init__(self) -> None:
        if self.level is not None and self.level not in LEVELS:
            raise ValueError(f"a level is one of {LEVELS} or None, not {self.level!r}")
        if (self.level is None) != (self.why_none is not None):
            raise ValueError("a score without a level says why, and only such a score")
        if self.abstained and self.level is not None:
            raise ValueError("a scorer that abstained gives no level")
        if self.chances and len(self.chances) != len(LEVELS):
            raise ValueError(f"a chance for each of {LEVELS}, not {len(self.chances)} chances")
        if not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence is in [0, 1], not {self.confidence!r}")


@dataclass(frozen=True, slots=True)
class Overall:
    """The weighted mean of the levels given, rescaled to 0..100.

    ``value`` is ``None`` when no behaviour was observed. ``capped`` says in words which
    critical failure held it down, ``""`` when none did.
    """

    value: float | None
    capped: str = ""


class Scorer(Protocol):
    """Turns evidence into a score for each behaviour; the same evidence gives the same scores."""

    @property
    def made_by(self) -> MadeBy: ...

    def score(
        self, transcript: Transcript, evidence: Sequence[Evidence], timing: Timing | None
    ) -> tuple[Score, ...]:
        """One score a behaviour, in the order of the rubric.

        ``timing`` is ``None`` for a call without times.
        """
        ...
