"""What is asked of a Ray cluster, and whether it has it: all of it without Ray."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_review.base.errors import QAReviewError
from qa_review.run.engine import Stage
from qa_review.run.ray_options import FREE_CPUS, Need, Options, Plan, options, plan

HEAR = Stage("hear", abs, on_device=True, share=7 / 8)
SCORE = Stage("score", abs, share=1 / 8)
SMALL = [{"CPU": 2.0, "memory": 8e9}]
LARGE = [{"CPU": 16.0}, {"CPU": 16.0}, {"CPU": 8.0, "GPU": 4.0}]


@pytest.mark.parametrize(
    ("detail", "meant"),
    [
        ("", Options("auto")),
        ("auto", Options("auto")),
        ("local,cpus=0.5", Options("local", cpus=0.5)),
        ("10.0.0.7:6379", Options("10.0.0.7:6379")),
        ("ray://head:10001,workers=8", Options("ray://head:10001", workers=8)),
        ("auto, gpus=0.25, start=600", Options("auto", gpus=0.25, start=600.0)),
    ],
)
def test_options_stand_after_the_address(detail: str, meant: Options) -> None:
    assert options(detail) == meant


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("auto,gpu=1", "no option is called 'gpu'; there is workers=, cpus=, gpus=, start="),
        ("auto,workers=2,workers=3", "workers= stands twice"),
        ("auto,workers=many", "workers= takes a whole number, not 'many'"),
        ("auto,workers=1.5", "workers= takes a whole number, not '1.5'"),
        ("auto,cpus=", "cpus= takes a number, not ''"),
        ("auto,workers=0", "workers=0: 1 or more"),
        ("auto,cpus=0", "cpus=0: more than 0"),
        ("auto,cpus=nan", "cpus=nan: more than 0"),
        ("auto,gpus=-1", "gpus=-1: a part such as 0.25"),
        ("auto,gpus=1.5", "gpus=1.5: a part such as 0.25, or a whole number"),
        ("auto,start=inf", "start=inf: seconds"),
    ],
)
def test_what_can_not_be_is_refused_with_what_can(detail: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        options(detail)
    assert str(refused.value).startswith(f"ray: {said}")


@pytest.mark.parametrize(
    ("task", "asked", "nodes", "meant"),
    [
        pytest.param(abs, "auto", SMALL, Plan(1, Need(1)), id="a CPU stays free"),
        pytest.param(abs, "auto,cpus=0.5", SMALL, Plan(2, Need(0.5)), id="halves"),
        pytest.param(abs, "auto", LARGE, Plan(39, Need(1)), id="of all nodes"),
        pytest.param(abs, "auto,cpus=6", LARGE, Plan(5, Need(6)), id="2 + 2 + 1"),
        pytest.param(abs, "auto,workers=4", LARGE, Plan(4, Need(1)), id="no more than asked"),
        pytest.param(SCORE, "auto", LARGE, Plan(4, Need(1)), id="39 / 8, rounded down"),
        pytest.param(SCORE, "auto", SMALL, Plan(1, Need(1)), id="one at least"),
        pytest.param(SCORE, "auto,workers=16", LARGE, Plan(2, Need(1)), id="its share of them"),
        pytest.param(HEAR, "auto", LARGE, Plan(34, Need(1)), id="without GPUs by CPUs"),
        pytest.param(HEAR, "auto,gpus=1", LARGE, Plan(4, Need(1, 1)), id="by GPUs"),
        pytest.param(HEAR, "auto,gpus=0.25", LARGE, Plan(8, Need(1, 0.25)), id="8 CPUs"),
        pytest.param(HEAR, "auto,gpus=0.25,cpus=0.5", LARGE, Plan(16, Need(0.5, 0.25)), id="16"),
        pytest.param(HEAR, "auto,gpus=1,workers=9", LARGE, Plan(4, Need(1, 1)), id="4 GPUs"),
        pytest.param(SCORE, "auto,gpus=1", LARGE, Plan(4, Need(1)), id="no GPU"),
    ],
)  # fmt: skip
def test_a_task_gets_what_there_is_room_for(
    task: object, asked: str, nodes: list[dict[str, float]], meant: Plan
) -> None:
    assert plan(task, options(asked), nodes) == meant


def test_what_runs_beside_is_counted() -> None:
    heard = plan(HEAR, options("auto"), [{"CPU": 9.0}])  # 8 may be taken: 7 of them
    assert heard == Plan(7, Need(1))
    assert plan(SCORE, options("auto"), [{"CPU": 9.0}], [heard]) == Plan(1, Need(1))
    with pytest.raises(QAReviewError, match="stage 'score'"):
        plan(SCORE, options("auto"), [{"CPU": 9.0}], [heard, Plan(1, Need(1))])


@pytest.mark.parametrize(
    ("task", "asked", "nodes", "said"),
    [
        (
            abs, "auto", [{"CPU": 1.0}],
            "this task wants 1 worker with 1 CPU each, and 1 CPU stays free; it has 1 CPU on 1 "
            "node. Give it more, or say cpus=0.5 (now 1)",
        ),
        (
            HEAR, "auto,gpus=1", SMALL,
            "stage 'hear' wants 1 worker with 1 CPU and 1 GPU each, and 1 CPU stays free; it has "
            "2 CPU on 1 node. Give it more, or leave out gpus=",
        ),
        (
            HEAR, "auto,gpus=2", [{"CPU": 8.0, "GPU": 1.0}],
            "stage 'hear' wants 1 worker with 1 CPU and 2 GPU each, and 1 CPU stays free; it has "
            "8 CPU and 1 GPU on 1 node. Give it more, or say cpus=0.5 (now 1), or gpus=1 (now 2)",
        ),
        (
            abs, "auto,workers=64", LARGE,
            "this task wants 64 workers with 1 CPU each, and 1 CPU stays free; it has 40 CPU and "
            "4 GPU on 3 nodes. Give it more, or say cpus=0.5 (now 1), or workers=63 or fewer",
        ),
    ],
)  # fmt: skip
def test_no_room_is_said_with_what_there_is(
    task: object, asked: str, nodes: list[dict[str, float]], said: str
) -> None:
    with pytest.raises(QAReviewError) as refused:
        plan(task, options(asked), nodes)
    assert str(refused.value) == f"the cluster has no room: {said}"


nodes_of = st.lists(
    st.fixed_dictionaries({"CPU": st.integers(0, 32), "GPU": st.integers(0, 4)}),
    min_size=1,
    max_size=6,
)


@given(
    nodes=nodes_of,
    cpus=st.sampled_from([0.25, 0.5, 1.0, 3.0]),
    gpus=st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0]),
    share=st.sampled_from([0.1, 0.5, 7 / 8]),
)
def test_stages_together_never_take_more_than_there_is(
    nodes: list[dict[str, float]], cpus: float, gpus: float, share: float
) -> None:
    asked, taken = Options("auto", cpus=cpus, gpus=gpus), []
    for stage in (Stage("hear", abs, on_device=True, share=share), Stage("score", abs, share=0.5)):
        try:
            taken.append(plan(stage, asked, nodes, taken))
        except QAReviewError:
            break
    assert sum(p.workers * p.need.cpus for p in taken) <= max(
        0, sum(n["CPU"] for n in nodes) - FREE_CPUS
    )
    assert sum(p.workers * p.need.gpus for p in taken) <= sum(n["GPU"] for n in nodes)


@pytest.mark.parametrize("cpus", [3, 4, 5, 8, 17, 40])
def test_hearing_and_scoring_find_room_beside_one_another(cpus: int) -> None:
    """Three CPUs are the least: one each, and one that stays free."""
    nodes = [{"CPU": float(cpus)}]
    hearing = plan(HEAR, options("auto"), nodes)
    scoring = plan(SCORE, options("auto"), nodes, [hearing])
    assert scoring.workers >= 1 and hearing.workers + scoring.workers <= cpus - 1
