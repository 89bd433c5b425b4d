"""One call as one page: scores, quotes that play, and the transcript, in a single file.

The file asks nothing of any host, runs no script but its own, and can be read on its own for
as long as browsers read HTML. Without script it still holds every word, and prints.
"""

from __future__ import annotations

from qa_review.keep.reviews import Review
from qa_review.view.cards import cards
from qa_review.view.dialogue import dialogue
from qa_review.view.document import document
from qa_review.view.header import about, course, header
from qa_review.view.marks import finds_in
from qa_review.view.markup import Markup, el, join
from qa_review.view.player import page_data, player, shortcuts
from qa_review.view.sound import Sound
from qa_review.view.titles import Titles

STYLES = ("base.css", "call.css")
SCRIPTS = ("wave.js", "course.js", "call.js")


def render_page(review: Review, titles: Titles, sound: Sound | None) -> str:
    """The page of one call, as the text of one HTML file.

    Args:
        review: what was said and how it was scored.
        titles: the words of the rubric that the review was scored on.
        sound: what the player plays; ``None`` leaves the player out.
    """
    finds = finds_in(review)
    names = [titles.behaviour(score.behaviour).title for score in review.scores]
    plays = sound is not None
    body = join(
        (
            _skip(),
            header(review, names),
            el(
                "main",
                player(sound) if sound else None,
                el(
                    "div",
                    el("div", cards(review, titles, finds, plays), course(review), about(review),
                       class_="left"),
                    dialogue(review, finds, names, plays),
                    class_="work",
                ),
                class_="plays" if sound else "silent",
            ),
            _footer(),
            shortcuts(plays),
            page_data(sound, finds),
        ),
        "\n",
    )  # fmt: skip
    media = sound.allowed if sound else ""
    title = f"{review.call.id} \u00b7 call review"
    return document(title, body, styles=STYLES, scripts=SCRIPTS, media=media)


def _skip() -> Markup:
    return el("a", "Skip to the transcript", href="#talk", class_="skip")


def _footer() -> Markup:
    return el(
        "footer",
        el("p", "Scores are made from what was said and done; every one quotes the call. "
           "Handling time never enters a score."),
        el("button", "Keyboard ", el("kbd", "?"), type="button", id="keys-open",
           class_="needs-script"),
    )  # fmt: skip
