"""What a call's page holds, read without a browser."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise

import page_fixtures as fixtures
import pytest
from browser.shape import read

from qa_review.base.records import MadeBy
from qa_review.base.span import Span
from qa_review.capture.transcript import Transcript, Turn, Word
from qa_review.grade.evidence import Evidence
from qa_review.grade.scores import Overall, Score
from qa_review.view.marks import Find, marked, pieces
from qa_review.view.markup import el, escape
from qa_review.view.page import render_page
from qa_review.view.sound import Sound
from qa_review.view.titles import BehaviourTitle, Titles

FULL = fixtures.review()
SOUND = fixtures.sound(FULL, href="call.m4a")


def tree(review=FULL, titles=fixtures.TITLES, sound=SOUND):
    return read(render_page(review, titles, sound))


def texts(elements):
    return [" ".join(element.text.split()) for element in elements]


@pytest.fixture(scope="module")
def page():
    return tree()


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((FULL, SOUND), id="with sound"),
        pytest.param((FULL, None), id="without sound"),
        pytest.param((fixtures.written(), None), id="a written dialogue"),
        pytest.param((fixtures.unscored(), SOUND), id="nothing scored"),
        pytest.param((fixtures.unsure(), SOUND), id="unproven and left open"),
    ],
)
def any_page(request):
    review, sound = request.param
    return tree(review, sound=sound)


class TestEveryPage:
    def test_has_one_first_heading_and_skips_no_rank(self, any_page):
        ranks = [int(e.tag[1]) for e in any_page.all() if re.fullmatch("h[1-6]", e.tag)]
        assert ranks[0] == 1 and ranks.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(ranks))

    def test_gives_an_id_once_and_links_only_to_ids_that_are_there(self, any_page):
        ids = [e.attributes["id"] for e in any_page.all() if "id" in e.attributes]
        assert len(ids) == len(set(ids))
        for name in ("href", "aria-labelledby"):
            for element in any_page.all():
                wanted = element.attributes.get(name, "")
                if name == "aria-labelledby" or wanted.startswith("#"):
                    assert set(wanted.lstrip("#").split()) <= set(ids)

    def test_names_every_field(self, any_page):
        named = {id(e) for label in any_page.all("label") for e in label.all()}
        for tag in ("input", "select"):
            for field in any_page.all(tag):
                assert id(field) in named or field.attributes.get("aria-label")

    def test_allows_its_own_script_and_style_by_digest_and_nothing_else(self, any_page):
        meta = any_page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0]
        policy = dict(rule.split(" ", 1) for rule in meta.attributes["content"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
        style = any_page.all("style")[0].text
        script = next(e.text for e in any_page.all("script") if "type" not in e.attributes)
        for rule, text in (("style-src", style), ("script-src", script)):
            digest = b64encode(sha256(text.encode()).digest()).decode()
            assert policy[rule] == f"'sha256-{digest}'"

    def test_names_no_other_host(self, any_page):
        for element in any_page.all("style") + any_page.all("script"):
            assert not re.search(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp", element.text)

    def test_makes_no_markup_from_text_in_its_script(self, any_page):
        script = "".join(texts(any_page.all("script")))
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", script)


def test_the_header_says_which_call_and_how_it_went(page):
    header = " ".join(page.all("header", class_="top")[0].text.split())
    for wanted in ("nl-2026-11-18-0412", "Dana Whitfield", "Broadband North", "Faults", "441927",
                   "18 Nov 2026, 14:05 UTC", "2:03", "8:32", "88", "of 100",
                   "4 of 5 behaviours observed", "44 words left out",
                   "transcribed by faster-whisper 1.2.0 base.en int8"):  # fmt: skip
        assert wanted in header


def test_a_date_that_is_not_one_is_shown_as_it_was_given():
    call = replace(FULL.call, started_at="last Tuesday")
    assert "last Tuesday" in tree(replace(FULL, call=call)).text


def test_it_says_what_made_it_and_what_was_left_out(page):
    about = " ".join(page.all("section", id="about")[0].text.split())
    for wanted in ("behaviours, version 1", "5d41402abc4b2a76", "evidence scorer 0.1.0",
                   "faster-whisper 1.2.0 base.en int8", "44 beside the 340 words kept",
                   "11 on no speech", "3 repeated in a loop", "4 likely invented",
                   "26 the other speaker", "channel 1 greets and names the company",
                   "channel 1, confidence high, 0.97", "pcm_mulaw, 8 kHz, 2 channels"):  # fmt: skip
        assert wanted in about


def test_doubt_about_the_agents_side_is_said_at_the_top():
    doubtful = tree(fixtures.unscored()).all("header", class_="top")[0]
    assert "not sure which speaker is the agent" in doubtful.text
    assert "not sure which speaker" not in tree().text


def test_a_card_says_level_anchor_reason_and_confidence(page):
    card = page.all("article")[0]
    assert texts(card.all("p", class_="level")) == ["4 of 5"]
    assert "Level 4: Acknowledges content and feeling" in card.text
    assert "talked over the customer once" in card.text
    assert "Confidence medium, 0.71" in card.text
    assert len(card.all("rect", class_="on")) == 4


def test_a_behaviour_not_observed_is_not_a_number(page):
    card = page.all("article")[4]
    assert texts(card.all("p", class_="level")) == ["N/A"]
    assert "Not observed: The last words were cut off" in card.text
    assert not card.all("rect")


def test_no_overall_figure_says_why():
    box = tree(fixtures.unscored()).all("div", class_="overall")[0]
    assert "no figure" in box.text and "language not covered: de" in box.text


def test_a_critical_failure_is_said_beside_the_figure():
    capped = replace(FULL, overall=Overall(25.0, "promised what the policy rules out"))
    assert "Held down: promised what the policy rules out" in tree(capped).text


def test_quotes_stand_under_their_stance_with_meaning_note_and_time(page):
    stances = page.all("article")[0].all("div", class_="stance")
    assert texts(box.all("h4")[0] for box in stances) == [
        "\u2713Speaks for (5)",
        "\u2715Speaks against (2)",
    ]
    against = " ".join(stances[1].text.split())
    assert "0:19 Can I take your account number?" in against
    assert "cuts the customer off \u00b7 spoke over the customer for 0.9 s" in against


def test_every_quote_is_a_button_with_its_own_milliseconds(page):
    buttons = page.all("button", class_="quote")
    spans = [e.quote.span for score in FULL.scores for e in score.evidence]
    made = {(int(b.attributes["data-from"]), int(b.attributes["data-to"])) for b in buttons}
    assert len(buttons) == len(spans)
    assert made == {(span.start_ms, span.end_ms) for span in spans}


def test_the_weightiest_quotes_come_first_and_the_rest_are_folded(page):
    folded = page.all("article")[0].all("div", class_="stance")[0].all("details")[0]
    assert texts(folded.all("summary")) == ["1 more quote"]
    assert texts(folded.all("q")) == ["Four four one, nine two seven. Thanks."]


def test_without_sound_a_quote_links_to_its_turn():
    silent = tree(sound=None)
    assert not silent.all("audio") and not silent.all("button", class_="quote")
    assert silent.all("a", class_="quote")[0].attributes["href"] == "#t2"
    assert "0:10" in silent.all("a", class_="quote")[0].text


def test_a_written_dialogue_has_turns_in_place_of_times():
    dialogue = tree(fixtures.written(), sound=None)
    assert "turn 3" in dialogue.all("a", class_="quote")[0].text
    assert "A written dialogue has no times." in dialogue.text
    header = dialogue.all("header", class_="top")[0].text
    assert "written dialogue, no times" in header and "transcript as given" in header
    assert not dialogue.all("ol", class_="turns")[0].all("span", class_="at")


def test_the_transcript_names_speakers_in_text(page):
    turns = page.all("li", class_="turn")
    assert len(turns) == 26
    names = [turn.all("span", class_="name")[0].text for turn in turns]
    assert names[:2] == ["Agent", "Customer"] and names[15] == "Speaker unknown"


def test_talking_over_and_long_silence_are_said(page):
    turns = texts(page.all("li", class_="turn"))
    assert "0.9 s over the customer" in turns[4]
    assert turns[7].startswith("9.2 s without speech")


def test_words_that_the_engine_doubted_say_so(page):
    doubted = page.all("ol", class_="turns")[0].all("span", class_="doubt")
    assert texts(doubted) == ["Albany", "Harcourt", "love.", "forty."]
    assert doubted[0].attributes["title"] == "uncertain word, probability 0.21"


def test_figures_that_cannot_be_told_say_so():
    course = tree(fixtures.unscored()).all("section", id="course")[0]
    assert " ".join(course.text.split()).count("cannot be told") == 4


def test_a_call_without_a_word_has_a_page():
    empty = replace(fixtures.written(), transcript=Transcript("x", "en", ()), scores=())
    assert "Nobody said a word that could be kept." in tree(empty, sound=None).text


def test_ids_that_the_rubric_lacks_are_shown_as_words():
    bare = tree(titles=Titles())
    assert texts(bare.all("h3"))[2] == "3Expectation"
    assert "ack content" in bare.text


def test_a_rubric_may_have_more_behaviours_than_there_are_colours():
    many = tuple(Score(f"b{i}", 3, 0.5, "because") for i in range(11))
    titles = Titles(tuple(BehaviourTitle(f"b{i}", f"Number {i}") for i in range(11)))
    assert len(tree(replace(FULL, scores=many), titles).all("article")) == 11


def test_a_language_that_is_not_one_is_left_out():
    odd = replace(FULL.transcript, language='en" onclick="x')
    turns = tree(replace(FULL, transcript=odd)).all("ol", class_="turns")[0]
    assert "lang" not in turns.attributes


def test_settings_and_weights_are_shown_whole():
    by = MadeBy("scorer", "2", "feedfacecafebeef", "weights-7")
    assert "scorer 2 weights-7" in tree(replace(FULL, by=by)).text


#                0123456789012345678901234
TEXT = "I'll ring you by six, Dana"
#     a  ----------------              for, behaviour 0
#     b            ----------          for, behaviour 1
#     c            ---                 against, behaviour 0
TURN = Turn.of("agent", [Word(w, Span(i * 10, i * 10 + 9)) for i, w in enumerate(TEXT.split())])
SAID = Transcript("x", "en", (TURN,))


def find(number, place, stance, start, end):
    quote = SAID.quote(0, start, end)
    return Find(number, place, Evidence(f"b{place}", "i", stance, quote, "f"))


def test_overlapping_quotes_are_cut_where_any_begins_or_ends():
    finds = [find(0, 0, "for", 0, 16), find(1, 1, "for", 10, 20), find(2, 0, "against", 10, 13)]
    cut = [(TEXT[p.start : p.end], [f.number for f in p.finds]) for p in pieces(TURN, finds)]
    assert cut == [
        ("I'll ring ", [0]),
        ("you", [0, 1, 2]),
        (" by", [0, 1]),
        (" six", [1]),
        (", Dana", []),
    ]


def test_marked_text_reads_as_it_was_said_and_labels_stand_where_a_quote_ends():
    finds = [find(0, 0, "for", 0, 16), find(1, 1, "for", 10, 20), find(2, 0, "against", 10, 13)]
    page = read(el("p", marked(TURN, finds, ["Listening", "Ownership"])))
    labels = page.all("a", class_="label")
    assert [label.attributes["href"] for label in labels] == ["#q2", "#q0", "#q1"]
    assert texts(labels) == [
        "\u2715evidence against Listening",
        "\u2713evidence for Listening",
        "\u2713evidence for Ownership",
    ]
    assert "".join(mark.text for mark in page.all("mark")) == TEXT[:20]


def test_two_finds_of_one_behaviour_that_end_together_share_a_label():
    finds = [find(0, 0, "for", 0, 13), find(1, 0, "for", 5, 13)]
    assert len(read(el("p", marked(TURN, finds, ["Listening"]))).all("a")) == 1


def test_text_without_evidence_or_doubt_is_only_text():
    assert marked(TURN, [], []) == escape(TEXT)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mime": "text/html"}, "like audio/mp4"),
        ({"data": b"x"}, "either data or href"),
        ({"href": None}, "either data or href"),
        ({"duration_ms": 0}, "longer than 0 ms"),
        ({"peaks": ((1, 2), (1,))}, "differ in number"),
        ({"peaks": ((101,),), "agent_channel": None}, "a peak is in 0..100"),
        ({"agent_channel": 2}, "one of 2 from 0, not 2"),
    ],
)
def test_sound_that_cannot_be_is_refused(change, says):
    with pytest.raises(ValueError, match=says):
        replace(SOUND, **change)


def test_sound_is_embedded_or_linked():
    assert SOUND.source == "./call.m4a"
    assert Sound("audio/mp4", b"abc", None, 1000).source == "data:audio/mp4;base64,YWJj"
