"""A migration's file: what is brought where, and with which limits. Secrets are elsewhere, named here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from socle.errors import UserError
from socle.migrate.bandwidth import MB, Bandwidth
from socle.paths import state

MIB = 1 << 20
_OTHERS = 0o077
PIECE = 4 * MIB
"""What is read from the source in one request."""
_PATIENCE = 20.0
"""Seconds that a piece may wait for its turn: a target that is being written to hangs up after 60."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceSpec(_Strict):
    """A container of Azure Blob Storage."""

    container: str = Field(min_length=1)
    connection_file: Path = Field(description="Holds Azure's connection string; for its owner's eyes only")


class TargetSpec(_Strict):
    """A container of Swift. Both clouds are entries of clouds.yaml."""

    container: str = Field(min_length=1, max_length=200, pattern=r"^[^/]+$")
    cloud: str = Field(min_length=1, description="Who writes")
    reader: str = Field(min_length=1, description="Who verifies, and may only read")


class CutoverSpec(_Strict):
    """What `socle migrate cutover` needs besides; secrets are in files for their owner's eyes only."""

    owner_file: Path = Field(description="Of who sets access policies, and deletes at the end")
    writers: tuple[Path, ...] = Field(min_length=1, description="Those of everybody who writes at the source")
    retention_days: int = Field(ge=1, le=3650, description="How long the source is kept after the switch")


class Job(_Strict):
    """One migration: one source container into one target container."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,60}$")
    source: SourceSpec
    target: TargetSpec
    long_names: Literal["refuse", "map"] = "refuse"
    buffer_mib: Annotated[float, Field(gt=0, le=256)] = 8
    """Up to this size an object is held in memory and written with its hash in one request."""
    segment_mib: Annotated[float, Field(gt=0, le=5120)] = 1024
    """A larger object is written in segments of this size."""
    workers: int = Field(8, ge=1, le=64)
    partitions: int = Field(32, ge=1, le=10_000)
    bandwidth: Bandwidth | None = None
    """Of each process, by hour; what is read, and so what is written."""
    cutover: CutoverSpec | None = None

    @model_validator(mode="after")
    def _patient(self) -> Job:
        least = self.workers * PIECE / _PATIENCE
        if self.bandwidth and self.bandwidth.least < least:
            raise ValueError(
                f"{self.workers} workers need {least / MB:.1f} MB/s at least, or their connections time out; "
                "say fewer workers"
            )
        return self

    @property
    def folder(self) -> Path:
        """Where the ledger and certificates lie."""
        return state() / "migrations" / self.name

    @property
    def buffer(self) -> int:
        """In bytes."""
        return int(self.buffer_mib * MIB)

    @property
    def segment(self) -> int:
        """In bytes."""
        return int(self.segment_mib * MIB)


def load(path: Path) -> Job:
    """Read a migration's file; raises UserError that names the field."""
    try:
        found = Job.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UserError(error.strerror or "cannot be read", str(path), "name the migration's file") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise UserError("not YAML", str(path), "see docs/en/migration.md for what it holds") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "file"
        raise UserError(f"{field}: {first['msg']}", str(path), "see docs/en/migration.md") from None
    held = path.parent / found.source.connection_file
    update: dict[str, BaseModel] = {"source": found.source.model_copy(update={"connection_file": held})}
    if over := found.cutover:
        files = {
            "owner_file": path.parent / over.owner_file,
            "writers": tuple(path.parent / file for file in over.writers),
        }
        update["cutover"] = over.model_copy(update=files)
    return found.model_copy(update=update)


def connection(job: Job) -> str:
    """The source's connection string; raises UserError when it is not there, or others may read it."""
    return secret(job.source.connection_file)


def secret(file: Path) -> str:
    """A connection string; raises UserError when it is not there, or others may read it."""
    try:
        if file.stat().st_mode & _OTHERS:
            raise UserError("others may read this file with a credential", str(file), f"chmod 600 {file}")
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UserError(
            error.strerror or "cannot be read", str(file), "write the source's connection string into it"
        ) from None
