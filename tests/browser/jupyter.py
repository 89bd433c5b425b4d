"""JupyterLab and the room in a browser: started as ``qa-review lab`` and ``room`` start them.

How it is used::

    with running_lab(folder) as lab, launched() as browser:
        with open_notebook(browser, lab, "01_review.ipynb") as book:
            book.run_all()
            book.wait_idle()
            assert not book.errors() and not book.leaks
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psutil
from servers import free_port

from browser.chromium import LISTEN, OPTIONS, axe, playwright
from qa_review.base.errors import QAReviewError
from qa_review.run.lab import Workplace, lab
from qa_review.run.local_server import Running
from qa_review.run.room_server import room

SECONDS = 60_000
"""ms that anything may take on a busy machine"""
READY = """
async ([path, patience]) => {
  const latest = Date.now() + patience;
  const ready = async () => {
    const app = window.jupyterapp;
    if (!app?.commands?.hasCommand("notebook:run-all-cells")) return "no notebooks yet";
    await app.restored;
    const widget = app.shell.currentWidget;
    if (widget?.context?.path !== path) return `shows ${widget?.context?.path ?? "no notebook"}`;
    await widget.context.ready;
    await widget.sessionContext.ready;
    const kernel = widget.sessionContext.session?.kernel;
    if (kernel?.connectionStatus !== "connected") return `kernel ${kernel?.connectionStatus}`;
    await kernel.info;
    if (kernel.status !== "idle") return `kernel ${kernel.status}`;
    return app.commands.isEnabled("notebook:run-all-cells") ? "" : "can't run all";
  };
  for (let why = await ready(); why; why = await ready()) {
    if (Date.now() > latest) throw new Error(`not ready: ${why}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
"""
RUN_ALL = """
() => {
  window.qarRun = "running";
  // not awaited: the command ends when the last cell does
  window.jupyterapp.commands.execute("notebook:run-all-cells").then(
    () => { window.qarRun = "done"; }, (error) => { window.qarRun = `failed: ${error}`; });
}
"""
IDLE = """
() => window.qarRun !== "running" &&
  window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === "idle"
"""
OUTPUTS = """
() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .filter((cell) => cell.type === "code").map((cell) => cell.outputs.toJSON())
"""
RUN_CODE = """
async (code) => {
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  const said = { text: "", problem: "" };
  const asked = kernel.requestExecute({ code, store_history: false, stop_on_error: false });
  asked.onIOPub = (message) => {
    if (message.header.msg_type === "stream") said.text += message.content.text;
    if (message.header.msg_type === "error") said.problem = message.content.traceback.join("\\n");
  };
  await asked.done;
  return said;
}
"""


@dataclass(frozen=True)
class Served:
    """A lab or a room that answers, the folder it works in, and what it wrote."""

    running: Running
    folder: Path
    log: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.running.port}"

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def processes(self) -> list[psutil.Process]:
        """The server and its kernels."""
        try:
            server = psutil.Process(self.running.process.pid)
            return [server, *server.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def own_settings(folder: Path) -> dict[str, str]:
    """The variables by which Jupyter reads and writes nothing of the user's."""
    home = folder.parent / f"{folder.name}_home"
    home.mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
    }


@contextmanager
def running_lab(
    folder: Path, place: Workplace | None = None, *, variables: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """JupyterLab in that folder, which has the notebooks; stopped, with its kernels, at the end."""
    exposed = ["--LabApp.expose_app_in_browser=True"]
    with _served(lab, folder, place, variables, options=exposed) as served:
        yield served


@contextmanager
def running_room(
    notebook: Path, place: Workplace | None = None, *, variables: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """The room with that notebook in place of its own."""
    with _served(room, notebook.parent, place, variables, notebook=notebook) as served:
        yield served


@contextmanager
def _served(
    start: Any,
    folder: Path,
    place: Workplace | None,
    variables: Mapping[str, str] | None,
    **more: Any,
) -> Iterator[Served]:
    place = place or Workplace("kim", f"sqlite:{folder / 'qa.db'}", folder / "reviews")
    path, made = folder.parent / f"{folder.name}.log", {**own_settings(folder), **(variables or {})}
    with path.open("wb") as log:
        there = start(folder, place, port=free_port(), variables=made, log=log, **more)
        left: list[psutil.Process] = []
        try:
            with there as running:
                served = Served(running, folder, path)
                try:
                    yield served
                finally:
                    left = served.processes()
        except QAReviewError as error:
            raise AssertionError(f"{error}\n{path.read_text(errors='replace')[-4000:]}") from error
    _, alive = psutil.wait_procs(left, timeout=15)
    assert not alive, f"still there after the server was stopped: {alive}"


@dataclass
class Screen:
    """A page of a lab or a room, and all that it asked for, by request or websocket."""

    page: Any
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def leaks(self) -> list[str]:
        """What was asked of another host than this one."""
        return [url for url in self.requests if not _is_here(url)]

    def violations(self, selector: str = ".qar-host") -> list[str]:
        """The rules of accessibility broken in what matches, its shadow roots included."""
        self.page.evaluate(axe.AXE_SCRIPT)
        found = self.page.evaluate(
            "([selector, options]) => axe.run({ include: [[selector]] }, options)",
            [selector, OPTIONS],
        )
        return [
            f"{rule['id']}: {node['target']} {node.get('failureSummary', '')}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def zoom(self, factor: float) -> None:
        """Lay the page out as at 100 % times ``factor`` in a window of this size."""
        width, height = self.page.viewport_size["width"], self.page.viewport_size["height"]
        size = {"width": round(width / factor), "height": round(height / factor)}
        self.page.set_viewport_size(size)


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname == "127.0.0.1"


@dataclass
class Book(Screen):
    """A notebook that is open in JupyterLab, with its kernel idle."""

    path: str = ""

    def run_all(self) -> None:
        """Start to run every cell; ``wait_idle`` waits for the end."""
        self.page.evaluate(RUN_ALL)

    def wait_idle(self) -> None:
        """Wait until every cell has run, and the kernel does nothing."""
        self.page.wait_for_function(IDLE, timeout=SECONDS)
        state = self.page.evaluate("window.qarRun ?? 'done'")
        assert state == "done", state

    def outputs(self) -> list[list[Any]]:
        """The outputs of each code cell, as a notebook file has them."""
        return list(self.page.evaluate(OUTPUTS))

    def errors(self) -> list[str]:
        """What failed in cells, and what they wrote to stderr."""
        every = [output for cell in self.outputs() for output in cell]
        failed = [f"{o['ename']}: {o['evalue']}" for o in every if o["output_type"] == "error"]
        wrote = ["".join(o["text"]) for o in every if o.get("name") == "stderr"]
        return failed + wrote

    def run_code(self, text: str) -> str:
        """Run code in the notebook's kernel, outside its cells; what it printed.

        Raises:
            AssertionError: it failed.
        """
        said = self.page.evaluate(RUN_CODE, text)
        assert not said["problem"], said["problem"]
        return str(said["text"])

    def theme(self, *, dark: bool) -> None:
        """Change the colours of JupyterLab."""
        name = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.page.evaluate(
            "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
            name,
        )
        shown = f"body[data-jp-theme-name={json.dumps(name)}]"
        self.page.wait_for_selector(shown, state="attached", timeout=SECONDS)

    def close(self) -> None:
        """End the kernel, and close the window."""
        with suppress(playwright.Error):  # a page that is gone; the server ends its kernel
            self.page.evaluate(
                "() => window.jupyterapp?.shell?.currentWidget?.sessionContext?.shutdown()"
            )
        self.page.context.close()


def _listen(screen: Screen) -> None:
    page = screen.page
    page.context.on("request", lambda request: screen.requests.append(request.url))
    page.on("websocket", lambda socket: screen.requests.append(socket.url))
    page.on("pageerror", lambda error: screen.problems.append(str(error)))
    page.add_init_script(LISTEN)


def _page(browser: Any, width: int, height: int, dark: bool) -> Any:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        service_workers="block",  # what they ask for would not be seen
    )
    context.set_default_timeout(SECONDS)
    return context.new_page()


@contextmanager
def open_notebook(
    browser: Any, served: Served, path: str, *, width: int = 1280, height: int = 900
) -> Iterator[Book]:
    """A notebook of the lab in a window of its own, ready to run.

    To wait for the sign of an idle kernel is not enough: JupyterLab may then still show another
    notebook, or drop "run all". Measured: 12 of 14 openings failed so, none with these waits.
    """
    book = Book(_page(browser, width, height, dark=False), path=path)
    _listen(book)
    own = f"{os.getpid()}-{secrets.token_hex(4)}"
    where = f"/lab/workspaces/{own}/tree/{quote(path)}?token={served.running.token}"
    try:
        book.page.goto(served.base + where)
        book.page.evaluate(READY, [path, SECONDS])
        dialogs = book.page.locator(".jp-Dialog").all_inner_texts()
        assert not dialogs, f"JupyterLab asks: {dialogs}"
        yield book
    finally:
        book.close()


@contextmanager
def open_room(
    browser: Any,
    served: Served,
    *,
    dark: bool = False,
    width: int = 1280,
    height: int = 900,
) -> Iterator[Screen]:
    """The room in a window of its own; it may still be starting."""
    screen = Screen(_page(browser, width, height, dark))
    _listen(screen)
    try:
        screen.page.goto(served.running.url, wait_until="commit")
        yield screen
    finally:
        screen.page.context.close()
