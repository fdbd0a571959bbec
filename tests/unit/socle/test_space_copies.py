"""Copies of a space's volumes: which are its own, which of them go, and what is said of those that stay."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from openstack import exceptions

from socle.env import Environment, describe
from socle.errors import ExitCode, FailureError
from socle.space import erasing, removal
from socle.space.left import Left, left_of
from tests.unit.socle.conftest import ALPHA, Run
from tests.unit.socle.stored import MINE, WORK, Block, around, copied, volume

FORBIDDEN = exceptions.ForbiddenException("kept until 2027-01-01")


def found(block: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.id) for one in left_of(around(block), "local", "alpha")]


def test_what_was_made_from_its_volumes_is_somebodys_however_far_it_went() -> None:
    block = Block(
        WORK,
        volume("cloned", "", source_volume_id="v1"),
        volume("cloned-again", "", source_volume_id="cloned"),
        volume("from-snapshot", "", snapshot_id="s1"),
        # A restore gives the volume all metadata of the one that was backed up.
        volume("restored", "", metadata={**MINE, "src_backup_id": "b1"}),
        volume("of-a-gone-backup", "", metadata={**MINE, "src_backup_id": "gone"}),
        volume("from-a-copys-backup", "", metadata={"src_backup_id": "b2"}),
        volume("theirs", "", metadata={**MINE, "space": "beta"}),
        snapshots=[copied("s1", "v1"), copied("s2", "restored"), copied("s3", "theirs")],
        backups=[copied("b1", "v1"), copied("b2", "cloned"), copied("b3", "theirs")],
    )
    assert found(block) == [
        ("volume", "v1"),
        ("snapshot", "s1"),
        ("snapshot of a copy", "s2"),
        ("backup", "b1"),
        ("backup of a copy", "b2"),
        *(
            ("volume made from one of its", name)
            for name in (
                "cloned",
                "cloned-again",
                "from-snapshot",
                "restored",
                "of-a-gone-backup",
                "from-a-copys-backup",
            )
        ),
    ]


def test_a_backup_of_a_volume_that_is_gone_is_known_by_what_it_says() -> None:
    others = {**MINE, "space": "beta"}
    block = Block(backups=[copied("b1", "gone", metadata=MINE), copied("b2", "gone", metadata=others)])
    assert found(block) == [("backup", "b1")]


def test_backups_come_in_the_order_in_which_they_can_be_deleted() -> None:
    days = {"first": "2026-11-01", "third": "2026-11-03", "second": "2026-11-02"}
    block = Block(WORK, backups=[copied(name, "v1", created_at=day) for name, day in days.items()])
    assert [number for kind, number in found(block) if kind == "backup"] == ["third", "second", "first"]


def test_it_is_said_before_what_goes_and_what_stays() -> None:
    block = Block(
        WORK, volume("v2", "kept", source_volume_id="v1"), backups=[copied("b1", "v1", name="nightly")]
    )
    assert erasing.said(left_of(around(block), "local", "alpha"))[1:] == [
        "Deleted: volume work (v1), 1 GiB, luks.",
        "Deleted, or unreadable where the provider keeps it: backup nightly (b1), 1 GiB, "
        "made 2026-11-01T00:00:00.",
        "Left to whose it is, unreadable: volume made from one of its kept (v2), 1 GiB.",
    ]


def test_at_a_provider_it_is_said_what_would_go_and_nothing_is_done(
    run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / ALPHA).write_text((tree / ALPHA).read_text().replace("phase: open\n", "phase: closed\n"))
    block = Block(WORK, backups=[copied("b1", "v1")])
    monkeypatch.setattr("socle.space.erasing.work.connect", lambda _: around(block))
    monkeypatch.setattr("socle.space.cli.prepare", lambda *_, **__: describe("local"))
    monkeypatch.setattr(Environment, "embedded", False)
    words = ("erase", "alpha", "--approver", "sample")
    code, lines, _ = run(*words, "--preview")
    assert (code, len(lines), lines[1]) == (0, 3, "Deleted: volume work (v1), 1 GiB, luks.")
    code, lines, error = run(*words, "--yes")
    assert (code, lines, "erasing at a provider is not built yet" in error) == (ExitCode.USAGE, [], True)
    assert not [*tree.rglob("*.note.json")]


def removed(block: Block) -> tuple[dict[str, str], list[str]]:
    said: list[str] = []
    return removal.remove_copies(around(block), left_of(around(block), "local", "alpha"), said.append), said


def test_its_snapshots_and_backups_are_deleted_and_those_of_others_are_not() -> None:
    block = Block(
        WORK,
        volume("v2", "kept", source_volume_id="v1"),
        snapshots=[copied("s1", "v1"), copied("s2", "v2")],
        backups=[copied("b1", "v1"), copied("b2", "v2")],
    )
    kept, said = removed(block)
    assert (kept, block.deleted) == ({}, ["s1", "b1"])
    assert said == ["snapshot s1 (s1) is deleted", "backup b1 (b1) is deleted"]


def test_a_backup_that_the_provider_keeps_is_told_with_its_reason_and_holds_nothing_up() -> None:
    backups = [copied("b1", "v1"), copied("b2", "v1"), copied("b3", "v1", status="error_deleting")]
    block = Block(WORK, backups=backups, b1=FORBIDDEN, b2=("error_deleting", "object  locked"))
    kept, said = removed(block)
    assert kept == {"b1": "kept until 2027-01-01", "b2": "object locked", "b3": "error_deleting"}
    assert said[0] == "backup b1 (b1) is kept by the provider (kept until 2027-01-01): unreadable"
    assert block.deleted == []


def test_what_an_erasure_that_was_killed_had_begun_to_delete_is_waited_for() -> None:
    going = {"status": "deleting"}
    block = Block(WORK, snapshots=[copied("s1", "v1", **going)], backups=[copied("b1", "v1", **going)])
    kept, said = removed(block)
    assert (kept, len(said), block.there["snapshots"], block.there["backups"]) == ({}, 2, [], [])


def test_what_is_gone_already_is_not_missed() -> None:
    assert removal.remove_copies(around(Block()), [Left("backup", "b1", "b1")], lambda _: None) == {}


@pytest.mark.parametrize(
    ("kind", "refusal", "said"),
    [
        (
            "backups",
            exceptions.ConflictException("busy"),
            "backup x (x) is not deleted yet: busy",
        ),
        (
            "backups",
            ("deleting", ""),
            "backup x (x) is not deleted yet: still there; say the same command again",
        ),
        ("snapshots", FORBIDDEN, "snapshot x (x) is not deleted: kept until 2027-01-01; ask the provider"),
    ],
)
def test_what_cannot_go_now_or_keeps_its_volume_ends_the_step(kind: str, refusal: Any, said: str) -> None:
    block = Block(WORK, **{kind: [copied("x", "v1")], "x": refusal})
    with pytest.raises(FailureError) as error:
        removed(block)
    assert said in str(error.value)


def test_a_container_is_emptied_of_every_version() -> None:
    pages = [[{"name": "a b", "version_id": "1"}, {"name": "a b", "version_id": "2"}, {"name": "c"}], []]
    deleted: list[tuple[str, dict[str, str]]] = []
    store = Thing(
        get=lambda *_, **__: Thing(status_code=200, json=lambda: pages.pop(0)),
        delete=lambda path, params: deleted.append((path, params)),
    )
    removal.empty(Thing(object_store=store), "box")
    assert deleted == [
        ("/box/a%20b", {"version-id": "1"}),
        ("/box/a%20b", {"version-id": "2"}),
        ("/box/c", {}),
    ]
