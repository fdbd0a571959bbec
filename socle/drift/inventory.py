"""Takes the inventory: every kind listed, several at once. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from socle.drift import compute, identity, network, objects, storage
from socle.drift.answers import Unread
from socle.drift.asking import WORKERS, Reader
from socle.drift.declared import Expectation
from socle.drift.thing import Inventory, Thing

OTHERS = "application credential of others"
"""What only each user itself, or the operator, may list."""
_OWNERS = ("read_acl", "write_acl", "sync_to", "sync_key", "temp_url_key", "temp_url_key_2", "access_control")
"""What the object store shows to who owns the account, and leaves out for everybody else."""
Job = Callable[[], Iterable[Thing]]


def take(cloud: Reader, manager: Reader | None, expected: Expectation, *, identities: bool) -> Inventory:
    """All kinds. `manager`: reads our domain. `identities`: whether projects and users are ours to have."""
    try:
        jobs = {**_project(cloud, expected), **(_domain(manager) if identities else {})}
    except Unread as closed:
        return Inventory(
            {}, dict.fromkeys([*KINDS, *((*IDENTITIES, OTHERS) if identities else ())], str(closed))
        )
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = list(pool.map(_attempt, jobs.values()))
    things: dict[str, tuple[Thing, ...]] = {}
    unread: dict[str, str] = {}
    for kind, answer in zip(jobs, answers, strict=True):
        if isinstance(answer, str):
            unread |= dict.fromkeys(_TOGETHER.get(kind, (kind,)), answer)
            continue
        for each in _TOGETHER.get(kind, (kind,)):
            things[each] = tuple(one for one in answer if one.kind == each)
    _hide_what_owners_see(things, expected, cloud)
    if identities and (others := _others(things, cloud)):
        unread[OTHERS] = others
    counted = cloud.requests + (manager.requests if manager else type(cloud.requests)())
    told = [it.skew for it in (cloud, manager) if it and it.skew is not None]
    return Inventory(things, unread, counted, max(told, key=abs, default=None))


KINDS = (
    *network.PATHS,
    "router interface",
    "server",
    "server group",
    "key pair",
    "volume",
    "snapshot",
    "backup",
    "volume transfer",
    "image",
    "container",
    "account",
    "secret",
    "application credential",
    "EC2 credential",
    "trust",
)
"""What is listed of the platform's project."""
IDENTITIES = ("project", "user", "role assignment")
"""What is listed of our domain."""
_TOGETHER = {"port": ("port", "router interface")}


def _project(cloud: Reader, expected: Expectation) -> dict[str, Job]:
    project, user, used = whose(cloud)
    declared = [one.id for one in expected.things.get("container", ())]
    jobs: dict[str, Job] = {
        kind: partial(network.listed, cloud, kind, project) for kind in network.PATHS if kind != "port"
    }
    jobs |= {
        "port": lambda: network.ports_behind(cloud, project),
        "server": lambda: compute.servers(cloud),
        "server group": lambda: compute.server_groups(cloud),
        "key pair": lambda: compute.key_pairs(cloud, compute.makers(cloud), user),
        "volume": lambda: storage.volumes(cloud),
        "image": lambda: storage.images(cloud, project),
        "container": lambda: objects.containers(cloud, declared),
        "account": lambda: objects.account(cloud, project),
        "secret": lambda: storage.secrets(cloud, storage.volume_keys(cloud)),
    }
    for kind in ("snapshot", "backup", "volume transfer"):
        jobs[kind] = partial(storage.copies, cloud, kind)
    for kind in ("application credential", "EC2 credential", "trust"):
        jobs[kind] = partial(identity.own, cloud, kind, user, used)
    return jobs


def _domain(manager: Reader | None) -> dict[str, Job]:
    if manager is None:
        return dict.fromkeys(IDENTITIES, _nobody)
    return {
        "project": lambda: identity.projects(manager, domain_of(manager)),
        "user": lambda: identity.users(manager, domain_of(manager)),
        "role assignment": lambda: identity.role_assignments(manager),
    }


def _nobody() -> list[Thing]:
    raise Unread(f"no credential was given that may list it; it needs {identity.ROLE_NEEDED}")


def whose(reader: Reader) -> tuple[str, str, str]:
    """Ids of the session's project, its user and, when it has one, its application credential."""
    try:
        project, user = reader.connection.current_project_id, reader.connection.current_user_id
        used = reader.connection.config.get_auth_args().get("application_credential_id") or ""
    except Exception as error:  # openstacksdk and keystoneauth raise many kinds
        raise Unread(f"identity: the login failed ({' '.join(str(error).split())[:200]})") from None
    if not project or not user:
        raise Unread("identity: the credential opens no project")
    return str(project), str(user), str(used)


def domain_of(reader: Reader) -> str:
    """The domain that a session is scoped to; Unread when it is to none."""
    try:
        access = reader.connection.session.auth.get_access(reader.connection.session)
    except Exception as error:
        raise Unread(f"identity: the login failed ({' '.join(str(error).split())[:200]})") from None
    if not access.domain_id:
        raise Unread("identity: the credential for our domain is not scoped to a domain")
    return str(access.domain_id)


def _others(things: Mapping[str, tuple[Thing, ...]], cloud: Reader) -> str:
    if "user" not in things:
        return "the users of our domain could not be listed"
    users = [one for one in things["user"] if one.id != whose(cloud)[1]]
    if not users:
        return ""
    return f"those of {len(users)} others of our domain; only each of them, or a reader of the system, may"


def _hide_what_owners_see(things: dict[str, tuple[Thing, ...]], expected: Expectation, cloud: Reader) -> None:
    """Take away fields that were empty perhaps only because nobody shows them to us."""
    found = (*things.get("container", ()), *things.get("account", ()))
    if any(one.fields.get(name) for one in found for name in _OWNERS):
        return
    declared = (one.fields for one in expected.things.get("container", ()))
    if not any(it.get("read_acl") or it.get("write_acl") for it in declared) and _more_than_reader(cloud):
        return
    for kind in {"container", "account"} & things.keys():
        things[kind] = tuple(
            replace(one, fields={name: value for name, value in one.fields.items() if name not in _OWNERS})
            for one in things[kind]
        )


def _more_than_reader(cloud: Reader) -> bool:
    try:
        access = cloud.connection.session.auth.get_access(cloud.connection.session)
        return bool(set(access.role_names) - {"reader"})
    except Exception:
        return False


def _attempt(job: Job) -> list[Thing] | str:
    """What a job lists, or why it could not: whatever else is wrong with an answer is no proof either."""
    try:
        return list(job())
    except Unread as unread:
        return str(unread)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"the answer is not as the service documents it ({type(error).__name__}: {error})"
