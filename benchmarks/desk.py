"""How soon a call of thirty minutes can be scored and heard, beside IPython's own player.

Starts JupyterLab on this machine and a headless Chromium (the tests' harness); prints for each way
of showing the call: seconds from *Run All* until it can be scored and until it can be played,
milliseconds of a jump to another place, and what the saved notebook weighs.

    python benchmarks/desk.py [--times 5]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import desk_fixtures
import sounds
from browser.chromium import launched
from browser.jupyter import open_notebook, running_lab

from qa_review.base.records import dumps, to_json
from qa_review.base.span import Span
from qa_review.capture.transcript import Turn, Word
from qa_review.keep.folder import Record, ResultsFolder
from qa_review.run.lab import Workplace

MINUTES = 30
WORDS = "so i will check that for you now and call you back before noon tomorrow".split()
PEER = """
from IPython.display import Audio
Audio(filename={path!r})
"""
DESK = """
from qa_review import widgets
widgets.desk("long")
"""
JUMPS = """async (audio) => {
  const took = [];
  for (const part of [0.9, 0.1, 0.5, 0.99, 0.3]) {
    const begun = performance.now();
    audio.currentTime = audio.duration * part;
    await new Promise((done) => { const look = () => (audio.seeking ? setTimeout(look, 1) : done()); look(); });
    took.push(performance.now() - begun);
  }
  return took;
}"""  # noqa: E501


def made(folder: Path) -> Path:
    """A call of two channels at 8 kHz, with its review among the results."""
    place = desk_fixtures.place_in(folder)
    path = place.recordings / "long.wav"
    noise = np.random.default_rng(0).standard_normal((2, 8000 * 60 * MINUTES)) * 0.05
    swells = np.sin(np.arange(noise.shape[1]) / 8000) > 0
    sounds.write(path, (noise * swells).astype(np.float32), rate=8000, codec="pcm_s16le")
    review = desk_fixtures.review_of("long", path)
    said = replace(review.transcript, turns=turns(), duration_ms=MINUTES * 60_000)
    scores = tuple(replace(score, evidence=()) for score in review.scores)
    review = replace(review, transcript=said, scores=scores)
    record = Record(review, "", "", "")
    ResultsFolder(place.results).write(record, vtt="WEBVTT\n", transcript=dumps(to_json(said)))
    return path


def turns() -> tuple[Turn, ...]:
    """What is said, without a pause: some 330 turns."""
    found, at = [], 0
    while at < MINUTES * 60_000 - 6_000:
        words = [Word(text, Span(at + 330 * n, at + 330 * n + 300)) for n, text in enumerate(WORDS)]
        found.append(Turn.of("agent" if len(found) % 2 else "customer", words))
        at += 330 * len(WORDS) + 600
    return tuple(found)


def desk_shown(book: Any) -> tuple[float, float, list[float]]:
    """Seconds to be scored, seconds to be heard, and each jump in ms."""
    begun = time.monotonic()
    book.run_all()
    book.page.locator(".hand-in").wait_for(timeout=60_000)
    scored = time.monotonic() - begun
    while book.page.locator(".sound-state").first.text_content():
        book.page.wait_for_timeout(20)
    heard = time.monotonic() - begun
    return scored, heard, book.page.locator("audio").evaluate(JUMPS)


def peer_shown(book: Any) -> tuple[float | None, float, list[float]]:
    """The same of IPython's player, which has no form."""
    begun = time.monotonic()
    book.run_all()
    audio = book.page.locator("audio")
    audio.wait_for(timeout=60_000)
    while audio.evaluate("(audio) => audio.readyState") < 2:
        book.page.wait_for_timeout(20)
    return None, time.monotonic() - begun, audio.evaluate(JUMPS)


def notebook(path: Path, code: str) -> Path:
    cells = [nbformat.v4.new_code_cell(code.strip())]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


def saved_bytes(book: Any, path: Path) -> int:
    """What the notebook weighs when JupyterLab has saved it."""
    book.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
    book.page.wait_for_timeout(1500)
    return path.stat().st_size


def row(name: str, found: list[tuple[float | None, float, list[float]]], weight: int) -> str:
    """One line of the table: medians with the least and the greatest."""
    scored = [one[0] for one in found if one[0] is not None]
    heard, jumps = [one[1] for one in found], [jump for one in found for jump in one[2]]
    cells = [spread(scored, 2) if scored else "-", spread(heard, 2), spread(jumps, 0)]
    return f"{name:<34}{cells[0]:>22}{cells[1]:>22}{cells[2]:>20}{weight / 1e6:>12.2f}"


def spread(values: list[float], digits: int) -> str:
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = made(folder)
        workplace = Workplace(
            "ann", f"sqlite:{folder / 'qa.db'}", folder / "reviews",
            recordings=folder / "recordings",
        )  # fmt: skip
        with launched() as browser, running_lab(folder, workplace) as lab:
            print(f"a call of {MINUTES} minutes, {path.stat().st_size / 1e6:.0f} MB, n = {times}\n")
            print(f"{'':<34}{'s to score':>22}{'s to hear':>22}{'ms a jump':>20}{'saved, MB':>12}")
            cases = [
                ("desk, copy to be made", DESK, desk_shown, 1),
                ("desk", DESK, desk_shown, times),
                ("IPython.display.Audio", PEER.format(path=str(path)), peer_shown, times),
            ]
            for title, code, show, count in cases:
                found = []
                for number in range(count):
                    file = notebook(folder / f"{show.__name__}_{count}_{number}.ipynb", code)
                    with open_notebook(browser, lab, file.name) as book:
                        found.append(show(book))
                        weight = saved_bytes(book, file)
                print(row(title, found, weight), flush=True)


if __name__ == "__main__":
    main()
