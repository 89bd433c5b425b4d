"""How much scores change when they should not: other names, spellings, a recogniser's words.

    python benchmarks/robust.py

The shipped scorer on the conversations it was learned from:

* swaps: each conversation with other names, spelling, fillers, case, punctuation; the share of
  levels that change;
* repeats: each conversation scored ten times;
* machine: the sample calls, and calls of a real line where they are to be had, from a person's
  transcript and from a recogniser's of the same call; the mean change of a level.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
from gold import ROOT, SHARED, lines, read_all
from quality import RUBRIC, interval

from qa_review.capture.formats import transcript_of
from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.finders import finders
from qa_review.grade.learned import LearnedScorer
from qa_review.grade.rubric import load
from qa_review.grade.swaps import SWAPS, swapped
from qa_review.run.api import transcribe

RUBRIC_USED = load(RUBRIC)
LOOKING, SCORER = finders(RUBRIC_USED), LearnedScorer(RUBRIC_USED)
RUNS = 10


def levels(said: Transcript) -> list[int | None]:
    evidence = [piece for finder in LOOKING for piece in finder.find(said)]
    return [score.level for score in SCORER.score(said, evidence)]


def machine_pairs() -> Iterator[tuple[str, Transcript, Transcript]]:
    """Source, a person's transcript and a recogniser's, with the same speakers."""
    for call in lines(SHARED / "hvb_calls.jsonl"):
        human, machine = (
            tuple(Turn(t["speaker"], t.get(key) or t["text"]) for t in call["turns"])
            for key in ("text", "asr")
        )
        yield "bank line", *(Transcript(str(call["id"]), "en", t) for t in (human, machine))
    samples = ROOT / "sample_calls"
    for line in (samples / "references.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        recording = next(path for path in samples.glob(f"{one['id']}.*"))
        yield "sample calls", transcript_of(one, call_id=one["id"]), transcribe(recording)


def main() -> int:
    rated = [one.transcript for one in read_all(RUBRIC_USED)]
    before = [levels(said) for said in rated]
    cells = sum(len(row) for row in before)
    print(f"{len(rated)} conversations, {cells} scores\n\n## Swaps\n")
    for swap in SWAPS:
        after = [levels(swapped(said, swap)) for said in rated]
        both = [
            (a, b)
            for row, other in zip(before, after, strict=True)
            for a, b in zip(row, other, strict=True)
        ]
        flips = sum(a != b for a, b in both)
        far = sum(bool(a and b and abs(a - b) > 1) for a, b in both)
        calls = sum(row != other for row, other in zip(before, after, strict=True))
        changed, touched = 100 * flips / cells, 100 * calls / len(rated)
        print(f"{swap:12} levels changed {changed:.1f} %, by more than one {far}; ", end="")
        print(f"conversations with any change {touched:.1f} %")
        sys.stdout.flush()
    same = sum(len({tuple(levels(said)) for _ in range(RUNS)}) == 1 for said in rated[:100])
    print(f"\n## Repeats\n\n{same} of 100 conversations have the same scores in {RUNS} runs")
    print("\n## From a person's transcript to a recogniser's\n")
    changes: dict[str, list[int]] = {}
    for source, human, machine in machine_pairs():
        for a, b in zip(levels(human), levels(machine), strict=True):
            if a is not None and b is not None:
                changes.setdefault(source, []).append(b - a)
    for source, found in changes.items():
        size = np.abs(np.array(found))
        figure = interval(lambda d, s=size: s[d].mean(), len(size))
        print(f"{source}: mean change {figure} scores, {dict(sorted(Counter(found).items()))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
