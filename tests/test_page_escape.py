"""Nothing that a call says, or that names it, becomes a part of the page."""

from __future__ import annotations

import json
from dataclasses import replace

import page_fixtures as fixtures
import pytest
from browser.shape import Element, read, shape
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_review.keep.folder import Failure
from qa_review.view.index import IndexRow, render_index
from qa_review.view.markup import BIDI, data_block, el, escape, relative_url
from qa_review.view.page import render_page

ATTACKS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "--> x",
    "<img src=x onerror=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
    "</style><style>*{display:none}",
    "</bdi></p></li></ol>",
    "&lt;b&gt; &amp; &#60;",
    "]]><x>",
    "{{7*7}} ${7*7} <%= 7 %>",
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "line\u2028and\u2029paragraph",
    "null\x00bell\x07escape\x1bdelete\x7f",
    "lone \ud800 surrogate \udcff",
    "//evil.example/x",
    "https://evil.example/x",
    "../../../../etc/passwd",
    "\ufeff\ufffe\uffff",
    "=cmd|' /C calc'!A0",
]
anything = st.text(st.characters(exclude_categories=()), min_size=1)


def page(text: str) -> str:
    review, titles = fixtures.everywhere(lambda _: text)
    return render_page(review, titles, fixtures.sound(review, href=text))


def index(text: str) -> str:
    review, titles = fixtures.everywhere(lambda _: text)
    row = IndexRow.of(review, text)
    rows = [row, replace(row, levels={text: 3}), replace(row, levels={text: None})]
    failures = [Failure(text, text, text, text)]
    return render_index(rows, failures, titles=titles, heading=text)


def without_language(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """The page's shape but for ``lang``, which is written only where the text is a language."""
    return [(tag, tuple(n for n in names if n != "lang")) for tag, names in shape(page)]


@pytest.mark.parametrize("make", [page, index])
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_every_field_leaves_the_page_as_it_was(make, attack):
    made = make(attack)
    assert without_language(made) == without_language(make("xx"))
    made.encode("utf-8")


@pytest.mark.parametrize("make", [page, index])
@settings(max_examples=60, deadline=None)
@given(text=anything)
def test_any_text_in_every_field_leaves_the_page_as_it_was(make, text):
    made = make(text)
    assert without_language(made) == without_language(make("xx"))
    made.encode("utf-8")


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_address_in_a_page_is_relative_or_data_or_a_place_in_it(attack):
    for made in (page(attack), index(attack)):
        for element in read(made).all():
            for name in ("href", "src", "action", "formaction", "srcset", "poster"):
                address = element.attributes.get(name)
                assert address is None or address.startswith(("./", "#", "data:,")), address


def test_only_the_pages_own_script_runs_and_no_attribute_does():
    for made in (page(ATTACKS[0]), index(ATTACKS[0])):
        names = {name for _, names in shape(made) for name in names}
        assert not {name for name in names if name.startswith("on")} | {"style"} & names
        kinds = [script.attributes.get("type") for script in read(made).all("script")]
        assert kinds.count(None) == 1 and set(kinds) <= {None, "application/json"}


@given(anything)
def test_escaped_text_reads_as_it_was_but_for_signs_that_act_unseen(text):
    shown = read(el("p", text)).text
    unseen = {code for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F, *BIDI}
    for sign in set(text):
        if ord(sign) in unseen or 0x80 <= ord(sign) < 0xA0 or 0xD800 <= ord(sign) < 0xE000:
            assert sign not in shown
        else:
            assert shown.count(sign) >= text.count(sign)


@pytest.mark.parametrize(
    "text", ["&lt;b&gt;", "&amp;amp;", "&copy", "&#60;&#x3c;", "AT&T", "<&>\"'"]
)
def test_signs_of_html_are_read_as_text(text):
    tree = read(el("p", text, title=text))
    assert tree.text == tree.children[0].attributes["title"] == text


def test_why_a_behaviour_is_unproven_is_text_letter_for_letter():
    reason = "<script>alert('unproven')</script>"
    review, titles = fixtures.everywhere(lambda text: reason if text == "unproven" else text)
    made = render_page(review, titles, fixtures.sound(review, href="a.m4a"))
    assert "<script>alert" not in made
    lines = [p.text for p in read(made).all("p") if p.text.startswith("Unproven: ")]
    assert lines == [f"Unproven: {reason}"] * 5


def test_what_was_said_stands_in_the_page_letter_for_letter():
    said = '5 < 6 & "seven" isn\'t <b>8</b>'
    quotes = [q.text for q in read(page(said)).all("q")]
    assert quotes and all(said in text for text in quotes)


def test_signs_that_turn_the_reading_direction_are_shown_by_number():
    assert escape("abc\u202efed") == "abc[U+202E]fed"


def test_text_from_a_call_stands_isolated():
    tree = read(page("\u05d0\u05d1\u05d2"))
    assert isolated(tree, "\u05d0\u05d1\u05d2") == []


def isolated(element: Element, text: str) -> list[str]:
    """The innermost elements with ``text`` that neither are nor lie in something isolating."""
    if element.tag in ("bdi", "title", "option") or element.attributes.get("dir") == "auto":
        return []
    inside = [child for child in element.children if text in child.text]
    if text in element.text and not inside:
        return [element.tag]
    return [tag for child in inside for tag in isolated(child, text)]


@given(st.recursive(st.none() | anything | st.integers(), lambda inner: st.lists(inner)))
def test_a_data_block_gives_back_what_was_put_in_and_holds_no_bracket(value):
    block = data_block("data", value)
    inner = block.removeprefix('<script type="application/json" id="data">')
    inner = inner.removesuffix("</script>")
    assert not set(inner) & set("<>&\u2028\u2029")
    assert json.loads(inner) == value


@given(anything)
def test_a_relative_address_has_neither_scheme_nor_host(path):
    address = relative_url(path)
    assert address.startswith("./") and address.isascii()
    assert not set(address) & set("\\:?#\"'<> ") and not address.startswith(".//")
