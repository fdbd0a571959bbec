"""Records to test with: one by hand, or any that may exist (hypothesis)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from socle.records import Record, RecordSet, Severity, Verdict, Waiver

# All unit tests together end within a minute on two cores.
quick = settings(max_examples=25)
NOW = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)


def record(**changes: Any) -> Record:
    """A valid record, with the given fields changed."""
    fields: dict[str, Any] = {
        "check": "ssh-root-login",
        "target": "local-services",
        "verdict": Verdict.PASS,
        "title": {"en": "Root cannot log in by SSH", "fr": "root ne peut pas se connecter par SSH"},
        "evidence": "permitrootlogin no",
        "clauses": ("ANSSI-BP-028:R33",),
        "when": NOW,
        "tool": "tests/hosts",
        "version": "0.1.0",
    }
    if changes.get("verdict") is Verdict.WAIVED and "waiver" not in changes:
        changes["waiver"] = Waiver(
            reason="r", owner="o", approver="a", expiry=(NOW + timedelta(days=30)).date()
        )
    return Record(**{**fields, **changes})


def _sayable(text: str) -> bool:
    return bool(text.strip())


said = st.text(min_size=1, max_size=60).filter(_sayable)
# Characters that renderers must not let through as their own markup.
hostile = st.sampled_from(
    [
        "[red]pass[/red]",
        "<passed/>",
        "]]>",
        "| pass |",
        "\x1b[2Kpass",
        "\x00",
        "&amp;",
        '"',
        "\n| pass |\n",
        "`x`",
        "\ud800",
    ]
)
name = st.from_regex(r"[a-z0-9|<&\[][a-z0-9|<&\[\] :/.-]{0,20}", fullmatch=True).filter(_sayable)
records = st.builds(
    record,
    check=name,
    target=name,
    verdict=st.sampled_from(Verdict),
    title=said,
    evidence=st.one_of(said, hostile).filter(_sayable),
    expected=st.none() | said,
    observed=st.none() | said,
    severity=st.none() | st.sampled_from(Severity),
    fix=st.none() | said,
)
record_sets = st.lists(records, max_size=6).map(lambda many: RecordSet(tuple(many)))
