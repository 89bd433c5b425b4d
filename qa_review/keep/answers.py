"""What a person gives a call: a level or N/A for each behaviour, with quotes and a reason.

Takes plain answers (a number, or :class:`NotObserved`) and makes the same :class:`Score` that
the scorers make, so that people and software are compared like with like. A behaviour without an
answer is unanswered, which is something other than N/A: a draft may have such, a review that is
handed in may not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from qa_review.base.errors import QuoteNotFound, UnknownName
from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.evidence import Evidence, Stance
from qa_review.grade.rubric import Rubric
from qa_review.grade.scores import LEVELS, Score

PERSON = "person"
"""the finder of a quote that a person attached"""


@dataclass(frozen=True, slots=True)
class NotObserved:
    """N/A: the call held no opportunity for the behaviour; ``why`` says how that shows."""

    why: str

    def __post_init__(self) -> None:
        if not self.why.strip():
            raise ValueError("N/A needs a reason: what about the call left no opportunity?")


@dataclass(frozen=True, slots=True)
class TurnNote:
    """A comment on one turn; turns count from 0."""

    turn: int
    text: str


Answer: TypeAlias = int | NotObserved


def given(
    behaviour: str,
    answer: Answer,
    reason: str = "",
    quotes: Iterable[tuple[Stance, Quote]] = (),
) -> Score:
    """The score that a person gives one behaviour.

    Raises:
        ValueError: ``answer`` is no level from 1 to 5 and not N/A.
    """
    if isinstance(answer, NotObserved):
        level, why = None, answer.why
    elif isinstance(answer, bool) or answer not in LEVELS:
        raise ValueError(f"{behaviour} is 1 to 5 or N/A, not {answer!r}")
    else:
        level, why = answer, None
    evidence = tuple(Evidence(behaviour, "", stance, quote, PERSON) for stance, quote in quotes)
    return Score(behaviour, level, 1.0, reason, why, evidence)


def check(
    rubric: Rubric, said: Transcript, scores: Sequence[Score], notes: Sequence[TurnNote],
    *, whole: bool,
) -> None:  # fmt: skip
    """Raise unless these scores and notes can be of this call on this rubric.

    Args:
        whole: every behaviour must have an answer.

    Raises:
        UnknownName: the rubric has no such behaviour.
        QuoteNotFound: a quote, or the turn of a note, is not in the call.
        ValueError: a behaviour is answered twice, or not at all where it must be.
    """
    names = [behaviour.id for behaviour in rubric.behaviours]
    answered = [score.behaviour for score in scores]
    for name in answered:
        if name not in names:
            raise UnknownName("behaviour", name, names)
        if answered.count(name) > 1:
            raise ValueError(f"{name} is answered {answered.count(name)} times")
    if whole and (open_ones := [name for name in names if name not in answered]):
        raise ValueError(f"no answer for {', '.join(open_ones)}: give 1 to 5, or N/A with a reason")
    for score in scores:
        for piece in score.evidence:
            quote = piece.quote
            if said.quote(quote.turn, quote.start, quote.end).text != quote.text:
                raise QuoteNotFound(f"turn {quote.turn} does not say {quote.text!r} there")
    for note in notes:
        if not 0 <= note.turn < len(said.turns):
            raise QuoteNotFound(f"{said.call_id} has turns 0 to {len(said.turns) - 1}")


def levels(scores: Iterable[Score]) -> Mapping[str, int | None]:
    """The level of each behaviour that is answered, ``None`` for N/A."""
    return {score.behaviour: score.level for score in scores}
