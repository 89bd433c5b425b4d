"""How long the customer waited after a phrase that asks them to.

Takes a timed transcript and the phrases said in it; makes stretches of waiting.

Conventions
-----------
- Speech is that of :func:`qa_review.grade.timing.stretches`. A pause shorter than ``PAUSE_MS`` is
  talk, not waiting.
- A wait begins with the first pause at or soon after its phrase, and goes on over later pauses as
  long as nothing but filler and a few words of the customer lie between. It ends with its last
  pause.
- A pause after a question of the agent that the customer then answers is the customer's to think.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from qa_review.base.span import Span, united
from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.hits import Hit
from qa_review.grade.timing import Stretch, silent, stretches

PAUSE_MS = 2_000
LOOKING_MS = 4_000
"""A pause this long after "let me check" is friction; a shorter one is how people talk."""
LONG_MS = 10_000
"""A silence this long is friction with no phrase before it."""
SOON_MS = 10_000
"""The first pause begins at most so long after the phrase."""
CUSTOMER_WORDS = 12
"""The customer may say so much while they wait ("take your time, I've got a brew here")."""
FILLER_WORDS = 4
"""The agent saying so little ("okay", "right then") doesn't end a wait that goes on."""


class Waits:
    """The pauses of one call, and who speaks between them."""

    def __init__(self, transcript: Transcript, said: Mapping[str, Sequence[Hit]]) -> None:
        self._transcript = transcript
        self._speech = stretches(transcript)
        self._starts = [one.span.start_ms for one in self._speech]
        self._ended = {one.span.end_ms: one for one in self._speech}
        heard = united(one.span for one in self._speech)
        self._pauses = [gap for gap in silent(heard) if gap.length_ms >= PAUSE_MS]
        self._begins = [gap.start_ms for gap in self._pauses]
        self._filler = _spans(said.get("filler", ()))
        self._back = _spans(said.get("back", ()))

    def after(self, quote: Quote, *, looking: bool = False) -> Span | None:
        """The wait that a phrase asked for; ``None`` when the talk went straight on.

        Args:
            looking: the phrase only says that the agent is looking; then the wait is one pause
                of ``LOOKING_MS`` or more.
        """
        if quote.span is None:
            return None
        at = bisect_left(self._begins, quote.span.start_ms)
        latest = quote.span.end_ms + (PAUSE_MS if looking else SOON_MS)
        while at < len(self._pauses) and self._pauses[at].start_ms <= latest:
            first = self._pauses[at]
            if not self._to_think(first):
                if looking:
                    return first if first.length_ms >= LOOKING_MS else None
                return Span(first.start_ms, self._end(at))
            at += 1
        return None

    def _end(self, at: int) -> int:
        """Where the wait ends that begins with pause number ``at``."""
        for before, after in zip(self._pauses[at:], self._pauses[at + 1 :], strict=False):
            if not self._goes_on(before, after):
                return before.end_ms
        return self._pauses[-1].end_ms

    def _goes_on(self, before: Span, after: Span) -> bool:
        """Whether only filler lies between two pauses."""
        words = 0
        for one in self._between(before.end_ms, after.start_ms):
            if one.speaker == "agent":
                if _among(one, self._back):
                    return False
                if one.words > FILLER_WORDS and not _among(one, self._filler):
                    return False
            else:
                words += one.words
        return words <= CUSTOMER_WORDS

    def _between(self, start_ms: int, end_ms: int) -> list[Stretch]:
        first, last = bisect_left(self._starts, start_ms), bisect_left(self._starts, end_ms)
        return self._speech[first:last]

    def _to_think(self, pause: Span) -> bool:
        """Whether the agent had asked something and the customer speaks next."""
        last = self._ended[pause.start_ms]
        following = bisect_left(self._starts, pause.end_ms)
        if last.speaker != "agent" or following == len(self._speech):
            return False
        said = self._transcript.turns[last.turn].text[last.start : last.end]
        asks = said.rstrip().endswith("?")
        return asks and self._speech[following].speaker == "customer"

    def long_silences(self) -> Iterator[tuple[Quote, Span]]:
        """Each silence of ``LONG_MS`` or more with the last words before it."""
        for pause in self._pauses:
            last = self._ended[pause.start_ms]
            text = self._transcript.turns[last.turn].text
            if pause.length_ms >= LONG_MS and text[last.start : last.end].strip():
                yield self._transcript.quote(last.turn, last.start, last.end), pause


def _spans(hits: Sequence[Hit]) -> list[tuple[int, int, int]]:
    return [(hit.quote.turn, hit.quote.start, hit.quote.end) for hit in hits]


def _among(one: Stretch, places: Sequence[tuple[int, int, int]]) -> bool:
    """Whether a stretch of speech holds one of these places."""
    return any(
        turn == one.turn and start < one.end and one.start < end for turn, start, end in places
    )
