"""Transcripts that Amazon Connect Contact Lens writes.

Two shapes are read: the file after a call (``Participants`` and a list ``Transcript``) and the
answer of the real-time service (``Segments``, each with a ``Transcript`` of its own). Offsets are
milliseconds; a chat has none. Bots, system messages and supervisors are of unknown speaker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qa_review.base.errors import TranscriptError
from qa_review.capture.shape import shown
from qa_review.capture.spoken_by import given, language_code, span_of, text_of
from qa_review.capture.transcript import Speaker, Transcript, Turn

ROLES: Mapping[str, Speaker] = {"AGENT": "agent", "CUSTOMER": "customer"}


def is_contact_lens(data: Mapping[str, Any]) -> bool:
    """Whether ``data`` has one of the two shapes."""
    return isinstance(data.get("Transcript"), list) or isinstance(data.get("Segments"), list)


def from_contact_lens(data: Mapping[str, Any], *, call_id: str, language: str = "en") -> Transcript:
    """The transcript in ``data``.

    Raises:
        TranscriptError: an entry lacks what the service always writes; says which.
    """
    if isinstance(data.get("Transcript"), list):
        entries = [(f"Transcript[{n}]", item) for n, item in enumerate(data["Transcript"])]
    else:
        entries = [
            (f"Segments[{n}].Transcript", segment["Transcript"])
            for n, segment in enumerate(data["Segments"])
            if isinstance(segment, Mapping) and segment.get("Transcript") is not None
        ]
    roles = _roles(data.get("Participants"))
    turns = [_turn(item, where, roles) for where, item in entries]
    return given(call_id, language_code(data.get("LanguageCode"), language), turns)


def _roles(participants: Any) -> dict[Any, str]:
    if not isinstance(participants, Sequence):
        return {}
    return {
        p["ParticipantId"]: str(p.get("ParticipantRole", p["ParticipantId"]))
        for p in participants
        if isinstance(p, Mapping) and isinstance(p.get("ParticipantId"), str)
    }


def _turn(item: Any, where: str, roles: Mapping[Any, str]) -> Turn:
    if not isinstance(item, Mapping):
        raise TranscriptError(f"{where} is an object, not {shown(item)}")
    who = str(item.get("ParticipantId", ""))
    role = str(item.get("ParticipantRole") or roles.get(who, who)).upper()
    span = span_of(item, "BeginOffsetMillis", "EndOffsetMillis", where)
    text = text_of(item.get("Content"), f"{where}.Content")
    return Turn(ROLES.get(role, "unknown"), text, span)
