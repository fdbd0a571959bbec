"""Where `pulumi` enters: reads which layer the stack is, and dispatches. Bad input ends in one line."""

import sys
from pathlib import Path

import pulumi

# Pulumi runs this folder as a script, so the package's own parent is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from infra.access import automation_key
from infra.clearance import clear
from infra.facts import FactError
from infra.layers import data, platform, space
from infra.outputs import Contract
from infra.specification import load, load_data, load_space
from infra.stackfile import layer_of, read_stack, stack_name

# The language protocol's "the user has been told": the engine then adds no line of its own.
TOLD = 32


def declare() -> Contract:
    """The layer of the selected stack, from its committed file and what Pulumi's own adds to it."""
    stack = stack_name(pulumi.get_stack())
    layer = layer_of(read_stack(stack))
    override = pulumi.Config().get_object(layer)
    if layer == "space":
        beside = load_space(stack, override=override)
        say(clear(beside))
        return space.build(beside, automation_key(beside.base.platform))
    if layer == "data":
        held = load_data(stack, override=override)
        say(clear(held))
        return data.build(held)
    specification = load(stack, override=override)
    say(clear(specification))
    return platform.build(specification, automation_key(specification.platform))


def say(warning: str) -> None:
    """Show it, if there is anything to say."""
    if warning:
        pulumi.log.warn(warning)


try:
    declare().export()
except (FactError, pulumi.RunError) as error:
    pulumi.log.error(str(error))
    sys.exit(TOLD)
