"""A board as a lead uses it: by mouse, by keyboard alone, while calls come in."""

from __future__ import annotations

import board_fixtures as fixtures
import pytest
from browser.chromium import launched
from browser.screens import opened_screen

from qa_review.capture.recording import Call
from qa_review.keep.memory import MemoryStore
from qa_review.widgets.board import SCRIPTS, STYLES, BoardDriver
from qa_review.widgets.driver import Answer, passed_on
from qa_review.widgets.parts import script
from qa_review.widgets.place import Place
from qa_review.widgets.words import Words, words

pytestmark = pytest.mark.slow

ESM = fixtures.STAND_IN + script("Board", scripts=SCRIPTS, styles=STYLES)


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def half_year(tmp_path_factory):
    """The folder, which tests only read; each has a store of its own."""
    folder = tmp_path_factory.mktemp("results")
    fixtures.write(folder, fixtures.half_year())
    return folder


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """A board of everything, but with fewer calls to check."""
    folder = tmp_path_factory.mktemp("month")
    fixtures.write(folder, fixtures.half_year(60))
    return folder


def at(folder):
    return Place(MemoryStore(), folder, folder, "behaviours.v1", "kim")


def driver(place):
    return BoardDriver(place, fixtures.StandInDesk)


def well(window):
    assert (window.complaints(), window.fetched(), window.refused) == ([], [], [])


def mark(window, name):
    return window.page.get_by_role("button", name=name)


def behind(window):
    """The heading of the list of calls, and the calls."""
    heading = window.page.locator("section.behind h4")
    return heading.inner_text(), window.page.locator("section.behind tbody th").all_inner_texts()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_board_breaks_no_rule_of_accessibility(chromium, month, dark):
    width = 400 if dark else 1280
    with opened_screen(chromium, driver(at(month)), ESM, dark=dark, width=width) as window:
        mark(window, "Listening, April 2026").click()
        window.page.locator("section.behind .open").first.click()
        window.page.get_by_text("look call-").wait_for()
        assert window.violations() == []
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        well(window)


def test_by_mouse(chromium, half_year):
    with opened_screen(chromium, driver(at(half_year)), ESM) as window:
        page = window.page
        page.get_by_label("Team", exact=True).select_option("Birch")
        page.get_by_text("of 300 calls").wait_for()
        page.get_by_label("From", exact=True).fill("2026-03-01")
        page.get_by_text("1 Mar 2026 to").or_(page.get_by_text("2 Mar 2026 to")).wait_for()
        assert page.get_by_label("Agent", exact=True).locator("option").all_inner_texts() == [
            "All", "dan", "eve",
        ]  # fmt: skip
        bar = mark(window, "Ownership, level 2:")
        n = int(bar.get_attribute("aria-label").split(": ")[1].split()[0])
        bar.click()
        title, calls = behind(window)
        assert title.startswith("Ownership, level 2: ") and len(calls) == n
        assert bar.get_attribute("aria-pressed") == "true"
        page.get_by_role("button", name=f"Open {calls[0]} at the desk").click()
        page.get_by_text(f"look {calls[0]}").wait_for()
        page.get_by_role("button", name="Close desk").click()
        assert window.focused() == f"Open {calls[0]} at the desk"
        assert page.get_by_text(f"look {calls[0]}").count() == 0
        page.get_by_role("button", name="Close list").click()
        page.get_by_role("button", name="Show everything").click()
        page.get_by_text("300 calls, 5 Jan 2026 to 3 Jul 2026").wait_for()
        well(window)


def test_by_keyboard_alone(chromium, half_year):
    """Each chart is one stop of Tab; arrows go on inside it, Enter lists, Escape goes back."""
    with opened_screen(chromium, driver(at(half_year)), ESM) as window:
        press = window.page.keyboard.press
        press("Tab")
        press("B")  # the first select is the team's
        window.page.get_by_text("of 300 calls").wait_for()
        for _ in range(40):
            press("Tab")
            if window.focused().startswith("Listening, January 2026"):
                break
        press("ArrowRight")
        press("ArrowRight")
        assert window.focused().startswith("Listening, March 2026: mean level ")
        press("End")
        assert "no interval yet" in window.focused()
        press("Home")
        press("Tab")
        assert window.focused().startswith("Listening, level 5: ")
        press("Shift+Tab")
        name = window.focused()
        assert name.startswith("Listening, January 2026")
        press("Enter")
        window.page.locator("section.behind").wait_for()
        title, calls = behind(window)
        assert window.focused() == title
        assert f", {len(calls)} calls" in name
        press("Escape")
        assert window.focused() == name
        press("Space")
        window.page.locator("section.behind").wait_for()
        press("Tab")  # "Close list"
        press("Tab")
        assert window.focused() == f"Open {calls[0]} at the desk"
        press("Enter")
        window.page.get_by_text(f"look {calls[0]}").wait_for()
        window.page.wait_for_timeout(50)
        assert window.focused() == f"{calls[0]} at the desk"
        well(window)


def test_arrows_go_along_rows_and_columns_of_the_groups(chromium, half_year):
    with opened_screen(chromium, driver(at(half_year)), ESM) as window:
        window.page.get_by_label("By", exact=True).select_option("team")
        mark(window, "Ash: median handling time").focus()
        window.page.keyboard.press("ArrowRight")
        window.page.keyboard.press("ArrowDown")
        assert window.focused().startswith("Birch, Listening: mean level ")
        window.page.keyboard.press("Enter")
        window.page.locator("section.behind").wait_for()
        title, calls = behind(window)
        assert title.startswith("Birch, Listening: ") and len(calls) == 50
        window.page.get_by_role("button", name="Show 50 more").click()
        assert len(behind(window)[1]) == 100
        well(window)


def test_what_comes_in_is_shown_and_what_was_chosen_stays(chromium, tmp_path):
    place = fixtures.place(tmp_path, fixtures.half_year(30))
    with opened_screen(chromium, driver(place), ESM) as window:
        page = window.page
        page.get_by_label("Behaviour", exact=True).select_option(label="Listening")
        mark(window, "Listening, level 4:").click()
        before = behind(window)[1]
        call = Call("call-new", started_at="2026-07-01T10:00:00+00:00", agent="ada")
        fixtures.write(place.results, [fixtures.review(call, [4] * 5)])
        page.get_by_text("31 calls").first.wait_for(timeout=5_000)
        assert behind(window)[1] == ["call-new", *before]
        assert window.focused() == behind(window)[0]
        fixtures.hand_in(place.store, "call-new", 1)
        page.get_by_text("5 of the levels shown are people’s").wait_for(timeout=5_000)
        assert behind(window)[1] == before
        assert page.locator(".behaviour").count() == 1
        well(window)


def test_nothing_to_show_says_why(chromium, tmp_path):
    place = fixtures.place(tmp_path)
    with opened_screen(chromium, driver(place), ESM) as window:
        page = window.page
        assert page.get_by_role("heading", name="No call is reviewed yet").is_visible()
        assert page.get_by_text(str(tmp_path)).is_visible()
        fixtures.write(place.results, [fixtures.review(Call("a"), [3] * 5)])
        page.get_by_text("No call says when it started").first.wait_for()
        assert page.get_by_text("9 calls more until").first.is_visible()
        assert page.get_by_text("1 of 1 call don’t name their agent").count() == 1
        page.get_by_label("From", exact=True).fill("2026-01-01")
        page.get_by_role("heading", name="No call matches").wait_for()
        assert window.violations() == []
        well(window)


def test_a_refused_filter_says_why_and_keeps_what_was_there(chromium, half_year):
    with opened_screen(chromium, driver(at(half_year)), ESM) as window:
        window.page.get_by_label("From", exact=True).fill("2026-06-01")
        window.page.get_by_label("To", exact=True).fill("2026-05-01")
        window.page.get_by_text("lies before the first").wait_for()
        assert window.page.locator(".behaviour").count() == 5


def test_from_right_to_left(chromium, half_year):
    said = Words("ar", "rtl", words().phrases)
    with opened_screen(chromium, driver(at(half_year)), ESM, words=said) as window:
        mark(window, "ada: median handling time").focus()
        window.page.keyboard.press("ArrowLeft")
        assert window.focused().startswith("ada, Listening: mean level ")
        well(window)


PARTS = """
class Desk {
  constructor(root, line) { Object.assign(this, { root, line }); }
  async start() { this.root.textContent = (await this.line.ask("look")).content; }
  pause() { this.root.dataset.paused = ""; }
}
class Room extends Desk {}
"""


class Tabs:
    """A front with a board and stand-ins."""

    def __init__(self, place):
        self.board = driver(place)

    def answer(self, ask, given):
        tab = ask.partition(".")[0]
        if tab == "team":
            return passed_on(self.board, ask, given)
        if ask == "look":
            return Answer({"who": "kim", "tabs": ["review", "calibrate", "team"]})
        return Answer(f"here is {tab}")


def test_what_a_tab_plays_stops_when_another_is_chosen(chromium, month):
    esm = PARTS + script("Front", scripts=(*SCRIPTS, "front.js"), styles=(*STYLES, "front.css"))
    with opened_screen(chromium, Tabs(at(month)), esm) as window:
        page = window.page
        paused = page.locator("[data-paused]")
        page.get_by_text("here is review").wait_for()
        page.get_by_role("tab", name="Review calls").click()
        assert paused.count() == 0  # it was not left
        page.get_by_role("tab", name="Team").click()
        assert paused.count() == 1
        mark(window, "Listening, April 2026").click()
        page.locator("section.behind .open").first.click()
        page.get_by_text("look call-").wait_for()
        page.get_by_role("tab", name="Review calls").click()
        assert paused.count() == 2  # the desk of the board too
        well(window)


def test_blind_a_board_says_so_and_lists_calls_without_their_levels(chromium, month):
    place = at(month)
    blind = BoardDriver(place, fixtures.StandInDesk, blind=True)
    with opened_screen(chromium, blind, ESM) as window:
        window.page.get_by_text("You review blind").wait_for()
        mark(window, "Listening, April 2026").click()
        cells = window.page.locator("section.behind tbody td").all_inner_texts()
        assert cells.count("after yours") == 2 * (len(cells) // 5)
        mark(window, "Listening, level 2").click()
        assert behind(window)[1] == []
        well(window)
