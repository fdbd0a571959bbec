"""Cryptography: what travels encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import is_sensitive
from policies.graph.balancers import BALANCER, LISTENER
from policies.model import Said, World, not_applicable, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, known


@policy(
    "CRY-04",
    rule=("A listener speaks TLS.", "Un écouteur parle TLS."),
    reason=(
        "What passes in clear is read by whoever is between.",
        "Ce qui passe en clair est lu par qui se trouve entre.",
    ),
    fix=(
        "Use TERMINATED_HTTPS, or HTTPS where hosts terminate TLS.",
        "Utiliser TERMINATED_HTTPS, ou HTTPS si les hôtes terminent TLS.",
    ),
    clauses=("secnumcloud-3.2:10.2.c",),
    kinds=(LISTENER,),
    counter="protocol: HTTP",
    params={"protocols": ["TERMINATED_HTTPS", "HTTPS"]},
)
def listeners_speak_tls(resource: Resource, world: World) -> Iterator[Said]:
    """By its protocol."""
    said = resource.text("protocol")
    if isinstance(said, Unknown):
        yield unproven("its protocol cannot be known")
    elif said not in world.params["protocols"]:
        yield violation(f"speaks {said}")


@policy(
    "CRY-05",
    rule=(
        "A listener that terminates TLS offers 1.2 and 1.3 only, and its certificate is a reference.",
        "Un écouteur qui termine TLS n'offre que 1.2 et 1.3, et son certificat est une référence.",
    ),
    reason=(
        "The default of many clouds still offers older versions.",
        "Le défaut de nombreux clouds offre encore d'anciennes versions.",
    ),
    fix=("Set tlsVersions and defaultTlsContainerRef.", "Fixer tlsVersions et defaultTlsContainerRef."),
    clauses=("anssi-tls:R3", "anssi-tls:R4"),
    kinds=(LISTENER,),
    counter="TERMINATED_HTTPS without tlsVersions",
    params={"versions": ["TLSv1.2", "TLSv1.3"]},
)
def tls_versions(resource: Resource, world: World) -> Iterator[Said]:
    """By its versions and reference."""
    if isinstance(resource.text("protocol"), Unknown):
        yield unproven("its protocol cannot be known")
        return
    if resource.get("protocol") != "TERMINATED_HTTPS":
        yield not_applicable("does not terminate TLS")
        return
    said = resource.items("tlsVersions")
    if isinstance(said, Unknown) or any(not known(one) for one in said):
        yield unproven("tlsVersions cannot be known")
    elif not said:
        yield violation("leaves the versions of TLS to the provider")
    elif old := [str(one) for one in said if one not in world.params["versions"]]:
        yield violation(f"offers {', '.join(old)}")
    if resource.get("defaultTlsContainerRef") is None:
        yield violation("has no certificate reference")


@policy(
    "CRY-06",
    rule=(
        "What a load balancer sends on to sensitive hosts is encrypted again.",
        "Ce qu'un répartiteur transmet à des hôtes sensibles est chiffré à nouveau.",
    ),
    reason=(
        "Behind the balancer lies the same network as everybody's.",
        "Derrière le répartiteur se trouve le réseau de tous.",
    ),
    fix=(
        "Set tlsEnabled on the pool, with caTlsContainerRef, or pass TLS through.",
        "Mettre tlsEnabled sur le pool, avec caTlsContainerRef, ou laisser passer TLS.",
    ),
    clauses=("secnumcloud-3.2:10.2", "hds-2:EXI-05.C"),
    kinds=(BALANCER,),
    graph=True,
    counter="a pool of protocol HTTP whose member is a host with health data",
)
def pools_encrypt(resource: Resource, world: World) -> Iterator[Said]:
    """By the pools of the balancer and the hosts behind it."""
    for balancer in world.graph.reach.balancers:
        if balancer.resource is not resource or not any(
            is_sensitive(nic.labels, world) for nic in balancer.members
        ):
            continue
        for pool in balancer.pools:
            said = pool.flag("tlsEnabled")
            if isinstance(said, Unknown):
                yield unproven(f"tlsEnabled of {pool.name} cannot be known")
            elif said is True and pool.get("caTlsContainerRef") is None:
                yield violation(f"pool {pool.name} encrypts for whoever answers: no caTlsContainerRef")
            elif said is not True and pool.get("protocol") not in ("HTTPS", "PROXY", "PROXYV2"):
                yield violation(f"pool {pool.name} sends in clear to a sensitive host")
