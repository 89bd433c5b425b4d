"""What stands behind a screen: it answers what the browser asks.

A driver knows no notebook and no browser, so that everything it does is tested without either.
Each ask has a name and what is given with it, as JSON; the answer is JSON with bytes beside it.
An ask that is sent twice is done once (:mod:`qa_review.widgets.anywidget`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from qa_review.base.errors import UnknownName

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser gets: plain JSON values, and bytes that are sent as they are."""

    content: Any = None
    buffers: tuple[bytes, ...] = ()


class Driver(Protocol):
    """Answers the asks of one screen, or of one part of it."""

    def answer(self, ask: str, given: Given) -> Answer:
        """What the browser is told.

        Raises:
            QAReviewError, ValueError, OSError: told to the person, in these words.
        """
        ...


def dispatch(asks: Mapping[str, Callable[..., Answer]], ask: str, given: Given) -> Answer:
    """The answer of the function that ``ask`` names, called with what was given.

    Raises:
        UnknownName: there is no such ask.
    """
    if ask not in asks:
        raise UnknownName("ask", ask, asks)
    return asks[ask](**given)


def passed_on(part: Driver, ask: str, given: Given) -> Answer:
    """The answer of a part of a screen to an ask with the part's name in front."""
    return part.answer(ask.partition(".")[2], given)
