"""What a platform carries: the guard that refuses to let it go, and the question what stands on it now.

Both are answered by the provider of infra/guard, which asks the cloud.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class GuardArgs:
    """`everything`: what must not go before the guard has agreed. `region`: where the cloud is asked."""

    environment: str
    region: str
    core_router_id: pulumi.Input[str]
    everything: Sequence[pulumi.Resource]


class Guard(pulumi.CustomResource):
    """Deleted before all that it depends on, and only when no space stands; see docs/decisions/0012."""

    def __init__(self, args: GuardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """An entry in the state, called `<environment>-guard`."""
        inputs = {
            "environment": args.environment,
            "region": args.region,
            "core_router_id": args.core_router_id,
        }
        depends = pulumi.ResourceOptions(depends_on=[*args.everything])
        super().__init__(
            "socle-guard:platform:Guard",
            f"{args.environment}-guard",
            inputs,
            pulumi.ResourceOptions.merge(opts, depends),
        )


@dataclass(frozen=True)
class Standing:
    """Zones that the core router serves now; `objection`: why nothing of it may go, empty when it may."""

    zones: frozenset[str]
    objection: str


def standing(environment: str, region: str) -> Standing:
    """What stands in the cloud now; pulumi.RunError when that cannot be read."""
    asked = {"environment": environment, "region": region}
    try:
        found = pulumi.runtime.invoke("socle-guard:platform:carried", asked).value
    except Exception as error:
        raise pulumi.RunError(" ".join(str(error).split())) from None
    return Standing(frozenset(found["zones"]), str(found["objection"]))


def refuse_to_drop(environment: str, region: str, zones: Sequence[str]) -> None:
    """pulumi.RunError when a zone stands that is not among `zones`, and a space stands on the platform."""
    found = standing(environment, region)
    gone = sorted(found.zones - set(zones))
    if gone and found.objection:
        listed = ("zone " if len(gone) == 1 else "zones ") + ", ".join(gone)
        raise pulumi.RunError(f"{listed} cannot be taken away: {found.objection}")
