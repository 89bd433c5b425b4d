"""A lab and a room that really run: in a browser, on this host alone, and gone afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from browser.chromium import launched
from browser.golden import like_golden
from servers import free_port

psutil = pytest.importorskip("psutil")
nbformat = pytest.importorskip("nbformat", reason="JupyterLab is not installed")
jupyter = pytest.importorskip("browser.jupyter", reason="JupyterLab is not installed")

pytestmark = pytest.mark.slow

WIDGET = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    export default { render({ model, el }) {
      el.classList.add("qar-host");
      const root = el.attachShadow({ mode: "open" });
      root.innerHTML = "<h1>Count</h1><button>more</button><output>0</output>";
      root.querySelector("button").onclick = () => {
        model.set("count", model.get("count") + 1);
        model.save_changes();
        root.querySelector("output").textContent = model.get("count");
      };
    } };
    """
    count = traitlets.Int(0).tag(sync=True)

counter = Counter()
counter
'''
TOLD = "import os; print(os.environ['QA_REVIEW_AS'], os.environ['QA_REVIEW_STORE'])"
FAILS = "raise ValueError('there is no <b>store</b>')"
MAY_FAIL = f"""
import pathlib
if pathlib.Path("fails").exists():
    {FAILS}
pathlib.Path("written").touch()
"""


def write(path: Path, *cells: str) -> Path:
    """A notebook with these cells of code."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python", "language": "python"}
    book.metadata.title = "A counter"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(book, str(path))
    return path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with launched() as browser:
        yield browser


def kernels(served: Any) -> list[Any]:
    """Those that run; one that has just ended may still be listed."""
    found = []
    for process in served.processes():
        with suppress(psutil.NoSuchProcess):  # or is a zombie, which is one of these
            if "ipykernel_launcher" in " ".join(process.cmdline()):
                found.append(process)
    return found


def eventually(true: Any) -> bool:
    """Whether it becomes true within a while."""
    latest = time.monotonic() + 15
    while not true() and time.monotonic() < latest:
        time.sleep(0.05)
    return bool(true())


# --- the lab ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("lab") / "work"
    write(folder / "counter.ipynb", TOLD, WIDGET, FAILS)
    with jupyter.running_lab(folder) as served:
        yield served


@pytest.fixture(scope="module")
def book(chromium: Any, lab: Any) -> Iterator[Any]:
    with jupyter.open_notebook(chromium, lab, "counter.ipynb") as opened:
        opened.run_all()
        opened.page.locator(".qar-host button").wait_for()
        opened.wait_idle()
        yield opened


def test_a_notebook_runs_knows_its_place_and_asks_nothing_of_other_hosts(
    book: Any, lab: Any
) -> None:
    assert book.errors() == ["ValueError: there is no <b>store</b>"]
    assert book.outputs()[0][0]["text"] == f"kim sqlite:{lab.folder / 'qa.db'}\n"
    assert [url for url in book.requests if url.startswith("ws://127.0.0.1:")]
    assert not book.leaks and not book.problems


def test_a_widget_and_its_kernel_talk(book: Any) -> None:
    before = int(book.run_code("print(counter.count)"))
    book.page.locator(".qar-host button").click()
    assert eventually(lambda: int(book.run_code("print(counter.count)")) == before + 1)


def test_code_that_fails_is_reported(book: Any) -> None:
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        book.run_code("1 / 0")


def test_rules_of_accessibility_reach_into_widgets(book: Any) -> None:
    assert not book.violations()
    root = "document.querySelector('.qar-host').shadowRoot.querySelector('button')"
    book.page.evaluate(f"{root}.textContent = ''")
    assert [found for found in book.violations() if found.startswith("button-name")]
    book.page.evaluate(f"{root}.textContent = 'more'")


def test_colours_and_zoom_change(book: Any) -> None:
    colour = "getComputedStyle(document.body).getPropertyValue('--jp-layout-color0')"
    light = book.page.evaluate(colour)
    book.theme(dark=True)
    assert book.page.evaluate(colour) != light
    book.theme(dark=False)
    assert book.page.evaluate(colour) == light
    book.zoom(2)
    assert book.page.evaluate("innerWidth") == 640
    book.zoom(0.5)


def test_the_tree_of_a_widget_is_held_against_a_golden_file(
    book: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QA_REVIEW_GOLDEN", raising=False)
    tree = book.page.locator(".qar-host").aria_snapshot()
    assert 'button "more"' in tree
    with pytest.raises(AssertionError, match="QA_REVIEW_GOLDEN=write"):
        like_golden(tree, "counter", tmp_path)
    monkeypatch.setenv("QA_REVIEW_GOLDEN", "write")
    like_golden(tree, "counter", tmp_path)
    monkeypatch.delenv("QA_REVIEW_GOLDEN")
    like_golden(tree, "counter", tmp_path)
    with pytest.raises(AssertionError, match=r'-.*button "more"'):
        like_golden(tree.replace("more", "less"), "counter", tmp_path)


def test_kernels_talk_by_sockets_in_a_private_folder(book: Any, lab: Any) -> None:
    file = book.run_code("print(get_ipython().config.IPKernelApp.connection_file)").strip()
    assert Path(file).parent == lab.running.private
    assert '"transport": "ipc"' in Path(file).read_text()


def test_a_window_without_the_token_is_let_in_nowhere(chromium: Any, lab: Any) -> None:
    context = chromium.new_context()
    try:
        assert context.request.get(f"{lab.base}/api/contents").status == 403
    finally:
        context.close()


# --- the room -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("room") / "front"
    path = write(folder / "front.ipynb", MAY_FAIL, WIDGET)
    with jupyter.running_room(path) as served:
        yield served


def test_the_room_shows_widgets_and_no_code_and_asks_nothing_of_other_hosts(
    chromium: Any, room: Any
) -> None:
    for dark in (False, True):
        with jupyter.open_room(chromium, room, dark=dark) as screen:
            page = screen.page
            page.locator("#room-starting").wait_for()
            assert page.locator("#room-starting").inner_text() == "Starting…"
            page.locator(".qar-host button").click()
            page.locator("#room-starting").wait_for(state="hidden")
            assert page.title() == "A counter"
            assert page.locator("html").get_attribute("lang") == "en"
            assert "import" not in page.locator("body").inner_text()
            assert (room.folder / "written").exists()
            ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == ("rgb(17, 17, 17)" if dark else "rgb(255, 255, 255)")
            assert page.evaluate("document.body.dataset.jpThemeLight") == str(not dark).lower()
            assert not screen.leaks and not screen.problems
            assert not screen.violations("html")
            page.goto("about:blank")
            assert eventually(lambda: not kernels(room))  # a page that is left ends its kernel


def test_the_room_says_that_its_kernel_is_gone_and_starts_anew(chromium: Any, room: Any) -> None:
    with jupyter.open_room(chromium, room) as screen:
        screen.page.locator(".qar-host button").wait_for()
        for kernel in kernels(room):
            kernel.kill()
        lost = screen.page.locator("#room-lost")
        lost.get_by_role("button", name="Reload").click()
        screen.page.locator(".qar-host button").wait_for()
        assert not lost.inner_text()


def test_the_room_lets_nobody_in_without_the_token(chromium: Any, room: Any) -> None:
    with jupyter.open_room(chromium, room) as screen:
        screen.page.context.clear_cookies()
        screen.page.goto(room.base)
        assert "/login" in screen.page.url and not screen.leaks


def test_a_room_that_can_not_be_made_says_why(chromium: Any, room: Any) -> None:
    (room.folder / "fails").touch()
    with jupyter.open_room(chromium, room) as screen:
        screen.page.get_by_role("alert").filter(has_text="What went wrong").wait_for()
        said = screen.page.locator("body").inner_text()
        assert "ValueError: there is no <b>store</b>" in said and "raise" not in said
        assert not screen.violations("html")
        assert "Traceback" in room.said() and not screen.leaks
    (room.folder / "fails").unlink()


# --- the command ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "how"),
    [("lab", signal.SIGINT), ("room", signal.SIGTERM), ("room", signal.SIGKILL)],
)
def test_nothing_is_left_however_the_command_ends(
    what: str, how: signal.Signals, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "qa_review", what, "--as", "kim", "--no-browser"]
    process = subprocess.Popen(
        [*command, "--port", str(free_port())],
        cwd=tmp_path,
        env={**os.environ, **jupyter.own_settings(tmp_path / "work"), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        with process.stdout:
            lines = _until_open(process.stdout)
            started = psutil.Process(process.pid).children(recursive=True)
            assert lines[0].startswith("copied into work: 01_") == (what == "lab")
            assert f"  QA_REVIEW_STORE=sqlite:{tmp_path / 'qa.db'}\n" in lines
            words = started[0].cmdline()
            assert "token" not in " ".join(words)
            private = Path(words[words.index("qa_review.run.as_child") + 1])
            assert private.is_dir()
            process.send_signal(how)
            assert process.wait(30) == {signal.SIGKILL: -signal.SIGKILL}.get(how, 0)
    finally:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(started, timeout=20)
    assert not alive and not private.exists()


def _until_open(lines: Any) -> list[str]:
    """What the command prints, up to the address."""
    said: list[str] = []
    for line in lines:
        said.append(line)
        if line.startswith("open http://127.0.0.1:"):
            break
    return said
