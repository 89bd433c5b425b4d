"""Any order of deeds leaves a store as a plain dictionary says: on memory, SQLite, PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
import store_fixtures as fixtures
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from store_fixtures import BEHAVIOURS, new_session

from qa_review.base.errors import Conflict, NotAllowed, StillSealed
from qa_review.keep.answers import given, levels
from qa_review.keep.audit import breaks
from qa_review.keep.calls import keep_call
from qa_review.keep.revisions import history, save_review
from qa_review.keep.store import Store, open_store
from qa_review.meet import decisions
from qa_review.meet.disputes import all_disputes, open_dispute
from qa_review.meet.disputes import rule as rule_on
from qa_review.meet.keys import Keys
from qa_review.meet.opening import reveal, revealed
from qa_review.meet.seats import join
from qa_review.meet.sessions import session

RATERS = st.sampled_from(["ann", "bo"])
CALLS = st.sampled_from(["call-1", "call-2"])
OTHERS = st.sampled_from(["call-7", "call-8"])
LEVEL = st.integers(1, 5)
BEHAVIOUR = st.sampled_from(BEHAVIOURS)


class Meeting(RuleBasedStateMachine):
    """A session of two calls, and reviews of two others, beside what they should come to."""

    opened: Any = None

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qa_review_machine_"))
        self.store: Store = type(self).opened(self.folder)
        self.made = new_session(self.store, self.folder / "kim", calls=2)
        with self.store.writing() as unit:
            for call_id in ("call-7", "call-8"):
                keep_call(unit, fixtures.candidate(call_id).call)
        self.ballots: dict[tuple[str, str], list[int]] = {}
        self.reviews: dict[tuple[str, str], list[tuple[int, ...]]] = {}
        self.votes: dict[tuple[str, str, str], int] = {}
        self.masters: dict[tuple[str, str], int] = {}
        self.disputes: dict[str, list[Any]] = {}
        self.is_open = False

    def teardown(self) -> None:
        shutil.rmtree(getattr(self, "folder", "/nowhere"), ignore_errors=True)

    @rule(rater=RATERS, call=CALLS, level=LEVEL, stale=st.booleans())
    def score(self, rater: str, call: str, level: int, stale: bool) -> None:
        seat = join(self.store, self.made.id, rater, keys=Keys(self.folder / rater))
        known = self.ballots.get((rater, call), [])
        answers = [given(name, level) for name in BEHAVIOURS]
        if self.is_open:
            with pytest.raises(NotAllowed):
                seat.hand_in(call, answers)
        elif stale and known:
            with pytest.raises(Conflict):
                seat.hand_in(call, answers, after=len(known) - 1)
        else:
            seat.hand_in(call, answers, after=len(known))
            self.ballots.setdefault((rater, call), []).append(level)

    @rule()
    def open_ballots(self) -> None:
        if self.is_open:
            with pytest.raises(NotAllowed):
                reveal(self.store, self.made.id, by="kim", keys=Keys(self.folder / "kim"))
        else:
            reveal(self.store, self.made.id, by="kim", keys=Keys(self.folder / "kim"))
            self.is_open = True

    @rule(rater=RATERS, call=CALLS, behaviour=BEHAVIOUR, level=LEVEL)
    def vote(self, rater: str, call: str, behaviour: str, level: int) -> None:
        asked = {"rater": rater, "call_id": call, "behaviour": behaviour, "answer": level}
        if not self.is_open:
            with pytest.raises(StillSealed):
                decisions.vote(self.store, self.made.id, **asked)
        elif (rater, call) not in self.ballots:
            with pytest.raises(NotAllowed):
                decisions.vote(self.store, self.made.id, **asked)
        else:
            decisions.vote(self.store, self.made.id, **asked)
            self.votes[rater, call, behaviour] = level

    @rule(call=CALLS, behaviour=BEHAVIOUR, level=LEVEL)
    def decide(self, call: str, behaviour: str, level: int) -> None:
        asked = {"by": "kim", "call_id": call, "behaviour": behaviour, "answer": level}
        if not self.is_open:
            with pytest.raises(StillSealed):
                decisions.decide(self.store, self.made.id, reason="so", **asked)
        else:
            decisions.decide(self.store, self.made.id, reason="so", **asked)
            self.masters[call, behaviour] = level

    @rule(reviewer=RATERS, call=OTHERS, level=LEVEL, stale=st.booleans())
    def review(self, reviewer: str, call: str, level: int, stale: bool) -> None:
        known = self.reviews.get((call, reviewer), [])
        answers = [given(name, level) for name in BEHAVIOURS]
        after = len(known) - (1 if stale and known else 0)
        asked = {"reviewer": reviewer, "after": after, "submit": True, "why": "again"}
        if after < len(known):
            with pytest.raises(Conflict):
                save_review(self.store, fixtures.RUBRIC, fixtures.said(call), answers, **asked)
        else:
            save_review(self.store, fixtures.RUBRIC, fixtures.said(call), answers, **asked)
            self.reviews.setdefault((call, reviewer), []).append((level,) * len(BEHAVIOURS))

    @rule(reviewer=RATERS, call=OTHERS, behaviour=BEHAVIOUR)
    def dispute(self, reviewer: str, call: str, behaviour: str) -> None:
        known = self.reviews.get((call, reviewer))
        if not known:
            return
        about = (call, reviewer, behaviour)
        same = [d for d in self.disputes.values() if d[0] == about]
        asked = {"agent": "dev", "reason": "no", "reviewer": reviewer}
        if any(d[2] == "open" or d[1] == len(known) for d in same):
            with pytest.raises(NotAllowed):
                open_dispute(self.store, call, behaviour, **asked)
        else:
            made = open_dispute(self.store, call, behaviour, **asked)
            given_level = known[-1][BEHAVIOURS.index(behaviour)]
            self.disputes[made.id] = [about, len(known), "open", given_level]

    @rule(data=st.data(), level=LEVEL)
    def decide_dispute(self, data: Any, level: int) -> None:
        if not self.disputes:
            return
        which = data.draw(st.sampled_from(sorted(self.disputes)))
        (call, reviewer, behaviour), _, state, _ = self.disputes[which]
        if state != "open":
            with pytest.raises(NotAllowed):
                rule_on(self.store, which, by="lou", reason="so", answer=level)
            return
        known = self.reviews[call, reviewer]
        at = BEHAVIOURS.index(behaviour)
        given_level = self.disputes[which][3]
        with pytest.raises(NotAllowed):
            rule_on(self.store, which, by=reviewer, reason="so", answer=level)
        ruling = {"by": f"judge {which}", "reason": "so"}
        if given_level == level:
            with pytest.raises(ValueError, match="then the score stands"):
                rule_on(self.store, which, answer=level, **ruling)
            rule_on(self.store, which, **ruling)
            self.disputes[which][2] = "stands"
        else:
            rule_on(self.store, which, answer=level, **ruling)
            if known[-1][at] != level:
                known.append((*known[-1][:at], level, *known[-1][at + 1 :]))
            self.disputes[which][2] = "changed"

    def _history(self, call: str, reviewer: str) -> tuple[Any, ...]:
        with self.store.reading() as reader:
            return history(reader, call, reviewer=reviewer)

    @invariant()
    def the_store_is_as_the_model_says(self) -> None:
        if not hasattr(self, "made"):
            return
        now = session(self.store, self.made.id)
        assert {(r, c) for r, calls in now.done.items() for c in calls} == set(self.ballots)
        assert bool(now.revealed_at) == self.is_open
        for (call, reviewer), known in self.reviews.items():
            found = self._history(call, reviewer)
            assert [tuple(levels(one.scores).values()) for one in found] == known
        outcomes = {one.id: one.outcome for one in all_disputes(self.store)}
        assert outcomes == {name: state for name, (_, _, state, _) in self.disputes.items()}
        with self.store.reading() as reader:
            assert breaks(reader) == []
        if self.is_open:
            self._ballots_are_as_the_model_says()

    def _ballots_are_as_the_model_says(self) -> None:
        found = revealed(self.store, self.made.id)
        assert found.problems == ()
        assert {(b.rater, b.call_id): (b.number, b.scores[0].level) for b in found.ballots} == {
            place: (len(given_), given_[-1]) for place, given_ in self.ballots.items()
        }
        for (rater, call, behaviour), level in self.votes.items():
            assert found.vote(rater, call, behaviour).level == level
        for (call, behaviour), level in self.masters.items():
            assert found.master(call, behaviour).level == level


def machine(opened: Any, examples: int) -> Any:
    made = type("Meeting", (Meeting,), {"opened": staticmethod(opened)}).TestCase
    made.settings = settings(
        max_examples=examples, stateful_step_count=30, phases=[Phase.generate], deadline=None
    )
    return made


class TestInMemory(machine(lambda folder: open_store("memory"), 60)):
    pass


class TestInSQLite(machine(lambda folder: open_store(f"sqlite:{folder / 'qa.db'}"), 15)):
    pass


if fixtures.VERSIONS:

    class TestInPostgreSQL(
        machine(lambda folder: open_store(fixtures.new_database(fixtures.VERSIONS[-1])), 15)
    ):
        pass
