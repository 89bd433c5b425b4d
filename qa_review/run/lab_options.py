"""``qa-review lab`` and ``qa-review room``: their options, and what they print."""

from __future__ import annotations

import argparse
import getpass
import os
import re
from pathlib import Path

from rich.text import Text

from qa_review.base.errors import QAReviewError
from qa_review.run.commands import err, out
from qa_review.run.lab import Workplace
from qa_review.run.lab import lab as jupyterlab
from qa_review.run.local_server import Running
from qa_review.run.room_server import room as voila
from qa_review.run.session_options import store_option
from qa_review.run.shipped import Copied, copy_notebooks

Commands = argparse._SubParsersAction  # the type has no public name


def options(command: Commands[argparse.ArgumentParser]) -> None:
    """Add ``lab`` and ``room``."""
    lab = command.add_parser("lab", help="JupyterLab with the notebooks: review, meet, look back")
    _workplace(lab)
    lab.set_defaults(run=run_lab)
    room = command.add_parser("room", help="the same as one page in the browser, without code")
    _workplace(room)
    room.set_defaults(run=run_room)


def _workplace(this: argparse.ArgumentParser) -> None:
    this.add_argument(
        "--folder", type=Path, default=Path("work"), help="where your files go (%(default)s)"
    )
    store_option(this)
    this.add_argument(
        "--results", type=Path, default=Path(os.environ.get("QA_REVIEW_RESULTS", "reviews")),
        metavar="FOLDER", help="what 'qa-review review' wrote (%(default)s)",
    )  # fmt: skip
    this.add_argument("--recordings", type=Path, metavar="FOLDER", help="calls to be reviewed")
    this.add_argument("--rubric", default="behaviours.v1", help="name or .toml file")
    this.add_argument("--as", dest="who", metavar="NAME", help="who you are (your login name)")
    this.add_argument("--port", type=int, metavar="N", help="default: the first that is free")
    this.add_argument("--no-browser", action="store_true", help="don't open a browser")


def workplace(given: argparse.Namespace) -> Workplace:
    """What the options say.

    Raises:
        QAReviewError: no name is given, and this user has none.
    """
    who = given.who or os.environ.get("QA_REVIEW_AS") or login_name()
    return Workplace(who, given.store, given.results, given.rubric, given.recordings)


def login_name() -> str:
    """The name of this user.

    Raises:
        QAReviewError: it has none, as in some containers.
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:
        raise QAReviewError("this user has no name: say who you are with --as NAME") from error


def run_lab(given: argparse.Namespace) -> int:
    """Copy the notebooks, and run JupyterLab until Ctrl-C."""
    place = workplace(given)
    place.variables()  # what is wrong with them is told before anything is written
    for line in told(copy_notebooks(given.folder), given.folder):
        out.print(Text(line), soft_wrap=True)
    try:
        with jupyterlab(given.folder, place, port=given.port) as server:
            return _serve(server, place, given)
    except KeyboardInterrupt:
        err.print("JupyterLab has stopped")
        return 0


def run_room(given: argparse.Namespace) -> int:
    """Run the room until Ctrl-C."""
    place = workplace(given)
    place.variables()
    given.folder.mkdir(parents=True, exist_ok=True)
    try:
        with voila(given.folder, place, port=given.port) as server:
            return _serve(server, place, given)
    except KeyboardInterrupt:
        err.print("the room is closed")
        return 0


def _serve(server: Running, place: Workplace, given: argparse.Namespace) -> int:
    for name, value in place.variables().items():
        out.print(Text(f"  {name}={without_password(value)}"), soft_wrap=True)
    out.print(Text(f"open {server.url}"), soft_wrap=True)
    out.print("for you alone: whoever has this address works in your name. Ctrl-C stops it.")
    if not given.no_browser:
        server.show()
    return server.wait()


def without_password(value: str) -> str:
    """A store's name as it can be shown.

    >>> without_password("postgresql://kim:secret@db/qa?password=x&connect_timeout=3")
    'postgresql://kim:***@db/qa?password=***&connect_timeout=3'
    """
    hidden = re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", value)
    return re.sub(r"(password=)[^&]*", r"\1***", hidden)


def told(copied: tuple[Copied, ...], folder: Path) -> list[str]:
    """What became of the notebooks, for a person."""
    lines = []
    for what, words in (("new", "copied into"), ("renewed", "brought up to date in")):
        names = [one.name for one in copied if one.what == what]
        if names:
            lines.append(f"{words} {folder}: {', '.join(names)}")
    for one in copied:
        if one.what == "beside":
            lines.append(f"{one.name} is your own and stays; the new one is {one.path.name}")
    return lines
