"""Two voices on one channel are told apart, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.span import Span
from qa_review.capture.timbre import LOWEST_HZ, Timbre, log_mel, log_pitch, mel_bank
from qa_review.capture.transcriber import RATE_HZ
from qa_review.capture.transcript import Word
from qa_review.capture.voices import (
    UNSURE,
    Voices,
    cheapest_path,
    doubted,
    stretches,
    two_groups,
    word_margins,
)


def voice(hz: float, seconds: float, *, tilt: float = 1.0, seed: int = 0) -> np.ndarray:
    """A buzz with overtones, a little noise: as much of a voice as a voiceprint needs. int16."""
    time = np.arange(round(RATE_HZ * seconds)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * hz * k * time) / k**tilt for k in range(1, 20))
    noise = np.random.default_rng(seed).normal(0, 0.02, len(time))
    return (np.clip(buzz * 0.15 + noise, -1, 1) * 32_767).astype(np.int16)


def word_each(span: Span, each_ms: int = 250) -> list[Word]:
    edges = range(span.start_ms, span.end_ms + 1, each_ms)
    return [Word("a", Span(a, b)) for a, b in pairwise(edges)]


class ByTheClock:
    """A voiceprint that knows who speaks when."""

    name = "by the clock"
    same_voice = 0.9

    def __init__(self, *second: Span) -> None:
        self._second = second

    def describe(self, samples: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
        rows = []
        for span in spans:
            shared = sum(both.length_ms for s in self._second if (both := s & span))
            share = shared / span.length_ms
            rows.append([1 - share, share, 0.0])
        unit = np.array(rows)
        return unit / np.linalg.norm(unit, axis=1, keepdims=True)


SILENT = np.zeros(RATE_HZ * 20, np.int16)


def test_words_go_to_the_voice_around_them() -> None:
    # 0         5         10        15
    # first     second    first
    parts = [Span(0, 5_000), Span(5_400, 10_000), Span(10_400, 15_000)]
    words = [word for part in parts for word in word_each(part)]
    found = Voices(ByTheClock(parts[1]))(SILENT, words, parts)
    second = [parts[1] & word.span is not None for word in words]
    assert set(found) == {0, 1}
    right = sum((v == found[0]) != is_second for v, is_second in zip(found, second, strict=True))
    assert right == len(words)


def test_one_voice_is_one_voice() -> None:
    spans = [Span(0, 8_000)]
    words = word_each(spans[0])
    assert Voices(ByTheClock())(SILENT, words, spans) == [0] * len(words)


@pytest.mark.parametrize("spans", [[], [Span(0, 900)], [Span(0, 3_000)]])
def test_too_little_speech_is_one_voice(spans: list[Span]) -> None:
    words = word_each(Span(0, 1_000))
    assert Voices(ByTheClock())(SILENT, words, spans) == [0] * len(words)


def test_no_words_have_no_voices() -> None:
    assert Voices(ByTheClock())(SILENT, [], [Span(0, 9_000)]) == []


def test_two_real_voices_are_told_apart_by_their_timbre() -> None:
    low, high = voice(110, 3, tilt=1.4), voice(220, 3, tilt=0.9, seed=1)
    sound = np.concatenate([low, high, low, high])
    parts = [Span(n * 3_000 + 50, n * 3_000 + 2_950) for n in range(4)]
    words = [word for part in parts for word in word_each(part)]
    found = Voices(Timbre())(sound, words, parts)
    truth = [n % 2 for n, part in enumerate(parts) for _ in word_each(part)]
    same = sum(f == t for f, t in zip(found, truth, strict=True))
    assert max(same, len(words) - same) >= 0.95 * len(words)


# --- the parts ---------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 9_000)), max_size=9))
def test_stretches_are_about_a_second_and_stay_in_speech(steps: list[tuple[int, int]]) -> None:
    spans, at = [], 0
    for gap, length in steps:
        spans.append(Span(at + gap, at + gap + length))
        at += gap + length
    cut = stretches(spans)
    assert all(300 <= span.length_ms <= 1_500 for span in cut)
    assert all(any(span | part == span for span in spans) for part in cut)
    lost = sum(s.length_ms for s in spans if s.length_ms >= 300) - sum(s.length_ms for s in cut)
    assert lost == 0  # only speech shorter than 300 ms is left out


def test_two_groups_are_the_two_directions_that_vectors_point_to() -> None:
    rng = np.random.default_rng(3)
    directions = np.repeat([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [9, 5], axis=0)
    raw = directions + rng.normal(0, 0.1, (14, 3))
    unit = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    group = (unit @ two_groups(unit, np.ones(14)).T).argmax(axis=1)
    assert len(set(group[:9])) == 1 and len(set(group[9:])) == 1 and group[0] != group[13]


def test_a_word_sounds_like_what_surrounds_it() -> None:
    spans = [Span(0, 1_000), Span(1_000, 2_000)]
    words = [Word("a", Span(400, 600)), Word("b", Span(900, 1_100)), Word("c", Span(1_400, 1_600))]
    found = word_margins(words, spans, np.array([1.0, -1.0]))
    # a and c lie in the middle of one stretch: the other is 1,000 ms away, exp(-8.2) of the pull
    assert found == pytest.approx([1.0, 0.0, -1.0], abs=0.01)


@pytest.mark.parametrize(
    ("margins", "pause_ms", "path"),
    [
        ([0.5, 0.5, -0.5, -0.5], 0, [0, 0, 1, 1]),
        ([0.5, -0.1, 0.5], 0, [0, 0, 0]),  # one doubtful word doesn't pay for two changes
        ([0.5, -0.1, 0.5], 5_000, [0, 1, 0]),  # after long pauses changes cost next to nothing
        ([-0.3], 0, [1]),
    ],
)
def test_the_path_changes_voice_only_where_it_pays(
    margins: list[float], pause_ms: int, path: list[int]
) -> None:
    words = [
        Word("a", Span(n * (200 + pause_ms), n * (200 + pause_ms) + 200))
        for n in range(len(margins))
    ]
    assert cheapest_path(words, np.array(margins)) == path


def test_a_sentences_end_halves_the_cost_of_a_change() -> None:
    # two words: +0.3 then -0.12; a change wins 2 x 0.12 = 0.24 and costs 0.35, or 0.175
    plain, ended = ([Word(t, Span(0, 200)), Word("b", Span(200, 400))] for t in ("a", "a."))
    margins = np.array([0.3, -0.12])
    assert cheapest_path(plain, margins) == [0, 0]
    assert cheapest_path(ended, margins) == [0, 1]


def test_a_run_that_sounds_like_neither_voice_belongs_to_nobody() -> None:
    path = [0, 0, 1, 1]
    margins = np.array([0.5, 0.5, -UNSURE / 2, -UNSURE / 2])
    assert doubted(path, margins) == [0, 0, None, None]
    assert doubted([], np.array([])) == []


# --- the voiceprint without a model ------------------------------------------------------------


@pytest.mark.parametrize("hz", [70, 110, 160, 220, 320])
def test_the_pitch_of_a_voice_is_found(hz: float) -> None:
    assert np.exp(log_pitch(voice(hz, 1.0))) == pytest.approx(hz, rel=0.03)


@pytest.mark.parametrize("samples", [0, 100, 639, RATE_HZ])
def test_what_has_no_pitch_gets_a_middling_one(samples: int) -> None:
    assert np.exp(log_pitch(np.zeros(samples, np.int16))) == pytest.approx(150)


def test_the_mel_filters_cover_the_band_that_speech_uses() -> None:
    bank = mel_bank()
    assert bank.shape == (257, 80)
    assert (bank >= 0).all() and (bank.max(axis=0) > 0).all()
    assert LOWEST_HZ < 110


@pytest.mark.parametrize("samples", [1, 399, 400, 1_000])
def test_the_spectrum_of_any_stretch_is_finite(samples: int) -> None:
    assert np.isfinite(log_mel(np.zeros(samples, np.int16))).all()


def test_vectors_have_length_one_and_are_the_same_each_time() -> None:
    sound = voice(140, 3)
    spans = [Span(0, 1_000), Span(1_000, 2_000), Span(2_000, 3_000)]
    first, again = Timbre().describe(sound, spans), Timbre().describe(sound, spans)
    assert np.array_equal(first, again)
    assert np.linalg.norm(first, axis=1) == pytest.approx([1, 1, 1], abs=1e-6)
