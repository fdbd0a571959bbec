"""Reads an environment, platform and spaces, for questions about its flows."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from infra.config import Flows, Zones
from infra.facts import FactError
from infra.plan.landscape import Landscape, Party
from infra.specification import load, load_spaces
from infra.stackfile import environment_of, stack_name
from socle.errors import UserError

MOST_CHOICES = 12


@dataclass(frozen=True)
class Environment:
    """The plans of one environment and the tables that they follow from."""

    land: Landscape
    zones: Zones
    flows: Flows

    def party(self, name: str) -> Party:
        """Raises UserError, with what may be said instead, when there is none of this name."""
        try:
            return self.land.party(name)
        except KeyError:
            known = self.land.names()
            near = difflib.get_close_matches(name, known, MOST_CHOICES, 0.6) or known
            listed = ", ".join(near[:MOST_CHOICES]) + (", …" if len(near) > MOST_CHOICES else "")
            what = f"{name} is nobody in environment {self.land.environment}"
            raise UserError(what, "flows", f"choose {listed}, or an address") from None


def read(stack: str) -> Environment:
    """The environment that a stack of any layer belongs to. Raises UserError when its tables are wrong."""
    try:
        environment = environment_of(stack_name(stack))
        base = load(f"{environment}-platform")
        spaces = {space.name: space.plan for space in load_spaces(environment)}
    except FactError as error:
        raise UserError(str(error)) from None
    return Environment(Landscape(environment, base.plan, spaces), base.zones, base.flows)
