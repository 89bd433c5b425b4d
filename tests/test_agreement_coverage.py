"""Intervals hold the long-run figure as often as they say, because calls are drawn whole."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from qa_review.base.agreement import Agreement, every, figures, wanted
from qa_review.base.bootstrap import Spread, interval
from qa_review.base.quantiles import t_quantile
from qa_review.base.ratings import Ratings

SESSIONS = 1000
NAMES = ("exact", "kappa quadratic", "fleiss", "ac1", "ac2 linear", "alpha ordinal",
         "alpha interval", "icc(2,1)")  # fmt: skip


def benchmark() -> ModuleType:
    """``benchmarks/agreement.py``."""
    path = Path(__file__).parents[1] / "benchmarks" / "agreement.py"
    spec = importlib.util.spec_from_file_location("agreement_benchmark", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["agreement_benchmark"] = module
    spec.loader.exec_module(module)
    return module


BENCHMARK = benchmark()
SPREAD = BENCHMARK.POPULATIONS[0]


def test_95_of_100_intervals_hold_the_long_run_figure() -> None:
    """1,000 sessions of 50 calls, 2 criteria a call, 4 raters; truth is the same figure of
    40,000 units by the same raters. Monte Carlo error: 0.7 %."""
    random = np.random.default_rng(11)
    builders = wanted(NAMES)
    truth = figures(SPREAD.session(random, 20_000, criteria=2), builders, resamples=1)
    held = dict.fromkeys(NAMES, 0)
    for seed in range(SESSIONS):
        session = SPREAD.session(random, 50, criteria=2)
        for name, one in figures(session, builders, resamples=200, seed=seed).items():
            assert one.interval is not None and truth[name].value is not None
            held[name] += one.interval[0] <= truth[name].value <= one.interval[1]
    assert all(0.93 <= count / SESSIONS <= 0.97 for count in held.values()), held


def width(figure: Agreement) -> float:
    assert figure.interval is not None
    return figure.interval[1] - figure.interval[0]


Every = Callable[[Ratings], dict[str, Agreement]]


def by_row(ratings: Ratings) -> dict[str, Agreement]:
    """The fault: every unit drawn as if it were a call of its own."""
    return every(replace(ratings, calls=()))


def wider_for_calls_that_go_together(method: Every) -> bool:
    """Whether the intervals of 60 calls of 10 criteria that go together say that 600 units are
    no 600 calls: at least half as wide again as those of 600 calls of one criterion."""
    together = replace(SPREAD, together=0.95)
    clustered = together.session(np.random.default_rng(1), 60, criteria=10)
    single = SPREAD.session(np.random.default_rng(1), 600)
    one, other = method(clustered), method(single)
    return all(
        width(one[name]) > 1.5 * width(other[name]) for name in ("alpha ordinal", "icc(2,1)")
    )


def test_units_of_a_call_are_drawn_together() -> None:
    assert wider_for_calls_that_go_together(every)
    assert not wider_for_calls_that_go_together(by_row), "the check does not see the fault"


def test_drawing_row_by_row_would_hold_the_truth_too_seldom() -> None:
    """100 sessions of 30 calls x 10 criteria in which a call is all agreed on or all disputed."""

    def session(random: np.random.Generator, calls: int) -> Ratings:
        disputed = np.repeat(random.random(calls) < 0.4, 10)
        first = random.integers(1, 6, calls * 10)
        second = np.where(disputed, 1 + first % 5, first)
        return Ratings(
            tuple(map(str, range(calls * 10))), ("a", "b"),
            np.column_stack([first, second]).astype(float), (1, 2, 3, 4, 5),
            tuple(str(n // 10) for n in range(calls * 10)),
        )  # fmt: skip

    random = np.random.default_rng(3)
    builders = wanted(("exact", "ac1"))
    truth = {"exact": 0.6, "ac1": (0.6 - 0.2) / 0.8}
    held = {(name, how): 0 for name in builders for how in ("call", "row")}
    for _ in range(100):
        drawn = session(random, 30)
        for how, ratings in (("call", drawn), ("row", replace(drawn, calls=()))):
            for name, one in figures(ratings, builders, resamples=200).items():
                assert one.interval is not None
                held[name, how] += one.interval[0] <= truth[name] <= one.interval[1]
    for name in builders:
        assert held[name, "call"] >= 90 and held[name, "row"] <= 60, held


def test_the_same_seed_gives_the_same_interval() -> None:
    session = SPREAD.session(np.random.default_rng(5), 40, criteria=3)
    assert every(session, seed=3) == every(session, seed=3)
    assert every(session, seed=3)["ac1"].interval != every(session, seed=4)["ac1"].interval


def test_resamples_are_the_same_however_many_are_held_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = SPREAD.session(np.random.default_rng(6), 40)
    whole = every(session)
    monkeypatch.setattr("qa_review.base.bootstrap.BLOCK", 40 * 7)
    parts = every(session)
    for name, one in parts.items():
        assert one.error == pytest.approx(whole[name].error, rel=1e-9), name


def test_intervals_by_hand() -> None:
    t = t_quantile(0.975, 19)
    spread = Spread(0.1, -0.02)
    middle, half = np.arctanh(0.6) + 0.02 / 0.64, t * 0.1 / 0.64
    assert interval("fisher", 0.6, spread, 20) == pytest.approx(
        (np.tanh(middle - half), np.tanh(middle + half))
    )
    assert interval("plain", 0.6, spread, 20) == pytest.approx((0.62 - t / 10, 0.62 + t / 10))
    # Wilson (1927) with z = t and the n of which 0.7 (1 - 0.7) / n is the square of the error
    n = 0.7 * 0.3 / 0.01
    reach = t * np.sqrt(0.7 * 0.3 / n + t**2 / (4 * n**2))
    low, high = (((0.7 + t**2 / (2 * n)) + sign * reach) / (1 + t**2 / n) for sign in (-1, 1))
    assert interval("share", 0.7, spread, 20) == pytest.approx((low, high))
    unseen = 0.025 ** (1 / 20)
    assert interval("share", 1.0, Spread(0, 0), 20) == pytest.approx((unseen, 1))
    assert interval("share", 0.0, Spread(0, 0), 20) == pytest.approx((0, 1 - unseen))
    assert interval("fisher", 1.0, Spread(0, 0), 20) == pytest.approx((unseen, 1))
    assert interval("plain", 1.0, Spread(0, 0), 20) is None
    assert interval("fisher", 0.5, Spread(0, 0), 20) is None
    assert interval("fisher", 0.5, None, 20) is None
    assert interval("fisher", 0.5, spread, 1) is None
    assert interval("fisher", -1.0, spread, 20) == pytest.approx((-0.98 - t / 10, -0.98 + t / 10))


@pytest.mark.slow
def test_the_benchmark_runs(capsys: pytest.CaptureFixture[str]) -> None:
    BENCHMARK.main(["--sessions", "3", "--calls", "20", "--resamples", "20"])
    told = capsys.readouterr().out
    assert "10,000 calls x 10 raters (spread)" in told and "lower limit, pair" in told
    seconds = float(told.split("1,000 resamples: ")[1].split(" s")[0])
    assert seconds < 5, "every figure of 10,000 calls by 10 raters"


def test_more_calls_than_are_left_out_one_by_one() -> None:
    """Above 2,000 calls the error is of resamples alone: the same to a few percent."""
    session = SPREAD.session(np.random.default_rng(7), 2001)
    one, other = every(session), every(session.rows(np.arange(2000)))
    for name in NAMES:
        assert one[name].error == pytest.approx(other[name].error, rel=0.1)
