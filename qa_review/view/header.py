"""The top of a call's page: which call it is, how it went, and what stands behind that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_review.capture.roles import SURE
from qa_review.capture.transcript import Transcript
from qa_review.grade.scores import Score
from qa_review.keep.reviews import Review
from qa_review.view.figures import clock, counted, percent, seconds, steps, sure, when, whole
from qa_review.view.marks import COLOURS
from qa_review.view.markup import Markup, el, heard, join

SURE_ENOUGH = SURE
GIVEN = Transcript("", "", ()).made_by.name
UNPROVEN = "? unproven: agreement with people has not been shown for this behaviour yet"
OPEN = "open: there was something to judge, but the scorer was too unsure to give a level"


def header(review: Review, names: Sequence[str]) -> Markup:
    """Which call, its overall figure, and each behaviour's level at a glance."""
    return el(
        "header",
        el(
            "div",
            el("p", "Call review", class_="kind"),
            el("h1", heard(review.call.id)),
            el("dl", *_facts(review), class_="facts"),
            class_="which",
        ),
        overall(review),
        _warning() if review.transcript.agent_is.confidence < SURE_ENOUGH else None,
        glance(review, names),
        _made(review),
        class_="top",
    )


def _made(review: Review) -> Markup:
    """What stands behind the scores, in one line; the rest is told further down."""
    transcript, agent = review.transcript, review.transcript.agent_is
    parts = (
        f"rubric {review.rubric.id} {review.rubric.version}",
        f"scored by {review.by}",
        *_words_by(transcript),
        f"agent\u2019s side: {agent.reason} (confidence {sure(agent.confidence)})",
    )
    more = el("a", "what made this review", href="#about")
    return el("p", join((*map(heard, parts), more), " \u00b7 "), class_="made")


def _words_by(transcript: Transcript) -> tuple[str, ...]:
    if transcript.made_by.name == GIVEN:
        return ("transcript as given",)
    dropped = counted(transcript.dropped.total, "word")
    return f"transcribed by {transcript.made_by}", f"{dropped} left out"


def duration_ms(review: Review) -> int | None:
    """How long the call lasted, from the surest source; ``None`` for a written dialogue."""
    known = review.recording or review.timing
    return known.duration_ms if known else review.transcript.duration_ms


def _facts(review: Review) -> Iterator[Markup]:
    call, length = review.call, duration_ms(review)
    yield from _fact("Agent", call.agent and heard(call.agent))
    yield from _fact("Team", call.team and heard(call.team))
    yield from _fact("Queue", call.queue and heard(call.queue))
    yield from _fact("Customer", call.customer and heard(call.customer))
    yield from _fact("Date", call.started_at and when(call.started_at))
    yield from _fact("Duration", "written dialogue, no times" if length is None else clock(length))
    yield from _fact("Handling time", None if call.handle_ms is None else clock(call.handle_ms))


def _fact(name: str, value: str | None) -> Iterator[Markup]:
    if value:
        yield el("div", el("dt", name), el("dd", value))


def overall(review: Review) -> Markup:
    """The figure for the whole call, or why there is none."""
    value, capped = review.overall.value, review.overall.capped
    basis = _basis(review.scores)
    if value is None:
        figure = (el("span", "N/A", class_="figure"), el("span", "no figure", class_="of"))
        basis = review.note or basis
    else:
        figure = el("span", whole(value), class_="figure"), el("span", "of 100", class_="of")
    return el(
        "div",
        el("h2", "Overall"),
        el("p", *figure),
        el("p", heard(basis), class_="basis"),
        el("p", el("strong", "Held down: "), heard(capped), class_="basis") if capped else None,
        class_="overall",
    )


def _basis(scores: Sequence[Score]) -> str:
    """How many behaviours the figure rests on, and how well."""
    left_open = sum(score.abstained for score in scores)
    unproven = sum(bool(score.unproven) for score in scores if score.level is not None)
    observed = left_open + sum(score.level is not None for score in scores)
    if not observed:
        return "no behaviour was observed"
    parts = [f"{observed} of {len(scores)} behaviours observed"]
    parts += [f"{left_open} left open"] if left_open else []
    parts += [f"{unproven} unproven"] if unproven else []
    return ", ".join(parts)


def query() -> Markup:
    """What stands behind the level of an unproven behaviour."""
    sign = el("span", "?", class_="query", aria_hidden="true")
    return join((sign, el("span", " unproven", class_="heard-only")))


def signs(unproven: bool, left_open: bool) -> Markup | None:
    """What the signs beside levels mean, in one line; ``None`` where there are none."""
    meant = [text for text, there in ((UNPROVEN, unproven), (OPEN, left_open)) if there]
    return el("p", "; ".join(meant), class_="quiet signs") if meant else None


def _level(score: Score) -> tuple[Markup | None, ...]:
    if score.level is None:
        return (el("span", " open" if score.abstained else " N/A", class_="level"),)
    sign = query() if score.unproven else None
    return el("span", f" {score.level}", sign, class_="level"), steps(score.level)


def glance(review: Review, names: Sequence[str]) -> Markup:
    """Links to the behaviours with their levels."""
    items = [
        el(
            "li",
            el(
                "a",
                el("span", str(place + 1), class_="place", aria_hidden="true"),
                el("bdi", name),
                *_level(score),
                class_=f"b{place % COLOURS}",
                href=f"#b{place}",
            ),
        )
        for place, (score, name) in enumerate(zip(review.scores, names, strict=True))
    ]
    meant = signs(
        any(score.unproven and score.level is not None for score in review.scores),
        any(score.abstained for score in review.scores),
    )
    return el("nav", el("ol", *items), meant, class_="glance", aria_label="Behaviours")


def about(review: Review) -> Markup:
    """What made the review and the transcript, and what was left out on the way."""
    transcript, agent = review.transcript, review.transcript.agent_is
    rows = (
        _row("Rubric", f"{review.rubric.id}, version {review.rubric.version}",
             f"digest {review.rubric.digest}"),
        _row("Scored by", str(review.by), _settings(review.by.settings)),
        _row("Transcribed by", str(transcript.made_by), _settings(transcript.made_by.settings)),
        _row("Language", transcript.language, ""),
        _row("Agent\u2019s side", agent.reason, _side(review)),
        _row("Words left out", *left_out(transcript)),
        _recording(review),
        _row("Note", review.note, "") if review.note else None,
    )  # fmt: skip
    return el(
        "section",
        el("h2", "What made this review", id="about-title"),
        el("table", el("tbody", *[row for row in rows if row]), class_="pairs"),
        class_="about",
        id="about",
        aria_labelledby="about-title",
    )


def _warning() -> Markup:
    sign = el("span", "!", class_="sign", aria_hidden="true")
    return el("p", sign, "It is not sure which speaker is the agent. Listen before you use "
              "these scores.", class_="warning")  # fmt: skip


def _row(name: str, value: str, more: str) -> Markup:
    detail = el("span", heard(more), class_="more") if more else None
    return el("tr", el("th", name, scope="row"), el("td", heard(value or "not given"), " ", detail))


def _settings(digest: str) -> str:
    return f"settings {digest}" if digest else ""


def _side(review: Review) -> str:
    agent = review.transcript.agent_is
    channel = "" if agent.channel is None else f"channel {agent.channel + 1}, "
    return f"{channel}confidence {sure(agent.confidence)}, {agent.confidence:.2f}"


def left_out(transcript: Transcript) -> tuple[str, str]:
    """How many words were dropped, and for which reasons."""
    dropped = transcript.dropped
    reasons = (
        (dropped.no_speech, "on no speech"),
        (dropped.repeated, "repeated in a loop"),
        (dropped.invented, "likely invented by the engine"),
        (dropped.bleed, "the other speaker, faintly"),
    )
    detail = "; ".join(f"{number:,} {why}" for number, why in reasons if number)
    kept = counted(transcript.words, "word")
    return ("none" if not dropped.total else f"{dropped.total:,} beside the {kept} kept"), detail


def _recording(review: Review) -> Markup | None:
    sound = review.recording
    if sound is None:
        return None
    form = f"{sound.codec}, {sound.rate_hz / 1000:g} kHz, {counted(sound.channels, 'channel')}"
    return _row("Recording", sound.path.name, f"{form}; SHA-256 {sound.sha256[:16]}\u2026")


def course(review: Review) -> Markup:
    """How the call ran: who spoke, for how long, over whom."""
    timing = review.timing
    title = el("h2", "How the call ran", id="course-title")
    if timing is None:
        body = el("p", "A written dialogue has no times.", class_="quiet")
    else:
        rows = join(_measure(*row) for row in _measures(review))
        body = el("table", el("tbody", rows), class_="pairs")
    return el("section", title, body, class_="course", id="course", aria_labelledby="course-title")


def _measure(name: str, value: str | None, more: str = "") -> Markup:
    shown = el("span", "cannot be told", class_="quiet") if value is None else value
    detail = el("span", more, class_="more") if more and value is not None else None
    return el("tr", el("th", name, scope="row"), el("td", shown, " ", detail))


def _measures(review: Review) -> Iterator[tuple[str, str | None, str]]:
    timing = review.timing
    if timing is None:
        return
    share, pace = timing.agent_talk_share, timing.agent_words_per_minute
    yield "Agent\u2019s share of the talk", None if share is None else percent(share), ""
    yield "Silence", percent(timing.silence_share), counted(timing.silences, "stretch", "stretches")
    yield "Longest silence", seconds(timing.longest_silence_ms), ""
    yield "Talking over each other", _time(timing.overlap_ms), ""
    yield "Interruptions by the agent", _count(timing.interruptions), ""
    yield "Agent answers after", _time(timing.response_ms), "median"
    yield "Agent\u2019s longest monologue", seconds(timing.longest_monologue_ms), ""
    yield "Agent\u2019s pace", None if pace is None else f"{whole(pace)} words a minute", ""


def _time(ms: int | None) -> str | None:
    return None if ms is None else seconds(ms)


def _count(number: int | None) -> str | None:
    return None if number is None else f"{number:,}"
