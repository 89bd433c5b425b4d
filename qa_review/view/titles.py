"""What a page says about a rubric: titles, anchors and meanings in place of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qa_review.base.errors import what_is


@dataclass(frozen=True, slots=True)
class BehaviourTitle:
    """One behaviour in words. ``anchors`` are the words of levels 1 to 5, in that order."""

    id: str
    title: str
    about: str = ""
    anchors: tuple[str, ...] = ()

    def anchor(self, level: int) -> str:
        """The words of ``level``; ``""`` where the rubric has none."""
        return self.anchors[level - 1] if 0 < level <= len(self.anchors) else ""


@dataclass(frozen=True, slots=True)
class Titles:
    """The words of one rubric. ``indicators`` maps an indicator's id to its meaning.

    Ids that the rubric lacks are shown as they are, so an old review can still be read.
    """

    behaviours: tuple[BehaviourTitle, ...] = ()
    indicators: Mapping[str, str] = field(default_factory=dict)

    def behaviour(self, behaviour: str) -> BehaviourTitle:
        """The words of one behaviour, by its id."""
        for known in self.behaviours:
            if known.id == behaviour:
                return known
        return BehaviourTitle(behaviour, what_is(behaviour).capitalize())

    def meaning(self, indicator: str) -> str:
        """What one indicator means, by its id."""
        return self.indicators.get(indicator) or what_is(indicator)
