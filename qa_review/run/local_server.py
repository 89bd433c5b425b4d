"""A server for one person on this machine: started as a child, shown by its address, stopped.

It listens on 127.0.0.1 and asks for a token. What is secret (the token, the sockets of kernels)
lies in a folder that only its user may enter and that is gone afterwards.
"""

from __future__ import annotations

import http.client
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from qa_review.base.errors import QAReviewError
from qa_review.keep.psutil import listens

HERE = "127.0.0.1"
LAST_PORT = 65535
LONGEST_SOCKET_FOLDER = 48
"""characters: a socket's path may have about 100, of which Jupyter's own names take up to 50"""
STARTS_WITHIN = 120.0
"""seconds: a busy machine needs 15"""
STOPS_WITHIN = 15.0
"""seconds that a server has to end its kernels before it is killed; then they end themselves"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to start a server, and where it is when it runs."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    port: int
    page: str
    """the path to open, with the token"""
    alive: str
    """a path that answers without a token, and starts nothing"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    port: int
    token: str
    url: str
    private: Path

    def show(self) -> bool:
        """Open the page in the user's browser; false when there is none.

        The browser is sent to a file that leads on: its command line, which others may read,
        then has no token in it.
        """
        page = self.private / "open.html"
        page.write_text(f'<meta http-equiv="refresh" content="0; url={self.url}">')
        try:
            return webbrowser.open(page.as_uri())
        except webbrowser.Error:
            return False

    def wait(self) -> int:
        """The status with which the server ends."""
        return self.process.wait()


def need(*libraries: str) -> None:
    """Check that what the notebooks need is installed.

    Raises:
        QAReviewError: something isn't; says how to install it.
    """
    missing = [name for name in libraries if importlib.util.find_spec(name) is None]
    if missing:
        raise QAReviewError(
            f"{', '.join(missing)} not installed: pip install 'qa_review[notebook]'"
        )


def choose_port(asked: int | None, usual: int) -> int:
    """The port that was asked for; or, when none was, the first free one from ``usual``.

    Raises:
        QAReviewError: there is no such port, or it is taken; none of the next hundred is free.
    """
    if asked is not None:
        if not 1 <= asked <= LAST_PORT:
            raise QAReviewError(f"--port is a number from 1 to {LAST_PORT}, not {asked}")
        if not _is_free(asked):
            raise QAReviewError(f"port {asked} is taken: choose another with --port")
        return asked
    for port in range(usual, usual + 100):
        if _is_free(port):
            return port
    raise QAReviewError(f"the ports {usual} to {usual + 99} are all taken: choose with --port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":  # else a port that was just let go counts as taken
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except (OSError, OverflowError):
            return False
    return True


def python_module(name: str, private: Path) -> list[str]:
    """The start of a command that runs a module of this Python as a child of this process.

    With ``-P``, as a file of the user's that is named like a library is not that library.
    """
    quiet = "ignore::DeprecationWarning"  # of Jupyter's parts among themselves
    python = [sys.executable, "-P", "-W", quiet]
    return [*python, "-m", "qa_review.run.as_child", str(private), str(os.getpid()), name]


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(24)


@contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder that only this user may enter, with a short path, removed at the end."""
    parent = tempfile.gettempdir()
    if os.name == "posix" and len(parent) > LONGEST_SOCKET_FOLDER - 12:
        parent = "/tmp"
    folder = Path(tempfile.mkdtemp(prefix="qar", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def kernel_transport(private: Path) -> str:
    """How server and kernels talk: by sockets in the private folder where that is possible.

    By TCP, which Windows needs, other users of the machine could listen to what they say.
    """
    short = len(str(private)) <= LONGEST_SOCKET_FOLDER
    return "ipc" if os.name == "posix" and short else "tcp"


@contextmanager
def started(
    plan: Plan, token: str, private: Path, *, log: IO[bytes] | None = None
) -> Iterator[Running]:
    """Run the server for as long as the block does; its words go to ``log``, else the terminal.

    Raises:
        QAReviewError: it ended, or did not answer in time.
    """
    with _ended_by_signals():
        process = subprocess.Popen(
            plan.command,
            cwd=plan.folder,
            env=dict(plan.environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C reaches this process alone, which stops the child
        )
        try:
            _wait_for(plan, process)
            url = f"http://{HERE}:{plan.port}{plan.page}"
            yield Running(process, plan.port, token, url, private)
        finally:
            _stop(process)


def _wait_for(plan: Plan, process: subprocess.Popen[bytes]) -> None:
    latest = time.monotonic() + STARTS_WITHIN
    # who answers may be somebody else's, that took the port a moment before
    while not (_answers(plan) and listens(process.pid, plan.port)):
        status = process.poll()
        if status is not None:
            why = "" if _is_free(plan.port) else f": port {plan.port} was taken meanwhile"
            raise QAReviewError(f"{plan.name} ended with status {status} before it answered{why}")
        if time.monotonic() > latest:
            raise QAReviewError(f"{plan.name} did not answer within {STARTS_WITHIN:.0f} s")
        time.sleep(0.1)


def _answers(plan: Plan) -> bool:
    connection = http.client.HTTPConnection(HERE, plan.port, timeout=5)
    try:
        connection.request("GET", plan.alive)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()  # it ends its kernels first
        try:
            process.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Make the signals that would end this process at once end it by way of ``finally``."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    signals = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, end) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
