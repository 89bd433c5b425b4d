"""A call's page as a person uses it: by mouse and by keyboard, with and without sound."""

from __future__ import annotations

from dataclasses import replace

import page_fixtures as fixtures
import pytest
from browser.chromium import launched, opened
from browser.kinds import write_pages

from qa_review.view.page import render_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return write_pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def window(chromium, pages):
    with opened(chromium, pages["with sound"]) as window:
        window.until("document.querySelector('audio').readyState > 0")
        yield window
        assert window.complaints() == []


def quote(window, words):
    return window.page.locator(".quote", has_text=words).first


def start_of(review, words):
    return review.transcript.locate(words).span.start_ms


def test_a_quote_plays_from_its_own_second_and_its_turn_is_marked(window):
    words = "What happened when you tried the old one?"
    quote(window, words).click()
    window.page.wait_for_timeout(400)
    assert window.playing()
    begins = start_of(fixtures.review(), words)
    assert begins - 200 <= window.now_ms() <= begins + 1500
    assert words in window.page.locator(".turn.now").inner_text()
    assert window.page.locator(".turn.now").get_attribute("aria-current") == "true"


def test_a_quote_that_plays_is_stopped_by_the_same_button(window):
    quote(window, "surprised").click()
    window.page.wait_for_timeout(200)
    window.page.keyboard.press("Space")
    assert not window.playing()


def test_a_click_on_a_turn_plays_it(window):
    window.page.locator("#t13 .said").click()
    window.page.wait_for_timeout(300)
    turn = fixtures.review().transcript.turns[13]
    assert window.playing()
    assert turn.span.start_ms - 200 <= window.now_ms() <= turn.span.start_ms + 1500


def play_from(window, ms):
    window.page.evaluate(f"document.querySelector('audio').currentTime = {ms} / 1000")
    window.page.get_by_role("button", name="Play", exact=True).click()


def test_the_turn_being_said_is_marked_and_brought_into_sight(window):
    play_from(window, fixtures.review().transcript.turns[20].span.start_ms)
    window.page.wait_for_selector("#t20.now")
    outer = window.page.locator("#scroller").bounding_box()
    turn = window.page.locator("#t20").bounding_box()
    assert outer["y"] <= turn["y"] < turn["y"] + turn["height"] <= outer["y"] + outer["height"]


def test_the_transcript_stays_where_it_is_when_it_is_not_to_follow(window):
    window.page.get_by_label("Follow the sound").uncheck()
    play_from(window, fixtures.review().transcript.turns[22].span.start_ms)
    window.page.wait_for_selector("#t22.now")
    assert window.page.evaluate("document.querySelector('#scroller').scrollTop") == 0


def test_the_waveform_seeks_by_mouse_and_the_slider_says_where(window):
    box = window.page.locator("#seek").bounding_box()
    window.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    length = fixtures.review().transcript.duration_ms
    assert window.now_ms() == pytest.approx(length / 2, abs=length / 100)
    assert window.page.locator("#seek").get_attribute("aria-valuetext").startswith("1:01 of 2:03")


def test_keys_play_seek_and_step(window):
    press = window.page.keyboard.press
    press("Space")
    window.page.wait_for_timeout(150)
    assert window.playing()
    press("Space")
    assert not window.playing()
    before = window.now_ms()
    press("ArrowRight")
    press("Shift+ArrowRight")
    assert window.now_ms() == pytest.approx(before + 6000, abs=50)
    press("ArrowLeft")
    assert window.now_ms() == pytest.approx(before + 1000, abs=50)
    press("j")
    first = window.page.locator(".turn.now").get_attribute("id")
    press("j")
    press("ArrowDown")
    press("k")
    assert window.page.locator(".turn.now").get_attribute("id") == f"t{int(first[1:]) + 1}"
    press("3")
    assert window.page.evaluate("document.activeElement.id") == "b2"
    press("]")
    assert window.page.evaluate("document.querySelector('audio').playbackRate") == 1.25


def test_n_and_p_go_from_quote_to_quote_in_the_order_of_the_call(window):
    said = fixtures.review()
    window.page.keyboard.press("n")
    first, second = start_of(said, "Since Tuesday, and"), start_of(said, "I'm not surprised")
    assert window.now_ms() == pytest.approx(first, abs=600)
    window.page.keyboard.press("n")
    assert window.now_ms() == pytest.approx(second, abs=600)
    window.page.keyboard.press("p")
    assert window.now_ms() == pytest.approx(first, abs=600)


def test_the_list_of_keys_opens_and_closes_and_can_turn_them_off(window):
    press = window.page.keyboard.press
    press("?")
    assert window.page.locator("dialog").is_visible()
    press("Escape")
    assert not window.page.locator("dialog").is_visible()
    press("?")
    window.page.get_by_label("Single keys work on this page").uncheck()
    window.page.get_by_role("button", name="Close").click()
    window.page.locator("h1").click()
    press("Space")
    press("j")
    press("?")
    assert not window.page.locator("dialog").is_visible()
    assert not window.playing() and window.page.locator(".turn.now").count() == 0


def test_keys_do_nothing_while_a_field_has_the_focus(window):
    window.page.locator("#filter").focus()
    window.page.keyboard.press("j")
    assert window.page.locator(".turn.now").count() == 0


def test_the_turns_are_one_stop_for_the_tab_key(window):
    stops = window.page.locator("button.at").evaluate_all("all => all.map(one => one.tabIndex)")
    assert sorted(stops) == [-1] * (len(stops) - 1) + [0]


def test_the_filter_shows_the_turns_of_one_behaviour_with_their_neighbours(window):
    window.page.select_option("#filter", label="Ownership (4 quotes)")
    shown = window.page.locator(".turn:visible").evaluate_all("all => all.map(one => one.id)")
    # The quotes lie in turns 13, 17 and 19.
    assert shown == ["t12", "t13", "t14", "t16", "t17", "t18", "t19", "t20"]
    assert "3 of 26 turns" in window.page.locator("#shown").inner_text()
    labels = window.page.locator(".label:visible").all_text_contents()
    assert set(labels) == {"\u2713evidence for Ownership"}


def test_a_reader_that_sees_nothing_is_told_what_the_player_is(window):
    assert window.page.locator("#player").aria_snapshot() == (
        '- region "Player":\n'
        '  - button "Play"\n'
        "  - text: 0:00 / 2:03 Speed\n"
        '  - combobox "Speed":\n'
        '    - option "0.75\u00d7"\n'
        '    - option "1\u00d7" [selected]\n'
        '    - option "1.25\u00d7"\n'
        '    - option "1.5\u00d7"\n'
        '    - option "1.75\u00d7"\n'
        '    - option "2\u00d7"\n'
        '  - checkbox "Skip silence"\n'
        "  - text: Skip silence\n"
        "  - status\n"
        '  - slider "Position in the call": "0"'
    )


def test_a_quote_on_a_narrow_page_is_heard_where_it_stands(chromium, pages):
    with opened(chromium, pages["with sound"], width=400) as window:
        quote(window, "surprised").scroll_into_view_if_needed()
        before = window.page.evaluate("scrollY")
        quote(window, "surprised").click()
        window.page.wait_for_selector("#t2.now", state="attached")
        assert window.playing()
        assert window.page.evaluate("scrollY") == before


def test_silence_is_skipped_when_asked_for(window):
    turns = fixtures.review().transcript.turns
    window.page.get_by_label("Skip silence").check()
    play_from(window, turns[6].span.end_ms + 300)  # 9.2 s without speech follow
    then_ms = turns[7].span.start_ms - 400
    window.until(f"document.querySelector('audio').currentTime * 1000 > {then_ms}", within_s=6)


def test_a_label_leads_to_its_quote_under_the_score(window):
    window.page.locator("#t19 .label").first.click()
    assert window.page.evaluate("location.hash").startswith("#q")
    assert window.page.locator("li:target").is_visible()


def test_a_quote_of_a_written_dialogue_leads_to_its_turn(chromium, pages):
    with opened(chromium, pages["a written dialogue"]) as window:
        quote(window, "That was our mistake").click()
        assert window.page.locator("#t13").get_attribute("aria-current") == "true"
        assert window.page.locator("audio").count() == 0


def test_sound_beside_the_page_plays(chromium, tmp_path):
    review = fixtures.review()
    (tmp_path / "the call.m4a").write_bytes(fixtures.tone(review.transcript.duration_ms))
    file = tmp_path / "call.html"
    sound = fixtures.sound(review, href="the call.m4a")
    file.write_text(render_page(review, fixtures.TITLES, sound), encoding="utf-8")
    with opened(chromium, file) as window:
        quote(window, "surprised").click()
        window.until("document.querySelector('audio').currentTime > 10")
        assert window.complaints() == []


def test_sound_that_is_missing_is_said_to_be(chromium, tmp_path):
    review = fixtures.review()
    file = tmp_path / "call.html"
    sound = fixtures.sound(review, href="gone.m4a")
    file.write_text(render_page(review, fixtures.TITLES, sound), encoding="utf-8")
    with opened(chromium, file) as window:
        window.until("document.querySelector('#problem').textContent !== ''")
        assert "can't be played" in window.page.locator("#problem").inner_text()


def test_a_seek_marks_the_turn_said_there(window):
    box = window.page.locator("#seek").bounding_box()
    turn = fixtures.review().transcript.turns[17]
    middle = (turn.span.start_ms + turn.span.end_ms) / 2
    length = fixtures.review().transcript.duration_ms
    window.page.mouse.click(box["x"] + box["width"] * middle / length, box["y"] + 20)
    window.page.wait_for_selector("#t17.now")
    assert window.page.locator(".now").count() == 1


def test_a_quote_played_again_from_elsewhere_starts_over(window):
    button = quote(window, "surprised")
    button.click()
    window.page.keyboard.press("ArrowRight")
    window.page.keyboard.press("ArrowRight")
    button.click()
    window.page.wait_for_timeout(100)
    begins = start_of(fixtures.review(), "I'm not surprised")
    assert window.playing() and window.now_ms() == pytest.approx(begins, abs=800)


def test_after_a_filter_the_tab_key_still_finds_a_turn(window):
    window.page.select_option("#filter", label="Ownership (4 quotes)")
    stops = window.page.locator("button.at:visible[tabindex='0']")
    assert stops.count() == 1


def pixel(window, ms, share_of_height):
    """The colour drawn on the waveform at a time and a height, as #rrggbb; "" for none."""
    return window.page.evaluate(
        """([at, height]) => {
          const canvas = document.querySelector("#wave");
          const [x, y] = [Math.floor(at * canvas.width), Math.floor(height * canvas.height)];
          const copy = new OffscreenCanvas(canvas.width, canvas.height);
          const pen = copy.getContext("2d", { willReadFrequently: true });
          pen.drawImage(canvas, 0, 0);
          const [r, g, b, a] = pen.getImageData(x, y, 1, 1).data;
          return a ? "#" + [r, g, b].map((v) => v.toString(16).padStart(2, "0")).join("") : "";
        }""",
        [ms / fixtures.review().transcript.duration_ms, share_of_height],
    )


def test_the_waveform_shows_in_its_lane_where_the_evidence_was_said(window):
    span = fixtures.review().transcript.locate("by six tomorrow evening, Thursday,").span
    middle = (span.start_ms + span.end_ms) / 2
    assert pixel(window, middle, 0.5) == "#9a7400"  # the third behaviour's colour
    assert pixel(window, 40_000, 0.5) == ""  # nobody is quoted there
    shared = fixtures.review().transcript.locate("What I can do is take the days off").span
    middle_of_shared = (shared.start_ms + shared.end_ms) / 2
    assert pixel(window, middle_of_shared, 0.47) == "#9a7400"  # expectation above
    assert pixel(window, middle_of_shared, 0.53) == "#b53562"  # ownership below
    window.page.select_option("#filter", label="Listening (7 quotes)")
    assert pixel(window, middle, 0.5) == ""


def test_the_agents_side_is_above_and_the_customers_below(chromium, tmp_path):
    review = fixtures.review()
    sound = fixtures.sound(review, href="gone.m4a")
    swapped = replace(sound, peaks=sound.peaks[::-1], agent_channel=1)
    turn = review.transcript.turns[2]
    for number, heard in enumerate((sound, swapped)):
        file = tmp_path / f"{number}.html"
        file.write_text(render_page(review, fixtures.TITLES, heard), encoding="utf-8")
        with opened(chromium, file) as window:
            # A stroke is 1.4 px of every 2, so look at a few neighbours.
            span = range(turn.span.start_ms + 1000, turn.span.start_ms + 3000, 100)
            assert any(pixel(window, ms, 0.15) for ms in span)
            assert not any(pixel(window, ms, 0.7) for ms in span)
