"""Two nights beside each other: what nobody looked for is never gone, and what is there is never clean."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.drift.difference import Change, Difference, difference
from socle.drift.difference_show import text
from socle.drift.night import Night
from socle.drift.seen import kind_of, pair_of
from socle.errors import ExitCode
from socle.records import Record, Verdict
from socle.records.render import Format
from tests.unit.drift.nights import ALL, changed, host, in_sync, night, one, stranger, unread


def compared(*nights: Night) -> Difference:
    """The last two of them, with all those before."""
    return difference(nights[-2], nights[-1], reversed(nights[:-1]))


def changes(found: Difference) -> dict[str, Change]:
    return {f"{it.record.check} {it.record.target}": it.change for it in found.items}


def the(found: Difference, change: Change) -> str:
    (item,) = found.of(change)
    return f"{item.record.target}: {item.record.evidence}"


def test_new_still_there_and_gone_are_told_apart() -> None:
    found = compared(
        night(1, [changed("a"), changed("b"), in_sync("c")]),
        night(2, [changed("a"), in_sync("b"), changed("c")]),
    )
    assert the(found, Change.STILL).startswith("port a ")
    assert the(found, Change.GONE).startswith("port b ")
    assert the(found, Change.NEW).startswith("port c ")
    assert found.exit_code() is ExitCode.FINDINGS


def test_each_field_of_a_thing_is_its_own_finding() -> None:
    found = compared(night(1, [changed("a", "addresses")]), night(2, [changed("a", "description")]))
    assert {it.record.check: it.change for it in found.items} == {
        "drift-port.description": Change.NEW,
        "drift-port.addresses": Change.GONE,
    }


def test_a_stranger_that_no_whole_list_has_any_more_is_gone() -> None:
    found = compared(night(1, [stranger("x")]), night(2, [in_sync("a")]))
    assert the(found, Change.GONE).startswith("port x ")
    assert found.exit_code() is ExitCode.HOLDS


@pytest.mark.parametrize("verdict", [Verdict.UNPROVEN, Verdict.WAIVED])
def test_what_could_not_be_listed_is_not_gone(verdict: Verdict) -> None:
    found = compared(night(1, [stranger("x"), changed("a")]), night(2, [unread(verdict=verdict)]))
    assert not found.of(Change.GONE)
    said = {it.record.target for it in found.of(Change.TURNED_UNPROVEN)}
    assert said >= {"port x (id-x)", "port a (id-a)"}
    assert all("neutron answers 500" in it.record.evidence for it in found.items)
    assert found.exit_code() is ExitCode.UNPROVEN


def test_what_of_another_kind_could_not_be_listed_hides_nothing() -> None:
    found = compared(night(1, [stranger("x")]), night(2, [unread("port forwarding")]))
    assert the(found, Change.GONE).startswith("port x ")


def test_a_field_that_the_answer_lacks_leaves_its_finding_unproven() -> None:
    lacking = one("drift-port-unproven", "port a (id-a)", Verdict.UNPROVEN, "the answer does not tell it")
    found = compared(night(1, [changed("a")]), night(2, [lacking]))
    assert {it.change for it in found.items} == {Change.TURNED_UNPROVEN}
    assert len(found.items) == 2


def test_a_pair_that_was_not_compared_again_is_no_improvement() -> None:
    found = compared(
        night(1, [host("ssh-root-login", "bastion", Verdict.FAIL), in_sync("a")], ("cloud", "hosts")),
        night(2, [in_sync("a")], ("cloud",)),
    )
    assert changes(found) == {
        "ssh-root-login bastion": Change.TURNED_UNPROVEN,
        "drift-difference pair hosts": Change.TURNED_UNPROVEN,
    }
    assert found.exit_code() is ExitCode.UNPROVEN


def test_a_finding_in_the_cloud_is_not_gone_where_the_cloud_was_not_compared() -> None:
    found = compared(night(1, [stranger("x")]), night(2, [host("ssh", "h", Verdict.PASS)], ("hosts",)))
    assert changes(found)["drift-port-unmanaged port x (id-x)"] is Change.TURNED_UNPROVEN


def test_a_pair_that_could_not_be_looked_at_is_no_improvement() -> None:
    failed = one("drift-scan", "pair cloud", Verdict.UNPROVEN, "keystone does not answer")
    found = compared(night(1, [stranger("x")]), night(2, [failed]))
    assert {it.change for it in found.items} == {Change.TURNED_UNPROVEN}
    assert "keystone does not answer" in found.items[-1].record.evidence


def test_a_host_that_was_not_checked_is_no_improvement() -> None:
    found = compared(
        night(1, [host("ssh-root-login", "bastion", Verdict.FAIL)], ("hosts",)),
        night(2, [host("ssh-root-login", "services", Verdict.PASS)], ("hosts",)),
    )
    assert the(found, Change.TURNED_UNPROVEN).startswith("bastion: a finding in report 1")


@pytest.mark.parametrize(("check", "pair"), [("drift-code-update", "code"), ("drift-refresh", "refresh")])
def test_a_stack_without_a_preview_hides_its_findings_only(check: str, pair: str) -> None:
    unproven = one(check.replace("-update", ""), "local-data", Verdict.UNPROVEN, "no preview")
    stacks = ("local-data", "local-platform")
    suffix = " Port a" if pair == "code" else ""
    found = compared(
        night(1, [one(check, f"{it}{suffix}") for it in stacks], (pair,)), night(2, [unproven], (pair,))
    )
    assert [it.record.target for it in found.of(Change.GONE)] == [f"local-platform{suffix}"]
    assert f"local-data{suffix}" in {it.record.target for it in found.of(Change.TURNED_UNPROVEN)}


def test_a_state_that_could_not_be_read_hides_what_is_declared_and_no_stranger() -> None:
    lost = one("drift-scan", "stack local-data", Verdict.UNPROVEN, "its state cannot be read")
    found = compared(night(1, [changed("a"), stranger("x")]), night(2, [lost]))
    assert the(found, Change.GONE).startswith("port x ")
    assert "port a (id-a)" in {it.record.target for it in found.of(Change.TURNED_UNPROVEN)}


def test_a_finding_that_was_allowed_is_said_to_be_and_the_other_way_round() -> None:
    found = compared(
        night(1, [changed("a"), changed("b", verdict=Verdict.WAIVED)]),
        night(2, [changed("a", verdict=Verdict.WAIVED), changed("b")]),
    )
    assert the(found, Change.ALLOWED).startswith("port a ")
    assert "has it as allowed" in the(found, Change.NEW)


def on_host(state: str, what: str, verdict: Verdict, host: str = "desk") -> Record:
    return one(f"drift-host-package-{state}", f"{host}: package {what}", verdict, f"{what}, as seen")


@pytest.mark.parametrize(
    ("newer", "pairs", "change"),
    [
        ([on_host("in-sync", "all", Verdict.PASS)], ALL, Change.GONE),
        ([on_host("unmanaged", "other", Verdict.FAIL)], ALL, Change.GONE),
        ([on_host("in-sync", "all", Verdict.PASS)], ("cloud",), Change.TURNED_UNPROVEN),
        ([on_host("in-sync", "all", Verdict.PASS, "bastion")], ALL, Change.TURNED_UNPROVEN),
        ([on_host("in-sync", "all", Verdict.UNPROVEN)], ALL, Change.TURNED_UNPROVEN),
        ([on_host("unproven", "all", Verdict.UNPROVEN)], ALL, Change.TURNED_UNPROVEN),
        ([on_host("unproven", "netcat", Verdict.UNPROVEN)], ALL, Change.TURNED_UNPROVEN),
        ([on_host("unmanaged", "7 more", Verdict.FAIL)], ALL, Change.TURNED_UNPROVEN),
        ([], ALL, Change.TURNED_UNPROVEN),
    ],
)
def test_what_was_found_on_a_host_is_gone_where_its_kind_was_looked_at_there(
    newer: list[Record], pairs: tuple[str, ...], change: Change
) -> None:
    before = on_host("unmanaged", "netcat", Verdict.FAIL)
    found = compared(night(1, [before], ALL), night(2, newer, pairs))
    assert changes(found)["drift-host-package-unmanaged desk: package netcat"] is change


@pytest.mark.parametrize("silent", ["local-platform", "local-platform port other (id)"])
def test_what_a_refresh_found_is_not_gone_from_a_stack_that_was_not_read_whole(silent: str) -> None:
    before = one("drift-refresh.tags", "local-platform port a (id)")
    rows = [one("drift-refresh", silent, Verdict.UNPROVEN, "no answer")]
    assert compared(night(1, [before], ALL), night(2, rows, ALL)).of(Change.GONE) == []
    other = [one("drift-refresh", "local-data", Verdict.UNPROVEN, "no answer")]
    assert len(compared(night(1, [before], ALL), night(2, other, ALL)).of(Change.GONE)) == 1


def test_what_could_not_have_been_seen_before_says_so() -> None:
    found = compared(night(1, [unread()]), night(2, [changed("a")]))
    assert "it may be older" in the(found, Change.NEW)
    assert [it.record.target for it in found.of(Change.GONE)] == ["port all"]


def test_an_entry_of_the_allow_list_is_the_same_on_another_line() -> None:
    said = "unmanaged port x: matches nothing: remove it"
    rows = [one("drift-allow-list", f"stacks/drift.yaml:{line}", evidence=said) for line in (4, 9)]
    found = compared(night(1, [rows[0]]), night(2, [rows[1]]))
    assert {it.change for it in found.items} == {Change.STILL}
    hidden = compared(night(1, [rows[0]]), night(2, [unread()]))
    assert not hidden.of(Change.GONE)


def test_since_is_the_first_night_of_the_row() -> None:
    there, away = [changed("a")], [in_sync("a")]
    nights = [night(n, it) for n, it in enumerate([there, away, there, [unread()], there, there], start=1)]
    (item,) = compared(*nights).of(Change.STILL)
    assert (item.since, item.or_before) == (3, False)


def test_since_the_first_report_kept_may_be_before_it() -> None:
    nights = [night(n, [changed("a"), unread("router")]) for n in (7, 8, 9)]
    found = compared(*nights)
    assert {(it.since, it.or_before) for it in found.items} == {(7, True)}
    assert "since report 7 or before: " in text(found, Format.MARKDOWN)


def test_a_report_without_a_record_is_unproven() -> None:
    assert compared(night(1, [in_sync("a")]), night(2, [])).exit_code() is ExitCode.UNPROVEN


def test_two_clean_nights_have_no_difference() -> None:
    found = compared(night(1, [in_sync("a")]), night(2, [in_sync("a"), in_sync("b")]))
    assert found.items == ()
    assert found.exit_code() is ExitCode.HOLDS
    assert "no difference, and no finding" in found.summary()


NAMES, PICKED = st.sampled_from("abc"), st.sampled_from(list(Verdict)[:4])
RECORDS = st.lists(
    st.one_of(
        st.builds(changed, NAMES, st.sampled_from(["addresses", "description"]), PICKED),
        st.builds(stranger, NAMES),
        st.builds(in_sync, NAMES),
        st.builds(host, st.just("ssh-root-login"), NAMES, PICKED.filter(lambda it: it != Verdict.WAIVED)),
        st.builds(unread, st.sampled_from(["port", "router"])),
    ),
    max_size=6,
    unique_by=lambda it: (it.check, it.target),
)
PAIRS = st.sets(st.sampled_from(ALL), min_size=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(RECORDS, PAIRS), min_size=2, max_size=5))
def test_a_difference_is_never_milder_than_the_newer_report(
    drawn: list[tuple[list[Record], set[str]]],
) -> None:
    nights = [night(n, records, pairs) for n, (records, pairs) in enumerate(drawn, start=1)]
    found = compared(*nights)
    milder = {ExitCode.HOLDS: 0, ExitCode.UNPROVEN: 1, ExitCode.FINDINGS: 2}
    assert milder[found.exit_code()] >= milder[nights[-1].records.exit_code()]
    for side in (nights[-2], nights[-1]):
        named = {(it.record.check, it.record.target) for it in found.items}
        assert {(it.check, it.target) for it in side.records if it.verdict is Verdict.FAIL} <= named


def test_every_format_names_every_change() -> None:
    found = compared(
        night(1, [changed("a"), changed("b"), changed("c"), unread("router")]),
        night(
            2,
            [
                *(changed("a"), in_sync("b"), changed("c", verdict=Verdict.WAIVED), stranger("d")),
                *(unread("router"), unread("subnet")),
            ],
        ),
    )
    assert set(changes(found).values()) == set(Change)
    table, english, french = (
        text(found, it, lang)
        for it, lang in ((Format.TABLE, "en"), (Format.MARKDOWN, "en"), (Format.MARKDOWN, "fr"))
    )
    for heading in ("New (1)", "Still there (1)", "Gone (1)", "Allowed now (1)", "Still unproven (1)"):
        assert heading in table
        assert f"## {heading}" in english
    assert "## Disparu (1)" in french
    said = json.loads(text(found, Format.JSON))
    assert said["exit_code"] == 3
    assert set(said["counts"].values()) == {1}
    assert {it["change"]: it["since"] for it in said["items"]}["still there"] == 1
    assert text(found, Format.JUNIT).count("<failure") == 2


@pytest.mark.parametrize(
    ("check", "kind", "pair"),
    [
        ("drift-port.security_groups", "port", "cloud"),
        ("drift-security-group-rule-unmanaged", "security-group-rule", "cloud"),
        ("drift-server.metadata.role-missing", "server", "cloud"),
        ("drift-code-update", "", "code"),
        ("drift-code", "", "code"),
        ("drift-refresh", "", "refresh"),
        ("drift-scan", "", "cloud"),
        ("drift-lock", "", "cloud"),
        ("drift-refresh.tags", "", "refresh"),
        ("drift-host-sudoers-file.content", "host-sudoers-file", "hosts"),
    ],
)
def test_a_check_tells_its_kind_and_its_pair(check: str, kind: str, pair: str) -> None:
    assert (kind_of(one(check, "x")), pair_of(one(check, "x"))) == (kind, pair)
