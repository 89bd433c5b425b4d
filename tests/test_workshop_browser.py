"""The workshop in a browser: a pattern is changed, an example fails, it is mended and saved."""

from __future__ import annotations

import pytest
from browser.chromium import launched
from browser.screens import opened_screen
from workshop_fixtures import TEXT, place_in, workshop_at

from qa_review.keep.calls import rubric_text, versions
from qa_review.widgets.parts import script
from qa_review.widgets.workshop import SCRIPTS, STYLES

pytestmark = pytest.mark.slow

ESM = script("Workshop", scripts=SCRIPTS, styles=STYLES)
NEW = '  "bless you",\n  "what a pity",\n]'


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def place(tmp_path):
    return place_in(tmp_path)


@pytest.fixture
def shop(chromium, place, tmp_path):
    with opened_screen(chromium, workshop_at(place, tmp_path / "drafts"), ESM) as window:
        yield window
        assert (window.complaints(), window.fetched()) == ([], [])


def newest(place):
    """The newest version in the store, as it was written."""
    with place.store.reading() as reader:
        return rubric_text(reader, versions(reader, "desk")[-1])


def text(window, words):
    return window.page.get_by_text(words).first


def tab_to(window, name, most=60):
    """Go on by Tab until the focus is on what has this name."""
    for _ in range(most):
        if window.focused().startswith(name) or window.page.evaluate(LABEL) == name:
            return
        window.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {name!r}")


LABEL = """
() => { let on = document.activeElement;
  while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;
  const label = on?.labels?.[0];
  return label ? label.textContent.trim().slice(0, 60) : ""; }
"""


def test_by_mouse(shop, place, tmp_path):
    page = shop.page
    page.get_by_label("Part").select_option("indicators kind")
    page.get_by_role("textbox", name="New pattern", exact=True).fill("a pity")
    page.get_by_role("button", name="Add pattern").first.click()
    text(shop, "2 calls compared").wait_for()
    piece = page.locator(".piece.comes")
    assert piece.locator("mark").inner_text() == "What a pity."
    assert "agent 0:04 What a pity. And what is your name?" in piece.inner_text()
    row = page.get_by_role("row", name="call-1 Care")
    assert row.locator(".change").inner_text().split() == ["2", "→", "becomes", "4", "▲", "up"]
    text(shop, "1 example doesn’t hold").wait_for()
    assert page.get_by_text("found, but should not be").first.is_visible()
    page.get_by_role("button", name="Save as desk").click()
    text(shop, "kind is found in 'it is a pity about the lift'").wait_for()
    page.get_by_label("Pattern 2", exact=True).fill("what a pity")
    text(shop, "Evidence: 1 appears").wait_for()
    page.get_by_text("1 example doesn’t hold").first.wait_for(state="detached")
    page.get_by_label("and write the file").check()
    page.get_by_role("textbox", name="File").fill(str(tmp_path / "desk.v2.toml"))
    page.get_by_role("button", name="Save as desk").click()
    text(shop, "desk.v2 is in").wait_for()
    wanted = TEXT.replace('version = "1"', 'version = "2"').replace('  "bless you",\n]', NEW)
    assert newest(place) == (tmp_path / "desk.v2.toml").read_text("utf-8") == wanted


def test_by_keyboard_alone(shop, place):
    """Every step by Tab, Enter and letters; the focus is never lost."""
    press, type_ = shop.page.keyboard.press, shop.page.keyboard.type
    tab_to(shop, "Part")
    type_("kind")
    press("Enter")
    text(shop, "Met: found in these").wait_for()
    tab_to(shop, "New pattern")
    type_("a pity")
    press("Enter")
    text(shop, "1 example doesn’t hold").wait_for()
    assert shop.focused() == "New pattern"
    press("Shift+Tab")
    press("Shift+Tab")
    assert shop.focused() == "Pattern 2"
    press("Home")
    type_("what ")
    press("Enter")
    text(shop, "2 calls compared").wait_for()
    shop.page.get_by_text("1 example doesn’t hold").first.wait_for(state="detached")
    assert shop.focused() == "Pattern 2"
    press("Control+z")
    text(shop, "1 example doesn’t hold").wait_for()
    press("Control+y")
    shop.page.get_by_text("1 example doesn’t hold").first.wait_for(state="detached")
    tab_to(shop, "Save as desk, version 2")
    press("Enter")
    text(shop, "desk.v2 is in").wait_for()
    assert shop.focused().startswith("✓ desk.v2 is in")
    assert NEW in newest(place) and "# said in the north" in newest(place)


def test_as_text_by_who_prefers_it(shop, place):
    page = shop.page
    page.get_by_label("Text", exact=True).check()
    field = page.get_by_label("The rubric’s file")
    assert field.input_value() == TEXT
    field.fill(TEXT.replace('title = "Care"', 'title = "Care'))
    text(shop, "not TOML").wait_for()
    line = TEXT[: TEXT.index('title = "Care"')].count("\n") + 1
    page.get_by_role("button", name=f"Line {line}").first.click()
    selected = field.evaluate("(it) => it.value.slice(it.selectionStart, it.selectionEnd)")
    assert selected == "" or selected.endswith("# on the page")
    page.get_by_label("Form", exact=True).check()
    text(shop, f"see line {line}").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Part").wait_for()
    page.get_by_label("Weight").fill("much")
    text(shop, "must be a number, not text").wait_for()
    assert page.get_by_label("Weight").get_attribute("aria-invalid") == "true"


def test_a_draft_waits_for_its_person(chromium, place, tmp_path):
    """Everything is there again after the kernel ended; a new indicator says what it lacks."""
    drafts = tmp_path / "drafts"
    with opened_screen(chromium, workshop_at(place, drafts), ESM) as window:
        page = window.page
        page.get_by_role("button", name="New indicator").click()
        page.keyboard.type("slow")
        page.keyboard.press("Enter")
        text(window, "met and not_met examples are needed").wait_for()
        page.get_by_label("Meaning", exact=True).fill("is slow")
        text(window, "A draft of version 2").wait_for()
    with opened_screen(chromium, workshop_at(place, drafts), ESM) as window:
        page = window.page
        page.get_by_label("Part").select_option("indicators slow")
        assert page.get_by_label("Meaning", exact=True).input_value() == "is slow"
        page.get_by_role("button", name="Start over").click()
        assert window.focused() == "Leave the changes"
        page.keyboard.press("Enter")
        text(window, "desk.v1 as it is").wait_for()
        assert window.complaints() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_workshop_breaks_no_rule_of_accessibility(chromium, place, tmp_path, dark):
    driver, width = workshop_at(place, tmp_path / "drafts"), 640 if dark else 1280
    with opened_screen(chromium, driver, ESM, dark=dark, width=width) as window:
        page = window.page
        assert dark or window.violations() == []
        page.get_by_label("Part").select_option("indicators kind")
        page.get_by_role("textbox", name="New pattern", exact=True).fill("a pity")
        page.get_by_role("button", name="Add pattern").first.click()
        text(window, "2 calls compared").wait_for()
        for summary in page.locator("summary").all():
            summary.click()
        page.get_by_label("The agent says", exact=True).fill("a pity")
        text(window, "no longer").or_(page.locator(".tried .comes")).first.wait_for()
        assert window.violations() == []
        page.get_by_label("Pattern 1", exact=True).fill("bless (you")
        text(window, "before the problem").wait_for()
        page.get_by_role("button", name="Save as").click()
        assert not dark or window.violations() == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
