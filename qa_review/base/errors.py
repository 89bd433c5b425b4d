"""What can go wrong, from the outside in.

* QAReviewError
  - RecordingError       a file is not a recording that can be reviewed
    + Unreadable         not sound, cut off, or in a format that is not known
    + NothingSaid        sound without speech: empty, silent, or only tones
    + TooLong            longer, or larger when decoded, than the limit
    + WorkerDied         the file killed or hung the process that read it
  - MetadataError        a table of calls breaks its own rules; lists every row
  - FrameError           a frame of reviews holds what no call can have
  - RulesError           a file of alert rules breaks its own rules; lists every one of them
  - TranscriptError      a transcript file is not in a form that is known
  - QuoteNotFound        words that nobody on this call said
  - RubricError          a rubric file breaks its own rules; lists every one of them
  - UnknownName          a name that no engine, rubric or format answers to
  - EngineUnavailable    an engine can't run on this device, or not in this number type
  - WeightsNotFound      no place that is searched holds these weights
  - TooLittleToFit       too few scored calls, or all alike, to fit a scorer to
  - LanguageNotCovered   the call is in a language that the rubric does not cover
  - StoreError           a store can't be opened, read or written
    + NewerStore         written by a later version of qa_review
    + AlreadyThere       a row with this key is there, and rows are never replaced
    + Conflict           someone changed this since it was read
  - NotAllowed           who asks may not do this, or not now
    + StillSealed        the ballots of a session have not been revealed
  - BallotError          a ballot can't be opened, or is not the one that was handed in
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


class QAReviewError(Exception):
    """Anything that qa_review reports on purpose."""


class RecordingError(QAReviewError):
    """A file is not a recording that can be reviewed."""

    reason = "not a recording"

    def __init__(self, path: Path | str, detail: str) -> None:
        self.path, self.detail = Path(path), detail
        super().__init__(path, detail)

    def __str__(self) -> str:
        return f"{self.path.name}: {self.detail}"


class Unreadable(RecordingError):
    """The file is not sound, is cut off, or is in a format that is not known."""

    reason = "unreadable"


class NothingSaid(RecordingError):
    """The file holds sound, but nobody speaks in it."""

    reason = "nothing said"


class TooLong(RecordingError):
    """The recording is longer, or larger when decoded, than the limit."""

    reason = "too long"


class WorkerDied(RecordingError):
    """The file killed or hung the process that read it."""

    reason = "worker died"


class ListedProblems(QAReviewError):
    """A file with one or more problems, all of them listed."""

    def __init__(self, path: Path | str, problems: Sequence[str]) -> None:
        self.path, self.problems = Path(path), list(problems)
        self._told = str(path)  # a path would lose a slash of a URL
        super().__init__(path, problems)

    def __str__(self) -> str:
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        return f"{self._told} has {count}:" + "".join(f"\n  - {p}" for p in self.problems)


class MetadataError(ListedProblems):
    """A table of calls breaks its own rules."""


class RubricError(ListedProblems):
    """A rubric file breaks its own rules."""


class RulesError(ListedProblems):
    """A file of alert rules breaks its own rules."""


class FrameError(ListedProblems):
    """A frame of reviews holds what no call can have."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("the frame of reviews", problems)


class TranscriptError(QAReviewError):
    """A transcript file is not in a form that is known."""


class QuoteNotFound(QAReviewError):
    """Words were quoted that nobody on this call said."""


class UnknownName(QAReviewError):
    """A name that nothing answers to; says what exists."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what, self.name, self.known = what, name, sorted(known)
        super().__init__(what, name, self.known)

    def __str__(self) -> str:
        there_is = ", ".join(self.known) or "none"
        return f"no {what_is(self.what)} is called {self.name!r}; there is {there_is}"


def what_is(what: str) -> str:
    """``what`` as a person writes it: ``speech_engine`` is "speech engine"."""
    return what.replace("_", " ")


class EngineUnavailable(QAReviewError):
    """An engine can't run on this device, or not in this number type."""


class TooLittleToFit(QAReviewError):
    """Too few scored calls, or all of them alike, to fit a scorer to."""


class WeightsNotFound(QAReviewError):
    """No place that is searched holds these weights."""


class LanguageNotCovered(QAReviewError):
    """The call is in a language that the rubric does not cover."""

    reason = "language not covered"


class StoreError(QAReviewError):
    """A store can't be opened, read or written."""


class NewerStore(StoreError):
    """The store was written by a later version of qa_review."""


class AlreadyThere(StoreError):
    """A row with this key is there, and rows are never replaced."""


class Conflict(StoreError):
    """Someone changed this since it was read."""


class NotAllowed(QAReviewError):
    """Who asks may not do this, or not now."""


class StillSealed(NotAllowed):
    """The ballots of a session have not been revealed."""


class BallotError(QAReviewError):
    """A ballot can't be opened, or is not the one that was handed in."""
