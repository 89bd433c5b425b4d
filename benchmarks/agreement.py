"""What agreement statistics cost, and how often their intervals hold the truth.

    python benchmarks/agreement.py [--part speed percentiles coverage] [--sessions 1000]

Speed: CPU seconds for every figure of 10,000 calls by 10 raters with 1,000 resamples; and beside
it, where they are installed, scikit-learn's and statsmodels' kappas in a plain bootstrap loop over
a tenth of the calls.

Coverage: sessions are drawn from populations whose long-run figures are known from 40,000 units
with the same raters; the share of sessions whose 95 % interval holds the long-run figure should be
93 to 97 %. A session has 1 or 5 criteria a call, which go together, and 4 raters (2 where it says
"pair"). "spread" uses the whole scale with noisy raters, "skewed" has mostly the top two levels and
raters who agree more, "gaps" is like "spread" with a fifth of the values missing and raters far
apart in severity.

Percentiles: the same for the percentiles of resamples by call, which are not used, and why.

    python benchmarks/agreement.py --part coverage --calls 8 12   # below what is shown
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import TypeVar
from unittest.mock import patch

import numpy as np

from qa_review.base.agreement import Agreement, cohen_kappa, every, fleiss_kappa
from qa_review.base.bootstrap import resampled
from qa_review.base.coefficients import alphas, chance_corrected, kappas, shares
from qa_review.base.figures import LEAST_CALLS
from qa_review.base.raters import severity
from qa_review.base.ratings import Ratings

PARTS = ("speed", "percentiles", "coverage")
SCALE = (1.0, 2.0, 3.0, 4.0, 5.0)
CUTS = (-1.5, -0.5, 0.5, 1.5)
LONG_RUN = 40_000
WANTED = (0.93, 0.97)
T = TypeVar("T")


@dataclass(frozen=True)
class Population:
    """Where sessions come from: how high calls score, how noisy and how severe raters are."""

    name: str
    height: float
    noise: float
    severe: float
    missing: float = 0.0
    together: float = 0.5

    def session(
        self, random: np.random.Generator, calls: int, *, criteria: int = 1, raters: int = 4
    ) -> Ratings:
        """One session: ``together`` is the share of a call's variance that its criteria share."""
        call = np.sqrt(self.together) * random.normal(size=(calls, 1))
        own = np.sqrt(1 - self.together) * random.normal(size=(calls, criteria))
        rater = np.linspace(-self.severe, self.severe, raters)
        noise = self.noise * random.normal(size=(calls, criteria, raters))
        heard = self.height + (call + own)[:, :, None] + rater + noise
        levels = 1.0 + np.searchsorted(CUTS, heard.reshape(calls * criteria, raters))
        levels[random.random(levels.shape) < self.missing] = np.nan
        names = tuple(f"{c}.{k}" for c in range(calls) for k in range(criteria))
        of = tuple(str(c) for c in range(calls) for _ in range(criteria))
        return Ratings(names, tuple(map(str, range(raters))), levels, SCALE, of)


@dataclass(frozen=True)
class Peer:
    """A library's figure, and ours of the same name."""

    name: str
    module: str
    raters: int
    figure: Callable[[ModuleType], Callable[[np.ndarray], float]]
    ours: Callable[..., Agreement]


POPULATIONS = (
    Population("spread", 0.0, 0.7, 0.3),
    Population("skewed", 1.5, 0.3, 0.1),
    Population("gaps", 0.0, 0.7, 0.6, missing=0.2),
)


def figures_of(ratings: Ratings, pair: Ratings, resamples: int, seed: int) -> dict[str, Agreement]:
    """Every figure of four raters, of a pair those that differ, and the severity of one."""
    found = every(ratings, resamples=resamples, seed=seed)
    both = every(pair, resamples=resamples, seed=seed)
    names = ("exact", "kappa", "kappa quadratic", "alpha ordinal", "bias", "lower limit")
    found |= {f"{name}, pair": both[name] for name in names}
    found["severity"] = severity(ratings, resamples=resamples, seed=seed)[0].mean
    return found


def coverage(
    population: Population, calls: int, *, criteria: int, sessions: int, resamples: int
) -> dict[str, tuple[float, float, float, int]]:
    """By figure: share of intervals that hold the long-run figure, of analytic ones, mean width, n.

    Sessions whose figure is undefined or has no interval are left out and not counted in n.
    """
    random = np.random.default_rng([calls, criteria, *map(ord, population.name)])
    units = LONG_RUN // criteria
    truth = figures_of(
        population.session(random, units, criteria=criteria),
        population.session(random, units, criteria=criteria, raters=2),
        1,
        0,
    )
    held, analytic, widths = defaultdict(list), defaultdict(list), defaultdict(list)
    for seed in range(sessions):
        four = population.session(random, calls, criteria=criteria)
        two = population.session(random, calls, criteria=criteria, raters=2)
        for name, one in figures_of(four, two, resamples, seed).items():
            true = truth[name].value
            if one.interval is not None:
                held[name].append(one.interval[0] <= true <= one.interval[1])
                widths[name].append(one.interval[1] - one.interval[0])
            if one.analytic is not None:
                analytic[name].append(one.analytic[0] <= true <= one.analytic[1])
    return {
        name: (
            float(np.mean(held[name])),
            float(np.mean(analytic[name])) if analytic[name] else np.nan,
            float(np.mean(widths[name])),
            len(held[name]),
        )
        for name in truth
        if held[name]
    }


def part_coverage(chosen: argparse.Namespace) -> None:
    print("## Coverage of 95 % intervals\n")
    print(f"{chosen.sessions} sessions each; wanted {WANTED[0]:.0%} to {WANTED[1]:.0%}; +- 1.4 %")
    print("by Monte Carlo at 1,000. In brackets: the analytic interval.\n")
    for population in POPULATIONS:
        for criteria in (1, 5):
            table = {}
            for calls in chosen.calls:
                table[calls] = coverage(
                    population,
                    calls,
                    criteria=criteria,
                    sessions=chosen.sessions,
                    resamples=chosen.resamples,
                )
            print_coverage(population, criteria, table)


def part_percentiles(chosen: argparse.Namespace) -> None:
    """Coverage of plain percentiles, one criterion a call."""
    print("## Coverage of the percentiles of resamples\n")
    makers = (shares, chance_corrected, kappas, alphas)
    for population in POPULATIONS[:2]:
        random = np.random.default_rng(1)
        large = population.session(random, LONG_RUN)
        truth = np.concatenate([make(large).observed() for make in makers])
        names = [name for make in makers for name in make(large).names]
        for calls in chosen.calls:
            held = np.zeros(len(names))
            for seed in range(chosen.sessions):
                session = population.session(random, calls)
                families = [make(session) for make in makers]
                drawn = np.hstack(resampled(families, chosen.resamples, seed))
                low, high = np.nanquantile(drawn, [0.025, 0.975], axis=0)
                held += (low <= truth) & (truth <= high)
            found = ", ".join(
                f"{n} {h:.1%}" for n, h in zip(names, held / chosen.sessions, strict=True)
            )
            print(f"{population.name}, {calls} calls: {found}\n", flush=True)


def print_coverage(
    population: Population,
    criteria: int,
    table: dict[int, dict[str, tuple[float, float, float, int]]],
) -> None:
    print(f"{population.name}, {criteria} criteria a call")
    print(f"{'figure':24}" + "".join(f"{f'{calls} calls':>24}" for calls in table))
    for name in dict.fromkeys(name for found in table.values() for name in found):
        cells = []
        for found in table.values():
            if name not in found:
                cells.append("-")
                continue
            share, analytic, width, _ = found[name]
            mark = " " if WANTED[0] <= share <= WANTED[1] else "*"
            beside = "     " if np.isnan(analytic) else f"({analytic:.1%})"
            cells.append(f"{share:.1%}{mark} {beside} w {width:.2f}")
        print(f"{name:24}" + "".join(f"{cell:>24}" for cell in cells))
    print(flush=True)


def part_speed(chosen: argparse.Namespace) -> None:
    print("## Speed, CPU seconds of all threads together\n")
    random = np.random.default_rng(0)
    for population in (POPULATIONS[0], POPULATIONS[2]):
        ratings = population.session(random, 10_000, raters=10)
        seconds, found = timed(lambda ratings=ratings: every(ratings))
        print(f"ours, 10,000 calls x 10 raters ({population.name}), {len(found)} figures, "
              f"1,000 resamples: {seconds:.2f} s")  # fmt: skip
    calls, resamples = 1000, 1000
    print(f"\n{calls:,} calls, {resamples:,} resamples of one figure:")
    for peer in PEERS:
        beside(peer, POPULATIONS[0].session(random, calls, raters=peer.raters), resamples)


def beside(peer: Peer, ratings: Ratings, resamples: int) -> None:
    """Print the time of a peer and ours for one figure."""
    try:
        library = importlib.import_module(peer.module)
    except ImportError:
        print(f"{peer.name:44} not installed")
        return
    figure = peer.figure(library)
    theirs, values = timed(lambda: plain_bootstrap(figure, ratings, resamples))
    own, one = timed(lambda: peer.ours(ratings, resamples=resamples))
    print(f"{peer.name:44} {theirs:8.3f} s   value {values[0]:.6f}")
    print(f"{'ours':44} {own:8.3f} s   value {one.value:.6f}   {theirs / own:.0f} times")


def sklearn_kappa(library: ModuleType) -> Callable[[np.ndarray], float]:
    return lambda values: library.cohen_kappa_score(
        values[:, 0], values[:, 1], labels=list(SCALE), weights="quadratic"
    )


def fleiss(library: ModuleType) -> Callable[[np.ndarray], float]:
    def of(values: np.ndarray) -> float:
        counts = np.stack([(values == level).sum(axis=1) for level in SCALE], axis=1)
        return float(library.fleiss_kappa(counts))

    return of


def plain_bootstrap(
    figure: Callable[[np.ndarray], float], ratings: Ratings, resamples: int
) -> list[float]:
    """The figure, then that of each resample of units, computed anew."""
    random = np.random.default_rng(0)
    n = len(ratings.units)
    drawn = (random.integers(0, n, n) for _ in range(resamples))
    return [figure(ratings.values), *(figure(ratings.values[rows]) for rows in drawn)]


PEERS = (
    Peer(
        "scikit-learn cohen_kappa_score, 2 raters",
        "sklearn.metrics",
        2,
        sklearn_kappa,
        partial(cohen_kappa, weights="quadratic"),
    ),
    Peer(
        "statsmodels fleiss_kappa, 4 raters",
        "statsmodels.stats.inter_rater",
        4,
        fleiss,
        fleiss_kappa,
    ),
)


def timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.process_time()
    made = work()
    return time.process_time() - start, made


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
    options.add_argument("--sessions", type=int, default=1000)
    options.add_argument("--resamples", type=int, default=400)
    options.add_argument("--calls", type=int, nargs="+", default=[20, 30, 50, 100])
    chosen = options.parse_args(arguments)
    if "speed" in chosen.part:
        part_speed(chosen)
        print()
    if "percentiles" in chosen.part:
        part_percentiles(chosen)
    if "coverage" in chosen.part:
        with patch.dict(LEAST_CALLS, dict.fromkeys(LEAST_CALLS, 3)):  # also what isn't shown
            part_coverage(chosen)


if __name__ == "__main__":
    main()
