"""What an index holds, read without a browser."""

from __future__ import annotations

from dataclasses import replace

import page_fixtures as fixtures
import pytest
from browser.shape import read

from qa_review.base.records import from_json, to_json
from qa_review.keep.folder import Failure
from qa_review.view.index import IndexRow, render_index

KINDS = [fixtures.review, fixtures.written, fixtures.unscored, fixtures.unsure]
ROW = IndexRow.of(fixtures.review(), "calls/one.html")
UNSURE = IndexRow.of(fixtures.unsure(), "calls/two.html")


def tree(rows, failures=()):
    return read(render_index(rows, failures, titles=fixtures.TITLES, heading="November"))


def cells(row):
    return cells_of(row.children)


def cells_of(found):
    return [" ".join(cell.text.split()) for cell in found]


def test_a_row_shows_the_call_its_scores_and_how_it_ran():
    (line,) = tree([ROW]).all("table", id="calls")[0].all("tbody")[0].all("tr")
    assert cells(line) == [
        "nl-2026-11-18-0412", "Dana Whitfield", "Broadband North", "Faults",
        "18 Nov 2026, 14:05", "2:03", "88", "4", "5", "5", "4", "N/A", "61 %", "9.2 s", "8:32",
    ]  # fmt: skip


def levels(page, row=0):
    line = page.all("table", id="calls")[0].all("tbody")[0].all("tr")[row]
    return line.children[7:12]


def test_a_level_of_an_unproven_behaviour_has_a_sign_and_one_left_open_says_so():
    shown = levels(tree([UNSURE]))
    assert cells_of(shown) == ["4", "5? unproven", "open", "4? unproven", "N/A"]
    assert shown[1].all("span", class_="query")[0].attributes["aria-hidden"] == "true"
    assert shown[1].all("span", class_="heard-only")[0].text == " unproven"


def test_a_sign_is_no_part_of_what_a_cell_sorts_by():
    values = [cell.attributes.get("data-v") for cell in levels(tree([UNSURE]))]
    assert values == ["4", "5", None, "4", None]


def test_what_the_signs_mean_is_told_once_and_only_where_there_are_any():
    (meant,) = tree([ROW, UNSURE, UNSURE]).all("p", class_="signs")
    assert meant.text.startswith(
        "? unproven: agreement with people has not been shown for this behaviour yet"
    )
    assert "open: " in meant.text
    assert not tree([ROW]).all("p", class_="signs")
    (meant,) = tree([replace(UNSURE, left_open=())]).all("p", class_="signs")
    assert "open" not in meant.text
    (meant,) = tree([replace(UNSURE, unproven=())]).all("p", class_="signs")
    assert "unproven" not in meant.text


def test_an_unproven_behaviour_without_a_level_has_no_sign():
    page = tree([replace(ROW, unproven=("learning",))])
    assert cells_of(levels(page))[4] == "N/A" and not page.all("p", class_="signs")


def test_a_call_that_was_left_open_whole_is_not_one_without_anything_to_observe():
    row = replace(UNSURE, levels={"expectation": None}, overall=None)
    (line,) = tree([row]).all("section", id="notes")[0].all("tbody")[0].all("tr")
    assert cells(line)[1] == "what was observed was left open"


def test_a_row_that_was_stored_before_scorers_could_abstain_still_reads():
    stored = to_json(ROW)
    del stored["left_open"], stored["unproven"]
    assert from_json(IndexRow, stored) == ROW


def test_every_column_has_a_button_that_sorts_it():
    heads = tree([ROW]).all("table", id="calls")[0].all("thead")[0].all("th")
    assert [" ".join(head.all("button")[0].text.split()) for head in heads] == [
        "Call", "Agent", "Team", "Queue", "Date", "Duration", "Overall", "Listening",
        "Understanding", "Expectation setting", "Ownership", "Learning", "Agent talk",
        "Longest silence", "Handling time",
    ]  # fmt: skip


@pytest.mark.parametrize("make", KINDS)
def test_a_row_comes_back_from_json(make):
    row = IndexRow.of(make(), "x.html")
    assert from_json(IndexRow, to_json(row)) == row


def test_a_link_leads_to_the_page_and_nowhere_else():
    odd = tree([replace(ROW, page="a b#c?d.html"), replace(ROW, page="javascript:alert(1)")])
    links = [a.attributes["href"] for a in odd.all("table", id="calls")[0].all("a")]
    assert links == ["./a%20b%23c%3Fd.html", "./javascript%3Aalert%281%29"]


def test_counts_tell_calls_from_failures():
    failed = [
        Failure("a", "a.wav", "unreadable", "cut off"),
        Failure("b", "", "too long", "3 hours"),
    ]
    page = tree([ROW, IndexRow.of(fixtures.unscored(), "u.html")], failed)
    counts = page.all("p", class_="counts")[0].text
    assert counts == "2 calls \u00b7 1 scored \u00b7 1 not scored \u00b7 2 failed"
    lines = page.all("section", id="failures")[0].all("tbody")[0].all("tr")
    assert [cells(line) for line in lines] == [
        ["a.wav", "unreadable", "cut off"],
        ["b", "too long", "3 hours"],
    ]


def test_a_call_that_was_not_scored_says_why():
    page = tree([IndexRow.of(fixtures.unscored(), "u.html")])
    (line,) = page.all("section", id="notes")[0].all("tbody")[0].all("tr")
    assert cells(line) == ["nl-2026-11-18-0412", "language not covered: de", "de"]


def test_sections_without_content_are_left_out():
    page = tree([ROW])
    assert not page.all("section", id="notes") and not page.all("section", id="failures")


def test_an_index_of_nothing_says_so():
    page = tree([], [Failure("a", "a.wav", "unreadable", "cut off")])
    assert "There is no call here." in page.text and "a.wav" in page.text


def test_what_is_not_known_is_a_dash_and_has_no_value_to_sort_by():
    bare = IndexRow("x.html", "x")
    (line,) = tree([bare]).all("table", id="calls")[0].all("tbody")[0].all("tr")
    assert cells(line)[1:] == ["", "", "", "", "\u2013", "none", *["\u2013"] * 8]
    assert ["data-v" in cell.attributes for cell in line.children].count(True) == 1


def test_behaviours_that_the_rubric_lacks_have_a_column_too():
    other = replace(ROW, levels={"patience": 2})
    heads = tree([ROW, other]).all("table", id="calls")[0].all("th", class_="number")
    assert "Patience" in heads[7].text


@pytest.mark.parametrize(
    ("share", "band"),
    [(0.0, "w0"), (0.024, "w0"), (0.026, "w1"), (0.5, "w10"), (1.0, "w20"), (7.0, "w20")],
)
def test_a_band_is_as_long_as_the_share_and_never_longer_than_the_cell(share, band):
    page = tree([replace(ROW, talk_share=share)])
    (line,) = page.all("table", id="calls")[0].all("tbody")[0].all("tr")
    assert band in line.children[12].attributes["class"].split()


def test_a_figure_held_down_says_so():
    page = tree([replace(ROW, overall=25.0, capped="a misleading promise")])
    (line,) = page.all("table", id="calls")[0].all("tbody")[0].all("tr")
    assert cells(line)[6] == "25 \u2193held down: a misleading promise"
