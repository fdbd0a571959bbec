"""The credential that a scan reads with: it can GET and HEAD lists, and nothing else.

Two, since an application credential opens one project and our domain is none: an application credential of a
user of its own for the project, whose access rules name every path that a scan asks for (no payload of a
secret, no object, no image); and a user who is a reader of our domain, for projects, users and roles. Made by
our domain's manager.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from infra.facts import FactError
from infra.specification import load as load_specification
from socle.drift.access import rules
from socle.env import Environment
from socle.errors import FailureError, UserError
from socle.hosts.servers import connect
from socle.identity import make_folder, write_private
from socle.space import key
from socle.space.keystone import REVOCATION_SECONDS, Manager, asking, place_of

TERM = timedelta(days=90)
"""How long it lives; `socle drift credential` makes a new one."""
PROJECT_ROLE, DOMAIN_ROLE = "member", "reader"
"""Swift shows access lists to an account's owner, not to readers: access rules are what keeps it reading."""


def file_of(environment: Environment) -> Path:
    """The clouds.yaml of the two, beside the environment's other secrets."""
    return key.folder(environment.ssh_dir) / f"{environment.name}-drift.clouds.yaml"


def reading(environment: Environment) -> Callable[[], Any]:
    """Opens the project to read: with the credential made for it, else with the environment's own."""
    file = file_of(environment)
    return (lambda: entry(file, "project")) if file.exists() else (lambda: connect(environment))


def identity_of(environment: Environment) -> Callable[[], Any] | None:
    """Opens our domain to read, where the provider lets us have one; None where nobody of ours may."""
    file = file_of(environment)
    if file.exists():
        return lambda: entry(file, "domain")
    try:
        manager = load_specification(f"{environment.name}-platform").profile.project_manager
    except FactError as error:
        raise UserError(str(error)) from None
    return (lambda: _of_environment(environment, manager)) if manager else None


def can_write(environment: Environment) -> bool:
    """Whether a scan would read with a credential that is not limited to reading."""
    return not file_of(environment).exists()


def make(environment: Environment, now: datetime | None = None) -> Path:
    """Make both anew and write them down; the old ones are revoked with them. Where they lie."""
    try:
        manager_entry = load_specification(f"{environment.name}-platform").profile.project_manager
    except FactError as error:
        raise UserError(str(error)) from None
    if not manager_entry:
        fix = "make an application credential with access rules by hand, see docs/en/drift.md"
        raise UserError("the profile has no project_manager who could make users", "profile", fix)
    platform = connect(environment)
    with asking("the drift credential could not be made"):
        manager_connection = _of_environment(environment, manager_entry)
        manager, place = Manager(manager_connection), place_of(platform)
        project, expires = str(platform.current_project_id), (now or datetime.now(UTC)) + TERM
        reader = _user(manager_connection, f"{environment.name}-drift")
        _grant(manager_connection, reader, PROJECT_ROLE, project=project)
        entered = manager.user(f"{environment.name}-drift")
        own = entered.enter(project)
        for old in list(own.identity.application_credentials(entered.id)):
            own.identity.delete_application_credential(entered.id, old.id)
        made = own.identity.create_application_credential(
            entered.id,
            "drift",
            description="Made by socle drift credential: reads lists, nothing else",
            roles=[{"name": PROJECT_ROLE}],
            access_rules=list(rules(platform)),
            expires_at=expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            unrestricted=False,
        )
        domain = str(manager_connection.session.auth.get_access(manager_connection.session).domain_id)
        watcher, password = (
            _user(manager_connection, f"{environment.name}-drift-domain"),
            secrets.token_urlsafe(32),
        )
        manager_connection.identity.update_user(watcher, password=password)
        time.sleep(REVOCATION_SECONDS)
        _grant(manager_connection, watcher, DOMAIN_ROLE, domain=domain)
    shared = {"region_name": place.region, "identity_api_version": "3"}
    if place.authority:
        shared["cacert"] = place.authority
    clouds = {
        "project": {
            "auth_type": "v3applicationcredential",
            "auth": {
                "auth_url": place.auth_url,
                "application_credential_id": made.id,
                "application_credential_secret": made.secret,
            },
            **shared,
        },
        "domain": {
            "auth_type": "v3password",
            "auth": {
                "auth_url": place.auth_url,
                "user_id": watcher,
                "password": password,
                "domain_id": domain,
            },
            **shared,
        },
    }
    file = file_of(environment)
    make_folder(file.parent)
    write_private(file, yaml.safe_dump({"clouds": clouds}, sort_keys=False).encode())
    return file


def _user(manager: Any, name: str) -> str:
    """The id of a user of ours, made when missing; nobody knows a password of a new one."""
    domain = manager.session.auth.get_access(manager.session).domain_id
    found = next(manager.identity.users(name=name, domain_id=domain), None)
    if found is None:
        what = "Reads what stands for socle drift; see docs/en/drift.md"
        found = manager.identity.create_user(name=name, domain_id=domain, description=what)
    return str(found.id)


def _grant(manager: Any, user: str, role: str, *, project: str = "", domain: str = "") -> None:
    """Give the role and see that it was given: the call answers the same either way."""
    found = next((it for it in manager.identity.roles() if it.name == role), None)
    if found is None:
        raise FailureError(f"Keystone has no role {role}", "socle drift credential", "ask the operator")
    path = f"/projects/{project}" if project else f"/domains/{domain}"
    path += f"/users/{user}/roles/{found.id}"
    manager.identity.put(path)
    answer = manager.identity.head(path)
    if not answer.ok:
        raise FailureError(
            f"Keystone did not give role {role} (answered {answer.status_code})",
            "socle drift credential",
            "see whether project_manager is our domain's manager",
        )


def entry(file: Path, name: str) -> Any:
    """A connection by an entry of a clouds.yaml, and by nothing of the caller's environment."""
    import openstack
    from openstack.config import OpenStackConfig

    try:
        config = OpenStackConfig(
            config_files=[str(file)], secure_files=[], vendor_files=[], load_envvars=False
        )
        region = config.get_one(cloud=name)
    except Exception as error:
        fix = "make it anew with `socle drift credential`"
        raise UserError(f"no entry {name} ({' '.join(str(error).split())})", str(file), fix) from None
    return openstack.connection.Connection(config=region)


def _of_environment(environment: Environment, name: str) -> Any:
    return entry(Path(environment.variables["OS_CLIENT_CONFIG_FILE"]), name)
