"""Trust cards: what they hold, when a behaviour is unproven, and whose scores they go with."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from pair_calls import every_call

import qa_review
from qa_review.__main__ import main
from qa_review.base.agreement import Agreement, weighted_kappa
from qa_review.base.errors import TranscriptError
from qa_review.base.records import MadeBy
from qa_review.base.resources import rubric_path
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import load
from qa_review.grade.scores import LEVELS, Score
from qa_review.grade.swaps import SWAPS
from qa_review.grade.trust import BehaviourTrust, TrustCard, marked, read_card, trust
from qa_review.run.pipeline import SHIPPED_CARD

RUBRIC = load(rubric_path("behaviours.v1"))
NAMES = [behaviour.id for behaviour in RUBRIC.behaviours]
SCORER = MadeBy("made up", "1", "settings", "weights")
CALLS = every_call()[:40]


def level_of(said: Transcript) -> int:
    return 1 + len(said.turns[1].text) % 5


def fixed(said: Transcript) -> list[Score]:
    """A scorer that only looks at how long the second turn is."""
    level = level_of(said)
    chances = tuple(0.6 if at == level else 0.1 for at in LEVELS)
    return [Score(name, level, 0.6, "made up", chances=chances) for name in NAMES]


def card(**changes: Agreement) -> TrustCard:
    people = [(said, dict.fromkeys(NAMES, level_of(said))) for said in CALLS]
    made = trust(SCORER, RUBRIC, fixed, people, calls="made-up calls")
    return replace(made, behaviours=tuple(replace(one, **changes) for one in made.behaviours))


def first(of: TrustCard) -> BehaviourTrust:
    return of.behaviours[0]


def test_a_scorer_that_agrees_is_proven_and_one_that_does_not_is_not() -> None:
    good = card()
    assert first(good).kappa.value == 1.0
    assert good.unproven("listening", RUBRIC) == ""
    people = [(said, dict.fromkeys(NAMES, 1 + at % 5)) for at, said in enumerate(CALLS)]
    poor = trust(SCORER, RUBRIC, fixed, people, calls="made-up calls")
    why = poor.unproven("listening", RUBRIC)
    assert why.startswith("agreement with people on made-up calls: kappa ")
    assert "n 40; its lower end is under 0.40" in why


def test_the_lower_end_counts_not_the_figure() -> None:
    wide = Agreement(0.8, None, (0.39, 0.95), 0.7, 40)
    assert card(kappa=wide).unproven("listening", RUBRIC)
    assert not card(kappa=replace(wide, interval=(0.41, 0.95))).unproven("listening", RUBRIC)


def test_three_calls_prove_nothing() -> None:
    people = [(said, dict.fromkeys(NAMES, level_of(said))) for said in CALLS[:5]]
    made = trust(SCORER, RUBRIC, fixed, people, calls="five calls")
    assert "at least 20 calls are needed" in made.unproven("listening", RUBRIC)


def test_levels_by_anyone_but_people_prove_nothing() -> None:
    why = replace(card(), raters="language models").unproven("listening", RUBRIC)
    assert why.startswith("agreement with language models on made-up calls: kappa 1.00")
    assert why.endswith("not yet shown with people")


def test_a_behaviour_that_nobody_scored_is_not_na() -> None:
    people = [(said, {"listening": level_of(said)}) for said in CALLS]
    made = trust(SCORER, RUBRIC, fixed, people, calls="made-up calls")
    other = made.of("ownership")
    assert other is not None and sum(other.people) == 0 and other.absent.n == 0


def test_a_card_of_another_rubric_is_not_gone_by() -> None:
    craft = load(rubric_path("leader_craft.v1"))
    scores = [Score(b.id, 3, 0.5, "made up") for b in craft.behaviours]
    found = {s.unproven for s in marked(scores, card(), SCORER, craft)}
    assert found == {"the trust card is of another rubric, behaviours 1"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"repeats": 1.0', '"repeats": 7'),
        ('"repeats": 1.0', '"repeats": NaN'),
        ('"value": 1.0', '"value": Infinity'),
        ('"value": 1.0', '"value": "x"'),
    ],
)
def test_a_card_with_impossible_figures_is_refused(tmp_path: Path, old: str, new: str) -> None:
    card().save(tmp_path / "card.json")
    text = (tmp_path / "card.json").read_text()
    assert old in text
    (tmp_path / "card.json").write_text(text.replace(old, new, 1))
    with pytest.raises(TranscriptError, match="no trust card"):
        read_card(tmp_path / "card.json")


def test_undefined_agreement_is_unproven_with_its_reason() -> None:
    none = weighted_kappa([3, 3], [3, 3], LEVELS)
    why = card(kappa=none).unproven("listening", RUBRIC)
    assert "undefined" in why and "no variation" in why


def test_a_behaviour_the_card_lacks_is_unproven() -> None:
    assert card().unproven("charm", RUBRIC) == "the trust card says nothing of it"


def test_the_card_counts_levels_and_runs_and_swaps() -> None:
    one = first(card())
    assert sum(one.people) == sum(one.scorer) == 40 and one.people == one.scorer
    assert one.repeats == 1.0
    assert set(one.flips) == set(SWAPS)
    assert one.flips["lower"] == 0.0 and one.flips["fillers"] > 0
    assert [c.share for c in one.coverage if c.below <= 0.6] == [1.0, 1.0, 1.0, 1.0]
    assert one.coverage[-1].share == 0.0 and one.coverage[-1].right is None
    assert one.machine is None and one.machine_calls == 0


def test_change_under_a_recogniser_is_the_mean_distance() -> None:
    people = [(said, dict.fromkeys(NAMES, 3)) for said in CALLS[:4]]
    machine = {CALLS[0].call_id: CALLS[0], CALLS[1].call_id: replace(CALLS[2], call_id="x")}
    made = trust(SCORER, RUBRIC, fixed, people, calls="some", machine=machine)
    apart = abs(level_of(CALLS[2]) - level_of(CALLS[1]))
    assert first(made).machine_calls == 2 and first(made).machine == apart / 2


def test_a_card_comes_back_from_its_file(tmp_path: Path) -> None:
    made = card()
    made.save(tmp_path / "trust.json")
    assert read_card(tmp_path / "trust.json") == made


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"scorer": 1}', '"card"'])
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(TranscriptError, match="no trust card"):
        read_card(tmp_path / "card.json")


def test_scores_of_another_scorer_are_unproven() -> None:
    scores = fixed(CALLS[0])
    assert not any(s.unproven for s in marked(scores, card(), SCORER, RUBRIC))
    other = replace(SCORER, weights="other")
    for without in (marked(scores, card(), other, RUBRIC), marked(scores, None, SCORER, RUBRIC)):
        assert {s.unproven for s in without} == {"there is no trust card of this scorer"}
    careful = replace(SCORER, settings="abstains")
    assert not any(s.unproven for s in marked(scores, card(), careful, RUBRIC))


def test_the_shipped_card_is_of_the_shipped_scorer() -> None:
    call = {"id": "1", "turns": [{"speaker": t.speaker, "text": t.text} for t in CALLS[0].turns]}
    review = qa_review.score(call)
    shipped = read_card(SHIPPED_CARD)
    assert (shipped.scorer.name, shipped.scorer.weights) == ("learned", review.by.weights)
    for score in review.scores:
        assert score.unproven == shipped.unproven(
            score.behaviour, load(rubric_path("behaviours.v1"))
        )
    ruled = qa_review.score(call, scorer="rules")
    assert all(score.unproven for score in ruled.scores)


def test_the_command_writes_a_card_that_scores_go_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said, table = tmp_path / "calls.jsonl", tmp_path / "masters.csv"
    known = []
    for one in CALLS[:24]:
        turns = [{"speaker": t.speaker, "text": t.text} for t in one.turns]
        known.append({"id": one.call_id, "turns": turns})
    said.write_text("".join(json.dumps(one) + "\n" for one in known))
    with table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", *NAMES])
        for one in known:
            scores = qa_review.score(one).scores
            rows.writerow([one["id"], *(s.level or "N/A" for s in scores)])
    out = tmp_path / "trust"
    assert main(["trust", str(table), "--calls", str(said), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "1.00" in printed and "100%" in printed
    assert "<html" in (out / "trust.html").read_text()
    review = qa_review.score(known[0], trust=out / "trust.json")
    proven = [score for score in review.scores if not score.unproven]
    assert len(proven) >= 3
    with pytest.raises(TranscriptError, match="is of learned"):
        qa_review.score(known[0], trust=out / "trust.json", scorer="rules")
