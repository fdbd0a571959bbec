"""What a scan for drift says of each resource by the real engine's refresh, over a folder for a cloud."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from socle.drift import engine
from socle.env import Environment
from tests.changes.desk import Desk


@pytest.fixture
def environment(staging: Desk, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """As `socle drift` has it in the desk's checkout."""
    shell = staging.shell
    for name in set(os.environ) - set(shell):
        monkeypatch.delenv(name)
    monkeypatch.setattr(engine, "ROOT", staging.checkout)
    return Environment(staging.name, staging.home, shell)


@pytest.fixture
def one(staging: Desk) -> Iterator[Path]:
    """A file of that cloud, put back as it was."""
    file = staging.cloud / "one"
    before = file.read_text()
    yield file
    file.write_text(before)


def test_a_refresh_is_told_by_resource_and_field(staging: Desk, environment: Environment, one: Path) -> None:
    def said() -> set[tuple[str, str, str]]:
        records = engine.refresh(environment, staging.stack)
        return {
            (str(it.verdict), it.check, it.target.split()[2] if " " in it.target else "") for it in records
        }

    same = {("pass", "drift-refresh", "one"), ("pass", "drift-refresh", "two")}
    assert said() == same
    content = json.loads(one.read_text())
    one.write_text(json.dumps({**content, "size": "9", "image": "another"}))
    two = ("pass", "drift-refresh", "two")
    assert said() == {two, ("fail", "drift-refresh.size", "one"), ("fail", "drift-refresh.image", "one")}
    one.unlink()
    assert said() == {two, ("fail", "drift-refresh-delete", "one")}


def test_a_resource_that_cannot_be_read_is_unproven_and_no_state_is_told(
    staging: Desk, environment: Environment, one: Path
) -> None:
    one.write_text("no file of ours")
    records = list(engine.refresh(environment, staging.stack))
    unproven = [it for it in records if it.verdict == "unproven"]
    assert {it.target.split()[-1] for it in unproven} == {f"({one})", staging.stack}
    assert all("Expecting value" in it.evidence for it in unproven)
    assert not any("resOutputsEvent" in it.evidence or "inputs" in it.evidence for it in records)
