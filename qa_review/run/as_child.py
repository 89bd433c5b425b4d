"""Runs a module as ``python -m`` does, and ends it when its parent was killed and can't.

The first argument is a private folder, which is removed at the end: a parent that was killed
doesn't. The second is the id of the parent, which may be gone before this can ask for it::

    python -m qa_review.run.as_child /tmp/qar1x2y 4711 jupyterlab --ServerApp.port=8888
"""

from __future__ import annotations

import ctypes
import os
import runpy
import shutil
import signal
import sys

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)


def end_with(parent: int) -> None:
    """Have Linux ask this process to stop when its parent ends; elsewhere nothing does."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != parent:  # it ended in between
            sys.exit(1)


def main() -> None:
    """Run the module that the command line names."""
    private, parent = sys.argv[1], int(sys.argv[2])
    sys.argv = sys.argv[3:]
    try:
        end_with(parent)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    finally:
        shutil.rmtree(private, ignore_errors=True)


if __name__ == "__main__":
    main()
