"""Made-up calibration sessions of every kind, held through the library."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from qa_review import meet
from qa_review.base.agreement import Agreement
from qa_review.base.raters import Drift
from qa_review.base.records import MadeBy
from qa_review.base.resources import rubric_path
from qa_review.base.span import Span
from qa_review.capture.recording import Call
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.rubric import load
from qa_review.grade.rules import overall
from qa_review.grade.scores import Score
from qa_review.keep.answers import Answer, NotObserved, given
from qa_review.keep.memory import MemoryStore
from qa_review.keep.reviews import Review
from qa_review.keep.rows import BallotRow, CommitmentRow, OutcomeRow
from qa_review.meet.ballots import Receipt
from qa_review.meet.choose import Candidate, Choice
from qa_review.meet.keys import Keys
from qa_review.meet.opening import Revealed, reveal, revealed
from qa_review.meet.progress import BeforeAfter
from qa_review.meet.seats import join
from qa_review.meet.sessions import Session, create

RUBRIC_FILE = rubric_path("behaviours.v1")
RUBRIC = load(RUBRIC_FILE)
BEHAVIOURS = tuple(behaviour.id for behaviour in RUBRIC.behaviours)
TITLES = tuple(behaviour.title for behaviour in RUBRIC.behaviours)
LINES = (
    ("agent", "good morning council how can i help", 0),
    ("customer", "my bin was missed again and i'm fed up with it", 3_200),
    ("agent", "missed again, no wonder you're fed up. which day was it due?", 7_900),
    ("customer", "tuesday, the same as last time", 12_400),
    ("agent", "i'll send a crew by noon tomorrow", 61_500),
)
NO_CHANCE = NotObserved("the customer gave no feedback that could be learned from")
Levels = Mapping[str, Sequence[Answer]]
"""what each rater gives the behaviours of a call, in the order of the rubric"""


def said(call_id: str, timed: bool = True) -> Transcript:
    turns = (Turn(who, text, Span(at, at + 2_500) if timed else None) for who, text, at in LINES)
    return Transcript(call_id, "en", tuple(turns))


def candidate(call_id: str, levels: Sequence[int | None] = (3, 3, 3, 3, 3)) -> Candidate:
    """A call with a scorer's review of it; where a level is ``None`` the scorer was unsure."""
    scores = tuple(
        Score(name, level, 0.5, f"as counted: {level}")
        if level
        else Score(name, None, 0.3, "", "levels 2 and 3 are as likely", abstained=True)
        for name, level in zip(BEHAVIOURS, levels, strict=True)
    )
    by, total = MadeBy("rules", "1"), overall(RUBRIC, scores)
    review = Review(Call(call_id), said(call_id), RUBRIC.ref, scores, total, by)
    return Candidate.of(review)


_folder = tempfile.TemporaryDirectory(prefix="qa_review_keys_")
atexit.register(_folder.cleanup)


@dataclass
class Meeting:
    """A session in a store of its own; ``keys`` has the key of everybody."""

    store: MemoryStore
    keys: Path
    session: Session

    def hand_in(self, call_id: str, levels: Levels) -> list[Receipt]:
        """A ballot of each of these raters on one call."""
        found = []
        for rater, answers in levels.items():
            seat = join(self.store, self.session.id, rater, keys=Keys(self.keys))
            talk = seat.said(call_id)
            quotes = (
                ("for", talk.locate("no wonder you're fed up")),
                ("against", talk.locate("which day was it due?")),
            )
            scores = [
                given(name, level, f"{rater} on {name}: {LINES[2][1]}", quotes[: 2 - place % 3])
                for place, (name, level) in enumerate(zip(BEHAVIOURS, answers, strict=True))
            ]
            found.append(seat.hand_in(call_id, scores))
        return found

    def reveal(self) -> Revealed:
        return reveal(self.store, self.session.id, by="kim", keys=Keys(self.keys))

    def revealed(self) -> Revealed:
        return revealed(self.store, self.session.id)


def called(
    calls: Sequence[Candidate],
    raters: Sequence[str] = ("ann", "bo", "cy"),
    *,
    name: str = "March calibration",
    automatic: bool = False,
) -> Meeting:
    """A session led by kim that takes ballots."""
    store, keys = MemoryStore(), Path(_folder.name)
    how = f"at random with seed 3 from {len(calls) + 9} calls"
    made = create(
        store, name, Choice(tuple(calls), how), rubric=RUBRIC_FILE, raters=raters, lead="kim",
        keys=Keys(keys), automatic=automatic, deadline="2026-03-20",
    )  # fmt: skip
    return Meeting(store, keys, made)


def discussed() -> Meeting:
    """Two calls, three raters, every kind of decision.

    On call-a they differ on listening (2 4 5), ownership and, by N/A, on the last behaviour.
    """
    meeting = called([candidate("call-a"), candidate("call-b")])
    meeting.hand_in("call-a", {
        "ann": (2, 3, 3, 4, NO_CHANCE), "bo": (4, 3, 3, 2, 3), "cy": (5, 3, 4, 3, 3),
    })  # fmt: skip
    meeting.hand_in("call-b", {
        "ann": (3, 3, 2, 4, 3), "bo": (3, 3, 3, 4, 3), "cy": (3, 3, 3, 4, NO_CHANCE),
    })  # fmt: skip
    meeting.reveal()
    store, name = meeting.store, meeting.session.id
    here = {"call_id": "call-a", "behaviour": BEHAVIOURS[0]}
    meet.remark(store, name, "Naming the feeling is more than a word of it.", by="bo", **here)
    meet.remark(store, name, "The line was bad; we heard it twice.", by="kim", call_id="call-a")
    meet.vote(store, name, rater="ann", answer=4, reason="she named it", **here)
    meet.vote(store, name, rater="bo", answer=4, **here)
    meet.decide(store, name, by="kim", answer=3, reason="a first guess", **here)
    meet.decide(store, name, by="kim", answer=4, reason="she named the feeling at once", **here)
    meet.decide(
        store, name, by="kim", call_id="call-a", behaviour=BEHAVIOURS[4], answer=NO_CHANCE,
        reason="nothing was fed back",
    )  # fmt: skip
    meet.edit_anchor(store, name, by="kim", level=4, words="Names the feeling at once.", **here)
    indicator = RUBRIC.indicators[0].id
    meet.drop_indicator(store, name, by="kim", indicator=indicator, reason="never seen", **here)
    meet.tell_rater(store, name, by="kim", rater="ann", text="Read level 4 again.", **here)
    return meeting


def missing() -> Meeting:
    """Bo handed in one ballot of eight calls, cy none."""
    calls = [f"call-{number}" for number in range(1, 9)]
    meeting = called([candidate(call) for call in calls])
    for call in calls:
        meeting.hand_in(call, {"ann": (2, 3, 3, 4, 3)})
    meeting.hand_in("call-1", {"bo": (4, 3, 3, 4, 3)})
    meeting.reveal()
    return meeting


def tampered() -> Meeting:
    """Somebody exchanged ann's ballot on call-a for other bytes after it was handed in."""
    meeting = called([candidate("call-a"), candidate("call-b")])
    for call in ("call-a", "call-b"):
        meeting.hand_in(call, {name: (2, 3, 3, 4, 3) for name in ("ann", "bo", "cy")})
    rows = meeting.store._tables[BallotRow]
    key = (meeting.session.id, "ann", "call-a", 1)
    rows[key] = replace(rows[key], sealed=rows[key].sealed[:-1] + b"\0")
    meeting.reveal()
    return meeting


def added_later() -> Meeting:
    """A commitment was put into the store after the reveal."""
    meeting = discussed()
    rows = meeting.store._tables[CommitmentRow]
    key = (meeting.session.id, "ann", "call-a", 1)
    rows[(*key[:3], 2)] = replace(rows[key], number=2)
    return meeting


def identical() -> Meeting:
    """All give all the same: nothing to correct for chance."""
    meeting = called([candidate("call-a"), candidate("call-b")], ("ann", "bo"))
    for call in ("call-a", "call-b"):
        meeting.hand_in(call, {name: (3, 3, 3, 3, 3) for name in ("ann", "bo")})
    meeting.reveal()
    return meeting


def with_scorer() -> Meeting:
    """The scorer is a rater beside ann and bo; it left one behaviour open."""
    calls = [candidate("call-a", (4, 3, None, 3, 2)), candidate("call-b", (3, 2, 3, 5, 2))]
    meeting = called(calls, ("ann", "bo"), automatic=True)
    meeting.hand_in("call-a", {"ann": (2, 3, 3, 4, 3), "bo": (4, 3, 3, 4, 3)})
    meeting.hand_in("call-b", {"ann": (3, 3, 3, 4, 3), "bo": (4, 3, 2, 5, 3)})
    meeting.reveal()
    return meeting


def nobody() -> Meeting:
    """Revealed without a ballot."""
    meeting = called([candidate("call-a")], ("ann", "bo"))
    meeting.reveal()
    return meeting


def large() -> Meeting:
    """Forty calls, three raters: enough for intervals."""
    calls = [f"call-{number:02}" for number in range(40)]
    meeting = called([candidate(call) for call in calls])
    for at, call in enumerate(calls):
        true = [1 + (at * 7 + place * 3) % 5 for place in range(5)]
        off = {"ann": (at % 3 == 0) * -1, "bo": (at % 4 == 1), "cy": (at % 5 == 2) * 2}
        meeting.hand_in(
            call, {who: [min(5, max(1, one + by)) for one in true] for who, by in off.items()}
        )
    meeting.reveal()
    here = {"call_id": calls[2], "behaviour": BEHAVIOURS[0]}
    meet.vote(meeting.store, meeting.session.id, rater="cy", answer=1, **here)
    for number, call in enumerate(calls[:12]):
        meet.decide(
            meeting.store, meeting.session.id, by="kim", call_id=call, behaviour=BEHAVIOURS[0],
            answer=1 + (number * 7) % 5, reason="as the anchors have it",
        )  # fmt: skip
    return meeting


MEETINGS: dict[str, Callable[[], Meeting]] = {
    "discussed": discussed,
    "missing": missing,
    "tampered": tampered,
    "added later": added_later,
    "identical": identical,
    "with the scorer": with_scorer,
    "nobody": nobody,
    "large": large,
}


@cache
def session(kind: str) -> Revealed:
    """A session of each kind, held once for all tests."""
    return MEETINGS[kind]().revealed()


def change(outcome: OutcomeRow) -> BeforeAfter:
    """What a change of the rubric did to agreement on a behaviour."""
    return BeforeAfter(
        outcome,
        "alpha ordinal",
        Agreement(0.31, None, (0.12, 0.48), 0.4, 24, calls=24),
        Agreement(0.66, None, (0.52, 0.78), 0.6, 30, calls=30),
        "january-aaaa",
        "march-bbbb",
    )


def drift(rater: str, means: Sequence[float | None]) -> list[Drift]:
    """A rater's run over sessions; the first two rest on too few calls."""
    run = []
    for number, mean in enumerate(means):
        few = 4 if number < 2 else 0
        interval = None if few or mean is None else (mean - 0.3, mean + 0.3)
        why = "no unit has both values" if mean is None else None
        one = Agreement(mean, why, interval, None, 30, calls=6 + 4 * number, lacking=few)
        turned = None
        if number and mean is not None:
            turned = Agreement(mean - (means[0] or 0.0), None, None, None, 30, lacking=few)
        run.append(Drift(rater, f"session-{number + 1}", "master", one, 0.8, turned))
    return run
