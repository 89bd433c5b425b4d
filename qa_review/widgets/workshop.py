"""The workshop: a rubric is edited with what the edit does to calls in view.

    from qa_review import widgets

    widgets.workshop()

What is edited is a draft; saving makes the next version of it, and no version is ever changed. The
form and the text edit the same file: comments and layout stay as they are.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qa_review.base.errors import QAReviewError, RubricError, UnknownName
from qa_review.base.records import digest
from qa_review.capture.transcript import Transcript
from qa_review.grade.preview import Preview, ScorerName, common, scorer_of
from qa_review.grade.rubric import Example, Rubric
from qa_review.grade.tomlkit import difference, with_value, without
from qa_review.keep.calls import transcript_of
from qa_review.keep.drafts import Draft
from qa_review.team.people import sealed_calls
from qa_review.widgets import workshop_looks as looks
from qa_review.widgets.anywidget import Screen
from qa_review.widgets.driver import Answer, Given, dispatch
from qa_review.widgets.parts import script
from qa_review.widgets.place import Place, here
from qa_review.widgets.workshop_draft import RubricDraft, Splice
from qa_review.widgets.workshop_rubrics import Known, known, one_of, rubric_in, save, to_be

SCRIPTS = ("workshop_form.js", "workshop_preview.js", "workshop.js")
STYLES = ("workshop.css",)
FIRST_CALLS = 10
"""calls that the preview is of until somebody picks others"""
MOST_CALLS = 20
BUSY_S = 0.2
"""how long the kernel works on a preview before it lets others in"""
NEW: Mapping[str, Mapping[str, Any]] = {
    "behaviours": {
        "title": "", "about": "", "not_observed": "",
        "anchors": {str(level): "" for level in range(1, 6)},
    },
    "indicators": {
        "meaning": "", "says": "", "for": [], "patterns": [], "met": [], "not_met": [],
    },
}  # fmt: skip


class WorkshopDriver:
    """Answers the asks of a workshop; what is known of a draft is in its file."""

    def __init__(self, place: Place, *, drafts: Path | None = None) -> None:
        self._place, self._drafts = place, drafts
        self._previews: dict[str, Preview] = {}
        self._said: dict[str, Transcript] = {}

    def answer(self, ask: str, given: Given) -> Answer:
        asks: dict[str, Callable[..., Answer]] = {
            "look": self._look, "see": self._see, "set": self._set, "splice": self._splice,
            "undo": self._undo, "redo": self._redo, "discard": self._discard, "add": self._add,
            "remove": self._remove, "news": self._news, "check": self._check,
            "preview": self._preview, "try": self._try, "diff": self._diff, "save": self._save,
        }  # fmt: skip
        return dispatch(asks, ask, given)

    # --- what there is ---------------------------------------------------------------------------

    def _look(self) -> Answer:
        versions = known(self._place)
        drafts = {one.name: self._draft(one).draft.path for one in versions}
        begun = {name: path.stat().st_mtime_ns for name, path in drafts.items() if path.exists()}
        mine = self._place.rubric()
        first = max(begun, key=begun.__getitem__, default="")
        if not first:
            own = [one for one in versions if one.id == mine.id]
            first = next(iter(own or versions)).name
        sealed = sealed_calls(self._place.store)
        calls = [call for call in self._place.calls() if call not in sealed]
        return Answer(
            {
                "versions": [
                    {
                        "id": one.id, "version": one.version, "title": one.title,
                        "where": one.where, "name": one.name, "draft": one.name in begun,
                    }
                    for one in versions
                ],
                "first": first,
                "calls": calls,
                "chosen": calls[:FIRST_CALLS],
                "most": MOST_CALLS,
                "sealed": len(sealed),
                "store": self._place.store.name,
                "who": self._place.who,
            }
        )  # fmt: skip

    def _see(self, base: str, see: Given) -> Answer:
        return Answer(self._state(self._known(base), see))

    def _news(self, base: str, mark: str, see: Given) -> Answer:
        """The draft, when it isn't any more the one that the browser knows by ``mark``."""
        changed = digest(self._draft(self._known(base)).history().text) != mark
        return Answer(self._state(self._known(base), see) if changed else None)

    # --- edits -----------------------------------------------------------------------------------

    def _set(self, base: str, edits: Sequence[tuple[list[str | int], Any]], see: Given) -> Answer:
        """Values at paths of the file, as one change."""

        def made(text: str) -> str:
            for path, value in edits:
                if path[-1:] and isinstance(value, dict) and len(path) == 4:
                    value = looks.example_value(value)
                text = with_value(text, path, value)
            return text

        return self._edited(base, made, see)

    def _splice(self, base: str, at: int, was: str, now: str, see: Given) -> Answer:
        return self._edited(base, Splice(at, was, now).on, see)

    def _add(self, base: str, kind: str, name: str, see: Given) -> Answer:
        """A new behaviour or indicator, with everything still to be said."""
        if kind not in NEW:
            raise UnknownName("kind", kind, NEW)
        if not name.isidentifier() or name != name.lower():
            raise ValueError("an id is small letters, digits and _, and begins with a letter")

        def made(text: str) -> str:
            values = looks.values_of(text) or {}
            if looks.item(values, kind, name):
                raise ValueError(f"there is one of the id {name!r} already")
            return with_value(text, (kind, name), dict(NEW[kind]))

        return self._edited(base, made, see)

    def _remove(self, base: str, kind: str, name: str, see: Given) -> Answer:
        return self._edited(base, lambda text: without(text, kind, name), see)

    def _undo(self, base: str, see: Given) -> Answer:
        self._draft(self._known(base)).undo()
        return self._see(base, see)

    def _redo(self, base: str, see: Given) -> Answer:
        self._draft(self._known(base)).redo()
        return self._see(base, see)

    def _discard(self, base: str, see: Given) -> Answer:
        self._draft(self._known(base)).discard()
        return self._see(base, see)

    def _edited(self, base: str, made: Callable[[str], str], see: Given) -> Answer:
        draft = self._draft(self._known(base))
        draft.write(made(draft.history().text))
        return self._see(base, see)

    def _save(self, base: str, mark: str, file: str) -> Answer:
        """Make the draft a version; ``mark`` is the text that the person saw."""
        one = self._known(base)
        draft = self._draft(one)
        text = draft.history().text
        if text == one.text:
            raise ValueError("nothing is changed, so there is nothing to save")
        if digest(text) != mark:
            raise ValueError(
                "the draft was changed elsewhere meanwhile; look at it, and save again"
            )
        rubric = rubric_in(text)
        if wrong := looks.broken(self._preview_of(one).examples(rubric)):
            raise RubricError("the rubric", wrong)
        saved = save(self._place, text, file)
        draft.discard()
        path = str(Path(file).expanduser().resolve()) if file.strip() else ""
        return Answer({"id": saved.id, "version": saved.version, "name": saved.name, "file": path})

    # --- what an edit does -----------------------------------------------------------------------

    def _check(self, base: str) -> Answer:
        """How the examples of the draft run, and by which scorer its calls will be scored."""
        one, rubric, mark = self._now(base)
        runs = self._preview_of(one).examples(rubric)
        before = rubric_in(one.text)
        return Answer(
            {
                "mark": mark,
                "runs": [looks.ran(run) for run in runs],
                "scorer": {
                    "before": scorer_of(before), "after": scorer_of(rubric),
                    "common": common(before, rubric),
                },
            }
        )  # fmt: skip

    def _preview(self, base: str, calls: Sequence[str], scorer: ScorerName) -> Answer:
        """What the draft does to calls: to as many as there is time for, at least one."""
        one, rubric, mark = self._now(base)
        before = rubric_in(one.text)
        preview, until = self._preview_of(one), time.monotonic() + BUSY_S
        done: dict[str, dict[str, Any]] = {}
        for call in calls[:MOST_CALLS]:
            if done and time.monotonic() > until:
                break
            try:
                said = self._transcript(call)
                found = preview.on(said, rubric, scorer)
            except QAReviewError as error:
                done[call] = {"call": call, "problem": str(error)}
            else:
                done[call] = looks.difference(found, said, before, rubric)
        return Answer({"mark": mark, "done": done})

    def _try(self, base: str, customer: str, agent: str) -> Answer:
        """What is found in a sentence; a draft with problems tells what the base finds."""
        one = self._known(base)
        try:
            _, rubric, _ = self._now(base)
        except RubricError:
            rubric = rubric_in(one.text)
        example = Example(agent=agent, customer=customer)
        preview = self._preview_of(one)
        return Answer(looks.tried(preview, rubric, example, rubric_in(one.text)))

    def _diff(self, base: str) -> Answer:
        one = self._known(base)
        text = self._draft(one).history().text
        _, version = to_be(text, known(self._place))
        names = (one.name, f"{one.id}.v{version}")
        return Answer({"text": difference(one.text, text, names=names)})

    # --- what they stand on ----------------------------------------------------------------------

    def _known(self, base: str) -> Known:
        name, _, version = base.rpartition(".v")
        return one_of(known(self._place), name, version)

    def _draft(self, one: Known) -> RubricDraft:
        kind, _, detail = self._place.store.name.partition(":")
        where = f"sqlite:{Path(detail).resolve()}" if kind == "sqlite" else self._place.store.name
        what = (where, one.name, digest(one.text), self._place.who)
        return RubricDraft(one.text, Draft.of("rubric", *what, folder=self._drafts))

    def _now(self, base: str) -> tuple[Known, Rubric, str]:
        one = self._known(base)
        text = self._draft(one).history().text
        return one, rubric_in(text), digest(text)

    def _preview_of(self, one: Known) -> Preview:
        key = f"{one.name} {digest(one.text)}"
        if key not in self._previews:
            self._previews = {
                key: Preview(rubric_in(one.text))
            }  # one rubric at a time is worked on
        return self._previews[key]

    def _transcript(self, call: str) -> Transcript:
        if call in sealed_calls(self._place.store):
            raise QAReviewError(f"{call} is being calibrated: it can be previewed after the reveal")
        if call not in self._said:
            record = self._place.record(call)
            if record:
                self._said[call] = record.review.transcript
            else:
                with self._place.store.reading() as reader:
                    self._said[call] = transcript_of(reader, call)
        return self._said[call]

    def _state(self, one: Known, see: Given) -> dict[str, Any]:
        draft = self._draft(one)
        history = draft.history()
        values, base = looks.values_of(history.text), looks.values_of(one.text)
        name, version = to_be(history.text, known(self._place))
        state: dict[str, Any] = {
            "base": one.name, "title": one.title, "id": name or one.id, "version": version,
            "mark": digest(history.text), "changed": history.text != one.text,
            "kept": draft.draft.exists(), "undo": bool(history.past),
            "redo": bool(history.future), "problems": looks.problems_of(history.text),
            "outline": None, "item": None,
            "text": history.text if see.get("text") else None,
        }  # fmt: skip
        if values is not None and base is not None:
            state["outline"] = looks.outline(values, base)
            kind = see.get("kind") or looks.KINDS[0]
            state["item"] = looks.item(values, kind, see.get("id", ""))
        return state


class WorkshopScreen(Screen):
    """The workshop in a notebook; made by :func:`workshop`."""

    _esm = script("Workshop", scripts=SCRIPTS, styles=STYLES)


def workshop(place: Place | None = None) -> WorkshopScreen:
    """The workshop for the rubrics of a place.

    Args:
        place: where you work; by default what the environment says
            (:func:`qa_review.widgets.place.here`).
    """
    return WorkshopScreen(WorkshopDriver(place or here()))
