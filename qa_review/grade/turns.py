"""What the learned part sees of each turn of the agent.

Takes a transcript and the evidence that finders saw in its bare words; makes an
:class:`AgentTurn` for each turn of the agent: its words in runs of one to three, the customer's
words before and after it, where it stands, and which indicators were found in it.

Conventions
-----------
- Words are those of :mod:`qa_review.grade.words`: no case, no punctuation, contractions taken
  apart. Every number is ``#``, and so is a placeholder such as ``<name>`` or ``#ORDER#``.
- A run of words is known by its key, the CRC-32 of its text, so that what is learned is kept
  as numbers and holds no words of any conversation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log1p
from zlib import crc32

from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.evidence import Evidence
from qa_review.grade.words import BREAK, is_number, words_of

OWN_RUN, BEFORE_RUN = 3, 2
"""How many words in a row are looked at, in the turn and before it."""
TURNS_BEFORE = 2
"""How many turns back the customer's words are looked at."""
AFTER_WORDS = 8
"""How many words of the customer's answer are looked at."""
LONG_WORD = 5
"""Letters of a word that is counted when both sides used it."""

SHAPE = (
    "words",
    "words_before",
    "shared",
    "long_shared",
    "first",
    "opening",
    "last",
    "last_two",
    "ending",
    "place",
    "goes_on",
    "short_answer",
)
"""The names of :attr:`AgentTurn.shape`."""

_MARK = re.compile(r"[.?!\u2026;]+(?=[\s\"')\]]|$)|[\u2013\u2014]|--+")
_PLACEHOLDER = re.compile(r"<[^<>\n]{1,24}>|#[A-Za-z_]{2,24}#")


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of one turn, each with the characters ``[start, end)`` that it came from."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """One turn of the agent as the learned part sees it."""

    turn: int
    spoken: Spoken
    own: tuple[int, ...]
    """keys of its runs of words: all of one word in order, then of two, then of three"""
    before: tuple[int, ...]
    after: tuple[int, ...]
    shape: tuple[float, ...]
    found: frozenset[str]
    """indicators that finders saw in it"""


@lru_cache(maxsize=4_000)
def spoken(text: str) -> Spoken:
    """The words of a turn.

    >>> spoken("Ok <name>, I'll ring at 10.").words
    ('okay', '#', 'i', 'will', 'ring', 'at', '#')
    """
    # a number of the same length, so that places in the text stay what they are
    plain = _PLACEHOLDER.sub(lambda m: " " + "0" * (len(m[0]) - 2) + " ", text)
    said = words_of(plain)
    kept = [
        ("#" if is_number(word) else word, start, end)
        for word, start, end in zip(said.words, said.starts, said.ends, strict=True)
        if word != BREAK
    ]
    return Spoken(*(tuple(column) for column in zip(*kept, strict=True))) if kept else _NOTHING


_NOTHING = Spoken((), (), ())


def bare(transcript: Transcript) -> Transcript:
    """What was said without the ends of sentences and without times, each place kept.

    Finders that look here see the same whether or not a recogniser punctuates.

    >>> from qa_review.capture.transcript import Transcript, Turn
    >>> bare(Transcript("1", "en", (Turn("agent", "Right. At 4.30?"),))).turns[0].text
    'Right  At 4.30 '
    """
    turns = tuple(
        Turn(turn.speaker, _MARK.sub(lambda m: " " * len(m[0]), turn.text))
        for turn in transcript.turns
    )
    return Transcript(transcript.call_id, transcript.language, turns)


def agent_turns(transcript: Transcript, evidence: Iterable[Evidence]) -> list[AgentTurn]:
    """Every turn of the agent, in order."""
    found: dict[int, set[str]] = defaultdict(set)
    for piece in evidence:
        found[piece.quote.turn].add(piece.indicator)
    return [
        _agent_turn(transcript.turns, number, frozenset(found[number]))
        for number, turn in enumerate(transcript.turns)
        if turn.speaker == "agent"
    ]


def _agent_turn(turns: Sequence[Turn], number: int, found: frozenset[str]) -> AgentTurn:
    said = spoken(turns[number].text)
    earlier = tuple(
        word
        for other in turns[max(0, number - TURNS_BEFORE) : number]
        if other.speaker == "customer"
        for word in spoken(other.text).words
    )
    answered = number + 1 < len(turns) and turns[number + 1].speaker == "customer"
    answer = spoken(turns[number + 1].text).words if answered else ()
    return AgentTurn(
        number,
        said,
        _keys("own", ("^", *said.words, "$"), OWN_RUN),
        _keys("before", earlier, BEFORE_RUN),
        _keys("after", answer[:AFTER_WORDS], 1),
        _shape(turns, number, said.words, earlier, answer),
        found,
    )


def _shape(
    turns: Sequence[Turn],
    number: int,
    words: tuple[str, ...],
    earlier: tuple[str, ...],
    answer: tuple[str, ...],
) -> tuple[float, ...]:
    """The figures that ``SHAPE`` names."""
    own, before, count = set(words), set(earlier), len(turns)
    shared = own & before
    figures = (
        log1p(len(words)),
        log1p(len(earlier)),
        len(shared) / (1 + min(len(own), len(before))),
        log1p(sum(len(word) >= LONG_WORD for word in shared)),
        number == 0,
        number < 3,
        number >= count - 1,
        number >= count - 2,
        number >= count - 4,
        number / count,
        number > 0 and turns[number - 1].speaker == "agent",
        len(answer) < 3,
    )
    return tuple(map(float, figures))


@lru_cache(maxsize=4_000)
def _keys(where: str, words: tuple[str, ...], longest: int) -> tuple[int, ...]:
    """The keys of every run of one to ``longest`` words."""
    start = crc32(where.encode())
    runs = list(words)
    keys = [crc32(run.encode("utf-8", "replace"), start) for run in runs]
    for length in range(2, longest + 1):
        runs = [f"{left} {right.rsplit(' ', 1)[-1]}" for left, right in pairwise(runs)]
        keys += [crc32(run.encode("utf-8", "replace"), start) for run in runs]
        if length > len(words):
            break
    return tuple(keys)
