"""Loudness, windows and whose voice it is on a channel."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.span import Span, shared_ms, united
from qa_review.capture.speech import (
    FRAME_MS,
    SHORTEST_HALF_MS,
    SILENCE_DB,
    Window,
    frames_of,
    loudness,
    own_voice,
    windows,
)
from qa_review.capture.transcriber import RATE_HZ, WINDOW_MS
from qa_review.capture.transcript import Word

SECOND = np.arange(RATE_HZ) / RATE_HZ


def tone(level: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    return (np.sin(2 * np.pi * 300 * time) * level * 32767).astype(np.int16)


@st.composite
def speech(draw: Any) -> list[Span]:
    """Stretches of speech: sorted, apart."""
    spans, at = [], 0
    for _ in range(draw(st.integers(1, 12))):
        at += draw(st.integers(1, 4_000))
        end = at + draw(st.integers(1, 70_000))
        spans.append(Span(at, end))
        at = end
    return spans


# --- loudness ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "decibels"),
    [
        (1.0, -3.01),  # a sine's power is half: 10 log10(0.5)
        (0.5, -9.03),  # half the amplitude is 6.02 dB less
        (0.1, -23.01),  # a tenth is 20 dB less
        (0.0, SILENCE_DB),
    ],
)
def test_loudness_is_power_below_full_scale(level: float, decibels: float) -> None:
    assert loudness(tone(level)) == pytest.approx([decibels] * 50, abs=0.2)


@pytest.mark.parametrize("samples", [0, 1, 319, 320, 321, 320 * 3_000, 320 * 3_001 + 7])
def test_there_is_a_loudness_for_each_whole_frame(samples: int) -> None:
    assert loudness(np.full(samples, 99, np.int16)).shape == (samples // 320,)


def test_the_loudest_numbers_do_not_overflow() -> None:
    assert loudness(np.full(320, -32_768, np.int16))[0] == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    ("span", "frames"),
    [
        (Span(0, 20), (0, 1)),
        (Span(0, 21), (0, 2)),
        (Span(19, 20), (0, 1)),
        (Span(40, 100), (2, 5)),
        (Span(90, 900), (4, 5)),
        (Span(500, 900), (5, 5)),
    ],
)
def test_a_span_touches_frames_of_those_there_are(span: Span, frames: tuple[int, int]) -> None:
    found = frames_of(span, 5)
    assert (found.start, found.stop) == frames


# --- windows -----------------------------------------------------------------------------------


@given(speech(), st.integers(1_000, 40_000))
def test_windows_never_lose_or_double_a_millisecond_of_speech(
    spans: list[Span], limit_ms: int
) -> None:
    packed = [span for window in windows(spans, limit_ms=limit_ms) for span in window.spans]
    assert united(packed) == united(spans)
    assert sum(span.length_ms for span in packed) == sum(span.length_ms for span in spans)


@given(speech(), st.integers(1_000, 40_000))
def test_no_window_is_longer_than_the_limit(spans: list[Span], limit_ms: int) -> None:
    for window in windows(spans, limit_ms=limit_ms):
        assert 0 < sum(span.length_ms for span in window.spans) <= limit_ms


@given(speech())
def test_halves_hold_the_speech_of_the_whole(spans: list[Span]) -> None:
    for window in windows(spans):
        halves = window.halves()
        assert halves or window.spans[0].length_ms < 2 * SHORTEST_HALF_MS
        if halves:
            parts = [span for half in halves for span in half.spans]
            assert united(parts) == united(window.spans)
            assert all(half.spans for half in halves)


@given(speech())
def test_halving_comes_to_an_end(spans: list[Span]) -> None:
    waiting, turns = windows(spans), 0
    while waiting:
        waiting.extend(waiting.pop().halves())
        turns += 1
        assert turns < 2_000


def test_nothing_makes_no_windows() -> None:
    assert windows([]) == []


@given(speech(), st.integers(0, 29_000), st.integers(1, 29_000))
def test_a_word_comes_back_inside_one_stretch_of_its_window(
    spans: list[Span], start: int, length: int
) -> None:
    for window in windows(spans):
        back = window.back(Word("a", Span(start, start + length), 0.5))
        assert any(span | back.span == span for span in window.spans)


@given(speech(), st.data())
def test_a_word_within_one_stretch_comes_back_where_it_was(spans: list[Span], data: Any) -> None:
    for window in windows(spans):
        offset = 0
        for span in window.spans:
            start = data.draw(st.integers(0, span.length_ms - 1))
            end = data.draw(st.integers(start + 1, span.length_ms))
            heard = Word("a", Span(offset + start, offset + end))
            assert window.back(heard).span == Span(span.start_ms + start, span.start_ms + end)
            offset += span.length_ms


def test_a_word_over_a_join_belongs_to_the_stretch_that_holds_its_middle() -> None:
    window = Window((Span(1_000, 2_000), Span(5_000, 6_000)))
    # 800..1,100 in the window: middle 950, in the first stretch; cut at its end
    assert window.back(Word("a", Span(800, 1_100))).span == Span(1_800, 2_000)
    # 900..1,300: middle 1,100, 100 ms into the second; what lay before its start is cut
    assert window.back(Word("a", Span(900, 1_300))).span == Span(5_000, 5_300)


def test_a_window_joins_the_sound_of_its_stretches() -> None:
    sound = np.arange(RATE_HZ, dtype=np.int16)  # each sample is its own number
    joined = Window((Span(10, 11), Span(20, 22))).samples(sound)
    # 16 samples a millisecond: 160..175 and 320..351
    expected = [*range(160, 176), *range(320, 352)]
    assert joined.dtype == np.float32
    assert (joined * 32768).tolist() == expected


def test_stretches_without_words_are_heard_again() -> None:
    window = Window((Span(0, 5_000), Span(6_000, 8_000), Span(9_000, 9_600)))
    said = [Word("a", Span(100, 4_000))]
    # 9,000..9,600 is shorter than 700 ms: too short to be missed
    assert window.passed_over(said) == [Window((Span(6_000, 8_000),))]
    assert window.passed_over([*said, Word("b", Span(6_000, 6_200))]) == []  # 10 % of 2,000 ms


def test_a_window_without_any_words_is_not_heard_again() -> None:
    assert Window((Span(0, 5_000),)).passed_over([]) == []
    assert Window((Span(0, 5_000), Span(6_000, 9_000))).passed_over([]) == []


@given(speech())
def test_hearing_again_comes_to_an_end(spans: list[Span]) -> None:
    """Each round hears strictly less, whatever the engine writes."""
    waiting, before = windows(spans), sum(span.length_ms for span in spans)
    while waiting:
        window = waiting.pop()
        first = Span(window.spans[0].start_ms, window.spans[0].start_ms + 1)
        said = [Word("a", first if len(window.spans) > 1 else window.spans[0])]
        again = window.passed_over(said)
        length = sum(s.length_ms for w in again for s in w.spans)
        assert length < sum(s.length_ms for s in window.spans) or not again
        before -= 1
        assert before > -10_000
        if len(window.spans) > 1:
            waiting.extend(w for w in again if len(w.spans) < len(window.spans))


@given(speech())
def test_what_is_heard_covers_speech_and_no_millisecond_twice(spans: list[Span]) -> None:
    for window in windows(spans, pad_ms=300):
        total = sum(span.length_ms for span in window.spans)
        assert shared_ms(window.heard, window.spans) == total
        assert all(a.end_ms < b.start_ms for a, b in pairwise(window.heard))


@given(speech())
def test_what_is_heard_fits_the_window_with_its_padding(spans: list[Span]) -> None:
    for window in windows(spans, pad_ms=300):
        assert sum(span.length_ms for span in window.heard) <= WINDOW_MS


def test_a_word_that_was_stretched_over_a_gap_does_not_count_as_heard_there() -> None:
    window = Window((Span(0, 9_000), Span(9_400, 10_000)))
    stretched = Word("hello", Span(0, 9_800))
    assert window.passed_over([stretched]) == [Window((Span(0, 9_000),))]


def test_the_window_is_shorter_than_what_whisper_hears() -> None:
    assert WINDOW_MS < 30_000


# --- bleed -------------------------------------------------------------------------------------


def levels(*parts: tuple[int, float]) -> np.ndarray:
    """Loudness by hand: (milliseconds, decibels) one after the other."""
    return np.concatenate([np.full(ms // FRAME_MS, db) for ms, db in parts])


def test_an_echo_of_the_other_side_is_cut_out() -> None:
    # mine: 2 s of my voice, then 2 s of an echo of theirs, 30 dB weaker
    mine = levels((2_000, -20.0), (2_000, -50.0))
    theirs = levels((2_000, -70.0), (2_000, -20.0))
    kept = own_voice([mine, theirs], [[Span(0, 4_000)], [Span(2_000, 4_000)]])
    assert kept == [[Span(0, 2_000)], [Span(2_000, 4_000)]]


def test_two_who_speak_at_once_are_both_kept() -> None:
    mine = levels((4_000, -22.0))
    theirs = levels((1_000, -70.0), (3_000, -20.0))
    spans = [[Span(0, 4_000)], [Span(1_000, 4_000)]]
    assert own_voice([mine, theirs], spans) == spans


def test_a_quiet_speaker_is_kept_while_the_other_is_silent() -> None:
    mine = levels((1_000, -48.0), (1_000, -75.0))
    theirs = levels((1_000, -70.0), (1_000, -15.0))
    spans = [[Span(0, 1_000)], [Span(1_000, 2_000)]]
    assert own_voice([mine, theirs], spans) == spans


def test_a_channel_that_only_echoes_keeps_nothing() -> None:
    mine = levels((2_000, -45.0))
    theirs = levels((2_000, -15.0))
    assert own_voice([mine, theirs], [[Span(0, 2_000)], [Span(0, 2_000)]])[0] == []


def test_a_channel_without_speech_has_none() -> None:
    silent = levels((1_000, -75.0))
    assert own_voice([silent, silent], [[], []]) == [[], []]


LEVEL = st.floats(-75, 0).map(lambda db: round(db, 1))


@given(
    st.lists(LEVEL, min_size=5, max_size=90), st.lists(LEVEL, min_size=5, max_size=90), st.data()
)
def test_own_voice_never_adds_speech(mine: list[float], theirs: list[float], data: Any) -> None:
    edges = [data.draw(st.lists(st.integers(1, 40), min_size=2, max_size=8)) for _ in (0, 1)]
    spoken = []
    for steps in edges:
        at = np.cumsum(steps) * FRAME_MS
        spoken.append([Span(int(a), int(b)) for a, b in list(pairwise(at))[::2]])
    kept = own_voice([np.array(mine), np.array(theirs)], spoken)
    for before, after in zip(spoken, kept, strict=True):
        assert sum(span.length_ms for span in after) == shared_ms(after, before) or not after
