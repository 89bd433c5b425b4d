"""The sound of a call in a notebook: its small copy, sent in pieces when asked for.

It is never part of a widget's state, which a saved notebook would keep.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from qa_review.base.errors import QAReviewError
from qa_review.base.records import file_sha256
from qa_review.capture.recording import Call, Recording
from qa_review.keep.folder import ResultsFolder
from qa_review.view.copies import Copy, find_copy, make_copy
from qa_review.widgets.driver import Answer, Given, dispatch
from qa_review.widgets.place import Place

CHUNK_BYTES = 1 << 20
log = logging.getLogger(__name__)


def recording_of(call: Call, recording: Recording | None, recordings: Path) -> Path | None:
    """Where the sound of a call lies now; ``None`` when it isn't there.

    Two calls can have files of one name. So a file that only has the name of the recording is
    taken only where its bytes are the recording's, as far as anybody said which those are.
    """
    if recording and recording.path.is_file():
        return recording.path
    names = [recording.path.name] if recording else []
    names += [call.file] if call.file else []
    known = recording.sha256 if recording else ""
    for path in (recordings / name for name in names):
        if path.is_file() and known in ("", file_sha256(path)):
            return path
    return None


class SoundDriver:
    """Answers ``look`` (is the sound of a call ready?) and ``chunk`` (a piece of it).

    A copy that isn't there yet is made in the background, one at a time, so that the form never
    waits for sound. Only calls that were made known can be heard.
    """

    def __init__(self, place: Place) -> None:
        self._results, self._recordings = ResultsFolder(place.results), place.recordings
        self._sources: dict[str, Path | None] = {}
        self._ready: dict[str, Copy | str] = {}
        self._making: set[str] = set()
        self._one_at_a_time = threading.Lock()

    def know(self, call: Call, recording: Recording | None) -> None:
        """Tell whose sound may be asked for, and start on it."""
        source = self._sources.get(call.id)
        if source is None or not source.is_file():  # else its bytes were looked at already
            source = self._sources[call.id] = recording_of(call, recording, self._recordings)
        if source is None or call.id in self._making or call.id in self._ready:
            return
        known = find_copy(call.id, source, self._results)
        if known:
            self._ready[call.id] = known
            return
        self._making.add(call.id)
        threading.Thread(target=self._make, args=(call.id, source), daemon=True).start()

    def answer(self, ask: str, given: Given) -> Answer:
        return dispatch({"look": self._look, "chunk": self._chunk}, ask, given)

    def _make(self, call_id: str, source: Path) -> None:
        with self._one_at_a_time:
            try:
                self._ready[call_id] = make_copy(call_id, source, self._results)
            except (QAReviewError, OSError) as error:
                self._ready[call_id] = str(error)
            except Exception as error:  # else the screen would wait for ever
                log.exception("no copy could be made of the sound of %s", call_id)
                self._ready[call_id] = f"{source.name}: {error!r}"
            finally:
                self._making.discard(call_id)

    def _look(self, call: str) -> Answer:
        copy = self._ready.get(call)
        if isinstance(copy, Copy):
            return Answer(
                {
                    "state": "ready", "mime": copy.mime, "bytes": copy.bytes,
                    "duration": copy.duration_ms, "peaks": copy.peaks, "chunk": CHUNK_BYTES,
                }
            )  # fmt: skip
        if isinstance(copy, str):
            return Answer({"state": "none", "why": copy})
        return Answer({"state": "none" if self._sources.get(call) is None else "preparing"})

    def _chunk(self, call: str, at: int) -> Answer:
        copy = self._ready.get(call)
        if not isinstance(copy, Copy):
            raise QAReviewError(f"the sound of {call!r} is not ready")
        with copy.file.open("rb") as file:
            file.seek(at)
            return Answer({"at": at}, (file.read(CHUNK_BYTES),))
