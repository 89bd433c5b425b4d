"""The page of a session: what raters said and what came of it, and nothing that is foreign."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import pytest
from browser.chromium import launched, opened
from browser.rules import astray, broken, foreign
from browser.shape import Element, read, shape
from hypothesis import given, settings
from hypothesis import strategies as st
from session_fixtures import LINES, MEETINGS, TITLES, session
from session_pages import LONG, hostile, page_of, part, rows, said, tables, tree_of

from qa_review.keep.audit import SOFTWARE
from qa_review.view.figures import when
from qa_review.view.session import session_page
from qa_review.view.session_differences import MOST, along

KINDS = (*MEETINGS, "hostile")
SEEN = ("discussed", "tampered", "with the scorer", "hostile")
"""the sessions that are opened in a browser: between them they show all that a page can"""
ATTACKS = [
    "<script>alert(1)</script>",
    "</style></title><svg onload=alert(1)>",
    "\" onmouseover=\"alert(1)' x='",
    LONG,
    "\u202egnp.exe\x00",
    "lone \ud800 surrogate",
]


class TestEveryPage:
    @pytest.fixture(params=KINDS)
    def page(self, request):
        return page_of(request.param)

    def test_is_one_file_that_asks_for_nothing_and_runs_nothing(self, page):
        assert foreign(read(page)) == []

    def test_has_headings_in_order_and_links_that_lead_somewhere(self, page):
        assert astray(read(page)) == []

    def test_holds_no_figure_that_is_not_a_number(self, page):
        assert not re.search(r"\b(nan|inf|None)\b", read(page).all("body")[0].text)


# --- the top -----------------------------------------------------------------------------------


def test_the_top_says_what_session_it_is_and_that_its_ballots_hold():
    one, tree = session("discussed").session, tree_of("discussed")
    top = tree.all("header")[0]
    assert tree.all("title")[0].text == "March calibration \u00b7 calibration session"
    assert said(top.all("h1")[0]) == "March calibration"
    assert said(top.all("p", class_="proof")[0]) == (
        "\u27136 ballots, each as it was handed in before the reveal (receipts)"
    )
    facts = {said(row.children[0]): said(row.children[1]) for row in top.all("dl")[0].children}
    assert facts == {
        "Lead": "kim",
        "Called": said(read(when(one.at))),
        "Deadline": "20 Mar 2026",
        "Revealed": said(read(when(one.revealed_at))),
        "Rubric": "Five behaviours of a call (behaviours, version 1)",
        "Rubric\u2019s digest": one.rubric.digest,
        "Calls": "2 calls, chosen at random with seed 3 from 11 calls",
        "Session": one.id,
    }
    assert not tree.all("div", class_="broken")


def test_the_top_says_who_is_missing_on_what():
    raters = tree_of("missing").all("div", class_="raters")[0]
    assert [said(li) for li in raters.all("li")] == [
        "ann 8 of 8 ballots",
        "bo 1 of 8 ballots; missing: call-2, call-3, call-4, call-5, call-6, call-7 and 1 more",
        "cy 0 of 8 ballots; missing: every call",
    ]
    assert said(raters.all("p")[0]) == "The scorer took no part as a rater."


def test_a_ballot_that_was_changed_is_told_before_anything_else():
    tree = tree_of("tampered")
    warning = tree.all("div", class_="broken")[0]
    assert [said(problem) for problem in warning.all("li")] == list(session("tampered").problems)
    assert "the ballot of ann on call-a does not count: it was sealed to another key" in said(
        warning
    )
    assert "This session does not hold together: 1 problem." in said(warning)
    assert not tree.all("p", class_="proof")
    assert "ann 1 of 2 ballots; does not count: call-a" in said(tree.all("header")[0])
    receipts = tables(tree, "receipts")[0]
    assert [row[2] for row in receipts[1:]].count("1 does not count") == 1


def test_each_problem_of_a_session_is_told():
    warning = tree_of("added later").all("div", class_="broken")[0]
    problems = session("added later").problems
    assert len(problems) >= 2 and [said(li) for li in warning.all("li")] == list(problems)


def test_the_scorer_is_told_apart_from_people():
    tree = tree_of("with the scorer")
    top = said(tree.all("header")[0])
    assert "qa_review the scorer 2 of 2 ballots" in top and "The scorer took part" in top
    captions = [said(caption) for caption in part(tree, "agreement").all("caption")]
    assert [caption.split(", ", 1)[1].split("Not")[0] for caption in captions] == [
        "among people",
        "0 to 100, blind, among people",
        "with the scorer as one of the raters",
        "0 to 100, blind, with the scorer as one of the raters",
    ]
    assert all(len(svg.all("rect", class_="dot")) == 1 for svg in scorer_rows(tree))


def scorer_rows(tree: Element) -> list[Element]:
    found = part(tree, "differ").all("tr")
    return [row for row in found if said(row).startswith(SOFTWARE)]


# --- where we differ ---------------------------------------------------------------------------


def test_the_widest_differences_come_first():
    differ = part(tree_of("discussed"), "differ")
    listening, _, expectations, ownership, learning = TITLES
    assert [(said(a.all("h3")[0]), said(a.all("p")[0])) for a in differ.all("article")] == [
        (f"{listening} on call-a", "3 levels apart"),  # 2 4 5
        (f"{ownership} on call-a", "2 levels apart"),  # 4 2 3
        (f"{learning} on call-a", "1 of 3 gave no level"),  # N/A 3 3
        (f"{learning} on call-b", "1 of 3 gave no level"),  # 3 3 N/A
        (f"{expectations} on call-a", "1 level apart"),  # 3 3 4
        (f"{expectations} on call-b", "1 level apart"),  # 2 3 3
    ]
    assert said(differ.all("p", class_="lede")[0]) == (
        "10 scores can be compared, each of one behaviour on one call. Raters agree on 4 and "
        "differ on 6, on 4 of these by 2 levels or more, or over N/A. Of the differences 2 ended "
        "in a master score."
    )


def test_a_difference_has_every_level_as_text_and_drawn():
    (first, *_) = part(tree_of("discussed"), "differ").all("article")
    assert [[row[0], row[2]] for row in rows(first)] == [
        ["Rater", "Level"],
        ["ann", "2 \u2192 4"],
        ["bo", "4 kept"],
        ["cy", "5"],
        ["Master", "4"],
    ]
    ann, bo, cy, master = (row.all("svg")[0] for row in first.all("tr")[1:])
    assert ann.all("circle", class_="ring")[0].attributes["cx"] == str(along(2))
    dots = [svg.all("circle", class_="dot")[0].attributes["cx"] for svg in (ann, bo, cy)]
    assert dots == [str(along(4)), str(along(4)), str(along(5))]
    assert master.all("path", class_="agreed") and not bo.all("circle", class_="ring")
    assert {r.attributes["x"] for r in first.all("rect", class_="band")} == {str(along(4) - 11)}


def test_reasons_and_quotes_stand_side_by_side():
    (first, _, learning, *_) = part(tree_of("discussed"), "differ").all("article")
    ann, bo, cy = first.all("div", class_="positions")[0].children
    assert [said(one.all("h4")[0]) for one in (ann, bo, cy)] == ["ann: 2", "bo: 4", "cy: 5"]
    assert said(ann.all("p")[0]) == f"ann on listening: {LINES[2][1]}"
    assert [said(quote) for quote in ann.all("li")] == [
        "\u2713for no wonder you're fed up turn 3, 0:07",
        "\u2715against which day was it due? turn 3, 0:07",
    ]
    absent = learning.all("div", class_="positions")[0].children[0]
    assert said(absent.all("h4")[0]) == "ann: N/A"
    assert said(absent.all("p")[0]).startswith("Not observed: the customer gave no feedback")


def test_a_quote_of_a_written_dialogue_has_its_turn_alone():
    one = session("discussed")
    ballots = tuple(
        replace(ballot, scores=tuple(
            replace(score, evidence=tuple(
                replace(e, quote=replace(e.quote, span=None)) for e in score.evidence
            )) for score in ballot.scores
        )) for ballot in one.ballots
    )  # fmt: skip
    places = read(session_page(replace(one, ballots=ballots), [], [])).all("span", class_="at")
    assert {said(place) for place in places} == {"turn 3"}


def test_a_difference_tells_what_was_said_and_what_came_of_it():
    (first, second, *_) = part(tree_of("discussed"), "differ").all("article")
    discussion, ending = first.all("div", class_="after")[0].children
    assert [said(line) for line in discussion.all("li")] == [
        "bo: Naming the feeling is more than a word of it.",
        "ann 2 \u2192 4 after discussion, towards bo: she named it",
        "bo kept 4 after discussion",
    ]
    assert said(ending.all("p")[0]) == (
        "Master score 4, decided by kim: she named the feeling at once"
    )
    assert [said(line) for line in ending.all("li")] == [
        f"Level 4 of {TITLES[0]} in new words, in version 2: Names the feeling at once.",
        "Indicator ack_content dropped, in version 3: never seen",
        "Note to ann: Read level 4 again.",
    ]
    undecided = second.all("p", class_="after")[0]
    assert said(undecided) == "Nothing decided yet: no remark, vote or master score."


def test_what_all_agree_on_is_one_line_each_and_folded_away():
    differ = part(tree_of("discussed"), "differ")
    (details,) = differ.all("details")
    assert "open" not in details.attributes
    assert said(details.all("summary")[0]) == "Where all agree (4)"
    listening, understanding, _, ownership, _ = TITLES
    assert [said(line) for line in details.all("li")] == [
        f"{understanding} on call-a: 3 by all 3 raters",
        f"{listening} on call-b: 3 by all 3 raters",
        f"{understanding} on call-b: 3 by all 3 raters",
        f"{ownership} on call-b: 4 by all 3 raters",
    ]
    whole = said(differ.all("div", class_="whole")[0])
    assert whole == "Said of a call as a wholecall-a, kim: The line was bad; we heard it twice."


def test_a_level_that_the_scorer_left_open_is_not_taken_for_not_observed():
    differ = part(tree_of("with the scorer"), "differ")
    (line,) = [said(one) for one in differ.all("li") if "open" in said(one)]
    assert line == "Expectation setting on call-a: ann 3, bo 3, qa_review the scorer open"


def test_of_a_big_session_the_widest_are_shown_and_the_rest_is_in_brief():
    differ = part(tree_of("large"), "differ")
    assert len(differ.all("article")) == MOST
    narrower, agreed = differ.all("details")
    assert re.fullmatch(r"\d+ narrower differences in brief", said(narrower.all("summary")[0]))
    assert "ballots.csv" in said(narrower)
    lines = [len(one.all("ul")[0].children) for one in (narrower, agreed)]
    assert MOST + sum(lines) == 200  # 40 calls x 5 behaviours
    vote = "cy 5 \u2192 1 after discussion"
    assert said(agreed.all("li", class_="vote")[0]) == vote


def test_calls_with_one_ballot_are_counted_but_not_compared():
    lede = said(part(tree_of("missing"), "differ").all("p", class_="lede")[0])
    assert lede.endswith("35 more were scored by fewer than two raters.")  # 7 calls x 5
    lede = said(part(tree_of("nobody"), "differ").all("p", class_="lede")[0])
    assert lede.startswith("Nothing can be compared")


# --- text that is meant to harm ----------------------------------------------------------------


@cache
def harmless() -> list[tuple[str, tuple[str, ...]]]:
    return shape(session_page(*hostile("xx")))


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_every_field_leaves_the_page_as_it_was(attack):
    made = session_page(*hostile(attack))
    assert shape(made) == harmless()
    made.encode("utf-8")


@settings(max_examples=20)
@given(st.text(st.characters(exclude_categories=()), min_size=1))
def test_any_text_in_every_field_leaves_the_page_as_it_was(text):
    assert shape(session_page(*hostile(text))) == harmless()


def test_text_of_the_session_can_not_turn_what_stands_around_it():
    tree = read(session_page(*hostile("\u05d0\u05d1")))
    assert tree.text.count("\u05d0\u05d1") - tree.all("title")[0].text.count("\u05d0\u05d1") == sum(
        bdi.text.count("\u05d0\u05d1") for bdi in tree.all("bdi")
    )


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.mark.slow
class TestInABrowser:
    @pytest.fixture
    def file(self, tmp_path):
        def write(kind: str):
            path = tmp_path / "session.html"
            path.write_text(page_of(kind), encoding="utf-8")
            return path

        return write

    @pytest.mark.parametrize(("dark", "width"), [(False, 1200), (True, 1200), (False, 400)])
    @pytest.mark.parametrize("kind", SEEN)
    def test_it_breaks_no_rule_of_accessibility(self, chromium, file, kind, dark, width):
        path = file(kind)
        with opened(chromium, path, dark=dark, width=width, height=9000) as window:
            assert broken(window, path) == []

    @pytest.mark.parametrize("width", [1200, 640, 400])
    @pytest.mark.parametrize("kind", (*SEEN, "large"))
    def test_nothing_is_cut_off_at_the_side(self, chromium, file, kind, width):
        with opened(chromium, file(kind), width=width) as window:
            assert window.page.evaluate("document.documentElement.scrollWidth") <= width

    def test_it_is_whole_without_script_and_prints(self, chromium, file):
        with opened(chromium, file("discussed"), script=False) as window:
            assert window.page.locator("article").count() == 6
            window.page.emulate_media(media="print")
            assert window.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") > 0
