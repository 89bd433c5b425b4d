"""Calls of ``tests/pairs``: pairs that differ in one turn, and courteous ones without substance."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from qa_review.capture.transcript import Transcript, Turn

FOLDER = Path(__file__).parent / "pairs"


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]


def said(name: str, turns: list[list[str]]) -> Transcript:
    return Transcript(name, "en", tuple(Turn(who, text) for who, text in turns))  # type: ignore[arg-type]


def pairs(name: str) -> Iterator[tuple[str, str, Transcript, Transcript]]:
    """Id, behaviour, the better call and the worse, which differ in one turn of the agent."""
    for one in lines(name):
        calls = [
            said(one["id"], [*one["before"], ["agent", one[which]], *one["after"]])
            for which in ("better", "worse")
        ]
        yield one["id"], one["behaviour"], *calls


def every_call() -> list[Transcript]:
    """All of them, each with a name of its own."""
    calls = []
    for name in ("natural", "confines"):
        for number, one in enumerate(lines(name)):
            for which in ("better", "worse"):
                turns = [*one["before"], ["agent", one[which]], *one["after"]]
                calls.append(said(f"{name}-{number}-{which}", turns))
    return calls + [said(one["id"], one["turns"]) for one in lines("courteous")]
