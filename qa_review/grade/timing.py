"""How the call ran: who spoke when, for how long, over whom.

Takes a timed :class:`Transcript`; makes a :class:`Timing` and the evidence that only the
clock can show. Thresholds are the rubric's ``[timing]`` table.

Conventions
-----------
- Word times are used where there are any, else the turn's span.
- Speech of one speaker with less than ``JOINED_MS`` between is one stretch.
- Speaking over one another can only be told where each speaker was heard on their own: on a
  two-channel recording, or in a timed dialogue that was given, not heard.
- An interruption is the agent starting while the customer speaks, with more words than a
  backchannel, and the customer giving way soon after, with the sentence (as the engine
  punctuated it) not at its end. Other speaking over is talk-over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from qa_review.base.span import Span, shared_ms, united
from qa_review.capture.transcript import Speaker, Transcript, Turn
from qa_review.grade.evidence import Evidence
from qa_review.grade.hits import Hit, Quotes, evidence_of
from qa_review.grade.rubric import Rubric
from qa_review.grade.vocabulary import SETTINGS

JOINED_MS = 300
"""Gaps shorter than this lie inside one stretch of speech."""

WAITS = ("bear with", "one moment", "a moment", "hold", "a minute", "a second", "let me")
"""Said before a silence, these explain it; the rubric's list ``waits`` replaces them."""

ENDS = (".", "?", "!")

SIGN_WORDS = 2
"""The customer saying so few words doesn't end a monologue of the agent."""

GIVEN = ("given", "scripted")
"""Names of makers whose turns were written with their times, not told apart by ear."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How a call ran, from word times. Shares are in [0, 1], times in milliseconds.

    A figure that can't be told is ``None``: overlap on one channel, latency in a call with
    one speaker.
    """

    duration_ms: int
    agent_talk_share: float | None
    silence_share: float
    longest_silence_ms: int
    silences: int
    overlap_ms: int | None
    interruptions: int | None
    response_ms: int | None
    """median time from the customer's last word to the agent's first"""
    longest_monologue_ms: int
    agent_words_per_minute: float | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Speech of one speaker without a break worth the name: words ``first..last`` of a turn."""

    turn: int
    speaker: Speaker
    span: Span
    words: int
    start: int
    end: int
    """characters ``[start, end)`` of the turn's text"""
    closed: bool = False
    """the engine heard the end of a sentence there"""


@dataclass(frozen=True, slots=True)
class Clash:
    """The agent spoke over the customer for ``overlap_ms``; ``yielded`` when they gave way."""

    stretch: Stretch
    overlap_ms: int
    yielded: bool


def hears_both(transcript: Transcript) -> bool:
    """Whether speaking over one another can be told."""
    return transcript.agent_is.channel is not None or transcript.made_by.name in GIVEN


def stretches(transcript: Transcript) -> list[Stretch]:
    """All speech of known and unknown speakers, sorted by start."""
    found: list[Stretch] = []
    for number, turn in enumerate(transcript.turns):
        found.extend(_of_turn(number, turn))
    return sorted(found, key=lambda s: (s.span.start_ms, s.span.end_ms, s.turn))


def _of_turn(number: int, turn: Turn) -> Iterator[Stretch]:
    if turn.span is None:
        return
    if not turn.words:
        words = len(turn.text.split())
        closed = turn.text.rstrip().endswith(ENDS)
        yield Stretch(number, turn.speaker, turn.span, words, 0, len(turn.text), closed)
        return
    first = turn.words[0].span
    from_ms, to_ms = first.start_ms, first.end_ms
    offset, start, count = 0, 0, 0
    for word in turn.words:
        span = word.span
        if span.start_ms - to_ms >= JOINED_MS:
            closed = turn.text[start:offset].rstrip().endswith(ENDS)
            run = Span(from_ms, to_ms)
            yield Stretch(number, turn.speaker, run, count, start, offset - 1, closed)
            from_ms, to_ms, start, count = span.start_ms, span.end_ms, offset, 0
        if span.start_ms < from_ms:
            from_ms = span.start_ms
        if span.end_ms > to_ms:
            to_ms = span.end_ms
        count += 1
        offset += len(word.text) + 1
    closed = turn.text.rstrip().endswith(ENDS)
    run = Span(from_ms, to_ms)
    yield Stretch(number, turn.speaker, run, count, start, offset - 1, closed)


def clashes(
    speech: list[Stretch], backchannel_words: float, overlap_ms: float, cut_off_ms: float
) -> list[Clash]:
    """Each time the agent started while the customer was speaking, and not to say "mm"."""
    found: list[Clash] = []
    customer = [s for s in speech if s.speaker == "customer"]
    at = 0
    for own in (s for s in speech if s.speaker == "agent" and s.words > backchannel_words):
        while at < len(customer) and customer[at].span.end_ms <= own.span.start_ms:
            at += 1
        if at == len(customer):
            break
        other = customer[at]
        common = own.span & other.span
        if common is None or other.span.start_ms >= own.span.start_ms:
            continue
        if common.length_ms < overlap_ms or other.words <= backchannel_words:
            continue
        gave_way = other.span.end_ms <= own.span.start_ms + cut_off_ms
        yielded = gave_way and own.span.end_ms > other.span.end_ms and not other.closed
        found.append(Clash(own, common.length_ms, yielded))
    return found


def silent(heard: list[Span]) -> list[Span]:
    """What lies between spans that neither overlap nor touch."""
    return [Span(left.end_ms, right.start_ms) for left, right in pairwise(heard)]


def measure(transcript: Transcript, rubric: Rubric | None = None) -> Timing | None:
    """How the call ran; ``None`` when its turns have no times.

    Args:
        rubric: whose ``[timing]`` thresholds count silences and interruptions; the defaults
            of :data:`qa_review.grade.vocabulary.SETTINGS` without one.
    """
    if not transcript.timed:
        return None
    limits = _limits(rubric)
    speech = stretches(transcript)
    heard = united(s.span for s in speech)
    gaps = silent(heard)
    duration = max(transcript.duration_ms or 0, heard[-1].end_ms)
    agent = united(s.span for s in speech if s.speaker == "agent")
    customer = united(s.span for s in speech if s.speaker == "customer")
    talk = sum(span.length_ms for span in agent)
    both = talk + sum(span.length_ms for span in customer)
    over = clashes(speech, limits["backchannel_words"], limits["overlap_ms"], limits["cut_off_ms"])
    told = hears_both(transcript)
    words = sum(s.words for s in speech if s.speaker == "agent")
    return Timing(
        duration_ms=duration,
        agent_talk_share=talk / both if agent and customer else None,
        silence_share=max(0.0, 1 - sum(span.length_ms for span in heard) / duration),
        longest_silence_ms=max((gap.length_ms for gap in gaps), default=0),
        silences=sum(gap.length_ms > limits["silence_ms"] for gap in gaps),
        overlap_ms=shared_ms(agent, customer) if told else None,
        interruptions=sum(c.yielded for c in over) if told else None,
        response_ms=_response(speech),
        longest_monologue_ms=max((s.length_ms for s, _ in monologues(speech)), default=0),
        agent_words_per_minute=words / (talk / 60_000) if talk else None,
    )


def _limits(rubric: Rubric | None) -> dict[str, float]:
    defaults = SETTINGS["timing"]
    if rubric is None:
        return dict(defaults)
    return {name: rubric.setting(f"timing.{name}", value) for name, value in defaults.items()}


def _response(speech: list[Stretch]) -> int | None:
    """The median gap from the customer's last word to the agent's first after it, 0 or more."""
    gaps = [
        max(0, own.span.start_ms - other.span.end_ms)
        for other, own in pairwise(speech)
        if other.speaker == "customer" and own.speaker == "agent"
    ]
    return median_low(gaps) if gaps else None


def monologues(speech: list[Stretch]) -> Iterator[tuple[Span, Stretch]]:
    """Each run of the agent's speech that nobody enters with more than a sign of listening."""
    run: list[Stretch] = []
    for stretch in [*speech, None]:
        if stretch is not None and stretch.speaker == "agent":
            run.append(stretch)
            continue
        if stretch is not None and stretch.words <= SIGN_WORDS:
            continue
        if run:
            span = Span(run[0].span.start_ms, max(s.span.end_ms for s in run))
            yield span, run[0]
        run = []


class TimingFinder:
    """Finds the indicators of a rubric whose ``timing`` names one of ``EVENTS``."""

    name = "timing"

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self._limits = _limits(rubric)
        self._wanted: dict[str, list[str]] = {}
        for indicator in rubric.indicators:
            if "timing" in indicator.finders:
                self._wanted.setdefault(indicator.timing, []).append(indicator.id)

    def find(self, transcript: Transcript) -> tuple[Evidence, ...]:
        """Every piece of evidence in ``transcript``; none when its turns have no times."""
        return evidence_of(self.rubric, self.hits(transcript), self.name)

    def hits(self, transcript: Transcript) -> list[Hit]:
        """Every indicator found, the neutral ones too."""
        if not self._wanted or not transcript.timed:
            return []
        speech = stretches(transcript)
        quotes = Quotes(transcript)
        found: list[Hit] = []
        for event, stretch, note in self._events(transcript, speech):
            turn, start, end = stretch.turn, stretch.start, stretch.end
            if transcript.turns[turn].text[start:end].strip():
                for indicator in self._wanted.get(event, ()):
                    found.append(quotes.hit(indicator, turn, start, end, note))
        return found

    def _explained(self, transcript: Transcript, before: Stretch) -> bool:
        """Whether the words before a silence ask for it ("bear with me")."""
        text = transcript.turns[before.turn].text[before.start : before.end].lower()
        return any(phrase in text for phrase in self.rubric.lists.get("waits", WAITS))

    def _events(
        self, transcript: Transcript, speech: list[Stretch]
    ) -> Iterator[tuple[str, Stretch, str]]:
        limits = self._limits
        if hears_both(transcript):
            for clash in clashes(
                speech, limits["backchannel_words"], limits["overlap_ms"], limits["cut_off_ms"]
            ):
                kind = "interrupts" if clash.yielded else "talks_over"
                yield kind, clash.stretch, f"spoke over the customer for {_s(clash.overlap_ms)}"
        ended = {s.span.end_ms: s for s in speech}
        for gap in silent(united(s.span for s in speech)):
            if gap.length_ms > limits["long_silence_ms"] and not self._explained(
                transcript, ended[gap.start_ms]
            ):
                last = ended[gap.start_ms]
                yield "long_silence", last, f"then nobody spoke for {_s(gap.length_ms)}"
        for span, first in monologues(speech):
            if span.length_ms > limits["monologue_ms"]:
                yield "monologue", first, f"spoke for {_s(span.length_ms)} without a pause"


def _s(length_ms: int) -> str:
    return f"{length_ms / 1000:.1f} s"
