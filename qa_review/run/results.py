"""What a run gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, overload

from qa_review.base.frames import frame
from qa_review.keep.folder import FAILURE_COLUMNS, Failure
from qa_review.keep.ledger import review_of_row
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
from qa_review.keep.rows import WorkRow
from qa_review.keep.store import Store
from qa_review.run.costs import StageCost

if TYPE_CHECKING:
    import pandas as pd


class KeptReviews(Sequence[Review]):
    """Reviews in a store, each read when it is asked for: a million take no more room than one.

    What was kept of a call when this was made is what is read, whatever came since.
    """

    def __init__(self, store: Store | None, calls: Sequence[tuple[str, int]]) -> None:
        self._store, self._calls = store, calls

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, place: int) -> Review: ...
    @overload
    def __getitem__(self, place: slice) -> KeptReviews: ...
    def __getitem__(self, place: int | slice) -> Review | KeptReviews:
        if isinstance(place, slice):
            return KeptReviews(self._store, self._calls[place])
        return next(self._read([self._calls[place]]))

    def __iter__(self) -> Iterator[Review]:
        return self._read(self._calls)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or len(other) != len(self):
            return False
        return all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def _read(self, calls: Sequence[tuple[str, int]]) -> Iterator[Review]:
        if self._store is None:
            return
        with self._store.reading() as reader:
            for call_id, number in calls:
                (row,) = reader.find(WorkRow, call_id=call_id, stage="scored", number=number)
                yield review_of_row(reader, row)


@dataclass(frozen=True, slots=True)
class Batch:
    """The reviews of a run, in the order of the calls, and the calls that gave none.

    ``done`` counts the calls that this run reviewed, ``kept`` those that were already there.
    ``sound_ms`` is the length of the recordings that it heard or scored, ``costs`` what its
    stages took: ``hear``, ``score``, ``page``.
    """

    reviews: Sequence[Review]
    failures: tuple[Failure, ...]
    done: int = 0
    kept: int = 0
    ignored: int = 0
    index: Path | None = None
    sound_ms: int = 0
    costs: Mapping[str, StageCost] = field(default_factory=dict)

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
