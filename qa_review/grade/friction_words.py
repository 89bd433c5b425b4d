"""The phrases that tell of friction.

Takes ``friction_words.toml``, which ships beside this file; finds its phrases in a transcript.
Matching is on the normalised copy of what was said, so that lower case, lost punctuation and lost
apostrophes make no difference. The list ``<span>`` ("two minutes") is every entry of the list
``<few>`` with every one of ``<short>``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from qa_review.base.records import digest
from qa_review.base.resources import PACKAGE
from qa_review.capture.transcript import Transcript
from qa_review.grade.hits import Hit
from qa_review.grade.pattern import Pattern, compiled
from qa_review.grade.rubric import Example, Indicator, Rubric
from qa_review.grade.spacy import PatternFinder

FILE = PACKAGE / "grade" / "friction_words.toml"
LANGUAGES = ("en",)


def phrases_digest() -> str:
    """Changes when any phrase does."""
    return digest(FILE.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def vocabulary() -> Rubric:
    """The kinds of ``friction_words.toml`` as indicators that nothing is scored by.

    Raises:
        PatternError, KeyError, TOMLDecodeError: the file that ships is broken.
    """
    values = tomllib.loads(FILE.read_text(encoding="utf-8"))
    lists = {name: tuple(listed) for name, listed in values["lists"].items()}
    lists["span"] = tuple(" ".join(two) for two in product(lists["few"], lists["short"]))
    kinds = tuple(_kind(kind, lists) for kind in values["kinds"])
    version = str(values["version"])
    return Rubric("friction", version, "Friction", LANGUAGES, (), kinds, digest=phrases_digest())


def _kind(kind: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> Indicator:
    def patterns(key: str) -> tuple[Pattern, ...]:
        return tuple(compiled(text, lists) for text in kind.get(key, ()))

    def examples(key: str) -> tuple[Example, ...]:
        given = kind.get(key, ())
        return tuple(Example(agent=e) if isinstance(e, str) else Example(**e) for e in given)

    return Indicator(
        kind["id"],
        meaning=kind["id"],
        says=kind["id"],
        speaker=kind.get("speaker", "agent"),
        patterns=patterns("patterns"),
        reply=patterns("reply"),
        unless=patterns("unless"),
        met=examples("met"),
        not_met=examples("not_met"),
    )


@lru_cache(maxsize=1)
def _matcher() -> PatternFinder:
    return PatternFinder(vocabulary())


def phrases_in(transcript: Transcript) -> list[Hit]:
    """Each phrase of friction with its kind, at most one of a kind a turn, in order of turns."""
    return sorted(_matcher().hits(transcript), key=lambda hit: (hit.quote.turn, hit.quote.start))
