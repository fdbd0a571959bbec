"""A change's folder: the proposal, the plan, who signed, what became of it. Judges nothing."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from socle.change.plan import Row
from socle.env import Environment
from socle.errors import FindingError, UserError
from socle.identity import make_folder, write_private


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Kind = TypeVar("Kind", bound=_Record)


class Bound(_Record):
    """What a proposal is bound to; an approval holds while all of it is as it was.

    `state`: digest of the stack's state; `serial`: how many updates its history counts.
    """

    commit: str
    tree: str
    tools: str
    configuration: str
    target: dict[str, str]
    state: str
    serial: int


class After(_Record):
    """The change of another stack that this one follows: the same tree, done there first."""

    change: str
    stack: str
    digest: str
    applied: datetime


class Proposal(_Record):
    """What is proposed; `plan` is the digest of the plan's file. `protected`: URNs protected until now."""

    format: Literal["socle-change/1"] = "socle-change/1"
    change: str
    stack: str
    reason: str
    proposer: str
    at: datetime
    expires: datetime
    bound: Bound
    plan: str
    protected: list[str]
    table: tuple[Row, ...]
    after: After | None = None


class Approval(_Record):
    """Who approved which proposal, by its digest."""

    format: Literal["socle-approval/1"] = "socle-approval/1"
    change: str
    proposal: str
    approver: str
    at: datetime


@dataclass(frozen=True)
class Change:
    """The folder of one change."""

    at: Path
    home: Path | None = None
    """Where it was copied from: what became of it is noted there."""

    @property
    def name(self) -> str:
        """What people call it."""
        return (self.home or self.at).name

    @property
    def plan(self) -> Path:
        """The plan as pulumi wrote it."""
        return self.at / "plan.json"

    @property
    def proposal(self) -> Path:
        """What the proposer signed."""
        return self.at / "proposal.json"

    @property
    def approval(self) -> Path:
        """What the approver signed."""
        return self.at / "approval.json"

    def read(self) -> Proposal:
        """The proposal; UserError when there is none, FindingError when it is none that we wrote."""
        if not self.proposal.exists():
            raise UserError("no such change", str(self.at), "see `socle change list`")
        return _read(self.proposal, Proposal)

    def read_approval(self) -> Approval:
        """The approval; FindingError when there is none."""
        if not self.approval.exists():
            raise FindingError("not approved yet", self.name, f"socle change approve {self.name}")
        return _read(self.approval, Approval)

    def read_plan(self) -> dict[str, Any]:
        """What pulumi planned; FindingError when the file is none."""
        try:
            found: dict[str, Any] = json.loads(self.plan.read_bytes())
            found["resourcePlans"].items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise FindingError("not a plan of pulumi's", str(self.plan), "propose again") from None
        return found

    def write(self, file: Path, said: BaseModel) -> None:
        """Write a record, whole or not at all."""
        write_private(file, (said.model_dump_json(indent=2) + "\n").encode())

    def mark(self, event: Literal["begun", "applied"], **said: Any) -> None:
        """Note what became of it."""
        entry = {"at": now().isoformat(), **said}
        write_private((self.home or self.at) / f"{event}.json", (json.dumps(entry) + "\n").encode())

    def marked(self, event: Literal["begun", "applied"]) -> dict[str, Any]:
        """What was noted; empty when nothing was."""
        file = (self.home or self.at) / f"{event}.json"
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        return found


def changes(environment: Environment) -> Path:
    """Where the changes of an environment lie."""
    return environment.folder / "changes"


def named(environment: Environment, text: str) -> Change:
    """The change that a person means: its name, or a folder that a colleague handed over."""
    if "/" in text:
        return Change(Path(text).absolute())
    return Change(changes(environment) / text)


def new(environment: Environment, stack: str) -> Change:
    """A folder for a change that is being made; it gets its name when it is whole."""
    make_folder(changes(environment))
    return Change(make_folder(changes(environment) / f".{stack}"))


@contextmanager
def held(change: Change) -> Iterator[Change]:
    """A copy that nobody else can write to: what was judged is then what is signed, or done."""
    change.read()
    with tempfile.TemporaryDirectory(prefix="socle-change-") as folder:
        for file in (change.plan, change.proposal, change.approval):
            for part in (file, signature(file)):
                if part.exists():
                    shutil.copyfile(part, Path(folder) / part.name)
        yield Change(Path(folder), change.at)


def signature(file: Path) -> Path:
    """Where the signature of a file lies."""
    return file.with_name(file.name + ".sig")


def now() -> datetime:
    """To the second."""
    return datetime.now(UTC).replace(microsecond=0)


def digest(file: Path) -> str:
    """The SHA-256 of a file; of nothing when it is not there."""
    return hashlib.sha256(file.read_bytes() if file.exists() else b"").hexdigest()


def _read(file: Path, kind: type[Kind]) -> Kind:
    try:
        return kind.model_validate_json(file.read_bytes())
    except (ValidationError, OSError):
        what = f"not a {kind.__name__.lower()} that socle wrote"
        raise FindingError(what, str(file), "propose again") from None
