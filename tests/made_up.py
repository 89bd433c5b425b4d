"""Transcripts that Hypothesis makes up."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from qa_review.base.records import MadeBy
from qa_review.base.span import Span
from qa_review.capture.transcript import SPEAKERS, AgentIs, Dropped, Speaker, Transcript, Turn, Word

LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"))
WORD = st.text(LETTERS, min_size=1, max_size=9)
TEXT = st.lists(WORD, min_size=1, max_size=8).map(" ".join)
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
COUNT = st.integers(0, 99)


@st.composite
def words(draw: Any, start_ms: int = 0) -> list[Word]:
    """Words in a row, none overlapping the next."""
    made, at = [], start_ms
    for text in draw(st.lists(WORD, min_size=1, max_size=6)):
        at += draw(st.integers(0, 800))
        end = at + draw(st.integers(1, 900))
        chance = draw(st.none() | st.floats(0, 1))
        made.append(Word(text, Span(at, end), chance))
        at = end
    return made


@st.composite
def turns(draw: Any, *, timed: bool, plain: bool) -> tuple[Turn, ...]:
    """Turns as a transcript keeps them: sorted, one speaker's apart."""
    made: list[Turn] = []
    free: dict[Speaker, int] = dict.fromkeys(SPEAKERS, 0)
    for speaker in draw(st.lists(st.sampled_from(SPEAKERS), min_size=1, max_size=6)):
        start = free[speaker] + draw(st.integers(0, 3_000))
        kind = draw(st.sampled_from(["words", "span"] if timed else ["words", "span", "none"]))
        if kind == "words":
            made.append(Turn.of(speaker, draw(words(start))))
            free[speaker] = max(word.span.end_ms for word in made[-1].words)
        elif kind == "span":
            free[speaker] = start + draw(st.integers(1, 9_000))
            text = draw(TEXT if plain else ANY_TEXT)
            made.append(Turn(speaker, text, Span(start, free[speaker])))
        else:
            made.append(Turn(speaker, draw(TEXT)))
    if all(turn.span for turn in made):
        made.sort(key=lambda turn: (turn.span.start_ms, turn.span.end_ms) if turn.span else (0, 0))
    return tuple(made)


@st.composite
def transcripts(draw: Any, *, timed: bool = False, plain: bool = False) -> Transcript:
    """Any transcript; ``timed``: every turn has a time; ``plain``: no odd spaces in texts."""
    return Transcript(
        draw(TEXT),
        draw(st.sampled_from(["en", "es", "ja"])),
        draw(turns(timed=timed, plain=plain)),
        MadeBy(draw(TEXT), "1.2", draw(ANY_TEXT), draw(ANY_TEXT)),
        Dropped(draw(COUNT), draw(COUNT), draw(COUNT), draw(COUNT)),
        AgentIs(draw(TEXT), draw(st.floats(0, 1)), draw(st.none() | st.integers(0, 1))),
        draw(st.none() | st.integers(0, 10**8)),
    )
