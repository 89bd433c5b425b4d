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
import threading
import time

_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
LOOKS_EVERY = 0.5
"""seconds between looks at whether the parent is still there"""
ENDS_WITHIN = 8.0
"""seconds that the module has for ending by itself, before it is ended: a server that was asked
while it started waits for a kernel that never answers"""


def end_with(parent: int, private: str = "", *, by: int = signal.SIGTERM) -> None:
    """Have this process end when its parent does: asked first, made to a little later.

    Args:
        by: the signal that asks. ``signal.SIGKILL`` doesn't ask.
    """
    if sys.platform.startswith("linux"):  # at once; elsewhere at the next look
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, by)
    if os.getppid() != parent:  # it ended in between
        sys.exit(1)
    threading.Thread(target=_watch, args=(parent, private, by), daemon=True).start()


def _watch(parent: int, private: str, by: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    os.kill(os.getpid(), by)
    time.sleep(ENDS_WITHIN)
    shutil.rmtree(private, ignore_errors=True)
    os._exit(1)


def main() -> None:
    """Run the module that the command line names."""
    private, parent = sys.argv[1], int(sys.argv[2])
    sys.argv = sys.argv[3:]
    try:
        end_with(parent, private)
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    finally:
        shutil.rmtree(private, ignore_errors=True)


if __name__ == "__main__":
    main()
