"""How each screen looks and what it tells those who don't see it: pictures, and golden trees."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import board_fixtures
import pytest
import workshop_fixtures
from browser.chromium import launched
from browser.golden import like_golden, picture
from browser.layout import misplaced, write_longer
from browser.screens import opened_screen
from desk_fixtures import desk_at, done, place_in, rated
from room_fixtures import HERE, all_revealed, ask, called, everybody, hand_in

from qa_review.keep.memory import MemoryStore
from qa_review.widgets.board import BoardDriver, BoardScreen
from qa_review.widgets.desk import DeskDriver, DeskScreen
from qa_review.widgets.driver import Driver
from qa_review.widgets.front import FrontDriver, FrontScreen
from qa_review.widgets.place import Place
from qa_review.widgets.room import RoomScreen
from qa_review.widgets.trays import ReviewTray
from qa_review.widgets.workshop import WorkshopScreen

pytestmark = pytest.mark.slow
QUOTE = {"stance": "for", "turn": 2, "start": 0, "end": 12}
VARYING = (
    (r"\b(march)-[a-z2-7]{10}\b", r"\1-…"),
    (r"\d{1,2} \w{3,4} \d{4}, \d{2}:\d{2}", "(a moment)"),
    (r"\w{3} \d{1,2}, \d{4}, \d{1,2}:\d{2}\s[AP]M", "(a moment)"),
    (r"/\S*/(reviews|qa\.db)", r"(a folder)/\1"),
)
"""what is another in each run, and what stands for it in a golden tree"""


@dataclass(frozen=True)
class Look:
    """A screen in a state worth looking at."""

    esm: str
    driver: Callable[[Path], Driver]
    prepare: Callable[[Any], None] = lambda window: None


def desk(folder: Path) -> Driver:
    driver = desk_at(place_in(folder, seconds=123.0), folder / "drafts", blind=False)
    first, *rest = rated(4)
    quote = {"do": "Quoted", "behaviour": "listening", "quote": QUOTE}
    done(
        driver, "call-a", first, quote, *rest[:2], {"do": "NotApplicable", "behaviour": "learning"}
    )
    return driver


def with_sound(window: Any) -> None:
    window.page.locator(".sound-state:empty >> visible=false").first.wait_for(state="attached")


def sealed(folder: Path) -> Driver:
    us = everybody(folder)
    session = called(us)
    hand_in(us, session, "ann", "call-1", (2, 3, 3, 4, 3))
    return us.driver("kim", session)


def seat(folder: Path) -> Driver:
    us = everybody(folder)
    session = called(us)
    driver = us.driver("ann", session)
    ask(driver, "join", session=session)
    return driver


def at_the_desk(window: Any) -> None:
    window.page.locator(".desk .foot").wait_for()


def revealed(folder: Path) -> Driver:
    us = everybody(folder)
    session = all_revealed(us)
    kim, ann, bo = map(us.driver, ("kim", "ann", "bo"))
    ask(ann, "remark", session=session, text="she asks twice for the number", **HERE)
    ask(bo, "vote", session=session, level=3, reason="she did ask once", after=0, **HERE)
    ask(kim, "decide", session=session, level=3, reason="as the anchor has it", after=0, **HERE)
    return us.driver("kim", session)


def with_figures(window: Any) -> None:
    window.page.get_by_text("Krippendorff\u2019s alpha").first.wait_for(state="attached")


def board(folder: Path) -> Driver:
    board_fixtures.write(folder, board_fixtures.half_year(60))
    place = Place(MemoryStore(), folder, folder, "behaviours.v1", "kim")
    return BoardDriver(place, lambda call: DeskDriver(ReviewTray(place), place, first=call))


def with_list(window: Any) -> None:
    window.page.get_by_role("button", name="Listening, level 2:").click()
    window.page.locator("section.behind").wait_for()
    window.page.mouse.move(0, 0)


def workshop(folder: Path) -> Driver:
    return workshop_fixtures.workshop_at(workshop_fixtures.place_in(folder), folder / "drafts")


def with_preview(window: Any) -> None:
    page = window.page
    page.locator(".chooser select").select_option("indicators kind")
    page.locator(".patterns .adding").first.wait_for()
    if not page.locator(".patterns li").nth(1).count():  # the first time that it is looked at
        pattern = page.locator(".patterns .adding").first
        pattern.locator("input, textarea").first.fill("a pity")
        pattern.get_by_role("button").click()
    page.locator(".piece.comes").wait_for()


def front(folder: Path) -> Driver:
    return FrontDriver(place_in(folder, seconds=123.0))


LOOKS = {
    "desk": Look(DeskScreen._esm, desk, with_sound),
    "room-sealed": Look(RoomScreen._esm, sealed),
    "room-seat": Look(RoomScreen._esm, seat, at_the_desk),
    "room-revealed": Look(RoomScreen._esm, revealed),
    "board": Look(BoardScreen._esm, board, with_list),
    "workshop": Look(WorkshopScreen._esm, workshop, with_preview),
    "front": Look(FrontScreen._esm, front, with_sound),
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(params=LOOKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def driver(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setenv("QA_REVIEW_SHORTCUTS", str(tmp_path / "shortcuts.json"))
    monkeypatch.setenv("QA_REVIEW_DRAFTS", str(tmp_path / "drafts"))
    monkeypatch.setenv("QA_REVIEW_KEYS", str(tmp_path / "keys"))
    return LOOKS[name].driver(tmp_path)


def looked_at(
    chromium: Any, name: str, driver: Driver, kind: str, **how: Any
) -> tuple[str, list[str]]:
    """A picture of the screen; what it says, as a tree, and what is wrong with it."""
    look = LOOKS[name]
    with opened_screen(chromium, driver, look.esm, **how) as window:
        look.prepare(window)
        shown = window.page.locator("#cell")
        picture(shown, f"{name}-{kind}")
        wrong = [*misplaced(window.page), *window.complaints(), *window.fetched()]
        return shown.aria_snapshot(), wrong


def test_it_looks_well_in_light_and_dark_and_says_what_it_said(
    chromium: Any, name: str, driver: Driver
) -> None:
    said, wrong = looked_at(chromium, name, driver, "light")
    assert wrong == []
    for varying, plain in VARYING:
        said = re.sub(varying, plain, said)
    like_golden(said, name)
    how = {"dark": True, "width": 848}  # as wide as a notebook usually is
    assert looked_at(chromium, name, driver, "dark", **how)[1] == []


def test_nothing_is_cut_off_at_200_percent(chromium: Any, name: str, driver: Driver) -> None:
    assert looked_at(chromium, name, driver, "200-percent", width=640, height=450)[1] == []


def test_nothing_is_cut_off_from_right_to_left_in_a_language_of_longer_words(
    chromium: Any, name: str, driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_longer(tmp_path / "ar")
    monkeypatch.setenv("QA_REVIEW_WORDS", str(tmp_path / "ar"))
    said, wrong = looked_at(chromium, name, driver, "right-to-left", width=1000)
    assert wrong == []
    assert "عبارات" in said


def test_the_board_of_half_a_year_fits_a_window(chromium: Any, tmp_path: Path) -> None:
    """It is the picture in the documentation."""
    board_fixtures.write(tmp_path, board_fixtures.half_year())
    driver = BoardDriver(Place(MemoryStore(), tmp_path, tmp_path, "behaviours.v1", "kim"), desk)
    with opened_screen(chromium, driver, BoardScreen._esm, height=840) as window:
        window.page.get_by_text("300 calls, 5 Jan 2026").wait_for()
        assert misplaced(window.page) == [] and window.violations() == []
        window.page.locator("h1").first.evaluate("(notebook) => notebook.remove()")
        picture(window.page, "board")


def test_what_is_cut_off_or_lies_over_another_is_found(chromium: Any, tmp_path: Path) -> None:
    """The checks above can fail."""
    with opened_screen(chromium, desk(tmp_path), DeskScreen._esm) as window:
        button = window.page.get_by_role("button", name="Hand in")
        assert misplaced(window.page) == []
        button.evaluate("(one) => { one.style.width = '2rem'; one.style.whiteSpace = 'nowrap'; }")
        assert any("Hand in" in one for one in misplaced(window.page))
        button.evaluate("(one) => { one.style = 'margin-inline-end: -4rem'; }")
        assert any("lies over" in one for one in misplaced(window.page))


def test_a_golden_tree_names_what_is_chosen(chromium: Any, tmp_path: Path) -> None:
    """A tree in which a level that is chosen looked like any other would prove nothing."""
    with opened_screen(chromium, desk(tmp_path), DeskScreen._esm) as window:
        tree = window.page.locator("#cell").aria_snapshot()
    listening = tree[tree.index('group "Listening') :]
    assert re.search(r'radio "4 .*" \[checked\]', listening[: listening.index('group "Under')])
