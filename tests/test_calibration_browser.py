"""A calibration session as people hold it: each in a lab or a room of their own, on one store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from browser.chromium import launched
from browser.golden import picture
from sample_reviews import copied, reviewed

pytest.importorskip("nbformat", reason="JupyterLab is not installed")
jupyter = pytest.importorskip("browser.jupyter", reason="JupyterLab is not installed")
work = pytest.importorskip("browser.work", reason="JupyterLab is not installed")

from qa_review import meet  # noqa: E402
from qa_review.grade.rubric import parse  # noqa: E402
from qa_review.keep.rows import AuditRow, BallotRow, RemarkRow, RubricRow, VoteRow  # noqa: E402
from qa_review.keep.store import read  # noqa: E402

pytestmark = pytest.mark.slow
EVERYBODY = ("kim", "ann", "bo")
CALL = "energy-bill-01"
SOON_MS = 2_000
"""within which all see what one did"""
ANN = ("24444", ("e", "Tab", "Enter"), "asks for the reading that he was given: bad")
BO = ("44444", ("Shift+ArrowRight",) * 8 + ("e", "Enter"), "takes it in and moves on, mm")
"""levels, the keys that quote the agent's second turn, against or in part for, and the reason"""
NEW_WORDS = "Answers what was asked, and nothing has to be said twice."


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("office")
    return work.Office(folder, copied(reviewed(tmp_path_factory), folder))


def button(screen: Any, name: str) -> Any:
    return screen.page.get_by_role("button", name=name, exact=True)


def call_by_mouse(kim: Any, name: str) -> None:
    """The lead calls a session of ann, bo and the scorer on one call."""
    page = kim.page
    button(kim, "New session").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Raters, one a line").fill("ann\nbo")
    page.get_by_role("checkbox", name=CALL).check()
    page.get_by_label("The scorer takes part").check()
    button(kim, "Create the session").click()
    page.get_by_role("heading", name=name).wait_for()


def score_by_keyboard(rater: Any, levels: str, quoting: tuple[str, ...], reason: str) -> None:
    """From the name of the session, which has the focus: a seat, levels, a quote, a reason."""
    work.press(rater, "Enter")
    button(rater, "Take your seat").wait_for()
    work.tab_to(rater, "Take your seat")
    work.press(rater, "Enter")
    rater.page.locator(".desk .foot >> visible=true").wait_for()
    work.tab_to(rater, "Keys")
    for level in levels:
        work.press(rater, level, "b")
    work.press(rater, *["v"] * len(levels), "t", "j", "j", *quoting, "c")
    rater.page.keyboard.type(reason)
    work.press(rater, "Control+Enter")
    rater.page.get_by_text("You handed in everything.").wait_for()


def reveal_by_mouse(kim: Any, *raters: Any) -> float:
    """Seconds from the lead's click until the last rater sees all ballots."""
    kim.page.get_by_text("All ballots are in.").first.wait_for()
    button(kim, "Reveal\u2026").click()
    begun = time.monotonic()
    button(kim, "Reveal").click()
    for rater in raters:
        rater.page.get_by_role("heading", name="Where we differ").wait_for()
    return time.monotonic() - begun


def inside(screen: Any) -> str:
    """All that its widget holds, seen or not."""
    return str(screen.page.locator(".qar-host").evaluate("(host) => host.shadowRoot.innerHTML"))


def decide_by_mouse(kim: Any, level: str, reason: str) -> None:
    decision = kim.page.locator("form", has=button(kim, "Decide"))
    decision.get_by_label(level, exact=True).check()
    decision.get_by_label("Reason").fill(reason)
    button(kim, "Decide").click()
    kim.page.get_by_text("decided by kim").wait_for()


# --- in JupyterLab -----------------------------------------------------------------------------


@pytest.fixture
def everybody(chromium: Any, office: Any) -> Iterator[list[Any]]:
    """kim, ann and bo, each at a notebook 02 of their own, all cells run; well in the end."""
    with work.together(*map(office.lab, EVERYBODY)) as labs, ExitStack() as stack:
        books = [
            stack.enter_context(jupyter.open_notebook(chromium, lab, "02_calibrate.ipynb"))
            for lab in labs
        ]
        for book in books:
            book.page.evaluate("window.jupyterapp.shell.collapseLeft()")
        before = [work.cells(book) for book in books]
        for book in books:
            work.use(book)
        yield books
        assert [work.cells(book) for book in books] == before
        for book in books:
            work.well(book)


def enter_list(rater: Any, name: str) -> None:
    """By keyboard from the notebook to the name of the session, which shows up by itself."""
    rater.page.get_by_role("button", name=name).wait_for(timeout=SOON_MS)
    work.enter_by_keyboard(rater)
    if not work.focused(rater).startswith(name):
        work.tab_to(rater, name)


def test_three_kernels_hold_a_session_from_its_call_to_a_new_version(
    everybody: list[Any], office: Any
) -> None:
    kim, ann, bo = everybody
    call_by_mouse(kim, "March")
    for rater, ballot in ((ann, ANN), (bo, BO)):
        enter_list(rater, "March")
        score_by_keyboard(rater, *ballot)
    picture(kim.page, "room-sealed-lab")
    assert ANN[2] not in inside(kim) + inside(bo) and BO[2] not in inside(kim) + inside(ann)
    took = reveal_by_mouse(kim, ann, bo)
    assert took < SOON_MS / 1000, f"the raters saw the reveal after {took:.1f} s"
    for screen in everybody:
        screen.page.get_by_text(ANN[2]).wait_for(timeout=SOON_MS)

    work.tab_to(ann, "Remark")
    ann.page.keyboard.type("he had to say the reading twice")
    work.press(ann, "Enter")
    bo.page.get_by_text("he had to say").wait_for(timeout=SOON_MS)
    work.tab_to(bo, "1")
    work.press(bo, "Space", "ArrowRight")
    work.tab_to(bo, "Vote")
    work.press(bo, "Enter")
    moved = "4 \u2192 2 after discussion, towards ann"
    kim.page.get_by_text(moved).first.wait_for(timeout=SOON_MS)
    decide_by_mouse(kim, "2", "he had said it already")
    for rater in (ann, bo):
        rater.page.get_by_text("decided by kim").wait_for(timeout=SOON_MS)
    kim.page.locator(".qar-host").evaluate("(host) => host.scrollIntoView()")
    picture(kim.page, "room")
    kim.page.get_by_text("What follows from it").click()
    kim.page.locator(".follows").get_by_label("3", exact=True).check()
    kim.page.get_by_label("Level 3 in version 1").fill(NEW_WORDS)
    button(kim, "Make version 2").click()
    kim.page.get_by_text("in new words, in version 2").first.wait_for()
    ann.page.get_by_text("in new words, in version 2").first.wait_for(timeout=SOON_MS)
    as_decided(office)


def as_decided(office: Any) -> None:
    """What the session left, read back from the store by the library."""
    store = office.store
    (session,) = meet.all_sessions(store)
    revealed = meet.revealed(store, session.id)
    assert not revealed.problems and len(read(store, BallotRow)) >= 2
    (master,) = meet.masters_of(store, "behaviours")
    (score,) = [one for one in master.scores if one.behaviour == "listening"]
    assert (master.call.id, score.level, score.reason) == (CALL, 2, "he had said it already")
    (vote,) = read(store, VoteRow)
    assert (vote.rater, vote.behaviour, vote.level) == ("bo", "listening", 2)
    assert [row.text for row in read(store, RemarkRow)] == ["he had to say the reading twice"]
    newest = max(read(store, RubricRow), key=lambda row: row.version)
    listening = parse(newest.text, "the store").behaviours[0]
    assert (newest.version, newest.by, listening.anchors[2]) == ("2", "kim", NEW_WORDS)
    done = [row.what for row in read(store, AuditRow)]
    assert done.index("session revealed") < done.index("vote given") < done.index("master decided")


# --- in Voila ----------------------------------------------------------------------------------


@pytest.fixture
def rooms(chromium: Any, office: Any) -> Iterator[list[Any]]:
    """kim, ann and bo, each at the page of a room of their own, at the tab to calibrate."""
    with work.together(*map(office.room, EVERYBODY)) as served, ExitStack() as stack:
        screens = [stack.enter_context(jupyter.open_room(chromium, room)) for room in served]
        for screen in screens:
            screen.page.locator(work.READY).wait_for()
        yield screens
        for screen in screens:
            work.well(screen)


def test_three_rooms_of_voila_hold_a_session_from_its_call_to_a_master_score(
    rooms: list[Any], office: Any
) -> None:
    kim, ann, bo = rooms
    kim.page.get_by_role("tab", name="Calibrate").click()
    call_by_mouse(kim, "April")
    for rater, ballot in ((ann, ANN), (bo, BO)):
        work.tab_to(rater, "Review calls")
        work.press(rater, "ArrowRight")
        rater.page.get_by_role("button", name="April").wait_for()
        work.tab_to(rater, "April")
        score_by_keyboard(rater, *ballot)
    assert ANN[2] not in inside(kim) + inside(bo) and BO[2] not in inside(kim) + inside(ann)
    took = reveal_by_mouse(kim, ann, bo)
    assert took < SOON_MS / 1000, f"the raters saw the reveal after {took:.1f} s"
    decide_by_mouse(kim, "4", "nothing was asked twice")
    bo.page.get_by_text("decided by kim").wait_for(timeout=SOON_MS)
    (master,) = meet.masters_of(office.store, "behaviours")
    assert [one.level for one in master.scores if one.behaviour == "listening"] == [4]
