"""Recordings at URLs, and the tables of calls among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qa_review.base.errors import MetadataError
from qa_review.base.plugs import plug
from qa_review.capture.metadata import LARGEST_BYTES, CallTable, read_calls
from qa_review.capture.places import Place, without_secrets
from qa_review.run.found import METADATA, Found, Given, is_recording


def add_remote(url: str, given: Given | None, found: Found) -> int:
    """Add the recordings under a URL, or the one that it names; how many of them a table names.

    Args:
        given: the table of calls to go by, instead of those among the recordings.

    Raises:
        QAReviewError: it can't be listed, or there is nothing.
        RecordingError: a table can't be fetched.
        MetadataError: a table can't be read at all.
    """
    places = plug("part", "listed")(url)
    there = {place.name: place for place in places}
    top = url.rstrip("/")
    given_here = [(top, given[0].name, given[1])] if given else None
    known: set[str] = set()
    for folder, told_by, table in given_here or _tables(places, found):
        for call in table.calls:
            name = f"{folder}/{call.file}"
            if name in there:
                found.add(call, there[name], told_by)
                known.add(name)
            elif not given:
                found.lack(call, told_by)
    root = f"{without_secrets(url).rstrip('/')}/"
    others: dict[Place, str] = {}
    for place in places:
        if place.name in known:
            continue
        if is_recording(place.file) or place.name.rstrip("/") == top:
            others[place] = place.told.removeprefix(root)
        else:
            found.ignored += place.file != METADATA
    found.add_by_name(others)
    return len(known)


def _tables(places: Iterable[Place], found: Found) -> Iterator[tuple[str, str, CallTable]]:
    """Each table of calls, after the URL of its folder and its name."""
    for place in places:
        if place.file == METADATA:
            with place.here(LARGEST_BYTES) as path:
                try:
                    table = read_calls(path)
                except MetadataError as error:
                    raise MetadataError(place.told, error.problems) from error
            found.tell_problems(place.told, table)
            yield place.name.rpartition("/")[0], place.told, table
