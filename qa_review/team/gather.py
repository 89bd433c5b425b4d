"""The rows of a board: what the scorer gave, what people gave, or people's before the scorer's.

A person who scores a call knows more than the scorer, so a lead expects the person's level to hold.
But people and scorer are two yardsticks, and a trend can move only because more calls were scored
by people: so every figure says how many of its levels are people's, and either can be had alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from qa_review.keep.store import Store
from qa_review.team.people import given_by_people, sealed_calls
from qa_review.team.results import Given
from qa_review.team.rows import Scored
from qa_review.team.stored import given_by_scorer

Source = Literal["people first", "people", "scorer"]
SOURCES: tuple[Source, ...] = ("people first", "people", "scorer")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rows, and what was left out.

    ``sealed`` calls are being calibrated: their rows come with the reveal. ``elsewhere`` are
    calls that the scorer reviewed on another rubric. ``versions`` of the rubric are those that the
    scorer's rows were given on.
    """

    rows: tuple[Scored, ...]
    sealed: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()

    def of(self, source: Source) -> tuple[Scored, ...]:
        """One row a call and behaviour: people's, the scorer's, or people's where there are any."""
        if source != "people first":
            return tuple(row for row in self.rows if row.who == source)
        best: dict[tuple[str, str], Scored] = {}
        for row in self.rows:
            place = (row.call.id, row.behaviour)
            if place not in best or row.who == "people":
                best[place] = row
        return tuple(best.values())


def gathered(reviews: Iterable[Given], store: Store, rubric_id: str) -> Gathered:
    """Every row on a rubric, in whatever version of it: the scorer's first, then people's.

    Of a call that isn't among ``reviews`` the scorer's are taken from the store.
    """
    reviews = tuple(reviews)
    sealed = sealed_calls(store)
    calls = {one.call.id: one.call for one in reviews}
    here = [one for one in reviews if one.rubric.id == rubric_id]
    here += given_by_scorer(store, rubric_id, calls)
    calls |= {one.call.id: one.call for one in here}
    given = [row for one in here if one.call.id not in sealed for row in one.rows]
    people = given_by_people(store, rubric_id, calls)
    given += [row for row in people.values() if row.call.id not in sealed]
    return Gathered(
        tuple(given),
        tuple(sorted(sealed & (set(calls) | {call_id for call_id, _ in people}))),
        tuple(sorted(one.call.id for one in reviews if one.rubric.id != rubric_id)),
        tuple(sorted({one.rubric.version for one in here})),
    )
