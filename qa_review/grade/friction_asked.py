"""How likely the customer had said already what the agent asks for.

Takes a turn of the agent and the customer's answer, with what was said before them; makes a
chance. Each sign below is a number from 0 to about 4; the chance is the logistic function of
their weighted sum. Signs are counted in content words, endings cut off, and numbers as figures,
so "half past four" and "half four" share the number.

The weights come from logistic regression with a ridge on the rated conversations of
``benchmarks/friction_quality.py``, which also learns them anew without each style and says how
well they do there. No word is among the signs but those that ask or say "again", so that
they carry over to calls about other things.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp, log1p

from qa_review.grade.friction_numbers import digits
from qa_review.grade.said import Said, said_in
from qa_review.grade.words import is_number

WEIGHTS = {
    "base": -1.76,
    "share": 1.68,
    "every": -1.02,
    "every two": 1.23,
    "every short": 0.94,
    "first which": 2.14,
    "number": 2.32,
    "old": 0.74,
    "length": -0.22,
    "which": -0.28,
    "question": 1.17,
    "asking": -0.9,
    "yes": -0.3,
    "says so": 2.21,
    "says so short": 1.33,
    "kind": 0.54,
    "alike": 1.78,
    "about": 0.56,
    "once more": 0.94,
    "told": -0.36,
    "hotly": 0.71,
}
CUT = 0.3
"""A chance of at least so much is a repeat."""
ALIKE = 2
"""Questions that share so many content words may be one question."""

_TAG = re.compile(r"<[^<>\n]{1,40}>|\[[^\[\]\n]{1,40}\]")
"""what a transcriber put in for what isn't words: "[noise]", "<name>\""""
_CLAUSE = re.compile(r"[.,!?;\u2014]+(?:\s|$)| - ")
ONES = frozenset(("one", "1", "couple"))
_WHICH = re.compile(
    r" (what|which|who|whose|when|where|whereabouts|how (many|much|long|old|often|far|big)|name|"
    r"number|date|address|postcode|zip) "
)
_YES = frozenset("yes no not okay right mm sure thanks thank oh correct".split())
_ONCE_MORE = re.compile(r" (did you say|you said|was it you said|again|once more|you mentioned) ")
_KINDS = {
    "name": r"(?:sur|first |last |full |family )?names?|who am i (?:speaking|talking)|called",
    "number": r"(?:number|reference|ref|id|code|digits)",
    "address": r"(?:address|street|road|house number|live|based|postcode|post code|zip)",
    "email": r"e ?mail",
    "date": r"(?:what|which) (?:date|day|month|year)|when|how long ago|date of birth|born|birthday",
    "time": r"what time|which (?:slot|flight|train|bus)",
    "amount": r"how much|how many|what amount|what (?:size|price|quantity)",
    "item": r"(?:what|which) (?:\w+ )?(?:item|product|model|one|make|kind|type|colour|color)",
    "matter": r"(?:how|what) (?:can|may|could) i (?:help|assist|do for)|"
    r"what (?:is|seems to be) the (?:problem|issue|matter|trouble)|reason for",
}
_WANTED = {kind: re.compile(rf" (?:{words}) ") for kind, words in _KINDS.items()}
_GIVEN = {
    "name": re.compile(r" (?:my name is|name is|surname is|it is (?:mr|mrs|miss|ms)|called) "),
    "email": re.compile(r" (?:at \w+ dot|email is) "),
    "address": re.compile(r" (?:street|road|avenue|lane|close|drive|terrace|postcode|i live) "),
    "matter": re.compile(r" (?:because|problem|not working|broken|i want|i need|i would like) "),
}


@dataclass(slots=True)
class History:
    """What has been said up to a turn: it grows with :meth:`heard`."""

    told: set[str] = field(default_factory=set)
    """tokens of the customer"""
    shown: set[str] = field(default_factory=set)
    """tokens of the agent"""
    questions: list[frozenset[str]] = field(default_factory=list)
    """content words of what the agent asked"""
    given: set[str] = field(default_factory=set)
    """kinds of what the customer has given"""
    wanted: set[str] = field(default_factory=set)
    """kinds that the agent's last turn asked for"""

    def heard(self, said: Said) -> None:
        """Takes in a turn."""
        if said.speaker == "agent":
            self.shown |= tokens(said)
            self.questions += [one.content for one in said.sentences if one.asks]
            self.wanted = kinds_wanted(said)
            return
        self.told |= tokens(said)
        self.given |= {kind for kind, words in _GIVEN.items() if words.search(said.joined)}
        if len(said.words) >= 2 and "not" not in said.words and not said.question:
            self.given |= self.wanted
        self.wanted = set()


def without_tags(speaker: str, text: str) -> Said:
    """A turn without what a transcriber put in for what isn't words."""
    return said_in(speaker, _TAG.sub(" ", text))


def tokens(said: Said) -> set[str]:
    """Content words, and the figures of the numbers but 1."""
    return set(said.content).union(
        digits(word) or word for word in said.words if is_number(word) and word not in ONES
    )


def first_of(said: Said) -> set[str]:
    """The tokens of the first clause that has any: what answers the question, mostly."""
    for part in _CLAUSE.split(said.text)[:3]:
        found = tokens(said_in(said.speaker, part))
        if found:
            return found
    return set()


def kinds_wanted(said: Said) -> set[str]:
    """The kinds of things that a turn of the agent asks for."""
    if not said.question and len(said.words) > 8:
        return set()
    return {kind for kind, words in _WANTED.items() if words.search(said.joined)}


def signs(
    agent: Said, answer: Said, past: History, *, says_so: bool, number: bool
) -> dict[str, float]:
    """The signs that an answer says again what had been said; see ``WEIGHTS`` for their names.

    Args:
        says_so: whether the customer says that they had said it, or may be saying so.
        number: whether a number of some length was given again.
    """
    own = tokens(answer) - tokens(agent)
    again = own & past.told
    every = bool(own) and own <= past.told
    first = first_of(answer) - tokens(agent)
    alike = max((_alike(now, then) for now in _asked(agent) for then in past.questions), default=0)
    words = len(answer.words)
    which = bool(_WHICH.search(agent.joined))
    return {
        "base": 1.0,
        "share": len(again) / len(own) if own else 0.0,
        "every": float(every),
        "every two": float(every and len(own) > 1),
        "every short": float(every and words <= 5),
        "first which": float(bool(first) and first <= past.told and which),
        "number": float(number),
        "old": float(bool(again) and not again <= past.shown),
        "length": log1p(words),
        "which": float(which),
        "question": float(agent.question),
        "asking": log1p(len(agent.words)),
        "yes": float(answer.words[:1] != () and answer.words[0] in _YES),
        "says so": float(says_so),
        "says so short": float(says_so and words <= 12),
        "kind": float(bool(kinds_wanted(agent) & past.given)),
        "alike": alike,
        "about": log1p(len(_asking(agent) & past.told)),
        "once more": float(bool(_ONCE_MORE.search(agent.joined))),
        "told": log1p(len(past.told)),
        "hotly": float("!" in answer.text or answer.text.isupper()),
    }


def chance(values: dict[str, float]) -> float:
    """How likely it is a repeat, by its signs."""
    return 1 / (1 + exp(-sum(WEIGHTS.get(name, 0.0) * value for name, value in values.items())))


def _asked(agent: Said) -> Iterator[frozenset[str]]:
    return (one.content for one in agent.sentences if one.asks)


def _asking(agent: Said) -> frozenset[str]:
    """The content words of the agent's questions, or of a short turn."""
    asked = frozenset().union(*_asked(agent))
    return asked if agent.question else agent.content if len(agent.words) <= 8 else asked


def _alike(now: frozenset[str], then: frozenset[str]) -> float:
    """The share of content words that two questions have in common."""
    if len(now & then) < ALIKE:
        return 0.0
    return len(now & then) / len(now | then)
