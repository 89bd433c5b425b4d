"""Rated conversations: what was said, the levels given, and the indicators of each turn.

A gold folder holds ``conversations.jsonl``, ``ratings.jsonl`` and ``turn_labels.jsonl`` in the
form of ``benchmarks/gold``. A conversation may say where its text lies instead of holding it
(``source``, ``source_id``), for texts that may not be copied; it is left out where that file
is not to be had.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.evidence import Evidence
from qa_review.grade.finders import finders, word_finders
from qa_review.grade.rubric import Rubric
from qa_review.grade.turns import bare

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
FOLDERS = (SHARED / "gold", ROOT / "benchmarks" / "gold")
Level = int | None
Matrix = NDArray[np.float64]


@dataclass
class Rated:
    """One conversation with what its raters said of it and what the finders saw in it."""

    pack: str
    style: str
    transcript: Transcript
    levels: dict[str, Level]
    """of the first rater"""
    others: list[dict[str, Level]]
    """of the other raters"""
    deciding: dict[str, list[int]]
    """for each behaviour the turns that decided its level"""
    labels: dict[int, set[str]] | None
    """indicators of each turn of the agent; ``None`` where nobody labelled them"""
    promises: set[int]
    evidence: list[Evidence] = field(default_factory=list)
    bare: list[Evidence] = field(default_factory=list)
    """what the finders of words see in the bare words"""


def lines(path: Path) -> Iterator[dict]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file if line.strip())


def read(folder: Path, rubric: Rubric, elsewhere: Path = SHARED) -> list[Rated]:
    """Every conversation of a gold folder, with the evidence that the finders see."""
    looking, words = finders(rubric), word_finders(rubric)
    names = [behaviour.id for behaviour in rubric.behaviours]
    ratings: dict[str, list[dict]] = defaultdict(list)
    for rating in lines(folder / "ratings.jsonl"):
        ratings[rating["id"]].append(rating)
    labels = {
        one["id"]: {int(turn): set(found) for turn, found in one["labels"].items()}
        for one in lines(folder / "turn_labels.jsonl")
    }
    rated = []
    for one in lines(folder / "conversations.jsonl"):
        turns = one.get("turns") or _lent(one, elsewhere)
        if turns is None or one["id"] not in ratings:
            continue
        said = tuple(Turn(turn["speaker"], turn["text"]) for turn in turns)
        transcript = Transcript(one["id"], "en", said)
        first, *others = ratings[one["id"]]
        rated.append(
            Rated(
                one["pack"],
                one["style"],
                transcript,
                {name: first[name] for name in names},
                [{name: other[name] for name in names} for other in others],
                first.get("evidence", {}),
                labels.get(one["id"]),
                {promise["turn"] for promise in first.get("promises", [])},
                [piece for finder in looking for piece in finder.find(transcript)],
                [piece for finder in words for piece in finder.find(bare(transcript))],
            )
        )
    return rated


_LENT: dict[Path, dict[str, list[dict]]] = {}


def _lent(one: dict, folder: Path) -> list[dict] | None:
    path = folder / f"{one['source']}.jsonl"
    if path not in _LENT:
        _LENT[path] = {other["id"]: other["turns"] for other in lines(path)}
    return _LENT[path].get(one["source_id"])


def read_all(rubric: Rubric, folders: tuple[Path, ...] = FOLDERS) -> list[Rated]:
    """The conversations of every folder that is there."""
    rated = [one for folder in folders for one in read(folder, rubric)]
    if not rated:
        sys.exit(f"no rated conversations in {', '.join(map(str, folders))}")
    return rated


def level_table(rated: list[Rated], names: list[str]) -> Matrix:
    """(conversations, behaviours), nan where N/A."""
    return np.array([[one.levels[n] or np.nan for n in names] for one in rated], float)
