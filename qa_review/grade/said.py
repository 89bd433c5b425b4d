"""A turn as the relations see it: its sentences, its content words, whether it asks.

Content words are what is left without little words and numbers, endings cut off, so that two
turns about one thing share them whatever form the words take.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_review.grade.words import BREAK, is_number, phrase_of, words_of

LITTLE = frozenset(
    """a about actually after again all also am an and any anything are as at back be because been
    before being both but by call can come could day did do does done down each else even every
    first for from get give go going good got great had has have he hello help her here hi him his
    how i if in into is it just know let like look made make many may maybe me mean might mine
    more much must my name need new next no not now of off oh okay on only or other our out over
    please put really right said same say see shall she should so some something sorry still
    sure take tell than thank thanks that the their them then there these they thing things think
    this those time to today too two under until up us very want was way we well were what when
    where which who why will with would yes yet you your number mr mrs miss madam sir mm bye day
    fine one ask told anyone someone though try trying anyway kind lot bit ah ever never always
    already moment minute hold use sort work keep find left last quite""".split()
)
_ASKS = frozenset(
    "what when where which who why how is are was were do does did have has can could would will "
    "may shall whereabouts".split()
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Characters ``[start, end)`` of a turn: its content words, and whether it asks."""

    start: int
    end: int
    content: frozenset[str]
    asks: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One turn, or several of one speaker in a row, as the relations see it.

    ``joined`` is its words with a space around each.
    """

    speaker: str
    words: tuple[str, ...]
    joined: str
    content: frozenset[str]
    sentences: tuple[Sentence, ...]
    question: bool
    text: str


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """``word`` without a common ending, so that forms of one word meet; ``""`` for little words.

    >>> {stem(w) for w in ("leak", "leaks", "leaking", "leaked")}
    {'leak'}
    """
    if len(word) < 3 or word in LITTLE or is_number(word):
        return ""
    for ending in ("ing", "ies", "ed", "es", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word.rstrip("e") if len(word) > 4 else word


def said_in(speaker: str, text: str) -> Said:
    """``text`` prepared for the relations."""
    tokens = words_of(text)
    words = tokens.words
    kept: list[str] = []
    sentences: list[Sentence] = []
    first = 0
    for at in [*(at for at, word in enumerate(words) if word == BREAK), len(words)]:
        if at > first:
            own = words[first:at]
            mark = text[tokens.starts[at] : tokens.ends[at]] if at < len(words) else ""
            content = frozenset(filter(None, map(stem, own)))
            asks = "?" in mark or (not mark and _asks(own))
            start, end = tokens.starts[first], tokens.ends[at - 1]
            sentences.append(Sentence(start, end, content, asks))
            kept += own
        first = at + 1
    return Said(
        speaker,
        tuple(kept),
        f" {' '.join(kept)} ",
        frozenset().union(*[s.content for s in sentences]),
        tuple(sentences),
        any([s.asks for s in sentences]),
        text,
    )


def in_a_row(turns: Sequence[Said]) -> Said | None:
    """Turns of one speaker as one; places in the text are those of the last."""
    if len(turns) < 2:
        return turns[0] if turns else None
    last = turns[-1]
    return Said(
        last.speaker,
        tuple(word for turn in turns for word in turn.words),
        " " + "".join(turn.joined[1:] for turn in turns),
        frozenset().union(*(turn.content for turn in turns)),
        last.sentences,
        any(turn.question for turn in turns),
        last.text,
    )


class Phrases:
    """A list of words and phrases that may have been said."""

    def __init__(self, listed: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._longer: dict[str, list[str]] = defaultdict(list)
        """phrases of several words by their first word, with a space at either end"""
        for words in map(phrase_of, listed):
            if len(words) == 1:
                self._words.add(words[0])
            elif words:
                self._longer[words[0]].append(f" {' '.join(words)} ")

    def said(self, said: Said) -> bool:
        """Whether one of them was said."""
        if not self._words.isdisjoint(said.words):
            return True
        firsts = self._longer.keys() & said.words
        return any(phrase in said.joined for word in firsts for phrase in self._longer[word])


def _asks(sentence: Sequence[str]) -> bool:
    """Whether words without punctuation are a question, by how they begin."""
    for word in sentence[:4]:
        if word in _ASKS:
            return True
        if word not in ("okay", "right", "so", "and", "yes", "well", "but", "all"):
            return False
    return False
