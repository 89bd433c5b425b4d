"""Versions of the stages of a run: raise one when its results change, and all is done again.

They are apart from the package's own, so that a release that changes none costs nobody a night of
hearing.
"""

from __future__ import annotations

from qa_review.base.version import VERSION

HEARD, SCORED = "1", "1"
SHOWN = VERSION
"""pages are cheap to make again, and each release may draw them otherwise"""
PARTS = "2"
"""the tables of parts of written dialogues"""
