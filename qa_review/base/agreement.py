"""How far raters agree: every figure with its interval, its n, and why it is undefined.

Takes :class:`Ratings`; makes an :class:`Agreement` a figure. Categories are the rubric's, never
those that happened to occur, so that a session in which everybody says "3" is judged on the scale
that they had. A figure that is undefined is ``None`` with the reason beside it, never nan and
never an exception: kappa when all values are one and the same has nothing to correct for chance.
Units with fewer than two values are not used; ``n`` counts those that are. Intervals are by call
(:mod:`qa_review.base.bootstrap`), and not below :data:`LEAST_CALLS`.

For two lists of levels there are ``weighted_kappa``, ``spearman``, ``exact``, ``within_one``,
``mean_error`` and ``given_kappa`` (:mod:`qa_review.base.pairs`). Formulas and sources are in
:mod:`qa_review.base.coefficients` and :mod:`qa_review.base.icc`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from qa_review.base import coefficients, differences
from qa_review.base import icc as intraclass
from qa_review.base.bootstrap import Family, resampled
from qa_review.base.figures import LEAST_CALLS, Agreement, describe, needed, stepped_up
from qa_review.base.pairs import (
    Level,
    exact,
    given_kappa,
    mean_error,
    spearman,
    weighted_kappa,
    within_one,
)
from qa_review.base.ratings import Ratings

__all__ = [
    "COEFFICIENTS",
    "LEAST_CALLS",
    "NUMBERS",
    "RESAMPLES",
    "Agreement",
    "Level",
    "brennan_prediger",
    "cohen_kappa",
    "conger_kappa",
    "every",
    "exact",
    "exact_agreement",
    "figures",
    "fleiss_kappa",
    "given_kappa",
    "gwet_ac",
    "icc",
    "krippendorff_alpha",
    "mean_error",
    "needed",
    "spearman",
    "wanted",
    "weighted_kappa",
    "within",
    "within_one",
]

Builder = Callable[[Ratings], Family]

RESAMPLES = 1000

COEFFICIENTS: dict[str, Builder] = {
    **dict.fromkeys(("kappa", "kappa linear", "kappa quadratic"), coefficients.kappas),
    **dict.fromkeys(
        ("fleiss", "brennan-prediger", "ac1", "ac2 linear", "ac2 quadratic", "ac2 ordinal"),
        coefficients.chance_corrected,
    ),
    "conger": coefficients.conger,
    **dict.fromkeys(("alpha nominal", "alpha ordinal", "alpha ratio"), coefficients.alphas),
}
"""Figures of categories: name to what makes it."""
NUMBERS: dict[str, Builder] = {
    "alpha interval": coefficients.alpha_interval,
    "icc(1,1)": intraclass.one_way,
    "icc(1,k)": intraclass.one_way,
    **dict.fromkeys(("icc(2,1)", "icc(2,k)", "icc(3,1)", "icc(3,k)"), intraclass.two_way),
}
"""Figures of numbers, with a scale or without."""


def every(
    ratings: Ratings, *, resamples: int = RESAMPLES, seed: int = 0, points: Sequence[float] = ()
) -> dict[str, Agreement]:
    """Every figure that applies, by name.

    Always "exact" and those of numbers ("alpha interval", "icc(2,1)", ...); with a scale also
    "within one" and those of categories; "within 5" for each number in ``points``; for two raters
    "bias", "lower limit" and "upper limit" of the first less the second; "given" and
    "given ac1", about N/A, when somebody said it.
    """
    limits = tuple(dict.fromkeys((*((1.0,) if ratings.scale else ()), *map(float, points))))
    builders = _shares(limits) | NUMBERS
    if ratings.scale:
        builders |= COEFFICIENTS
        if min(ratings.scale) < 0:
            del builders["alpha ratio"]
    if len(ratings.raters) == 2:
        builders |= dict.fromkeys(differences.LIMITS, differences.limits)
    found = figures(ratings, builders, resamples=resamples, seed=seed)
    if ratings.absent.any():
        about = _shares(()) | {"ac1": COEFFICIENTS["ac1"]}
        given = figures(ratings.whether_given(), about, resamples=resamples, seed=seed)
        found |= {"given": given["exact"], "given ac1": given["ac1"]}
    return found


def exact_agreement(ratings: Ratings, *, resamples: int = RESAMPLES, seed: int = 0) -> Agreement:
    """The share of pairs of values that are the same, in [0, 1]; the mean over units."""
    return _one(ratings, "exact", _shares(()), resamples, seed)


def within(
    ratings: Ratings, *, by: float = 1.0, resamples: int = RESAMPLES, seed: int = 0
) -> Agreement:
    """The share of pairs at most ``by`` apart, in [0, 1]: steps of the scale, or points."""
    builders = _shares((by,))
    return _one(ratings, list(builders)[-1], builders, resamples, seed)


def cohen_kappa(
    ratings: Ratings,
    weights: Literal["nominal", "linear", "quadratic"] = "nominal",
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Agreement:
    """Cohen's kappa; with more than two raters the mean of all pairs (Light)."""
    name = "kappa" if weights == "nominal" else f"kappa {weights}"
    return _one(ratings, name, COEFFICIENTS, resamples, seed)


def fleiss_kappa(ratings: Ratings, *, resamples: int = RESAMPLES, seed: int = 0) -> Agreement:
    """Fleiss' kappa; for two raters Scott's pi."""
    return _one(ratings, "fleiss", COEFFICIENTS, resamples, seed)


def conger_kappa(ratings: Ratings, *, resamples: int = RESAMPLES, seed: int = 0) -> Agreement:
    """Conger's kappa; for two raters with all values Cohen's."""
    return _one(ratings, "conger", COEFFICIENTS, resamples, seed)


def brennan_prediger(ratings: Ratings, *, resamples: int = RESAMPLES, seed: int = 0) -> Agreement:
    """Brennan and Prediger's coefficient: chance takes every category for equally likely."""
    return _one(ratings, "brennan-prediger", COEFFICIENTS, resamples, seed)


def gwet_ac(
    ratings: Ratings,
    weights: Literal["nominal", "linear", "quadratic", "ordinal"] = "nominal",
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Agreement:
    """Gwet's AC1, with weights AC2: holds up where one category dominates."""
    name = "ac1" if weights == "nominal" else f"ac2 {weights}"
    return _one(ratings, name, COEFFICIENTS, resamples, seed)


def krippendorff_alpha(
    ratings: Ratings,
    metric: Literal["nominal", "ordinal", "interval", "ratio"] = "ordinal",
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Agreement:
    """Krippendorff's alpha, with values missing or not; only "interval" does without a scale."""
    return _one(ratings, f"alpha {metric}", COEFFICIENTS | NUMBERS, resamples, seed)


def icc(
    ratings: Ratings,
    form: Literal["1,1", "1,k", "2,1", "2,k", "3,1", "3,k"] = "2,1",
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Agreement:
    """An intraclass correlation of Shrout and Fleiss (:mod:`qa_review.base.icc`)."""
    return _one(ratings, f"icc({form})", NUMBERS, resamples, seed)


def figures(
    ratings: Ratings, builders: dict[str, Builder], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Agreement]:
    """The named figures, all from the same resamples; ``builders`` is name to what makes it."""
    used = ratings.rows(ratings.rated)
    twice = coefficients.rated_twice(used)
    n, calls = int(twice.sum()), len(set(used.call_numbers()[twice].tolist()))
    whys = {name: _why(used, name) for name in builders}
    found = {name: Agreement(None, why, None, None, n) for name, why in whys.items() if why}
    makers = dict.fromkeys(made for name, made in builders.items() if not whys[name])
    if makers:
        families = [made(used) for made in makers]
        observed = float(coefficients.shares(used).observed()[0])
        drawn = resampled(families, resamples, seed)
        for family, values in zip(families, drawn, strict=True):
            found |= describe(family, values, n, calls, observed)
        found |= _intraclass(found, used)
    return {name: found[name] for name in builders}


def _intraclass(found: Mapping[str, Agreement], ratings: Ratings) -> dict[str, Agreement]:
    """Intraclass correlations with their intervals by F, and those of the mean of all raters."""
    by_f, raters = intraclass.f_intervals(ratings), len(ratings.raters)
    made: dict[str, Agreement] = {}
    for mean, single in intraclass.SINGLE.items():
        if single in found and found[single].value is not None:
            one = replace(found[single], analytic=by_f.get(single))
            made |= {single: one, mean: stepped_up(one, raters)}
        elif single in found:
            made[mean] = found[single]
    return made


def _why(ratings: Ratings, name: str) -> str:
    """Why a figure can't be asked of these ratings at all; ``""`` when it can."""
    if len(ratings.raters) < 2:
        return "fewer than 2 raters"
    if not coefficients.rated_twice(ratings).any():
        return "no unit was rated by two raters"
    if name in COEFFICIENTS and not ratings.scale:
        return "the categories of a scale are needed"
    if name in COEFFICIENTS and len(ratings.scale) < 2:
        return "a scale of one category leaves nothing to agree on"
    return ""


def wanted(names: Sequence[str]) -> dict[str, Builder]:
    """What makes some of the figures of :func:`every`, for :func:`figures`.

    Raises:
        ValueError: no figure has such a name.
    """
    known = _shares((1.0,)) | COEFFICIENTS | NUMBERS
    for name in names:
        if name not in known:
            raise ValueError(f"no figure is called {name!r}; there is {', '.join(known)}")
    return {name: known[name] for name in names}


def _shares(limits: Sequence[float]) -> dict[str, Builder]:
    made = partial(coefficients.shares, within=tuple(limits))
    return dict.fromkeys(coefficients.share_names(limits), made)


def _one(
    ratings: Ratings, name: str, builders: Mapping[str, Builder], resamples: int, seed: int
) -> Agreement:
    if name not in builders:
        raise ValueError(f"no figure is called {name!r}; there is {', '.join(builders)}")
    return figures(ratings, {name: builders[name]}, resamples=resamples, seed=seed)[name]
