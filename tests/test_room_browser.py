"""The room in a browser: a session by mouse, one by keyboard, and three screens side by side."""

from __future__ import annotations

import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from math import sin
from pathlib import Path
from typing import Any

import pytest
import session_fixtures
from browser.chromium import launched
from browser.screens import ScreenWindow, opened_screen
from room_fixtures import (
    HERE,
    LEVELS,
    Everybody,
    all_revealed,
    ask,
    called,
    everybody,
    hand_in,
)  # fmt: skip

from qa_review.capture.recording import Recording
from qa_review.keep.rows import AuditRow, MasterRow, RemarkRow, RubricRow
from qa_review.keep.store import read
from qa_review.meet.choose import Candidate
from qa_review.meet.keys import Keys
from qa_review.widgets.place import Place
from qa_review.widgets.room import RoomDriver, RoomScreen

pytestmark = pytest.mark.slow
ESM = RoomScreen._esm
SOON_MS = 2_000
"""within which what one does is to be seen by the others"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched() as made:
        yield made


@pytest.fixture
def us(tmp_path: Path) -> Everybody:
    return everybody(tmp_path)


def well(window: ScreenWindow) -> None:
    assert window.complaints() == [] and window.fetched() == []
    assert window.violations() == []


def press(window: ScreenWindow, *keys: str) -> None:
    for key in keys:
        window.page.keyboard.press(key)


def tab_to(window: ScreenWindow, name: str, *, most: int = 60) -> None:
    """Go on with Tab until the element of that name has the focus."""
    for _ in range(most):
        press(window, "Tab")
        if window.focused().startswith(name) or str(window.page.evaluate(LABEL)).startswith(name):
            return
    raise AssertionError(f"Tab never comes to {name}")


LABEL = """
() => {
  const on = document.activeElement.shadowRoot?.activeElement;
  return on?.labels?.[0]?.textContent ?? "nothing";
}
"""


def button(window: ScreenWindow, name: str) -> Any:
    return window.page.get_by_role("button", name=name)


# --- one person --------------------------------------------------------------------------------


def test_a_lead_calls_a_session_and_reveals_it_by_mouse(browser: Any, us: Everybody) -> None:
    with opened_screen(browser, us.driver("kim"), ESM) as window:
        page = window.page
        button(window, "New session").click()
        button(window, "Create the session").click()
        assert page.get_by_role("alert").filter(has_text="a session needs a name").is_visible()
        page.get_by_label("Name").fill("March")
        page.get_by_label("Raters, one a line").fill("ann\nbo")
        page.get_by_label("call-1").check()
        well(window)
        button(window, "Create the session").click()
        page.get_by_role("heading", name="March").wait_for()
        (session,) = [one["id"] for one in ask(us.driver("kim"), "sessions")["sessions"]]
        assert page.get_by_text(session).is_visible()
        hand_in(us, session, "ann", "call-1", LEVELS["ann"])
        page.get_by_text("1 ballot is outstanding.").wait_for(timeout=SOON_MS)
        button(window, "Reveal").click()
        assert "1 ballot is outstanding: bo (1 call)" in page.get_by_role("dialog").inner_text()
        button(window, "Not yet").click()
        button(window, "Reveal").click()
        button(window, "Reveal without 1 ballot").click()
        page.get_by_text("Without ballots of bo").wait_for()
        well(window)


def test_a_session_is_called_and_revealed_by_keyboard_alone(browser: Any, us: Everybody) -> None:
    with opened_screen(browser, us.driver("kim"), ESM) as window:
        typed = window.page.keyboard.type
        tab_to(window, "New session")
        press(window, "Enter")
        window.page.get_by_label("call-1").wait_for()
        press(window, "Tab")
        typed("March")
        press(window, "Tab")
        typed("ann")
        press(window, "Enter")
        typed("bo")
        tab_to(window, "call-1")
        press(window, "Space")
        tab_to(window, "Create the session")
        press(window, "Enter")
        window.page.get_by_text("2 ballots are outstanding.").wait_for()
        assert window.focused() == "March"  # the heading of what was opened
        tab_to(window, "Reveal")
        press(window, "Enter", "Escape", "Enter", "Enter")  # opened, left, opened, confirmed
        window.page.get_by_text("Nothing can be compared").wait_for()
        assert window.focused() == "March"
        (one,) = ask(us.driver("kim"), "sessions")["sessions"]
        assert (one["name"], one["calls"], one["state"]) == ("March", 1, "revealed")


def test_a_decision_and_a_new_version_by_keyboard_alone(browser: Any, us: Everybody) -> None:
    session = all_revealed(us)
    with opened_screen(browser, us.driver("kim", session), ESM, dark=True) as window:
        tab_to(window, "Listening")
        press(window, "ArrowDown")
        assert window.focused().startswith("Ownership")  # as wide as the first
        tab_to(window, "Context")
        press(window, "Enter")
        window.page.get_by_text("tuesday, the same as last time").wait_for()
        tab_to(window, "Add")
        tab_to(window, "1")  # the radio buttons, one stop
        press(window, "ArrowRight", "ArrowRight")
        press(window, "Tab")
        window.page.keyboard.type("answered, nothing repeated")
        press(window, "Tab", "Enter")
        window.page.get_by_text("decided by kim").wait_for()
        (row,) = read(us.store, MasterRow)
        assert (row.call_id, row.level, row.reason) == ("call-1", 3, "answered, nothing repeated")
        tab_to(window, "What follows from it")
        press(window, "Enter", "Tab", "Tab", "ControlOrMeta+a")
        window.page.keyboard.type("Answers and asks on.")
        window.page.get_by_text('+3 = "Answers and asks on."').wait_for()
        assert len(read(us.store, RubricRow)) == 1  # shown, not written
        press(window, "Tab", "Enter")
        window.page.get_by_text("in new words, in version 2").first.wait_for()
        well(window)


def test_what_the_kernel_refuses_stays_in_the_field(browser: Any, us: Everybody) -> None:
    session = all_revealed(us)
    with opened_screen(browser, us.driver("kim", session), ESM) as window:
        reason = window.page.get_by_label("Reason").first
        reason.fill("as the anchor has it")
        button(window, "Decide").click()
        window.page.get_by_text("Choose a level first").wait_for()
        assert reason.input_value() == "as the anchor has it"
        window.page.get_by_label("4", exact=True).first.check()
        ask(us.driver("kim"), "decide", session=session, level=3, reason="x", after=0, **HERE)
        window.page.get_by_text("Meanwhile 3 was decided").wait_for(timeout=SOON_MS)
        button(window, "Decide").click()
        window.page.get_by_text("kim decided 3 meanwhile").wait_for()
        assert reason.input_value() == "as the anchor has it"
        button(window, "Decide").click()
        window.page.get_by_text("Master score 4").first.wait_for()
        assert not window.page.get_by_text("Meanwhile 3 was decided").is_visible()
        assert window.focused() == "Decide"  # what went from above it took no focus away
        assert [row.level for row in read(us.store, MasterRow)] == [3, 4]


def test_news_leaves_what_is_being_written_with_its_caret(browser: Any, us: Everybody) -> None:
    session = all_revealed(us)
    with opened_screen(browser, us.driver("ann", session), ESM) as window:
        window.page.get_by_label("Remark", exact=True).focus()
        window.page.keyboard.type("we heard it")
        press(window, "Home")
        kim = us.driver("kim")
        ask(kim, "remark", session=session, text="mine is first", **HERE)
        ask(kim, "decide", session=session, level=3, reason="so", after=0, **HERE)
        window.page.get_by_text("mine is first").wait_for(timeout=SOON_MS)
        window.page.keyboard.type("again ")
        press(window, "Enter")
        window.page.get_by_text("again we heard it").wait_for()
        texts = [row.text for row in read(us.store, RemarkRow)]
        assert texts == ["mine is first", "again we heard it"]
        assert window.page.get_by_label("Remark", exact=True).input_value() == ""


def test_a_broken_session_says_so_before_anything_else(browser: Any) -> None:
    meeting = session_fixtures.tampered()
    place = Place(meeting.store, meeting.keys, meeting.keys, "behaviours.v1", "bo")
    driver = RoomDriver(place, session_id=meeting.session.id, keys=Keys(meeting.keys))
    with opened_screen(browser, driver, ESM, dark=True, width=700) as window:
        note = window.page.get_by_role("note").inner_text()
        assert "does not hold together: 1 problem" in note and "ballot of ann on call-a" in note
        well(window)


def test_a_quote_plays_from_where_its_rater_heard_it(browser: Any, tmp_path: Path) -> None:
    meeting = session_fixtures.called([with_sound("call-a", tmp_path)], ("ann", "bo"))
    meeting.hand_in("call-a", {"ann": (2, 3, 3, 4, 3), "bo": (4, 3, 3, 4, 3)})
    meeting.reveal()
    place = Place(meeting.store, tmp_path, tmp_path, "behaviours.v1", "ann")
    driver = RoomDriver(place, session_id=meeting.session.id)
    with opened_screen(browser, driver, ESM) as window:
        button(window, "Play \u201cno wonder").first.click()
        place_in_sound = window.page.get_by_role("slider")
        place_in_sound.wait_for()
        button(window, "Pause").wait_for()  # it plays
        assert 6_900 <= float(place_in_sound.input_value()) <= 9_000  # the turn begins at 7,900
        well(window)


def with_sound(call_id: str, folder: Path) -> Candidate:
    """A call with a minute of a tone for its sound."""
    file = folder / f"{call_id}.wav"
    tone = bytes(128 + round(20 * sin(place / 3)) for place in range(8_000))
    with wave.open(str(file), "wb") as sound:
        sound.setparams((1, 1, 8_000, 0, "NONE", ""))
        sound.writeframes(tone * 64)
    recording = Recording(call_id, file, "0" * 64, 64_000, 1, 8_000, "pcm_u8")
    return replace(session_fixtures.candidate(call_id), recording=recording)


# --- three side by side ------------------------------------------------------------------------


def test_three_screens_on_one_store(browser: Any, us: Everybody) -> None:
    session = called(us, picked=["call-1"])
    with ExitStack() as stack:
        kim, ann, bo = (
            stack.enter_context(opened_screen(browser, us.driver(who, session), ESM, dark=dark))
            for who, dark in (("kim", False), ("ann", True), ("bo", False))
        )
        for window in (ann, bo):
            button(window, "Take your seat").click()
        kim.page.get_by_text("has a seat").nth(1).wait_for(timeout=SOON_MS)
        score_at_the_desk(ann)
        hand_in(us, session, "bo", "call-1", LEVELS["bo"])
        kim.page.get_by_text("All ballots are in.").first.wait_for(timeout=SOON_MS)
        for window in (kim, bo):
            assert "ann heard it" not in inside(window)
            well(window)
        button(kim, "Reveal").click()
        begun = time.monotonic()
        kim.page.get_by_role("button", name="Reveal", exact=True).click()
        for window in (ann, bo):
            window.page.get_by_text("Where we differ").wait_for(timeout=SOON_MS)
        assert time.monotonic() - begun < SOON_MS / 1000
        assert bo.page.get_by_text("ann heard it").first.is_visible()
        bo.page.get_by_label("2", exact=True).check()
        button(bo, "Vote").click()
        kim.page.get_by_text("4 \u2192 2 after discussion, towards ann").first.wait_for(
            timeout=SOON_MS
        )
        assert kim.page.get_by_text("bo voted on Listening on call-1.").is_visible()
        for window in (kim, ann, bo):
            well(window)
    assert "vote given" in [row.what for row in read(us.store, AuditRow)]


def inside(window: ScreenWindow) -> str:
    """All that the screen holds, seen or not."""
    return str(window.page.evaluate("document.getElementById('cell').shadowRoot.innerHTML"))


def score_at_the_desk(window: ScreenWindow) -> None:
    """Level 2 for everything, with a reason for the first."""
    page = window.page
    groups = page.get_by_role("group")
    groups.first.wait_for()
    groups.first.get_by_label("Comment").fill("ann heard it")
    for number in range(5):
        groups.nth(number).get_by_role("radio").nth(1).press(" ")
    button(window, "Hand in").click()
    page.get_by_text("You handed in everything.").wait_for(timeout=SOON_MS)
