"""Speech to text by faster-whisper: the same weights as openai-whisper on CTranslate2.

On a processor it runs them in 8-bit whole numbers, in a fraction of the CPU time and less memory,
at the same word error rate (``benchmarks/README.md``); that is why ``auto`` takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import faster_whisper
import numpy as np
from faster_whisper.utils import download_model

from qa_review.base.errors import EngineUnavailable
from qa_review.base.records import MadeBy, digest
from qa_review.capture.ctranslate2 import compute_types, cuda_devices
from qa_review.capture.transcriber import RATE_HZ, EngineOptions, Heard, timed_words
from qa_review.capture.weights import Weights, find_weights


class FasterWhisper:
    """A loaded model. Decoding is greedy or by beam, never sampled: same sound, same words."""

    def __init__(self, weights: Weights, options: EngineOptions) -> None:
        compute = options.compute_type
        if compute == "auto":
            compute = "int8" if options.device == "cpu" else "float16"
        device, _, index = options.device.partition(":")
        self._model = faster_whisper.WhisperModel(
            str(weights.path),
            device=device,
            device_index=int(index or 0),
            compute_type=compute,
            cpu_threads=options.threads,
            local_files_only=True,
        )
        # The pipeline decodes a window once; the plain model starts again after the last word.
        self._pipeline = faster_whisper.BatchedInferencePipeline(self._model)
        self._beam = options.beam
        self.made_by = MadeBy(
            "faster-whisper",
            faster_whisper.__version__,
            digest(options.beam, device, compute, options.threads),
            str(weights),
        )
        self.languages: tuple[str, ...] = tuple(self._model.supported_languages)

    def language_of(self, samples: np.ndarray) -> tuple[str, float]:
        if not self._model.model.is_multilingual:
            return "en", 0.0
        language, probability, _ = self._model.detect_language(samples)
        return language, float(probability)

    def hear(self, samples: np.ndarray, *, language: str) -> Sequence[Heard]:
        seconds = len(samples) / RATE_HZ
        segments, _ = self._pipeline.transcribe(
            samples,
            language=language,
            beam_size=self._beam,
            temperature=0.0,
            word_timestamps=True,
            clip_timestamps=[{"start": 0.0, "end": seconds}],
            batch_size=1,
        )
        return [
            Heard(
                timed_words(
                    (word.word, word.start, word.end, word.probability)
                    for word in segment.words or ()
                ),
                no_speech=segment.no_speech_prob,
                mean_logprob=segment.avg_logprob,
                compression=segment.compression_ratio,
            )
            for segment in segments
        ]


def where(weights: str, options: EngineOptions = EngineOptions()) -> Weights:
    """The weights of this name, path, or ``auto``.

    Raises:
        EngineUnavailable: they couldn't run as ``options`` say.
        WeightsNotFound: no place that is searched holds them.
    """
    _refuse(options)
    return find_weights(weights, ("ct2",), _own)


def load(weights: str, options: EngineOptions) -> FasterWhisper:
    """The engine with the weights that :func:`where` finds."""
    return FasterWhisper(where(weights, options), options)


def _refuse(options: EngineOptions) -> None:
    device, _, index = options.device.partition(":")
    if device == "cuda" and cuda_devices() <= int(index or 0):
        raise EngineUnavailable(f"there is no {options.device} device here; use --device cpu")
    known = {"auto", "default", *compute_types(device)}
    if options.compute_type not in known:
        raise EngineUnavailable(
            f"{device} has no compute type {options.compute_type!r}; there is "
            + ", ".join(sorted(known))
        )


def _own(name: str, download: bool) -> Path | None:
    """Where the Hugging Face cache keeps ``name``, fetched first if that is allowed."""
    try:
        return Path(download_model(name, local_files_only=not download))
    except Exception:  # the hub client raises many kinds; all mean that it isn't there
        return None
