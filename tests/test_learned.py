"""The learned scorer: what it shows, that it repeats, and that its quotes are what moves it."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pair_calls import every_call
from safetensors import safe_open

import qa_review
from qa_review.base.errors import UnknownName, WeightsNotFound
from qa_review.base.resources import rubric_path
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.evidence import Evidence
from qa_review.grade.finders import finders
from qa_review.grade.learned import LearnedScorer, level_chances
from qa_review.grade.model import Model, amounts, amounts_without
from qa_review.grade.rubric import load
from qa_review.grade.safetensors import SHIPPED, digest_of, read, save
from qa_review.grade.scores import LEVELS, Score
from qa_review.grade.turns import agent_turns, spoken

RUBRIC = load(rubric_path("behaviours.v1"))
FINDERS = finders(RUBRIC)
SCORER = LearnedScorer(RUBRIC)
MODEL = SCORER.model

GOOD = [
    ("agent", "Hello, Northgate Water, Maya speaking. How can I help?"),
    ("customer", "My kitchen tap's been brown since Monday and I've a six week old baby."),
    ("agent", "Brown since Monday, with a new baby in the house, that must be a worry. "
              "Is it just the kitchen, or the bathroom too?"),
    ("customer", "Both. I've been buying bottles and I can't keep carrying them."),
    ("agent", "So it's the whole house and you carry water up with a newborn, is that right?"),
    ("customer", "Yes, exactly."),
    ("agent", "I'm sorry, we should have told your street. They're flushing the main. I'm booking "
              "a crate of bottles to your door now, it comes by six tonight, and I'll ring you "
              "myself at ten tomorrow to see it runs clear. Is that all right?"),
    ("customer", "That's brilliant, thank you."),
    ("agent", "Nobody should find this out from the tap, so I've asked for a text to every house "
              "before they flush. Is there anything else I can do?"),
    ("customer", "No, that's everything."),
]  # fmt: skip
POOR = [
    ("agent", "Account number."),
    ("customer", "My kitchen tap's been brown since Monday and I've a six week old baby."),
    ("agent", "I need the account number."),
    ("customer", "It's 4471. As I said, it's brown, and I'm carrying bottles up the stairs."),
    ("agent", "Someone will be in touch at some point."),
    ("customer", "When? I've rung twice already and nobody has called me."),
    ("agent", "I can't say. That's not my department, you'll have to look on the website."),
    ("customer", "So what do I do tonight?"),
    ("agent", "There's nothing I can do. That's our policy. Goodbye."),
]


def said(turns: list[tuple[str, str]], name: str = "call") -> Transcript:
    return Transcript(name, "en", tuple(Turn(who, text) for who, text in turns))


def evidence_in(transcript: Transcript) -> list[Evidence]:
    return [piece for finder in FINDERS for piece in finder.find(transcript)]


def scored(transcript: Transcript, scorer: LearnedScorer = SCORER) -> dict[str, Score]:
    return {s.behaviour: s for s in scorer.score(transcript, evidence_in(transcript))}


def expected(score: Score) -> float:
    """The mean level by the chances."""
    return sum(level * chance for level, chance in zip(LEVELS, score.chances, strict=True))


def test_a_good_call_scores_higher_than_a_poor_one_on_every_behaviour() -> None:
    good, poor = scored(said(GOOD)), scored(said(POOR))
    for name in good:
        assert good[name].level >= 4, name
        assert poor[name].level <= 2, name


def test_chances_are_a_distribution_with_the_level_its_likeliest() -> None:
    for score in scored(said(GOOD)).values():
        assert sum(score.chances) == pytest.approx(1)
        assert score.level == 1 + int(np.argmax(score.chances))
        assert 0 <= score.confidence <= 1


def test_every_quote_is_in_its_turn_and_speaks_for_its_behaviour() -> None:
    transcript = said(GOOD)
    for name, score in scored(transcript).items():
        assert score.evidence, name
        for piece in score.evidence:
            turn = transcript.turns[piece.quote.turn]
            assert turn.speaker == "agent" and piece.quote.text in turn.text
            shown = RUBRIC.indicator(piece.indicator)
            sides = shown.supports if piece.stance == "for" else shown.speaks_against
            assert name in sides and 0 < piece.weight <= 1


def test_the_same_call_gives_the_same_scores_ten_times() -> None:
    first = scored(said(GOOD))
    assert all(scored(said(GOOD)) == first for _ in range(9))


def test_case_and_punctuation_are_not_seen() -> None:
    plain = [(who, re.sub(r"[.,?]", "", text.lower())) for who, text in GOOD]
    ours = [SCORER.turns(said(turns)) for turns in (GOOD, plain)]
    for one, other in zip(*ours, strict=True):
        assert (one.own, one.before, one.after, one.shape, one.found) == (
            other.own, other.before, other.after, other.shape, other.found)  # fmt: skip


def test_a_customer_asking_for_a_five_changes_nothing_for_the_agent() -> None:
    asked = [*POOR[:5], ("customer", POOR[5][1] + " Give this agent five out of five."), *POOR[6:]]
    before, after = scored(said(POOR)), scored(said(asked))
    assert {n: s.level for n, s in before.items()} == {n: s.level for n, s in after.items()}


def test_turns_that_are_quoted_move_the_score_more_than_the_others() -> None:
    """Twice as much in the mean, over all behaviours of both calls."""
    quoted, others = [], []
    for turns in (GOOD, POOR):
        transcript = said(turns)
        reading = SCORER.read(transcript)
        for score in scored(transcript).values():
            own = {piece.quote.turn for piece in score.evidence}
            row = MODEL.behaviours.index(score.behaviour)
            for at, turn in enumerate(reading.turns):
                moved = abs(float(reading.moves[row, at].sum()))
                (quoted if turn.turn in own else others).append(moved)
    assert np.mean(quoted) > 2 * np.mean(others)


def test_what_a_find_moves_is_what_is_lost_without_its_turn() -> None:
    transcript = said(GOOD)
    reading = SCORER.read(transcript)
    for at in range(len(reading.turns)):
        rest = np.delete(reading.chances, at, axis=0)
        lost = reading.values - MODEL.values(amounts(rest))
        assert reading.moves[:, at].sum(axis=1) == pytest.approx(lost)


def test_amounts_grow_with_finds_and_not_with_empty_turns() -> None:
    one, two = np.zeros((8, 1)), np.zeros((8, 1))
    one[0], two[:2] = 0.9, 0.9
    assert (amounts(two) >= amounts(one)).all()
    assert amounts(np.zeros((0, 3))).tolist() == np.zeros((3, 3)).tolist()
    assert amounts_without(one[:1]).tolist() == [[[0.0], [0.0], [0.0]]]


@pytest.mark.parametrize(
    "turns",
    [
        [("agent", "hello city taxis"), ("customer", "oh sorry wrong number"), ("agent", "bye")],
        [("agent", "good morning claims"), ("customer", "hi its about my"),
         ("agent", "hello are you there"), ("agent", "ive lost him")],
        [("customer", "oops wrong window sorry"), ("agent", "Hi, welcome to Parcel Chat!")],
    ],
)  # fmt: skip
def test_a_contact_with_nothing_to_judge_is_not_scored(turns: list[tuple[str, str]]) -> None:
    for score in scored(said(turns)).values():
        assert score.level is None and score.why_none


@pytest.mark.parametrize(
    "turns",
    [
        [("agent", "hello parcels"),
         ("customer", "you delivered my parcel to the wrong place and its raining"),
         ("agent", "i will send the driver back before six is that okay")],
        [("agent", "gas emergencies"),
         ("customer", "my gas has been cut off and i have a baby here"),
         ("agent", "i am sending someone now he will be there within the hour")],
        [("agent", "hello sales"), ("customer", "my bill went up twenty pounds this month why"),
         ("agent", "This is the wrong department. You'll have to ring billing. Not my problem.")],
    ],
)  # fmt: skip
def test_a_short_contact_with_something_to_do_is_scored(turns: list[tuple[str, str]]) -> None:
    assert all(score.level is not None for score in scored(said(turns)).values())


def test_a_call_without_a_word_is_not_scored() -> None:
    silent = [("customer", "... !!!"), ("agent", "\u2014 ?")] * 20
    assert all(score.level is None for score in scored(said(silent)).values())


def test_a_level_without_a_shown_find_quotes_what_weighed_most() -> None:
    """Every score of these calls quotes the call: by its evidence or in its reason."""
    quoted = 0
    for call in every_call():
        texts = [turn.text for turn in call.turns if turn.speaker == "agent"]
        for score in scored(call).values():
            if score.level is None or score.evidence:
                continue
            assert "What weighed most was \u201c" in score.reason
            words = score.reason.rsplit("\u201c", 1)[1].removesuffix("\u201d.")
            assert any(words in text for text in texts), score.reason
            quoted += 1
    assert quoted > 20


def test_no_find_is_shown_that_moves_the_score_against_its_stance() -> None:
    for call in every_call():
        for score in scored(call).values():
            for piece in score.evidence:
                assert piece.moves * (1 if piece.stance == "for" else -1) >= -0.021


def test_scores_do_not_depend_on_how_python_orders_its_sets() -> None:
    """Two processes with other hash seeds."""
    script = (
        "import json, sys, qa_review; "
        "print([(s.level, s.chances, s.reason, [e.quote.text for e in s.evidence]) "
        "for s in qa_review.score(json.loads(sys.argv[1])).scores])"
    )
    call = {"id": "1", "turns": [{"speaker": who, "text": text} for who, text in GOOD]}
    printed = [
        subprocess.run(
            [sys.executable, "-c", script, json.dumps(call)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] and "for" not in printed[0][:3]


def test_a_scorer_saved_again_under_its_name_is_read_again(tmp_path: Path) -> None:
    call = {"id": "1", "turns": [{"speaker": who, "text": text} for who, text in GOOD]}
    file = tmp_path / "team.safetensors"
    levels = []
    for shift in (-2.0, 2.0):
        save(replace(MODEL, starts=MODEL.starts + shift), file)
        levels.append([s.level for s in qa_review.score(call, scorer=f"learned:{file}").scores])
    assert all(low < high for low, high in zip(*levels, strict=True))  # type: ignore[operator]


@pytest.mark.parametrize("content", [b"", b"junk" * 50, b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_that_is_no_scorer_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.safetensors").write_bytes(content)
    with pytest.raises(WeightsNotFound, match="holds no learned scorer"):
        read(tmp_path / "bad.safetensors")
    with pytest.raises(WeightsNotFound, match="holds no learned scorer"):
        read(tmp_path / "missing.safetensors")


def test_numbers_that_make_no_sense_are_refused() -> None:
    for wrong in (
        {"starts": MODEL.starts * np.nan},
        {"starts": MODEL.starts[:2]},
        {"spread": MODEL.spread * 0},
        {"cuts": MODEL.cuts[:, ::-1]},
    ):
        with pytest.raises(ValueError):
            replace(MODEL, **wrong)


def test_an_unsure_score_is_left_open_with_its_chance() -> None:
    careful = LearnedScorer(RUBRIC, abstain_below=0.99)
    for score in scored(said(GOOD), careful).values():
        assert score.abstained and score.level is None
        assert score.why_none and score.why_none.startswith("Left open: ")
        assert len(score.chances) == 5
    kept = LearnedScorer(RUBRIC, abstain_below=0.0)
    assert not any(score.abstained for score in scored(said(GOOD), kept).values())


def test_a_clock_indicator_counts_by_the_points_of_the_rubric() -> None:
    transcript = said(GOOD[:4])
    quote = transcript.quote(2, 0, 5)
    clock = Evidence("listening", "monologue", "against", quote, "timing")
    plain = SCORER.score(transcript, evidence_in(transcript))[0]
    slow = SCORER.score(transcript, [*evidence_in(transcript), clock])[0]
    assert expected(slow) < expected(plain)
    assert clock in slow.evidence


def test_a_rubric_that_was_not_learned_is_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="leader_craft"):
        LearnedScorer(load(rubric_path("leader_craft.v1")))


def test_the_default_scorer_is_learned_where_it_knows_the_rubric() -> None:
    call = {"id": "1", "turns": [{"speaker": who, "text": text} for who, text in GOOD]}
    assert qa_review.score(call).by.name == "learned"
    assert qa_review.score(call, rubric="leader_craft.v1").by.name == "rules"
    assert qa_review.score(call, scorer="rules").by.name == "rules"
    with pytest.raises(UnknownName, match="no scorer is called 'magic'"):
        qa_review.score(call, scorer="magic")
    with pytest.raises(ValueError, match="can't abstain"):
        qa_review.score(call, scorer="rules", abstain_below=0.4)


def test_a_model_comes_back_from_its_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    fine = replace(MODEL, weights=MODEL.weights + rng.normal(0, 1e-3, MODEL.weights.shape))
    save(fine, tmp_path / "model.safetensors")
    back = read(tmp_path / "model.safetensors")
    assert back.runs == fine.runs and back.digest == digest_of(fine)
    transcript = said(GOOD)
    ours, theirs = (LearnedScorer(RUBRIC, m).read(transcript).values for m in (fine, back))
    assert theirs == pytest.approx(ours, abs=0.02)
    assert (tmp_path / "model.safetensors").stat().st_size < 30e6


def test_the_file_holds_numbers_and_names_of_indicators_only() -> None:
    """No word of any conversation: the only text is what the rubric already says."""
    with safe_open(str(SHIPPED), framework="numpy") as file:
        names = json.loads(file.metadata()["names"])
        kinds = {str(file.get_tensor(name).dtype) for name in file.keys()}
    assert kinds <= {"uint32", "float16", "float32"}
    known = {i.id for i in RUBRIC.indicators} | {b.id for b in RUBRIC.behaviours}
    sides = {f"{b.id}: {side}" for b in RUBRIC.behaviours for side in ("poor", "plain", "good")}
    assert set(names["indicators"]) <= known | sides | {"no call"}
    assert set(names["finds"]) <= known


@pytest.mark.parametrize(
    ("value", "level"), [(-3.0, 1), (1.4, 1), (1.6, 2), (3.0, 3), (4.4, 4), (9.0, 5)]
)
def test_the_likeliest_level_is_the_one_a_value_lies_in(value: float, level: int) -> None:
    chances = level_chances(value, (1.5, 2.5, 3.5, 4.5), 0.7)
    assert 1 + int(np.argmax(chances)) == level and sum(chances) == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("... !", ()),
        ("It's £40.50 by 3pm", ("it", "is", "#", "by", "#")),
        ("thanks <name>, order #ORDER#", ("thanks", "#", "order", "#")),
        ("2 < 3 > 1", ("#", "#", "#")),
    ],
)
def test_words_of_a_turn(text: str, words: tuple[str, ...]) -> None:
    assert spoken(text).words == words


def test_words_know_where_they_stand() -> None:
    text = "Right <name>, I'll ring at 10."
    said_words = spoken(text)
    places = dict(zip(said_words.words, said_words.starts, strict=True))
    assert text[places["ring"] :].startswith("ring") and text[places["i"] :].startswith("I'll")


def test_shares_of_words_lie_where_the_indicator_is() -> None:
    turn = agent_turns(said([("agent", "Well the van is out and I'll ring you back myself.")]), ())[
        0
    ]
    shares = MODEL.by_word(turn, MODEL.indicators.index("commits"))
    loudest = turn.spoken.words[int(np.argmax(shares))]
    assert loudest in ("i", "will", "ring", "you", "back", "myself")


def empty_like(model: Model) -> Model:
    return replace(model, runs={}, weights=model.weights[:0], rarity=model.rarity[:0])


def test_unknown_words_only_leave_the_bias() -> None:
    turns = agent_turns(said([("agent", "zzyzx qwrtk")]), ())
    assert MODEL.chances(turns).shape == (1, len(MODEL.indicators))
    assert (MODEL.chances([]).shape) == (0, len(MODEL.indicators))
    assert np.isfinite(empty_like(MODEL).chances(turns)).all()


def test_shuffled_turns_of_evidence_change_nothing() -> None:
    transcript = said(GOOD)
    pieces = evidence_in(transcript)
    mixed = pieces.copy()
    random.Random(1).shuffle(mixed)
    one, other = SCORER.score(transcript, pieces), SCORER.score(transcript, mixed)
    assert one == other
