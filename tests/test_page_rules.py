"""What a call's page promises whoever opens it: it can be read by anyone, asks no host for
anything, runs nothing foreign, and prints.
"""

from __future__ import annotations

import page_fixtures as fixtures
import pytest
from browser.chromium import launched, opened
from browser.kinds import KINDS, write_pages

from qa_review.view.page import render_page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    return write_pages(tmp_path_factory.mktemp("pages"))


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 1280), (False, 400)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_breaks_no_rule_of_accessibility(chromium, pages, kind, dark, width):
    # So high that nothing scrolls: axe can't measure the contrast of what is out of sight.
    with opened(chromium, pages[kind], dark=dark, width=width, height=9000) as window:
        window.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert window.violations(unmeasured=True) == []
        assert window.complaints() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_the_page_shows_in_use_breaks_no_rule_either(chromium, pages, dark):
    with opened(chromium, pages["with sound"], dark=dark) as window:
        window.page.locator(".quote", has_text="surprised").first.click()
        window.page.select_option("#filter", label="Listening (7 quotes)")
        assert window.violations() == []
        window.page.get_by_role("button", name="Keyboard").click()
        assert window.violations() == []


@pytest.mark.parametrize(
    ("rule", "plant"),
    [
        ("label", "document.querySelector('#seek').removeAttribute('aria-label')"),
        ("color-contrast", "document.querySelector('#t3 .said').style.color = '#bbb'"),
        ("button-name", "document.querySelector('#play').textContent = ''"),
        ("heading-order", "document.querySelectorAll('h2').forEach(h => h.remove())"),
    ],
)
def test_a_planted_fault_is_found(chromium, pages, rule, plant):
    with opened(chromium, pages["with sound"]) as window:
        window.page.evaluate(plant)
        assert any(fault.startswith(f"{rule}:") for fault in window.violations())


def test_a_text_whose_contrast_can_not_be_measured_is_found(chromium, pages):
    with opened(chromium, pages["with sound"], height=9000) as window:
        said = "document.querySelector('#t3 .said').style"
        window.page.evaluate(f"{said}.backgroundImage = 'linear-gradient(red, blue)'")
        assert window.violations() == []
        assert [fault for fault in window.violations(unmeasured=True) if "#t3" in fault]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_asks_for_nothing_but_itself(chromium, pages, kind):
    with opened(chromium, pages[kind]) as window:
        window.page.wait_for_timeout(300)
        assert [url for url in window.requests if not url.startswith("data:")] == [
            pages[kind].as_uri()
        ]
        assert window.complaints() == []


def test_a_foreign_script_does_not_run(chromium, pages, tmp_path):
    page = pages["with sound"].read_text(encoding="utf-8")
    infected = tmp_path / "infected.html"
    infected.write_text(page.replace("<main", "<script>window.ran = 1</script><main"), "utf-8")
    with opened(chromium, infected) as window:
        assert window.page.evaluate("window.ran") is None
        assert any("script-src" in complaint for complaint in window.complaints())


@pytest.mark.parametrize("width", [1280, 640, 400])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cut_off_at_the_side(chromium, pages, kind, width):
    with opened(chromium, pages[kind], width=width) as window:
        wide = window.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


def test_without_script_every_word_is_there_and_the_browsers_player(chromium, pages):
    with opened(chromium, pages["with sound"], script=False) as window:
        assert window.page.locator("audio[controls]").is_visible()
        assert window.page.locator(".turn").count() == 26
        assert not window.page.locator("#filter").is_visible()


def test_it_prints_with_every_quote_and_without_the_player(chromium, pages):
    with opened(chromium, pages["with sound"]) as window:
        assert window.page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") > 0
        window.page.emulate_media(media="print")
        window.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        quotes = window.page.locator(".quote")
        assert quotes.count() == 20
        assert all(quotes.nth(i).is_visible() for i in range(20))
        assert not window.page.locator("#player").is_visible()


def test_a_call_of_three_hours_opens_in_seconds(chromium, tmp_path):
    review = fixtures.long(1500)
    file = tmp_path / "long.html"
    page = render_page(review, fixtures.TITLES, fixtures.sound(review, href="gone.m4a"))
    file.write_text(page, encoding="utf-8")
    with opened(chromium, file) as window:
        assert window.page.locator(".turn").count() == 1500
        took = window.page.evaluate(
            "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
        )
        assert took < 5000
