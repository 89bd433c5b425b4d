"""The shipped notebooks in JupyterLab, as people use them: by mouse, and by keyboard alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser.chromium import launched
from browser.golden import picture
from pandas import NA
from sample_reviews import copied, reviewed

pytest.importorskip("nbformat", reason="JupyterLab is not installed")
jupyter = pytest.importorskip("browser.jupyter", reason="JupyterLab is not installed")
work = pytest.importorskip("browser.work", reason="JupyterLab is not installed")

from qa_review.keep.calls import rubric_text, versions  # noqa: E402
from qa_review.widgets.place import here  # noqa: E402

pytestmark = pytest.mark.slow
HARMFUL = ("a", "b", "m", "x", "y", "d", "d", "z", "1", "Enter", "Shift+M", "Shift+Enter", "Escape")
"""keys by which JupyterLab inserts, deletes, splits, joins or turns cells"""
BEHAVIOURS = ("listening", "understanding", "expectation_setting", "ownership", "learning")
BY_KEYS = dict(zip(BEHAVIOURS, (2, 3, 4, 5, "nothing came up"), strict=True))
LEVELS = (4, 5, 3, 2, 1)
TITLES = ("Listening", "Understanding", "Expectation setting", "Ownership", "Learning")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("office")
    return work.Office(folder, copied(reviewed(tmp_path_factory), folder))


@pytest.fixture(scope="module")
def lab(office: Any) -> Iterator[Any]:
    with office.lab("ann") as served:
        yield served


@contextmanager
def used(chromium: Any, lab: Any, name: str) -> Iterator[Any]:
    """A notebook, all its cells run; afterwards its cells are the same and it is well."""
    with jupyter.open_notebook(chromium, lab, f"{name}.ipynb") as book:
        book.page.evaluate("window.jupyterapp.shell.collapseLeft()")
        before = work.cells(book)
        work.use(book)
        yield book
        assert work.cells(book) == before
        work.well(book)


@pytest.fixture
def opened(chromium: Any, lab: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The notebook that the test names, for this test alone."""
    with used(chromium, lab, request.param) as book:
        yield book


@pytest.fixture(scope="module")
def desk(chromium: Any, lab: Any) -> Iterator[Any]:
    """A desk that several tests press keys in, look at, and never hand in at."""
    with used(chromium, lab, "01_review_a_call") as book:
        yield book


def of(notebook: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("opened", [notebook], indirect=True)


def handed_in(office: Any, call: str) -> dict[str, Any]:
    """What ann handed in of a call: behaviour to level or why none, as the library has it."""
    rows = here(store=office.store).reviews(reviewer="ann").query("call == @call")
    told = zip(rows["behaviour"], rows["level"].astype(object), rows["why_none"], strict=True)
    return {behaviour: why if level is NA else level for behaviour, level, why in told}


def call_at_the_desk(book: Any) -> str:
    return str(book.page.locator("select.call").input_value())


def card(book: Any, name: str) -> Any:
    return book.page.get_by_role("group", name=name)


def pick_by_mouse(book: Any, turn: int, first: int, last: int) -> None:
    words = book.page.locator(f'[data-turn="{turn}"] .w')
    begin, end = words.nth(first).bounding_box(), words.nth(last).bounding_box()
    mouse = book.page.mouse
    mouse.move(begin["x"] + 2, begin["y"] + 5)
    mouse.down()
    mouse.move(end["x"] + 3, end["y"] + 5, steps=6)
    mouse.up()


# --- 01: a call is reviewed --------------------------------------------------------------------


@of("01_review_a_call")
def test_a_call_is_reviewed_by_mouse_and_shows_in_the_table(opened: Any, office: Any) -> None:
    page, call = opened.page, call_at_the_desk(opened)
    page.locator(".qar-host").evaluate("(host) => host.scrollIntoView()")
    page.locator(".sound-state:empty").wait_for(state="attached")  # it has sound
    for level, name in zip(LEVELS, TITLES, strict=True):
        card(opened, name).get_by_role("radio").nth(level - 1).check()
    for turn, first, last, behaviour in ((2, 7, 11, "Listening"), (4, 0, 6, "Understanding")):
        pick_by_mouse(opened, turn, first, last)
        page.get_by_label("Attach to").select_option(behaviour)
        page.get_by_role("button", name="For", exact=True).click()
        card(opened, behaviour).locator(".quote").wait_for()
    card(opened, "Listening").locator("legend").click()
    page.locator(".scroller").evaluate("(talk) => { talk.scrollTop = 0; }")
    page.locator(".qar-host").evaluate("(host) => host.scrollIntoView()")
    picture(page, "desk")
    page.get_by_role("button", name="Play", exact=True).click()
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Hand in").click()
    page.locator(".foot .state").wait_for()
    assert handed_in(office, call) == dict(zip(BEHAVIOURS, LEVELS, strict=True))
    page.evaluate("""() => {
      const { content } = window.jupyterapp.shell.currentWidget;
      content.activeCellIndex = content.widgets.length - 1;
    }""")
    work.command(opened, "notebook:run-cell")
    page.locator("table.dataframe", has_text=call).wait_for()


@of("01_review_a_call")
def test_a_call_is_reviewed_by_keyboard_alone(opened: Any, office: Any) -> None:
    work.enter_by_keyboard(opened)
    call = call_at_the_desk(opened)
    score_by_keyboard(opened)
    work.press(opened, "Control+Enter")
    opened.page.locator(".foot .state").wait_for()
    work.until(opened, lambda: work.focused(opened).startswith("\u2713 Handed in"))
    assert handed_in(office, call) == BY_KEYS


def score_by_keyboard(book: Any) -> None:
    """Levels 2 to 5 and N/A, a quote and a note, by the keys of the desk."""
    work.tab_to(book, "Keys")
    for level in "2345":
        work.press(book, level, "b")
    work.press(book, "0")
    book.page.keyboard.type("nothing came up")
    work.press(
        book, "Shift+Tab", "t", "j", "Shift+ArrowRight", "Shift+ArrowRight", "e", "Enter", "m"
    )
    book.page.keyboard.type("bad mood, dd")
    work.press(book, "Escape")


def test_keys_pressed_in_the_desk_never_reach_the_notebook(desk: Any) -> None:
    before = work.cells(desk)
    for place in ("button.help", "button.play", "input[type=radio]", "select.call"):
        desk.page.locator(place).first.focus()
        assert desk.page.locator(place).first.evaluate("(one) => one.matches(':focus')")
        work.press(desk, *HARMFUL)
        assert desk.page.evaluate("document.activeElement.classList.contains('qar-host')")
    assert work.cells(desk) == before


def test_the_search_for_keys_that_reach_the_notebook_would_find_one(desk: Any) -> None:
    """The same key, pressed beside the desk, inserts a cell."""
    before = work.cells(desk)
    desk.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCell.node.focus()")
    work.press(desk, "b")
    work.until(desk, lambda: len(work.cells(desk)) == len(before) + 1)
    after_the_key = work.cells(desk)
    work.press(desk, "d", "d")
    work.until(desk, lambda: work.cells(desk) == before)
    assert len(after_the_key) == len(before) + 1 == len(work.cells(desk)) + 1


def test_a_saved_notebook_holds_the_state_of_its_desk_but_no_call(
    desk: Any, office: Any, lab: Any
) -> None:
    desk.page.locator(".sound-state:empty").wait_for(state="attached")
    work.command(desk, "docmanager:save")
    text = (lab.folder / desk.path).read_text(encoding="utf-8")
    states = json.loads(text)["metadata"]["widgets"].values()
    assert [one for state in states for one in state["state"].values() if "_esm" in one["state"]]
    assert "T2dnU" not in text and len(text) < 400_000  # how sound in Ogg begins, in base64
    turns = said(office.reviews)
    assert len(turns) > 50 and not [turn for turn in turns if turn in text]


def said(reviews: Path) -> list[str]:
    """What is said in the calls, but for what anybody says."""
    files = (reviews / "transcripts").glob("*.json")
    turns = [turn for file in files for turn in json.loads(file.read_text("utf-8"))["turns"]]
    return [turn["text"] for turn in turns if len(turn["text"]) > 30]


def test_the_desk_is_used_at_200_percent_and_in_the_dark(desk: Any) -> None:
    desk.theme(dark=True)
    desk.zoom(2)
    inside = desk.page.locator(".qar-host .qar")
    assert inside.evaluate("(e) => e.scrollWidth <= e.clientWidth")
    chosen = card(desk, "Learning").get_by_role("radio").nth(2)
    chosen.check()
    desk.page.get_by_text("Draft saved").wait_for()
    assert chosen.is_checked() and desk.violations() == []
    picture(desk.page, "desk-200-percent-dark")
    desk.zoom(0.5)
    desk.theme(dark=False)


# --- 03: the board -----------------------------------------------------------------------------


def not_handed_in(book: Any, office: Any) -> str:
    """A call of the list behind a mark that no other test handed in."""
    listed = book.page.locator("section.behind .open")
    listed.first.wait_for()
    return next(call for call in listed.all_inner_texts() if not handed_in(office, call))


@of("03_team_board")
def test_a_call_behind_a_bar_is_reviewed_by_mouse(opened: Any, office: Any) -> None:
    page = opened.page
    page.get_by_role("button", name="Understanding, level 5:").click()
    call = not_handed_in(opened, office)
    page.get_by_role("button", name=f"Open {call} at the desk").last.click()
    page.locator(".at-desk .foot").wait_for()
    assert call_at_the_desk(opened) == call
    for name in TITLES:
        card(opened, name).get_by_role("radio").nth(2).check()
    page.get_by_role("button", name="Hand in").click()
    page.locator(".foot .state").wait_for()
    assert handed_in(office, call) == dict.fromkeys(BEHAVIOURS, 3)
    page.get_by_role("button", name="Close desk").click()
    page.get_by_text("people\u2019s where there is one").wait_for()  # it follows by itself


@of("03_team_board")
def test_a_call_behind_a_mark_is_reviewed_by_keyboard_alone(opened: Any, office: Any) -> None:
    work.enter_by_keyboard(opened)
    work.tab_to(opened, "Ownership, level")
    work.press(opened, "ArrowDown", "Enter")
    call = not_handed_in(opened, office)
    work.tab_to(opened, f"Open {call}")
    work.press(opened, "Enter")
    opened.page.locator(".at-desk .foot").wait_for()
    assert call_at_the_desk(opened) == call
    score_by_keyboard(opened)
    work.press(opened, "Control+Enter")
    opened.page.locator(".foot .state").wait_for()
    assert handed_in(office, call) == BY_KEYS


# --- 04: the workshop --------------------------------------------------------------------------


def newest(office: Any) -> str:
    """The newest version of the rubric in the store, as its file would be."""
    with office.store.reading() as reader:
        return str(rubric_text(reader, versions(reader, "behaviours")[-1]))


@of("04_rubric_workshop")
def test_a_pattern_is_added_and_saved_as_a_version_by_mouse(opened: Any, office: Any) -> None:
    page = opened.page
    page.locator(".chooser select").select_option("indicators ack_feeling")
    page.get_by_label("New pattern", exact=True).fill("zebra crossing")
    page.get_by_role("button", name="Add pattern").first.click()
    page.get_by_text("calls compared").first.wait_for()
    page.get_by_role("button", name="Save as behaviours").click()
    page.locator("#saved").wait_for()
    assert '"zebra crossing"' in newest(office)


@of("04_rubric_workshop")
def test_a_pattern_is_added_and_saved_as_a_version_by_keyboard_alone(
    opened: Any, office: Any
) -> None:
    work.enter_by_keyboard(opened)
    work.tab_to(opened, "Part")
    opened.page.keyboard.type("ack_feeling")
    work.press(opened, "Enter")
    opened.page.get_by_label("New pattern", exact=True).wait_for()
    work.tab_to(opened, "New pattern", most=250)
    opened.page.keyboard.type("dd bb mm")
    work.press(opened, "Enter")
    opened.page.get_by_text("calls compared").first.wait_for()
    work.tab_to(opened, "Save as behaviours")
    work.press(opened, "Enter")
    work.until(opened, lambda: work.focused(opened).startswith("\u2713 behaviours.v"))
    assert '"dd bb mm"' in newest(office)


# --- 05: the tour ------------------------------------------------------------------------------


def test_the_tour_runs_and_shows_its_tables(chromium: Any, lab: Any) -> None:
    with jupyter.open_notebook(chromium, lab, "05_data_science.ipynb") as book:
        book.run_all()
        book.wait_idle()
        failed = [one for cell in book.outputs() for one in cell if one["output_type"] == "error"]
        assert not failed and not book.leaks and not book.problems
        assert len([cell for cell in book.outputs() if cell]) >= 9


def test_no_notebook_waits_for_what_only_the_scorer_needs() -> None:
    """spaCy and torch would take seconds of every first cell."""
    code = "import sys; from qa_review import widgets; print({'spacy', 'torch'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
