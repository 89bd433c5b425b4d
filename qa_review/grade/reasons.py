"""Why a level was given, as a sentence for the person who was scored."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from qa_review.grade.rubric import Behaviour, Step


def reason(
    behaviour: Behaviour,
    points: Mapping[str, float],
    counts: Mapping[str, int],
    says: Mapping[str, str],
    level: int,
    held: Step | None = None,
) -> str:
    """What was heard, what spoke against it, and what the next level asks for.

    Args:
        points: what each indicator found adds to the value of the behaviour.
        counts: in how many turns it was found.
        says: the phrase for each indicator, in the past tense.
        held: the step that the call did not meet, where one held the level back.
    """
    order = sorted(points, key=lambda name: (-abs(points[name]), name))
    plus, minus = (
        [_phrase(name, counts, says) for name in order if points[name] * sign > 0][:3]
        for sign in (1, -1)
    )
    if plus and minus:
        heard = f"The agent {_listed(plus)}, but {_listed(minus)}."
    elif plus or minus:
        heard = f"The agent {_listed(plus or minus)}."
    else:
        heard = "Nothing in the agent's words spoke clearly for or against this."
    if level == 5:
        return heard
    step = held or next((s for s in behaviour.steps if s.level == level + 1), None)
    wanted = (step.says if step else _lower(behaviour.anchors[level])).rstrip(".")
    partly = step and level >= 3 and step.any_of and is_met(step, counts)
    asked = "asks for more of this" if partly else "asks for this"
    return f"{heard} A {level + 1} {asked}: {wanted}."


def is_met(step: Step, found: Container[str]) -> bool:
    """Whether one group of indicators that the step asks for was found whole."""
    return any(all(name in found for name in group) for group in step.any_of)


def _phrase(indicator: str, counts: Mapping[str, int], says: Mapping[str, str]) -> str:
    count = counts[indicator]
    times = "" if count == 1 else " twice" if count == 2 else f" {count} times"
    return says.get(indicator, indicator.replace("_", " ")) + times


def _listed(phrases: Sequence[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return ", ".join(phrases[:-1]) + " and " + phrases[-1]


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
