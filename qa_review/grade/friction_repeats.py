"""What the customer had to say again: numbers and facts that they had already given.

Takes a transcript; makes the turns of the agent that asked, each with the turn in which the
customer gave a number of four digits or more that they had given before, or a short answer all of
whose content words they had said before. What the agent had just said doesn't count: to confirm it
is no repeat.

Numbers are compared as strings of digits: "four four oh, double two", "44022" and "440 22" are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qa_review.capture.transcript import Transcript
from qa_review.grade.said import Said, said_in
from qa_review.grade.words import DIGITS, words_of

LEAST_DIGITS = 4
"""Shorter numbers are days, prices and times, which come up again by themselves."""
ASKING_WORDS = 6
"""A turn of so few words may ask without a question mark ("claim number please")."""
MOST_WORDS, LEAST_WORDS = 10, 2
"""An answer of so few words, with at least so many content words of its own, may be a repeat."""

_TAG = re.compile(r"<[^<>\n]{1,40}>|\[[^\[\]\n]{1,40}\]")
"""what a transcriber put in for what isn't words: "[noise]", "<name>\""""
_ONES = dict(zip("zero one two three four five six seven eight nine".split(), "0123456789",
                 strict=True)) | {"oh": "0", "o": "0", "nought": "0"}  # fmt: skip
_TEENS = {
    word: str(number)
    for number, word in enumerate(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split(),
        10,
    )
}
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), "23456789",
                 strict=True))  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3}


@dataclass(frozen=True, slots=True)
class Again:
    """The agent's turn ``asked``, and ``answered``, in which the customer said it again.

    ``what`` is "number" or "words".
    """

    asked: int
    answered: int
    what: str


def numbers_in(text: str) -> tuple[str, ...]:
    """The numbers of a turn as digits, however they were said; single letters are passed over.

    >>> numbers_in("it's four four oh, double two; twenty-one, A B 7")
    ('44022217',)
    >>> numbers_in("order 44022 came on the 3rd of May")
    ('44022', '3')
    """
    found, run = [], ""
    times, tens = 1, ""
    for word in words_of(text).words:
        if word in _TIMES:
            times = _TIMES[word]
            continue
        digits = _digits(word)
        if tens and not (word in _ONES and word not in ("oh", "o", "zero", "nought")):
            run, tens = run + tens + "0", ""
        if word in _TENS:
            tens = _TENS[word]
        elif digits is not None:
            run, tens, times = run + tens + digits * times, "", 1
        elif len(word) > 1 and run:
            found.append(run)
            run = ""
    run += tens + "0" if tens else ""
    return tuple([*found, run] if run else found)


def _digits(word: str) -> str | None:
    """The digits that a word stands for; ``None`` when it is no number."""
    if word in _ONES:
        return _ONES[word]
    if word in _TEENS:
        return _TEENS[word]
    figures = "".join(sign for sign in word if sign in DIGITS)
    return figures or None


def given_again(transcript: Transcript) -> Iterator[Again]:
    """Each time the agent asked and was told what had been said before; one a turn."""
    heard: list[_Heard] = []
    asked: int | None = None
    for at, turn in enumerate(transcript.turns):
        if turn.speaker == "agent":
            asked = at
        if turn.speaker != "customer":
            continue
        now = _Heard.of(at, turn.text)
        if asked is not None:
            agent = said_in("agent", _TAG.sub(" ", transcript.turns[asked].text))
            before = [one for one in heard if one.turn < asked]
            what = _again(now, before, agent) if _asks(agent) else ""
            if what:
                yield Again(asked, at, what)
        heard.append(now)
        asked = None


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the customer said in a turn: its words, and its numbers of some length."""

    turn: int
    said: Said
    numbers: tuple[str, ...]

    @classmethod
    def of(cls, turn: int, text: str) -> _Heard:
        text = _TAG.sub(" ", text)
        long = tuple(number for number in numbers_in(text) if len(number) >= LEAST_DIGITS)
        return cls(turn, said_in("customer", text), long)


def _again(now: _Heard, before: list[_Heard], agent: Said) -> str:
    """What was said again: ``"number"``, ``"words"``, or ``""`` for nothing."""
    given = [number for one in before for number in one.numbers]
    read_out = numbers_in(agent.text)
    if any(_among(number, given) and not _among(number, read_out) for number in now.numbers):
        return "number"
    own = now.said.content - agent.content
    if len(now.said.words) <= MOST_WORDS and len(own) >= LEAST_WORDS:
        if own <= frozenset().union(*(one.said.content for one in before)):
            return "words"
    return ""


def _asks(agent: Said) -> bool:
    return agent.question or len(agent.words) <= ASKING_WORDS


def _among(number: str, others: Iterable[str]) -> bool:
    """Whether one holds the other: part of a number may be asked for again."""
    return any(
        number in other or (len(other) >= LEAST_DIGITS and other in number) for other in others
    )
