"""`socle space`: what is asked becomes the space's file, is said in words, and is refused in one line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from infra.config import Phase
from infra.specification import load_space, load_spaces
from socle.admin import factor
from socle.admin.store import Store
from socle.env import describe
from socle.errors import ExitCode, UserError
from socle.space import agreement, opening, renewals, table
from socle.space.apply import steps
from tests.unit.socle.conftest import ALPHA, Run

pytestmark = pytest.mark.usefixtures("tree", "done")

RARE = "stacks/Pulumi.local-space-rare.yaml"
OPEN = ("open", "rare", "--owner", "sample", "--purpose", "Rare diseases in stays", "--until", "2028-06-30")


def phase(tree: Path) -> Phase:
    return load_space("local-space-alpha", tree).space.phase


def test_a_whole_life_is_one_word_after_the_other(run: Run, tree: Path, done: list[tuple[str, str]]) -> None:
    before = (tree / ALPHA).read_text()
    for verb, then in (("freeze", "frozen"), ("thaw", "open"), ("close", "closed"), ("thaw", "open")):
        code, said, _ = run(verb, "alpha", "--yes")
        assert (code, phase(tree)) == (0, then)
        assert said
        assert done[-1] == ("local-space-alpha", then)
    assert (tree / ALPHA).read_text() == before


def test_a_preview_says_what_happens_and_does_nothing(
    run: Run, tree: Path, done: list[tuple[str, str]]
) -> None:
    before = (tree / ALPHA).read_text()
    assert run("freeze", "alpha", "--preview") == (
        0,
        [
            "Shut down: local-alpha-desk. Disks, volumes and addresses are kept.",
            "Its 7 rules are removed: nobody in, nothing out.",
            "The bastion no longer forwards to it, the object gateway admits nothing of it.",
            "Its user is disabled: its credentials open nothing.",
            "Credential and keys of objects are taken from its hosts.",
        ],
        "",
    )
    assert ((tree / ALPHA).read_text(), done) == (before, [])


def test_nothing_is_done_unless_one_agrees(run: Run, tree: Path, done: list[tuple[str, str]]) -> None:
    code, _, error = run("close", "alpha", answer="n\n")
    assert (code, phase(tree), done) == (ExitCode.OWN_FAILURE, "open", [])
    assert "interrupted" in error
    assert run("close", "alpha", answer="y\n")[0] == 0
    assert (phase(tree), done) == ("closed", [("local-space-alpha", "closed")])


def test_what_was_asked_already_is_only_brought_about_again(
    run: Run, tree: Path, done: list[tuple[str, str]]
) -> None:
    for _ in range(2):
        assert run("freeze", "alpha", "--yes")[0] == 0
    assert done == [("local-space-alpha", "frozen")] * 2
    assert run(*OPEN, "--yes")[0] == 0
    written = (tree / RARE).read_text()
    code, said, _ = run(*OPEN)
    assert code == 0
    assert said == ["Nothing is to be changed in its specification; what stands is brought to it."]
    assert (tree / RARE).read_text() == written


def test_a_new_space_gets_a_number_that_nobody_had(run: Run, tree: Path) -> None:
    zones = tree / "stacks/zones.yaml"
    text = zones.read_text().replace(
        "roles: [workstation]\n  retired: []", "roles: [workstation]\n  retired: [0, 2]"
    )
    zones.write_text(text)
    assert run(*OPEN, "--base", "nomenclatures", "--hosts", "2", "--volume", "3", "--yes")[0] == 0
    space = load_space("local-space-rare", tree).space
    assert space.number == 3
    assert [host.name for host in space.hosts] == ["desk-1", "desk-2"]
    assert (space.bases, space.quota.volumes_gib, space.phase) == (("nomenclatures",), 6, "open")


def test_an_extension_keeps_every_other_line(run: Run, tree: Path) -> None:
    profile = tree / "stacks/profiles/local.yaml"
    profile.write_text(profile.read_text().replace("volume_growth: false", "volume_growth: true"))
    before = (tree / ALPHA).read_text().splitlines()
    words = ("--until", "2030-06-30", "--base", "nomenclatures", "--volume", "work=3", "--yes")
    code, said, _ = run("extend", "alpha", *words)
    assert (code, said) == (
        0,
        [
            "Volume work of local-alpha-desk grows from 1 to 3 GiB, its content kept.",
            "Its last day is 2030-06-30 instead of 2029-12-31.",
            "It is granted the base nomenclatures.",
        ],
    )
    after = (tree / ALPHA).read_text().splitlines()
    differ = [(old.strip(), new.strip()) for old, new in zip(before, after, strict=True) if old != new]
    assert differ == [
        ("expiry: 2029-12-31", "expiry: 2030-06-30"),
        ("bases: [hospital-stays]", "bases: [hospital-stays, nomenclatures]"),
        ("- {name: work, size_gib: 1, mount: /srv/work}", "- {name: work, size_gib: 3, mount: /srv/work}"),
    ]


def test_whom_a_change_concerns(tree: Path) -> None:
    named = {
        step.name: getattr(step.work, "keywords", {}) for step in steps(load_space("local-space-alpha", tree))
    }
    assert named["platform"] == {"only": ["local-space-alpha"]}
    told = ["local-bastion", "local-services"]
    assert named["told"] == {"only": told}
    # Hosts of other spaces may be on their way, or going.
    assert named["pins"] == {"only": [*told, "local-alpha-desk"]}
    assert named["converge"] == {"only": ["local-alpha-desk"]}
    assert named["checks"] == {"only": [*told, "local-alpha-desk"]}
    (tree / ALPHA).write_text((tree / ALPHA).read_text().replace("phase: open\n", "phase: frozen\n"))
    named = {
        step.name: getattr(step.work, "keywords", {}) for step in steps(load_space("local-space-alpha", tree))
    }
    # No host would mean every host.
    assert "converge" not in named
    assert named["checks"] == {"only": told}


BAD = [
    (("freeze", "beta"), "stacks/Pulumi.local-space-beta.yaml: no such file; create it or correct"),
    (("freeze", "Alpha"), "'Alpha' cannot name a space; take at most 30 lower-case letters"),
    (("freeze", "../alpha"), "'../alpha' cannot name a space; take at most 30 lower-case letters"),
    (("extend", "alpha", "--until", "soon"), "--until: 'soon' is no date; write it as 2028-06-30"),
    (("extend", "alpha", "--until", "2029-02-30"), "--until: '2029-02-30' is no date; write it as"),
    (("extend", "alpha", "--until", "2027-01-01"), "2027-01-01 is before the space's last day, 2029-12-31"),
    (("extend", "alpha", "--until", "2999-01-01"), "expiry: 2999-01-01 is more than five years away"),
    (("extend", "alpha", "--base", "moon"), "base moon is unknown; choose hospital-stays, nomenclatures"),
    (("extend", "alpha", "--volume", "work"), "--volume: 'work' is no size of a volume; write NAME=GIB"),
    (("extend", "alpha", "--volume", "work=-1"), "--volume: 'work=-1' is no size of a volume; write"),
    (("extend", "alpha", "--volume", "home=2"), "space alpha has no volume home; choose work"),
    (("extend", "alpha", "--volume", "work=0"), "volume work has 1 GiB already, and cannot shrink to 0"),
    (
        ("extend", "alpha", "--volume", "work=2"),
        "volume work cannot grow: profile local does not have volume_growth",
    ),
    ((*OPEN[:4], "nobody", *OPEN[4:]), "Got unexpected extra argument"),
    (("open", "alpha", *OPEN[2:]), "a space of this name is there, and is another than the one asked for"),
    ((*OPEN[:3], "moon", *OPEN[4:]), "moon is no administrator of local (known: sample)"),
    ((*OPEN, "--base", "moon"), "base moon is unknown; choose hospital-stays, nomenclatures"),
    ((*OPEN, "--size", "vast"), "host desk has size vast, which local lacks; choose medium, small"),
    ((*OPEN, "--hosts", "5"), "quota.hosts: 5 is beyond profile local's 4 for a space"),
    ((*OPEN, "--hosts", "0"), "Invalid value for '--hosts': Input should be greater than or equal to 1"),
    ((*OPEN, "--volume", "21"), "quota.volumes_gib: 21 is beyond profile local's 20 for a space"),
    ((*OPEN[:-1], "2020-01-01"), "expiry: the space's last day was 2020-01-01; extend it"),
    ((*OPEN[:-1], "2999-01-01"), "expiry: 2999-01-01 is more than five years away"),
    ((*OPEN[:5], "Short", *OPEN[6:]), "purpose: 'Short' will not do; string should have at least 10"),
    (("open", "core", *OPEN[2:]), "space core: the platform calls something of its own so; rename"),
    (("open", "a" * 31, *OPEN[2:]), "cannot name a space; take at most 30 lower-case letters"),
    (("open", "-rare", *OPEN[2:]), "No such option: -r"),
    (("open", "rare", *OPEN[4:]), "Missing option '--owner'"),
    (("erode", "alpha"), "No such command 'erode'"),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=[" ".join(words)[:60] for words, _ in BAD])
def test_what_cannot_be_is_one_line_and_leaves_all_as_it_was(
    run: Run, tree: Path, done: list[tuple[str, str]], words: tuple[str, ...], said: str
) -> None:
    before = {path.name: path.read_text() for path in (tree / "stacks").glob("*.yaml")}
    code, out, error = run(*words, "--yes")
    assert (code, out, done) == (ExitCode.USAGE, [], [])
    assert said in error
    assert error.count("\n") == 1
    assert {path.name: path.read_text() for path in (tree / "stacks").glob("*.yaml")} == before


def test_who_has_no_second_factor_answers_for_no_space(run: Run, tree: Path) -> None:
    factor.forget(Store(tree / "state/envs/local/ca/people", "local"), "sample")
    code, _, error = run(*OPEN, "--yes")
    assert code == ExitCode.USAGE
    assert (
        "sample has no second factor, and cannot answer for a space; run `socle admin enrol sample`" in error
    )
    assert not (tree / RARE).exists()


def test_a_closed_space_is_thawed_before_it_is_extended_or_frozen(run: Run, tree: Path) -> None:
    assert run("close", "alpha", "--yes")[0] == 0
    for words in (("extend", "alpha", "--until", "2030-06-30"), ("freeze", "alpha")):
        code, _, error = run(*words, "--yes")
        assert code == ExitCode.USAGE
        assert "alpha is closed" in error
    assert phase(tree) == "closed"


def test_a_number_is_free_when_no_space_has_or_had_it() -> None:
    assert table.free_number("local") == 0
    assert table.free_number("full") == 0


def test_a_number_that_was_taken_while_one_was_asked_is_not_given_twice(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(text: str, abort: bool) -> None:  # noqa: ARG001
        asked.append(text)
        if len(asked) == 1:
            (tree / "stacks/Pulumi.local-space-swift.yaml").write_text(
                (tree / ALPHA).read_text().replace("number: 1\n", "number: 0\n")
            )

    monkeypatch.setattr(agreement.typer, "confirm", confirm)
    code, said, error = run(*OPEN)
    assert (code, error) == (0, "")
    assert load_space("local-space-rare", tree).space.number == 2
    networks = [line for line in said if line.startswith("A network of its own")]
    assert len(networks) == len(asked) == 2
    assert networks[0] != networks[1]


def test_five_that_are_opened_at_once_get_five_numbers(tree: Path) -> None:
    environment = describe("local")
    asked = opening.Opening("sample", "Rare diseases in stays", date(2028, 6, 30), (), 1, "small", 1)

    def open_one(name: str) -> None:
        stack = table.space_stack("local", name)

        def wanted() -> agreement.Wanted:
            before = table.standing(stack)
            return before, opening.text(environment, stack, asked, before)

        agreement.bring(environment, stack, wanted, preview=False, yes=True)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(open_one, ("one", "two", "three", "four", "five")))
    found = load_spaces("local", tree)
    assert sorted(one.space.number for one in found) == [0, 1, 2, 3, 4, 5]


def test_who_renews_his_own_space_does_not_read_one_that_goes_meanwhile(tree: Path) -> None:
    (tree / RARE).write_text("config: {}\n")
    (found,) = renewals._named(describe("local"), ["alpha"])
    assert found.name == "alpha"
    with pytest.raises(UserError, match="local has no space beta; choose alpha, rare"):
        renewals._named(describe("local"), ["alpha", "beta"])


def test_numbers_that_are_retired_at_once_are_all_kept(tree: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: table.retire(f"local-space-x{number}", number), range(20, 28)))
    retired = load_space("local-space-alpha", tree).base.zones.spaces.retired
    assert sorted(retired) == list(range(20, 28))


def test_the_list_says_who_is_where(run: Run) -> None:
    code, said, _ = run("list")
    assert code == 0
    assert any(line.startswith("alpha  open") for line in said)
