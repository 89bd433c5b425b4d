"""The language that rubric patterns are written in: small, readable, enumerable.

==============  ==========================================================================
``i will``      these words, one after the other (as :mod:`qa_review.grade.words` makes them)
``(a|b c)``     one of these; alternatives may hold several words and further brackets
``[very]``      may be there or not; ``[a|b]`` is ``(a|b|)``
``<days>``      one of the words or phrases of the rubric's list of that name
``#``           a number, in figures or in words
``...``         up to four other words, within the sentence; ``...7`` up to seven
``^``           only first: the sentence starts here (an "okay", "yeah" or "so" may go before)
``$``           only last: the sentence ends here; ``...5 $``: at most five words later
==============  ==========================================================================

What is said with "not" right after it is not a match: ``i will`` doesn't meet "i won't".

A pattern compiles to fragments that follow one another. Everything that can be enumerated
becomes phrases; only gaps, numbers and what would be too many phrases cut a pattern into
several fragments.
Patterns are normalised like the text they meet: ``i'll`` in a pattern means ``i will``.

>>> [sorted(f.phrases) for f in compiled("i'll [just] (ring|call) you").fragments]
[['i will call you', 'i will just call you', 'i will just ring you', 'i will ring you']]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from qa_review.grade.words import BREAK, phrase_of, words_of

GAP_WORDS = 4
MOST_PHRASES = 3000
"""More phrases than this in one fragment is a pattern gone wrong."""
ENOUGH = 300
"""A fragment that would stand for more phrases than this is cut in two where it can be."""

_SYMBOL = re.compile(r"\s*(\.\.\.\d*|<[a-z_]+>|[()\[\]|#^$]|[^\s()\[\]|#^$<>]+)")


class PatternError(ValueError):
    """A pattern that can't be read; says which sign is at fault."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words in a row: phrases joined by spaces, or a number when there are none.

    ``after`` is how many words may lie between the fragment before and this one.
    """

    phrases: tuple[str, ...]
    after: int = 0
    optional: bool = False

    @property
    def number(self) -> bool:
        return not self.phrases


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: its text, its fragments in order, its anchors."""

    text: str
    fragments: tuple[Fragment, ...]
    starts: bool = False
    ends: int | None = None
    """how many words may follow before the end of the sentence; ``None``: any number"""


def compiled(text: str, lists: Mapping[str, Sequence[str]] | None = None) -> Pattern:
    """The pattern written as ``text``.

    Raises:
        PatternError: brackets that don't close, an unknown list, an anchor in the middle,
            a gap at either end or inside brackets, nothing to match, or too many phrases.
    """
    signs = _signs(text)
    starts, ends = signs[:1] == ["^"], signs[-1:] == ["$"]
    signs = signs[1:] if starts else signs
    signs = signs[:-1] if ends else signs
    reader = _Reader(signs, lists or {})
    parts = reader.sequence(top=True)
    if reader.at < len(signs):
        raise PatternError(f"{signs[reader.at]!r} closes nothing")
    fragments, gap = _fragments(parts)
    if gap and not ends:
        raise PatternError("a gap can't be last")
    return Pattern(text, tuple(fragments), starts, gap if ends else None)


def _signs(text: str) -> list[str]:
    signs, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _SYMBOL.match(text, at)
        if not match:
            raise PatternError(f"{text[at:].strip()!r} can't be read")
        signs.append(match.group(1))
        at = match.end()
    return signs


class _Reader:
    """Reads signs from left to right; ``at`` is the next one."""

    def __init__(self, signs: list[str], lists: Mapping[str, Sequence[str]]) -> None:
        self.signs, self.lists, self.at = signs, lists, 0

    def sequence(self, top: bool = False) -> list[tuple[str, ...] | str]:
        """Parts up to the end, a ``|`` or a closing bracket; gaps and ``#`` only at the top."""
        parts: list[tuple[str, ...] | str] = []
        while self.at < len(self.signs) and self.signs[self.at] not in "|)]":
            sign = self.signs[self.at]
            self.at += 1
            if sign.startswith("...") or sign == "#":
                if not top:
                    raise PatternError(f"{sign!r} can't stand inside brackets")
                parts.append(sign)
            elif sign in "([":
                parts.append(self.bracket(sign))
            elif sign in "^$":
                raise PatternError(f"{sign!r} can only stand at its end of the pattern")
            elif sign.startswith("<"):
                parts.append(self.named(sign[1:-1]))
            else:
                parts.append((_normal(sign),))
        if top and self.at < len(self.signs) and self.signs[self.at] == "|":
            raise PatternError("'|' needs brackets around its alternatives")
        return parts

    def bracket(self, opening: str) -> tuple[str, ...]:
        options: list[str] = []
        closing = ")" if opening == "(" else "]"
        while True:
            options += _phrases([p for p in self.sequence() if not isinstance(p, str)])
            if self.at >= len(self.signs):
                raise PatternError(f"{opening!r} is not closed")
            sign = self.signs[self.at]
            self.at += 1
            if sign != "|":
                break
        if sign != closing:
            raise PatternError(f"{opening!r} is closed by {sign!r}")
        return tuple(dict.fromkeys([*options, ""] if opening == "[" else options))

    def named(self, name: str) -> tuple[str, ...]:
        if name not in self.lists:
            known = ", ".join(sorted(self.lists)) or "none"
            raise PatternError(f"there is no list {name!r}; there is {known}")
        return tuple(" ".join(phrase_of(entry)) for entry in self.lists[name])


def _normal(sign: str) -> str:
    words = words_of(sign).words
    if not words or BREAK in words:
        raise PatternError(f"{sign!r} is not a word")
    return " ".join(words)


def _phrases(parts: Sequence[tuple[str, ...]]) -> list[str]:
    count = _product(parts)
    if count > MOST_PHRASES:
        raise PatternError(f"it stands for {count} phrases; at most {MOST_PHRASES} are allowed")
    return [" ".join(word for word in combined if word) for combined in product(*parts)]


def _fragments(parts: list[tuple[str, ...] | str]) -> tuple[list[Fragment], int]:
    """Parts grouped into fragments, and how many words may follow the last one."""
    fragments: list[Fragment] = []
    run: list[tuple[str, ...]] = []
    gap = 0
    for part in [*parts, "end"]:
        if not isinstance(part, str):
            most = MOST_PHRASES if _empty(run) else ENOUGH
            if _product(run) * len(part) <= most:
                run.append(part)
                continue
        if run and not (_empty(run) and (part == "end" or not fragments)):
            phrases = tuple(phrase for phrase in dict.fromkeys(_phrases(run)) if phrase)
            fragments.append(Fragment(phrases, gap, _empty(run)))
            gap = 0
        run = []
        if not isinstance(part, str):
            run.append(part)
        elif part == "#":
            fragments.append(Fragment((), gap))
            gap = 0
        elif part != "end":
            gap = int(part[3:] or GAP_WORDS)
            if not fragments:
                raise PatternError("a gap can't be first")
    if not any(not fragment.optional for fragment in fragments):
        raise PatternError("it matches nothing")
    return fragments, gap


def _product(run: Sequence[tuple[str, ...]]) -> int:
    count = 1
    for part in run:
        count *= len(part)
    return count


def _empty(run: Sequence[tuple[str, ...]]) -> bool:
    """Whether everything in ``run`` may be left out."""
    return all("" in part for part in run)
