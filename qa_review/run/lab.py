"""JupyterLab for one person, told what its notebooks work with, asking nothing of other hosts."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from qa_review.base.errors import QAReviewError
from qa_review.base.resources import rubric_path
from qa_review.run.local_server import (
    Plan,
    Running,
    choose_port,
    kernel_transport,
    need,
    new_token,
    private_folder,
    python_module,
    started,
)

USUAL_PORT = 8888
LABCONFIG: dict[str, dict[str, Any]] = {
    "page_config": {
        "disabledExtensions": {
            "@jupyterlab/apputils-extension:announcements": True,
            "@jupyterlab/extensionmanager-extension": True,
            "@jupyterlab/lsp-extension": True,
            "@voila-dashboards/jupyterlab-preview": True,
        }
    },
    "default_setting_overrides": {
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
    },
}
"""Jupyter's folder ``labconfig``: without it JupyterLab asks whether it may fetch news"""

NOT_SERVED = ("jupyter_lsp", "voila.server_extension")
"""The first runs npm, which may look for its own updates; the preview of the second uses the stock
template, which fetches fonts from another host."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """What the notebooks and the room of one person work with."""

    who: str
    store: str = "sqlite:qa.db"
    results: Path = Path("reviews")
    rubric: str = "behaviours.v1"
    recordings: Path | None = None

    def variables(self) -> dict[str, str]:
        """The environment by which kernels learn of it, whichever folder they work in.

        Raises:
            UnknownName: there is no such rubric.
            QAReviewError: nobody is named; the store is one that kernels can't share; there is
                no such folder of recordings.
        """
        if not self.who.strip():
            raise QAReviewError("say who you are with --as NAME")
        if self.recordings is not None and not self.recordings.is_dir():
            raise QAReviewError(f"there is no folder of recordings {self.recordings}")
        path = rubric_path(self.rubric)
        by_path = self.rubric.endswith(".toml")
        values = {
            "QA_REVIEW_STORE": absolute_store(self.store),
            "QA_REVIEW_RESULTS": str(self.results.expanduser().resolve()),
            "QA_REVIEW_AS": self.who,
            "QA_REVIEW_RUBRIC": str(path.resolve()) if by_path else self.rubric,
        }
        if self.recordings is not None:
            values["QA_REVIEW_RECORDINGS"] = str(self.recordings.resolve())
        return values


def absolute_store(name: str) -> str:
    """The store's name, such that it means the same in every folder.

    Raises:
        QAReviewError: it lies in the memory of one process, so that no kernel finds it.

    >>> absolute_store("postgresql://kim@db/qa")
    'postgresql://kim@db/qa'
    """
    kind, _, detail = name.partition(":")
    if kind == "memory":
        raise QAReviewError("a store in memory can't be shared: give --store sqlite:FILE")
    if kind == "sqlite" and detail:
        return f"sqlite:{Path(detail).expanduser().resolve()}"
    return name


def environment(
    private: Path, variables: Mapping[str, str], more: Mapping[str, str]
) -> dict[str, str]:
    """The environment of a server and its kernels.

    Jupyter reads the folder ``private/config`` before the user's own, which stays in force for
    all that is not said there.
    """
    made = {**os.environ, **variables, **more}
    for name in ("JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE"):
        made.pop(name, None)
    if "QA_REVIEW_RECORDINGS" not in variables:
        made.pop("QA_REVIEW_RECORDINGS", None)
    made["JUPYTER_CONFIG_PATH"] = _before(private / "config", made.get("JUPYTER_CONFIG_PATH"))
    made["JUPYTER_RUNTIME_DIR"] = str(private)
    return made


def _before(first: Path, rest: str | None) -> str:
    return os.pathsep.join([str(first), *filter(None, [rest])])


def _write_config(config: Path, token: str) -> None:
    server = {
        # in a file, as the command line can be read by every user of the machine
        "IdentityProvider": {"token": token},
        "ServerApp": {"jpserver_extensions": dict.fromkeys(NOT_SERVED, False)},
    }
    (config / "labconfig").mkdir(parents=True)
    (config / "jupyter_server_config.json").write_text(json.dumps(server), encoding="utf-8")
    for name, content in LABCONFIG.items():
        path = config / "labconfig" / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")


def workspace(folder: Path) -> str:
    """The name of the folder's own arrangement of windows.

    >>> workspace(Path("/home/kim/work"))
    'qa-review-1dee6f4a'
    """
    return f"qa-review-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"


@contextmanager
def lab(
    folder: Path,
    place: Workplace,
    *,
    port: int | None = None,
    options: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> Iterator[Running]:
    """JupyterLab in the folder, for as long as the block runs.

    Args:
        options: further ones of JupyterLab's own.
        variables: further variables of the environment.
        log: where the server writes; default: the terminal.

    Raises:
        QAReviewError: JupyterLab is not installed, its port is taken, it does not start; as for
            :meth:`Workplace.variables`.
    """
    need("jupyterlab", "ipywidgets", "anywidget")
    folder, given, chosen = folder.resolve(), place.variables(), choose_port(port, USUAL_PORT)
    with private_folder() as private:
        token = new_token()
        _write_config(private / "config", token)
        page = f"/lab/workspaces/{workspace(folder)}"
        plan = Plan(
            name="JupyterLab",
            command=[*_command(folder, chosen, page, private), *options],
            environment=environment(private, given, variables or {}),
            folder=folder,
            port=chosen,
            page=f"{page}?token={token}",
            alive="/api",
        )
        with started(plan, token, private, log=log) as running:
            yield running


def _command(folder: Path, port: int, page: str, private: Path) -> list[str]:
    root = os.name == "posix" and os.geteuid() == 0  # often the only user of a container
    return [
        *python_module("jupyterlab", private),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.allow_root={root}",
        "--ServerApp.open_browser=False",
        f"--LabApp.default_url={page}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        f"--KernelManager.transport={kernel_transport(private)}",
        "--Application.log_level=ERROR",
    ]
