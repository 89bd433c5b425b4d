"""Tasks that engines are tried with. Workers import them by name, so they are in a module."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOREVER_S = 600.0


def half(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def double(number: int) -> int:
    return number * 2


def who(number: int) -> tuple[int, int]:
    """The number, and the process that did it."""
    return number, os.getpid()


def uneven(number: int) -> int:
    time.sleep(0.3 if number % 2 else 0.01)
    return number


def end(item: tuple[int, str]) -> int:
    """Numbers 3 and 5 end their worker, whoever does them, and leave a mark each time."""
    number, folder = item
    if number in (3, 5):
        _mark(number, folder)
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        os._exit(0)
    return number * 2


def hang(item: tuple[int, str]) -> int:
    number, folder = item
    if number == 3:
        _mark(number, folder)
        time.sleep(FOREVER_S)
    return number * 2


def wait_for_the_other(item: tuple[str, str]) -> str:
    """Only done when both are being done at the same time."""
    mine, other = map(Path, item)
    mine.touch()
    latest = time.monotonic() + 120
    while not other.exists():
        if time.monotonic() > latest:
            raise TimeoutError(f"nobody did {other.name} at the same time")
        time.sleep(0.01)
    return mine.name


def once_and_then_done(item: tuple[int, str]) -> tuple[int, int]:
    """Number 1 waits to be killed the first time; the second time it is done like the others."""
    number, folder = item
    if number == 1:
        first = not list(Path(folder).iterdir())
        _mark(number, folder)
        if first:
            time.sleep(FOREVER_S)
    return number * 2, os.getpid()


def _mark(number: int, folder: str) -> None:
    """A file that bears the numbers of the item and of this process."""
    Path(folder, f"{number} {os.getpid()}").touch()


def payload(number: int) -> bytes:
    return b"x" * 20_000


def large_payload(number: int) -> bytes:
    return b"x" * 80_000


def devices(number: int) -> tuple[int, str | None]:
    """The process, and the GPUs that it may see."""
    time.sleep(0.05)
    return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES")


class Taken:
    """Holds what a cluster gave it."""

    def there(self) -> bool:
        return True


# --- what doesn't pickle -------------------------------------------------------------------------


@dataclass
class Unsendable:
    """Can't be packed."""

    number: int

    def __reduce__(self) -> Any:
        raise RuntimeError(f"{self.number} won't be packed")


def burst() -> None:
    raise LookupError("it won't be unpacked")


class Bursting:
    """Can be packed, and not unpacked."""

    def __reduce__(self) -> Any:
        return burst, ()


class Particular(Exception):
    """An error like many: it can be packed and not unpacked, as it takes two arguments."""

    def __init__(self, what: str, where: str) -> None:
        super().__init__(f"{what} in {where}")


class Loaded(Exception):
    """An error that bears something which can't be packed."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.cause = lambda: said


def awkward(number: int) -> Any:
    match number:
        case 1:
            return lambda: number
        case 2:
            return Unsendable(number)
        case 3:
            return Bursting()
        case 4:
            raise Particular("a hole", "the file")
        case 5:
            raise Loaded("a loaded error")
        case 6:
            sys.exit("it wants to leave")
    return number * 2


# --- for the process that is killed --------------------------------------------------------------


def slowly(item: tuple[int, str, bool]) -> int:
    """Numbers from 6 are in a long piece of work where that is asked for."""
    number, folder, long = item
    Path(folder, str(os.getpid())).touch()
    if long and number >= 6:
        if number % 2:
            time.sleep(FOREVER_S)
        sum(range(10**13))  # one long step of C that never lets go of the interpreter
    time.sleep(0.02)
    return number * number
