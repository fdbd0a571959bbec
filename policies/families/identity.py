"""Identity: credentials, users and who has which role where."""

from __future__ import annotations

from collections.abc import Iterator

from policies.concern import place
from policies.ends import ends_in_time
from policies.model import Said, World, policy, unproven, violation
from policies.snapshot import Resource
from policies.values import Unknown, known

CREDENTIAL, USER, GROUP = "identity/applicationCredential", "identity/user", "identity/groupV3"
ASSIGNMENT, PROJECT = "identity/roleAssignment", "identity/project"
EC2, INHERITED = "identity/ec2CredentialV3", "identity/inheritRoleAssignment"


@policy(
    "IAM-01",
    rule=(
        "An application credential is restricted, ends within 90 days, and lists what it may call.",
        "Une identité d'application est restreinte, finit sous 90 jours et liste ce qu'elle peut appeler.",
    ),
    reason=(
        "A leaked credential is worth what it may do, for as long as it lasts.",
        "Une identité volée vaut ce qu'elle permet, tant qu'elle dure.",
    ),
    fix=(
        "Set expiresAt and accessRules, leave unrestricted out.",
        "Fixer expiresAt et accessRules, omettre unrestricted.",
    ),
    clauses=("secnumcloud-3.2:9.5.a",),
    kinds=(CREDENTIAL,),
    counter="unrestricted: true",
    params={"days": 90},
)
def credentials_narrow(resource: Resource, world: World) -> Iterator[Said]:
    """By its switch, date and rules."""
    if resource.flag("unrestricted") is not False and resource.get("unrestricted") is not None:
        yield violation("may make further credentials: unrestricted")
    yield from ends_in_time(resource.text("expiresAt"), "its end", world)
    if resource.items("accessRules") == []:
        yield violation("may call everything that its user may")


@policy(
    "IAM-03",
    rule=(
        "No user is exempt from lockout, expiry or a second factor.",
        "Aucun utilisateur n'échappe au verrouillage, à l'expiration ou au second facteur.",
    ),
    reason=("The exempt account is the one that is attacked.", "Le compte exempté est celui qu'on attaque."),
    fix=(
        "Leave the ignore switches out, except for the first change of password.",
        "Omettre les dérogations, sauf le premier changement de mot de passe.",
    ),
    clauses=("secnumcloud-3.2:9.5.b", "secnumcloud-3.2:9.6.f", "snds-2024:5.3"),
    kinds=(USER,),
    counter="ignoreLockoutFailureAttempts: true",
)
def users_not_exempt(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By its switches."""
    for name in ("ignoreLockoutFailureAttempts", "ignorePasswordExpiry"):
        said = resource.flag(name)
        if isinstance(said, Unknown):
            yield unproven(f"{name} cannot be known")
        elif said:
            yield violation(f"{name} is set")
    if resource.flag("multiFactorAuthEnabled") is False:
        yield violation("its second factor is switched off")


def _assignments(world: World, principal: Resource) -> list[Resource]:
    prop = "userId" if principal.kind == USER else "groupId"
    return [
        one
        for one in world.graph.index.all(ASSIGNMENT)
        if principal in world.graph.follow(one, prop, principal.kind).found
    ]


@policy(
    "IAM-04",
    rule=(
        "Nobody has two roles in a project that must not meet in one hand.",
        "Personne n'a dans un projet deux rôles qui ne doivent pas être dans une même main.",
    ),
    reason=(
        "Who exports must not approve; who administers must not rewrite logs.",
        "Qui exporte ne doit pas approuver ; qui administre ne doit pas réécrire les journaux.",
    ),
    fix=("Give one of the roles to somebody else.", "Donner l'un des rôles à quelqu'un d'autre."),
    clauses=("secnumcloud-3.2:9.3.f", "cnil-mr-005:SEC-EXP-2"),
    kinds=(USER, GROUP),
    graph=True,
    counter="one user with the roles exporter and approver",
    params={"incompatible": [["exporter", "approver"], ["admin", "log-reader"]]},
)
def incompatible_roles(resource: Resource, world: World) -> Iterator[Said]:
    """By the assignments that point to it; roles by name where the stack makes them, else by id."""
    held: dict[str, set[str]] = {}
    for one in _assignments(world, resource):
        roles = world.graph.follow(one, "roleId", "identity/role")
        where = world.graph.follow(one, "projectId", PROJECT)
        key = ", ".join([it.urn for it in where.found] + list(where.outside)) or "domain"
        names = {str(role.get("name") or role.name) for role in roles.found} | set(roles.outside)
        held.setdefault(key, set()).update(names)
        if roles.unknown:
            yield unproven("a role that it has cannot be known")
    for roles_there in held.values():
        for pair in world.params["incompatible"]:
            if set(pair) <= roles_there:
                yield violation(f"has both {pair[0]} and {pair[1]}")


@policy(
    "IAM-05",
    rule=(
        "A user or group has roles in one project space only.",
        "Un utilisateur ou groupe n'a de rôles que dans un seul espace projet.",
    ),
    reason=("One login that opens two spaces joins them.", "Une connexion qui ouvre deux espaces les joint."),
    fix=("Make a user for each space.", "Faire un utilisateur par espace."),
    clauses=("secnumcloud-3.2:9.7.a", "secnumcloud-3.2:9.3.f"),
    kinds=(USER, GROUP),
    graph=True,
    counter="one user with a role in the projects of alpha and of beta",
)
def one_space_each(resource: Resource, world: World) -> Iterator[Said]:
    """By the labels of the projects."""
    spaces: set[str] = set()
    hidden = False
    for one in _assignments(world, resource):
        projects = world.graph.follow(one, "projectId", PROJECT)
        labels = [world.graph.labels(project) for project in projects.found]
        spaces |= {place(it) for it in labels if it.get("space")}
        hidden = hidden or projects.unknown
    if len(spaces) > 1:
        yield violation(f"has roles in {' and '.join(sorted(spaces))}")
    elif hidden:
        yield unproven("a project that it has a role in cannot be known")


@policy(
    "IAM-06",
    rule=(
        "There are no EC2 credentials, and no role is inherited.",
        "Il n'y a ni identité EC2 ni rôle hérité.",
    ),
    reason=(
        "Both open what nobody listed: an old signature, every project to come.",
        "Les deux ouvrent ce que personne n'a listé : une vieille signature, tout projet à venir.",
    ),
    fix=(
        "Use application credentials, and assign by project.",
        "Utiliser des identités d'application, et assigner par projet.",
    ),
    clauses=("secnumcloud-3.2:9.5.a",),
    kinds=(EC2, INHERITED),
    counter="any identity.Ec2CredentialV3",
)
def none_of_these(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """Any is one too many."""
    yield violation("is an EC2 credential" if resource.kind == EC2 else "is inherited by every project below")


@policy(
    "IAM-07",
    rule=(
        "Every role assignment names its principal and its project.",
        "Toute attribution de rôle nomme son porteur et son projet.",
    ),
    reason=(
        "A role in a domain is a role in all that the domain will hold.",
        "Un rôle dans un domaine est un rôle dans tout ce qu'il contiendra.",
    ),
    fix=("Set projectId, not domainId.", "Fixer projectId, pas domainId."),
    clauses=("secnumcloud-3.2:9.3.f", "snds-2024:8.2"),
    kinds=(ASSIGNMENT,),
    counter="a role assignment with domainId",
)
def assigned_by_project(resource: Resource, world: World) -> Iterator[Said]:  # noqa: ARG001
    """By where it holds."""
    if not known(resource.get("domainId")):
        if resource.get("projectId") is None:
            yield unproven("whether it holds in a domain cannot be known")
    elif resource.get("domainId") is not None:
        yield violation("holds in a whole domain")
    elif resource.get("projectId") is None:
        yield violation("names no project")
