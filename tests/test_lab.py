"""``qa-review lab`` and ``room`` without a browser: copies, environment, addresses, messages."""

from __future__ import annotations

import getpass
import json
import os
import socket
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest
from servers import free_port

from qa_review.__main__ import main, parser
from qa_review.base.errors import QAReviewError, UnknownName
from qa_review.keep.psutil import listens
from qa_review.run import as_child, lab, lab_options, local_server, room_server
from qa_review.run.lab import Workplace, absolute_store
from qa_review.run.local_server import choose_port, need, private_folder
from qa_review.run.shipped import MANIFEST, copy_notebooks

ROOT = Path(__file__).resolve().parent.parent


# --- copies of the notebooks ---------------------------------------------------------------------


class Copies:
    """A package with notebooks, and a person's folder."""

    def __init__(self, top: Path) -> None:
        self.source, self.into = top / "shipped", top / "work"
        self.source.mkdir()

    def ship(self, content: str, name: str = "01_review.ipynb") -> None:
        (self.source / name).write_text(content)

    def copy(self) -> list[str]:
        return [one.what for one in copy_notebooks(self.into, self.source)]

    def here(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in sorted(self.into.glob("*.ipynb"))}


@pytest.fixture
def copies(tmp_path: Path) -> Copies:
    made = Copies(tmp_path)
    made.ship("first")
    return made


def test_what_is_not_there_is_copied_and_what_is_there_as_shipped_stays(copies: Copies) -> None:
    assert copies.copy() == ["new"]
    assert copies.copy() == ["as it was"]
    assert copies.here() == {"01_review.ipynb": "first"}


def test_a_copy_that_nobody_changed_is_brought_up_to_date(copies: Copies) -> None:
    copies.copy()
    copies.ship("second")
    assert copies.copy() == ["renewed"]
    assert copies.here() == {"01_review.ipynb": "second"}


def test_a_changed_notebook_stays_and_the_new_one_is_put_beside_it_once(copies: Copies) -> None:
    copies.copy()
    (copies.into / "01_review.ipynb").write_text("mine")
    assert copies.copy() == ["kept"]  # nothing newer is there to be told of
    copies.ship("second")
    assert copies.copy() == ["beside"]
    assert copies.here() == {"01_review.ipynb": "mine", "01_review.new.ipynb": "second"}
    (copies.into / "01_review.new.ipynb").unlink()
    assert copies.copy() == ["kept"]
    assert copies.here() == {"01_review.ipynb": "mine"}


def test_a_changed_copy_that_was_put_beside_stays_too(copies: Copies) -> None:
    copies.copy()
    (copies.into / "01_review.ipynb").write_text("mine")
    copies.ship("second")
    copies.copy()
    (copies.into / "01_review.new.ipynb").write_text("mine as well")
    copies.ship("third")
    assert copies.copy() == ["beside"]
    assert copies.here() == {
        "01_review.ipynb": "mine",
        "01_review.new.ipynb": "mine as well",
        "01_review.new2.ipynb": "third",
    }


def test_a_notebook_of_the_same_name_that_was_there_before_stays(copies: Copies) -> None:
    copies.into.mkdir()
    (copies.into / "01_review.ipynb").write_text("mine")
    assert copies.copy() == ["beside"]
    assert copies.here()["01_review.ipynb"] == "mine"


@pytest.mark.parametrize("stored", ["", "[]", "{"])
def test_with_no_list_of_copies_every_difference_is_a_persons_own(
    copies: Copies, stored: str
) -> None:
    copies.copy()
    (copies.into / MANIFEST).write_text(stored)
    copies.ship("second")
    assert copies.copy() == ["beside"]
    assert copies.here()["01_review.ipynb"] == "first"


def test_a_link_is_never_followed(copies: Copies, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.ipynb"
    copies.into.mkdir()
    (copies.into / "01_review.ipynb").symlink_to(elsewhere)
    assert copies.copy() == ["beside"]
    assert not elsewhere.exists()


def test_the_shipped_notebooks_are_found(tmp_path: Path) -> None:
    names = {one.name for one in copy_notebooks(tmp_path / "work")}
    assert names == {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} and names


# --- what kernels are told ----------------------------------------------------------------------


def test_kernels_are_told_of_everything_by_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls").mkdir()
    rubric = tmp_path / "own.toml"
    rubric.write_text("")
    place = Workplace("kim", results=Path("out"), rubric="own.toml", recordings=Path("calls"))
    assert place.variables() == {
        "QA_REVIEW_AS": "kim",
        "QA_REVIEW_STORE": f"sqlite:{tmp_path / 'qa.db'}",
        "QA_REVIEW_RESULTS": str(tmp_path / "out"),
        "QA_REVIEW_RUBRIC": str(rubric),
        "QA_REVIEW_RECORDINGS": str(tmp_path / "calls"),
    }
    assert Workplace("kim").variables()["QA_REVIEW_RUBRIC"] == "behaviours.v1"


def test_what_kernels_could_not_use_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(QAReviewError, match="can't be shared"):
        Workplace("kim", "memory").variables()
    with pytest.raises(QAReviewError, match="--as"):
        Workplace(" ").variables()
    with pytest.raises(QAReviewError, match="no folder of recordings"):
        Workplace("kim", recordings=tmp_path / "none").variables()
    with pytest.raises(UnknownName, match="behaviours"):
        Workplace("kim", rubric="behaviors").variables()
    assert absolute_store("sqlite:~/qa.db") == f"sqlite:{Path.home() / 'qa.db'}"


def test_the_environment_puts_ours_before_the_users_and_takes_no_token_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/theirs")
    monkeypatch.setenv("JUPYTER_TOKEN", "known")
    monkeypatch.setenv("QA_REVIEW_RECORDINGS", "/another/place")
    made = lab.environment(tmp_path, {"QA_REVIEW_AS": "kim"}, {})
    assert made["JUPYTER_CONFIG_PATH"] == os.pathsep.join([str(tmp_path / "config"), "/theirs"])
    assert made["QA_REVIEW_AS"] == "kim"
    assert not {"JUPYTER_TOKEN", "QA_REVIEW_RECORDINGS"} & set(made)


def test_options_say_who_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QA_REVIEW_AS", raising=False)
    given = parser().parse_args(["lab", "--as", "ann", "--store", "sqlite:x.db", "--port", "9"])
    assert lab_options.workplace(given) == Workplace("ann", "sqlite:x.db")
    assert given.port == 9 and not given.no_browser and given.folder == Path("work")
    given = parser().parse_args(["room"])
    assert lab_options.workplace(given).who == getpass.getuser()

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", nobody)
    with pytest.raises(QAReviewError, match="--as"):
        lab_options.workplace(given)


# --- addresses and secrets -----------------------------------------------------------------------


def test_the_servers_listen_on_this_machine_only_and_ask_for_a_token(tmp_path: Path) -> None:
    for command in (
        lab._command(tmp_path, 8888, "/lab", tmp_path),
        room_server._command(tmp_path / "room.ipynb", 8866, tmp_path),
    ):
        assert next(word for word in command if ".ip=" in word).endswith(".ip=127.0.0.1")
        assert [word for word in command if word.endswith(".port_retries=0")]
        assert not [word for word in command if "token" in word.lower()]


def test_what_is_secret_lies_where_nobody_else_may_look_and_goes() -> None:
    with private_folder() as private:
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert local_server.kernel_transport(private) == "ipc"
    assert not private.exists()
    assert local_server.kernel_transport(Path("/a" * 40)) == "tcp"


def test_a_long_temporary_folder_does_not_keep_kernels_from_their_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(long))
    with private_folder() as private:
        assert local_server.kernel_transport(private) == "ipc"


def test_a_port_that_was_asked_for_is_that_one_or_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(QAReviewError, match=rf"port {port} is taken.*--port"):
            choose_port(port, 8888)
        assert port < choose_port(None, port) < port + 100
    assert choose_port(port, 8888) == port


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    """Bound to port 0 a server takes any, and nobody is told which."""
    with pytest.raises(QAReviewError, match=f"from 1 to 65535, not {port}"):
        choose_port(port, 8888)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of a parent")
def test_a_child_whose_parent_is_gone_already_ends_and_clears_up(tmp_path: Path) -> None:
    """Its own look at its parent would find who took it over."""
    private = tmp_path / "private"
    private.mkdir()
    command = local_server.python_module("this", private)
    assert command[-2:] == [str(os.getpid()), "this"]
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    command[-2] = str(gone.pid)
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "") and not private.exists()


STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: None)
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = """
import os, signal, subprocess, sys
sys.path.insert(0, {folder!r})
from qa_review.run.local_server import python_module
command = python_module("stubborn", {private!r})
command.remove("-P")  # the module lies in a folder of this test
child = subprocess.Popen(command, cwd={folder!r}, stdout=subprocess.PIPE, text=True)
print(child.stdout.readline().strip(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="parents are told by POSIX")
def test_a_child_that_does_not_end_when_its_parent_was_killed_is_ended(tmp_path: Path) -> None:
    """As a server that was asked while it started: it waits for a kernel that never answers."""
    private = tmp_path / "private"
    private.mkdir()
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    code = PARENT.format(folder=str(tmp_path), private=str(private))
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert parent.returncode == -9, parent.stderr
    child, latest = int(parent.stdout), time.monotonic() + as_child.ENDS_WITHIN + 10
    while psutil.pid_exists(child) and time.monotonic() < latest:
        time.sleep(0.1)
    assert not psutil.pid_exists(child) and not private.exists()


def test_a_server_is_there_only_when_it_is_the_one_that_listens() -> None:
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", 0))
        ours.listen()
        port = ours.getsockname()[1]
        assert listens(os.getpid(), port)
        assert not listens(os.getpid(), free_port())
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        assert not listens(other.pid, port)
        other.communicate(b"")
    assert not listens(other.pid, port)


# --- messages ---------------------------------------------------------------------------------


def test_what_is_not_installed_is_named_with_the_way_to_install_it() -> None:
    with pytest.raises(QAReviewError, match=r"no_such_lab.*pip install 'qa_review\[notebook\]'"):
        need("json", "no_such_lab")


@pytest.mark.parametrize("command", ["lab", "room"])
def test_the_command_line_reports_it(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main([command, "--as", "kim", "--no-browser"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("qa-review: ") and "qa_review[notebook]" in said


def test_a_server_that_ends_at_once_is_reported(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    plan = local_server.Plan("A lab", command, dict(os.environ), tmp_path, free_port(), "/", "/")
    with pytest.raises(QAReviewError, match="A lab ended with status 3"):
        with local_server.started(plan, "token", tmp_path):
            raise AssertionError("it counts as started")


def test_a_person_is_told_what_became_of_the_notebooks(copies: Copies) -> None:
    def told() -> list[str]:
        return lab_options.told(copy_notebooks(copies.into, copies.source), Path("work"))

    assert told() == ["copied into work: 01_review.ipynb"]
    assert told() == []
    copies.ship("second")
    assert told() == ["brought up to date in work: 01_review.ipynb"]
    (copies.into / "01_review.ipynb").write_text("mine")
    copies.ship("third")
    line = "01_review.ipynb is your own and stays; the new one is 01_review.new.ipynb"
    assert told() == [line]


# --- what is shipped --------------------------------------------------------------------------


def test_the_room_is_one_cell_without_a_path_or_an_output() -> None:
    notebook = json.loads(room_server.NOTEBOOK.read_text(encoding="utf-8"))
    (cell,) = notebook["cells"]
    assert "".join(cell["source"]) == "from qa_review import widgets\n\nwidgets.front()"
    assert not cell["outputs"]


def test_the_kernel_of_the_room_starts_outside_the_package_and_works_in_the_folder(
    tmp_path: Path,
) -> None:
    """In it ``import anywidget`` would find the package's own file of that name."""
    private, folder = tmp_path / "private", tmp_path / "it's here"
    for path in (private, folder):
        path.mkdir()
    placed = room_server._placed(room_server.NOTEBOOK, folder, private)
    assert placed.is_relative_to(private)
    first = json.loads(placed.read_text(encoding="utf-8"))["cells"][0]["source"]
    code = f"{first}\nprint(os.getcwd())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(folder)


def test_the_template_names_no_other_host() -> None:
    files = [path for path in room_server.JUPYTER.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".j2", ".html", ".css", ".js"}
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "https://" not in text and "http://" not in text, path.name


def test_the_wheel_carries_template_room_notebooks_and_the_parts_of_widgets(
    tmp_path: Path,
) -> None:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    shipped = [path for path in (ROOT / "qa_review" / "widgets").rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in shipped if path.suffix != ".pyc"}
    wanted |= {f"qa_review/notebooks/{p.name}" for p in (ROOT / "notebooks").glob("*.ipynb")}
    template = "qa_review/widgets/voila_template/voila/templates/qa_review/index.html.j2"
    assert wanted <= names and template in names
