"""Where `pulumi` enters: reads which layer the stack is, and dispatches. Bad input ends in one line."""

import sys
from pathlib import Path

import pulumi

# Pulumi runs this folder as a script, so the package's own parent is not on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from infra.facts import FactError
from infra.layers import platform
from infra.specification import automation_key, layer_of, load, read_stack, stack_name


def run() -> None:
    """Build the layer of the selected stack, from its configuration as Pulumi gives it."""
    try:
        stack = stack_name(pulumi.get_stack())
        config = pulumi.Config()
        layer = layer_of(read_stack(stack), config.get("layer"))
        specification = load(stack, data=config.get_object(layer))
        key = automation_key(specification.platform)
    except FactError as error:
        raise pulumi.RunError(str(error)) from None
    platform.build(specification, key).export()


run()
