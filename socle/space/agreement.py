"""From a wanted change of a space to one that is kept: judged, said in words, agreed to. apply.py does it."""

from __future__ import annotations

from collections.abc import Callable

import typer

from infra.clearance import clear
from infra.facts import FactError
from infra.specification import SpaceSpecification
from socle.env import Environment
from socle.errors import UserError
from socle.space import table, words
from socle.space.apply import bring_about

Wanted = tuple[SpaceSpecification | None, str]
"""A space as it is, and the text that its file is to have."""


def bring(
    environment: Environment, stack: str, wanted: Callable[[], Wanted], *, preview: bool, yes: bool
) -> None:
    """Judge the new text, say what follows, ask, keep it, do it. Nothing is kept of what does not hold.

    While somebody was asked, another run may have changed the tables, and taken the number that was said:
    what is kept is what was agreed to, or one is told and asked anew.
    """
    agreed: str | None = None
    while True:
        with table.changing():
            before, text = wanted()
            after, warning = _judged(stack, text)
            said = words.changes(before, after)
            if text == agreed:
                if said:
                    table.keep(stack, text)
                break
        for line in said or ["Nothing is to be changed in its specification; what stands is brought to it."]:
            print(line)
        if warning:
            print(warning)
        if preview:
            return
        if said and not yes:
            typer.confirm("Do it?", abort=True)
        agreed = text
    bring_about(environment, after)


def _judged(stack: str, text: str) -> tuple[SpaceSpecification, str]:
    """The space as the new text has it, among all other tables; a warning, or nothing. UserError."""
    with table.trial(stack, text) as root:
        after = table.loaded(stack, root)
        try:
            return after, clear(after)
        except FactError as error:
            raise UserError(str(error)) from None
