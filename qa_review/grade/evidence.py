"""What a call shows about the agent's conduct, piece by piece.

A finder takes a transcript and a rubric and makes evidence; each piece is a quote with the
indicator it carries and whether it speaks for or against a behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from qa_review.capture.transcript import Quote, Transcript

Stance = Literal["for", "against"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One quote that speaks for or against one behaviour.

    ``finder`` names what found it; ``weight`` in (0, 1] is how sure that finder is of this
    kind of find.
    """

    behaviour: str
    indicator: str
    stance: Stance
    quote: Quote
    finder: str
    weight: float = 1.0
    note: str = ""
    """What the quote alone doesn't show, such as "spoke over the customer for 1.2 s"."""
    moves: float = 0.0
    """By how much of a level the behaviour's value would fall (or rise, below 0) without it;
    0 where the scorer does not tell."""


class Finder(Protocol):
    """Looks for evidence of some kind; the same transcript gives the same evidence."""

    @property
    def name(self) -> str: ...

    def find(self, transcript: Transcript) -> Iterable[Evidence]:
        """Every piece of evidence in ``transcript``, in the order of its turns."""
        ...
