"""Damaged copies of recordings in many codecs: each ends in a sound or in a typed error.

They are decoded by a child process, so that one which kills its reader, or hangs it, is told by
its number. ``QA_REVIEW_FUZZ`` is how many there are (1,000), ``QA_REVIEW_SEED`` what they are drawn
with. Those that end otherwise are kept in the folder that the failure names.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import broken_sounds
import mutants
import pytest
import shielded
from shielded import Outcome, Shield

from qa_review.base.errors import WorkerDied
from qa_review.capture import pyav
from qa_review.capture.pyav import decode_apart

COUNT = int(os.environ.get("QA_REVIEW_FUZZ", "1000"))
SEED = int(os.environ.get("QA_REVIEW_SEED", "20261122"))
TIMEOUT_S = 20
GIVEN_UP_AFTER = 20
"""failures, each of which costs a new child"""


@dataclass(slots=True)
class Fuzzed:
    """How many mutants ended in which way, and those that ended as none may."""

    ends: Counter[str] = field(default_factory=Counter)
    failed: dict[int, Outcome] = field(default_factory=dict)
    kept: Path | None = None
    peak_mib: int = 0

    def told(self) -> str:
        table = ", ".join(f"{count:,} {end}" for end, count in self.ends.most_common())
        failed = "".join(f"\n  {n}: {o.kind}, {o.detail}" for n, o in self.failed.items())
        kept = f"\nkept in {self.kept}" if self.kept else ""
        total = sum(self.ends.values())
        return f"seed {SEED}, {total:,} mutants: {table}; {self.peak_mib} MiB{failed}{kept}"


def fuzzed(
    numbers: Iterable[int], place: Path, shield: Shield, *, keep: Callable[[], Path]
) -> Fuzzed:
    """Have mutants decoded one after the other, and keep those that fail."""
    found = Fuzzed()
    for number in numbers:
        suffix, data = mutants.mutant(SEED, number)
        path = place / f"mutant.{suffix}"
        path.write_bytes(data)
        outcome = shield.tell(path)
        found.ends[outcome.kind] += 1
        found.peak_mib = max(found.peak_mib, outcome.peak_mib)
        if not outcome.proper:
            found.failed[number] = outcome
            found.kept = found.kept or keep()
            (found.kept / f"{number}.{suffix}").write_bytes(data)
            if len(found.failed) == GIVEN_UP_AFTER:
                break
    return found


def test_every_mutant_ends_in_a_sound_or_a_typed_error(tmp_path: Path) -> None:
    with Shield(timeout_s=TIMEOUT_S) as shield:
        found = fuzzed(range(COUNT), tmp_path, shield, keep=lambda: Path(tempfile.mkdtemp()))
    print(found.told())
    assert not found.failed, found.told()
    assert shield.starts == 1 and sum(found.ends.values()) == COUNT
    if COUNT >= 200:  # else they are too much, or too little, damaged to show anything
        assert 0.1 < found.ends["sound"] / COUNT < 0.7, found.told()


def test_a_mutant_is_the_same_whenever_it_is_made() -> None:
    made = [mutants.mutant(SEED, number) for number in range(50)]
    assert made == [mutants.mutant(SEED, number) for number in range(50)]
    assert len(set(made)) == 50 and mutants.mutant(SEED + 1, 0) not in made


def test_mutants_descend_from_every_seed_by_every_mutation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used: Counter[str] = Counter()

    def counted(mutation: mutants.Mutation) -> mutants.Mutation:
        def mutate(*given: object) -> None:
            used[mutation.__name__] += 1
            mutation(*given)

        return mutate

    names = {mutation.__name__ for mutation in mutants.MUTATIONS}
    monkeypatch.setattr(mutants, "MUTATIONS", tuple(map(counted, mutants.MUTATIONS)))
    suffixes = {mutants.mutant(SEED, number)[0] for number in range(400)}
    assert suffixes == {form.suffix for form in mutants.SEEDS}
    assert set(used) == names


# --- that what must not be would be noticed ----------------------------------------------------

PLANTED = {
    2: ("unicode", "escaped", "UnicodeDecodeError"),
    3: ("value", "escaped", "ValueError"),
    5: ("abort", "died", "exit status -6"),
    7: ("swell", "swelled", "MiB"),
}
"""number of a mutant to what befalls its reader, and what is told of it"""
TRIED = 10
HANGS = 4


def planted(numbers: Iterable[int], fault: str = "") -> list[str]:
    """What plants faults at these mutants."""
    struck = {number: zlib.crc32(mutants.mutant(SEED, number)[1]) for number in numbers}
    return [f"{fault or PLANTED[number][0]}:{crc}" for number, crc in struck.items()]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def test_mutants_that_end_as_none_may_are_told_by_number_and_kept(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = planted(PLANTED)
    with Shield(fault=faults) as shield:
        found = fuzzed(range(TRIED), tmp_path, shield, keep=lambda: kept)
    assert list(found.failed) == list(PLANTED) and sum(found.ends.values()) == TRIED
    assert shield.starts == 3 and str(kept) in found.told()
    for number, (_, kind, detail) in PLANTED.items():
        assert found.failed[number].kind == kind and detail in found.failed[number].detail
        assert f"{number}: {kind}" in found.told()
        suffix, data = mutants.mutant(SEED, number)
        assert (kept / f"{number}.{suffix}").read_bytes() == data
    assert len(list(kept.iterdir())) == len(PLANTED)
    read_by_a_child_with(faults, monkeypatch)
    for path in kept.iterdir():
        if not path.name.startswith("7."):  # which a process of its own may take
            with pytest.raises(WorkerDied, match="killed the process that read it"):
                decode_apart(path)
    neighbour = broken_sounds.Broken("good.wav", broken_sounds.WHOLE, broken_sounds.SOUND)
    assert decode_apart(neighbour.put(tmp_path)).duration_ms == 1_000


def test_a_mutant_that_hangs_its_reader_is_told_by_number_and_the_next_is_read(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = planted([HANGS], "hang")
    with Shield(fault=faults, timeout_s=1) as shield:
        found = fuzzed([HANGS], tmp_path, shield, keep=lambda: kept)
        shield.timeout_s = TIMEOUT_S
        after = fuzzed([HANGS + 1], tmp_path, shield, keep=lambda: kept)
    assert found.failed[HANGS].kind == "hung" and not after.failed
    read_by_a_child_with(faults, monkeypatch)
    with pytest.raises(WorkerDied, match="took more than 1 s"):
        decode_apart(next(kept.iterdir()), timeout_s=1)


def read_by_a_child_with(faults: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have :func:`decode_apart` start a child with these faults, in place of the true one."""
    run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run
    command = shielded.command("--as-child", "--fault", *faults)

    def other(_: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        return run(command, **options)

    monkeypatch.setattr(pyav.subprocess, "run", other)
