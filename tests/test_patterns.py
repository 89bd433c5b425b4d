"""The pattern language, the normalised copy, and quotes that are verbatim."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_review.capture.transcript import Transcript, Turn
from qa_review.grade.hits import MOST_WORDS, clause
from qa_review.grade.pattern import PatternError, compiled
from qa_review.grade.rubric import load
from qa_review.grade.spacy import PatternFinder
from qa_review.grade.uptake import UptakeFinder
from qa_review.grade.words import words_of

RUBRIC = load(Path(__file__).resolve().parents[1] / "rubrics" / "behaviours.v1.toml")
PATTERNS, UPTAKE = PatternFinder(RUBRIC), UptakeFinder(RUBRIC)


@pytest.mark.parametrize(
    "text, words",
    [
        ("I'll", "i will"),
        ("I\u2019ll ring", "i will ring"),
        ("ill ring you", "i will ring you"),
        ("i feel ill today", "i feel ill today"),
        ("id like that", "i would like that"),
        ("your id please", "your id please"),
        ("well send it out", "we will send it out"),
        ("well then", "well then"),
        ("dont cant wont", "do not can not will not"),
        ("um er I I think", "i think"),
        ("the the bank", "the bank"),
        ("it's 4.95, ok?", "it is 4.95 okay ¶"),
        ("Yes. No!", "yes ¶ no ¶"),
        ("the customer's card", "the customer card"),
        ("", ""),
        ("...", ""),
    ],
)
def test_text_is_normalised_for_matching(text: str, words: str) -> None:
    assert " ".join(words_of(text).words) == words


@given(st.text(max_size=80))
def test_every_normalised_word_knows_where_it_was_written(text: str) -> None:
    said = words_of(text)
    assert len(said.words) == len(said.starts) == len(said.ends)
    assert all(0 <= s < e <= len(text) for s, e in zip(said.starts, said.ends, strict=True))


@pytest.mark.parametrize(
    "pattern, problem",
    [
        ("(a|b", "is not closed"),
        ("a)", "closes nothing"),
        ("(a]", "is closed by"),
        ("a|b", "needs brackets"),
        ("... a", "a gap can't be first"),
        ("a ...", "a gap can't be last"),
        ("[a]", "matches nothing"),
        ("a ^ b", "at its end of the pattern"),
        ("(a|#)", "can't stand inside brackets"),
        ("<days>", "there is no list 'days'"),
        ("a ? b", "is not a word"),
        ("a > b", "can't be read"),
        ("((a|b|c|d|e|f) (a|b|c|d|e|f) (a|b|c|d|e|f) (a|b|c|d|e|f) (a|b|c|d|e|f))", "stands for"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, problem: str) -> None:
    with pytest.raises(PatternError, match=problem.replace("(", r"\(").replace("?", r"\?")):
        compiled(pattern)


def small(pattern: str, tmp_path: Path) -> PatternFinder:
    path = tmp_path / "rubric.toml"
    path.write_text(
        'id="s"\nversion="1"\ntitle="s"\nlanguages=["en"]\n'
        '[lists]\ndays=["monday","next week","today?"]\n'
        '[[behaviours]]\nid="b"\ntitle="b"\nabout="b"\nnot_observed="n"\n'
        'anchors={1="a",2="b",3="c",4="d",5="e"}\n'
        '[[indicators]]\nid="i"\nmeaning="m"\nsays="s"\nfor=["b"]\nno_examples="a test"\n'
        f"patterns=['''{pattern}''']\n",
        encoding="utf-8",
    )
    return PatternFinder(load(path))


@pytest.mark.parametrize(
    "pattern, said, quoted",
    [
        ("i will", "Right. I'll ring.", "I'll ring."),
        ("i will", "i wont", None),
        ("i [just] said", "i just said so", "i just said so"),
        ("(ring|call) you", "we'll call you", "we'll call you"),
        ("by <days>", "done by next week", "done by next week"),
        ("by <days>", "by then", None),
        ("by <days>", "by today?", "by today?"),
        ("in # days", "in 3 days", "in 3 days"),
        ("in # days", "in three days", "in three days"),
        ("in # days", "in some days", None),
        ("ring ... monday", "ring you back on monday", "ring you back on monday"),
        ("ring ...1 monday", "ring you back on monday", None),
        ("ring ... monday", "I'll ring. On Monday.", None),
        ("^ why", "okay so why did it", "okay so why did it"),
        ("^ why", "that is why", None),
        ("that $", "why is that", "why is that"),
        ("that $", "that is why", None),
        ("why ...2 $", "why is that", "why is that"),
        ("why ...2 $", "why is that so late", None),
    ],
)
def test_a_pattern_finds_what_it_says(
    pattern: str, said: str, quoted: str | None, tmp_path: Path
) -> None:
    found = small(pattern, tmp_path).find(Transcript("c", "en", (Turn("agent", said),)))
    assert [e.quote.text for e in found] == ([quoted] if quoted else [])


@pytest.mark.parametrize("speaker", ["customer", "unknown"])
def test_only_the_agent_carries_evidence(speaker: str, tmp_path: Path) -> None:
    turns = (Turn(speaker, "I will"),)  # type: ignore[arg-type]
    assert small("i will", tmp_path).find(Transcript("c", "en", turns)) == ()


SPEECH = st.lists(
    st.sampled_from(
        "i'll ring you on monday. sorry about that, so you said the boiler is off? what happened "
        "anything else no it's policy someone will be in touch Um ILL you\u2019ve "
        "\u2014 ... İ 3pm I I".split()
    ),
    max_size=60,
).map(" ".join)
CALLS = st.lists(
    st.tuples(st.sampled_from(["agent", "customer", "unknown"]), SPEECH | st.text(max_size=40)),
    max_size=8,
)


@given(CALLS)
@settings(max_examples=150, deadline=None)
def test_every_quote_is_verbatim_and_the_same_call_gives_the_same_evidence(
    call: list[tuple[str, str]],
) -> None:
    turns = tuple(Turn(who, text) for who, text in call)  # type: ignore[arg-type]
    transcript = Transcript("c", "en", turns)
    for finder in (PATTERNS, UPTAKE):
        found = finder.find(transcript)
        for piece in found:
            quote = piece.quote
            assert turns[quote.turn].speaker == "agent"
            assert turns[quote.turn].text[quote.start : quote.end] == quote.text
            assert 1 <= len(quote.text.split()) <= MOST_WORDS
        assert found == finder.find(transcript)
        assert [e.quote.turn for e in found] == sorted(e.quote.turn for e in found)


def test_a_long_sentence_is_quoted_around_the_place() -> None:
    text = " ".join(f"w{n}" for n in range(100))
    start = text.index("w50")
    low, high = clause(text, start, start + 3)
    assert "w50" in text[low:high]
    assert len(text[low:high].split()) == MOST_WORDS


def test_importing_the_rubric_loads_no_heavy_library() -> None:
    import subprocess
    import sys

    code = (
        "import sys, qa_review.grade.rubric; print(*{'spacy','pandas','torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
