"""The parts of a session's page that hold figures: agreement, raters, decisions, receipts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from browser.shape import read
from session_fixtures import TITLES, session
from session_pages import part, rows, said, tables, tree_of

from qa_review.base.agreement import Agreement
from qa_review.meet.figures import SHOWN
from qa_review.view.session_figures import NAMES
from qa_review.view.session_raters import axis

# --- figures -----------------------------------------------------------------------------------


def test_every_figure_that_is_shown_has_a_name():
    assert set(SHOWN) <= set(NAMES)


def test_agreement_is_told_blind_and_after_discussion():
    levels, totals = tables(tree_of("discussed"), "agreement")
    assert levels[0] == ["Behaviour", *(NAMES[name][0] for name in SHOWN)]
    more = "n 2 needs 18 more calls"
    # blind: 2 4 5, of which no pair of three is the same and one is within 1; and 3 3 3
    assert levels[1][:3] == [f"{TITLES[0]} blind", f"50 %, {more}", f"67 %, {more}"]
    # after discussion: 4 4 5, of which one pair is the same and all are within 1; and 3 3 3
    assert levels[2][:3] == [f"{TITLES[0]}, after discussion", f"67 %, {more}", f"100 %, {more}"]
    pooled = ["All behaviours blind", "All behaviours, after discussion"]
    assert [row[0] for row in levels[3:]] == [*TITLES[1:], *pooled]
    # the same pairs by behaviour: (0 + 1)/2, (1 + 1)/2, (1/3 + 1/3)/2, (0 + 1)/2, (1 + 1)/2
    assert levels[-2][1] == "67 %, n 10, 2 calls needs 18 more calls"
    assert totals[0] == ["Of", "Within 5 points", "ICC(2,1)"]
    caption = said(part(tree_of("discussed"), "agreement").all("caption")[0])
    assert "Not enough data where more calls are needed" in caption


def test_with_calls_enough_a_figure_has_its_interval():
    levels, _ = tables(tree_of("large"), "agreement")
    assert re.fullmatch(r"\d+ % \[\d+ %, \d+ %\], n 40", levels[1][1])
    assert re.fullmatch(r"0\.\d\d \[0\.\d\d, 0\.\d\d\], n 40", levels[1][5])
    assert re.fullmatch(r"0\.\d\d \[0\.\d\d, 0\.\d\d\], n 200, 40 calls", levels[-1][-1])


def test_what_is_undefined_says_why():
    (*levels, _), _ = tables(tree_of("identical"), "agreement")
    for row in levels[1:]:
        assert row[1].startswith("100 %") and row[4].startswith("1.00")
        assert all(row[n].startswith("undefined: ") for n in (3, 5, 6))
    (*levels, _), _ = tables(tree_of("nobody"), "agreement")
    assert {cell for row in levels[1:] for cell in row[1:]} == {
        "undefined: fewer than 2 raters, n 0"
    }


# --- raters ------------------------------------------------------------------------------------


def test_raters_stand_in_the_order_of_the_session_with_their_differences():
    others, master = tables(tree_of("discussed"), "raters")
    # ann less the mean of bo and cy: -2.5 0 -0.5 1.5 on call-a, 0 0 -1 0 0 on call-b; / 9
    assert [[row[0], *row[2:]] for row in others[1:]] == [
        ["ann", "-0.28, n 9, 2 calls nothing can be concluded: needs 8 more calls",
         "1.06 levels", "10 %"],
        ["bo", "-0.10, n 10, 2 calls nothing can be concluded: needs 8 more calls",
         "0.57 levels", "0 %"],
        ["cy", "+0.39, n 9, 2 calls nothing can be concluded: needs 8 more calls",
         "0.70 levels", "10 %"],
    ]  # fmt: skip
    # the one master score that is a level is 4, where they gave 2, 4 and 5
    assert [row[2].split(",")[0] for row in master[1:]] == ["-2.00", "0.00", "+1.00"]
    assert {row[3] for row in master[1:]} == {"too few to tell"}


def test_with_calls_enough_a_difference_has_its_interval_and_nothing_is_held_back():
    others, _ = tables(tree_of("large"), "raters")
    for row in others[1:]:
        assert re.fullmatch(r"[+-]0\.\d\d \[[+-]0\.\d\d, [+-]0\.\d\d\], n 200, 40 calls", row[2])


#   low     high    from     to      arrows
@pytest.mark.parametrize(
    ("low", "high", "x1", "x2", "arrows"),
    [
        (-1.0, 1.0, "57.0", "147.0", 0),
        (-3.0, 0.0, "12.0", "102.0", 1),
        (-9.0, 9.0, "12.0", "192.0", 2),
    ],
)
def test_a_difference_is_drawn_around_0_and_an_arrow_stands_for_what_is_beyond(
    low, high, x1, x2, arrows
):
    one = Agreement((low + high) / 2, None, (low, high), 0.5, 30)
    drawn = read(axis(one, 2))
    (interval,) = drawn.all("line", class_="interval")
    assert (interval.attributes["x1"], interval.attributes["x2"]) == (x1, x2)
    assert len(drawn.all("path", class_="beyond")) == arrows
    assert not drawn.all("circle", class_="few")
    assert read(axis(replace(one, interval=None, lacking=4), 2)).all("circle", class_="few")


def test_who_moved_and_towards_whom():
    tree = tree_of("discussed")
    assert said(part(tree, "moved").all("p")[0]) == "1 level changed in 2 votes."
    ((_, moved),) = tables(tree, "moved")
    assert moved == ["ann", f"{TITLES[0]} on call-a", "2 \u2192 4", "bo", "she named it"]
    nobody = said(part(tree_of("identical"), "moved"))
    assert "Nobody voted again after the discussion." in nobody


# --- decisions ---------------------------------------------------------------------------------


def test_decisions_and_what_changed():
    decided, edits, notes, changed, *_ = tables(tree_of("discussed"), "decided")
    assert [row[:3] for row in decided[1:]] == [
        [f"{TITLES[0]} on call-a", "3 replaced by a later decision", "a first guess"],
        [f"{TITLES[0]} on call-a", "4", "she named the feeling at once"],
        [f"{TITLES[4]} on call-a", "N/A", "nothing was fed back Not observed: the customer gave no "
         "feedback that could be learned from"],
    ]  # fmt: skip
    assert [row[0] for row in edits[1:]] == ["behaviours, version 2", "behaviours, version 3"]
    before = session("discussed").rubric.behaviours[0].anchors[3]
    assert edits[1][1].endswith(f"Names the feeling at once.In version 1: {before}")
    assert notes[1][:3] == ["ann", "Read level 4 again.", f"call-a, {TITLES[0]}"]
    assert changed[1][1:] == [
        "Krippendorff\u2019s alpha",
        "0.31 [0.12, 0.48], n 24 january-aaaa",
        "0.66 [0.52, 0.78], n 30 march-bbbb",
        "higher: the intervals lie apart",
    ]
    nothing = said(part(tree_of("identical"), "decided"))
    assert "No master score was decided." in nothing and "The rubric was not changed." in nothing


def test_a_run_over_sessions_is_drawn_with_its_numbers_and_its_gaps():
    ann, bo = part(tree_of("discussed"), "decided").all("div", class_="runs")[0].children
    assert said(ann.all("h4")[0]) == "ann, against the master scores"
    (chart,) = ann.all("div", class_="chart")
    assert len(chart.all("circle")) == 3 and len(chart.all("line", class_="way")) == 1
    assert [row[:2] for row in rows(ann)[2:4]] == [
        ["session-2", "undefined: no unit has both values, n 30, 10 calls"],
        ["session-3", "+0.30 [0.00, +0.60], n 30, 14 calls"],
    ]
    assert not bo.all("div", class_="chart") and rows(bo)[1][2] == "the first"


def test_receipts_are_at_the_very_end():
    tree = tree_of("discussed")
    assert said(tree.all("section")[-1].all("h2")[0]) == "Receipts"
    ((_, *receipts),) = tables(tree, "receipts")
    given = [(one.rater, one.call_id, "1", one.digest) for one in session("discussed").commitments]
    assert [tuple(row[:4]) for row in receipts] == given and len(given) == 6


def test_a_ballot_that_was_handed_in_again_is_told():
    ((_, *receipts),) = tables(tree_of("added later"), "receipts")
    assert [row[2] for row in receipts[:2]] == ["1 replaced by a later one", "2 does not count"]
