"""Network: what single rules and groups let through."""

from __future__ import annotations

from collections.abc import Iterator

from policies.graph.perimeter import GROUP, RULE, Rule, read_rule
from policies.matrix import stack_of
from policies.model import Said, World, policy, unproven, violation
from policies.net import ALL_PORTS, ANY, EVERYWHERE, in_internet, public_share
from policies.snapshot import Resource
from policies.values import Unknown

# 4096 addresses of IPv4: the largest block an organisation is likely to call its own; a /48 in IPv6.
WIDEST = {"4": 20, "6": 48}


def _read(resource: Resource, world: World) -> Rule:
    return read_rule(resource, world.graph.index)


@policy(
    "NET-06",
    rule=(
        "No rule lets in from the internet at large: what is missing counts as everything.",
        "Aucune règle ne laisse entrer depuis Internet au sens large : ce qui manque vaut tout.",
    ),
    reason=(
        "Neutron reads a rule without prefix, protocol or ports as any; so must who reviews it.",
        "Neutron lit ce qui manque à une règle comme « tout » ; qui la relit doit faire de même.",
    ),
    fix=(
        "Name the prefix that needs it, as narrow as it is known.",
        "Nommer le préfixe qui en a besoin, aussi étroit qu'on le connaît.",
    ),
    clauses=("secnumcloud-3.2:13.2.e",),
    kinds=(RULE,),
    counter="ingress tcp 443 with no remoteIpPrefix, or from 0.0.0.0/1",
    params={"widest": WIDEST},
)
def no_public_ingress(resource: Resource, world: World) -> Iterator[Said]:
    """By its own prefix."""
    rule = _read(resource, world)
    if rule.ingress is False:
        return
    if isinstance(rule.ingress, Unknown) or isinstance(rule.prefixes, Unknown):
        yield unproven("direction or prefix cannot be known")
        return
    for one in rule.prefixes or ():
        if in_internet(one) and one.prefixlen < int(world.params["widest"][str(one.version)]):
            yield violation(f"lets in {rule}")


@policy(
    "NET-07",
    rule=(
        "The prefixes of a group together do not amount to the internet at large.",
        "Les préfixes d'un groupe, réunis, ne valent pas Internet au sens large.",
    ),
    reason=(
        "0.0.0.0/1 and 128.0.0.0/1 pass every check that looks for 0.0.0.0/0.",
        "0.0.0.0/1 et 128.0.0.0/1 passent tout contrôle qui cherche 0.0.0.0/0.",
    ),
    fix=(
        "Replace the prefixes by those of the parties that are meant.",
        "Remplacer les préfixes par ceux des parties visées.",
    ),
    clauses=("secnumcloud-3.2:13.2.e",),
    kinds=(GROUP,),
    graph=True,
    counter="two rules of one group, from 0.0.0.0/1 and from 128.0.0.0/1",
    params={"addresses": {"4": 12, "6": 80}},
)
def union_not_global(resource: Resource, world: World) -> Iterator[Said]:
    """All ingress prefixes of the group, collapsed. `addresses`: the most, as powers of two."""
    rules = [one for one in world.graph.perimeter.by_group[resource.urn] if one.ingress is not False]
    prefixes = [one for rule in rules if isinstance(rule.prefixes, tuple) for one in rule.prefixes]
    for version, size in public_share(prefixes).items():
        if size > int(world.params["addresses"][str(version)]):
            names = ", ".join(
                sorted({str(one) for one in prefixes if one.version == version and in_internet(one)})
            )
            yield violation(f"IPv{version}: 2^{size} addresses of the internet are let in by {names}")
    if any(isinstance(rule.prefixes, Unknown) for rule in rules):
        yield unproven("a rule's prefix cannot be known")


@policy(
    "NET-08",
    rule=(
        "A group starts empty: Neutron's default rules, all egress of both versions, are deleted.",
        "Un groupe naît vide : les règles par défaut de Neutron, toute sortie, sont supprimées.",
    ),
    reason=(
        "Egress that nobody wrote down is in no flow matrix.",
        "Une sortie que personne n'a écrite n'est dans aucune matrice de flux.",
    ),
    fix=("Set deleteDefaultRules to true.", "Mettre deleteDefaultRules à true."),
    clauses=("secnumcloud-3.2:13.1.a", "satre:2.2.11"),
    kinds=(GROUP,),
    counter="a security group without deleteDefaultRules",
)
def default_rules_deleted(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its own switch."""
    said = resource.flag("deleteDefaultRules")
    if isinstance(said, Unknown):
        yield unproven("deleteDefaultRules cannot be known")
    elif said is not True:
        yield violation("keeps Neutron's default rules: all egress, IPv4 and IPv6")


@policy(
    "NET-09",
    rule=(
        "No rule lets everything out: egress names protocol, ports or a destination that is not everywhere.",
        "Aucune règle ne laisse tout sortir : la sortie nomme un protocole, des ports ou une destination.",
    ),
    reason=(
        "An open way out is how data leaves.",
        "Une sortie ouverte est le chemin par lequel les données partent.",
    ),
    fix=("Write one rule a destination.", "Écrire une règle par destination."),
    clauses=("snds-2024:4.5", "satre:2.2.11"),
    kinds=(RULE,),
    counter="egress without protocol, ports and prefix",
)
def no_open_egress(resource: Resource, world: World) -> Iterator[Said]:
    """By its own width."""
    rule = _read(resource, world)
    if rule.ingress is True or rule.prefixes is None:
        return
    if any(isinstance(one, Unknown) for one in (rule.ingress, rule.protocol, rule.ports, rule.prefixes)):
        yield unproven("direction, protocol, ports or prefix cannot be known")
    elif isinstance(rule.prefixes, tuple) and (rule.protocol == ANY or rule.ports == ALL_PORTS):
        for one in rule.prefixes:
            if one == EVERYWHERE[one.version]:
                yield violation(f"lets out {rule}")


@policy(
    "NET-21",
    rule=(
        "A stack adds rules to its own groups only.",
        "Une pile n'ajoute des règles qu'à ses propres groupes.",
    ),
    reason=(
        "A rule from a second stack opens a perimeter that its own review never showed.",
        "Une règle venue d'une autre pile ouvre un périmètre que sa propre revue n'a pas montré.",
    ),
    fix=(
        "Declare the rule where the group is declared.",
        "Déclarer la règle là où le groupe est déclaré.",
    ),
    clauses=("secnumcloud-3.2:13.1.a", "satre:2.2.12"),
    kinds=(RULE,),
    graph=True,
    counter="securityGroupId given as the id of another stack's group",
)
def own_groups_only(resource: Resource, world: World) -> Iterator[Said]:
    """By the group it points to."""
    group = _read(resource, world).group
    for one in group.found:
        if stack_of(one.urn) != stack_of(resource.urn):
            yield violation(f"adds to group {one.name} of stack {stack_of(one.urn)}")
    if group.outside:
        yield violation(f"adds to group {group.outside[0]}, which this stack does not declare")
    elif group.unknown:
        yield unproven("its group cannot be known")


@policy(
    "NET-22",
    rule=(
        "A rule that admits a group names one whose members the stack shows.",
        "Une règle qui admet un groupe en nomme un dont la pile montre les membres.",
    ),
    reason=(
        "Whoever joins a foreign group gains the access; nobody here would see it.",
        "Qui rejoint un groupe étranger gagne l'accès ; personne ici ne le verrait.",
    ),
    fix=("Admit the address, or declare the group here.", "Admettre l'adresse, ou déclarer le groupe ici."),
    clauses=("secnumcloud-3.2:13.2.a",),
    kinds=(RULE,),
    graph=True,
    counter="remoteGroupId given as the id of a group that another stack made",
)
def remote_groups_shown(resource: Resource, world: World) -> Iterator[Said]:
    """By the group it admits."""
    remote = _read(resource, world).remote
    if remote.outside:
        yield violation(f"admits group {remote.outside[0]}, which this stack does not declare")
    elif remote.unknown:
        yield unproven("the group it admits cannot be known")
