"""Cryptography and data: shared file systems, which travel in clear inside a network and show whole trees."""

from __future__ import annotations

from collections.abc import Iterator

from policies.model import Said, World, policy, unproven, violation
from policies.net import in_internet, prefix
from policies.snapshot import Resource
from policies.values import Unknown

SHARE, ACCESS = "sharedfilesystem/share", "sharedfilesystem/shareAccess"


@policy(
    "CRY-10",
    rule=(
        "A share is private, and lets in single hosts or users, never a wide prefix.",
        "Un partage est privé, et admet des hôtes ou des utilisateurs, jamais un préfixe large.",
    ),
    reason=(
        "NFS believes an address: a prefix lets in whoever gets one.",
        "NFS croit une adresse : un préfixe admet qui en obtient une.",
    ),
    fix=(
        "Leave isPublic out, and write one access for each address.",
        "Omettre isPublic, et écrire un accès par adresse.",
    ),
    clauses=("secnumcloud-3.2:9.7.a",),
    kinds=(SHARE, ACCESS),
    counter="accessTo: 0.0.0.0/0",
    params={"widest": {"4": 32, "6": 128}},
)
def shares_private(resource: Resource, world: World) -> Iterator[Said]:
    """A share by its switch, an access by whom it names."""
    if resource.kind == SHARE:
        public = resource.flag("isPublic")
        if isinstance(public, Unknown):
            yield unproven("isPublic cannot be known")
        elif public:
            yield violation("is shown to every project of the cloud")
        return
    kind, said = resource.text("accessType"), resource.text("accessTo")
    if isinstance(kind, Unknown) or isinstance(said, Unknown):
        yield unproven("whom it lets in cannot be known")
    elif kind == "ip":
        at = prefix(said)
        if isinstance(at, Unknown):
            yield unproven("whom it lets in is no address")
        elif in_internet(at) or at.prefixlen < int(world.params["widest"][str(at.version)]):
            yield violation(f"lets in {at}")
