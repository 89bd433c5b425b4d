"""The scripts that learn and measure, on a few of the rated conversations."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from qa_review.base.resources import rubric_path
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.rubric import load
from qa_review.grade.safetensors import save

ROOT = Path(__file__).parents[1]
RUBRIC = load(rubric_path("behaviours.v1"))

pytest.importorskip("scipy", reason="needs the extra learn")


@pytest.fixture(autouse=True)
def benchmarks_on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield


@cache
def few(every: int = 3) -> tuple[ModuleType, list, object]:
    """Every third conversation of the first written pack, or all."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import gold
    import learn

    rated = [one for one in gold.read(ROOT / "benchmarks" / "gold", RUBRIC) if one.pack == "n1"]
    rated = rated[::every]
    return learn, rated, learn.turns_of(rated, learn.labelled_indicators(rated, RUBRIC))


def test_the_same_conversations_give_the_same_file(tmp_path: Path) -> None:
    learn, rated, turns = few()
    for name in ("one", "two"):
        save(learn.learn(RUBRIC, rated, turns, np.arange(len(rated))), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_is_learned_carries_over_to_a_style_left_out() -> None:
    """Better than the mean level of the others, on conversations of styles not seen."""
    learn, rated, turns = few(1)
    styles = np.array([one.style for one in rated])
    away = np.isin(styles, ["exchange", "ticket", "inside"])
    model = learn.learn(RUBRIC, rated, turns, np.flatnonzero(~away))
    scorer = LearnedScorer(RUBRIC, model)
    missed, plain = [], []
    for name in model.behaviours:
        mean = np.mean([o.levels[name] for o, out in zip(rated, away, strict=True)
                        if not out and o.levels[name]])  # fmt: skip
        for one, out in zip(rated, away, strict=True):
            level = one.levels[name]
            if not out or level is None:
                continue
            scores = {s.behaviour: s for s in scorer.score(one.transcript, one.evidence)}
            if scores[name].level is not None:
                missed.append(abs(scores[name].level - level))
                plain.append(abs(mean - level))
    assert len(missed) > 150
    assert np.mean(missed) < 0.85 * np.mean(plain)


def test_nothing_of_the_style_left_out_is_learned_from() -> None:
    """Other words and levels in the conversations left out change nothing."""
    learn, rated, turns = few()
    of = np.flatnonzero([one.style != "ticket" for one in rated])
    model = learn.learn(RUBRIC, rated, turns, of)
    from dataclasses import replace

    changed = [
        replace(one, levels=dict.fromkeys(one.levels, 5), deciding={}, evidence=[])
        if one.style == "ticket"
        else one
        for one in rated
    ]
    again = learn.learn(RUBRIC, changed, learn.turns_of(changed, model.indicators), of)
    assert (model.weights == again.weights).all() and model.runs == again.runs
    assert (model.heads == again.heads).all() and (model.shown_from == again.shown_from).all()
    assert (model.spread == again.spread).all()


def test_a_conversation_whose_text_lies_elsewhere_is_left_out_without_it(tmp_path: Path) -> None:
    _, rated, _ = few()
    import gold

    found = gold.read(ROOT / "benchmarks" / "gold", RUBRIC, elsewhere=tmp_path)
    assert {one.pack for one in found} == {"n1", "n2"}
    assert len(found) > len(rated)


def test_every_conversation_is_rated_and_labelled_in_full() -> None:
    import gold

    for one in gold.read(ROOT / "benchmarks" / "gold", RUBRIC):
        count = len(one.transcript.turns)
        assert set(one.levels.values()) <= {1, 2, 3, 4, 5, None}
        assert all(0 <= turn < count for turns in one.deciding.values() for turn in turns)
        agent = {n for n, turn in enumerate(one.transcript.turns) if turn.speaker == "agent"}
        if one.labels is not None:
            assert set(one.labels) == agent, one.transcript.call_id
            known = {i.id for i in RUBRIC.indicators}
            assert {name for found in one.labels.values() for name in found} <= known
