"""The room: one page of widgets without code, served by Voila by a template of our own.

The stock template fetches fonts from another host, and hides what went wrong.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from qa_review.base.resources import PACKAGE
from qa_review.run.lab import Workplace, environment
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

USUAL_PORT = 8866
NOTEBOOK = PACKAGE / "widgets" / "room.ipynb"
JUPYTER = PACKAGE / "widgets" / "voila_template"
"""holds the template where Voila looks for one: below ``voila/templates``"""
CONFIG = """
c.Voila.token = {token!r}
# to ask for this token sets its cookie, without which a page that is closed can't end its kernel
c.VoilaConfiguration.prelaunch_hook = lambda handler, notebook, cwd: handler.xsrf_token and None
"""
"""read by Voila from a file: the command line can be read by every user of the machine"""
ENTER = "import os\n\nos.chdir({folder!r})"


@contextmanager
def room(
    folder: Path,
    place: Workplace,
    *,
    notebook: Path = NOTEBOOK,
    port: int | None = None,
    options: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    log: IO[bytes] | None = None,
) -> Iterator[Running]:
    """The room of one person, for as long as the block runs; arguments as for ``lab``.

    Args:
        folder: where what it writes by a relative path goes.

    Raises:
        QAReviewError: Voila is not installed, its port is taken, it does not start; as for
            :meth:`Workplace.variables`.
    """
    need("voila", "ipywidgets", "anywidget")
    given, chosen = place.variables(), choose_port(port, USUAL_PORT)
    with private_folder() as private:
        token = new_token()
        (private / "config").mkdir()
        (private / "config" / "voila.py").write_text(CONFIG.format(token=token), encoding="utf-8")
        made = environment(private, given, variables or {})
        made["JUPYTER_PATH"] = os.pathsep.join(
            [str(JUPYTER), *filter(None, [made.get("JUPYTER_PATH")])]
        )
        plan = Plan(
            name="Voila",
            command=[*_command(_placed(notebook, folder, private), chosen, private), *options],
            environment=made,
            folder=private,  # Voila would read its options from the folder that it starts in
            port=chosen,
            page=f"/?token={token}",
            alive="/voila/templates/base/static/voila.js",
        )
        with started(plan, token, private, log=log) as running:
            yield running


def _placed(notebook: Path, folder: Path, private: Path) -> Path:
    """A copy of the notebook whose kernel works in the folder.

    Kernels start where their notebook is. In the package they would take its files for the
    libraries of the same name.
    """
    content = json.loads(notebook.read_text(encoding="utf-8"))
    enter = ENTER.format(folder=str(folder.resolve()))
    cell = {"cell_type": "code", "id": "enter", "metadata": {}, "source": enter}
    content["cells"].insert(0, {**cell, "execution_count": None, "outputs": []})
    path = private / "page" / notebook.name
    path.parent.mkdir()
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _command(notebook: Path, port: int, private: Path) -> list[str]:
    return [
        *python_module("voila", private),
        str(notebook),
        "--Voila.ip=127.0.0.1",
        f"--Voila.port={port}",
        "--Voila.port_retries=0",
        "--Voila.open_browser=False",
        f"--Voila.connection_dir_root={private}",
        "--VoilaConfiguration.template=qa_review",
        "--VoilaConfiguration.allow_template_override=NO",
        "--VoilaConfiguration.show_tracebacks=True",  # the template shows the message alone
        "--VoilaConfiguration.file_denylist=.*",
        "--VoilaConfiguration.preheat_kernel=False",
        # a kernel that died is not started again in silence, with none of its widgets: the page
        # finds it gone and says so
        "--KernelRestarter.restart_limit=0",
        "--MappingKernelManager.cull_idle_timeout=3600",
        f"--KernelManager.transport={kernel_transport(private)}",
        "--Application.log_level=ERROR",
    ]
