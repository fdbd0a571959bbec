"""The verbs of the command line. A module is read when its verb is said, or when all are listed.

Reading all of them, with the libraries of three clouds behind, takes three seconds of a slow processor: more
than most verbs do, and paid by each of the hundred that a test run or a night's job starts.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

FAMILIES = {
    "admin": "socle.admin.cli",
    "change": "socle.change.cli",
    "drift": "socle.drift.cli",
    "flows": "socle.flows.cli",
    "hosts": "socle.hosts.cli",
    "local": "socle.local.cli",
    "migrate": "socle.migrate.cli",
    "policy": "socle.policy.cli",
    "space": "socle.space.cli",
    "state": "socle.state.cli",
}
"""Modules whose `app` has verbs of its own."""
ALONE = {"check": "socle.check", "vulnerabilities": "socle.vulnerabilities.cli"}
"""Modules with a function of the verb's name, and its HELP."""


class Verbs(TyperGroup):
    """A group that has the verbs above beside those that are registered."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All names, in the order of the help."""
        return sorted([*FAMILIES, *ALONE, *super().list_commands(ctx)])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb of this name, read now; None when there is none."""
        if cmd_name not in FAMILIES and cmd_name not in ALONE:
            return super().get_command(ctx, cmd_name)
        parent = typer.Typer(add_completion=False, rich_markup_mode=None)
        parent.callback()(lambda: None)
        if cmd_name in FAMILIES:
            parent.add_typer(import_module(FAMILIES[cmd_name]).app, name=cmd_name)
        else:
            module = import_module(ALONE[cmd_name])
            parent.command(name=cmd_name, help=module.HELP)(getattr(module, cmd_name))
        group: Any = get_command(parent)
        return group.get_command(ctx, cmd_name)
