"""A project and a user of the bench's own: nothing is made or removed anywhere else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from bench.spaces.ground import operator
from infra.leftovers.cloud import patient
from infra.specification import load
from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.hosts.servers import connect

NAME = "socle-rivals"
MARK = "made by bench.rivals, which removes it"
"""Of the project and of the user; what has the name without it is somebody else's."""
LIMITS = {
    "network": ("networks", "subnets", "routers", "ports", "security_groups", "security_group_rules",
                "floating_ips"),
    "compute": ("instances", "cores", "ram", "key_pairs"),
    "volume": ("volumes", "gigabytes"),
}  # fmt: skip
UNLIMITED = -1
FLAVOR = {"name": NAME, "vcpus": 1, "ram": 64, "disk": 1}
"""For servers that have nothing to boot: they are looked at, not used."""


@dataclass(frozen=True)
class Home:
    """The project, and who works in it. `login`: an entry of clouds.yaml with a password of this run."""

    project: str
    cloud: Any
    login: dict[str, Any]
    flavor: str
    external: tuple[str, str]


def make(here: Environment, say: Callable[[str], None]) -> Home:
    """Both, with room for all seeds; one that an earlier run left is used again.

    UserError when something of somebody else has the name, or the profile names no manager of projects.
    """
    manager, admin = _manager(here), operator(here)
    api, domain = manager.identity, _domain(manager)
    project = _own(api.find_project(NAME, domain_id=domain), "project") or api.create_project(
        name=NAME, domain_id=domain, description=MARK
    )
    password = secrets.token_urlsafe(24)
    user = _own(api.find_user(NAME, domain_id=domain), "user")
    if user is None:
        user = api.create_user(name=NAME, domain_id=domain, description=MARK, password=password)
    else:
        api.update_user(user, password=password)
    member = next(role for role in api.roles() if role.name == "member")
    api.assign_project_role_to_user(project, user, member)
    if not list(api.role_assignments(user_id=user.id, scope_project_id=project.id)):
        raise FailureError("keystone did not grant `member`", f"project {NAME}")
    for service, names in LIMITS.items():
        getattr(admin, f"set_{service}_quotas")(project.id, **dict.fromkeys(names, UNLIMITED))
    flavor = admin.compute.find_flavor(NAME) or admin.compute.create_flavor(**FLAVOR)
    say(f"project {NAME} stands, of this run alone")
    login = _login(here, project.id, password)
    cloud = patient(_connected(login))
    within(cloud, project.id)
    external = cloud.network.find_network(load("local-platform").profile.external_network)
    return Home(project.id, cloud, login, flavor.id, (external.id, external.name))


def within(cloud: Any, project: str) -> None:
    """FailureError when the connection is to another project than the bench's own."""
    if cloud.current_project_id != project:
        raise FailureError("the session is in another project than the bench's own", NAME)


def find(here: Environment) -> str | None:
    """The project's id, where it stands; UserError when it is somebody else's."""
    manager = _manager(here)
    found = _own(manager.identity.find_project(NAME, domain_id=_domain(manager)), "project")
    return None if found is None else str(found.id)


def remove(here: Environment, project: str, say: Callable[[str], None]) -> None:
    """Project, user, flavor and quotas; what was in the project has to be gone."""
    manager, admin = _manager(here), operator(here)
    for service in LIMITS:
        getattr(admin, f"delete_{service}_quotas")(project)
    if flavor := admin.compute.find_flavor(NAME):
        admin.compute.delete_flavor(flavor)
    api = manager.identity
    if user := _own(api.find_user(NAME, domain_id=_domain(manager)), "user"):
        api.delete_user(user)
    api.delete_project(project)
    say(f"project {NAME} is gone")


def _own(found: Any, what: str) -> Any:
    if found is not None and found.description != MARK:
        fix = f"rename it; its description would be {MARK!r} if it were the bench's own"
        raise UserError(f"a {what} of somebody else is called {NAME}", "cloud", fix)
    return found


def _manager(here: Environment) -> Any:
    entry = load("local-platform").profile.project_manager
    if not entry:
        raise UserError(
            "the profile names nobody who makes projects", "stacks/profiles", "set project_manager"
        )
    return connect(replace(here, variables={**here.variables, "OS_CLOUD": str(entry)}))


def _domain(manager: Any) -> str:
    return str(manager.session.auth.get_access(manager.session).domain_id)


def _login(here: Environment, project: str, password: str) -> dict[str, Any]:
    said = yaml.safe_load(Path(here.variables["OS_CLIENT_CONFIG_FILE"]).read_text(encoding="utf-8"))
    entry = said["clouds"][str(load("local-platform").profile.project_manager)]
    own = {
        "auth_url": entry["auth"]["auth_url"],
        "username": NAME,
        "password": password,
        "project_id": project,
        "user_domain_name": entry["auth"]["user_domain_name"],
    }
    return {**entry, "auth": own}


def _connected(login: dict[str, Any]) -> Any:
    import openstack

    return openstack.connection.Connection(
        **{key: value for key, value in login.items() if key != "region_name"},
        region_name=login["region_name"],
        load_yaml_config=False,
        load_envvars=False,
    )
