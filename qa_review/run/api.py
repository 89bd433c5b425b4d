"""The library in functions: review, review_folder, transcribe, score; fit and trust."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_review.base.plugs import plug
from qa_review.base.resources import rubric_path
from qa_review.capture.formats import read_transcript, transcript_of
from qa_review.capture.recording import Call
from qa_review.capture.sound import Limits, RawFormat, Sound
from qa_review.capture.transcriber import EngineOptions
from qa_review.capture.transcript import Transcript
from qa_review.grade.rubric import load
from qa_review.keep.reviews import Review
from qa_review.keep.store import Store
from qa_review.run.engine import Engine
from qa_review.run.progress import Standing
from qa_review.run.results import Batch
from qa_review.run.settings import TIMEOUT_S, Audio, Settings

if TYPE_CHECKING:
    from qa_review.grade.trust import TrustCard
    from qa_review.run.masters import Masters
    from qa_review.run.people import TeamScorer
    from qa_review.run.pipeline import Reviewer


def settings_of(
    *,
    transcriber: str = "auto",
    rubric: str | Path = "behaviours.v1",
    voices: str = "auto",
    language: str | None = None,
    agent_channel: int | None = None,
    raw: str | None = None,
    beam: int = 5,
    device: str = "cpu",
    compute_type: str = "auto",
    threads: int = 1,
    max_seconds: int = Limits().seconds,
    max_bytes: int = Limits().bytes,
    scorer: str = "auto",
    abstain_below: float = 0.0,
    trust: str | Path = "",
) -> Settings:
    """The options that every function here takes, as one value. See :func:`review`."""
    return Settings(
        transcriber,
        str(rubric),
        voices,
        language,
        agent_channel,
        RawFormat.parse(raw) if raw else None,
        EngineOptions(beam, device, compute_type, threads),
        Limits(max_seconds, max_bytes),
        scorer,
        abstain_below,
        str(trust),
    )


@lru_cache(maxsize=2)
def _reviewer(settings: Settings, files: tuple[str, ...]) -> Reviewer:
    reviewer: Reviewer = plug("part", "reviewer")(settings)
    return reviewer


def _fresh(settings: Settings) -> Reviewer:
    """The reviewer of these settings, with rubric, scorer and trust card as their files are now."""
    return _reviewer(settings, settings.files())


def review(path: str | Path, call: Call | None = None, **options: Any) -> Review:
    """Transcribe one recording and score the agent's conduct in it.

    The file is decoded in a child process, so one that crashes its decoder costs an error, not
    your notebook. The engine and its weights stay loaded for the next call with the same options.

    Args:
        path: any sound or video file.
        call: what is known about the call; its id defaults to the file's name.
        options: ``transcriber`` (``"auto"``, ``"faster-whisper:base.en"``, ``"whisper:tiny.en"``),
            ``rubric`` (a shipped name or a path), ``voices`` (``"auto"``, ``"campplus"``,
            ``"timbre"``), ``language``, ``agent_channel`` (0 or 1), ``raw``
            (``"mulaw:8000:1"``), ``beam``, ``device``, ``compute_type``, ``threads``,
            ``max_seconds``, ``max_bytes``, ``scorer`` (``"auto"``, ``"learned"``,
            ``"learned:team.safetensors"``, ``"rules"``), ``abstain_below`` (a chance in [0, 1)),
            ``trust`` (the file of a trust card).

    Raises:
        RecordingError: the file can't be read, holds no speech, or is too long.
        LanguageNotCovered: the rubric doesn't cover the language spoken.
        WeightsNotFound, RubricError, UnknownName: the options name what isn't there.
    """
    reviewer, path, call, sound = _opened(path, call, options)
    return reviewer.review(path, call, sound)


def transcribe(path: str | Path, call: Call | None = None, **options: Any) -> Transcript:
    """Transcribe one recording; options and errors as for :func:`review`."""
    reviewer, path, call, sound = _opened(path, call, options)
    return reviewer.transcribe(path, call, sound)


def _opened(
    path: str | Path, call: Call | None, options: Mapping[str, Any]
) -> tuple[Reviewer, Path, Call, Sound]:
    path = Path(path)
    settings = settings_of(**options)
    sound: Sound = plug("part", "decode")(path, limits=settings.limits, raw=settings.raw)
    return _fresh(settings), path, call or Call(path.stem, file=path.name), sound


def score(
    said: Transcript | Mapping[str, Any] | str | Path,
    call: Call | None = None,
    *,
    rubric: str | Path = "behaviours.v1",
    scorer: str = "auto",
    abstain_below: float = 0.0,
    trust: str | Path = "",
) -> Review:
    """Score what was said, without sound.

    Args:
        said: a transcript; the path of a file that holds one (our JSON, WebVTT, Whisper's JSON,
            Contact Lens JSON); or a dialogue
            ``{"id": …, "turns": [{"speaker": "agent", "text": …}, …]}``.
        rubric, scorer, abstain_below, trust: as for :func:`review`.

    Raises:
        TranscriptError: it is in no form that is known.
        LanguageNotCovered, RubricError, UnknownName: as for :func:`review`.
    """
    if isinstance(said, (str, Path)):
        said = read_transcript(Path(said))
    elif not isinstance(said, Transcript):
        said = transcript_of(said, call_id=str(said.get("id", "dialogue")))
    settings = settings_of(rubric=rubric, scorer=scorer, abstain_below=abstain_below, trust=trust)
    return _fresh(settings).score(said, call)


def fit(masters: Iterable[Review] | Store, **options: Any) -> TeamScorer:
    """The learned scorer moved to how your own people score.

    Args:
        masters: reviews that hold the levels people agreed on, such as those of
            :func:`read_masters`, or a store with the master scores of calibration sessions; 50
            are enough to help, fewer than 20 are refused.
        options: ``rubric`` and ``scorer``, as for :func:`review`.

    Returns:
        The scorer, with its agreement before and after (nested cross-validation); ``save`` it
        and score with ``scorer="learned:FILE"``. Nothing else changes.

    Raises:
        TooLittleToFit: too few calls, or all of one level.
    """
    settings = settings_of(**options)
    fitted: TeamScorer = plug("part", "fit")(_reviews(masters, settings, blind=False), settings)
    return fitted


def _reviews(masters: Iterable[Review] | Store, settings: Settings, *, blind: bool) -> Any:
    """The reviews themselves, or those that the sessions of a store agreed on."""
    if isinstance(masters, Iterable):
        return masters
    return plug("part", "store_masters")(masters, load(rubric_path(settings.rubric)), blind=blind)


def trust(
    masters: Iterable[Review] | Store,
    *,
    calls: str = "your master scores",
    machine: str | Path | None = None,
    told: Callable[[int], None] = lambda done: None,
    **options: Any,
) -> TrustCard:
    """How far a scorer can be trusted on calls that people scored.

    Args:
        masters: reviews that hold the levels people agreed on, or a store with those of
            calibration sessions; where the scorer was a rater, what people gave blind counts.
        calls: what calls these are, in a few words.
        machine: a recogniser's transcripts of the same calls (a folder of results or a file of
            dialogues), to see how much scores change with them.
        told: called with how many calls are done.
        options: ``rubric`` and ``scorer``, as for :func:`review`.

    Returns:
        The card; ``save`` it and give its file as ``trust`` when you score.
    """
    said = plug("part", "read_said")(Path(machine))[0] if machine else None
    settings = settings_of(**options)
    reviews = _reviews(masters, settings, blind=True)
    card: TrustCard = plug("part", "trust")(reviews, settings, calls=calls, machine=said, told=told)
    return card


def read_masters(
    calls: str | Path, table: str | Path, *, rubric: str | Path = "behaviours.v1"
) -> Masters:
    """Calls with the levels that people gave them.

    Args:
        calls: what was said: a folder of results, a file of dialogues (JSON Lines), or one
            transcript.
        table: a CSV file with the columns ``id`` and one a behaviour, cells 1 to 5, ``N/A``, or
            empty where nobody scored.

    Raises:
        MetadataError, TranscriptError: a file can't be used at all; else what can't be read
            costs its row and is listed in ``problems``.
    """
    loaded = load(rubric_path(str(rubric)))
    masters: Masters = plug("part", "read_masters")(Path(calls), Path(table), loaded)
    return masters


def review_folder(
    *paths: str | Path,
    out: str | Path = "reviews",
    engine: str = "processes",
    timeout_s: float = TIMEOUT_S,
    metadata: str | Path | None = None,
    audio: Audio = "embed",
    again: bool = False,
    store: str = "",
    told: Callable[[Standing], None] = lambda standing: None,
    **options: Any,
) -> Batch:
    """Review every recording in ``paths``; write pages and tables to ``out``.

    A path is a recording, a folder of them, a URL that fsspec knows (``s3://calls/march``), or a
    manifest: a CSV or Parquet file with a column ``file`` of paths and URLs.

    Finished calls are kept, so a second run does only what is missing or changed. From a script
    (not a notebook) call it under ``if __name__ == "__main__":``, since it starts processes.

    Args:
        engine: ``processes``, ``processes:N``, ``serial``, or on a Ray cluster ``ray:auto`` and
            ``ray:ADDRESS``; ``ray:local`` starts one on this machine.
        metadata: a table of calls; ``None``: ``calls.csv`` beside the recordings.
        audio: ``embed`` the sound in each page, ``link`` to the recording, or ``none``: make no
            pages and no files of transcripts, for more calls than anybody opens.
        again: do every call again.
        store: keep the results in this store (``postgresql://USER@HOST/DATABASE``), not in a file
            of ``out``; the folder remembers it.
        told: called after each call with a :class:`~qa_review.run.progress.Standing`.
        options: as for :func:`review`.

    Raises:
        QAReviewError: before any call is begun; after that a bad call costs only itself and
            is in :attr:`~qa_review.run.results.Batch.failures`.
    """
    batch: Batch = plug("part", "run_folder")(
        paths,
        Path(out),
        settings_of(**options),
        engine=make_engine(engine, timeout_s=timeout_s),
        metadata=Path(metadata) if metadata else None,
        audio=audio,
        again=again,
        store=store,
        told=told,
    )
    return batch


def make_engine(name: str, *, timeout_s: float) -> Engine:
    """The engine called ``name`` or ``name:detail``, such as ``processes:4``."""
    if not timeout_s > 0:
        raise ValueError(f"a time limit is more than 0 seconds, not {timeout_s:g}")
    kind, _, detail = name.partition(":")
    engine: Engine = plug("engine", kind)(detail, timeout_s=timeout_s)
    return engine
