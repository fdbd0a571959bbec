"""The certificate of an erasure on backups: deleted, kept by the provider, never sealed, back again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from openstack import exceptions

from socle.env import describe
from socle.errors import FindingError
from socle.records import Verdict
from socle.space import erasure, key, verify
from tests.unit.socle.conftest import ALPHA
from tests.unit.socle.stored import MINE, WORK, Block, around, copied

STACK = "local-space-alpha"
FORBIDDEN = exceptions.ForbiddenException("kept until 2027-01-01")
NO_OBJECTS = {"keys": [], "open to": [], "sealed": 0, "in clear": []}


@pytest.fixture
def begun(tree: Path, monkeypatch: pytest.MonkeyPatch) -> erasure.Erasure:
    """An erasure of the space alpha, closed and sealed, whose stack is not in any state."""
    (tree / ALPHA).write_text((tree / ALPHA).read_text().replace("phase: open\n", "phase: closed\n"))
    made = erasure.Erasure(describe("local"), STACK)
    key.key_of(made.keys, STACK)
    monkeypatch.setattr(erasure, "stacks", lambda _: [])
    return made


def taken(begun: erasure.Erasure, block: Block, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Take these steps of the erasure; the volume goes with the stack, after the copies."""
    for module in (erasure, verify):
        monkeypatch.setattr(module, "connect", lambda _: around(block))
    erasure.begin(begun, "one", "other")
    steps = {step.name: step.work for step in erasure.steps(begun)}
    context: Any = Thing(say=lambda _: None, environment=begun.environment)
    monkeypatch.setattr(erasure, "replace", lambda context, **_: context)
    for name in names:
        steps[name](context)
        if name == "destroy":
            block.there["volumes"] = [one for one in block.there["volumes"] if one.id != "v1"]


EVERY = ("key", "destroy", "look", "certificate")


def verdict(begun: erasure.Erasure, check: str) -> tuple[Verdict, str]:
    records = verify.verify(begun.environment, begun.certificate(date.today()))
    return next((one.verdict, str(one.evidence)) for one in records if one.check == f"erasure-{check}")


def test_a_certificate_tells_deleted_backups_from_kept_ones(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = Block(
        WORK, backups=[copied("b1", "v1"), copied("b2", "v1", name="nightly", metadata=MINE)], b2=FORBIDDEN
    )
    taken(begun, block, monkeypatch, *EVERY)
    said = json.loads(begun.certificate(date.today()).read_text())
    assert [one["id"] for one in said["was"]] == ["v1", "b1"]
    (kept,) = said["backups kept, unreadable"]
    assert (kept["id"], kept["name"], kept["why"]) == ("b2", "nightly", "kept until 2027-01-01")
    assert "kept" not in said
    answer = verdict(begun, "backups")
    assert answer[0] is Verdict.UNPROVEN
    assert "kept by the provider, sealed with the destroyed key: nightly (b2)" in answer[1]
    assert verdict(begun, "cloud")[0] is Verdict.PASS
    block.there["backups"].clear()  # its day has come
    assert verdict(begun, "backups") == (Verdict.PASS, "1 were deleted, and none is there")


def test_a_backup_said_to_be_deleted_that_is_there_fails(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = copied("b1", "v1")
    block = Block(WORK, backups=[backup])
    taken(begun, block, monkeypatch, *EVERY)
    assert verdict(begun, "backups") == (Verdict.PASS, "1 were deleted, and none is there")
    block.there["backups"].append(backup)
    assert verdict(begun, "backups")[0] is Verdict.FAIL
    assert verdict(begun, "cloud")[0] is Verdict.PASS


def test_what_is_kept_of_a_space_that_was_never_sealed_is_not_called_unreadable(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    key.key_file(begun.keys, STACK).unlink()
    (begun.keys / f"{STACK}.given").unlink()
    monkeypatch.setattr("socle.space.inventory.said", lambda *_: NO_OBJECTS)
    taken(begun, Block(WORK, backups=[copied("b1", "v1")], b1=FORBIDDEN), monkeypatch, *EVERY)
    answer = verdict(begun, "backups")
    assert (answer[0], "never sealed" in answer[1]) == (Verdict.FAIL, True)


def test_a_backup_that_came_back_while_its_volume_went_is_looked_for_by_its_id(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = Block(WORK, backups=[copied("b1", "v1", name="nightly")])
    monkeypatch.setattr("socle.space.removal.remove_copies", lambda *_: {})
    with pytest.raises(FindingError, match=r"1 things of the space are left: backup nightly \(b1\)"):
        taken(begun, block, monkeypatch, "key", "destroy", "look")


def test_an_erasure_that_goes_on_remembers_what_the_provider_kept(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The volume is gone by then, and the cloud tells no longer whose the backup is."""
    block = Block(WORK, backups=[copied("b1", "v1")], b1=FORBIDDEN)
    taken(begun, block, monkeypatch, "key", "destroy")
    taken(begun, block, monkeypatch, *EVERY)
    said = json.loads(begun.certificate(date.today()).read_text())
    assert [one["id"] for one in said["backups kept, unreadable"]] == ["b1"]
