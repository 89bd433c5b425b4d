"""The systems that an agent names: "the billing system", "the contractor's portal", "my screen".

Takes the words of a turn of the agent; makes :class:`Named` systems.

Conventions
-----------
- A system is a head noun (*system*, *portal*, *screen*, …) with up to two words before it that
  say which. Its name is those words in lower case and the singular, so that "the contractor's
  system" and "the contractors system", as a recogniser writes it, are one.
- Two mentions are of one system when their names are the same: "the billing system" and "the
  billing screen" are two. A system that is only called another one is ``another system``, and
  is the one named in the same turn where there is one.
- What the customer uses doesn't count ("your app", "the website"), nor does what is no computer
  ("the heating system"). *Screen*, *tool*, *app* and the like count only where the agent calls
  them theirs or is waiting for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qa_review.grade.said import LITTLE
from qa_review.grade.words import BREAK, is_number, words_of

HEADS = frozenset(
    "system systems database databases crm dashboard mainframe intranet spreadsheet "
    "handheld".split()
)
"""heads that are always the agent's, unless they are said to be the customer's"""
THEIRS = frozenset(
    "screen screens tool app program software platform page site side record records book diary "
    "login log register portal tracker console computer".split()
)
"""heads that customers have too"""
OWN = frozenset(("my", "another", "other", "different", "separate", "internal", "staff"))
NOT_NAMED = frozenset(("another", "other", "different", "separate", "second", "whole"))
CUSTOMERS = frozenset(("your", "their", "his", "her", "its", "customers"))
NO_COMPUTERS = frozenset(
    "immune nervous heating sound alarm phone telephone operating sprinkler solar irrigation "
    "boiler water ventilation points tier voting digestive settings balance video "
    "respiratory drainage sewage exhaust cooling braking filter support road transport star "
    "metric home lock touch broken cracked black blue flat either left far one".split()
)
"""words before a head that make it something else: "the heating system", "the lock screen\""""
PLAIN = frozenset(
    "old new older newer main slow whole internal computer little right wrong same blasted bloody "
    "stupid lovely separate different another other second entire".split()
)
"""words before a head that don't tell which"""
KEPT_S = frozenset("sales ops sms gps news status access address business progress plus".split())
WAYS_IN = frozenset("look looking go going get gone into consult check checking open "
                    "opening into within via through use using see per".split())  # fmt: skip
ALSO_TELL = frozenset(("back", "head", "front"))
"""little words that tell which all the same: "the back office system\""""
FAR = 2
"""at most so many words say which system it is"""


@dataclass(frozen=True, slots=True)
class Named:
    """A system and the characters ``[start, end)`` of the turn where it is named."""

    name: str
    start: int
    end: int


def systems_in(text: str, *, waiting: bool = False) -> tuple[Named, ...]:
    """The systems named in a turn of the agent, each once, in the order of first mention.

    Args:
        waiting: whether the agent makes the customer wait in this turn; then a screen, a book or
            a page with a name is a system too.

    >>> [s.name for s in systems_in("I'll look in the contractor's system, it's another system")]
    ['contractor system']
    >>> [s.name for s in systems_in("Check your app, or the heating system's own screen")]
    []
    """
    named: dict[str, Named] = {}
    for system in _mentions(text, waiting):
        named.setdefault(system.name, system)
    told = [one for one in named.values() if one.name != "another system"]
    return tuple(told or named.values())


def _mentions(text: str, waiting: bool) -> Iterator[Named]:
    said = words_of(text)
    words = said.words
    for at, word in enumerate(words):
        if word not in HEADS and word not in THEIRS:
            continue
        first = at
        while first and at - first < FAR and _tells(words[first - 1]):
            first -= 1
        which = words[first:at]
        before = set(words[max(0, first - 2) : first]) - {BREAK}
        if before & CUSTOMERS or not NO_COMPUTERS.isdisjoint(which):
            continue
        if word in THEIRS and not _is_own(word, which, before, waiting):
            continue
        yield Named(_name(which, word, before), said.starts[first], said.ends[at])


def _tells(word: str) -> bool:
    """Whether a word before a head may belong to its name."""
    if word == BREAK or is_number(word) or word in WAYS_IN:
        return False
    return (
        word in PLAIN
        or word in ALSO_TELL
        or (word not in LITTLE and word not in OWN and word not in CUSTOMERS)
    )


def _is_own(head: str, which: tuple[str, ...], before: set[str], waiting: bool) -> bool:
    """Whether the agent speaks of a screen or a tool as their own."""
    if head != "side" and (before & OWN or OWN.intersection(which)):
        return True
    return waiting and any(word not in PLAIN for word in which)


def _name(which: tuple[str, ...], head: str, before: set[str]) -> str:
    telling = [_singular(word) for word in which if word not in PLAIN]
    head = _singular(head)
    if telling:
        return " ".join((*telling, head))
    if NOT_NAMED & (before | set(which)):
        return "another system"
    return head


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and word not in KEPT_S and word[-2] not in "su":
        return word[:-1]
    return word
