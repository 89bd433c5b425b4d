"""A rubric's text being edited: every change is on the disk before it is answered.

A change is kept as what it took out and put in, and where, so that a draft of a long rubric is
small, and undo is the same change the other way round.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from qa_review.base.errors import Conflict
from qa_review.keep.drafts import Draft, Line


@dataclass(frozen=True, slots=True)
class Splice:
    """``was`` became ``now``, from character ``at`` on."""

    at: int
    was: str
    now: str

    @classmethod
    def between(cls, before: str, after: str) -> Splice:
        """The shortest one that makes ``after`` of ``before``.

        >>> Splice.between("oh bless you", "oh help you")
        Splice(at=3, was='bless', now='help')
        """
        at = _alike(before, after)
        end = _alike(before[at:][::-1], after[at:][::-1])
        return cls(at, before[at : len(before) - end], after[at : len(after) - end])

    def on(self, text: str) -> str:
        """``text`` with this change.

        Raises:
            Conflict: the text isn't any more what was changed.
        """
        end = self.at + len(self.was)
        if self.at < 0 or text[self.at : end] != self.was:
            raise Conflict("the text was changed elsewhere meanwhile; look at it, and try again")
        return text[: self.at] + self.now + text[end:]

    def undone(self) -> Splice:
        return Splice(self.at, self.now, self.was)


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    both = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in both if a != b), min(len(one), len(other)))


@dataclass(frozen=True, slots=True)
class History:
    """The text as it is, with the changes that led to it and those that were undone."""

    text: str
    past: tuple[Splice, ...] = ()
    future: tuple[Splice, ...] = ()

    def after(self, line: Line) -> History:
        """The history after one line of a draft; one that doesn't fit changes nothing."""
        try:
            if line["do"] == "Undone" and self.past:
                last = self.past[-1]
                return History(last.undone().on(self.text), self.past[:-1], (last, *self.future))
            if line["do"] == "Redone" and self.future:
                first = self.future[0]
                return History(first.on(self.text), (*self.past, first), self.future[1:])
            if line["do"] == "Spliced":
                made = Splice(line["at"], line["was"], line["now"])
                return History(made.on(self.text), (*self.past, made))
        except Conflict:
            pass  # two windows changed one place at once: what came first stands
        return self


@dataclass(frozen=True, slots=True)
class RubricDraft:
    """A draft of the rubric whose text is ``base``."""

    base: str
    draft: Draft

    def history(self) -> History:
        """What the draft's file says now."""
        made = History(self.base)
        for line in self.draft.events():
            made = made.after(line)
        return made

    def write(self, text: str) -> None:
        """Change the text to ``text``."""
        before = self.history().text
        if text != before:
            self.draft.add({"do": "Spliced", **asdict(Splice.between(before, text))})

    def undo(self) -> None:
        if self.history().past:
            self.draft.add({"do": "Undone"})

    def redo(self) -> None:
        if self.history().future:
            self.draft.add({"do": "Redone"})

    def discard(self) -> None:
        self.draft.discard()
