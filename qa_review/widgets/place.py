"""Where a person works: the store, the results, the recordings, the rubric, and who they are.

``qa-review lab`` and ``qa-review room`` put these into the environment, so that a notebook says
``here()`` and holds no path::

    QA_REVIEW_STORE       sqlite:qa.db
    QA_REVIEW_RESULTS     reviews
    QA_REVIEW_RECORDINGS  the sample calls
    QA_REVIEW_RUBRIC      behaviours.v1
    QA_REVIEW_AS          the name that this machine knows you by
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_review.base.resources import folder, rubric_path
from qa_review.grade.rubric import Rubric, load
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.handed_in import handed_in, handed_in_frame
from qa_review.keep.rows import CallRow
from qa_review.keep.store import Store, open_store, read
from qa_review.meet.sessions import person
from qa_review.view.report import Report, monthly_report

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody works; made by :func:`here`."""

    store: Store
    results: Path
    recordings: Path
    rubric_name: str
    who: str

    def __repr__(self) -> str:
        return (
            f"{self.who}\n  store       {self.store.name}\n  results     {self.results}\n"
            f"  recordings  {self.recordings}\n  rubric      {self.rubric_name}"
        )

    @property
    def rubric_file(self) -> Path:
        """The file of the rubric.

        Raises:
            UnknownName: there is no such file, and none of that name is shipped.
        """
        return rubric_path(self.rubric_name)

    def rubric(self) -> Rubric:
        """The rubric that calls are reviewed on.

        Raises:
            RubricError: its file breaks the rules.
        """
        file = self.rubric_file
        return _loaded(file, file.stat().st_mtime_ns)

    def calls(self) -> tuple[str, ...]:
        """The ids of all calls here: those of the results in their order, then the store's own."""
        kept = (row.call_id for row in read(self.store, CallRow))
        return tuple(dict.fromkeys((*ResultsFolder(self.results).calls(), *kept)))

    def reviews(self, *, reviewer: str = "") -> pd.DataFrame:
        """What people, or one of them, handed in: a row a call and behaviour, newest revision.

        Columns: ``call, rubric, version, reviewer, revision, at, behaviour, level, why_none,
        reason``. ``level`` is missing for N/A, and ``why_none`` then says why.
        """
        with self.store.reading() as reader:
            return handed_in_frame(handed_in(reader, reviewer=reviewer))

    def report(self, month: str = "", out: Path | str = "pack", **options: Any) -> Report:
        """The pack of a month, written to the folder ``out``; what was made is in ``pack``.

        Args:
            month: such as ``"2026-10"``; by default the last month that has a call.
            options: ``rules``, ``series`` and ``drawn``, as for
                :func:`qa_review.view.report.monthly_report`.

        Raises:
            QAReviewError: there are no reviews, or none in that month.
        """
        return monthly_report(
            Path(out), month, results=self.results, store=self.store, rubric=self.rubric_name,
            **options,
        )  # fmt: skip

    def record(self, call_id: str) -> Record | None:
        """What a run left of a call; ``None`` when there is nothing that can be read."""
        return ResultsFolder(self.results).read(call_id)


@lru_cache(maxsize=8)
def _loaded(file: Path, _changed_ns: int) -> Rubric:
    return load(file)


def here(
    *,
    store: Store | str = "",
    results: Path | str = "",
    recordings: Path | str = "",
    rubric: str = "",
    who: str = "",
) -> Place:
    """Where this person works; what isn't said is taken from the environment.

    Raises:
        StoreError, UnknownName: the store can't be opened.
        ValueError: the name can't be anybody's.
    """
    store = store or os.environ.get("QA_REVIEW_STORE", "sqlite:qa.db")
    return Place(
        open_store(store) if isinstance(store, str) else store,
        Path(results or os.environ.get("QA_REVIEW_RESULTS", "reviews")),
        Path(recordings or os.environ.get("QA_REVIEW_RECORDINGS") or folder("sample_calls")),
        rubric or os.environ.get("QA_REVIEW_RUBRIC", "behaviours.v1"),
        person(who or os.environ.get("QA_REVIEW_AS") or getpass.getuser()),
    )
