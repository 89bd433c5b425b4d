"""Rubrics: what a file must hold, and that every problem is reported at once."""

from pathlib import Path

import pytest

from qa_review.base.errors import RubricError
from qa_review.grade.examples import example_problems
from qa_review.grade.rubric import load, problems
from qa_review.grade.uptake import RELATIONS
from qa_review.grade.vocabulary import RELATIONS as RELATION_NAMES

RUBRICS = Path(__file__).resolve().parents[1] / "rubrics"
SHIPPED = sorted(RUBRICS.glob("*.toml"))

SMALL = """
id = "small"
version = "1"
title = "Small"
languages = ["en"]

[[behaviours]]
id = "care"
title = "Care"
about = "Cares."
not_observed = "Nothing to care about."
points = { kind = 1.0 }
anchors = { 1 = "a", 2 = "b", 3 = "c", 4 = "d", 5 = "e" }

[[indicators]]
id = "kind"
meaning = "is kind"
says = "was kind"
for = ["care"]
patterns = ["bless you"]
met = ["oh bless you"]
not_met = ["next"]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rubric.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_rubrics_are_shipped() -> None:
    assert {path.name for path in SHIPPED} >= {"behaviours.v1.toml", "leader_craft.v1.toml"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_every_example_of_a_shipped_rubric_holds(path: Path) -> None:
    assert example_problems(load(path)) == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_every_indicator_has_four_examples_that_meet_it_and_three_that_do_not(path: Path) -> None:
    few = [
        i.id
        for i in load(path).indicators
        if not i.no_examples and (len(i.met) < 4 or len(i.not_met) < 3)
    ]
    assert few == []


def test_the_default_rubric_scores_five_behaviours_with_equal_weights() -> None:
    rubric = load(RUBRICS / "behaviours.v1.toml")
    assert [b.id for b in rubric.behaviours] == [
        "listening", "understanding", "expectation_setting", "ownership", "learning",
    ]  # fmt: skip
    assert {b.weight for b in rubric.behaviours} == {1.0}
    assert all(len(b.anchors) == 5 for b in rubric.behaviours)
    assert rubric.indicator("alternative").supports == ("expectation_setting", "ownership")


def test_the_digest_changes_with_the_content_and_not_with_the_comments(tmp_path: Path) -> None:
    first = load(written(tmp_path, SMALL)).ref
    commented = load(written(tmp_path, "# a remark\n" + SMALL)).ref
    changed = load(written(tmp_path, SMALL.replace("oh bless you", "bless you"))).ref
    assert first == commented
    assert first.digest != changed.digest


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('title = "Small"', "", "title: missing"),
        ('title = "Small"', 'titel = "Small"', "titel: unknown key (did you mean 'title'?)"),
        ('title = "Small"', "title = 3", "title: must be text, not a whole number"),
        ('languages = ["en"]', 'languages = "en"', "languages: must be a list of texts, not text"),
        (', 5 = "e"', "", "behaviours.care.anchors.5: missing"),
        ('about = "Cares."', 'about = "Cares."\nweight = -1', "must be 0 to 1000, not -1"),
        ('about = "Cares."', 'about = "Cares."\nweight = 0', "the weights must not all be 0"),
        ("points = { kind", "points = { kindd", "there is no indicator 'kindd'; there is kind"),
        ('for = ["care"]', 'for = ["cure"]', "there is no behaviour 'cure'; there is care"),
        ('"bless you"', '"bless (you"', "'bless (you' can't be used: '(' is not closed"),
        ('"bless you"', '"bless <who>"', "there is no list 'who'; there is none"),
        ('["bless you"]', "[]", "patterns: missing: an indicator found by patterns needs some"),
        ('met = ["oh bless you"]', "", "met and not_met examples are needed"),
        ('says = "was kind"', 'says = "was kind"\nspeaker = "boss"', "must be one of agent, cust"),
        ('says = "was kind"', 'says = "was kind"\nrelation = "nods"', "must be one of"),
        ('says = "was kind"', 'says = "was kind"\nfinders = ["ears"]', "must be among patterns"),
    ],
)
def test_a_problem_names_its_place_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in SMALL
    found = problems(written(tmp_path, SMALL.replace(old, new, 1)))
    assert any(said in problem for problem in found), found


def test_an_id_given_twice_is_a_problem(tmp_path: Path) -> None:
    twice = SMALL + SMALL[SMALL.index("[[indicators]]") :]
    assert "indicators.kind: this id is given 2 times" in problems(written(tmp_path, twice))


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    bad = SMALL.replace('id = "small"', "id = 1").replace("bless you", "bless <x>")
    with pytest.raises(RubricError) as caught:
        load(written(tmp_path, bad.replace('["care"]', '["cure"]')))
    assert len(caught.value.problems) >= 3


def test_a_file_that_is_not_toml_is_a_rubric_error(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match="not TOML"):
        load(written(tmp_path, "id = "))


def test_an_example_that_fails_is_named_with_its_text(tmp_path: Path) -> None:
    rubric = load(written(tmp_path, SMALL.replace('["next"]', '["bless you all"]')))
    assert example_problems(rubric) == [
        "indicators.kind.not_met[1]: kind is found in 'bless you all'"
    ]


def test_a_timed_example_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    rubric = load(written(tmp_path, SMALL.replace('["next"]', '[{ timed = ["agent hello"] }]')))
    assert "must be like" in example_problems(rubric)[0]


def test_the_names_of_relations_are_those_that_can_be_tested() -> None:
    assert set(RELATION_NAMES) == {"", *RELATIONS}
