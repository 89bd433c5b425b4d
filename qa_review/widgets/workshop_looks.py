"""What a workshop shows, as plain values: a draft's parts, its problems, and what an edit does.

A draft that breaks the rules is shown too, so its parts are read from the TOML as they stand.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from qa_review.base.errors import RubricError
from qa_review.capture.transcript import Quote, Transcript
from qa_review.grade.preview import Difference, Moved, Piece, Preview, Ran
from qa_review.grade.rubric import Example, Rubric
from qa_review.grade.rules import AGAINST_POINTS, FOR_POINTS
from qa_review.grade.scores import Score
from qa_review.grade.tomlkit import line_of
from qa_review.widgets.workshop_rubrics import rubric_in

KINDS = ("behaviours", "indicators")
TEXTS = ("title", "about", "not_observed", "meaning", "says", "no_examples", "place", "speaker")
LISTS = ("for", "against", "patterns", "reply", "unless", "finders")
_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")
_SHOWN_PROBLEMS = 200


def values_of(text: str) -> dict[str, Any] | None:
    """The file's values; ``None`` when it isn't TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def problems_of(text: str) -> list[dict[str, Any]]:
    """Every problem of a draft, with what it is about and the line where that stands."""
    try:
        rubric_in(text)
    except RubricError as error:
        return [_problem(text, one) for one in error.problems[:_SHOWN_PROBLEMS]]
    return []


def _problem(text: str, said: str) -> dict[str, Any]:
    place = _LINE.search(said)
    if said.startswith("not TOML"):
        line = int(place[1]) if place else text.count("\n") + 1
        return {"where": "", "text": said, "line": line, "column": int(place[2]) if place else 1}
    where, _, what = said.partition(": ")
    return {"where": where, "text": what, "line": line_of(text, where) or 1, "column": 1}


def outline(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The behaviours and indicators of a draft, each with whether the draft changed it."""
    made: dict[str, list[dict[str, Any]]] = {}
    for kind in KINDS:
        before = {one.get("id"): one for one in _tables(base, kind)}
        made[kind] = [
            {
                "id": _said(one, "id"),
                "title": _said(one, "title") or _said(one, "meaning") or _said(one, "id"),
                "state": "new" if one.get("id") not in before
                else "edited" if before[one.get("id")] != one else "",
            }
            for one in _tables(values, kind)
        ]  # fmt: skip
    return made


def item(values: Mapping[str, Any], kind: str, name: str) -> dict[str, Any] | None:
    """One behaviour or indicator, for its form; ``None`` when there is none of that name."""
    table = next((one for one in _tables(values, kind) if one.get("id") == name), None)
    if table is None:
        return None
    made: dict[str, Any] = {"kind": kind, "id": name}
    made |= {key: _said(table, key) for key in TEXTS}
    made |= {key: _texts(table, key) for key in LISTS}
    made["weight"] = table.get("weight")
    if kind == "behaviours":
        anchors = table.get("anchors", {})
        made["anchors"] = [_said(anchors, str(level)) for level in range(1, 6)]
        made["start"] = table.get("start")
        made["signs"] = _signs(values, table)
    else:
        made |= {key: list(map(_example, table.get(key, ()))) for key in ("met", "not_met")}
        made["looks"] = _said(table, "relation") or _said(table, "timing")
    return made


def _signs(values: Mapping[str, Any], behaviour: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The indicators that speak to a behaviour, with the points that each is worth to it."""
    points = behaviour.get("points", {})
    made = []
    for one in _tables(values, "indicators"):
        for side, default in (("for", FOR_POINTS), ("against", AGAINST_POINTS)):
            if behaviour.get("id") in _texts(one, side):
                made.append(
                    {
                        "id": _said(one, "id"), "meaning": _said(one, "meaning"), "side": side,
                        "points": points.get(_said(one, "id")), "default": default,
                    }
                )  # fmt: skip
    return made


def _tables(values: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    found = values.get(kind, [])
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _said(table: Any, key: str) -> str:
    found = table.get(key, "") if isinstance(table, dict) else ""
    return found if isinstance(found, str) else str(found)


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    found = table.get(key, [])
    return [str(one) for one in found] if isinstance(found, list) else []


def _example(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {"agent": str(value), "customer": "", "then": "", "timed": []}
    made: dict[str, Any] = {key: _said(value, key) for key in ("agent", "customer", "then")}
    return {**made, "timed": _texts(value, "timed")}


def example_value(given: Mapping[str, str]) -> str | dict[str, str]:
    """An example as the file has it: what the agent says, or who says what."""
    told = {key: given[key].strip() for key in ("customer", "agent", "then") if given.get(key)}
    return told["agent"] if set(told) == {"agent"} else told


# --- what an edit does ---------------------------------------------------------------------------


def ran(one: Ran) -> dict[str, Any]:
    """An example that was run."""
    example = one.example
    said = " / ".join(example.timed) or example.agent
    return {
        "indicator": one.indicator, "key": "met" if one.met else "not_met", "number": one.number,
        "customer": example.customer, "said": said, "then": example.then, "found": one.found,
        "holds": one.holds, "problem": one.problem,
    }  # fmt: skip


def broken(runs: Iterable[Ran]) -> list[str]:
    """Each example that doesn't hold, in words."""
    return [
        f"indicators.{one.indicator}.{'met' if one.met else 'not_met'}[{one.number + 1}]: "
        + (one.problem or f"{one.indicator} is {'found' if one.found else 'not found'} in "
           f"{one.example.agent or ' / '.join(one.example.timed)!r}")
        for one in runs
        if not one.holds
    ]  # fmt: skip


def difference(
    found: Difference, said: Transcript, before: Rubric, after: Rubric
) -> dict[str, Any]:
    """What differs on one call, with the turns that it is about."""
    turns = sorted({piece.quote.turn for piece in found.pieces})
    titles = {one.id: one.title for one in (*before.behaviours, *after.behaviours)}
    meanings = {one.id: one.meaning for one in (*before.indicators, *after.indicators)}
    return {
        "call": found.call_id,
        "moved": [_moved(one, titles) for one in found.moved],
        "pieces": [_piece(one, titles, meanings) for one in found.pieces],
        "turns": {str(number): _turn(said, number) for number in turns},
        "overall": [found.before.value, found.after.value],
    }


def _moved(one: Moved, titles: Mapping[str, str]) -> dict[str, Any]:
    return {
        "behaviour": one.behaviour, "title": titles[one.behaviour],
        "before": _level(one.before), "after": _level(one.after),
        "reason": one.after.reason if one.after else "",
    }  # fmt: skip


def _level(score: Score | None) -> dict[str, Any] | None:
    return None if score is None else {"level": score.level, "open": score.abstained}


def _piece(one: Piece, titles: Mapping[str, str], meanings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "behaviour": one.behaviour, "title": titles[one.behaviour], "indicator": one.indicator,
        "meaning": meanings[one.indicator], "stance": one.stance, **_place(one.quote),
        "note": one.note, "appears": one.appears, "found": one.found, "shown": one.shown,
    }  # fmt: skip


def _place(quote: Quote) -> dict[str, Any]:
    return {"turn": quote.turn, "start": quote.start, "end": quote.end, "text": quote.text}


def _turn(said: Transcript, number: int) -> dict[str, Any]:
    turn = said.turns[number]
    start = turn.span.start_ms if turn.span else None
    return {"speaker": turn.speaker, "text": turn.text, "from": start}


def tried(
    preview: Preview, after: Rubric | None, example: Example, before: Rubric
) -> list[dict[str, Any]]:
    """The indicators found in a sentence, before and after the edit; what differs comes first."""
    old = {hit.indicator: hit for hit in preview.signs(before, example)}
    new = {hit.indicator: hit for hit in preview.signs(after, example)} if after else old
    known = {one.id: one for one in (*before.indicators, *(after.indicators if after else ()))}
    made = []
    for name, hit in {**old, **new}.items():
        made.append(
            {
                "indicator": name, "meaning": known[name].meaning, "for": known[name].supports,
                "against": known[name].speaks_against, "quote": hit.quote.text, "note": hit.note,
                "before": name in old, "after": name in new,
            }
        )  # fmt: skip
    return sorted(made, key=lambda one: one["before"] == one["after"])
