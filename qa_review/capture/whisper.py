"""Speech to text by openai-whisper, the reference engine.

Its own files (``tiny.en.pt``) are used where there are any; CTranslate2 weights are converted in
memory. Sound is passed as numbers, never as a path: its own loader needs an ffmpeg binary.
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper
from whisper.timing import find_alignment, merge_punctuations

from qa_review.base.errors import EngineUnavailable
from qa_review.base.records import MadeBy, digest
from qa_review.capture.ctranslate2 import whisper_state
from qa_review.capture.transcriber import EngineOptions, Heard, timed_words
from qa_review.capture.transcript import Word
from qa_review.capture.weights import Weights, find_weights

PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"
"""marks that belong to the word after them, and to the word before them"""


class OpenAIWhisper:
    """A loaded model. Decoding is greedy or by beam, never sampled: same sound, same words."""

    def __init__(self, weights: Weights, options: EngineOptions) -> None:
        torch.set_num_threads(options.threads)
        self._half = options.device != "cpu" and options.compute_type in ("auto", "float16")
        self._beam = options.beam
        self._model = load_model(weights, options.device)
        self.made_by = MadeBy(
            "openai-whisper",
            importlib.metadata.version("openai-whisper"),
            digest(options.beam, options.device, self._half),
            str(weights),
        )
        self.languages: tuple[str, ...] = (
            tuple(whisper.tokenizer.LANGUAGES) if self._model.is_multilingual else ("en",)
        )

    def language_of(self, samples: np.ndarray) -> tuple[str, float]:
        if not self._model.is_multilingual:
            return "en", 0.0
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples), self._model.dims.n_mels)
        _, chances = self._model.detect_language(mel.to(self._model.device))
        language = max(chances, key=chances.__getitem__)
        return language, float(chances[language])

    def hear(self, samples: np.ndarray, *, language: str) -> Sequence[Heard]:
        model = self._model
        mel = whisper.log_mel_spectrogram(
            samples, model.dims.n_mels, padding=whisper.audio.N_SAMPLES
        )
        mel = whisper.pad_or_trim(mel, whisper.audio.N_FRAMES).to(model.device)
        options = whisper.DecodingOptions(
            language=language,
            beam_size=self._beam if self._beam > 1 else None,
            without_timestamps=True,
            fp16=self._half,
        )
        result = whisper.decode(model, mel.half() if self._half else mel, options)
        frames = min(len(samples) // whisper.audio.HOP_LENGTH, whisper.audio.N_FRAMES)
        return [
            Heard(
                self._words(result, mel, frames, language),
                no_speech=float(result.no_speech_prob),
                mean_logprob=float(result.avg_logprob),
                compression=float(result.compression_ratio),
            )
        ]

    def _words(
        self, result: Any, mel: torch.Tensor, frames: int, language: str
    ) -> tuple[Word, ...]:
        """The decoded words with times, from the attention of the alignment heads."""
        tokenizer = whisper.tokenizer.get_tokenizer(
            self._model.is_multilingual, num_languages=self._model.num_languages, language=language
        )
        tokens = [token for token in result.tokens if token < tokenizer.eot]
        timings = find_alignment(self._model, tokenizer, tokens, mel, frames)
        merge_punctuations(timings, PREPENDED, APPENDED)
        return timed_words((t.word, t.start, t.end, t.probability) for t in timings)


def load_model(weights: Weights, device: str = "cpu") -> whisper.Whisper:
    """openai-whisper's own model object, from a ``.pt`` file or from CTranslate2 weights."""
    if weights.form == "pt":
        model = whisper.load_model(str(weights.path), device=device)
        if weights.name in whisper._ALIGNMENT_HEADS:
            model.set_alignment_heads(whisper._ALIGNMENT_HEADS[weights.name])
        return model
    dimensions, state, heads = whisper_state(weights.path)
    model = whisper.Whisper(whisper.model.ModelDimensions(**dimensions))
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    if heads:
        mask = torch.zeros(dimensions["n_text_layer"], dimensions["n_text_head"], dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
    return model.to(device).eval()


def where(weights: str, options: EngineOptions = EngineOptions()) -> Weights:
    """The weights of this name, path, or ``auto``.

    Raises:
        EngineUnavailable: they couldn't run as ``options`` say.
        WeightsNotFound: no place that is searched holds them.
    """
    _refuse(options)
    return find_weights(weights, ("pt", "ct2"), _own)


def load(weights: str, options: EngineOptions) -> OpenAIWhisper:
    """The engine with the weights that :func:`where` finds."""
    return OpenAIWhisper(where(weights, options), options)


def _refuse(options: EngineOptions) -> None:
    device, _, index = options.device.partition(":")
    if device == "cuda" and torch.cuda.device_count() <= int(index or 0):
        raise EngineUnavailable(f"there is no {options.device} device here; use --device cpu")
    known = ("auto", "float32") if device == "cpu" else ("auto", "float16", "float32")
    if options.compute_type not in known:
        raise EngineUnavailable(
            f"{device} has no compute type {options.compute_type!r}; there is {', '.join(known)}"
        )


def _own(name: str, download: bool) -> Path | None:
    """Where openai-whisper keeps ``name``, fetched first if that is allowed."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "whisper"
    path = folder / f"{name}.pt"
    if path.is_file():
        return path
    if not download or name not in whisper._MODELS:
        return None
    try:
        whisper._download(whisper._MODELS[name], str(folder), in_memory=False)
    except (OSError, RuntimeError):
        return None
    return path
