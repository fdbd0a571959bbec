"""Sovereignty: which cloud, which region, and over what."""

from __future__ import annotations

import json
from collections.abc import Iterator

from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import OPENSTACK, Resource
from policies.values import UNKNOWN, Unknown, Value, known, normalise, opened

PROVIDER = "pulumi:providers:openstack"


def _object(said: Value) -> Value:
    """A provider's own settings reach the engine as JSON in a string."""
    value = opened(said)
    if isinstance(value, str):
        try:
            return normalise(json.loads(value))
        except ValueError:
            return UNKNOWN
    return value


@policy(
    "SOV-01",
    rule=(
        "Every provider points to a region of the list of qualified ones.",
        "Tout fournisseur désigne une région de la liste de celles qui sont qualifiées.",
    ),
    reason=(
        "Health data may lie where a qualification holds, and nowhere else.",
        "Les données de santé restent là où une qualification tient, nulle part ailleurs.",
    ),
    fix=(
        "Say region on the provider; list qualified regions in `regions`.",
        "Dire la région sur le fournisseur ; lister les régions qualifiées dans `regions`.",
    ),
    clauses=("secnumcloud-3.2:19.2.b", "secnumcloud-3.2:A2.c", "hds-2:EXI-28", "snds-2024:3.2"),
    kinds=(PROVIDER,),
    counter="a provider with a region that nobody listed, or none",
)
def qualified_region(resource: Resource, world: World) -> Iterator[Said]:
    """By its region; fails closed when the list is empty."""
    said = resource.text("region")
    if isinstance(said, Unknown):
        yield unproven("its region cannot be known")
    elif not world.params["regions"]:
        yield unproven("no region is listed as qualified: fill `regions`")
    elif said not in world.params["regions"]:
        yield violation(f"region {said or 'left to the environment'} is not listed")


@policy(
    "SOV-02",
    rule=(
        "The provider speaks TLS with verified certificates, to listed endpoints only.",
        "Le fournisseur parle TLS avec des certificats vérifiés, vers des points d'accès listés.",
    ),
    reason=(
        "Who answers in the cloud's place gets the credential.",
        "Qui répond à la place du cloud obtient l'identité.",
    ),
    fix=(
        "Use https, leave insecure out, list other endpoints in `endpoints`.",
        "Utiliser https, omettre insecure, lister les autres points d'accès dans `endpoints`.",
    ),
    clauses=("secnumcloud-3.2:10.2.c", "secnumcloud-3.2:19.2.b"),
    kinds=(PROVIDER,),
    counter="insecure: true",
    params={"endpoints": []},
)
def verified_endpoints(resource: Resource, world: World) -> Iterator[Said]:
    """By its addresses and switches."""
    if resource.flag("insecure") not in (None, False):
        yield violation("does not verify certificates")
    url = resource.text("authUrl")
    if isinstance(url, Unknown):
        yield unproven("authUrl cannot be known")
    elif url and not url.startswith("https://"):
        yield violation("logs in without TLS")
    overrides = _object(resource.get("endpointOverrides"))
    if isinstance(overrides, Unknown):
        yield unproven("endpointOverrides cannot be known")
    for service, address in overrides.items() if isinstance(overrides, dict) else ():
        if address not in world.params["endpoints"]:
            yield violation(f"{service} is sent to an endpoint that is not listed")


@policy(
    "SOV-03",
    rule=("Every resource names its provider.", "Toute ressource nomme son fournisseur."),
    reason=(
        "The default one takes cloud, region and rights from whoever runs the command.",
        "Celui par défaut prend cloud, région et droits de qui lance la commande.",
    ),
    fix=("Pass the provider by ResourceOptions.", "Passer le fournisseur par ResourceOptions."),
    clauses=("secnumcloud-3.2:9.7.a",),
    kinds=(),
    counter="a network without the option provider",
)
def explicit_provider(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By the provider's name, which the engine begins with `default`."""
    if resource.type.startswith(OPENSTACK) and resource.provider.rpartition("::")[2].startswith("default"):
        yield violation("uses the default provider")


@policy(
    "SOV-04",
    rule=(
        "A resource lies in its provider's region.",
        "Une ressource est dans la région de son fournisseur.",
    ),
    reason=(
        "A region on a single resource escapes the provider's check.",
        "Une région sur une seule ressource échappe au contrôle du fournisseur.",
    ),
    fix=("Leave region out of resources.", "Omettre region sur les ressources."),
    clauses=("secnumcloud-3.2:19.2.b", "hds-2:EXI-28"),
    kinds=(),
    graph=True,
    counter="a container with region: elsewhere",
)
def same_region(resource: Resource, world: World) -> Iterator[Said]:
    """Both regions."""
    own = resource.get("region") if resource.type.startswith(OPENSTACK) else None
    if own is None or (not known(own) and not resource.depends.get("region")):
        return
    provider = world.graph.index.by_urn.get(resource.provider)
    theirs = provider.text("region") if provider else None
    if not known(own) or isinstance(theirs, Unknown):
        yield unproven("its region or its provider's cannot be known")
    elif own != theirs:
        yield violation(f"lies in {own}, its provider in {theirs or 'whatever the environment says'}")
