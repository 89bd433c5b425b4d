"""Runs an engine over a few items and notes each outcome in a file: to be killed, and run again.

    python engine_driver.py ENGINE FOLDER [long]

``ENGINE`` is a name such as ``processes:2``, or ``module.function`` that gives one. With ``long``
items from number 6 on last for ever. Says "ready" when a worker does such an item.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import engine_tasks

from qa_review.run.api import make_engine
from qa_review.run.engine import Engine, Stage

ITEMS = 16
STAGE: Stage[tuple[int, str, bool], int] = Stage("square", engine_tasks.slowly)


def engine_called(name: str) -> Engine:
    module, dot, function = name.partition(".")
    if dot and module.isidentifier():
        engine: Engine = getattr(importlib.import_module(module), function)()
        return engine
    return make_engine(name, timeout_s=300)


def main() -> None:
    name, folder, long = sys.argv[1], Path(sys.argv[2]), sys.argv[3:] == ["long"]
    ledger, workers = folder / "ledger", folder / "workers"
    workers.mkdir(exist_ok=True)
    done = (
        {int(line.split()[0]) for line in ledger.read_text().splitlines()}
        if ledger.is_file()
        else set()
    )
    items = [(number, str(workers), long) for number in range(ITEMS) if number not in done]
    with ledger.open("a") as file:
        for outcome in engine_called(name).run(STAGE, items):
            if outcome.error is not None:
                raise outcome.error
            file.write(f"{outcome.item[0]} {outcome.result}\n")
            file.flush()
            os.fsync(file.fileno())


if __name__ == "__main__":
    main()
