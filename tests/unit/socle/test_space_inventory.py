"""What lies in a space's containers: every version is looked at, and what is in clear is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pytest

from socle.errors import ExitCode, FailureError
from socle.space import inventory, unattended
from tests.unit.socle.conftest import Run
from tests.unit.socle.containers import SEALED, Containers, Version

IN, OUT = "local-alpha-in", "local-alpha-out"
HELD = (
    Version(IN, "a é.csv", SEALED),
    Version(IN, "b.csv", b"patient;diagnosis\nx;y\nx;y\n"),
    Version(OUT, "r.csv", None),
    Version(OUT, "r.csv", SEALED),
    Version(OUT, "r.csv", b"r"),
    Version(OUT, "z.csv", b""),
)
CLEAR = [f"{IN}/b.csv", f"{OUT}/r.csv", f"{OUT}/z.csv"]


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_every_version_is_looked_at(monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    monkeypatch.setattr(inventory, "PAGE", page)
    store = Containers(*HELD)
    found = inventory.lying(Thing(object_store=store), "local", "alpha")
    assert [(str(one), one.sealed) for one in found] == [
        (f"{one.container}/{one.name}", (one.content or b"").startswith(inventory.MARK))
        for one in HELD
        if one.content is not None
    ]
    assert [str(one) for one in found if not one.sealed] == CLEAR
    parts = {said["Range"] for path, said in store.asked if path.count("/") > 1}
    assert parts == {"bytes=0-21"}, "no more of an object is fetched than its beginning"


def test_a_store_that_fails_is_no_inventory() -> None:
    for store in (Containers(*HELD, broken="b.csv"), Thing(get=lambda *_, **__: Thing(status_code=503))):
        with pytest.raises(FailureError, match="the object store answers 503"):
            inventory.lying(Thing(object_store=store), "local", "alpha")


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tree: Path) -> Callable[[Any], None]:
    assert tree

    def give(found: Any) -> None:
        monkeypatch.setattr(unattended, "connect", lambda _: Thing(object_store=found))

    return give


def test_the_verb_names_what_is_in_clear(run: Run, store: Callable[[Any], None]) -> None:
    store(Containers(*HELD))
    code, lines, error = run("objects", "alpha")
    assert (code, error.count("\n")) == (ExitCode.FINDINGS, 1)
    assert "space alpha: 3 of 5 lie in clear" in error
    assert [line.split()[-1] for line in lines if line.startswith("in clear")] == CLEAR
    store(Containers(HELD[0]))
    code, lines, error = run("objects", "alpha")
    assert (code, error) == (ExitCode.HOLDS, "")
    assert lines == [f"sealed                {len(SEALED)}  {IN}/a é.csv"]
    for name, said in (
        ("../x", "cannot name a space"),
        ("moon", "Pulumi.local-space-moon.yaml: no such file"),
    ):
        code, lines, error = run("objects", name)
        assert (code, lines, said in error) == (ExitCode.USAGE, [], True), error
