"""Friction: what on a call made the customer wait, or say something twice.

Takes a :class:`Transcript`; makes :class:`Friction`, each with its quote, the system it was about
where one was named, and the time it cost. Nothing but the call itself is needed.

Kinds
-----
- ``look-up``: the agent asks the customer to wait while something is looked up, tested, loaded or
  written ("bear with me", "it's on another system", "still loading").
- ``hold``: the customer is put on hold, or waits while the agent rings somebody.
- ``transfer``: the customer is put through to somebody else.
- ``repeat``: the agent asks for something once more, or the customer says that they had said it
  ("as I said"), or gives a number or a short answer that they had given before. The quote is
  the agent's.
- ``silence``: nobody speaks for long, or for a while after the agent began to look.
- ``system``: the agent names a system, with no wait. It costs nothing and isn't counted among the
  frictions; it tells how many systems the agent needed.

At most one wait, one repeat and one naming of each system a turn; in a timed call "still
loading", said within a wait, is part of that wait.

Conventions
-----------
- The time lost to a wait is the silence that follows the phrase, up to where the matter goes on.
  Filler ("still loading"), short words of the customer and the pauses between them belong to it.
- The time lost to a repeat runs from the agent's asking to the end of the customer's answer.
- A call without times (a written dialogue) has frictions but no lost time: it is ``None``.
  A wait that cost nothing, since the agent went on at once, has 0.
- Stretches that overlap are counted once by :func:`lost_ms`.
- Time that was spent before the agent answered, or after the call, is not in the call and not here.

The phrases are data, in ``friction_words.toml``. ``docs/results.md`` tells how often they agree
with people; ``benchmarks/friction_quality.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from qa_review.base.records import MadeBy
from qa_review.base.span import Span, united
from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.friction_repeats import given_again
from qa_review.grade.friction_systems import Named, systems_in
from qa_review.grade.friction_waits import Waits
from qa_review.grade.friction_words import LANGUAGES, phrases_digest, phrases_in
from qa_review.grade.hits import Hit, Quotes

Kind = Literal["look-up", "hold", "transfer", "repeat", "silence", "system"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WAITS: tuple[Kind, ...] = ("transfer", "hold", "look-up")
"""of several in one turn the first is taken"""
SAID: dict[str, Kind] = {
    "transfer": "transfer", "hold": "hold", "look-up": "look-up", "slow": "look-up",
    "asks round": "look-up",
}  # fmt: skip
"""what each list of phrases tells of"""
AGAIN = {"number": "a number", "words": "an answer"}
VERSION = "2"
"""Changes when this file finds something else in the same call."""
LONGEST_REPEAT_MS = 30_000
"""A longer answer says more than what was repeated; no more than this is lost."""


@dataclass(frozen=True, slots=True)
class Friction:
    """One thing that slowed the call down.

    ``system`` is the name of the system that it was about, ``""`` where none was named. ``lost``
    is the stretch that was lost, ``None`` where none was; ``lost_ms`` is its length, 0 where the
    call went straight on, and ``None`` in a call without times. ``note`` says what the quote
    alone doesn't show.
    """

    kind: Kind
    quote: Quote
    system: str = ""
    lost_ms: int | None = None
    lost: Span | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a friction is one of {', '.join(KINDS)}, not {self.kind!r}")


def made_by() -> MadeBy:
    """What finds friction: its version, and a digest of its phrases."""
    return MadeBy("friction", VERSION, phrases_digest())


def lost_ms(frictions: Iterable[Friction]) -> int | None:
    """How much time was lost to all of them, in ms; what overlaps counts once.

    ``None`` when one of them has no time, since then the call has none; 0 when there are none.
    """
    frictions = tuple(frictions)
    if any(one.lost_ms is None for one in frictions):
        return None
    return sum(span.length_ms for span in united(one.lost for one in frictions if one.lost))


def systems_named(frictions: Iterable[Friction]) -> tuple[str, ...]:
    """The names of the systems, each once, in the order in which they were first named."""
    return tuple(dict.fromkeys(one.system for one in frictions if one.system))


def counted(frictions: Iterable[Friction]) -> tuple[Friction, ...]:
    """Those that slowed the call down: all but the bare naming of a system."""
    return tuple(one for one in frictions if one.kind != "system")


def friction_of(transcript: Transcript) -> tuple[Friction, ...] | None:
    """:func:`find_friction`; ``None`` in a language that its phrases don't cover."""
    language = transcript.language.partition("-")[0].lower()
    return find_friction(transcript) if language in ("", *LANGUAGES) else None


def find_friction(transcript: Transcript) -> tuple[Friction, ...]:
    """Every friction of a call, in the order of its turns."""
    finder = _Finder(transcript)
    found = [*_apart(finder.waits()), *finder.repeats()]
    found += finder.silences(found)
    found += finder.systems(found)
    return tuple(sorted(found, key=lambda one: (one.quote.turn, one.quote.start, one.kind)))


def _apart(waits: Iterable[Friction]) -> list[Friction]:
    """The waits without those that only say that an earlier one still goes on."""
    kept: list[Friction] = []
    for one in sorted(waits, key=lambda one: (one.quote.turn, one.quote.start)):
        said = one.quote.span
        if not said or not any(other.lost and other.lost & said for other in kept):
            kept.append(one)
    return kept


class _Finder:
    """Looks at one call; each method finds frictions of its kinds."""

    def __init__(self, transcript: Transcript) -> None:
        self.call = transcript
        self.quotes = Quotes(transcript)
        self.said: dict[str, list[Hit]] = {}
        for hit in phrases_in(transcript):
            self.said.setdefault(hit.indicator, []).append(hit)
        self.clock = Waits(transcript, self.said) if transcript.timed else None

    def waits(self) -> Iterator[Friction]:
        """Look-ups, holds and transfers; of several in one turn one."""
        taken: set[int] = set()
        for name, kind in SAID.items():
            for hit in self.said.get(name, ()):
                if hit.quote.turn not in taken:
                    taken.add(hit.quote.turn)
                    yield self.waited(kind, hit.quote)

    def waited(self, kind: Kind, quote: Quote, note: str = "") -> Friction:
        lost = self.clock.after(quote) if self.clock else None
        return self.made(kind, quote, lost, note, self.system_at(quote))

    def made(
        self, kind: Kind, quote: Quote, lost: Span | None, note: str = "", system: str = ""
    ) -> Friction:
        length = (lost.length_ms if lost else 0) if self.clock else None
        return Friction(kind, quote, system, length, lost, note)

    def named(self, turn: int, *, waiting: bool) -> tuple[Named, ...]:
        return systems_in(self.call.turns[turn].text, waiting=waiting)

    def system_at(self, quote: Quote) -> str:
        """The system that a wait is about: named in its words, else nearest to them."""
        named = self.named(quote.turn, waiting=True)
        if not named:
            return ""
        middle = (quote.start + quote.end) / 2
        return min(named, key=lambda one: abs((one.start + one.end) / 2 - middle)).name

    def repeats(self) -> Iterator[Friction]:
        """What the customer was asked for once more; one a turn of the agent."""
        found: dict[int, Friction] = {}
        for hit in self.said.get("repeat", ()):
            found[hit.quote.turn] = self.repeated(hit.quote, None, "")
        for hit in self.said.get("said before", ()):
            if hit.quote.turn not in found and self.spoke_before(hit.quote.turn):
                found[hit.quote.turn] = self.repeated(hit.quote, None, hit.note)
        says_so = {hit.quote.turn for hit in self.said.get("said so", ())}
        for again in given_again(self.call, says_so):
            if again.asked not in found:
                text = self.call.turns[again.asked].text.rstrip()
                quote = self.quotes.hit("", again.asked, len(text) - 1, len(text)).quote
                note = f"the customer gave {AGAIN[again.what]} that they had given before"
                found[again.asked] = self.repeated(quote, again.answered, note)
        yield from found.values()

    def spoke_before(self, turn: int) -> bool:
        """Whether the customer had said anything before this turn of the agent."""
        return any(turn.speaker == "customer" for turn in self.call.turns[:turn])

    def repeated(self, quote: Quote, answered: int | None, note: str) -> Friction:
        turns = self.call.turns
        if answered is None:
            later = range(quote.turn + 1, min(quote.turn + 3, len(turns)))
            answered = next((at for at in later if turns[at].speaker == "customer"), None)
        answer = turns[answered].span if answered is not None else None
        lost = quote.span
        if lost and answer and answer.end_ms > lost.start_ms:
            end = min(answer.end_ms, lost.start_ms + LONGEST_REPEAT_MS)
            lost = Span(lost.start_ms, max(end, lost.start_ms + 1))
        return self.made("repeat", quote, lost if self.clock else None, note)

    def silences(self, found: Iterable[Friction]) -> list[Friction]:
        """Silence after the agent began to look, and long silence, that no wait explains."""
        if not self.clock:
            return []
        taken = [one.lost for one in found if one.lost and one.kind != "repeat"]
        made: list[Friction] = []
        for hit in self.said.get("checks", ()):
            lost = self.clock.after(hit.quote, looking=True)
            if lost and not any(lost & other for other in taken):
                made.append(self.made("silence", hit.quote, lost, "", self.system_at(hit.quote)))
                taken.append(lost)
        for quote, lost in self.clock.long_silences():
            if not any(lost & other for other in taken):
                note = f"then nobody spoke for {lost.length_ms / 1000:.1f} s"
                made.append(self.made("silence", quote, lost, note))
        return made

    def systems(self, found: Iterable[Friction]) -> list[Friction]:
        """Systems that were named in no wait, each where it was named first."""
        waiting = {one.quote.turn for one in found if one.kind in WAITS}
        known = set(systems_named(found))
        made: list[Friction] = []
        for turn, _ in self.call.said_by("agent"):
            for named in self.named(turn, waiting=turn in waiting):
                if named.name not in known:
                    known.add(named.name)
                    quote = self.quotes.hit("", turn, named.start, named.end).quote
                    made.append(self.made("system", quote, None, "", named.name))
        return made
