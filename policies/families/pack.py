"""The pack about itself: its settings, and the exemptions that are given from it."""

from __future__ import annotations

from collections.abc import Iterator

from policies.model import Said, World, policy
from policies.snapshot import Resource

SETTINGS = {
    # Classes of data, by the label `class`.
    "sensitive": ["health"],
    # Roles of hosts that the internet may reach.
    "entrances": ["bastion", "load-balancer"],
    # Ids or names of networks of other stacks that are not the internet, such as a declared transit.
    "internal_networks": [],
    # Where administrators come from, beside the bastions of the stack.
    "admin_prefixes": [],
    # Regions that a qualification covers.
    "regions": [],
    # Label keys of another project: theirs to ours.
    "labels": {},
    # A file of exemptions, from the pack's folder.
    "exemptions": "exemptions.yaml",
    # Whether what cannot be known stops a change: advisory or mandatory.
    "unproven": "advisory",
    # Language of messages: en or fr.
    "language": "en",
}


@policy(
    "PACK-01",
    rule=(
        "Every exemption has an owner, another approver, a reason, an end within 180 days, and is used.",
        "Toute dérogation a un porteur, un autre approbateur, une raison, une fin sous 180 jours, et sert.",
    ),
    reason=(
        "An exemption that nobody needs any more opens what nobody looks at.",
        "Une dérogation devenue inutile ouvre ce que plus personne ne regarde.",
    ),
    fix=(
        "Mend or remove the entry of the exemptions file.",
        "Corriger ou retirer l'entrée du fichier de dérogations.",
    ),
    clauses=("secnumcloud-3.2:13.1.a",),
    kinds=("pulumi:pulumi:Stack",),
    counter="an exemption whose expiry has passed",
    params=SETTINGS,
)
def exemptions_stand(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """What is wrong with them is known once all policies have spoken: see `run`."""
    yield from world.params.get("exemption_findings", ())
