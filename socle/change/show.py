"""A change as people read it: the table of what will happen, what it is bound to, where it stands."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from socle.change.record import Change, Proposal, changes, now
from socle.env import Environment
from socle.errors import SocleError

_WIDTH = 140


def show(change: Change, proposal: Proposal) -> None:
    """Everything that an approver decides by."""
    bound, after = proposal.bound, proposal.after
    lines = {
        "change": proposal.change,
        "stack": proposal.stack,
        "reason": proposal.reason,
        "proposed": f"by {proposal.proposer}, {proposal.at:%Y-%m-%d %H:%M} UTC",
        "expires": f"{proposal.expires:%Y-%m-%d %H:%M} UTC",
        "program": f"commit {bound.commit} (git show {bound.commit[:12]})",
        "cloud": ", ".join(f"{key} {value}" for key, value in bound.target.items()),
        "state": f"after {bound.serial} updates, sha256 {bound.state[:16]}",
        "follows": f"{after.change}, applied {after.applied:%Y-%m-%d %H:%M} UTC, its record says"
        if after
        else "no change of another stack",
        "stands": standing(change, proposal),
    }
    for name, text in lines.items():
        print(f"{name + ':':<10}{_printable(text)}")
    table = Table(box=None, pad_edge=False)
    for column in ("what", "kind", "name", "with"):
        table.add_column(column, overflow="fold")
    for row in proposal.table:
        table.add_row(
            *(Text(_printable(text)) for text in (row.what, row.kind, row.name)), _details(row.details)
        )
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def standing(change: Change, proposal: Proposal) -> str:
    """Where it stands, as its folder says; signatures are judged by who approves or applies."""
    if done := change.marked("applied"):
        return f"applied {done['at']}"
    if begun := change.marked("begun"):
        return f"begun {begun['at']}, not ended"
    if now() >= proposal.expires:
        return "expired"
    try:
        approval = change.read_approval()
    except SocleError:
        return "waits for approval"
    return f"approved by {approval.approver}, {approval.at:%Y-%m-%d %H:%M} UTC"


def print_list(environment: Environment) -> None:
    """Every change of the environment."""
    table = Table(box=None, pad_edge=False)
    for column in ("change", "proposed by", "rows", "expires", "stands"):
        table.add_column(column, overflow="fold")
    for folder in sorted(changes(environment).glob("[!.]*")):
        change = Change(folder)
        try:
            proposal = change.read()
            said = (proposal.proposer, str(len(proposal.table)), f"{proposal.expires:%Y-%m-%d %H:%M}")
            table.add_row(folder.name, *map(_printable, said), standing(change, proposal))
        except SocleError as error:
            table.add_row(folder.name, "", "", "", str(error))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)


def _details(lines: tuple[str, ...]) -> Text:
    return Text("\n".join(map(_printable, lines)))


def _printable(text: str) -> str:
    """Without what would draw on the reader's terminal."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
