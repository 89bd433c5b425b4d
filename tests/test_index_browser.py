"""An index as a person uses it: sorted, filtered, by keyboard, with thousands of calls."""

from __future__ import annotations

from dataclasses import replace

import page_fixtures as fixtures
import pytest
from browser.chromium import launched, opened

from qa_review.keep.folder import Failure
from qa_review.view.index import IndexRow, render_index

pytestmark = pytest.mark.slow

ROW = IndexRow.of(fixtures.review(), "one.html")
ROWS = [
    replace(ROW, id="call-10", agent="Ines", overall=40.0, levels=ROW.levels | {"learning": 2}),
    replace(ROW, id="call-9", agent="dana", overall=None, handle_ms=None),
    replace(ROW, id="call-2", agent="Omar", overall=100.0, handle_ms=90_000),
    IndexRow.of(fixtures.unscored(), "four.html"),
]
UNSURE = IndexRow.of(fixtures.unsure(), "five.html")


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def make(tmp_path):
    """Writes an index and says where it lies."""

    def write(rows):
        failures = [Failure("a", "in/a.wav", "unreadable", "cut off")]
        file = tmp_path / "index.html"
        page = render_index(rows, failures, titles=fixtures.TITLES, heading="November")
        file.write_text(page, encoding="utf-8")
        return file

    return write


def ids(window):
    cells = window.page.locator("#calls tbody tr:visible th")
    return [text.removeprefix("call-") for text in cells.all_inner_texts()]


def sort(window, name):
    window.page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_an_index_breaks_no_rule_of_accessibility(chromium, make, dark, width):
    with opened(chromium, make([*ROWS, UNSURE]), dark=dark, width=width) as window:
        sort(window, "Overall")
        assert window.violations() == []
        assert window.complaints() == []
        assert len(window.requests) == 1


def test_numbers_sort_as_numbers_highest_first_and_what_is_missing_last(chromium, make):
    with opened(chromium, make(ROWS)) as window:
        sort(window, "Overall")
        assert ids(window) == ["2", "10", "9", ROW.id]
        sort(window, "Overall")
        assert ids(window) == ["10", "2", "9", ROW.id]


def test_unproven_levels_sort_among_the_others_and_open_ones_last(chromium, make):
    known = {"expectation": 3}
    rows = [
        replace(UNSURE, id="call-1"),  # expectation is open
        replace(ROW, id="call-2", levels=known),
        replace(ROW, id="call-3", levels={"expectation": 5}, unproven=("expectation",)),
        replace(ROW, id="call-4", levels={"expectation": 1}, unproven=("expectation",)),
    ]
    with opened(chromium, make(rows)) as window:
        sort(window, "Expectation setting")
        assert ids(window) == ["3", "2", "4", "1"]
        sort(window, "Expectation setting")
        assert ids(window) == ["4", "2", "3", "1"]


def test_text_sorts_as_people_read_it(chromium, make):
    with opened(chromium, make(ROWS)) as window:
        sort(window, "Call")
        assert ids(window) == ["2", "9", "10", ROW.id]
        sort(window, "Agent")
        assert ids(window) == ["9", ROW.id, "10", "2"]


def test_only_the_sorted_column_says_how(chromium, make):
    with opened(chromium, make(ROWS)) as window:
        sort(window, "Overall")
        sort(window, "Call")
        heads = window.page.locator("#calls thead th")
        said = heads.evaluate_all("all => all.map(head => head.getAttribute('aria-sort'))")
        assert said == ["ascending"] + [None] * 14


def test_the_keyboard_sorts(chromium, make):
    with opened(chromium, make(ROWS)) as window:
        window.page.get_by_role("button", name="Handling time").focus()
        window.page.keyboard.press("Enter")
        assert ids(window) == ["10", ROW.id, "2", "9"]


def test_the_filter_wants_every_word_and_counts(chromium, make):
    with opened(chromium, make(ROWS)) as window:
        window.page.get_by_label("Filter").fill("BROADBAND omar")
        assert ids(window) == ["2"]
        assert window.page.locator("#shown").inner_text() == "1 of 4 calls"
        window.page.get_by_label("Filter").fill("")
        assert len(ids(window)) == 4


def test_two_thousand_calls_open_sort_and_filter_quickly(chromium, make):
    rows = [replace(ROW, id=f"call-{i}", overall=float(i % 101)) for i in range(2000)]
    with opened(chromium, make(rows)) as window:
        took = window.page.evaluate(
            """() => {
              const times = [performance.timing.domComplete - performance.timing.fetchStart];
              const timed = (act) => {
                const start = performance.now();
                act();
                document.body.offsetHeight;
                times.push(performance.now() - start);
              };
              timed(() => document.querySelectorAll("#calls thead button")[6].click());
              timed(() => {
                const field = document.querySelector("#filter");
                field.value = "call-19";
                field.dispatchEvent(new Event("input"));
              });
              return times;
            }"""
        )
        opening, sorting, filtering = took
        assert opening < 6000 and sorting < 3000 and filtering < 3000, took
        assert window.page.locator("#calls tbody tr:visible").count() == 111


def test_a_wide_table_scrolls_inside_the_page(chromium, make):
    with opened(chromium, make(ROWS), width=400) as window:
        assert window.page.evaluate("document.documentElement.scrollWidth") <= 400


def test_it_prints(chromium, make):
    with opened(chromium, make(ROWS)) as window:
        assert window.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") > 0
