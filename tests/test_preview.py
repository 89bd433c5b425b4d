"""What an edit does is told exactly: as if everything had been looked for and scored again."""

from __future__ import annotations

import page_fixtures
import pytest

from qa_review.base.resources import rubric_path
from qa_review.capture.transcript import AgentIs, Transcript, Turn
from qa_review.grade.examples import example_problems
from qa_review.grade.finders import finders
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.preview import Preview, common, scorer_of
from qa_review.grade.rubric import Example, parse
from qa_review.grade.rules import RuleScorer
from qa_review.grade.timing import measure
from qa_review.grade.tomlkit import with_value, without

SHIPPED = rubric_path("behaviours.v1").read_text(encoding="utf-8")
SMALL = """
id = "small"
version = "1"
title = "Small"
languages = ["en"]

[scoring]
turns_per_find = 1
full_at = 1

[lists]
kind_words = ["bless you", "you poor thing"]

[[behaviours]]
id = "care"
title = "Care"
about = "Cares."
not_observed = "Nothing to care about."
start = 2.0
points = { kind = 2.0, curt = -1.0 }
anchors = { 1 = "a", 2 = "b", 3 = "c", 4 = "d", 5 = "e" }

[[indicators]]
id = "kind"
meaning = "is kind"
says = "was kind"
for = ["care"]
patterns = ["<kind_words>"]
met = ["oh bless you"]
not_met = ["next please", "what a pity"]

[[indicators]]
id = "curt"
meaning = "is curt"
says = "was curt"
against = ["care"]
patterns = ["next please"]
met = ["next please"]
not_met = ["oh bless you"]
"""
SAID = [
    ("customer", "I fell on the stairs and my arm hurts a lot today"),
    ("agent", "What a pity. And what is your name?"),
    ("customer", "My name is Ann and I live in the long road"),
    ("agent", "Right, next please."),
]
CALL = Transcript(
    "call-1", "en", tuple(Turn(who, text) for who, text in SAID), agent_is=AgentIs("said", 1.0, 0)
)


def edited(text, *edits):
    for path, value in edits:
        text = with_value(text, path, value)
    return parse(text, "edited")


def on(after, scorer="rules", before=SMALL):
    return Preview(parse(before, "before")).on(CALL, after, scorer)


def told(difference):
    return [
        ("+" if one.appears else "-", one.behaviour, one.indicator, one.stance, one.quote.text)
        for one in difference.pieces
    ]


def levels(difference):
    def level(score):
        return score and score.level

    return {one.behaviour: (level(one.before), level(one.after)) for one in difference.moved}


def test_nothing_changed_is_no_difference():
    difference = on(parse(SMALL, "same"))
    assert (difference.pieces, difference.moved) == ((), ())
    assert difference.before == difference.after


def test_a_pattern_brings_evidence_and_moves_a_level():
    """1 point against 2.0 gives level 1; 2 points for it make 3.0."""
    difference = on(edited(SMALL, (("indicators", "kind", "patterns", 1), "what a pity")))
    assert told(difference) == [("+", "care", "kind", "for", "What a pity.")]
    assert levels(difference) == {"care": (1, 3)}
    assert (difference.before.value, difference.after.value) == (0, 50)
    (piece,) = difference.pieces
    assert piece.found and piece.shown


def test_a_word_list_is_looked_for_again_wherever_it_is_used():
    after = edited(SMALL, (("lists", "kind_words", 2), "what a pity"))
    assert told(on(after)) == [("+", "care", "kind", "for", "What a pity.")]


def test_taking_a_pattern_away_takes_its_evidence():
    after = edited(SMALL, (("indicators", "curt", "patterns", 0), "hurry up"))
    difference = on(after)
    assert told(difference) == [("-", "care", "curt", "against", "Right, next please.")]
    assert levels(difference) == {"care": (1, 2)}


def test_points_move_levels_without_any_evidence():
    difference = on(edited(SMALL, (("behaviours", "care", "points", "curt"), -0.1)))
    assert (told(difference), levels(difference)) == ([], {"care": (1, 2)})


def test_a_behaviour_that_one_side_lacks_has_no_level_there():
    new = {
        "title": "Speed", "about": "a", "not_observed": "n",
        "anchors": {str(level): "x" for level in range(1, 6)},
    }  # fmt: skip
    after = edited(
        SMALL, (("behaviours", "speed"), new), (("indicators", "curt", "for"), ["speed"])
    )
    difference = on(after)
    assert levels(difference) == {"speed": (None, 3)}
    assert difference.moved[0].before is None
    assert told(difference) == [("+", "speed", "curt", "for", "Right, next please.")]
    back = Preview(after).on(CALL, parse(SMALL, "small"), "rules")
    assert back.moved[0].after is None


def test_both_sides_have_the_scorer_that_both_can_have():
    """The learned one takes a rubric of its id and behaviours, whatever else was edited."""
    before = parse(SHIPPED, "shipped")
    pattern = edited(SHIPPED, (("indicators", "commits", "patterns", 0), "i shall"))
    more = edited(
        SHIPPED,
        (
            ("behaviours", "pace"),
            {
                "title": "Pace", "about": "a", "not_observed": "n",
                "anchors": {str(level): "x" for level in range(1, 6)},
            },
        ),
    )  # fmt: skip
    other = edited(SHIPPED, (("id",), "ours"))
    assert [scorer_of(one) for one in (before, pattern, more, other)] == [
        "learned", "learned", "rules", "rules",
    ]  # fmt: skip
    assert [common(before, one) for one in (before, pattern, more, other)] == [
        "learned", "learned", "rules", "rules",
    ]  # fmt: skip
    assert common(more, before) == "rules"


EDITS = {
    "pattern": lambda: with_value(SHIPPED, ("indicators", "commits", "patterns", 0), "thank you"),
    "removed": lambda: without(SHIPPED, "indicators", "commits"),
    "list": lambda: with_value(SHIPPED, ("lists", "feelings", 0), "lovely"),
    "setting": lambda: with_value(SHIPPED, ("uptake", "takes_up"), -3.0),
    "stance": lambda: with_value(SHIPPED, ("indicators", "promise", "for"), ["learning"]),
}


@pytest.fixture(scope="module")
def shipped():
    return Preview(parse(SHIPPED, "shipped"))


@pytest.mark.parametrize("edit", EDITS, ids=str)
def test_looking_for_what_was_edited_is_as_good_as_looking_for_everything(shipped, edit):
    """Evidence, examples and the scores of both scorers, against finders made anew."""
    after = parse(EDITS[edit](), "edited")
    said = page_fixtures.review().transcript
    found = [piece for finder in finders(after) for piece in finder.find(said)]
    for name, scorer in (("rules", RuleScorer(after)), ("learned", LearnedScorer(after))):
        wanted = scorer.score(said, found, measure(said, after))
        shipped.on(said, after, name)
        seen = shipped._sides[after.digest, name].of(said)
        assert set(seen.found) == set(found)
        assert [(one.level, set(one.evidence)) for one in seen.scores] == [
            (one.level, set(one.evidence)) for one in wanted
        ]
    wrong = [run for run in shipped.examples(after) if not run.holds]
    assert [f"indicators.{run.indicator}" for run in wrong] == [
        problem.split(": ")[0].rsplit(".", 1)[0] for problem in example_problems(after)
    ]


def test_examples_are_run_on_the_draft():
    preview = Preview(parse(SMALL, "small"))
    assert all(run.holds for run in preview.examples(preview.before))
    after = edited(SMALL, (("indicators", "kind", "patterns", 1), "what a pity"))
    (wrong,) = [run for run in preview.examples(after) if not run.holds]
    assert (wrong.indicator, wrong.met, wrong.number, wrong.found) == ("kind", False, 1, True)
    timed = edited(SMALL, (("indicators", "kind", "met", 1), {"timed": ["agent hello"]}))
    assert "must be like" in next(run for run in preview.examples(timed) if run.problem).problem


def test_a_sentence_can_be_tried():
    preview = Preview(parse(SMALL, "small"))
    after = edited(SMALL, (("indicators", "kind", "patterns", 1), "what a pity"))
    said = Example(agent="what a pity, next please")
    assert [hit.indicator for hit in preview.signs(preview.before, said)] == ["curt"]
    assert {hit.indicator for hit in preview.signs(after, said)} == {"kind", "curt"}


def test_what_was_worked_out_is_kept_and_does_not_grow(monkeypatch):
    preview = Preview(parse(SMALL, "small"))
    after = edited(SMALL, (("indicators", "kind", "patterns", 1), "what a pity"))
    first = preview.on(CALL, after, "rules")
    monkeypatch.setattr("qa_review.grade.preview.measure", lambda *_: pytest.fail("done twice"))
    assert preview.on(CALL, after, "rules") == first
    monkeypatch.undo()
    for number in range(20):
        more = edited(SMALL, (("indicators", "kind", "patterns", 1), f"word{'x' * number}"))
        preview.on(CALL, more, "rules")
    assert len(preview._sides) <= 6
