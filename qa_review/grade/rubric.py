"""What good is: behaviours with their levels, and the indicators that speak for or against them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RubricVersion:
    """Which rubric a score was given on: its id, version, and a digest of its content."""

    id: str
    version: str
    digest: str
