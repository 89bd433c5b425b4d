"""Names of adapters to the code behind them.

An adapter is named ``kind`` or ``kind:detail`` (``faster-whisper:tiny.en``, ``processes:4``) and
loaded when it is first asked for, so that importing qa_review loads no engine. Other packages add
their own under the entry points ``qa_review.transcribers`` with ``qa_review.weights`` (a speech
engine has a name in both), ``qa_review.voiceprints``, ``qa_review.scorers``, ``qa_review.stores``
and ``qa_review.engines``.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from collections.abc import Mapping
from functools import cache
from typing import Any

from qa_review.base.errors import UnknownName

PLUGS: Mapping[str, Mapping[str, str]] = {
    "transcriber": {
        "faster-whisper": "qa_review.capture.faster_whisper:load",
        "whisper": "qa_review.capture.whisper:load",
        "scripted": "qa_review.capture.scripted:load",
    },
    "weights": {
        "faster-whisper": "qa_review.capture.faster_whisper:where",
        "whisper": "qa_review.capture.whisper:where",
        "scripted": "qa_review.capture.scripted:where",
    },
    "voiceprint": {
        "campplus": "qa_review.capture.campplus:load",
        "timbre": "qa_review.capture.timbre:load",
    },
    "part": {
        "decode": "qa_review.capture.pyav:decode_apart",
        "reviewer": "qa_review.run.pipeline:Reviewer",
        "page": "qa_review.view.pages:call_page",
        "index": "qa_review.view.pages:index_page",
        "index_row": "qa_review.view.pages:index_row",
        "fetched": "qa_review.capture.fsspec:fetched",
        "listed": "qa_review.capture.fsspec:listed",
        "run_folder": "qa_review.run.batch:run_folder",
        "speech": "qa_review.capture.silero:speech_spans",
        "finders": "qa_review.grade.finders:finders",
        "fit": "qa_review.run.people:fit",
        "trust": "qa_review.run.people:trust",
        "trust_page": "qa_review.view.trust:trust_page",
        "session_page": "qa_review.view.session:session_page",
        "grant_roles": "qa_review.keep.postgresql:grant",
        "read_masters": "qa_review.run.masters:read_masters",
        "store_masters": "qa_review.run.masters:store_masters",
        "read_said": "qa_review.run.masters:read_said",
        "learned_knows": "qa_review.grade.learned:knows_rubric",
        "rubric_examples": "qa_review.grade.examples:example_problems",
    },
    "scorer": {
        "learned": "qa_review.grade.learned:load",
        "rules": "qa_review.grade.rules:load",
    },
    "store": {
        "memory": "qa_review.keep.memory:open_memory",
        "sqlite": "qa_review.keep.sqlite:open_sqlite",
        "postgresql": "qa_review.keep.postgresql:open_postgresql",
    },
    "engine": {
        "serial": "qa_review.run.serial:engine",
        "processes": "qa_review.run.pebble:engine",
        "ray": "qa_review.run.ray:engine",
    },
}


FORMS = {
    ("store", "sqlite"): "sqlite:FILE",
    ("store", "postgresql"): "postgresql://USER@HOST/DATABASE",
    ("engine", "processes"): "processes[:N]",
    ("engine", "ray"): "ray:auto|local|HOST:PORT",
    ("scorer", "learned"): "learned[:FILE]",
}
"""how names are written that something has to follow"""


def plug(kind: str, name: str) -> Any:
    """What answers to ``name`` among the plugs of ``kind``.

    Raises:
        UnknownName: nothing does; says what exists.
    """
    known = {**_installed(kind), **PLUGS[kind]}
    if name not in known:
        forms = (FORMS.get((kind, one), one) for one in known)
        raise UnknownName("transcriber" if kind == "weights" else kind, name, forms)
    module, _, attribute = known[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


@cache
def _installed(kind: str) -> dict[str, str]:
    """What other packages bring along; looked for once a process, as that takes 40 ms."""
    group = "qa_review.weights" if kind == "weights" else f"qa_review.{kind}s"
    return {entry.name: entry.value for entry in importlib.metadata.entry_points(group=group)}
