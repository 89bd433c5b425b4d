"""Editing a rubric's file: what is edited changes, every other byte stays."""

from __future__ import annotations

import tomllib

import pytest

from qa_review.base.errors import RubricError, UnknownName
from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import parse
from qa_review.grade.tomlkit import as_version, difference, line_of, with_value, without

SHIPPED = rubric_path("behaviours.v1").read_text(encoding="utf-8")
SMALL = """\
# What good is, for the front desk.
id = "small"  # never changes
version = "1"
title = "Small"
languages = ["en"]

# ---- behaviours ----

[[behaviours]]
id = "care"
title = "Care"            # on the page
about = "Cares."
not_observed = "Nothing to care about."
points = { kind = 1.0 }   # by hand

# each anchor is heard, not felt
[behaviours.anchors]
1 = "a"
2 = "b"  # rare
3 = "c"
4 = "d"
5 = "e"

# ---- indicators ----

[[indicators]]
id = "kind"
meaning = "is kind"
says = "was kind"
for = ["care"]
patterns = [
  # said in the north
  "bless you",
  "you poor (thing|love)", # and in the south
]
met = ["oh bless you", { customer = "I fell", agent = "you poor thing" }]
not_met = [
  "next"
  # the one that people argue about: "bless"
]

# ---- the end ----
"""


def changed(path, value, text=SMALL):
    """The lines that an edit takes out and puts in."""
    lines = difference(text, with_value(text, path, value), names=("a", "b")).splitlines()
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


TITLE, POINTS = 'title = "Care"            # on the page', "points = { kind = 1.0 }   # by hand"
MET = 'met = ["oh bless you", { customer = "I fell", agent = "you poor thing" }]'
KIND = SMALL[SMALL.index("[[indicators") : SMALL.index("# ---- the end")].rstrip().splitlines()
SLIPPED = {"customer": "I slipped", "agent": "you poor love"}
EDITS = [
    ("title", "Tiny", ['-title = "Small"', '+title = "Tiny"']),
    ("behaviours care title", "Ca", [f"-{TITLE}", f"+{TITLE.replace('Care', 'Ca')}"]),
    ("behaviours care anchors 2", 'b "so"', ['-2 = "b"  # rare', '+2 = "b \\"so\\""  # rare']),
    ("behaviours care points kind", 0.5, [f"-{POINTS}", f"+{POINTS.replace('1.0', '0.5')}"]),
    ("behaviours care weight", 2, ["+weight = 2"]),
    ("indicators kind patterns 0", "bless (you|him)", ['-  "bless you",', '+  "bless (you|him)",']),
    ("indicators kind patterns 2", "oh dear", ['+  "oh dear",']),
    ("indicators kind patterns 0", None, ['-  "bless you",']),
    ("indicators kind reply 0", "thank you", ['+reply = ["thank you"]']),
    ("indicators kind not_met 1", "well", ['-  "next"', '+  "next",', '+  "well"']),
    ("indicators kind weight", 0.8, ["+weight = 0.8"]),
    (
        "indicators kind met 1", SLIPPED,
        [f"-{MET}", f"+{MET.replace('fell', 'slipped').replace('thing', 'love')}"],
    ),
    ("indicators kind met 0", None, [f"-{MET}", "+" + MET.replace('"oh bless you", ', "")]),
    ("indicators kind", None, [*(f"-{line}" for line in KIND), "-"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "lines"), EDITS, ids=lambda one: str(one)[:30])
def test_an_edit_changes_its_value_and_no_other_byte(path, value, lines):
    steps = [int(one) if one.isdecimal() and "anchors" not in path else one for one in path.split()]
    assert sorted(changed(steps, value)) == sorted(lines)


def test_every_value_of_the_shipped_rubric_can_be_set_alone():
    """What the workshop edits: the first of each kind of value, in the file as it is shipped."""
    values = tomllib.loads(SHIPPED)
    assert with_value(SHIPPED, ("title",), values["title"]) == SHIPPED
    for behaviour in values["behaviours"][:2]:
        name = ("behaviours", behaviour["id"])
        for path in (("about",), ("not_observed",), ("anchors", "3"), ("points", "ignores")):
            lines = changed((*name, *path), 0.25 if path[0] == "points" else "new", SHIPPED)
            assert len(lines) <= 2 and lines[-1].startswith("+")
    for indicator in [one for one in values["indicators"] if "patterns" in one][:4]:
        name = ("indicators", indicator["id"])
        assert len(changed((*name, "patterns", 0), "new words", SHIPPED)) == 2
        count = len(indicator["not_met"])
        added = with_value(SHIPPED, (*name, "not_met", count), "new words")
        read = {one["id"]: one for one in tomllib.loads(added)["indicators"]}
        assert read[indicator["id"]]["not_met"] == [*indicator["not_met"], "new words"]
        assert with_value(added, (*name, "not_met", count), None).replace(" ", "") == (
            SHIPPED.replace(" ", "")
        )


def test_a_new_table_comes_after_its_kind_and_before_the_next_heading():
    made = with_value(
        SMALL,
        ("behaviours", "speed"),
        {"title": "Speed", "about": "Quick.", "not_observed": "n", "anchors": {"1": "a", "2": "b"}},
    )
    new = made[made.index('5 = "e"') : made.index("# ---- indicators")]
    assert new == (
        '5 = "e"\n\n[[behaviours]]\nid = "speed"\ntitle = "Speed"\nabout = "Quick."\n'
        'not_observed = "n"\n\n[behaviours.anchors]\n1 = "a"\n2 = "b"\n\n'
    )
    assert with_value(made, ("behaviours", "speed"), None) == SMALL


def test_without_an_indicator_nothing_asks_for_it_and_headings_stay():
    made = without(SHIPPED, "indicators", "misleads")
    assert '"misleads"' not in made and "\nmisleads =" not in made
    headings = [line for line in SHIPPED.splitlines() if line.startswith("#")]
    assert [line for line in made.splitlines() if line.startswith("#")] == headings
    assert "misleads" not in {one.id for one in parse(made, "made").indicators}


def test_without_a_behaviour_no_indicator_speaks_to_it():
    made = without(SHIPPED, "behaviours", "learning")
    rubric = parse(made, "made")
    assert [one.id for one in rubric.behaviours][-1] == "ownership"
    assert len(rubric.indicators) == len(parse(SHIPPED, "shipped").indicators)
    assert [line for line in made.splitlines() if line.startswith("#")] == [
        line for line in SHIPPED.splitlines() if line.startswith("#")
    ]


def test_what_is_not_there_is_refused_by_name():
    with pytest.raises(UnknownName, match="no behaviour is called 'cure'; there is care"):
        with_value(SMALL, ("behaviours", "cure", "title"), "x")
    with pytest.raises(ValueError, match=r"no indicators\.kind\.patterns\.7"):
        with_value(SMALL, ("indicators", "kind", "patterns", 7), "x")
    with pytest.raises(RubricError, match="not TOML"):
        with_value("a = ", ("a",), 1)
    with pytest.raises(UnknownName):
        without(SMALL, "indicators", "unkind")


def test_a_draft_may_be_wrong_and_a_version_may_not():
    draft = with_value(SMALL, ("indicators", "kind", "patterns", 0), "bless (you")
    draft = with_value(draft, ("behaviours", "care", "anchors", "5"), None)
    with pytest.raises(RubricError) as told:
        as_version(draft, "2")
    assert len(told.value.problems) == 2
    made = as_version(SMALL, "2")
    assert made == SMALL.replace('version = "1"', 'version = "2"')


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ("title", 'title = "Small"'),
        ("behaviours.care.title", TITLE),
        ("behaviours.care.anchors.2", '2 = "b"  # rare'),
        ("behaviours.care.points", POINTS),
        ("behaviours.care.opportunity", "[[behaviours]]"),
        ("indicators.kind.patterns", "patterns = ["),
        ("indicators.kind.met[2]", MET),
    ],
)  # fmt: skip
def test_a_problem_has_a_line(where, line):
    number = line_of(SMALL, where)
    assert number and SMALL.splitlines()[number - 1] == line
    assert line_of(SMALL, "nothing") is None
