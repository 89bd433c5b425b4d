"""People at work: the shipped notebooks and the reviewed sample calls, a lab or a room for each.

All share one store; each has keys, drafts and a folder of their own, as on machines of their own.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browser.jupyter import SECONDS, Book, Screen, Served, running_lab, running_room
from qa_review.base.resources import folder
from qa_review.keep.store import Store, open_store
from qa_review.run.lab import Workplace
from qa_review.run.room_server import NOTEBOOK

SAVES_STATE = "@jupyter-widgets/jupyterlab-manager/plugin.jupyterlab-settings"
READY = ".qar-host .qar[data-ready]"
CELLS = """
() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
  .map((cell) => [cell.type, cell.sharedModel.getSource()])
"""
CURRENT = """
(at) => {
  const { content } = window.jupyterapp.shell.currentWidget;
  return content.activeCellIndex === at && content.activeCell.node === document.activeElement;
}
"""
COMMAND = "async (name) => void await window.jupyterapp.commands.execute(name)"
FOCUSED = """
() => {
  let on = document.activeElement;
  while (on?.shadowRoot?.activeElement) on = on.shadowRoot.activeElement;
  const name = on?.getAttribute("aria-label") || on?.labels?.[0]?.textContent || on?.textContent;
  return (name ?? "").trim();
}
"""


@dataclass(frozen=True)
class Office:
    """A store, the reviewed sample calls, and what each person has for themselves."""

    folder: Path
    reviews: Path

    @property
    def store(self) -> Store:
        return open_store(self._store)

    @property
    def _store(self) -> str:
        return f"sqlite:{self.folder / 'qa.db'}"

    def place(self, who: str) -> Workplace:
        calls = folder("sample_calls")
        return Workplace(who, self._store, self.reviews, recordings=calls)

    def own(self, who: str) -> dict[str, str]:
        """The variables by which a person's keys and drafts are nobody else's."""
        home = self.folder / who
        return {
            "QA_REVIEW_KEYS": str(home / "keys"),
            "QA_REVIEW_DRAFTS": str(home / "drafts"),
            "QA_REVIEW_SHORTCUTS": str(home / "shortcuts.json"),
        }

    @contextmanager
    def lab(self, who: str) -> Iterator[Served]:
        """A lab of this person with the shipped notebooks; it saves the state of widgets too."""
        work = self.folder / f"lab of {who}"
        work.mkdir()
        for path in folder("notebooks").glob("*.ipynb"):
            shutil.copy(path, work)
        settings = work.parent / f"{work.name}_home/config/lab/user-settings" / SAVES_STATE
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps({"saveState": True}), encoding="utf-8")
        with running_lab(work, self.place(who), variables=self.own(who)) as served:
            yield served

    def room(self, who: str) -> AbstractContextManager[Served]:
        """The room of this person, as ``qa-review room`` serves it."""
        work = self.folder / f"room of {who}"
        work.mkdir()
        notebook = Path(shutil.copy(NOTEBOOK, work))
        return running_room(notebook, self.place(who), variables=self.own(who))


@contextmanager
def together(*servers: AbstractContextManager[Served]) -> Iterator[list[Served]]:
    """Several servers, started and stopped side by side."""
    with ThreadPoolExecutor(len(servers)) as pool:
        begun = [pool.submit(server.__enter__) for server in servers]
        wait(begun)
        try:
            yield [one.result() for one in begun]
        finally:
            up = [server for server, one in zip(servers, begun, strict=True) if not one.exception()]
            for ended in [pool.submit(server.__exit__, None, None, None) for server in up]:
                ended.result()


def use(book: Book) -> float:
    """Run all cells, until the widget can be used and every cell has run; seconds to the first."""
    begun = time.monotonic()
    book.run_all()
    book.page.locator(READY).wait_for()
    usable = time.monotonic() - begun
    book.wait_idle()
    assert not book.errors(), book.errors()
    return usable


def cells(book: Book) -> list[list[str]]:
    """The kind and source of every cell."""
    return list(book.page.evaluate(CELLS))


def enter_by_keyboard(book: Book) -> None:
    """From a notebook that has run, whose last cell is the current one, into its widget."""
    sources = [source for _, source in cells(book)]
    (place,) = [at for at, source in enumerate(sources) if source.startswith("widgets.")]
    for at in range(len(sources) - 1, place, -1):
        book.page.wait_for_function(CURRENT, arg=at)
        press(book, "ArrowUp")
    book.page.wait_for_function(CURRENT, arg=place)
    for _ in range(12):  # by way of the cell's own buttons, when they are there already
        press(book, "Tab")
        if "qar-host" in str(book.page.evaluate("document.activeElement.className")):
            return
    raise AssertionError("Tab never comes into the widget")


def command(book: Book, name: str) -> None:
    """Do what a menu of JupyterLab does, to its end."""
    book.page.evaluate(COMMAND, name)


def well(screen: Screen) -> None:
    """It asked nothing of other hosts, no script failed, and no rule of accessibility is broken."""
    found = [*screen.leaks, *screen.problems, *screen.violations()]
    assert not found, "\n".join(found)


def focused(screen: Screen) -> str:
    """The name of the element that has the focus, in whatever widget, else its text."""
    return str(screen.page.evaluate(FOCUSED))


def tab_to(screen: Screen, name: str, *, key: str = "Tab", most: int = 80) -> None:
    """Go on with Tab until the element of that name has the focus."""
    passed = []
    for _ in range(most):
        screen.page.keyboard.press(key)
        passed.append(focused(screen))
        if passed[-1].startswith(name):
            return
    raise AssertionError(f"{key} never comes to {name}: {passed}")


def press(screen: Screen, *keys: str) -> None:
    for key in keys:
        screen.page.keyboard.press(key)


def until(screen: Screen, true: Any) -> None:
    """Wait for what a kernel brings about, while the page goes on."""
    latest = time.monotonic() + SECONDS / 1000
    while not true():
        assert time.monotonic() < latest, "it did not come about"
        screen.page.wait_for_timeout(50)
