"""The HTML report: whatever a name holds is text, nothing is fetched, and what counts comes first."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.drift.difference import difference
from socle.drift.html import page
from socle.drift.report import Report
from socle.records import Record, RecordSet, Severity, Verdict
from socle.records.render import Format, render
from tests.unit.drift.nights import changed, in_sync, night, one, stranger, unread, waiver

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "br", "strong", "small"),
    *("section", "pre", "code", "ul", "li", "table", "tr", "th", "td"),
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</code></li></ul><iframe src=//evil>",
    "</title></style><link rel=stylesheet href=//evil>",
    "&lt;b&gt; &#60; javascript:alert(1)",
    "'; background:url(//evil)",
]


class Page(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def report(*records: Record, before: tuple[Record, ...] | None = None) -> Report:
    newer = night(2, records)
    if before is None:
        return Report("local", newer, None, "there is one report alone")
    older = night(1, before)
    return Report("local", newer, difference(older, newer, [older]))


def loaded(text: str) -> Record:
    """A finding that says it everywhere."""
    said = " ".join(text.split()) or "x"
    return one("drift-port.name", f"port {said}"[:250], evidence=said, expected=said, observed=said, fix=said)


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_hostile_name_is_text_everywhere(said: str, lang: str) -> None:
    accepted = waiver().model_copy(update={"reason": said, "owner": said, "approver": said})
    waived = one("drift-port.tags", "port w", Verdict.WAIVED).model_copy(update={"waiver": accepted})
    found = Page(page(report(loaded(said), waived, unread(), before=(loaded("y"),)), lang))
    assert set(found.tags) <= TAGS
    assert found.attributes <= ATTRIBUTES
    assert found.text.count(said) >= 6
    generic = Page(render(RecordSet.of([loaded(said), waived]), Format.HTML, lang))
    assert set(generic.tags) <= TAGS
    assert generic.text.count(said) >= 6


@settings(max_examples=30, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60),
    st.sampled_from(["en", "fr"]),
)
def test_no_name_adds_a_tag_or_loses_a_word(said: str, lang: str) -> None:
    bad, harmless = loaded(said), loaded("x")
    found, plain = (Page(page(report(it, before=(it,)), lang)) for it in (bad, harmless))
    assert found.tags == plain.tags
    assert found.attributes == plain.attributes
    assert bad.target in found.text
    generic = Page(render(RecordSet.of([bad]), Format.HTML, lang))
    assert set(generic.tags) <= TAGS
    assert bad.target in generic.text


def test_nothing_is_fetched() -> None:
    text = page(report(changed("a")), "en")
    for way in ("src=", "href=", "url(", "@import", "<script", "://"):
        assert way not in text
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert "@media print" in text


def test_the_gravest_comes_first_and_each_thing_to_do_once() -> None:
    def grave(name: str, step: Severity, fix: str) -> Record:
        return changed(name).model_copy(update={"severity": step, "fix": fix})

    text = page(
        report(
            grave("a", Severity.LOW, "pulumi up"),
            grave("b", Severity.CRITICAL, "openstack port set b"),
            grave("c", Severity.LOW, "pulumi up"),
        ),
        "en",
    )
    assert text.index("critical (1)") < text.index("port b ") < text.index("low (2)") < text.index("port a ")
    assert text.count("<code>pulumi up</code>") == 1


def test_what_was_expected_and_observed_is_shown() -> None:
    found = one("drift-port.tags", "port a", expected="[]", observed='["x"]', fix="pulumi up")
    words = Page(page(report(found), "fr")).text
    assert "attendu[]" in words
    assert 'constaté["x"]' in words


def test_the_night_before_is_beside_it() -> None:
    text = page(report(changed("a"), changed("b"), before=(changed("a"), stranger("x"))), "fr")
    for heading in ("Nouveau (1)", "Toujours là (1)", "Disparu (1)"):
        assert heading in text
    assert "Beside report 1" in page(report(changed("a"), before=()), "en")
    assert "Nothing changed since report 1" in page(report(changed("a"), before=(changed("a"),)), "en")


def test_what_cannot_be_compared_is_never_called_unchanged() -> None:
    text = page(report(in_sync("a")), "en")
    assert "cannot be compared with the night before: there is one report alone" in text
    assert "Nothing changed" not in text


def test_what_holds_is_counted_and_what_is_unproven_is_listed() -> None:
    text = page(report(in_sync("a"), unread(), before=(in_sync("a"),)), "en")
    assert "1 verdicts hold" in text
    assert "To prove (1)" in text
    assert "neutron answers 500" in text
