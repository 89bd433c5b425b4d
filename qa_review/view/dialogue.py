"""The transcript: who said what and when, with the evidence marked in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa_review.capture.transcript import Transcript, Turn
from qa_review.keep.reviews import Review
from qa_review.view.figures import clock, counted, seconds
from qa_review.view.marks import Find, doubtful, marked
from qa_review.view.markup import Markup, el, heard

SPEAKERS = {"agent": "Agent", "customer": "Customer", "unknown": "Speaker unknown"}
OTHER = {"agent": "agent", "customer": "customer", "unknown": "other speaker"}
LONG_SILENCE_MS = 5_000
OVERLAP_MS = 300
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")


def dialogue(review: Review, finds: Sequence[Find], names: Sequence[str], plays: bool) -> Markup:
    """The whole transcript with what filters and follows it."""
    turns = list(_turns(review.transcript, finds, names, plays))
    return el(
        "section",
        el("div", el("h2", "Transcript", id="talk-title"), _tools(finds, names, plays),
           class_="talk-head"),
        _legend(review),
        el("p", class_="quiet shown", role="status", id="shown"),
        _scroller(turns, review.transcript),
        class_="talk", id="talk", tabindex="-1", aria_labelledby="talk-title",
    )  # fmt: skip


def _scroller(turns: Sequence[Markup], transcript: Transcript) -> Markup:
    if not turns:
        return el("p", "Nobody said a word that could be kept.", class_="quiet")
    language = transcript.language if LANGUAGE.fullmatch(transcript.language) else None
    return el("div", el("ol", *turns, class_="turns", lang=language), class_="scroller",
              id="scroller", tabindex="0", role="group", aria_label="Turns")  # fmt: skip


def _tools(finds: Sequence[Find], names: Sequence[str], plays: bool) -> Markup:
    options = [el("option", "All turns", value="")]
    for place, name in enumerate(names):
        quotes = counted(sum(find.place == place for find in finds), "quote")
        options.append(el("option", f"{name} ({quotes})", value=place))
    choose = el("label", el("span", "Show "), el("select", *options, id="filter"))
    follow = el("label", el("input", type="checkbox", id="follow", checked=True),
                " Follow the sound") if plays else None  # fmt: skip
    return el("div", choose, follow, class_="tools needs-script")


def _legend(review: Review) -> Markup:
    call, said = review.call, {turn.speaker for turn in review.transcript.turns}
    known = {"agent": call.agent, "customer": call.customer, "unknown": None}
    people = [
        el("span", el("span", SPEAKERS[who], class_="name"),
           (heard(known[who]) if known[who] else None), class_=f"person {who}")
        for who in SPEAKERS if who in said
    ]  # fmt: skip
    if any(True for turn in review.transcript.turns for _ in doubtful(turn)):
        word = el("span", "word", class_="doubt")
        people.append(el("span", word, " the engine was unsure of it", class_="person"))
    return el("p", *people, class_="legend")


def _turns(
    transcript: Transcript, finds: Sequence[Find], names: Sequence[str], plays: bool
) -> Iterator[Markup]:
    by_turn: dict[int, list[Find]] = {}
    for find in finds:
        by_turn.setdefault(find.evidence.quote.turn, []).append(find)
    last, ended_ms = None, 0
    for number, turn in enumerate(transcript.turns):
        ours = by_turn.get(number, [])
        yield el(
            "li",
            _pause(turn, ended_ms),
            el("div", el("span", SPEAKERS[turn.speaker], class_="name"), _at(turn, plays),
               _overlap(turn, last), class_="who"),
            el("p", marked(turn, ours, names), class_="said", dir="auto"),
            class_=f"turn {turn.speaker}",
            id=f"t{number}",
            data_from=turn.span and turn.span.start_ms,
            data_to=turn.span and turn.span.end_ms,
            data_b=" ".join(map(str, sorted({find.place for find in ours}))),
        )  # fmt: skip
        last, ended_ms = turn, max(ended_ms, turn.span.end_ms if turn.span else 0)


def _at(turn: Turn, plays: bool) -> Markup | None:
    if turn.span is None:
        return None
    at = clock(turn.span.start_ms)
    if not plays:
        return el("span", at, class_="at")
    return el("button", el("span", "Play from ", class_="heard-only"), at, type="button",
              class_="at")  # fmt: skip


def _pause(turn: Turn, ended_ms: int) -> Markup | None:
    """A line that says how long nobody had spoken, since ``ended_ms``, before this turn."""
    silent = turn.span.start_ms - ended_ms if turn.span else 0
    if silent < LONG_SILENCE_MS:
        return None
    return el("p", f"{seconds(silent)} without speech", class_="pause")


def _overlap(turn: Turn, last: Turn | None) -> Markup | None:
    """How long this turn ran over the one before."""
    if last is None or turn.span is None or last.span is None or last.speaker == turn.speaker:
        return None
    common = turn.span & last.span
    if common is None or common.length_ms < OVERLAP_MS:
        return None
    return el("span", f"{seconds(common.length_ms)} over the {OTHER[last.speaker]}", class_="over")
