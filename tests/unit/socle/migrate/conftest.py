"""A ledger that holds what a source of these tests would have listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from socle.migrate import inventory
from socle.migrate.headers import Limits
from socle.migrate.job import Job
from socle.migrate.ledger import Ledger
from socle.migrate.partitions import Partition
from socle.migrate.source import Blob

JOB = {
    "name": "tested",
    "source": {"container": "c", "connection_file": "f"},
    "target": {"container": "c", "cloud": "w", "reader": "r"},
}


class Listing:
    """A source that can only be listed: what Azure's client gives, already as blobs."""

    address = "http://source/c"

    def __init__(self) -> None:
        self.blobs: dict[str, Blob] = {}

    def put(self, name: str, size: int = 1, etag: str = "1", tier: str = "Hot") -> None:
        content: dict[str, str | None] = {"content-type": None}
        made = Blob(
            name, "", size, etag, "2026-11-30T00:00:00+00:00", None, "BlockBlob", tier, content, {}, {}
        )
        self.blobs[name] = made

    def snapshot(self, name: str, moment: str) -> None:
        self.blobs[f"{name}@{moment}"] = replace(self.blobs[name], snapshot=moment)

    def below(self, _prefix: str) -> list[str]:
        return []

    def page(self, _partition: Partition, _marker: str) -> tuple[list[Blob], str]:
        return list(self.blobs.values()), ""


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    return Job.model_validate({**JOB, "partitions": 1, "workers": 1})


@pytest.fixture
def empty(job: Job) -> Ledger:
    return Ledger(job.folder / "ledger.sqlite", make=True)


@pytest.fixture
def listing() -> Listing:
    return Listing()


@pytest.fixture
def take(job: Job, empty: Ledger, listing: Listing) -> Callable[[], int]:
    """An inventory of it."""
    return lambda: inventory.take(job, empty, listing, Limits(name=64))  # type: ignore[arg-type]
