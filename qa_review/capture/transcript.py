"""Who said what, and when.

Conventions
-----------
- Times are whole milliseconds from the start of the recording.
- Turns are sorted by start. Turns of different speakers may overlap; two turns of one
  speaker don't.
- ``Turn.text`` is what was heard and is never normalised. Matching normalises a copy.
- Where words are known, ``Turn.text`` is their texts joined by single spaces, so that a
  stretch of characters always leads to words and their times.
- Speakers are ``"agent"``, ``"customer"`` or ``"unknown"``, never a person's name.
- A written dialogue has no times: its turns have ``span=None`` and no words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from qa_review.base.errors import QuoteNotFound
from qa_review.base.records import MadeBy
from qa_review.base.span import Span

Speaker = Literal["agent", "customer", "unknown"]
SPEAKERS: tuple[Speaker, ...] = ("agent", "customer", "unknown")


@dataclass(frozen=True, slots=True)
class Word:
    """One word as the engine wrote it, punctuation attached, with its time.

    ``probability`` is the engine's own, in [0, 1]; ``None`` when it gives none.
    """

    text: str
    span: Span
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said until somebody else took over."""

    speaker: Speaker
    text: str
    span: Span | None = None
    words: tuple[Word, ...] = ()

    def __post_init__(self) -> None:
        if self.speaker not in SPEAKERS:
            raise ValueError(f"a speaker is one of {', '.join(SPEAKERS)}, not {self.speaker!r}")

    @classmethod
    def of(cls, speaker: Speaker, words: Iterable[Word]) -> Turn:
        """The turn that these words make, in the order given."""
        words = tuple(words)
        text = " ".join(word.text for word in words)
        start = min(word.span.start_ms for word in words)
        end = max(word.span.end_ms for word in words)
        return cls(speaker, text, Span(start, end), words)

    def span_of(self, start: int, end: int) -> Span | None:
        """When the characters ``[start, end)`` of the text were said.

        Without words the turn's own span; ``None`` when the turn has no times.
        """
        if not self.words:
            return self.span
        said, offset = None, 0
        for word in self.words:
            if offset < end and offset + len(word.text) > start:
                said = word.span if said is None else said | word.span
            offset += len(word.text) + 1
        return said or self.span


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that were said: characters ``[start, end)`` of one turn.

    Made by :meth:`Transcript.quote` and :meth:`Transcript.locate` only, so a quote that
    exists was said.
    """

    turn: int
    text: str
    start: int
    end: int
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Dropped:
    """Words that the engine wrote and that were left out, by reason."""

    no_speech: int = 0
    """lay on no speech energy"""
    repeated: int = 0
    """repeated in a loop"""
    invented: int = 0
    """had the marks of an invention: no-speech probability, compression ratio, stock line"""
    bleed: int = 0
    """the other speaker, faintly heard on this channel"""

    @property
    def total(self) -> int:
        return self.no_speech + self.repeated + self.invented + self.bleed

    def __add__(self, other: Dropped) -> Dropped:
        return Dropped(
            self.no_speech + other.no_speech,
            self.repeated + other.repeated,
            self.invented + other.invented,
            self.bleed + other.bleed,
        )


@dataclass(frozen=True, slots=True)
class AgentIs:
    """How it was decided which speaker is the agent.

    ``confidence`` is in [0, 1]; 1 when it was stated, not decided. ``channel`` counts from
    0 and is ``None`` for one-channel sound and for written dialogues.
    """

    reason: str
    confidence: float
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """A call in words."""

    call_id: str
    language: str
    turns: tuple[Turn, ...]
    made_by: MadeBy = field(default_factory=lambda: MadeBy("given", "1"))
    dropped: Dropped = Dropped()
    agent_is: AgentIs = AgentIs("stated in the transcript", 1.0)
    duration_ms: int | None = None

    @property
    def timed(self) -> bool:
        """Whether every turn has a time."""
        return bool(self.turns) and all(turn.span for turn in self.turns)

    @property
    def words(self) -> int:
        """How many words were said by anyone."""
        return sum(len(turn.text.split()) for turn in self.turns)

    def said_by(self, speaker: Speaker) -> Iterator[tuple[int, Turn]]:
        """The turns of one speaker with their numbers."""
        return ((i, turn) for i, turn in enumerate(self.turns) if turn.speaker == speaker)

    def quote(self, turn: int, start: int, end: int) -> Quote:
        """The quote of characters ``[start, end)`` of turn number ``turn``."""
        if not 0 <= turn < len(self.turns):
            raise QuoteNotFound(f"{self.call_id} has turns 0 to {len(self.turns) - 1}, not {turn}")
        said = self.turns[turn]
        if not 0 <= start < end <= len(said.text):
            raise QuoteNotFound(
                f"turn {turn} of {self.call_id} has {len(said.text)} characters, not {start}..{end}"
            )
        return Quote(turn, said.text[start:end], start, end, said.span_of(start, end))

    def locate(self, words: str, *, speaker: Speaker | None = None) -> Quote:
        """The first quote with these words, letter for letter but for case.

        Raises:
            QuoteNotFound: nobody (or not ``speaker``) said that.
        """
        # not casefold().find(): folding a text can change its length and so move the quote
        wanted = re.compile(re.escape(words.strip()), re.IGNORECASE)
        for number, turn in enumerate(self.turns):
            found = wanted.search(turn.text) if wanted.pattern else None
            if found and speaker in (None, turn.speaker):
                return self.quote(number, found.start(), found.end())
        raise QuoteNotFound(f"nobody on {self.call_id} said {words!r}")
