"""Evidence by relation: what a turn of the agent does with the customer's turn before it.

Words alone can't show that a question was already answered or that a feeling was passed over.
Each relation below looks at one turn of the agent, the customer's words just before it, and
what has been said so far. Which indicator a relation stands for is written in the rubric
(``relation = "asks_again"``), and so are the lists of phrases that a relation uses.

Overlap is counted in content words: no little words, no numbers, endings cut off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import log1p

from qa_review.capture.transcript import Transcript
from qa_review.grade.evidence import Evidence
from qa_review.grade.hits import Hit, Quotes, evidence_of
from qa_review.grade.rubric import Rubric
from qa_review.grade.said import Phrases, Said, Sentence, in_a_row, said_in

_UNFINISHED = frozenset(
    "the a an and but my your to of i because in on with for that if is was so or at from this "
    "his her their about into she he they we it's i'm".split()
)


@dataclass(slots=True)
class Moment:
    """A turn of the agent with what came before it."""

    now: Said
    before: Said | None
    """the customer's words since the agent last spoke"""
    earlier: list[Said]
    agent_said: set[str]
    """content words of the agent's turns so far"""
    customer_said: set[str]
    """content words of the customer's turns so far, the last one left out"""
    wanted: list[str]
    """what the agent asks for"""
    given: set[str]
    """what the agent has asked for and been told"""
    last: bool
    phrases: Mapping[str, Phrases]
    settings: Mapping[str, float]
    kind: str = ""
    """how the turn takes up the customer's words, once it has been looked at"""

    def holds(self, said: Said | None, name: str) -> bool:
        """Whether a phrase of the rubric's list ``name`` was said; no such list holds nothing."""
        listed = self.phrases.get(name)
        return bool(said and listed and listed.said(said))


TAKES_UP = {
    "base": -4.06,
    "new": 1.28,
    "shared": 0.32,
    "asked": -1.55,
    "length": 0.63,
    "so": 1.58,
    "you": 0.25,
    "question": 0.64,
    "first": -0.85,
}
PASSES_OVER = {
    "base": -3.9,
    "length": 1.18,
    "own": -0.4,
    "felt": 0.4,
    "old": 0.35,
    "question": -0.27,
}
"""What each sign is worth, in log odds, that a turn takes up, or passes over, what was said.

Found by logistic regression on conversations that were written and labelled for it: signs are
few and the weights are kept to the size the data supports.
"""


def uptake(moment: Moment) -> float:
    """How far the agent's turn takes up the customer's words, in log odds; higher is more."""
    before, now = moment.before, moment.now
    if not before or len(now.words) < 3:
        return -9.0
    shared = now.content & before.content
    signs = {
        "base": 1.0,
        "new": bool(shared - moment.agent_said),
        "shared": bool(shared),
        "asked": before.question,
        "length": log1p(len(before.words)),
        "so": now.words[0] == "so" or now.words[:2] in (("okay", "so"), ("right", "so")),
        "you": "you" in now.words or "your" in now.words,
        "question": now.question,
        "first": not moment.agent_said,
    }
    return sum(weight * signs[name] for name, weight in TAKES_UP.items())


def restates(moment: Moment) -> str | None:
    """Takes up what the customer said, as a statement about the matter."""
    return "" if kind_of(moment) == "content" else None


def reflects(moment: Moment) -> str | None:
    """Takes up what the customer said, as something about the customer ("you've ...")."""
    return "" if kind_of(moment) == "person" else None


def asks_with(moment: Moment) -> str | None:
    """Takes up what the customer said, with a question."""
    return "" if kind_of(moment) == "question" else None


_PERSON = re.compile(r" (you (have|are|were|had|feel|felt|want|wanted|need) |your )")


def kind_of(moment: Moment) -> str:
    """``question``, ``person`` or ``content``; ``none`` when nothing is taken up."""
    moment.kind = moment.kind or _kind(moment)
    return moment.kind


def _kind(moment: Moment) -> str:
    before, now = moment.before, moment.now
    if not before or not now.content & before.content:
        return "none"
    if uptake(moment) < moment.settings["uptake.takes_up"]:
        return "none"
    if now.question:
        return "question"
    opening = " " + " ".join(now.words[:8]) + " "
    return "person" if _PERSON.search(opening) else "content"


def passes_over(moment: Moment) -> str | None:
    """Goes on with something else after the customer has said a good deal."""
    before, now = moment.before, moment.now
    if not before or len(now.words) < 3 or len(before.words) < 8:
        return None
    shared = now.content & before.content
    if shared or moment.holds(now, "acknowledgements"):
        return None
    signs = {
        "base": 1.0,
        "length": log1p(len(before.words)),
        "own": log1p(len(now.words)),
        "felt": moment.holds(before, "felt"),
        "old": bool(now.content & moment.customer_said),
        "question": now.question,
    }
    value = sum(weight * signs[name] for name, weight in PASSES_OVER.items())
    if value < moment.settings["uptake.passes_over"]:
        return None
    return "nothing of what the customer had just said is taken up"


_DATA = {
    "postcode": ("postcode", "post code", "zip"),
    "name": ("name", "surname"),
    "date of birth": ("date of birth", "birthday", "born"),
    "number": (
        "order number",
        "account number",
        "reference",
        "booking number",
        "policy number",
        "customer number",
        "case number",
        "phone number",
        "telephone number",
        "order id",
        "ticket number",
        "reference number",
        "tracking number",
    ),
    "address": ("address", "street", "house number"),
    "email": ("email",),
    "date": ("what date", "which date", "what day", "which day", "when did", "when was"),
    "item": ("which item", "what item", "what is the item", "which product", "what product"),
    "problem": (
        "how can i help",
        "what is the problem",
        "what is the issue",
        "what seems to be the problem",
        "how may i help",
        "how can i assist",
    ),
}


def asks_again(moment: Moment) -> str | None:
    """Asks for something the agent had asked for before, and had been answered."""
    for name in moment.wanted:
        if name in moment.given:
            return f"the customer had been asked for the {name} before"
    return None


_WAYS = {way: name for name, ways in _DATA.items() for way in ways}
_BEGIN_WAYS = frozenset(way.split()[0] for way in _WAYS)
_WANTED = re.compile(rf"(?<= )(?:{'|'.join(sorted(_WAYS, key=len, reverse=True))})(?= )")


def _wanted(said: Said) -> list[str]:
    """What a turn of the agent asks for, by the names of ``_DATA``."""
    if (not said.question and len(said.words) > 8) or _BEGIN_WAYS.isdisjoint(said.words):
        return []
    return list(dict.fromkeys(_WAYS[way] for way in _WANTED.findall(said.joined)))


def cuts_off(moment: Moment) -> str | None:
    """Starts while the customer's sentence, as written, is not finished."""
    before, now = moment.before, moment.now
    if not before or len(before.words) < 4 or len(now.words) <= 3:
        return None
    text = before.text.rstrip()
    if text.endswith(("-", "\u2014", "\u2013")):
        return "the customer's sentence was left unfinished"
    if text[-1:].isalnum() and text.split()[-1].lower() in _UNFINISHED:
        return "the customer's sentence was left unfinished"
    return None


def no_check(moment: Moment) -> str | None:
    """Ends the call with no check, anywhere in it, that the need was met."""
    if not moment.last or len(moment.earlier) < 4:
        return None
    everything = [*moment.earlier, moment.now]
    if any(s.speaker == "agent" and moment.holds(s, "checks") for s in everything):
        return None
    return "nobody asked whether that had settled it"


def no_word(moment: Moment) -> str | None:
    """Passes over a complaint or praise without a word."""
    if not moment.holds(moment.before, "feedback"):
        return None
    return None if moment.holds(moment.now, "acknowledgements") else ""


_SIGNS = frozenset(
    "mm right okay yes go on i see uh huh ah oh sure all course of really lovely no good hm "
    "exactly indeed absolutely wow gosh".split()
)


def only_sign(moment: Moment) -> str | None:
    """Says no more than "mm" or "right", and leaves the floor."""
    words = moment.now.words
    if not moment.before or moment.before.question or len(words) > 3 or moment.now.question:
        return None
    return "" if all(word in _SIGNS for word in words) else None


RELATIONS: dict[str, Callable[[Moment], str | None]] = {
    "restates": restates,
    "reflects": reflects,
    "asks_with": asks_with,
    "asks_again": asks_again,
    "passes_over": passes_over,
    "cuts_off": cuts_off,
    "only_sign": only_sign,
    "no_check": no_check,
    "no_word": no_word,
}
"""Each gives the note of the evidence, or ``None`` when the relation doesn't hold."""


class UptakeFinder:
    """Finds the indicators of a rubric that have a ``relation``.

    Raises:
        KeyError: the rubric names a relation that isn't in ``RELATIONS``.
    """

    name = "uptake"

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self._tests = [
            (i.id, RELATIONS[i.relation]) for i in rubric.indicators if "uptake" in i.finders
        ]
        self._phrases = {name: Phrases(listed) for name, listed in rubric.lists.items()}

    def find(self, transcript: Transcript) -> tuple[Evidence, ...]:
        """Every piece of evidence in ``transcript``, in the order of its turns."""
        return evidence_of(self.rubric, self.hits(transcript), self.name)

    def hits(self, transcript: Transcript) -> list[Hit]:
        """Every indicator found, the neutral ones too."""
        hits: list[Hit] = []
        quotes = Quotes(transcript)
        earlier: list[Said] = []
        spoken: dict[str, set[str]] = {"agent": set(), "customer": set()}
        given: set[str] = set()
        wanted: list[str] = []
        before: list[Said] = []
        last = max((i for i, _ in transcript.said_by("agent")), default=-1)
        for number, turn in enumerate(transcript.turns):
            if turn.speaker == "unknown":
                continue
            said = said_in(turn.speaker, turn.text)
            if turn.speaker == "customer":
                before.append(said)
                if len(said.words) >= 2 and "not" not in said.words:
                    given.update(wanted)
            elif said.words:
                wanted = _wanted(said)
                moment = Moment(
                    said,
                    in_a_row(before),
                    earlier,
                    spoken["agent"],
                    spoken["customer"],
                    wanted,
                    given,
                    number == last,
                    self._phrases,
                    self.rubric.settings,
                )
                hits.extend(self._at(quotes, number, moment))
                spoken["customer"].update(*(one.content for one in before))
                spoken["agent"] |= said.content
                before = []
            earlier.append(said)
        return hits

    def _at(self, quotes: Quotes, turn: int, moment: Moment) -> Iterator[Hit]:
        """The hits at one turn of the agent."""
        for indicator, test in self._tests:
            note = test(moment)
            if note is not None:
                place = _place(moment, asks=test is asks_with, last=test is no_check)
                yield quotes.hit(indicator, turn, place.start, place.end, note)


def _place(moment: Moment, *, asks: bool, last: bool) -> Sentence:
    """The sentence to quote: one that shares words with the customer's, if any does."""
    sentences = moment.now.sentences
    if last:
        return sentences[-1]
    shared = [s for s in sentences if moment.before and s.content & moment.before.content]
    asking = [s for s in shared or sentences if s.asks] if asks else []
    return (asking or shared or list(sentences))[0]
