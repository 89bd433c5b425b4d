"""The player: controls and the waveform of both sides, with where the evidence lies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qa_review.view.figures import clock
from qa_review.view.marks import Find
from qa_review.view.markup import Markup, data_block, el
from qa_review.view.sound import Sound

SPEEDS = ("0.75", "1", "1.25", "1.5", "1.75", "2")
KEYS = (
    ("Space", "play or pause"),
    ("\u2190 \u2192", "5 seconds back or on; with Shift 1 second"),
    ("j k", "next or previous turn"),
    ("n p", "next or previous quote in the call"),
    ("[ ]", "slower or faster"),
    ("f", "follow the sound or not"),
    ("s", "skip silence or not"),
)
ALWAYS = (("1 \u2013 9", "go to a behaviour"), ("t", "go to the transcript"),
          ("?", "show or close this"))  # fmt: skip


def player(sound: Sound) -> Markup:
    """Stays in sight while the page scrolls. Without script it is the browser's own player."""
    return el(
        "section",
        el("audio", el("a", "The sound of the call", href=sound.source) if sound.href else None,
           src=sound.source, controls=True, preload="auto", id="audio"),
        el("div", _controls(sound), _wave(sound), class_="deck needs-script"),
        class_="player", id="player", aria_label="Player",
    )  # fmt: skip


def _controls(sound: Sound) -> Markup:
    speeds = [
        el("option", f"{speed}\u00d7", value=speed, selected=speed == "1") for speed in SPEEDS
    ]
    return el(
        "div",
        el("button", "Play", type="button", id="play", class_="main"),
        el("span", el("span", "0:00", id="now"), " / ", clock(sound.duration_ms), class_="clock"),
        el("label", el("span", "Speed "), el("select", *speeds, id="speed")),
        el("label", el("input", type="checkbox", id="skip"), " Skip silence"),
        el("span", id="problem", class_="warning", role="status"),
        class_="controls",
    )


def _wave(sound: Sound) -> Markup:
    two = len(sound.peaks) == 2
    sides = ("Channel 1", "Channel 2") if sound.agent_channel is None else ("Agent", "Customer")
    names = sides if two else ()
    return el(
        "div",
        el("canvas", id="wave", aria_hidden="true"),
        el("input", type="range", id="seek", min=0, max=sound.duration_ms, value=0, step=100,
           aria_label="Position in the call"),
        *[el("span", name, class_=f"side side{i}", aria_hidden="true")
          for i, name in enumerate(names)],
        class_="wave two" if two else "wave",
    )  # fmt: skip


def shortcuts(plays: bool) -> Markup:
    """What the keys do, and the switch that turns them off."""
    rows = [
        el("tr", el("th", el("kbd", key), scope="row"), el("td", does))
        for key, does in ((*KEYS, *ALWAYS) if plays else (KEYS[2], *ALWAYS))
    ]
    return el(
        "dialog",
        el("h2", "Keyboard", id="keys-title"),
        el("table", el("tbody", *rows), class_="pairs"),
        el("p", el("label", el("input", type="checkbox", id="keys-on", checked=True),
                   " Single keys work on this page")),
        el("button", "Close", type="button", id="keys-close"),
        id="keys", aria_labelledby="keys-title",
    )  # fmt: skip


def page_data(sound: Sound | None, finds: Sequence[Find]) -> Markup:
    """What the script draws: peaks, and where the evidence lies."""
    evidence: list[dict[str, Any]] = [
        {
            "n": find.number,
            "b": find.place,
            "stance": find.evidence.stance,
            "from": find.evidence.quote.span.start_ms,
            "to": find.evidence.quote.span.end_ms,
        }
        for find in finds
        if find.evidence.quote.span
    ]
    return data_block(
        "data",
        {
            "duration": sound.duration_ms if sound else None,
            "peaks": sound.peaks if sound else (),
            "agent": sound.agent_channel if sound else None,
            "evidence": evidence,
        },
    )
