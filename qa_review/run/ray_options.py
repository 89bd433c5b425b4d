"""What is asked of a Ray cluster, and whether the cluster has it.

ray:auto                     the cluster that this machine belongs to
ray:10.0.0.7:6379            the one at that address
ray:local                    one that is started here, to try things
ray:auto,workers=8,gpus=0.25 no more than 8 workers, four on each GPU
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from qa_review.base.errors import QAReviewError
from qa_review.run.engine import Stage

FREE_CPUS = 1.0
"""never taken: Ray's own work waits for ever where actors hold every CPU"""


@dataclass(frozen=True, slots=True)
class Options:
    """Where the cluster is and what a worker takes of it.

    ``workers`` is the most for a task, before its share is taken; ``None``: as many as there is
    room for. ``cpus`` and ``gpus`` are for one worker; GPUs are for stages on the device only.
    A first worker may take ``start`` seconds to come.
    """

    address: str = "auto"
    workers: int | None = None
    cpus: float = 1.0
    gpus: float = 0.0
    start: float = 180.0

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise ValueError(f"workers={self.workers}: 1 or more")
        if not 0 < self.cpus < math.inf:
            raise ValueError(f"cpus={self.cpus:g}: more than 0, such as 0.5 or 2")
        if not 0 <= self.gpus < math.inf or (self.gpus > 1 and self.gpus % 1):
            raise ValueError(f"gpus={self.gpus:g}: a part such as 0.25, or a whole number")
        if not 0 < self.start < math.inf:
            raise ValueError(f"start={self.start:g}: seconds, more than 0")


READ: Mapping[str, Callable[[str], float]] = {
    "workers": int,
    "cpus": float,
    "gpus": float,
    "start": float,
}
"""how the options after the address are read"""


def options(detail: str) -> Options:
    """Read what stands after ``ray:``.

    >>> options("auto,workers=8,gpus=0.25")
    Options(address='auto', workers=8, cpus=1.0, gpus=0.25, start=180.0)

    Raises:
        ValueError: an option that isn't known, stands twice, or has a value that it can't have.
    """
    address, *rest = detail.split(",")
    values: dict[str, float] = {}
    for option in rest:
        name, _, text = option.strip().partition("=")
        if name not in READ:
            known = ", ".join(f"{name}=" for name in READ)
            raise ValueError(f"ray: no option is called {name!r}; there is {known}")
        if name in values:
            raise ValueError(f"ray: {name}= stands twice")
        try:
            values[name] = READ[name](text)
        except ValueError:
            kind = "whole number" if READ[name] is int else "number"
            raise ValueError(f"ray: {name}= takes a {kind}, not {text!r}") from None
    try:
        return replace(Options(address.strip() or "auto"), **values)  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"ray: {error}") from None


@dataclass(frozen=True, slots=True)
class Need:
    """What one worker takes."""

    cpus: float
    gpus: float = 0.0

    def __str__(self) -> str:
        return f"{self.cpus:g} CPU" + (f" and {self.gpus:g} GPU" if self.gpus else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """How many workers a task gets, and what each takes."""

    workers: int
    need: Need


def plan(
    task: object,
    asked: Options,
    nodes: Iterable[Mapping[str, float]],
    beside: Iterable[Plan] = (),
) -> Plan:
    """The workers of a task, beside those of other tasks that run at the same time.

    A stage on GPUs gets as many as there is room for; other tasks get their share of what the CPUs
    have room for.

    Args:
        nodes: what each node of the cluster has, by Ray's names: ``CPU``, ``GPU``.

    Raises:
        QAReviewError: there is no room: what the cluster has, what is wanted, what to do.
    """
    on_device = isinstance(task, Stage) and task.on_device
    need = Need(asked.cpus, asked.gpus if on_device else 0.0)
    nodes, beside = list(nodes), list(beside)
    most, room = _room(nodes, need), _room(nodes, need, beside)
    if need.gpus:
        wanted = min(asked.workers or most, most)
    else:
        # rounded down: what runs beside it has to find room too
        share = task.share if isinstance(task, Stage) else 1.0
        wanted = max(1, int((asked.workers or most) * share))
    if room < 1 or (asked.workers and wanted > room):
        raise QAReviewError(_no_room(task, max(1, wanted), need, nodes, beside))
    return Plan(min(wanted, room), need)


def _room(nodes: list[Mapping[str, float]], need: Need, beside: Iterable[Plan] = ()) -> int:
    """How many workers with this need fit beside the others, a CPU left free."""
    # Ray too puts what needs no GPU first where there are none
    order = sorted(nodes, key=lambda node: node.get("GPU", 0.0))
    left = [[node.get("CPU", 0.0), node.get("GPU", 0.0)] for node in order]
    if left:
        max(left)[0] -= FREE_CPUS
    for other in sorted(beside, key=lambda other: other.need.gpus, reverse=True):
        for _ in range(other.workers):
            node = next((node for node in left if _fits(node, other.need)), None)
            if node:
                node[0] -= other.need.cpus
                node[1] -= other.need.gpus
    return sum(_fits(node, need) for node in left)


def _fits(node: list[float], need: Need) -> int:
    """How many workers fit on what is left of a node."""
    each = [node[0] / need.cpus, *([node[1] / need.gpus] if need.gpus else [])]
    return max(0, math.floor(min(each) + 1e-9))


def _no_room(
    task: object,
    wanted: int,
    need: Need,
    nodes: list[Mapping[str, float]],
    beside: list[Plan],
) -> str:
    name = f"stage {task.name!r}" if isinstance(task, Stage) else "this task"
    has = Need(sum(n.get("CPU", 0.0) for n in nodes), sum(n.get("GPU", 0.0) for n in nodes))
    count = "1 worker" if wanted == 1 else f"{wanted} workers"
    taken = " and ".join(f"{other.workers} with {other.need} each" for other in beside)
    others = f"; beside it run {taken}" if taken else ""
    if need.gpus and not has.gpus:
        advice = "leave out gpus="
    else:
        fewer = [f"cpus={need.cpus / 2:g} (now {need.cpus:g})"]
        fewer += [f"gpus={need.gpus / 2:g} (now {need.gpus:g})"] if need.gpus else []
        fewer += [f"workers={wanted - 1} or fewer"] if wanted > 1 else []
        advice = f"say {', or '.join(fewer)}"
    return (
        f"the cluster has no room: {name} wants {count} with {need} each{others}, and "
        f"{FREE_CPUS:g} CPU stays free; it has {has} on {len(nodes)} "
        f"node{'' if len(nodes) == 1 else 's'}. Give it more, or {advice}"
    )
