"""The engine of actors on a Ray cluster.

Plain actors, and not Ray's data sets: these try a row that ends its worker again without end, and
wait for ever where actors hold all CPUs. An actor here has one item at a time; it is never
restarted by Ray, but replaced by :mod:`qa_review.run.crew`, which knows what to blame.

Ray is told before it is loaded: tokens for whoever connects, no statistics to its makers, no
copies of the working folder on nodes. The package has to be installed there, in the same version.
"""

from __future__ import annotations

import logging
import os
import platform
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

from qa_review.base.errors import QAReviewError
from qa_review.base.version import VERSION
from qa_review.run.crew import Gone, outcomes
from qa_review.run.engine import Item, Outcome, Result
from qa_review.run.hands import Hands, pack
from qa_review.run.pebble import cores
from qa_review.run.ray_options import Options, Plan, options, plan

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"  # else "uv run" ships the working folder
if "ray" not in sys.modules:  # else it has read this already, and would only think it had not
    os.environ.setdefault("RAY_AUTH_MODE", "token")

try:
    import ray
    from ray import exceptions
    from ray._private import ray_constants, services
    from ray._private import worker as ray_driver
except ImportError as error:
    raise QAReviewError("the engine ray needs: pip install 'qa_review[ray]'") from error

Ref: TypeAlias = Any
"""an ``ObjectRef`` of Ray"""
HERE = f"qa_review {VERSION}, Python {'.'.join(platform.python_version_tuple()[:2])}"
STORE_BYTES = 256 * 1024 * 1024
"""of a cluster started here: results are small, and this is taken from the memory of the machine"""
ANSWERS_WITHIN_S = 5.0
"""for a cluster to take a connection: Ray itself would go on trying for minutes"""
LONGEST_FOLDER = 20
"""characters; names of sockets, which Ray keeps below it, have about 100"""
CANT_CONNECT = (
    "This was ray:{}. A cluster is started with `ray start --head`, or say ray:local. One with "
    "tokens needs RAY_AUTH_TOKEN_PATH or RAY_AUTH_TOKEN, one without them RAY_AUTH_MODE=disabled; "
    "ray://… needs pip install 'ray[client]'"
)
FAILS = (
    *(exceptions.RayError, ConnectionError, RuntimeError, ValueError),
    *(ImportError, AttributeError),  # of a part of Ray that isn't installed
)
LATEST = Path("/tmp/ray/ray_current_cluster")
"""where Ray notes the cluster that was last started on a machine"""
_token = secrets.token_hex(32)  # one a process: Ray reads it once


class Ray:
    """Up to as many items at once as the cluster has room for workers.

    The connection lasts as long as the engine: a cluster that is started here takes ten seconds
    to come. It ends with :meth:`close`, when nothing refers to the engine, or with the process.
    """

    def __init__(self, asked: Options, *, timeout_s: float) -> None:
        self._asked, self._timeout_s = asked, timeout_s
        self._running: dict[object, Plan] = {}
        self._leave: Callable[[], object] | None = None

    def run(
        self, task: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Outcome[Item, Result]]:
        left = iter(items)
        first = list(islice(left, 1))
        if not first:
            return
        packed, run = pack(task), object()
        if self._leave is None:
            self._leave = weakref.finalize(self, connect(self._asked.address).close)
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        # what Ray says is free lags behind, so what runs on this engine is counted here
        mine = plan(task, self._asked, nodes, self._running.values())
        self._running[run] = mine
        cluster = Cluster(packed, mine, patience_s=self._asked.start)
        try:
            yield from outcomes(cluster, chain(first, left), timeout_s=self._timeout_s)
        finally:
            del self._running[run]

    def close(self) -> None:
        """Leave the cluster, and end it when it was started here."""
        if self._leave is not None:
            self._leave()
            self._leave = None


class Hand:
    """What runs on a node: one task, for one item after another. What the task loads it keeps."""

    def __init__(self, task: bytes, on_gpu: bool) -> None:
        if not on_gpu:  # Ray hides no GPU from those who asked for none
            os.environ["CUDA_VISIBLE_DEVICES"] = ""
        self._do = Hands(task)

    def greet(self) -> bytes:
        return f"{HERE}\n{socket.gethostname()}".encode()

    def do(self, packed: bytes) -> bytes:
        return self._do(packed)


class Hired:
    """An actor, as a worker."""

    def __init__(self, actor: Any) -> None:
        self._actor, self.ended = actor, False

    def greet(self) -> Ref:
        return self._actor.greet.remote()

    def greeted(self, answer: bytes) -> None:
        there, node = answer.decode().split("\n")
        if there != HERE:
            raise QAReviewError(
                f"the node {node} of the Ray cluster has {there}, and this process {HERE}: results "
                "would depend on where a call is done. Install the same everywhere"
            )

    def give(self, packed: bytes) -> Ref:
        return self._actor.do.remote(packed)

    def end(self) -> None:
        ray.kill(self._actor)
        self.ended = True


class Cluster:
    """The cluster that this process is connected to, as a place where workers are had."""

    hopeless: int | None = 3  # a node that ends every worker must not cost all items

    def __init__(self, task: bytes, mine: Plan, *, patience_s: float) -> None:
        self._task, self._need = task, mine.need
        self.most, self.patience_s = mine.workers, patience_s
        self._hired: list[Hired] = []
        self._actors = ray.remote(Hand).options(
            num_cpus=mine.need.cpus, num_gpus=mine.need.gpus, max_restarts=0, max_task_retries=0
        )

    def hire(self) -> Hired:
        self._hired = [one for one in self._hired if not one.ended]
        self._hired.append(Hired(self._actors.remote(self._task, self._need.gpus > 0)))
        return self._hired[-1]

    def wait(self, tickets: Sequence[Ref], timeout_s: float) -> list[Ref]:
        ready, others = ray.wait(list(tickets), timeout=timeout_s)
        if ready and others:
            ready += ray.wait(others, num_returns=len(others), timeout=0)[0]
        return list(ready)

    def answer(self, ticket: Ref) -> bytes:
        try:
            return bytes(ray.get(ticket))
        except exceptions.RayError as error:
            raise Gone(_why(error)) from error

    def close(self) -> None:
        for one in self._hired:
            if not one.ended:
                one.end()

    def nobody(self, why: str) -> QAReviewError:
        return QAReviewError(
            f"no worker can be had on the Ray cluster: {why}. Every node needs {HERE}, and "
            f"{self._need} that no other job holds"
        )


def _why(error: Exception) -> str:
    """What Ray says of an actor that ended, without its advice."""
    said = str(error).partition(" Some common causes")[0]
    _, dead, reason = said.partition("The actor is dead because ")
    lines = (reason if dead else said).strip().splitlines() or [type(error).__name__]
    return f"its actor ended: {' '.join(lines[0 if dead else -1].split())[:300]}"


# --- the connection -----------------------------------------------------------------------------


def connect(address: str) -> ExitStack:
    """Connect this process; what is given back undoes it."""
    undo = ExitStack()
    if ray.is_initialized():
        if address != "auto":
            raise QAReviewError("this process is connected to a Ray cluster already: say ray:auto")
        return undo
    if address != "local":
        check_answers(address)
    try:
        how = _private_cluster(undo) if address == "local" else {}
        _set(undo, ray_driver, "_worker_logs_enabled", False)  # prints each end of a worker
        undo.callback(ray.shutdown, wait_for_processes=True)
        with _own_sigterm():
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **how)
    except FAILS as error:
        undo.close()
        why = (str(error) or type(error).__name__).strip().splitlines()[0].partition(". ")[0]
        raise QAReviewError(f"{why.rstrip('.')}. {CANT_CONNECT.format(address)}") from error
    except BaseException:
        undo.close()
        raise
    return undo


def _private_cluster(undo: ExitStack) -> dict[str, Any]:
    """What a cluster needs that only this machine can reach, and there only who has its token."""
    folder = tempfile.gettempdir()
    if os.name == "posix" and len(folder) > LONGEST_FOLDER:
        folder = "/tmp"
    private = Path(tempfile.mkdtemp(prefix="qar", dir=folder))
    (private / "ray").mkdir()  # Ray opens what it is given to everybody
    undo.callback(shutil.rmtree, private, ignore_errors=True)
    surroundings = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    if not os.environ.keys() & {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}:
        token = private / "token"
        token.write_text(_token, encoding="ascii")  # in a folder that is this user's alone
        surroundings["RAY_AUTH_TOKEN_PATH"] = str(token)
    undo.enter_context(_environment(surroundings))
    # loopback only: what Ray does by itself where it knows of no clusters, on Windows and macOS.
    # Its processes read it from their surroundings; this one has read it before
    _set(undo, ray_constants, "ENABLE_RAY_CLUSTER", False)
    # with dashboard and statistics off this still asks where clouds tell a machine what it is
    _set(undo, services, "start_api_server", _nothing_started)
    return {
        # one that stays free, and one for what takes little and runs beside the rest
        "num_cpus": cores() + 2,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
        "_temp_dir": str(private / "ray"),
    }


def _nothing_started(*_: object, **__: object) -> tuple[None, None]:
    """What ``start_api_server`` gives when it couldn't and needn't."""
    return None, None


def _set(undo: ExitStack, where: object, name: str, value: object) -> None:
    undo.callback(setattr, where, name, getattr(where, name))
    setattr(where, name, value)


def check_answers(address: str) -> None:
    """Raise when nothing listens where the cluster should be: Ray itself tries for minutes."""
    if address == "auto":
        noted = LATEST.read_text(encoding="utf-8") if LATEST.is_file() else ""
        address = os.environ.get("RAY_ADDRESS") or noted.strip()
        if not address:
            return  # Ray looks for one, and says when there is none
    scheme, _, place = address.rpartition("://")
    if scheme not in ("", "ray"):
        return
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError(f"ray: a cluster is at auto, local, HOST:PORT or ray://…, not {address!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWERS_WITHIN_S).close()
    except OSError as error:
        raise QAReviewError(f"nothing answers at {address}: {error}") from error


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _own_sigterm() -> Iterator[None]:
    """Ray takes over SIGTERM of a process that connects; this gives it back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def engine(detail: str, *, timeout_s: float) -> Ray:
    """The engine on the cluster that ``detail`` names, as :mod:`qa_review.run.ray_options` says."""
    return Ray(options(detail), timeout_s=timeout_s)
