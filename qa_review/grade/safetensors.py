"""A learned model as a safetensors file, and back."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from qa_review.base.errors import WeightsNotFound
from qa_review.base.files import whole
from qa_review.base.records import file_sha256
from qa_review.grade.model import Model
from qa_review.grade.turns import SHAPE

FORMAT = "1"
SHIPPED = Path(__file__).resolve().parent / "learned.safetensors"


def serialised(model: Model) -> bytes:
    """``model`` as the bytes of a file: half precision for what was learned of words.

    The same model gives the same bytes.
    """
    order = np.argsort(np.fromiter(model.runs, np.uint32))
    rows = np.fromiter(model.runs.values(), np.int64)[order]
    names = {
        "format": FORMAT,
        "rubric": model.rubric,
        "indicators": model.indicators,
        "behaviours": model.behaviours,
        "finds": model.finds,
        "shape": SHAPE,
    }
    tensors: dict[str, NDArray[Any]] = {
        "keys": np.fromiter(model.runs, np.uint32)[order],
        "rarity": model.rarity[rows].astype(np.float16),
        "weights": model.weights[rows].astype(np.float16),
        "shape_weights": model.shape_weights.astype(np.float32),
        "find_weights": model.find_weights.astype(np.float32),
        "bias": model.bias.astype(np.float32),
        "shown_from": model.shown_from.astype(np.float32),
        "heads": model.heads.astype(np.float32),
        "starts": model.starts.astype(np.float32),
        "spread": model.spread.astype(np.float32),
        "cuts": model.cuts.astype(np.float32),
    }
    # one entry of text, as safetensors writes several in no order of its own
    return bytes(to_bytes(tensors, metadata={"names": json.dumps(names)}))


def digest_of(model: Model) -> str:
    """What :attr:`Model.digest` is once the model has been written and read."""
    return hashlib.sha256(serialised(model)).hexdigest()[:16]


def save(model: Model, path: Path) -> None:
    """Write ``model`` whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as part:
        part.write_bytes(serialised(model))


def read(path: Path = SHIPPED) -> Model:
    """The model in a file; kept while the file stays as it is.

    Raises:
        WeightsNotFound: there is no such file, or it holds no learned scorer.
    """
    try:
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size)
    except (OSError, SafetensorError, LookupError, ValueError, TypeError, RecursionError) as error:
        raise WeightsNotFound(f"{path} holds no learned scorer: {error}") from error


@lru_cache(maxsize=2)
def _read(path: Path, changed_ns: int, size: int) -> Model:
    with safe_open(str(path), framework="numpy") as file:
        names = json.loads((file.metadata() or {}).get("names", "{}"))
        if names.get("format") != FORMAT or names["shape"] != list(SHAPE):
            raise ValueError(f"its format is {names.get('format')!r}, not {FORMAT!r}")
        held = {name: file.get_tensor(name) for name in file.keys()}
    return Model(
        rubric=str(names["rubric"]),
        indicators=tuple(map(str, names["indicators"])),
        behaviours=tuple(map(str, names["behaviours"])),
        finds=tuple(map(str, names["finds"])),
        runs={int(key): row for row, key in enumerate(held["keys"])},
        rarity=held["rarity"].astype(np.float32),
        weights=held["weights"].astype(np.float32),
        shape_weights=held["shape_weights"],
        find_weights=held["find_weights"],
        bias=held["bias"],
        shown_from=held["shown_from"],
        heads=held["heads"].astype(np.float64),
        starts=held["starts"].astype(np.float64),
        spread=held["spread"].astype(np.float64),
        cuts=held["cuts"].astype(np.float64),
        digest=file_sha256(path)[:16],
    )
