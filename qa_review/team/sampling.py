"""Which calls to listen to: drawn by lot, so that figures hold for all, or picked for a reason.

Takes the frame of :mod:`qa_review.team.reviews`; makes a :class:`~qa_review.team.draws.Draw`: the
calls, and a log from which anyone draws the same.

Conventions
-----------
- Lots are those of :mod:`qa_review.base.lots`: the SHA-256 of ``seed:id``. To check one call by
  hand, ``printf '%s' 'SEED:ID' | sha256sum`` must print its ``key``; to check a draw, sort the ids
  of a stratum by that and take the first.
- The seed must be given. Agree on it, or on the public figure it will be, before the list is known,
  or others can't rule out that it was tried until it suited.
- Calls that a priority draw picked are there to be looked at: they are the worst, the best and the
  least sure, and any mean that they are in is off. They carry no chance, and
  :func:`qa_review.team.sample_figures.for_figures` keeps them out.

References
----------
Cochran, W. (1977). Sampling Techniques, 3rd ed., chapters 2 and 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_review.base.frames import frame
from qa_review.base.lots import Seed, list_digest, lot
from qa_review.team.draws import (
    METHOD,
    PRIORITY_METHOD,
    SAMPLE,
    Draw,
    DrawLog,
    Stratum,
    broken,
    known,
    lowest,
    sample_of,
    told,
    whole,
)
from qa_review.team.reviews import Numbers, days, numbers

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "unknown"
POOR, EXEMPLARY, UNCERTAIN = "likely poor", "likely exemplary", "most uncertain"
NO_AGENT = "names no agent"
BY_PEOPLE = "people have scored it"
NO_FIGURE = "has neither an overall figure nor the scorer's confidence"


def draw_random(reviews: pd.DataFrame, *, seed: Seed, per_agent: int = 5, note: str = "") -> Draw:
    """``per_agent`` calls of each agent by lot, or all where an agent has no more.

    Calls that name no agent are left out, and the log says how many. Every call of an agent has
    the same chance; agents with many calls have a smaller one, which weights make up for.

    Raises:
        ValueError: ``per_agent`` is below 1.
    """
    if per_agent < 1:
        raise ValueError(f"per_agent is {per_agent}; at least 1 call of each agent is drawn")
    groups, left = _agents(reviews)
    counts = {name: per_agent for name in groups}
    asked = {"per_agent": per_agent}
    return _drawn("random", reviews, groups, counts, seed, asked, left, note)


def draw_stratified(
    reviews: pd.DataFrame,
    by: Sequence[str] = ("queue",),
    calls: int = 100,
    *,
    seed: Seed,
    note: str = "",
) -> Draw:
    """``calls`` calls by lot, from each stratum in proportion to its size, and at least one.

    Args:
        by: the columns that make strata, such as ``("queue", "issue")``; calls that don't say are a
            stratum of their own. Without any, each call is as likely as any other.

    Shares are rounded by largest remainder.

    Raises:
        ValueError: a column isn't there, or there are more strata than calls to be drawn.
    """
    groups = _strata(reviews, by)
    counts = shared_out({name: len(ids) for name, ids in groups.items()}, calls)
    asked = {"by": list(by), "calls": calls}
    return _drawn("stratified", reviews, groups, counts, seed, asked, {}, note)


def draw_priority(reviews: pd.DataFrame, each: int = 10, *, note: str = "") -> Draw:
    """Up to ``each`` calls for each of three reasons, most telling first; no call for two.

    - likely poor: the lowest overall figures;
    - likely exemplary: the highest of those that are left;
    - most uncertain: those that the scorer is least sure of, of those that are left.

    Only calls below the median are likely poor or uncertain, and only those above it exemplary.
    Calls that people scored are left out: what they are is known. A tie is broken by lot, with the
    reason as seed. Where no call has the figure, there is no row for that reason and the log says
    so.

    Raises:
        ValueError: ``each`` is below 1.
    """
    if each < 1:
        raise ValueError(f"each is {each}; at least 1 call is picked for a reason")
    ids = reviews["call"].astype(str).to_numpy(dtype=object)
    people = numbers(reviews, "by_people") == 1.0
    taken: set[str] = set()
    strata, rows = [], []
    agents = _by_call(reviews)
    reasons = _reasons(reviews)
    looked = ~people & ~np.isnan([values for _, values, _ in reasons]).all(axis=0)
    digest = list_digest(ids[looked])
    for reason, values, lowest_first in reasons:
        free = ~people & ~np.isnan(values)
        half = free  # what lies in the better half is no likely poor call
        if free.any():
            middle = np.median(values[free])
            half = free & (values < middle if lowest_first else values > middle)
        order = _first(reason, ids, values, half, lowest_first, taken, each)
        for place, at in enumerate(order, 1):
            says = _picked(reason, values[at], place, int(free.sum()))
            rows.append((ids[at], agents[ids[at]], reason, "priority", says, None, None, digest))
        drawn = tuple(ids[at] for at in order)
        taken.update(drawn)
        strata.append(Stratum(reason, tuple(sorted(ids[free])), drawn))
    left = {BY_PEOPLE: int(people.sum()), NO_FIGURE: int((~people & ~looked).sum())}
    left = {why: count for why, count in left.items() if count}
    log = _log("priority", PRIORITY_METHOD, "", {"each": each}, ids[looked], reviews, strata,
               left, note)  # fmt: skip
    return Draw(frame(SAMPLE, rows), log)


def replayed(log: DrawLog, reviews: pd.DataFrame | None = None) -> tuple[str, ...]:
    """What differs when a draw is made again; empty when all is as the log says.

    Without ``reviews`` the log is held against its own list: was this what the seed drew? That
    bears out neither its days, nor what was left out, nor why a priority draw picked its calls.
    With them, everything but the note is: which calls are gone, have come or have changed stratum
    since, whether the draw comes out the same, and each field of the log.

    Raises:
        QAReviewError: a field of the log holds what it can't.
        ValueError: two rows of ``reviews`` are one call.
    """
    if not known(log):
        return (f"drawn by method {log.method!r} ({log.kind}), which this version doesn't know",)
    found = broken(whole(log))
    if log.kind != "priority":
        found += _too_few(log)
    if reviews is None:
        return tuple(found)
    _by_call(reviews)  # reviews that no draw can be made of are no fault of the log
    try:
        again = _again(log, reviews)
    except ValueError as error:
        return (*found, f"these reviews can't be drawn from as was asked: {error}")
    return (*found, *_differing(log, again))


def _again(log: DrawLog, reviews: pd.DataFrame) -> DrawLog:
    if log.kind == "random":
        return draw_random(reviews, seed=log.seed, **log.asked).log
    if log.kind == "stratified":
        return draw_stratified(reviews, seed=log.seed, **log.asked).log
    return draw_priority(reviews, **log.asked).log


def _differing(log: DrawLog, again: DrawLog) -> list[str]:
    found = []
    old = {call: one.name for one in log.strata for call in one.calls}
    new = {call: one.name for one in again.strata for call in one.calls}
    for what, calls in (
        ("gone since", sorted(set(old) - set(new))),
        ("come since", sorted(set(new) - set(old))),
        ("of another stratum now", sorted(c for c in old if new.get(c, old[c]) != old[c])),
    ):
        if calls and (log.kind != "priority" or "stratum" not in what):
            found.append(f"{len(calls)} of the calls drawn from: {what}: {told(calls)}")
    before, now = [[(s.name, s.drawn) for s in one.strata if s.drawn] for one in (log, again)]
    if before != now:
        gone, come = (
            sorted(set(one.drawn) - set(other.drawn)) for one, other in ((log, again), (again, log))
        )
        found.append(f"the draw comes out otherwise: without {told(gone)}; with {told(come)}")
    if not found and log.strata != again.strata:
        found.append("the strata of the log, or the order of their calls, are not those now")
    for name in ("calls", "digest", "first_day", "last_day", "left_out"):
        said, is_now = getattr(log, name), getattr(again, name)
        if said != is_now:
            found.append(f"{name}: the log says {said}, and it is {is_now} now")
    return found


def _too_few(log: DrawLog) -> list[str]:
    """The strata from which not as many calls stand in the log as were asked for."""
    sizes = {one.name: len(one.calls) for one in log.strata}
    if log.kind == "random":
        wanted = {name: min(size, log.asked["per_agent"]) for name, size in sizes.items()}
    elif not all(sizes.values()) or log.asked["calls"] < len(sizes):
        return [f"{log.asked['calls']} calls can't be drawn from {len(sizes)} strata, each of "
                f"which has a call and gives one"]  # fmt: skip
    else:
        wanted = shared_out(sizes, log.asked["calls"])
    return [
        f"{one.name or 'all'}: {wanted[one.name]} calls were asked for, and the log has "
        f"{len(one.drawn)}"
        for one in log.strata
        if len(one.drawn) != wanted[one.name]
    ]


def shared_out(sizes: dict[str, int], count: int) -> dict[str, int]:
    """``count`` shared out by size, at least 1 each and at most all, by largest remainder.

    Raises:
        ValueError: ``count`` is below the number of strata.

    >>> shared_out({"billing": 70, "faults": 25, "moves": 5}, 10)
    {'billing': 7, 'faults': 2, 'moves': 1}
    """
    if count < max(1, len(sizes)):
        raise ValueError(f"{count} calls for {len(sizes)} strata: each needs at least 1")
    total = sum(sizes.values())
    if count >= total:
        return dict(sizes)
    wanted = {name: count * size / total for name, size in sizes.items()}
    given = {name: max(1, int(share)) for name, share in wanted.items()}
    while sum(given.values()) > count:  # the ones that were made up to 1 take from the largest
        name = max((n for n in given if given[n] > 1), key=lambda n: (given[n] - wanted[n], n))
        given[name] -= 1
    while sum(given.values()) < count:
        room = (n for n in given if given[n] < sizes[n])
        given[max(room, key=lambda n: (wanted[n] - given[n], n))] += 1
    return given


def _drawn(
    kind: str,
    reviews: pd.DataFrame,
    groups: dict[str, list[str]],
    counts: dict[str, int],
    seed: Seed,
    asked: dict[str, Any],
    left: dict[str, int],
    note: str,
) -> Draw:
    text = str(seed)
    strata = [
        Stratum(name, tuple(sorted(ids)), lowest(text, ids, counts[name]))
        for name, ids in sorted(groups.items())
    ]
    ids = [call for one in strata for call in one.calls]
    log = _log(kind, METHOD, text, asked, ids, reviews, strata, left, note)
    return Draw(sample_of(log, _by_call(reviews)), log)


def _log(
    kind: str,
    method: str,
    seed: str,
    asked: dict[str, Any],
    ids: Any,
    reviews: pd.DataFrame,
    strata: Sequence[Stratum],
    left: dict[str, int],
    note: str,
) -> DrawLog:
    dated = days(reviews)
    dated = dated[~np.isnat(dated)]
    first, last = (str(dated.min()), str(dated.max())) if len(dated) else (None, None)
    return DrawLog(kind, method, seed, asked, len(ids), list_digest(ids), first, last,
                   tuple(strata), left, note)  # fmt: skip


def _agents(reviews: pd.DataFrame) -> tuple[dict[str, list[str]], dict[str, int]]:
    groups: dict[str, list[str]] = {}
    lacking = 0
    for call, agent in _by_call(reviews).items():
        if agent is None:
            lacking += 1
        else:
            groups.setdefault(agent, []).append(call)
    return groups, {NO_AGENT: lacking} if lacking else {}


def _strata(reviews: pd.DataFrame, by: Sequence[str]) -> dict[str, list[str]]:
    for name in by:
        if name not in reviews:
            raise ValueError(f"there is no column {name!r} to make strata of")
    calls = _texts(reviews, "call")
    columns = [_texts(reviews, name) for name in by]
    groups: dict[tuple[str | None, ...], list[str]] = {}
    for call, *values in zip(calls, *columns, strict=True):
        groups.setdefault(tuple(values), []).append(str(call))
    return {
        ", ".join(
            f"{column} {_shown(value)}" for column, value in zip(by, values, strict=True)
        ): ids
        for values, ids in groups.items()
    }


def _shown(value: str | None) -> str:
    """A value as it stands in the name of a stratum; quoted where two names might else be alike."""
    if value is None:
        return UNKNOWN
    doubtful = value == UNKNOWN or "," in value or '"' in value
    return '"' + value.replace('"', '""') + '"' if doubtful else value


def _by_call(reviews: pd.DataFrame) -> dict[str, str | None]:
    calls = _texts(reviews, "call")
    if len(set(calls)) < len(calls) or None in calls:
        raise ValueError("each row of reviews is a call of its own, and names it")
    return {str(call): agent for call, agent in zip(calls, _texts(reviews, "agent"), strict=True)}


def _texts(reviews: pd.DataFrame, name: str) -> list[str | None]:
    if name not in reviews:
        return [None] * len(reviews)
    given = reviews[name].notna().to_numpy()
    values = reviews[name].astype(object).to_numpy()
    return [str(value) if here else None for value, here in zip(values, given, strict=True)]


def _reasons(reviews: pd.DataFrame) -> tuple[tuple[str, Numbers, bool], ...]:
    overall = numbers(reviews, "overall")
    return (
        (POOR, overall, True),
        (EXEMPLARY, overall, False),
        (UNCERTAIN, numbers(reviews, "confidence"), True),
    )


def _first(
    reason: str,
    ids: Any,
    values: Numbers,
    free: Any,
    lowest_first: bool,
    taken: set[str],
    each: int,
) -> list[int]:
    """The places of the first ``each`` free calls that aren't taken, ties by lot."""
    places = np.flatnonzero(free)
    keyed = values[places] if lowest_first else -values[places]
    wanted = min(len(places), each + len(taken))
    if not wanted:
        return []
    bound = np.partition(keyed, wanted - 1)[wanted - 1]
    near = places[keyed <= bound]
    signed = dict(zip(places.tolist(), keyed.tolist(), strict=True))
    order = sorted(near.tolist(), key=lambda at: (signed[at], lot(reason, ids[at])))
    return [at for at in order if ids[at] not in taken][:each]


def _picked(reason: str, value: float, place: int, among: int) -> str:
    if reason == UNCERTAIN:
        return f"{reason}: the scorer's confidence is {value:.2f}; number {place} of {among} calls"
    side = "from below" if reason == POOR else "from above"
    return f"{reason}: overall {value:.0f} of 100; number {place} of {among} calls {side}"
