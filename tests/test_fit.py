"""Fitting to a team: simulated teams are recovered, and too little is refused."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from pair_calls import every_call

import qa_review
from qa_review.__main__ import main
from qa_review.base.errors import MetadataError, TooLittleToFit
from qa_review.base.resources import rubric_path
from qa_review.grade.evidence import Evidence
from qa_review.grade.finders import finders
from qa_review.grade.fit import Master, fit
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.rubric import load

RUBRIC = load(rubric_path("behaviours.v1"))
SCORER = LearnedScorer(RUBRIC)
NAMES = [behaviour.id for behaviour in RUBRIC.behaviours]


@cache
def calls() -> list[tuple]:
    """Every call with its evidence and the values the shipped scorer gives."""
    looking = finders(RUBRIC)
    found = []
    for transcript in every_call():
        evidence = [piece for finder in looking for piece in finder.find(transcript)]
        found.append((transcript, evidence, SCORER.read(transcript).values))
    return found


def team(shift: float, stretch: float, count: int, seed: int) -> list[Master]:
    """People who see what the scorer sees, but are lenient by ``shift``, with some noise."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(calls()))[:count]
    masters = []
    for at in chosen:
        transcript, _, values = calls()[at]
        felt = 3 + stretch * (np.clip(values, 1, 5) - 3) + shift + rng.normal(0, 0.4, len(values))
        levels = np.clip(np.floor(felt + 0.5), 1, 5).astype(int)
        masters.append(Master(transcript, dict(zip(NAMES, map(int, levels), strict=True))))
    return masters


def mean_miss(scorer: LearnedScorer, masters: list[Master]) -> float:
    missed = []
    evidence = {transcript.call_id: pieces for transcript, pieces, _ in calls()}
    for one in masters:
        for score in scorer.score(one.transcript, evidence[one.transcript.call_id]):
            if score.level is not None:
                missed.append(score.level - one.levels[score.behaviour])
    return float(np.mean(missed))


@pytest.mark.parametrize(("shift", "sign"), [(1.0, 1), (-1.0, -1)])
def test_a_lenient_and_a_strict_team_are_recovered_from_fifty_calls(
    shift: float, sign: int
) -> None:
    known, later = team(shift, 1.0, 50, seed=1), team(shift, 1.0, 120, seed=2)
    before = mean_miss(SCORER, later)
    fitted = fit(SCORER, known)
    after = mean_miss(fitted.scorer, later)
    assert sign * before < -0.5
    assert abs(after) < 0.2
    better = [one.after.value - one.before.value for one in fitted.fits if not one.left]
    assert np.mean(better) > 0.1
    assert all(sign * one.shift > 0 for one in fitted.fits if not one.left)


def test_the_clock_is_not_learned_into_the_scale() -> None:
    """People who score exactly as shipped, on calls with evidence of the clock."""
    masters, held = [], []
    for at, (transcript, evidence, _) in enumerate(calls()):
        first = next(n for n, t in enumerate(transcript.turns) if t.speaker == "agent")
        quote = transcript.quote(first, 0, len(transcript.turns[first].text))
        clock = [Evidence("listening", "talks_over", "against", quote, "timing")] * (at % 2)
        pieces = (*evidence, *clock)
        given = {s.behaviour: s.level for s in SCORER.score(transcript, pieces)}
        masters.append(Master(transcript, given, pieces))
        held.append((transcript, pieces, given))
    fitted = fit(SCORER, masters[:80])
    changed = [
        score.level != given[score.behaviour]
        for transcript, pieces, given in held[80:]
        for score in fitted.scorer.score(transcript, pieces)
    ]
    assert np.mean(changed) < 0.08
    listening = next(one for one in fitted.fits if one.behaviour == "listening")
    assert listening.before.value == 1.0


def test_a_team_that_scores_as_shipped_is_hardly_moved() -> None:
    fitted = fit(SCORER, team(0.0, 1.0, 60, seed=3))
    later = team(0.0, 1.0, 120, seed=4)
    assert abs(mean_miss(fitted.scorer, later) - mean_miss(SCORER, later)) < 0.2


def test_the_shipped_model_is_left_as_it_was() -> None:
    starts = SCORER.model.starts.copy()
    fitted = fit(SCORER, team(1.0, 1.0, 50, seed=5))
    assert (SCORER.model.starts == starts).all()
    assert fitted.scorer.made_by.weights != SCORER.made_by.weights


def test_the_same_masters_give_the_same_scorer() -> None:
    one, other = (fit(SCORER, team(0.7, 1.0, 40, seed=6)) for _ in range(2))
    assert one.scorer.made_by == other.scorer.made_by and one.fits == other.fits


def test_too_few_calls_are_refused_by_their_number() -> None:
    with pytest.raises(TooLittleToFit, match="12 calls have a level, at least 20 are needed"):
        fit(SCORER, team(0.5, 1.0, 12, seed=7))


def test_levels_that_never_vary_are_refused() -> None:
    masters = [
        Master(one.transcript, dict.fromkeys(NAMES, 4)) for one in team(0.0, 1.0, 30, seed=8)
    ]
    with pytest.raises(TooLittleToFit, match="all 30 calls have level 4: no variation"):
        fit(SCORER, masters)


def test_a_behaviour_without_enough_is_left_and_says_so() -> None:
    masters = [
        Master(one.transcript, {**one.levels, "learning": None})
        for one in team(0.8, 1.0, 40, seed=9)
    ]
    fitted = fit(SCORER, masters)
    left = {one.behaviour: one.left for one in fitted.fits}
    assert left["learning"] == "0 calls have a level, at least 20 are needed"
    assert not left["listening"]
    row = SCORER.model.behaviours.index("learning")
    assert (fitted.scorer.model.heads[row] == SCORER.model.heads[row]).all()


def written(folder: Path, masters: list[Master]) -> tuple[Path, Path]:
    said, table = folder / "calls.jsonl", folder / "masters.csv"
    with said.open("w") as file:
        for one in masters:
            turns = [{"speaker": t.speaker, "text": t.text} for t in one.transcript.turns]
            file.write(json.dumps({"id": one.transcript.call_id, "turns": turns}) + "\n")
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "who", *NAMES])
        for one in masters:
            rows.writerow([one.transcript.call_id, "anna", *(one.levels[n] for n in NAMES)])
    return said, table


def test_from_a_table_to_a_file_that_scores(tmp_path: Path) -> None:
    said, table = written(tmp_path, team(1.0, 1.0, 50, seed=10))
    masters = qa_review.read_masters(said, table)
    assert len(masters.reviews) == 50 and not masters.problems
    fitted = qa_review.fit(masters.reviews)
    frame = fitted.to_frame()
    assert list(frame["behaviour"]) == NAMES
    assert (frame["kappa_after"] > frame["kappa_before"]).any()
    file = fitted.save(tmp_path / "team.safetensors")
    call = calls()[0][0]
    shipped = qa_review.score(call)
    ours = qa_review.score(call, scorer=f"learned:{file}")
    assert ours.by.weights != shipped.by.weights
    means = [np.mean([np.dot(s.chances, range(1, 6)) for s in r.scores]) for r in (shipped, ours)]
    assert means[1] > means[0] + 0.3


def test_the_command_says_what_moved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said, table = written(tmp_path, team(-1.0, 1.0, 40, seed=11))
    out = tmp_path / "strict.safetensors"
    assert main(["fit", str(table), "--calls", str(said), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "kappa before" in printed and f"--scorer learned:{out}" in printed.replace("\n", "")
    assert out.exists()
    short = written(tmp_path, team(0.0, 1.0, 5, seed=12))
    assert main(["fit", str(short[1]), "--calls", str(short[0])]) == 2
    assert "at least 20 are needed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("id,listening\nnobody,3\n", "holds no call 'nobody'"),
        ("id,listening\nnatural-0-better,7\n", "listening is 1 to 5, N/A or empty, not '7'"),
        ("call,listening\n1,3\n", "needs the column id"),
        ("id,mood\n1,3\n", "at least one of listening"),
        ("", "needs the column id"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, rows: str, problem: str) -> None:
    said, table = written(tmp_path, team(0.0, 1.0, 172, seed=13)[:172])
    table.write_text(rows)
    with pytest.raises(MetadataError, match=problem):
        qa_review.read_masters(said, table)


def test_a_bad_row_costs_itself_and_is_listed(tmp_path: Path) -> None:
    said, table = written(tmp_path, team(0.0, 1.0, 10, seed=14))
    text = table.read_text().splitlines()
    table.write_text("\n".join([*text, "nobody,x,3,3,3,3,3", text[1]]) + "\n")
    masters = qa_review.read_masters(said, table)
    assert len(masters.reviews) == 10
    assert [p.split(":")[0] for p in masters.problems] == ["row 12", "row 13"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_other_delimiters_and_numbers_with_a_point_are_read(tmp_path: Path, delimiter: str) -> None:
    said, table = written(tmp_path, team(0.0, 1.0, 3, seed=16))
    call = list(csv.reader(table.read_text().splitlines()))[1][0]
    table.write_text(delimiter.join(["id", "listening"]) + f"\n{call}{delimiter}4.0\n")
    scores = qa_review.read_masters(said, table).reviews[0].scores
    assert [score.level for score in scores] == [4]


def test_a_transcript_that_cannot_be_read_costs_itself(tmp_path: Path) -> None:
    said, table = written(tmp_path, team(0.0, 1.0, 4, seed=17))
    said.write_text(said.read_text() + "not json\n")
    masters = qa_review.read_masters(said, table)
    assert len(masters.reviews) == 4 and "line 5" in masters.problems[0]


def test_na_and_empty_cells_are_told_apart(tmp_path: Path) -> None:
    said, table = written(tmp_path, team(0.0, 1.0, 3, seed=15))
    first = csv.reader(table.read_text().splitlines())
    call = list(first)[1][0]
    table.write_text(f"id,listening,learning\n{call},N/A,\n")
    scores = qa_review.read_masters(said, table).reviews[0].scores
    assert [(s.behaviour, s.level) for s in scores] == [("listening", None)]
