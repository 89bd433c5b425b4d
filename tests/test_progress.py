"""Progress that a person can trust, and a program can read."""

from __future__ import annotations

import json
import random
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from qa_review.run.progress import HOUR_MS, WINDOW_S, Meter, Standing
from qa_review.run.shown import in_words, shown


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def steady(weights: list[float], rate: float) -> list[tuple[float, Standing]]:
    """Each standing of a run that does ``rate`` of weight a second, with the true time left."""
    clock = Clock()
    meter = Meter(len(weights), weight=sum(weights), clock=clock)
    whole, told = sum(weights) / rate, []
    for number, weight in enumerate(weights):
        clock.now += weight / rate
        told.append((1000.0 + whole - clock.now, meter.finished(str(number), weight=weight)))
    return told


@given(
    st.lists(st.integers(1, 500_000), min_size=2, max_size=60),
    st.floats(0.5, 50_000),
)
def test_at_a_steady_rate_the_time_left_is_right(weights: list[float], rate: float) -> None:
    for true_s, standing in steady(weights, rate):
        assert standing.left_s == pytest.approx(true_s, rel=1e-6, abs=1e-3)
        assert standing.done + standing.left == len(weights)


def test_one_long_recording_among_short_ones_is_not_taken_for_one_of_them() -> None:
    """By count, 9 of 10 done would say that a tenth of the time is left; half of it is."""
    (_, standing) = steady([1.0] * 9 + [9.0], rate=1.0)[8]
    assert standing.left_s == pytest.approx(9.0)


def test_where_sizes_are_not_known_items_weigh_the_same() -> None:
    clock = Clock()
    meter = Meter(4, clock=clock)
    clock.now += 30
    assert meter.finished("a").left_s == pytest.approx(90)


def test_a_rate_that_changes_shows_within_the_window() -> None:
    """A second machine joins after an hour: the rate of the first hour must not linger."""
    clock, meter = (made := Clock()), Meter(100_000, clock=made)
    for _ in range(3_600):
        clock.now += 1
        meter.finished("slow")
    for _ in range(int(WINDOW_S) * 10):
        clock.now += 0.1
        last = meter.finished("quick")
    assert last.left_s == pytest.approx(last.left / 10, rel=0.05)


def test_times_come_in_bunches_and_the_estimate_stays_near() -> None:
    """Eight workers finish together; after a tenth of the run it is off by a fifth at most."""
    chance, clock = random.Random(7), Clock()
    meter = Meter(800, clock=clock)
    told = []
    for _ in range(100):
        clock.now += chance.uniform(20, 40)
        told += [(clock.now, meter.finished("x")) for _ in range(8)]
    for now, standing in told[80:-80]:
        assert standing.left_s == pytest.approx(clock.now - now, rel=0.2)


def test_failures_and_what_was_kept_are_counted_apart() -> None:
    meter = Meter(3, kept=5, clock=Clock())
    meter.finished("a", sound_ms=HOUR_MS)
    standing = meter.finished("b", problem="it is cut off")
    assert (standing.done, standing.failed, standing.kept, standing.left) == (1, 1, 5, 1)
    assert standing.total == 8 and standing.sound_ms == HOUR_MS


def test_a_part_is_counted_by_what_it_holds() -> None:
    clock = Clock()
    meter = Meter(30, weight=100, clock=clock)
    clock.now += 10
    first = meter.finished_some("part", 20, done=15, failed=3, weight=50)  # two lines were empty
    assert (first.done, first.failed, first.left, first.left_s) == (15, 3, 10, 10.0)
    last = meter.finished_some("part", 10, done=10, failed=0, weight=50)
    assert (last.done, last.failed, last.left, last.left_s) == (25, 3, 0, 0.0)
    assert last.total == 28


def test_nothing_left_takes_no_time_and_nothing_done_gives_no_estimate() -> None:
    clock = Clock()
    meter = Meter(1, weight=10, clock=clock)
    assert meter.finished("a", weight=10).left_s == 0.0
    assert Meter(2, weight=10, clock=clock).finished("a", weight=0).left_s is None


def test_a_program_reads_a_line_an_item(capfd: pytest.CaptureFixture[str]) -> None:
    clock, console = Clock(), Console(stderr=True)
    with shown("json", "reviewing", console) as told:
        meter = Meter(2, clock=clock)
        for name, problem in (("a", ""), ('"b"\n', "cut off\nthere")):
            clock.now += 60
            told(meter.finished(name, sound_ms=6 * HOUR_MS, problem=problem))
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line["item"] for line in lines] == ["a", '"b"\n']
    assert lines[0] == {
        "done": 1, "failed": 0, "kept": 0, "left": 1, "elapsed_s": 60.0, "left_s": 60.0,
        "sound_s": 21600.0, "sound_hours_a_minute": 6.0, "item": "a", "problem": "",
    }  # fmt: skip


def test_a_person_sees_a_line_and_the_first_problems(capfd: pytest.CaptureFixture[str]) -> None:
    console = Console(stderr=True, force_terminal=True, width=120)
    with shown("bar", "reviewing", console) as told:
        meter = Meter(40)
        for number in range(30):
            told(meter.finished(f"call-{number}", problem="[bold]cut off"))
    said = capfd.readouterr().err
    assert "call-0: [bold]cut off" in said and "call-19" in said
    assert "call-25" not in said and "see failures.csv" in said
    with shown("none", "reviewing", console) as told:
        told(Meter(1).finished("a", problem="x"))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("width", [80, 100, 139, 140, 200])
def test_nothing_that_is_told_is_cut_off(width: int) -> None:
    console = Console(width=width, force_terminal=True, file=StringIO())
    with shown("bar", "reviewing", console) as told:
        told(Standing(123_456, 1_234, 100_000, 654_321, 60.0, 100_000.0, sound_ms=10**11))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in said and "0:00:0" in said
    for words in ("123,456 done, 1,234 failed, 100,000 kept, 654,321 left", "h of sound a minute"):
        assert words in said
    assert "about 1.2 days left" in said


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(0, 0, 3, 4, 0.0, None), "0 done, 3 kept, 4 left"),
        (Standing(4, 0, 0, 0, 9.0, 0.0), "4 done, 0 left"),
        (Standing(1500, 2, 0, 9, 60.0, 7200.0), "1,500 done, 2 failed, 9 left; about 2.0 h left"),
    ],
)
def test_a_standing_in_words(standing: Standing, words: str) -> None:
    assert in_words(standing) == words
