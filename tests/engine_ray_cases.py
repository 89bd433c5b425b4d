"""The engine on Ray, held to the contract and to its own promises.

Run by ``test_engine_ray.py``, in a network of its own: Ray listens and connects a lot.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

if "engine_contract" not in sys.modules:  # else it was looked through for doctests before
    pytest.register_assert_rewrite("engine_contract")

import engine_contract as contract
import engine_tasks as tasks
from engine_contract import Make, WorkersContract, left, results

from qa_review.base.errors import QAReviewError
from qa_review.run.api import make_engine
from qa_review.run.engine import Engine, Stage

HALF = "cpus=0.5"
"""so that two workers fit on the one CPU that a machine of two has to give"""


NEED_TWO = {
    "test_items_are_done_at_the_same_time",
    "test_stages_can_be_chained_on_one_engine",
    "test_chained_stages_closed_early_leave_no_process",
    "test_a_reader_who_takes_his_time_costs_no_item",
}
"""other cases are as good with one worker: to start one takes two seconds of a processor"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Engine]:
    """A cluster with a GPU that isn't there, started as ``ray:local`` starts it."""
    os.environ["RAY_OVERRIDE_RESOURCES"] = '{"CPU": 2, "GPU": 1}'
    engine = make_engine(f"ray:local,{HALF}", timeout_s=60)
    before = signal.getsignal(signal.SIGTERM)
    assert [o.result for o in engine.run(tasks.double, [1])] == [2]
    assert signal.getsignal(signal.SIGTERM) is before
    del os.environ["RAY_OVERRIDE_RESOURCES"]
    yield engine
    engine.close()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def address(cluster: Engine) -> str:
    import ray

    return str(ray.get_runtime_context().gcs_address)


@pytest.fixture(scope="module", autouse=True)
def intruder(
    address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[str]]:
    """Comes with a wrong token at the beginning, as Ray takes its time to say no."""
    command = [sys.executable, str(contract.CHILDREN / "engine_driver.py")]
    command += [f"ray:{address},{HALF}", str(tmp_path_factory.mktemp("intruder"))]
    surroundings = {**os.environ, "RAY_AUTH_TOKEN": "0" * 64}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings
    ) as child:
        yield child
        child.kill()


class TestRay(WorkersContract):
    workers = 1
    most_ahead = 1
    items = int(os.environ.get("QA_REVIEW_ITEMS", "1000"))
    payload = staticmethod(tasks.large_payload)

    @pytest.fixture
    def make(self, cluster: Engine, request: pytest.FixtureRequest) -> Make:
        workers = 2 if request.node.originalname in NEED_TWO else 1
        detail = f"auto,{HALF},workers={workers}"
        return lambda timeout_s: make_engine(f"ray:{detail}", timeout_s=timeout_s)

    @pytest.fixture
    def name(self, address: str) -> str:
        return f"ray:{address},{HALF},workers=1"

    @pytest.mark.parametrize("to", ["all"])
    def test_ctrl_c_leaves_no_process(self, name: str, tmp_path: Path, to: str) -> None:
        super().test_ctrl_c_leaves_no_process(name, tmp_path, to)

    @pytest.fixture(autouse=True)
    def nothing_is_printed(
        self, cluster: Engine, capfd: pytest.CaptureFixture[str]
    ) -> Iterator[None]:
        """What the command prints is its own: a table, or lines of JSON."""
        yield
        assert capfd.readouterr() == ("", "")


def test_a_cluster_started_here_listens_to_this_machine_only(cluster: Engine) -> None:
    heard = {
        c.laddr.ip.removeprefix("::ffff:")
        for c in psutil.net_connections("inet")
        if c.status == psutil.CONN_LISTEN
    }
    assert heard == {"127.0.0.1"}


def test_its_token_is_this_users_alone(cluster: Engine) -> None:
    token = Path(os.environ["RAY_AUTH_TOKEN_PATH"])
    assert len(token.read_text()) == 64
    assert stat.S_IMODE(token.parent.stat().st_mode) == 0o700
    assert not Path("~/.ray").expanduser().exists()


def test_nobody_gets_in_without_the_token(intruder: subprocess.Popen[str]) -> None:
    _, said = intruder.communicate()
    assert intruder.returncode == 1
    assert "QAReviewError" in said and "RAY_AUTH_TOKEN_PATH" in said


def test_where_nothing_answers_nobody_waits(cluster: Engine) -> None:
    from qa_review.run.ray import check_answers

    with pytest.raises(QAReviewError, match=r"nothing answers at 127\.0\.0\.1:9: "):
        check_answers("127.0.0.1:9")
    with pytest.raises(ValueError, match=r"a cluster is at auto, local, HOST:PORT or ray://"):
        check_answers("somewhere")


def test_only_stages_on_the_device_see_a_gpu(cluster: Engine) -> None:
    engine = make_engine(f"ray:auto,{HALF},gpus=0.5", timeout_s=60)
    heard = results(engine.run(Stage("hear", tasks.devices, on_device=True), range(20)))
    seen = [o.result for o in heard.values() if o.result]
    assert {gpus for _, gpus in seen} == {"0"} and len({number for number, _ in seen}) == 2
    (scored,) = engine.run(Stage("score", tasks.devices), [1])
    assert scored.result is not None and scored.result[1] == ""


def test_more_than_the_cluster_has_is_refused_at_once(cluster: Engine) -> None:
    engine = make_engine("ray:auto,workers=9", timeout_s=60)
    with pytest.raises(QAReviewError, match=r"this task wants 9 workers with 1 CPU each, .* has 2"):
        list(engine.run(tasks.double, [1]))


def test_stages_that_run_side_by_side_are_counted_together(cluster: Engine) -> None:
    engine = make_engine(f"ray:auto,{HALF}", timeout_s=60)
    inner = engine.run(Stage("hear", tasks.double), range(4))
    outer = engine.run(Stage("score", tasks.double), (o.result or 0 for o in inner))
    with pytest.raises(QAReviewError, match=r"stage 'score' .* beside it run 2 with 0.5 CPU each"):
        list(outer)
    inner.close()  # type: ignore[attr-defined]


def test_workers_that_never_come_are_not_waited_for_without_end(cluster: Engine) -> None:
    import ray

    taken = ray.remote(tasks.Taken).options(num_cpus=2).remote()
    ray.get(taken.there.remote())
    try:
        with pytest.raises(QAReviewError, match="none came within 1 s"):
            list(make_engine(f"ray:auto,{HALF},start=1", timeout_s=60).run(tasks.double, [1]))
    finally:
        ray.kill(taken)


def test_a_node_with_another_version_is_refused(
    cluster: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_review.run.ray.HERE", "qa_review 0.0.1, Python 3.11")
    with pytest.raises(QAReviewError, match=r"and this process qa_review 0\.0\.1,"):
        list(make_engine(f"ray:auto,{HALF}", timeout_s=60).run(tasks.double, [1]))


def test_one_process_has_one_cluster(cluster: Engine) -> None:
    with pytest.raises(QAReviewError, match="connected to a Ray cluster already: say ray:auto"):
        list(make_engine("ray:local", timeout_s=60).run(tasks.double, [1]))


def test_what_was_started_is_gone_once_it_is_closed(
    cluster: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    """The last: nothing of Ray is left, no process and no file, and not a word of it."""
    private = Path(os.environ["RAY_AUTH_TOKEN_PATH"]).parent
    assert private.name.startswith("qar")
    children = [child.pid for child in psutil.Process().children(recursive=True)]
    assert len(children) > 4
    cluster.close()  # type: ignore[attr-defined]
    assert not left(children) and not private.exists()
    assert "RAY_AUTH_TOKEN_PATH" not in os.environ
    assert capfd.readouterr() == ("", "")
