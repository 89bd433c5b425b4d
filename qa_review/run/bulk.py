"""Written dialogues scored in a stream, three of them or five million, part by part.

Workers read, score and write; through here go only counts. A part is finished when its mark is
there (:mod:`qa_review.keep.parts`), so a run that was ended in any way goes on where it stopped,
and leaves the same bytes as one that was not.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from itertools import chain, islice
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.base.records import digest
from qa_review.base.resources import rubric_path
from qa_review.base.tables import table_files
from qa_review.grade.rubric import load
from qa_review.keep.folder import POINTER, STORE
from qa_review.keep.out import make_folder, refuse_tables
from qa_review.keep.parts import MARKS, TABLES, PartsFolder, part_name
from qa_review.run.alone import alone
from qa_review.run.api import make_engine
from qa_review.run.dialogues import NOTE, PART, PARTS, Part, holds_scores, plan
from qa_review.run.engine import Engine
from qa_review.run.part import loaded, made_from
from qa_review.run.parts_run import PartsRun
from qa_review.run.progress import Meter, Standing
from qa_review.run.same_ids import Source, before_each, repeated, write_again
from qa_review.run.scored import Note, ScoredFiles, read_note, write_note
from qa_review.run.settings import TIMEOUT_S, Settings

CUT = ".cut"
"""where the pieces of parts that fail lie"""
JOINED_ROWS = 20_000
"""rows of a table that are in memory while parts are joined"""


def score_files(
    *paths: str | Path,
    out: str | Path = "scored",
    engine: str = "processes",
    timeout_s: float = TIMEOUT_S,
    part: int = PART,
    parted: bool = False,
    told: Callable[[Standing], None] = lambda standing: None,
    again: bool = False,
    rubric: str | Path = "behaviours.v1",
    scorer: str = "auto",
    abstain_below: float = 0.0,
    trust: str | Path = "",
) -> ScoredFiles:
    """Score every written dialogue in files and folders, however many; write tables to ``out``.

    Finished parts are kept, so a second run does only what is missing or changed. From a script
    (not a notebook) call it under ``if __name__ == "__main__":``, since it starts processes.

    Args:
        paths: JSON Lines (``.jsonl``, ``.ndjson``), Parquet with the columns ``id`` and ``turns``,
            files that hold one transcript, and folders of these.
        engine: ``processes``, ``processes:N``, ``serial``, or ``ray:…``.
        timeout_s: how long a part may take before its worker is ended.
        part: dialogues that are scored together: what a kill can cost.
        parted: leave the tables in parts, a Parquet file each, and write no CSV.
        told: called after each part with a :class:`~qa_review.run.progress.Standing` of the
            dialogues.
        again: score every dialogue again, whatever is there.
        rubric, scorer, abstain_below, trust: as for :func:`~qa_review.run.api.score`.

    Raises:
        QAReviewError: before any dialogue is scored; after that a bad dialogue costs only itself,
            and is in the table of failures.
        OSError: ``out`` can't be written to any more.
    """
    settings = Settings(
        rubric=str(rubric), scorer=scorer, abstain_below=abstain_below, trust=str(trust)
    )
    load(rubric_path(settings.rubric))  # its problems are told before the dialogues are counted
    if not paths:
        raise ValueError("name the files or folders of the dialogues")
    out = Path(out)
    wanted = plan([Path(path) for path in paths], out, part=part)
    _refuse_reviews(out)
    if not holds_scores(out):
        refuse_tables(out)
    workers = make_engine(engine, timeout_s=timeout_s)
    make_folder(out)
    with alone(out):
        run = _Run(wanted.parts, out, settings, parted=parted, ignored=wanted.ignored)
        whole = None if again else run.whole()
        if whole is not None:
            return whole
        todo = run.begin(again=again)
        weight = sum(wanted.parts[number].weight for number in todo)
        count = sum(wanted.parts[number].count for number in todo)
        meter = Meter(count, weight=weight, kept=run.kept)
        if todo:
            run.score(todo, workers, meter, told)
        return run.end()


def _refuse_reviews(out: Path) -> None:
    if any((out / name).is_file() for name in (STORE, POINTER)):
        raise QAReviewError(
            f"--out {out} holds reviews of recordings; give these results their own folder"
        )


class _Run:
    """One run: which parts there are, where they go, and what becomes of them.

    ``kept`` counts the dialogues of an earlier run that are done.
    """

    def __init__(
        self, parts: Sequence[Part], out: Path, settings: Settings, *, parted: bool, ignored: int
    ) -> None:
        self._parts, self._out, self._settings, self._parted = parts, out, settings, parted
        self._home = PartsFolder((out if parted else out / PARTS).absolute())
        self._names = [part_name(number) for number in range(len(parts))]
        self._ignored = ignored
        self._scored_with = ""
        self.kept = 0
        self._work: PartsRun | None = None

    def whole(self) -> ScoredFiles | None:
        """The results of an earlier run of just this, whose tables are joined and there."""
        note = read_note(self._out)
        if note is None or note.parted or self._parted or note.digest != self._digest():
            return None
        shutil.rmtree(self._out / PARTS, ignore_errors=True)  # it ended before it had tidied up
        self.kept = note.dialogues
        return self._result(note)

    def begin(self, *, again: bool) -> list[int]:
        """Make the folders, remove what was left half; the parts to do.

        Parts of another run stay until they are replaced, so that a run that was begun by mistake
        (with another ``--part``, or without one) and ended costs little.

        Args:
            again: do every part again.
        """
        if again:
            self._wanted()  # what can't be scored with is said before any result goes
        self._home.make()
        shutil.rmtree(self._out / CUT, ignore_errors=True)
        for file in self._out.glob(".*.part"):
            if file.name.split(".")[1] in (*TABLES, NOTE.split(".")[0]):
                file.unlink(missing_ok=True)
        there = [name for name in self._home.names(MARKS) if self._home.mark(name)]
        kept = self._finished() if there and not again else {}
        self._home.tidy(there)
        self.kept = sum(kept.values())
        todo = [number for number in range(len(self._parts)) if number not in kept]
        if todo and self._parted:
            (self._out / NOTE).unlink(missing_ok=True)
        return todo

    def _finished(self) -> dict[int, int]:
        """The finished parts, with how many dialogues each has."""
        wanted = self._wanted()
        kept = {}
        before = before_each(wanted)
        for number, name in enumerate(self._names):
            mark = self._home.mark(name)
            if mark is None or mark.digest != wanted[number]:
                continue
            if not mark.refused or mark.before == before[number]:
                kept[number] = mark.dialogues
        return kept

    def _wanted(self) -> list[str]:
        self._scored_with = self._scored_with or loaded(self._settings)[1]
        return [made_from(part, self._scored_with) for part in self._parts]

    def _digest(self) -> str:
        return digest(self._wanted())

    def score(
        self, todo: Sequence[int], engine: Engine, meter: Meter, told: Callable[[Standing], None]
    ) -> None:
        """Do these parts."""
        self._work = PartsRun(
            self._home,
            (self._out / CUT).absolute(),
            self._settings,
            engine,
            meter,
            told,
            self._scored_with,
        )
        self._work.do({self._names[number]: self._parts[number] for number in todo})
        self._scored_with = self._work.scored_with

    def end(self) -> ScoredFiles:
        """Take out the ids that parts share, and leave the tables as they were asked for."""
        wanted = self._wanted()
        before = before_each(wanted)
        if len(self._parts) > 1:
            for number, refused in repeated(self._home, self._names):
                name, mark = self._names[number], self._home.whole(self._names[number])
                source = Source(self._home, name, mark, refused)
                with self._home.writing(name) as tables:
                    write_again(tables, [source], wanted[number], before=before[number])
        dialogues = scored = 0
        for name in self._names:
            mark = self._home.whole(name)
            dialogues, scored = dialogues + mark.dialogues, scored + mark.scored
        note = Note(digest(wanted), self._parted, dialogues, scored, len(self._parts))
        if not self._parted:
            (self._out / NOTE).unlink(missing_ok=True)
            _join(self._home, self._names, self._out)
        write_note(self._out, note)
        self._tidy()
        return self._result(note)

    def _tidy(self) -> None:
        """Remove what killed workers left half, and an earlier run's results in the other form."""
        if self._parted:
            self._home.tidy(self._names)
            for table in TABLES:
                for suffix in (".csv", ".parquet"):
                    (self._out / f"{table}{suffix}").unlink(missing_ok=True)
        else:
            PartsFolder(self._out).remove()
        shutil.rmtree(self._out / PARTS, ignore_errors=True)

    def _result(self, note: Note) -> ScoredFiles:
        done = self._work
        return ScoredFiles(
            self._out,
            note.parted,
            note.dialogues,
            note.scored,
            note.dialogues - note.scored,
            self.kept,
            note.parts,
            self._ignored,
            done.costs if done else {},
        )


def _join(home: PartsFolder, names: Sequence[str], out: Path) -> None:
    """The tables of all parts in one file each, a few rows in memory at a time."""
    for table, columns in TABLES.items():
        with table_files(out / table, columns) as file:
            rows = chain.from_iterable(home.rows(table, name) for name in names)
            while some := list(islice(rows, JOINED_ROWS)):
                file.add(some)
