"""What hearing costs and how right it is, next to the engines alone, in one run on the same files.

    python benchmarks/speech.py [--weights tiny.en] [--audio FOLDER ...]

Each system runs in a process of its own over all files, one after the other, and reports its own
CPU seconds and peak memory:

- ``whisper alone``: openai-whisper's ``transcribe`` with its defaults, on the mono mix
- ``whisper alone, 1 thread``: the same on one processor thread, its cheapest form
- ``faster-whisper alone``: faster-whisper's ``transcribe`` with its defaults, 8 bit, mono mix
- ``ours, whisper`` and ``ours, faster-whisper``: ``qa_review`` with each engine, to the transcript
- ``ours, whole review``: decode, transcribe, evidence, score and page, with faster-whisper

Word error rate is that of jiwer after Whisper's English normaliser, over all words of all files
that have a reference, with a 95 % bootstrap interval over files. A wrong-speaker word is one that
was recognised but given to the other side, or to ``unknown``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data" / "audio"
SYSTEMS = (
    "whisper alone",
    "whisper alone, 1 thread",
    "faster-whisper alone",
    "ours, whisper",
    "ours, faster-whisper",
    "ours, whole review",
)
COLUMNS = (
    *("source", "system", "files", "minutes", "words", "WER %"),
    *("wrong speaker %, 2 channels", "1 channel", "CPU s", "CPU s a second of sound", "peak MB"),
)
Said = list[tuple[str, str]]
"""(speaker, text) of each turn, in order"""


@dataclass(frozen=True)
class Clip:
    """A file with its true words, if they are known."""

    id: str
    path: str
    source: str
    said: Said | None
    channels: int | None = None


def clips(folders: Sequence[Path]) -> list[Clip]:
    """The sample calls and every clip of the folders that have a ``refs.jsonl``."""
    found = []
    samples = ROOT / "sample_calls"
    files = {path.stem: path for path in samples.iterdir()}
    for line in (samples / "references.jsonl").read_text().splitlines():
        row = json.loads(line)
        said = [(turn["speaker"], turn["text"]) for turn in row["turns"]]
        found.append(Clip(row["id"], str(files[row["id"]]), "sample calls", said))
    for folder in folders:
        for line in (folder / "refs.jsonl").read_text().splitlines():
            row = json.loads(line)
            said = [("any", row["text"])] if row["ref"] == "full" else None
            found.append(Clip(row["id"], str(folder / row["file"]), folder.name, said))
    return found


def run_system(system: str, weights: str, todo: list[Clip]) -> dict[str, Any]:
    """What ``system`` makes of the clips; called in a process of its own."""
    start_wall, start_cpu = time.perf_counter(), time.process_time()
    hear = maker(system, weights)
    loaded_cpu = time.process_time() - start_cpu
    heard, cpu = {}, {}
    for clip in todo:
        before = time.process_time()
        heard[clip.id] = hear(clip)
        cpu[clip.id] = time.process_time() - before
    return {
        "heard": heard,
        "cpu": cpu,
        "load_cpu_s": loaded_cpu,
        "wall_s": time.perf_counter() - start_wall,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def maker(system: str, weights: str) -> Any:
    """A function from a clip to its turns."""
    from qa_review.run.api import settings_of
    from qa_review.run.pipeline import Reviewer

    if system.startswith("whisper alone"):
        return whisper_alone(weights, one_thread=system.endswith("1 thread"))
    if system == "faster-whisper alone":
        return faster_whisper_alone(weights)
    if system == "ours, whole review":
        return whole_review(weights)
    engine = system.removeprefix("ours, ")
    reviewer = Reviewer(settings_of(transcriber=f"{engine}:{weights}"))
    return lambda clip: ours(reviewer, clip)


def mono(clip: Clip) -> Any:
    """The mono mix as float32."""
    import numpy as np

    from qa_review.capture.pyav import decode

    sound = decode(Path(clip.path))
    return sound.channels.astype(np.float32).mean(axis=0) / 32768


def whisper_alone(weights: str, *, one_thread: bool) -> Any:
    import torch

    from qa_review.capture.whisper import load_model, where

    if one_thread:
        torch.set_num_threads(1)
    model = load_model(where(weights))
    return lambda clip: [("any", model.transcribe(mono(clip), language="en", fp16=False)["text"])]


def faster_whisper_alone(weights: str) -> Any:
    import faster_whisper

    from qa_review.capture.faster_whisper import where

    path = str(where(weights).path)
    model = faster_whisper.WhisperModel(path, device="cpu", compute_type="int8")

    def hear(clip: Clip) -> Said:
        segments, _ = model.transcribe(mono(clip), language="en")
        return [("any", "".join(segment.text for segment in segments))]

    return hear


def ours(reviewer: Any, clip: Clip) -> Said:
    from qa_review.base.errors import QAReviewError
    from qa_review.capture.pyav import decode
    from qa_review.capture.recording import Call

    try:
        path = Path(clip.path)
        transcript = reviewer.transcribe(path, Call(clip.id), decode(path))
    except QAReviewError:
        return []
    return [(turn.speaker, turn.text) for turn in transcript.turns]


def whole_review(weights: str) -> Any:
    from qa_review.base.errors import QAReviewError
    from qa_review.base.resources import rubric_path
    from qa_review.capture.recording import Call
    from qa_review.grade.rubric import load
    from qa_review.keep.folder import ResultsFolder
    from qa_review.run.api import settings_of
    from qa_review.run.work import Job, do, keys

    settings = settings_of(transcriber=f"faster-whisper:{weights}")
    rubric = load(rubric_path(settings.rubric))
    results = ResultsFolder(Path(tempfile.mkdtemp()))
    results.make()

    def hear(clip: Clip) -> Said:
        call, path = Call(clip.id), Path(clip.path)
        made_from = keys(call, path, settings, weights, rubric, "embed")
        try:
            do(Job(call, path, results.path, settings, weights, made_from, "embed"))
        except QAReviewError:
            return []
        record = results.read(clip.id)
        return [(t.speaker, t.text) for t in record.review.transcript.turns] if record else []

    return hear


def counted(clip: Clip, heard: Said) -> tuple[int, int, int, int]:
    """Word errors, true words, words given to the wrong side, words that could be."""
    import jiwer

    truth, guess = tagged(clip.said or []), tagged(heard)
    if not guess:
        return len(truth), len(truth), 0, 0
    out = jiwer.process_words(" ".join(w for w, _ in truth), " ".join(w for w, _ in guess))
    errors = out.substitutions + out.deletions + out.insertions
    wrong = could = 0
    for chunk in out.alignments[0]:
        if chunk.type == "equal":
            for step in range(chunk.ref_end_idx - chunk.ref_start_idx):
                speaker = truth[chunk.ref_start_idx + step][1]
                given = guess[chunk.hyp_start_idx + step][1]
                if speaker != "any" and given != "any":
                    could += 1
                    wrong += speaker != given
    return errors, len(truth), wrong, could


def tagged(said: Said) -> list[tuple[str, str]]:
    """Every normalised word with its speaker."""
    from whisper_normalizer.english import EnglishTextNormalizer

    normal = EnglishTextNormalizer()
    return [(word, speaker) for speaker, text in said for word in normal(text).split()]


def interval(parts: Sequence[tuple[int, int]], rounds: int = 1000) -> str:
    """A pooled share in per cent, with its bootstrap interval over files."""
    if not sum(n for _, n in parts):
        return "–"
    draw = random.Random(7)
    shares = []
    for _ in range(rounds):
        picked = draw.choices(parts, k=len(parts))
        total = sum(n for _, n in picked)
        if total:
            shares.append(100 * sum(k for k, _ in picked) / total)
    shares.sort()
    low, high = shares[len(shares) // 40], shares[-len(shares) // 40]
    share = 100 * sum(k for k, _ in parts) / sum(n for _, n in parts)
    return f"{share:.1f} [{low:.1f}, {high:.1f}]"


def rows(todo: list[Clip], results: dict[str, dict[str, Any]]) -> Iterable[str]:
    """The lines of the table, a system and source each."""
    seconds = lengths(todo)
    sources = list(dict.fromkeys(clip.source for clip in todo))
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|---" * len(COLUMNS) + "|"
    for source in sources:
        for system, result in results.items():
            mine = [clip for clip in todo if clip.source == source]
            count = {c.id: counted(c, result["heard"][c.id]) for c in mine if c.said}
            two = [count[c.id][2:] for c in mine if c.said and c.channels == 2]
            one = [count[c.id][2:] for c in mine if c.said and c.channels == 1]
            cpu = sum(result["cpu"][clip.id] for clip in mine)
            length = sum(seconds[clip.id] for clip in mine)
            words = sum(n for _, n, _, _ in count.values())
            cells = (
                *(source, system, len(mine), f"{length / 60:.1f}", words),
                *(interval([c[:2] for c in count.values()]), interval(two), interval(one)),
                *(f"{cpu:.1f}", f"{cpu / length:.3f}", f"{result['peak_mb']:.0f}"),
            )
            yield "| " + " | ".join(map(str, cells)) + " |"


def lengths(todo: list[Clip]) -> dict[str, float]:
    """Seconds of sound in each clip."""
    from qa_review.capture.pyav import decode

    return {clip.id: decode(Path(clip.path)).duration_ms / 1000 for clip in todo}


def with_channels(todo: list[Clip]) -> list[Clip]:
    """The clips with how many channels they have once decoded."""
    from qa_review.capture.pyav import decode

    return [
        Clip(c.id, c.path, c.source, c.said, decode(Path(c.path)).channels.shape[0]) for c in todo
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--weights", default="tiny.en", help="a size or a CTranslate2 folder")
    folders = [SHARED] if SHARED.is_dir() else []
    parser.add_argument("--audio", type=Path, nargs="*", default=folders)
    parser.add_argument("--systems", nargs="*", default=SYSTEMS)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    todo = clips(given.audio)
    if given.one:
        json.dump(run_system(given.one, given.weights, todo), sys.stdout)
        return 0
    results = {}
    for system in given.systems:
        command = [sys.executable, __file__, "--weights", given.weights, "--one", system]
        command += ["--audio", *map(str, given.audio)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{system} failed:\n{done.stderr}", file=sys.stderr)
            continue
        results[system] = json.loads(done.stdout)
    machine = platform.processor() or platform.machine()
    print(f"{machine}, {os.cpu_count()} cores, weights {Path(given.weights).name}\n")
    print("\n".join(rows(with_channels(todo), results)))
    first, base = next(((n, sum(r["cpu"].values())) for n, r in results.items()), ("", 0.0))
    for system, result in results.items():
        total = sum(result["cpu"].values())
        share = f", {total / base:.2f} of {first}" if base else ""
        wall = f"{result['wall_s']:.0f} s on the clock"
        print(f"- {system}: {total:.1f} CPU s + {result['load_cpu_s']:.1f} to load, {wall}{share}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
