"""Moves the stacks of an environment from its folder to PostgreSQL: export, import, compare, then switch.

The folder stays, under a name that says so. A run that was killed goes on when it is started again: a stack
that is there already and equal is done, one that is there and empty is taken for begun.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Any

from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.identity import make_folder
from socle.local.run import Context
from socle.state.address import Address
from socle.state.backend import Stack, at, export, resources, stacks
from socle.state.locks import PREFIX, held
from socle.state.store import Folder, Store, Table
from socle.state.unlock import since
from socle.state.use import note

_OWN_LOCK = "socle-state-move.json"
_ELSEWHERE = "move stacks from there with pulumi stack export and import"
_SCRATCH = "PULUMI_OPTION_CONFIG_FILE", "PULUMI_STACK"


@dataclass(frozen=True)
class Move:
    """From where to where."""

    context: Context
    target: Address

    @property
    def folder(self) -> Path:
        """The backend that is left."""
        return self.context.environment.folder / "backend"

    @property
    def source(self) -> Folder:
        """Its content."""
        return Folder(self.folder)

    def run(self) -> None:
        """Everything; raises UserError when a stack is locked, or is there with other content."""
        now = self.context.environment.variables["PULUMI_BACKEND_URL"]
        if now not in (f"file://{self.folder}", self.target.text):
            shown = now.partition("?")[0]
            raise UserError(
                f"the state is not in this environment's folder, but in {shown}", "state", _ELSEWHERE
            )
        found = stacks(self.source)
        with self._closed(found):
            for number, stack in enumerate(found, 1):
                self.context.say(f"stack {stack.name}, {number} of {len(found)}")
                self._one(stack)
            note(self.context.environment, self.target)
            self._keep_old()

    def _one(self, stack: Stack) -> None:
        old, new = self._ends()
        _refuse_locked(Table(self.target), stack)
        had = export(old, stack, clear=True)
        there = export(new, stack, clear=True)
        if had is None:
            raise FailureError("the stack went while it was moved", stack.name, "run again")
        if there is None or not (resources(there) or there.get("pending_operations")):
            self._carry_history(stack)
            self._import(old, new, stack, begun=there is not None)
            there = export(new, stack, clear=True)
            if there is None or not equal(had, there):
                raise FailureError(
                    "what arrived is not what was sent", stack.name, "keep the old folder in use"
                )
        elif not equal(had, there):
            raise UserError(
                f"there is one of this name with other content ({len(resources(had))} resources here, "
                f"{len(resources(there))} there)",
                stack.name,
                "compare `pulumi stack export` of both, and remove or rename one",
            )
        self.context.say(f"{stack.name}: {len(resources(had))} resources here and there, equal")

    def _import(self, old: Environment, new: Environment, stack: Stack, *, begun: bool) -> None:
        """Secrets stay encrypted in the file, which goes with its folder."""
        project = make_folder(self.context.environment.folder / "moving")
        (project / "Pulumi.yaml").write_text(f"name: {stack.project}\nruntime: python\n", encoding="utf-8")
        sent = project / f"{stack.name}.json"
        sent.unlink(missing_ok=True)
        sent.touch(0o600)
        leaving, arriving = (replace(self.context, environment=end) for end in (old, new))
        quiet = ("--non-interactive", "--color", "never")
        named = ("--stack", stack.full, *quiet)
        leaving.tool("pulumi", "stack", "export", "--file", str(sent), *named, cwd=project, without=_SCRATCH)
        if not begun:
            init = ("pulumi", "stack", "init", stack.full, "--no-select", *quiet)
            arriving.tool(*init, cwd=project, without=_SCRATCH)
        arriving.tool("pulumi", "stack", "import", "--file", str(sent), *named, cwd=project, without=_SCRATCH)
        shutil.rmtree(project)

    def _carry_history(self, stack: Stack) -> None:
        """An import leaves it behind; `pulumi stack history` and auditors want it."""
        table = Table(self.target)
        if not table.stands:
            self.context.tool("pulumi", "stack", "ls", "--non-interactive")  # makes it
        for key, content in self.source.blobs(f".pulumi/history/{stack.project}/{stack.name}/"):
            table.add(key, content)

    def _ends(self) -> tuple[Environment, Environment]:
        environment = self.context.environment
        return at(environment, f"file://{self.folder}"), at(environment, self.target.text)

    @contextmanager
    def _closed(self, found: list[Stack]) -> Iterator[None]:
        """Hold the old stacks' locks, so that no `pulumi` changes them while they are moved."""
        keys = [f"{PREFIX}organization/{stack.project}/{stack.name}/{_OWN_LOCK}" for stack in found]
        holder = {"pid": os.getpid(), "username": getuser(), "hostname": socket.gethostname()}
        content = json.dumps({**holder, "timestamp": datetime.now(UTC).isoformat()}).encode()
        try:
            for stack, key in zip(found, keys, strict=True):
                self.source.remove(key)  # of a run that was killed: this environment has one run at a time
                _refuse_locked(self.source, stack)
                self.source.add(key, content)
                _refuse_locked(self.source, stack, but=key)
            yield
        finally:
            kept = self.folder.parent.glob(f"{self.folder.name}-moved-*")
            for place in map(Folder, (self.folder, *kept)):
                for key in keys:
                    place.remove(key)

    def _keep_old(self) -> None:
        kept = self.folder.with_name(f"{self.folder.name}-moved-{time.strftime('%Y%m%dT%H%M%S')}")
        if self.folder.exists():
            self.folder.rename(kept)
            self.context.say(f"the old states are kept in {kept}, as they were when they were moved")


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two deployments say the same: resources with their secrets, and what is pending."""
    parts = ("resources", "pending_operations", "secrets_providers")
    return all((one.get(part) or None) == (other.get(part) or None) for part in parts)


def _refuse_locked(store: Store, stack: Stack, but: str = "") -> None:
    for lock in held(store, stack.name):
        if lock.key != but:
            raise UserError(
                f"locked by {lock.holder} since {since(lock)} in {store.name}",
                stack.name,
                f"wait until it ends; when it was killed: socle state unlock {stack.name}",
            )
