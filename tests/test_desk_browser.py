"""The desk in a browser: by mouse, by keyboard alone, and as those see it who can't see."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from browser.chromium import launched
from browser.screens import opened_screen
from desk_fixtures import asked, desk_at, done, place_in, rated

from qa_review.capture.transcript import Turn
from qa_review.keep.drafts import Draft
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.keep.revisions import history
from qa_review.widgets import shortcuts
from qa_review.widgets.desk import DeskScreen

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("QA_REVIEW_SHORTCUTS", str(tmp_path / "shortcuts.json"))
    return place_in(tmp_path, seconds=123.0)


@pytest.fixture
def desk(place, tmp_path):
    return desk_at(place, tmp_path / "drafts")


@pytest.fixture
def window(chromium, desk):
    with opened_screen(chromium, desk, DeskScreen._esm, height=1200) as window:
        yield window
        assert window.complaints() == []
        assert window.fetched() == []


def saved(place, call="call-a"):
    with place.store.reading() as reader:
        return history(reader, call)


def card(window, name):
    return window.page.get_by_role("group", name=name)


def until(window, true):
    """Wait for what the driver, which runs in this thread, or the sound, brings about."""
    for _ in range(200):
        if true():
            return
        window.page.wait_for_timeout(25)
    raise AssertionError("it did not come about")


def sound(window, expression):
    return window.page.locator("audio").evaluate(f"(audio) => {expression}")


def ready(window):
    until(window, lambda: window.page.locator(".sound-state").text_content() == "")


def pick_by_mouse(window, turn, first, last):
    words = window.page.locator(f'[data-turn="{turn}"] .w')
    begin, end = words.nth(first).bounding_box(), words.nth(last).bounding_box()
    mouse = window.page.mouse
    mouse.move(begin["x"] + 2, begin["y"] + 5)
    mouse.down()
    mouse.move(end["x"] + 3, end["y"] + 5, steps=6)
    mouse.up()


def test_a_call_is_reviewed_by_mouse(window, place):
    for number, name in enumerate(("Listening", "Understanding", "Expectation", "Ownership")):
        card(window, name).get_by_role("radio").nth(number).check()
    card(window, "Learning").get_by_role("radio", name="N/A").check()
    card(window, "Learning").get_by_label("Why N/A").fill("nothing came up")
    pick_by_mouse(window, 2, 0, 3)
    window.page.get_by_label("Attach to").select_option("Ownership")
    window.page.get_by_role("button", name="Against", exact=True).click()
    window.page.locator('[data-turn="5"]').hover()
    window.page.locator('[data-turn="5"]').get_by_role("button", name="Add a note").click()
    window.page.get_by_label("Note on turn 6").fill("calm here")
    window.page.get_by_role("button", name="Hand in").click()
    window.page.locator(".state").wait_for()
    (made,) = saved(place)
    assert [score.level for score in made.scores] == [1, 2, 3, 4, None]
    assert made.scores[4].why_none == "nothing came up"
    piece = made.scores[3].evidence[0]
    said = place.record("call-a").review.transcript.turns[2].text
    assert (piece.stance, piece.quote.text) == ("against", " ".join(said.split()[:4]))
    assert [(note.turn, note.text) for note in made.notes] == [(5, "calm here")]
    assert window.page.locator(".scorer").count() == 5


def test_a_call_is_reviewed_by_keyboard_alone(window, place):
    press = window.page.keyboard.press
    press("Tab")  # the call
    press("Tab")
    for level in "234":
        press("b" if level != "2" else "Escape")
        press(level)
    press("b")
    press("0")
    window.page.keyboard.type("said nothing")
    press("Escape")  # back to the radio of N/A
    press("b")
    press("5")
    press("c")
    window.page.keyboard.type("3 b u")  # letters of a comment, not keys
    press("Escape")
    press("t")
    press("j")
    press("Shift+ArrowRight")
    press("Shift+ArrowRight")
    press("e")
    press("Enter")
    press("m")
    window.page.keyboard.type("well put")
    press("Escape")
    press("Control+Enter")
    window.page.locator(".state").wait_for()
    (made,) = saved(place)
    assert [score.level for score in made.scores] == [2, 3, 4, None, 5]
    assert made.scores[4].reason == "3 b u"
    assert made.scores[3].why_none == "said nothing"
    quote = made.scores[4].evidence[0].quote
    said = place.record("call-a").review.transcript.turns[1].text
    assert (quote.turn, quote.text) == (1, " ".join(said.split()[:2]))
    assert made.notes[0].text == "well put"
    assert window.focused().endswith(("AM", "PM"))  # the focus is on what came of it


def test_keys_never_leave_the_desk(window):
    window.page.evaluate("""() => { window.heard = [];
        for (const kind of ['keydown', 'keyup', 'keypress'])
            document.addEventListener(kind, (event) => window.heard.push(event.key)); }""")
    window.page.get_by_role("button", name="Previous").focus()
    window.page.locator(".call").focus()
    for key in ("b", "m", "x", "3", "a", "Escape", "Control+s", "Shift+Enter", "?"):
        window.page.keyboard.press(key)
    assert window.page.evaluate("window.heard") == []


def test_an_unfinished_review_says_what_lacks_and_leads_there(window, place):
    card(window, "Listening").get_by_role("radio").first.check()
    window.page.get_by_role("button", name="Hand in").click()
    told = window.page.get_by_role("alert")
    assert "Still to do: Understanding, Expectation setting, Ownership, Learning" in (
        told.text_content()
    )
    focused = window.page.locator("input:focus")
    assert focused.get_attribute("name").endswith("-understanding")
    assert saved(place) == ()


def test_a_step_back_and_forth(window):
    listening = card(window, "Listening")
    listening.get_by_role("radio").nth(3).check()
    until(window, lambda: window.page.get_by_role("button", name="Undo").is_enabled())
    window.page.get_by_role("button", name="Undo").click()
    until(window, lambda: listening.locator("input:checked").count() == 0)
    window.page.get_by_role("button", name="Redo").click()
    until(window, lambda: listening.locator("input:checked").count() == 1)


def test_the_turn_that_is_heard_is_marked_and_a_click_hears_a_turn(window, place):
    ready(window)
    window.page.locator('[data-turn="13"] .w').first.click()
    turn = place.record("call-a").review.transcript.turns[13]
    until(window, lambda: sound(window, "!audio.paused"))
    assert turn.span.start_ms - 300 <= sound(window, "audio.currentTime * 1000")
    window.page.locator('[data-turn="13"].now').wait_for()
    window.page.get_by_role("button", name="Pause").click()
    assert sound(window, "audio.paused")


def test_a_quote_plays_its_own_words_and_stops(window, place):
    ready(window)
    pick_by_mouse(window, 4, 0, 1)
    window.page.get_by_role("button", name="For", exact=True).click()
    card(window, "Listening").locator(".quote").click()
    said = place.record("call-a").review.transcript
    words = said.turns[4].text.split()
    end = len(" ".join(words[:2]))
    span = said.quote(4, 0, end).span
    until(window, lambda: sound(window, "audio.paused && audio.currentTime > 0.2"))
    assert span.end_ms <= sound(window, "audio.currentTime * 1000") <= span.end_ms + 1500


def test_the_waveform_seeks_keys_seek_and_silence_is_skipped(window, place):
    ready(window)
    box = window.page.locator(".wave input").bounding_box()
    window.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    assert sound(window, "audio.currentTime") == pytest.approx(61.5, abs=1.5)
    window.page.get_by_role("button", name="Play").focus()
    window.page.keyboard.press("ArrowRight")
    assert sound(window, "audio.currentTime") == pytest.approx(66.5, abs=1.5)
    window.page.keyboard.press("]")
    assert sound(window, "audio.playbackRate") == 1.25
    turns = place.record("call-a").review.transcript.turns
    window.page.get_by_role("checkbox", name="Skip silence").check()
    window.page.locator("audio").evaluate(
        f"(audio) => {{ audio.currentTime = {turns[6].span.end_ms + 300} / 1000; audio.play(); }}"
    )  # 9.2 s without speech follow
    until(window, lambda: sound(window, "audio.currentTime") * 1000 > turns[7].span.start_ms - 400)


def test_what_somebody_writes_is_saved_when_they_pause_and_kept_while_they_write(
    window, place, desk, tmp_path
):
    field = card(window, "Listening").get_by_label("Comment")
    field.press_sequentially("half a sen", delay=5)
    done(desk, "call-a", *rated(4)[1:2])  # in another window
    field.press_sequentially("tence", delay=5)
    assert field.input_value() == "half a sentence"

    def kept():
        form = asked(desk_at(place, tmp_path / "drafts"), "open", call="call-a")["form"]
        return form["marks"]["listening"]["comment"] == "half a sentence"

    until(window, kept)
    understanding = card(window, "Understanding")
    until(window, lambda: understanding.locator("input:checked").count() == 1)
    assert field.input_value() == "half a sentence"


def test_a_change_to_what_was_handed_in_asks_for_its_reason(chromium, desk, place):
    done(desk, "call-a", *rated(3))
    asked(desk, "hand_in", call="call-a")
    desk = desk_at(place, place.results.parent / "drafts", first="call-a")
    with opened_screen(chromium, desk, DeskScreen._esm) as window:
        assert card(window, "Listening").locator("input:disabled").count() == 6
        window.page.get_by_role("button", name="Change it").click()
        window.page.keyboard.type("heard again")
        window.page.keyboard.press("Enter")
        card(window, "Listening").get_by_role("radio").nth(4).check()
        window.page.get_by_role("button", name="Hand in").click()
        until(window, lambda: len(saved(place)) == 2)
    assert (saved(place)[1].why, saved(place)[1].scores[0].level) == ("heard again", 5)


def test_a_key_is_given_to_another_action_and_stays_so(window, place):
    press = window.page.keyboard.press
    window.page.get_by_role("button", name="Keys").click()
    window.page.get_by_role("button", name="Level 4").click()
    press("q")
    until(window, lambda: shortcuts.shortcuts()["level_4"] == "q")
    window.page.get_by_role("button", name="Close").click()
    card(window, "Ownership").get_by_role("radio").first.focus()
    press("q")
    until(window, lambda: card(window, "Ownership").locator("input:checked").count() == 1)
    assert card(window, "Ownership").locator("input:checked").get_attribute("value") == "4"


def test_going_on_to_the_next_call_keeps_the_draft_of_this_one(window):
    card(window, "Listening").get_by_role("radio").nth(1).check()
    window.page.get_by_role("button", name="Next").click()
    window.page.get_by_role("heading", name="call-b").wait_for()
    assert window.page.locator("input[type=radio]:checked").count() == 0
    window.page.get_by_role("button", name="Previous").click()
    window.page.get_by_role("heading", name="call-a").wait_for()
    assert card(window, "Listening").locator("input:checked").get_attribute("value") == "2"


def test_what_is_refused_stays_in_its_field_and_is_sent_with_what_comes_next(
    window, place, desk, tmp_path, monkeypatch
):
    def full(self, *events):
        raise OSError("no space left on device")

    field = card(window, "Listening").get_by_label("Comment")
    with monkeypatch.context() as broken:
        broken.setattr(Draft, "add", full)
        field.press_sequentially("careful words", delay=5)
        until(window, lambda: "no space left" in window.page.get_by_role("alert").text_content())
        window.page.wait_for_timeout(1500)  # a look at the news, which has no such comment
        assert field.input_value() == "careful words"
    field.press_sequentially(", kept", delay=5)
    until(window, lambda: window.page.get_by_role("alert").text_content() == "")
    form = asked(desk_at(place, tmp_path / "drafts"), "open", call="call-a")["form"]
    assert form["marks"]["listening"]["comment"] == "careful words, kept"


def test_what_was_written_last_is_saved_when_the_page_is_left(window, place, tmp_path):
    card(window, "Listening").get_by_label("Comment").press_sequentially("last", delay=2)
    window.page.evaluate("dispatchEvent(new Event('pagehide'))")
    window.page.wait_for_timeout(50)
    form = asked(desk_at(place, tmp_path / "drafts"), "open", call="call-a")["form"]
    assert form["marks"]["listening"]["comment"] == "last"


def test_two_desks_in_one_screen_keep_their_answers_apart(window, desk):
    """As in the front, where the board has a desk of its own."""
    names = window.page.locator("input[type=radio]").evaluate_all("all => all.map((r) => r.name)")
    assert len(set(names)) == 5
    assert all(re.fullmatch(r"answer-\w+-\w+", name) for name in names), names


def test_keys_work_after_a_click_on_the_waveform(window):
    ready(window)
    box = window.page.locator(".wave input").bounding_box()
    window.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    window.page.keyboard.press("3")
    listening = card(window, "Listening")
    until(window, lambda: listening.locator("input:checked").count() == 1)


def test_picked_words_are_told_to_who_can_not_see_them(window, place):
    window.page.locator('[data-turn="1"] .at').focus()
    window.page.keyboard.press("Shift+ArrowRight")
    window.page.keyboard.press("Shift+ArrowRight")
    said = place.record("call-a").review.transcript.turns[1].text.split()[:2]
    told = window.page.locator('.talk [role="status"]')
    assert told.text_content() == f"Picked: {' '.join(said)}"


def test_quotes_beside_smileys_are_the_words_that_were_picked(chromium, place, tmp_path):
    results = ResultsFolder(place.results)
    record = results.read("call-a")
    first, *others = record.review.transcript.turns
    smiling = Turn(first.speaker, "\U0001f600 \U0001f600 I never got my refund", first.span)
    said = replace(record.review.transcript, turns=(smiling, *others))
    review = replace(record.review, transcript=said, scores=())
    results.write(Record(review, "", "", ""), vtt="", transcript="{}")
    with opened_screen(chromium, desk_at(place, tmp_path / "d"), DeskScreen._esm) as window:
        pick_by_mouse(window, 0, 3, 4)
        window.page.get_by_role("button", name="For", exact=True).click()
        quote = card(window, "Listening").locator(".quote q")
        until(window, lambda: quote.count() == 1)
        assert quote.text_content() == "never got"


def test_keys_go_on_with_the_next_call(window):
    window.page.locator(".call").focus()
    window.page.keyboard.press("Tab")
    window.page.keyboard.press("n")
    window.page.get_by_role("heading", name="call-b").wait_for()
    window.page.get_by_role("button", name="Previous").click()
    window.page.get_by_role("heading", name="call-a").wait_for()
    window.page.keyboard.press("3")
    listening = card(window, "Listening")
    until(window, lambda: listening.locator("input:checked").count() == 1)


def test_a_kernel_that_is_gone_is_told_and_nothing_is_taken_any_more(window):
    card(window, "Listening").get_by_role("radio").nth(1).check()
    until(window, lambda: window.page.locator(".saved").text_content() == "Draft saved")
    window.page.evaluate("() => { window.model.send = () => { throw new Error('no kernel'); }; }")
    card(window, "Ownership").get_by_role("radio").nth(1).check()
    notice = window.page.locator(".notice")
    until(window, lambda: "Run this cell again" in notice.text_content())
    assert window.page.locator(".saved").text_content() != "Draft saved"
    assert window.page.evaluate(
        "document.querySelector('.qar-host').shadowRoot.querySelector('.notice + div').inert"
    )


def test_the_turns_are_one_stop_for_the_tab_key(window):
    stops = window.page.locator(".turn .at").evaluate_all("all => all.map(one => one.tabIndex)")
    assert sorted(stops) == [-1] * 25 + [0]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 640])
def test_it_breaks_no_rule_of_accessibility(chromium, place, tmp_path, dark, width):
    desk = desk_at(place, tmp_path / "drafts", blind=False)
    done(desk, "call-a", *rated(2)[:2], {"do": "NotApplicable", "behaviour": "ownership"})
    with opened_screen(chromium, desk, DeskScreen._esm, dark=dark, width=width) as window:
        pick_by_mouse(window, 2, 0, 1)
        assert window.violations() == []
        window.page.get_by_role("button", name="Hand in").click()
        window.page.get_by_role("button", name="Keys").click()
        assert window.violations() == []
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert window.page.evaluate(wide) <= 0  # as at 200 % on a screen of twice the width
