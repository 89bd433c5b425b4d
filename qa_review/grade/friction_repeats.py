"""What the customer had to say again: numbers and facts that they had already given.

Takes a transcript; makes the turns of the agent that asked, each with the turn in which the
customer gave a number of four digits or more that they had given before, or an answer that by its
signs (:mod:`qa_review.grade.friction_asked`) they had given before. What the agent had just said
doesn't count: to confirm it is no repeat.

Numbers are compared as strings of digits: "four four oh, double two", "44022" and "440 22" are one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from qa_review.capture.transcript import Transcript
from qa_review.grade.friction_asked import CUT, History, chance, signs, without_tags
from qa_review.grade.friction_numbers import numbers_in
from qa_review.grade.said import Said

LEAST_DIGITS = 4
"""Shorter numbers are days, prices and times, which come up again by themselves."""
ASKING_WORDS = 6
"""A turn of so few words may ask without a question mark ("claim number please")."""


@dataclass(frozen=True, slots=True)
class Again:
    """The agent's turn ``asked``, and ``answered``, in which the customer said it again.

    ``what`` is "number" or "words".
    """

    asked: int
    answered: int
    what: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the customer to a turn of the agent, with its signs of being a repeat."""

    asked: int
    answered: int
    number: bool
    signs: dict[str, float]


def given_again(transcript: Transcript, says_so: Collection[int] = ()) -> Iterator[Again]:
    """Each time the agent asked and was told what had been said before; one a turn.

    Args:
        says_so: the agent's turns after which the customer may have said that they had said it.
    """
    for one in answers(transcript, says_so):
        if one.number:
            yield Again(one.asked, one.answered, "number")
        elif chance(one.signs) >= CUT:
            yield Again(one.asked, one.answered, "words")


def answers(transcript: Transcript, says_so: Collection[int] = ()) -> Iterator[Answer]:
    """Every answer of the customer to the agent, once the customer has said anything before."""
    past = History()
    given: list[str] = []
    asked: tuple[int, Said] | None = None
    for at, turn in enumerate(transcript.turns):
        if turn.speaker == "unknown":
            continue
        said = without_tags(turn.speaker, turn.text)
        if turn.speaker == "agent":
            if asked:
                past.heard(asked[1])
            asked = (at, said)
            continue
        long = [one for one in numbers_in(said.text) if len(one) >= LEAST_DIGITS]
        if asked:
            where, agent = asked
            if past.told and agent.words and said.words:
                again = _asks(agent) and _number_again(long, given, agent)
                found = signs(agent, said, past, says_so=where in says_so, number=again)
                yield Answer(where, at, again, found)
            past.heard(agent)
            asked = None
        past.heard(said)
        given += long


def _number_again(now: Iterable[str], before: Collection[str], agent: Said) -> bool:
    """Whether a number was given before and the agent didn't read it out."""
    read_out = numbers_in(agent.text)
    return any(_among(number, before) and not _among(number, read_out) for number in now)


def _asks(agent: Said) -> bool:
    return agent.question or len(agent.words) <= ASKING_WORDS


def _among(number: str, others: Iterable[str]) -> bool:
    """Whether one holds the other: part of a number may be asked for again."""
    return any(
        number in other or (len(other) >= LEAST_DIGITS and other in number) for other in others
    )
