"""What a run gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa_review.base.frames import frame
from qa_review.capture.recording import Call
from qa_review.keep.folder import FAILURE_COLUMNS, Failure
from qa_review.keep.reviews import (
    CALL_COLUMNS,
    EVIDENCE_COLUMNS,
    FRICTION_COLUMNS,
    SCORE_COLUMNS,
    Review,
    call_rows,
    evidence_rows,
    friction_rows,
    score_rows,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Batch:
    """The reviews of a run, in the order of the calls, and the calls that gave none.

    ``done`` counts the calls that this run worked on, ``kept`` those that were already there.
    """

    reviews: tuple[Review, ...]
    failures: tuple[Failure, ...]
    done: int = 0
    kept: int = 0
    ignored: int = 0
    index: Path | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row a call and behaviour: ``id, behaviour, level, confidence, reason, …``.

        The columns are those of :meth:`Review.to_frame <qa_review.keep.reviews.Review.to_frame>`.
        """
        return frame(SCORE_COLUMNS, score_rows(self.reviews))

    def evidence_frame(self) -> pd.DataFrame:
        """One row a quote, with its behaviour, indicator, stance, turn and times in ms."""
        return frame(EVIDENCE_COLUMNS, evidence_rows(self.reviews))

    def calls_frame(self) -> pd.DataFrame:
        """One row a call: metadata, overall figure 0 to 100, and how the call ran."""
        return frame(CALL_COLUMNS, call_rows(self.reviews))

    def friction_frame(self) -> pd.DataFrame:
        """One row for each thing that slowed a call down: its kind, quote, system, ms lost."""
        return frame(FRICTION_COLUMNS, friction_rows(self.reviews))

    def failures_frame(self) -> pd.DataFrame:
        """One row a call that gave no review: ``id, file, reason, detail``."""
        return frame(FAILURE_COLUMNS, ((f.id, f.file, f.reason, f.detail) for f in self.failures))


@dataclass(frozen=True, slots=True)
class Step:
    """Told after each call: how many of ``total`` are done, and the call it was."""

    done: int
    total: int
    call: Call
    failure: Failure | None = None
