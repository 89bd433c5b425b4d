"""Decoding in a child process that a file may kill, and what became of each file."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from qa_review.capture.sound import Limits

TESTS = Path(__file__).parent
SCRIPT = TESTS / "children" / "fuzz_decode.py"
LIMITS = Limits(seconds=60, bytes=8 << 20)
LARGEST_MIB = 1_024
START_S = 120
"""how long a child may take to import what it needs on a busy machine"""
TYPED = frozenset({"Unreadable", "NothingSaid", "TooLong"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    ``kind`` is ``sound``, the name of a typed error, or what must never be: ``escaped`` (another
    error), ``died``, ``hung``, ``swelled`` (took too much memory), ``no sound`` (of a shape, or
    longer than the limit, that sound can't have).
    """

    kind: str
    detail: str = ""
    ms: int = 0
    tones: tuple[tuple[float, float], ...] = ()
    """a channel's strongest frequency in hertz and its level, 0 to 32,767"""
    peak_mib: int = 0

    @property
    def proper(self) -> bool:
        return self.kind == "sound" or self.kind in TYPED


def command(*options: str) -> list[str]:
    return [sys.executable, str(SCRIPT), *options]


class Shield:
    """One child at a time that decodes; when a file has killed it, another takes its place."""

    def __init__(
        self, *, fault: Sequence[str] = (), timeout_s: float = 20, as_nobody: bool = False
    ) -> None:
        options = ["--as-nobody"] * as_nobody + (["--fault", *fault] if fault else [])
        self._command = command(*options)
        self.timeout_s = timeout_s
        self._child: subprocess.Popen[bytes] | None = None
        self._heard = b""
        self.starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self.stop()

    def tell(self, path: Path, *, limits: Limits = LIMITS, raw: str | None = None) -> Outcome:
        """Have ``path`` decoded; nothing that it does to the child reaches this process."""
        child = self._child or self._started()
        order = {"path": str(path), "seconds": limits.seconds, "bytes": limits.bytes, "raw": raw}
        assert child.stdin
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
        line = self._line(child, self.timeout_s)
        if line is None:
            self.stop()
            return Outcome("hung", f"took more than {self.timeout_s} s")
        if not line:
            status = child.wait()
            self.stop()
            return Outcome("died", f"exit status {status}")
        told: dict[str, Any] = json.loads(line)
        told["tones"] = tuple((hz, level) for hz, level in told.get("tones", ()))
        outcome = Outcome(**told)
        if outcome.peak_mib >= LARGEST_MIB:
            self.stop()  # what the next one takes is counted from the start
            return Outcome("swelled", f"to {outcome.peak_mib} MiB", peak_mib=outcome.peak_mib)
        return outcome

    def tell_all(self, paths: Sequence[Path]) -> dict[str, Outcome]:
        return {path.name: self.tell(path) for path in paths}

    def stop(self) -> None:
        """End the child; the next file gets another."""
        if self._child:
            self._child.kill()
            with self._child:
                pass
        self._child, self._heard = None, b""

    def _started(self) -> subprocess.Popen[bytes]:
        paths = [str(TESTS.parent), str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
        with tempfile.TemporaryFile() as said:
            child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            )
            self._child, self.starts = child, self.starts + 1
            if self._line(child, START_S) != b"ready":
                self.stop()
                said.seek(0)
                raise RuntimeError(f"the child did not start: {said.read().decode()}")
        return child

    def _line(self, child: subprocess.Popen[bytes], timeout_s: float) -> bytes | None:
        """What the child says next: ``None`` when it says nothing in time, empty when it died."""
        assert child.stdout
        while b"\n" not in self._heard:
            if not select.select([child.stdout], [], [], timeout_s)[0]:
                return None
            more = os.read(child.stdout.fileno(), 1 << 16)
            if not more:
                return b""
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return line
