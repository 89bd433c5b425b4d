"""Written dialogues made up by the million, streamed to disk: the same number, the same dialogue.

    python benchmarks/made_up_dialogues.py said.jsonl --count 1000000
    python benchmarks/made_up_dialogues.py said.parquet --count 100000 --words 800

The sides speak in turn. One sentence in three of theirs is from the examples of the rubric, so that
finders have something to find; the rest is what people say about parcels, bills and bins. Nothing
is kept in memory but the dialogue that is being written (a row group, in Parquet).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from qa_review.base.resources import rubric_path
from qa_review.grade.rubric import load

SHORT, LONG = 60, 800
"""words of a chat and of a long call"""
SIDES = ("agent", "customer")
FROM_RUBRIC = 1 / 3
AGENT = (
    "good morning, {place}, how can i help",
    "i have your {thing} here, it was booked for {day}",
    "that went out on {day}, so it will be with you by {other}",
    "could i take your postcode, please",
    "the {thing} is down as delivered on {day}",
    "i'll put a note on your account about the {thing}",
    "you should get an email by {day}",
    "is there anything else today",
)
CUSTOMER = (
    "hi, it's about my {thing}, it was meant to come on {day}",
    "i rang on {day} and nobody rang back about the {thing}",
    "it's {number} {place} road",
    "no, i was in all day on {day}",
    "so when will the {thing} be sorted",
    "right, okay, {other} then",
    "i've paid {number} pounds for this {thing}",
    "thanks, bye",
)
FILL = {
    "thing": ("parcel", "bill", "boiler", "router", "refund", "bin", "meter", "booking", "card"),
    "day": ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday"),
    "other": ("noon tomorrow", "the end of the week", "friday at five", "next month"),
    "place": ("mill", "station", "church", "park", "bridge", "harbour"),
}


def dialogue(number: int, *, words: int = SHORT, seed: int = 1) -> dict[str, Any]:
    """Dialogue ``number`` of about ``words`` words, as a line of JSON Lines holds it."""
    chance = random.Random(f"{seed} {number}")
    turns: list[dict[str, str]] = []
    said = 0
    while said < words:
        side = SIDES[len(turns) % 2]
        text = ". ".join(sentence(side, chance) for _ in range(chance.randint(1, 2)))
        turns.append({"speaker": side, "text": text})
        said += len(text.split())
    return {"id": f"made-up-{seed}-{number}", "turns": turns}


def sentence(side: str, chance: random.Random) -> str:
    """Something that one side might say."""
    if chance.random() < FROM_RUBRIC:
        return chance.choice(examples()[side])
    pattern = chance.choice(AGENT if side == "agent" else CUSTOMER)
    filled = {name: chance.choice(words) for name, words in FILL.items()}
    return pattern.format(number=chance.randint(2, 400), **filled)


@cache
def examples() -> dict[str, tuple[str, ...]]:
    """What each side says in the examples of the rubric."""
    said: dict[str, dict[str, None]] = {side: {} for side in SIDES}
    for indicator in load(rubric_path("behaviours.v1")).indicators:
        for example in (*indicator.met, *indicator.not_met):
            said["agent"][example.agent] = None
            said["customer"] |= {example.customer: None, example.then: None}
    return {side: tuple(filter(None, texts)) for side, texts in said.items()}


def dialogues(count: int, *, words: int = SHORT, seed: int = 1) -> Iterator[dict[str, Any]]:
    """The first ``count`` of them."""
    return (dialogue(number, words=words, seed=seed) for number in range(count))


def write_lines(path: Path, count: int, *, words: int = SHORT, seed: int = 1) -> Path:
    """Write JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for one in dialogues(count, words=words, seed=seed):
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
    return path


def write_parquet(
    path: Path, count: int, *, words: int = SHORT, seed: int = 1, group: int = 10_000
) -> Path:
    """Write Parquet with ``group`` dialogues a row group."""
    import pyarrow
    import pyarrow.parquet

    turn = pyarrow.struct([("speaker", pyarrow.string()), ("text", pyarrow.string())])
    schema = pyarrow.schema([("id", pyarrow.string()), ("turns", pyarrow.list_(turn))])
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as file:
        for start in range(0, count, group):
            numbers = range(start, min(count, start + group))
            rows = [dialogue(number, words=words, seed=seed) for number in numbers]
            file.write_table(pyarrow.Table.from_pylist(rows, schema=schema))
    return path


def main() -> int:
    parser = argparse.ArgumentParser(description=" ".join((__doc__ or "").split("\n\n")[0].split()))
    parser.add_argument("path", type=Path, help=".jsonl or .parquet")
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--words", type=int, default=SHORT)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    write = write_parquet if chosen.path.suffix == ".parquet" else write_lines
    write(chosen.path, chosen.count, words=chosen.words, seed=chosen.seed)
    print(f"{chosen.path}: {chosen.count:,} dialogues, {chosen.path.stat().st_size / 1e6:,.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
