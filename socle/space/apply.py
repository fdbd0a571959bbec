"""Brings about what a space's file says: its stack, then playbook and checks on the hosts concerned.

On an embedded cloud. At a provider, `pulumi up` and the playbook do the same, each reviewed.
"""

from __future__ import annotations

from functools import partial

from infra.specification import SpaceSpecification
from socle.env import Environment
from socle.local.progress import reporter
from socle.local.run import Step, run_steps
from socle.local.steps import pin_hosts, provisioning, renewing
from socle.space import telling
from socle.space.renewals import GATEWAY
from socle.space.taking import take_away

TOLD = {"bastion", GATEWAY, "resolver"}
"""Roles of the platform whose hosts know each space."""


def bring_about(environment: Environment, space: SpaceSpecification) -> None:
    """Do it, or say what to run. A run that ended early is resumed by the same command."""
    if not environment.embedded:
        print(
            f"Commit stacks/Pulumi.{space.stack}.yaml; then `pulumi up -s {space.stack}`, and the playbook."
        )
        return
    run_steps(steps(space), environment, reporter(), "the same command", space=space.stack)


def steps(space: SpaceSpecification) -> tuple[Step, ...]:
    """What follows a change of the space, the cloud first: what it no longer lets through is closed at once.

    Then its credentials are what its table says, bastions learn to whom they forward, object gateways what
    the space may reach, and the space's hosts that run are hardened. Before all that, a space that is open no
    more is rid of its credential while its hosts still run.
    """
    told = [placed.name for placed in space.base.plan.hosts if TOLD & {*placed.host.roles}]
    own = [placed.name for placed in space.plan.hosts]
    pin = partial(pin_hosts, only=[*told, *own])
    harden = Step("converge", "Harden its own hosts", partial(telling.harden, only=own))
    taken = Step("access", "Take its credential from its hosts", partial(take_away, space=space))
    return (
        *([taken] if space.space.phase != "open" else []),
        provisioning([space.stack]),
        Step("credentials", "Renew the space's credentials", partial(renewing, only=[space.name])),
        Step("pins", "Learn the hosts' SSH keys from their consoles", pin),
        Step("told", "Tell the platform's hosts", partial(telling.tell, only=told)),
        *([harden] if own else []),
        Step("checks", "Check every control on all of them", partial(telling.check, only=[*told, *own])),
    )
